package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

type importCommand struct {
	Format   string   `arg:"" enum:"${exports}" help:"What the documents are: ${enum}."`
	File     []string `arg:"" help:"The documents; - is standard input."`
	Exported string   `placeholder:"TIME" help:"When the documents were exported, for formats that are true only then and do not say. Default: now."`
	zoneFlag
	Schedule string `placeholder:"ID" help:"The only schedule to import. Default: all."`
	From     string `placeholder:"TIME" help:"Begin of the time for which single shifts are written out, where a format has no rule for them. Default: now."`
	To       string `placeholder:"TIME" help:"End of it. Default: +7d, that is, seven days after --from."`
	outputFlag
}

// Help is the long help.
func (importCommand) Help() string {
	return `Writes the "people" and "schedules" of a plan from another product's documents, ready to be put into one, and, on
standard error, a list of everything that was lost or assumed. It exits with 1 if anything was lost.

	incidentctl import pagerduty schedule.json overrides.json > schedules.json

In JSON, all of it:

	{"people": [...], "schedules": [...],
	 "report": [{"level": "loss|assumption", "path", "text"}]}

A path that begins with "plan:" is a place in what is written.`
}

// sections are those of a plan that an import fills in.
type sections struct {
	People    []plan.Person   `json:"people"`
	Schedules []plan.Schedule `json:"schedules"`
}

type importJSON struct {
	sections
	Report []noteJSON `json:"report"`
}

func (c importCommand) run(t terminal) error {
	documents := documentFlags{Format: c.Format, Exported: c.Exported, zoneFlag: c.zoneFlag}
	times := timeFlags{From: c.From, To: c.To}
	zone, err := c.location(time.UTC)
	if err != nil {
		return err
	}
	if _, err := times.resolve(t.now, zone); err != nil {
		return err
	}
	result, err := documents.read(t, times, c.File)
	if err != nil {
		return err
	}
	if c.Schedule != "" {
		only, err := choose(result, c.Schedule)
		if err != nil {
			return err
		}
		result.Schedules = []oncall.Schedule{only}
	}
	everyone, renamed, notesOfIDs := forPlan(everybody(result), result.Schedules)
	report := slices.Concat(result.Report, notesOfIDs)
	people, mail := peopleOf(everyone)
	if mail {
		report = append(report, oncall.Note{
			Level: oncall.Assumption, Path: "plan:/people", Text: `Mail addresses became contacts of a channel "email": a notifier has to be there for it.`,
		})
	}
	schedules, known, err := plan.FromSchedules(renamed...)
	if err != nil {
		return fmt.Errorf("a plan cannot say it all: %w", err)
	}
	written := sections{People: merge(people, known), Schedules: schedules}
	lost := false
	for _, n := range report {
		lost = lost || n.Level == oncall.Loss
	}
	if c.Output == asJSON {
		return found(lost, writeJSON(t.stdout, importJSON{written, reportJSON(report)}))
	}
	notes(t.stderr, report)
	return found(lost, writeJSON(t.stdout, written))
}

// peopleOf returns the people as a plan lists them, and whether it gave any of
// them a mail address.
func peopleOf(people []importers.Person) (all []plan.Person, mail bool) {
	all = make([]plan.Person, 0, len(people))
	for _, p := range people {
		person := plan.Person{ID: p.ID, Name: strings.TrimSpace(timeline.Clean(p.Name))}
		if p.Email != "" {
			person.Contacts = []plan.Contact{{Channel: "email", To: p.Email}}
			mail = true
		}
		all = append(all, person)
	}
	return all, mail
}

// merge adds what the schedules know of people to the list of all of them.
func merge(people, known []plan.Person) []plan.Person {
	for _, k := range known {
		i := slices.IndexFunc(people, func(p plan.Person) bool { return p.ID == k.ID })
		if i < 0 {
			people = append(people, k)
			continue
		}
		k.Name, k.Contacts = people[i].Name, people[i].Contacts
		people[i] = k
	}
	return people
}

// everybody returns the people whom the documents name, and whoever else is in the
// schedules: a plan lists all of them.
func everybody(result importers.Result) []importers.Person {
	people := result.People
	known := map[string]bool{}
	for _, p := range people {
		known[p.ID] = true
	}
	add := func(ids []string) {
		for _, id := range ids {
			if !known[id] {
				known[id] = true
				people = append(people, importers.Person{ID: id})
			}
		}
	}
	for _, s := range result.Schedules {
		for _, r := range s.Rotations {
			for _, seat := range r.Seats {
				add(seat.People)
			}
			for _, f := range r.Fixed {
				add(f.People)
			}
		}
		for _, o := range s.Overrides {
			add(o.People)
		}
	}
	return people
}
