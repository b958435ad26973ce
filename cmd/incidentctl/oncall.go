package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/oncall"
)

type onCallCommand struct {
	fileFlag
	documentFlags
	At string `placeholder:"TIME" help:"The instant. Default: now."`
	outputFlag
}

// Help is the long help.
func (onCallCommand) Help() string {
	return `Says who is on call at an instant, since when and until when, and by which rule; and who comes next. It exits with 1 if
nobody is.

	incidentctl oncall -f plan.json --schedule primary
	incidentctl oncall -f schedule.json --format pagerduty --at 2026-03-29T02:30 --zone Europe/Berlin

In JSON, with times in UTC, and null for an end that never comes:

	{"schedule", "zone", "at",
	 "oncall": [{"start", "end", "person", "rotation", "rule"}],
	 "next": {"start", "end", "person", "rotation", "rule"} or null,
	 "report": [{"level": "loss|assumption", "path", "text"}]}`
}

type dutyJSON struct {
	Start    string  `json:"start"`
	End      *string `json:"end"`
	Person   string  `json:"person"`
	Rotation string  `json:"rotation"`
	Rule     string  `json:"rule"`
}

type onCallJSON struct {
	scheduleJSON
	At     string     `json:"at"`
	OnCall []dutyJSON `json:"oncall"`
	Next   *dutyJSON  `json:"next"`
	Report []noteJSON `json:"report"`
}

func (c onCallCommand) run(t terminal) error {
	q, err := c.ask(t, timeFlags{At: c.At}, c.File)
	if err != nil {
		return err
	}
	now := q.rota.AppendAt(nil, q.at)
	next, err := q.rota.Next(q.at)
	if err != nil && !errors.Is(err, oncall.ErrNoHandoff) && !errors.Is(err, oncall.ErrNobody) {
		return err
	}
	if c.Output == asJSON {
		answer := onCallJSON{scheduleJSON: q.scheduleJSON(), At: instant(q.at), OnCall: []dutyJSON{}, Report: reportJSON(q.report)}
		for _, s := range now {
			answer.OnCall = append(answer.OnCall, dutyOf(s))
		}
		if err == nil {
			after := dutyOf(next)
			answer.Next = &after
		}
		return found(len(now) == 0, writeJSON(t.stdout, answer))
	}
	q.title(t, fmt.Sprintf("%s, %s", q.clockTime(q.at), q.shown))
	fmt.Fprintln(t.stdout)
	q.sayOnCall(t, now, next, err)
	notes(t.stdout, q.report)
	return found(len(now) == 0, nil)
}

// never reports whether a time is the end of all schedules.
func never(t time.Time) bool { return t.UTC().Year() > oncall.MaxYear }

func dutyOf(s oncall.Shift) dutyJSON {
	d := dutyJSON{Start: instant(s.Start), Person: s.Person, Rotation: s.Rotation, Rule: s.Rule()}
	if !never(s.End) {
		end := instant(s.End)
		d.End = &end
	}
	return d
}

// sayOnCall writes the answer as text.
func (q *question) sayOnCall(t terminal, now []oncall.Shift, next oncall.Shift, err error) {
	until := func(s oncall.Shift) string {
		if never(s.End) {
			return "for good"
		}
		return "until " + q.clockTime(s.End)
	}
	var rows []row
	for _, s := range now {
		rows = append(rows, row{cells: []string{q.person(s.Person), "since " + q.clockTime(s.Start), until(s), s.Rule()}})
	}
	if len(now) == 0 {
		rows = append(rows, row{color: timeline.Red, cells: []string{"Nobody is on call."}})
	}
	switch {
	case err == nil:
		rows = append(rows, row{cells: []string{q.person(next.Person), "from  " + q.clockTime(next.Start), until(next), next.Rule()}})
	case errors.Is(err, oncall.ErrNobody):
		rows = append(rows, row{cells: []string{"Nobody is on call after that."}})
	default:
		rows = append(rows, row{cells: []string{"Duty does not change hands after that."}})
	}
	table(t, rows)
}
