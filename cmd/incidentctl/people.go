package main

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// peopleOf returns the people as a plan lists them, and the channels by which the
// documents say that some can be reached.
func peopleOf(people []importers.Person) (all []plan.Person, channels []string) {
	all = make([]plan.Person, 0, len(people))
	add := func(p *plan.Person, channel, to string) {
		contact := plan.Contact{Channel: idOf(channel), To: line(to)}
		if contact.Channel == "" || contact.To == "" || slices.Contains(p.Contacts, contact) {
			return
		}
		p.Contacts = append(p.Contacts, contact)
		if !slices.Contains(channels, contact.Channel) {
			channels = append(channels, contact.Channel)
		}
	}
	for _, p := range people {
		person := plan.Person{ID: p.ID, Name: line(p.Name), Zone: p.Zone}
		for _, contact := range p.Contacts {
			add(&person, contact.Channel, contact.To)
		}
		if !slices.ContainsFunc(person.Contacts, func(c plan.Contact) bool { return c.To == p.Email }) {
			add(&person, "email", p.Email)
		}
		person.Rules = plan.Rules{High: rulesOf(person, p.Rules.High), Low: rulesOf(person, p.Rules.Low)}
		all = append(all, person)
	}
	slices.Sort(channels)
	return all, channels
}

// rulesOf returns a person's rules as a plan has them, for the channels by which the
// plan reaches the person.
func rulesOf(p plan.Person, rules []escalation.Notification) (out []plan.Notification) {
	for _, n := range rules {
		channel := idOf(n.Channel)
		if slices.ContainsFunc(p.Contacts, func(c plan.Contact) bool { return c.Channel == channel }) {
			out = append(out, plan.Notification{Channel: channel, After: plan.Duration(n.After)})
		}
	}
	if len(out) > 0 {
		out[0].After = 0
	}
	return out
}

// line returns a text as a plan has it on a line: without line breaks, and no longer
// than a plan lets it be.
func line(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	text = timeline.Clean(strings.Join(words, " "))
	if utf8.RuneCountInString(text) > plan.MaxLine {
		text = strings.TrimSpace(string([]rune(text)[:plan.MaxLine]))
	}
	return text
}

// merge adds what the schedules know of people to the list of all of them.
func merge(people, known []plan.Person) []plan.Person {
	for _, k := range known {
		i := slices.IndexFunc(people, func(p plan.Person) bool { return p.ID == k.ID })
		if i < 0 {
			people = append(people, k)
			continue
		}
		k.Name, k.Contacts, k.Rules = people[i].Name, people[i].Contacts, people[i].Rules
		k.Zone = cmp.Or(k.Zone, people[i].Zone)
		people[i] = k
	}
	return people
}

// everybody returns the people whom the documents name, and whoever else is in the
// schedules, the teams and the policies: a plan lists all of them.
func everybody(result importers.Result) []importers.Person {
	people := slices.Clone(result.People)
	known := map[string]bool{"": true}
	for _, p := range people {
		known[p.ID] = true
	}
	add := func(ids ...string) {
		for _, id := range ids {
			if !known[id] {
				known[id] = true
				people = append(people, importers.Person{ID: id})
			}
		}
	}
	for _, s := range result.Schedules {
		onDuty(s, add)
		for _, o := range s.Overrides {
			add(o.Replaces)
		}
		for _, f := range s.Shadows {
			add(f.Person, f.Of)
		}
	}
	for _, team := range result.Teams {
		add(team.Members...)
		add(team.Manager)
	}
	for _, t := range targets(result.Policies) {
		if t.Type == escalation.TargetPerson {
			add(t.ID)
		}
	}
	return people
}

// onDuty hands over everybody whom a schedule may put on call.
func onDuty(s oncall.Schedule, add func(ids ...string)) {
	for _, r := range s.Rotations {
		for _, seat := range r.Seats {
			add(seat.People...)
		}
		for _, f := range r.Fixed {
			add(f.People...)
		}
	}
	for _, o := range s.Overrides {
		add(o.People...)
	}
}
