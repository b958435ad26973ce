package main

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/escalation"
)

// played is a course, and what it was played on.
type played struct {
	*stage
	escalation.Course
	setting escalation.Setting
	began   time.Time // the incident
}

// The actions of a course, for programs.
const (
	actionPage      = "page"
	actionSkip      = "skip"
	actionRepeat    = "repeat"
	actionExhausted = "exhausted"
	actionFallback  = "fallback"
)

type targetJSON struct {
	Type escalation.TargetType `json:"type"`
	ID   string                `json:"id"`
}

type momentJSON struct {
	OffsetSeconds float64     `json:"offset_seconds"`
	At            string      `json:"at"`
	Step          int         `json:"step"`
	Round         int         `json:"round"`
	Target        *targetJSON `json:"target"`
	Person        *string     `json:"person"`
	Channel       *string     `json:"channel"`
	Action        string      `json:"action"`
	Reason        string      `json:"reason"`
}

type courseJSON struct {
	Course []momentJSON `json:"course"`
}

func (p *played) json() courseJSON {
	answer := courseJSON{Course: []momentJSON{}}
	last := 0 // the step that the course has come to
	for _, m := range p.Moments {
		if m.Effect.Step > 0 {
			last = m.Effect.Step
		}
		action := p.action(m)
		if action == "" {
			continue
		}
		line := momentJSON{
			OffsetSeconds: m.At.Sub(p.setting.Start).Seconds(), At: instant(m.At), Step: last, Round: m.Effect.Round,
			Person: orNull(m.Effect.Person), Channel: orNull(m.Channel), Action: action, Reason: m.Reason(),
		}
		switch e := m.Effect; {
		case e.Target.Type != "":
			line.Target = &targetJSON{e.Target.Type, e.Target.ID}
		case e.Person != "": // a reminder
			line.Target = &targetJSON{escalation.TargetPerson, e.Person}
		}
		answer.Course = append(answer.Course, line)
	}
	return answer
}

// action returns which of the actions a moment is; none: it pages nobody and passes
// over nobody.
func (p *played) action(m escalation.Moment) string {
	switch m.Effect.Kind {
	case escalation.Page, escalation.Remind:
		return actionPage
	case escalation.Skip:
		return actionSkip
	case escalation.Hold:
		if p.pause(m.Effect) {
			return ""
		}
		return actionSkip
	case escalation.Repeat:
		return actionRepeat
	case escalation.Exhaust:
		return actionExhausted
	case escalation.Fallback:
		return actionFallback
	case escalation.Resume, escalation.HandOver, escalation.Raise:
	}
	return ""
}

// pause reports whether a run does not wait for anything that may happen: time is
// just to pass.
func (p *played) pause(e escalation.Effect) bool {
	if e.Code != escalation.SkipHold {
		return false
	}
	until := p.setting.Ladder.Place(e.Step).Step.Until
	return until != nil && reflect.DeepEqual(*until, escalation.Condition{Not: true})
}

// say draws the course, with a line for everything that happens.
func (p *played) say(t terminal) {
	policy := p.setting.Ladder.Policy()
	name := policy.ID
	if policy.Name != "" && policy.Name != name {
		name = policy.Name + " (" + name + ")"
	}
	title := []string{name}
	if p.title != "" {
		title = append(title, p.title)
	}
	if severity := p.setting.Facts.Severity; severity != "" {
		title = append(title, severity)
	}
	for i := range title {
		title[i] = timeline.Clean(title[i])
	}
	title[0] = paint(t, timeline.Bold, title[0])
	fmt.Fprintf(t.stdout, "%s, %s, %s\n\n", strings.Join(title, ", "), exactTime(p.setting.Start, p.shown), p.shown)
	if chart, ok := p.chart(t); ok {
		fmt.Fprint(t.stdout, timeline.Draw(chart))
		fmt.Fprintln(t.stdout)
	}
	p.table(t)
}

// table writes a line for everything that happens, and how it ended.
func (p *played) table(t terminal) {
	rows := []row{{timeline.Dim, []string{"AFTER", "TIME", "ROUND", "STEP", "WHAT", "WHY"}}}
	for _, m := range p.Moments {
		rows = append(rows, p.row(m))
	}
	table(t, rows)
	fmt.Fprintln(t.stdout, "\n"+p.end())
}

// row is the line of a moment.
func (p *played) row(m escalation.Moment) row {
	round, step := "", ""
	if m.Effect.Step > 0 {
		round, step = fmt.Sprint(m.Effect.Round), fmt.Sprint(m.Effect.Step)
	}
	what, why, color := p.what(m)
	return row{color, []string{duration(m.At.Sub(p.began)), exactTime(m.At, p.shown), round, step, what, why}}
}

// what says what happens at a moment, and why.
func (p *played) what(m escalation.Moment) (what, why, color string) {
	if a := m.Answer; a != nil {
		return p.answered(m)
	}
	to := p.recipient(m)
	switch m.Effect.Kind {
	case escalation.Page, escalation.Fallback:
		what = "page " + to
		if m.Follows {
			what = "notify " + to
		}
	case escalation.Remind:
		what = "remind " + to
	case escalation.Skip:
		what, color = "skip "+cmp.Or(to, "the step"), timeline.Dim
	case escalation.Hold:
		what, color = "wait", timeline.Dim
	case escalation.Repeat:
		what = "begin again"
	case escalation.Resume:
		what = "go on"
	case escalation.HandOver:
		what = "hand over to " + m.Effect.Tier
	case escalation.Raise:
		what = "raise to " + m.Effect.Severity
	case escalation.Exhaust:
		what, color = "exhausted", timeline.Red
	}
	return what, m.Reason(), color
}

// answered says what somebody does, or a channel.
func (p *played) answered(m escalation.Moment) (what, why, color string) {
	switch {
	case m.Answer.Kind == escalation.Undelivered:
		what, color = "not delivered", timeline.Red
	case m.Err != nil:
		what, color = p.who(m.Answer.By)+" acknowledges, too late", timeline.Dim
	default:
		what, color = p.who(m.Answer.By)+" acknowledges", timeline.Bold
	}
	if m.Err != nil || m.Answer.Kind == escalation.Undelivered {
		why = m.Reason()
	}
	return what, why, color
}

// recipient says whom a moment is about, and by which channel.
func (p *played) recipient(m escalation.Moment) string {
	to := ""
	switch e := m.Effect; {
	case e.Person != "":
		to = p.who(e.Person)
	case e.Target.Type != "":
		to = e.Target.String()
	}
	if m.Channel != "" {
		to += " by " + m.Channel
	}
	return to
}

func (p *played) who(id string) string { return called(p.names, id) }

// end says how it ended.
func (p *played) end() string {
	switch state := p.Progress.State; {
	case p.Cut && state == escalation.Acknowledged:
		return fmt.Sprintf("%s has acknowledged, and is reminded every %s from then on.", p.who(p.Progress.By), duration(p.setting.Ladder.Policy().RemindEvery))
	case p.Cut:
		return fmt.Sprintf("It goes on: these are the first %d moments.", len(p.Moments))
	case state == escalation.Acknowledged:
		return p.who(p.Progress.By) + " has acknowledged, and nobody else is paged."
	case state == escalation.Exhausted && p.Progress.By != "":
		return "The acknowledgement of " + p.who(p.Progress.By) + " has not been renewed, and nobody is left to page."
	case state == escalation.Exhausted:
		return "Nobody has acknowledged, and nobody is left to page."
	}
	return "Nothing more happens."
}

// chart draws for how long each step waits for the people whom it has paged, or for
// targets that are paged themselves. There is none of a course of less than a minute.
func (p *played) chart(t terminal) (timeline.Chart, bool) {
	chart := timeline.Chart{From: p.setting.Start, Zone: p.shown, Width: t.width, Color: t.color}
	rows, waiting := map[string]int{}, map[int]time.Time{} // by label and row
	end := func(at time.Time) {
		for i, since := range waiting {
			if since.Before(at) {
				chart.Rows[i].Spans = append(chart.Rows[i].Spans, timeline.Span{Start: since, End: at})
				delete(waiting, i)
			}
		}
		chart.To = at
	}
	for _, m := range p.Moments {
		switch {
		case m.Answer != nil && m.Err == nil && m.Answer.Kind == escalation.Acknowledge:
			chart.Mark, chart.MarkText = m.At, cmp.Or(p.names[m.Answer.By], m.Answer.By)+" acknowledges"
			end(m.At)
		case m.Effect.Kind == escalation.Exhaust:
			end(m.At)
		case m.Effect.Kind == escalation.Page && !m.Follows:
			end(m.At)
			label := cmp.Or(p.names[m.Effect.Person], m.Effect.Person, m.Effect.Target.String())
			i, ok := rows[label]
			if !ok {
				i = len(chart.Rows)
				rows[label] = i
				chart.Rows = append(chart.Rows, timeline.Row{Label: label})
			}
			if _, ok := waiting[i]; !ok {
				waiting[i] = m.At
			}
		}
	}
	lasted := chart.To.Sub(chart.From)
	chart.To = chart.To.Add(lasted / 50) // so that what happens last is seen
	return chart, lasted >= time.Minute && len(chart.Rows) > 0
}
