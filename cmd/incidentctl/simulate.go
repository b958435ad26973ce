package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

type simulateCommand struct {
	fileFlag
	sourceFlags
	Policy string `placeholder:"ID" help:"Which policy. Default: the only one, or that of the first component that has one, or the plan's default policy."`
	incidentFlags
	At  string   `placeholder:"TIME" help:"When the incident begins. Default: now."`
	Ack []string `sep:"none" placeholder:"PERSON@OFFSET" help:"Who acknowledges, and how long after --at, such as ana@4m or ben@1h30m. May be there several times. Default: nobody does."`
	outputFlag
}

// Help is the long help.
func (simulateCommand) Help() string {
	return `Plays the course of an incident: who is paged when, by which channel, and why, who is passed over, and what happens when
nobody answers. It pages nobody.

	incidentctl simulate -f plan.json --severity SEV1 --at 2026-03-13T17:30
	incidentctl simulate -f plan.json --ack ben@7m
	incidentctl simulate -f plan.json --component database --label provider=cloud --kind drill
	incidentctl simulate -f policy.json --format pagerduty -o json

Whoever is in the schedules of the documents at that instant is paged. A schedule or a team that is not in the documents
is paged as a target by its id, so that the document of a policy alone is enough. Anybody may acknowledge, also before or
without being paged; what is due at that very instant comes first. A vendor that is paged has a clock of its own: in text,
what comes of it is a second table, if the vendor does not answer.

In JSON, with times in UTC:

	{"course": [{"offset_seconds", "at", "step", "round", "target": {"type", "id"}, "person", "channel",
	             "action": "page|skip|repeat|exhausted|fallback", "reason"}]}

Steps and rounds count from 1. A target, a person and a channel are null where there is none. A reminder of an
acknowledgement is a page; a step that waits for a condition or for working hours is a skip, again at each round. The
step of repeat is the one that the new round begins with, and that of exhausted and fallback the last. What pages nobody
and passes over nobody is only in the text: acknowledgements, pauses, handing over to another tier, raising the
severity, and what the clocks of vendors bring about.`
}

func (c simulateCommand) run(t terminal) error {
	acks, err := parseAcks(c.Ack)
	if err != nil {
		return err
	}
	zone, err := c.location(time.UTC)
	if err != nil {
		return err
	}
	if _, err := (timeFlags{At: c.At}).read(t.now, zone); err != nil {
		return err
	}
	s, err := c.stage(t)
	if err != nil {
		return err
	}
	if s.shown, err = c.location(s.zone); err != nil {
		return err
	}
	m, err := timeFlags{At: c.At}.read(t.now, s.shown)
	if err != nil {
		return err
	}
	played, err := c.play(s, m.at, acks)
	if err != nil {
		return err
	}
	if c.Output == asJSON {
		notes(t.stderr, s.report)
		return writeJSON(t.stdout, played.json())
	}
	vendors, err := played.vendorRuns()
	if err != nil {
		return err
	}
	played.say(t)
	for _, v := range vendors {
		v.sayVendor(t)
	}
	notes(t.stdout, s.report)
	return nil
}

// stage reads the documents.
func (c simulateCommand) stage(t terminal) (*stage, error) {
	times := timeFlags{At: c.At, To: "+90d"} // what formats with single shifts are to write out
	if c.Format == defaultFormat {
		doc, err := c.readPlan(t, times, c.File)
		if err != nil {
			return nil, err
		}
		return stageOfPlan(doc.plan)
	}
	result, err := c.read(t, times, c.File)
	if err != nil {
		return nil, err
	}
	return stageOfResult(result)
}

// play plays the course that the flags ask for.
func (c simulateCommand) play(s *stage, at time.Time, acks []ack) (*played, error) {
	about, err := s.about(c.incidentFlags)
	if err != nil {
		return nil, err
	}
	ladder, err := s.policy(cmp.Or(c.Policy, s.policyOf(c.Component)))
	if err != nil {
		return nil, err
	}
	setting := escalation.Setting{Ladder: ladder, Start: at, Facts: about, World: s.world, Who: s.who}
	for _, a := range acks {
		if err := s.mayAnswer(a.person); err != nil {
			return nil, err
		}
		setting.Script = append(setting.Script, escalation.Answer{Kind: escalation.Acknowledge, By: a.person, At: at.Add(a.after)})
	}
	setting.Until = endOfReminders(setting)
	return &played{stage: s, Course: escalation.Simulate(setting), setting: setting, began: at}, nil
}

// endOfReminders ends a course that would go on for ever: once everybody has
// answered and the incident is acknowledged for good, with reminders of it. A few of
// them show how it goes on.
func endOfReminders(s escalation.Setting) time.Time {
	const shown = 3
	if len(s.Script) == 0 {
		return time.Time{}
	}
	s.Until = s.Script[len(s.Script)-1].At
	p := escalation.Simulate(s).Progress
	if p.State != escalation.Acknowledged || p.Remind.IsZero() || !p.Expires.IsZero() {
		return time.Time{}
	}
	return s.Until.Add(shown * s.Ladder.Policy().RemindEvery)
}

// ack is somebody who acknowledges.
type ack struct {
	person string
	after  time.Duration // the incident began
}

// parseAcks reads PERSON@OFFSET. An id may have an @, too.
func parseAcks(texts []string) ([]ack, error) {
	var acks []ack
	for _, text := range texts {
		i := strings.LastIndexByte(text, '@')
		if i <= 0 {
			return nil, fmt.Errorf("--ack: want the id of a person, @, and how long after --at, such as ana@4m, not %q", text)
		}
		after, ok := length(text[i+1:])
		if !ok {
			return nil, fmt.Errorf(`--ack: want a length after the @ of 0s to %s in whole seconds, such as "4m", "1h30m", "90s" or "2d", not %q`, plan.Duration(maxRange), text[i+1:])
		}
		acks = append(acks, ack{text[:i], after})
	}
	slices.SortStableFunc(acks, func(a, b ack) int { return cmp.Compare(a.after, b.after) })
	return acks, nil
}
