package timeline

import (
	"cmp"
	"iter"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// tick is a mark of the axis.
type tick struct {
	cell  int
	label string
}

// step is a distance between ticks, which fall on round times of the wall clock.
type step struct {
	minutes, days, months int    // one of them
	label                 string // layout
}

// steps are in order of preference: the first whose labels fit is taken.
var steps = []step{
	{minutes: 5, label: "15:04"},
	{minutes: 15, label: "15:04"},
	{minutes: 60, label: "15:04"},
	{minutes: 3 * 60, label: "15:04"},
	{minutes: 6 * 60, label: "15:04"},
	{minutes: 12 * 60, label: "15:04"},
	{days: 1, label: "Mon 02 Jan"},
	{days: 1, label: "Mon 02"},
	{days: 1, label: "02"},
	{days: 7, label: "02 Jan"},
	{months: 1, label: "Jan 2006"},
	{months: 1, label: "Jan"},
	{months: 3, label: "Jan 2006"},
	{months: 12, label: "2006"},
	{months: 120, label: "2006"},
}

// midnightLabel names the day where the other ticks are times of it.
const midnightLabel = "Mon 02"

const day = 24 * time.Hour

// length is roughly how long a step is.
func (s step) length() time.Duration {
	return time.Duration(s.minutes)*time.Minute + time.Duration(s.days)*day + time.Duration(s.months)*30*day
}

func (s step) width() int {
	if s.minutes > 0 {
		return max(len(s.label), len(midnightLabel))
	}
	return len(s.label)
}

func (p *plot) findTicks() []tick {
	chosen := steps[len(steps)-1]
	for _, s := range steps {
		if float64(p.cells)*float64(s.length())/float64(p.To.Sub(p.From)) >= float64(s.width()+1) {
			chosen = s
			break
		}
	}
	var ticks []tick
	for t := range chosen.times(p.From.In(p.Zone), p.To) {
		label := chosen.label
		if chosen.minutes > 0 && t.Hour() == 0 && t.Minute() == 0 {
			label = midnightLabel
		}
		ticks = append(ticks, tick{p.cell(t), t.Format(label)})
	}
	return ticks
}

// times yields the round times from one instant until another. A time that the
// clock skips is not there; of one that it shows twice, the first is. A day whose
// midnight is skipped begins at the first instant after.
func (s step) times(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		zone := from.Location()
		for date := s.firstDate(from); !date.at(0, zone).IsZero() && date.at(0, zone).Before(to); date = date.plus(s) {
			for minute := 0; minute < minutesPerDay; minute += cmp.Or(s.minutes, minutesPerDay) {
				at := date.at(minute, zone)
				skipped := minute > 0 && at.Hour()*60+at.Minute() != minute
				if !skipped && !at.Before(from) && at.Before(to) && !yield(at) {
					return
				}
			}
		}
	}
}

const minutesPerDay = 24 * 60

// date is a day of the calendar, as midnight in UTC.
type date time.Time

// at returns when the day has come to a minute in a zone; zero after the year 9999.
func (d date) at(minute int, zone *time.Location) time.Time {
	return oncall.LocalOf(time.Time(d).Add(time.Duration(minute) * time.Minute)).In(zone)
}

// plus returns the next day that a step comes to; for steps of minutes, the next.
func (d date) plus(s step) date {
	if s.minutes > 0 {
		return date(time.Time(d).AddDate(0, 0, 1))
	}
	return date(time.Time(d).AddDate(0, s.months, s.days))
}

// firstDate returns the day of the last tick on or before the day of an instant.
func (s step) firstDate(t time.Time) date {
	year, month, day := t.Date()
	switch {
	case s.months >= 12:
		year, month, day = year-year%(s.months/12), time.January, 1
	case s.months > 0:
		month, day = month-(month-1)%time.Month(s.months), 1
	case s.days == 7:
		day -= (int(t.Weekday()) + 6) % 7 // Monday
	}
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// axis writes the labels of the ticks.
func (p *plot) axis(b *strings.Builder) {
	line := ""
	for _, t := range p.ticks {
		at := p.labels + margin + t.cell
		if len(line) < at && t.cell+len(t.label) <= p.cells || line == "" {
			line += strings.Repeat(" ", at-len(line)) + t.label
		}
	}
	if line != "" {
		p.paint(b, Dim, line)
		b.WriteByte('\n')
	}
}

// mark writes the line that points at the marked moment.
func (p *plot) mark(b *strings.Builder) {
	if p.marked < 0 {
		return
	}
	at := p.labels + margin + p.marked
	line := strings.Repeat(" ", at) + p.style.pointer + " " + p.MarkText
	if before := at - Cells(p.MarkText) - 1; Cells(line) > p.Width-margin && before >= 0 {
		line = strings.Repeat(" ", before) + p.MarkText + " " + p.style.pointer
	}
	p.paint(b, Bold, line)
	b.WriteByte('\n')
}
