package main

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

type importCommand struct {
	Format   string   `arg:"" enum:"${exports}" help:"What the documents are: ${enum}."`
	File     []string `arg:"" help:"The documents, all of them together; - is standard input."`
	Exported string   `placeholder:"TIME" help:"When the documents were exported, for formats that are true only then and do not say. Default: now."`
	zoneFlag
	Schedule string `placeholder:"ID" help:"The only schedule to import, and without policies. Default: all of it."`
	From     string `placeholder:"TIME" help:"Begin of the time for which single shifts are written out, where a format has no rule for them. Default: now."`
	To       string `placeholder:"TIME" help:"End of it. Default: +7d, that is, seven days after --from."`
	outputFlag
}

// Help is the long help.
func (importCommand) Help() string {
	return `Writes one plan, ready for incidentctl verify, from another product's schedules, escalation policies and users together,
and, on standard error, a list of everything that was lost or assumed. It exits with 1 if anything was lost.

	incidentctl import pagerduty policies.json schedules.json users.json > plan.json

What a plan needs and the documents do not say is assumed: a scale of severities, a default policy, which is the first, a
component for each other policy, a last resort, and, where there is no policy, one for each schedule. A schedule or a
team that is paged and is not in the documents is empty in the plan, so that verify names it.

In JSON, the plan and the list:

	{"format", "name", "severities": [...], "people": [...], "schedules": [...], "teams": [...], "channels": [...],
	 "webhooks": [...], "policies": [...], "components": [...], "default_policy", "last_resort",
	 "report": [{"level": "loss|assumption", "path", "text"}]}

A path that begins with "plan:" is a place in what is written.`
}

// importJSON is a plan with the report. People and schedules are there also if
// there are none.
type importJSON struct {
	plan.Spec
	People    []plan.Person   `json:"people"`
	Schedules []plan.Schedule `json:"schedules"`
	Report    []noteJSON      `json:"report"`
}

func (c importCommand) run(t terminal) error {
	documents := sourceFlags{Format: c.Format, Exported: c.Exported, zoneFlag: c.zoneFlag}
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
		if result, err = c.only(result); err != nil {
			return err
		}
	}
	written, err := planOf(result, c.Format)
	if err != nil {
		return err
	}
	lost := slices.ContainsFunc(written.report, func(n oncall.Note) bool { return n.Level == oncall.Loss })
	if c.Output == asJSON {
		answer := importJSON{
			written.spec, append([]plan.Person{}, written.spec.People...), append([]plan.Schedule{}, written.spec.Schedules...),
			reportJSON(written.report),
		}
		return found(lost, writeJSON(t.stdout, answer))
	}
	notes(t.stderr, written.report)
	return found(lost, writeJSON(t.stdout, written.spec))
}

// only leaves one schedule of what was imported, and no policy: it would page the
// others.
func (c importCommand) only(result importers.Result) (importers.Result, error) {
	schedule, err := choose(result, c.Schedule)
	if err != nil {
		return result, err
	}
	result.Schedules = []oncall.Schedule{schedule}
	if len(result.Policies) > 0 {
		result.Policies, result.Teams, result.Places = nil, nil, nil
		result.Report = append(slices.Clone(result.Report), oncall.Note{
			Level: oncall.Assumption, Path: "plan:/policies", Text: "with --schedule, the policies of the documents are left out",
		})
	}
	return result, nil
}
