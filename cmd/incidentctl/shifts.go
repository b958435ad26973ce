package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
)

type shiftsCommand struct {
	fileFlag
	documentFlags
	timeFlags
	Output string `short:"o" default:"text" enum:"text,json,ics" placeholder:"FORM" help:"Form of the answer: ${enum}. Default: ${default}."`
}

// Help is the long help.
func (shiftsCommand) Help() string {
	return `Draws who is on call from --from until --to, and lists the shifts with the rule that put each person there.

	incidentctl shifts -f plan.json --schedule primary
	incidentctl shifts -f schedule.json -f overrides.json --format pagerduty --from 2026-03-02 --to +14d
	curl ... | incidentctl shifts -f - --format opsgenie -o json

In JSON, times are in UTC and adjacent shifts of one person in one rotation are joined:

	{"schedule", "zone", "from", "to",
	 "shifts": [{"start", "end", "person", "rotation"}],
	 "gaps": [{"start", "end"}],
	 "report": [{"level": "loss|assumption", "path", "text"}]}

The rotation of an override of a whole schedule is "". The form ics is a calendar.`
}

type shiftJSON struct {
	spanJSON
	Person   string `json:"person"`
	Rotation string `json:"rotation"`
}

type shiftsJSON struct {
	scheduleJSON
	From   string      `json:"from"`
	To     string      `json:"to"`
	Shifts []shiftJSON `json:"shifts"`
	Gaps   []spanJSON  `json:"gaps"`
	Report []noteJSON  `json:"report"`
}

func (c shiftsCommand) run(t terminal) error {
	q, err := c.ask(t, c.timeFlags, c.File)
	if err != nil {
		return err
	}
	switch c.Output {
	case asJSON:
		return writeJSON(t.stdout, q.shiftsJSON())
	case asICS:
		return q.calendar(t)
	}
	q.drawShifts(t)
	return nil
}

func (q *question) shiftsJSON() shiftsJSON {
	answer := shiftsJSON{
		scheduleJSON: q.scheduleJSON(), From: instant(q.from), To: instant(q.to),
		Shifts: []shiftJSON{}, Gaps: []spanJSON{}, Report: reportJSON(q.report),
	}
	for _, d := range q.duties(true) {
		answer.Shifts = append(answer.Shifts, shiftJSON{spanJSON{instant(d.Start), instant(d.End)}, d.person, d.rotation})
	}
	all, _ := q.gaps()
	for _, g := range all {
		answer.Gaps = append(answer.Gaps, spanJSON{instant(g.Start), instant(g.End)})
	}
	return answer
}

// duty is an unbroken time of one person's duty.
type duty struct {
	timeline.Span
	person, rotation string
}

// duties joins shifts that touch or overlap: those of one person in one rotation,
// or those of one person in any. They are in order of start, then person.
func (q *question) duties(byRotation bool) []duty {
	type key struct{ person, rotation string }
	last := map[key]int{}
	var all []duty
	for s := range q.rota.Shifts(q.from, q.to) {
		k := key{person: s.Person}
		if byRotation {
			k.rotation = s.Rotation
		}
		if i, ok := last[k]; ok && !all[i].End.Before(s.Start) {
			if all[i].End.Before(s.End) {
				all[i].End = s.End
			}
			continue
		}
		last[k] = len(all)
		all = append(all, duty{timeline.Span{Start: s.Start, End: s.End}, k.person, k.rotation})
	}
	slices.SortStableFunc(all, func(a, b duty) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.person, b.person), cmp.Compare(a.rotation, b.rotation))
	})
	return all
}

// gaps returns all times without anybody, joined where they touch, and those of
// them that are intended.
func (q *question) gaps() (all, intended []timeline.Span) {
	for g := range q.rota.Gaps(q.from, q.to) {
		if n := len(all); n > 0 && all[n-1].End.Equal(g.Start) {
			all[n-1].End = g.End
		} else {
			all = append(all, timeline.Span{Start: g.Start, End: g.End})
		}
		if g.Intended {
			intended = append(intended, timeline.Span{Start: g.Start, End: g.End})
		}
	}
	return all, intended
}

// drawShifts writes the timeline and the list.
func (q *question) drawShifts(t terminal) {
	q.title(t, q.between())
	fmt.Fprintln(t.stdout)
	fmt.Fprint(t.stdout, timeline.Draw(q.chart(t)))
	fmt.Fprintln(t.stdout)
	q.listShifts(t)
	notes(t.stdout, q.report)
}

// chart has a row for each person, in order of their first duty.
func (q *question) chart(t terminal) timeline.Chart {
	chart := timeline.Chart{
		From: q.from, To: q.to, Zone: q.shown, Width: t.width, Color: t.color, Mark: q.at, MarkText: "now",
	}
	if q.marked {
		chart.MarkText = q.clockTime(q.at)
	}
	rows := map[string]int{}
	for _, d := range q.duties(false) {
		i, ok := rows[d.person]
		if !ok {
			i = len(chart.Rows)
			rows[d.person] = i
			chart.Rows = append(chart.Rows, timeline.Row{Label: cmp.Or(q.names[d.person], d.person)})
		}
		chart.Rows[i].Spans = append(chart.Rows[i].Spans, d.Span)
	}
	chart.Gaps, chart.Intended = q.gaps()
	return chart
}

// listShifts writes a line for each shift and for each gap, as they follow each
// other.
func (q *question) listShifts(t terminal) {
	type line struct {
		start time.Time
		row
	}
	var lines []line
	add := func(start, end time.Time, color, who, why string) {
		lines = append(lines, line{start, row{color, []string{q.clockTime(start), q.clockTime(end), who, why}}})
	}
	for s := range q.rota.Shifts(q.from, q.to) {
		add(s.Start, s.End, "", q.person(s.Person), s.Rule())
	}
	for g := range q.rota.Gaps(q.from, q.to) {
		if g.Intended {
			add(g.Start, g.End, timeline.Dim, "nobody", because("intended", g.Reason))
		} else {
			add(g.Start, g.End, timeline.Red, "nobody", "gap")
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.start.Compare(b.start) })
	rows := []row{{timeline.Dim, []string{"START", "END", "PERSON", "RULE"}}}
	for _, l := range lines {
		rows = append(rows, l.row)
	}
	table(t, rows)
}

func because(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + " (" + reason + ")"
}
