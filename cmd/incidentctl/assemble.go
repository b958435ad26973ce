package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// draft is a plan that is made of what was imported.
type draft struct {
	spec   plan.Spec
	plan   *plan.Plan
	report []oncall.Note
}

// planOf makes a plan of what was imported. What a plan needs and the documents do
// not say is assumed, and every assumption is in the report.
func planOf(result importers.Result, format string) (*draft, error) {
	if len(result.Schedules)+len(result.Policies) == 0 {
		return nil, noneIn("schedule or an escalation policy", result.Report)
	}
	result.People = everybody(result)
	result, renamed := forPlan(result)
	d := &draft{report: slices.Concat(result.Report, renamed)}
	d.spec = plan.Spec{Format: plan.Format, Name: "Imported from " + format}
	d.absent(&result)
	d.policies(&result)
	schedules, known, err := plan.FromSchedules(result.Schedules...)
	if err != nil {
		return nil, cannotSay(err)
	}
	policies, teams, err := plan.FromPolicies(result.Policies, result.Teams)
	if err != nil {
		return nil, cannotSay(err)
	}
	d.spec.Schedules, d.spec.Policies, d.spec.Teams = schedules, policies, teams
	d.people(&result, known)
	d.places(result.Places)
	d.severities(result.Policies)
	d.components(result.Policies)
	if err := d.check(); err != nil {
		return nil, err
	}
	return d, nil
}

func cannotSay(err error) error { return fmt.Errorf("a plan cannot say it all: %w", err) }

// check reads what is to be written.
func (d *draft) check() error {
	var text bytes.Buffer
	err := writeJSON(&text, d.spec)
	if err == nil {
		d.plan, err = plan.Parse(text.Bytes())
	}
	if err != nil {
		return cannotSay(err)
	}
	return nil
}

func (d *draft) assume(path, format string, args ...any) {
	d.report = append(d.report, oncall.Note{Level: oncall.Assumption, Path: "plan:" + path, Text: fmt.Sprintf(format, args...)})
}

func (d *draft) lose(path, format string, args ...any) {
	d.report = append(d.report, oncall.Note{Level: oncall.Loss, Path: "plan:" + path, Text: fmt.Sprintf(format, args...)})
}

// absent adds the schedules and the teams that are paged and that no document
// describes, with nobody in them: then verify says that nobody is there.
func (d *draft) absent(result *importers.Result) {
	for _, t := range targets(result.Policies) {
		switch t.Type {
		case escalation.TargetSchedule:
			if !slices.ContainsFunc(result.Schedules, func(s oncall.Schedule) bool { return s.ID == t.ID }) {
				d.lose("/schedules", "nobody is on call on the schedule %q, since no document says who is: import it together with that document", t.ID)
				result.Schedules = append(result.Schedules, oncall.Schedule{ID: t.ID, Zone: "UTC"})
			}
		case escalation.TargetTeam:
			if !slices.ContainsFunc(result.Teams, func(g escalation.Group) bool { return g.ID == t.ID }) {
				result.Teams = append(result.Teams, escalation.Group{ID: t.ID})
			}
		case escalation.TargetPerson, escalation.TargetChannel, escalation.TargetVendor, escalation.TargetWebhook, escalation.TargetPolicy:
		}
	}
	for _, team := range result.Teams {
		if len(team.Members) == 0 && team.Manager == "" {
			d.lose("/teams", "nobody is in the team %q, since no document says who is: name its members", team.ID)
		}
	}
}

// answerWithin is how long the policy of a schedule that has none waits.
const answerWithin = 5 * time.Minute

// policies makes one for each schedule where the documents have none, and chooses
// the default.
func (d *draft) policies(result *importers.Result) {
	assumed := len(result.Policies) == 0
	for _, s := range result.Schedules {
		if assumed {
			result.Policies = append(result.Policies, escalation.Policy{ID: s.ID, Name: s.Name, Steps: []escalation.Step{
				{Targets: []escalation.Target{escalation.Schedule(s.ID)}, Wait: answerWithin},
			}})
		}
	}
	d.spec.DefaultPolicy = result.Policies[0].ID
	if assumed {
		d.assume("/policies", "the documents have no escalation policy, so there is one for each schedule, which pages it and waits %s for an answer", plan.Duration(answerWithin))
	}
	if len(result.Policies) > 1 {
		d.assume("/default_policy", "the default policy is the first, %q", d.spec.DefaultPolicy)
	}
}

// people lists everybody, and chooses the last resort.
func (d *draft) people(result *importers.Result, known []plan.Person) {
	people, channels := peopleOf(result.People)
	d.spec.People = merge(people, known)
	if len(d.spec.People) == 0 {
		const nobody = "last-resort"
		d.spec.People = []plan.Person{{ID: nobody, Name: "Nobody yet"}}
		d.spec.LastResort.Person = nobody
		d.lose("/people", "no document names a person, so the last resort is %q, whom nothing reaches: name somebody", nobody)
		return
	}
	if len(channels) > 0 {
		d.assume("/people", "the contacts are of channels named %s: a notifier has to be there for each", listed(channels))
	}
	var mute []string
	for _, p := range d.spec.People {
		if len(p.Contacts) == 0 {
			mute = append(mute, p.ID)
		}
	}
	if len(mute) > 0 {
		d.assume("/people", "no document says how to reach %s: add contacts, since until then nobody can be paged who has none", listed(mute))
	}
	d.spec.LastResort.Person = d.lastResort(result)
	d.assume("/last_resort", "the last resort is %q", d.spec.LastResort.Person)
}

// lastResort returns somebody whom the default policy pages and who can be reached;
// or else anybody who can, or somebody whom it pages.
func (d *draft) lastResort(result *importers.Result) string {
	var first []string
	add := func(ids ...string) { first = append(first, ids...) }
	for _, t := range targets(result.Policies[:1]) {
		if t.Type == escalation.TargetPerson {
			add(t.ID)
		}
		for _, s := range result.Schedules {
			if t.Type == escalation.TargetSchedule && s.ID == t.ID {
				onDuty(s, add)
			}
		}
	}
	for _, p := range d.spec.People {
		add(p.ID)
	}
	reached := func(id string) bool {
		return slices.ContainsFunc(d.spec.People, func(p plan.Person) bool { return p.ID == id && len(p.Contacts) > 0 })
	}
	return first[max(0, slices.IndexFunc(first, reached))]
}

// places lists the channels and the webhooks that are paged.
func (d *draft) places(places []importers.Place) {
	for _, p := range places {
		to := line(cmp.Or(p.To, p.Name, p.ID))
		if p.Type == escalation.TargetWebhook {
			d.spec.Webhooks = append(d.spec.Webhooks, plan.Webhook{ID: p.ID, Name: line(p.Name), Channel: idOf(p.Channel), To: to})
		} else {
			d.spec.Channels = append(d.spec.Channels, plan.Channel{ID: p.ID, Name: line(p.Name), Channel: cmp.Or(idOf(p.Channel), "chat"), To: to})
		}
		if p.To == "" || p.Channel == "" && p.Type == escalation.TargetChannel {
			d.assume("/"+string(p.Type)+"s", "no document says all of how to reach the %s %q: check its channel and its address", p.Type, p.ID)
		}
	}
}

// severities writes those that the policies name, and one more for their conditions
// to tell from these; or else a common scale.
func (d *draft) severities(policies []escalation.Policy) {
	const other = "other"
	ids := named(policies, func(c *escalation.Condition) []string { return c.Severities })
	for _, p := range policies {
		ids = append(ids, p.Final.Severity)
	}
	for _, id := range append(ids, other) {
		if id != "" && !slices.ContainsFunc(d.spec.Severities, func(s plan.Severity) bool { return s.ID == id }) {
			d.spec.Severities = append(d.spec.Severities, plan.Severity{ID: id})
		}
	}
	if len(d.spec.Severities) > 1 {
		d.assume("/severities", "the severities are those that the policies name, in this order, and %q: put the most severe first", other)
		return
	}
	d.spec.Severities = []plan.Severity{
		{ID: "SEV1", Name: "Critical"},
		{ID: "SEV2", Name: "Major"},
		{ID: "SEV3", Name: "Minor", Urgency: plan.Urgency(escalation.Low)},
	}
	d.assume("/severities", "the documents have no scale of severities, so there are SEV1, SEV2 and SEV3, of which the last is of low urgency; none promises anything")
}

// components writes those that the policies name, and one for each policy that
// otherwise nothing would lead to.
func (d *draft) components(policies []escalation.Policy) {
	taken := map[string]bool{}
	for _, id := range named(policies, func(c *escalation.Condition) []string { return c.Components }) {
		taken[id] = true
		d.spec.Components = append(d.spec.Components, plan.Component{ID: id})
	}
	leads := map[string]bool{d.spec.DefaultPolicy: true}
	for _, t := range targets(policies) {
		if t.Type == escalation.TargetPolicy {
			leads[t.ID] = true
		}
	}
	more := 0
	for _, p := range policies {
		if leads[p.ID] {
			continue
		}
		id := p.ID
		for taken[id] {
			id = idOf("policy-" + id)
		}
		taken[id] = true
		d.spec.Components = append(d.spec.Components, plan.Component{ID: id, Name: line(p.Name), Policy: p.ID})
		more++
	}
	if more > 0 {
		d.assume("/components", "for each policy that is not the default there is a component, so that it pages for something: put your own in their place, or routes")
	}
}

// named returns what the conditions of policies name, in their order.
func named(policies []escalation.Policy, of func(*escalation.Condition) []string) []string {
	var all []string
	add := func(c *escalation.Condition) {
		if c == nil {
			return
		}
		for _, id := range of(c) {
			if !slices.Contains(all, id) {
				all = append(all, id)
			}
		}
	}
	for _, p := range policies {
		for s := range everyStep(p.Steps) {
			add(s.If)
			add(s.Until)
		}
		for _, deferral := range p.Defer {
			add(deferral.If)
		}
	}
	return all
}

// listed returns a few texts in words.
func listed(texts []string) string {
	const most = 10
	quoted := make([]string, 0, most)
	for i, text := range texts {
		if i == most {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(texts)-most)
		}
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	return strings.Join(quoted, ", ")
}
