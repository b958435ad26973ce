package grafanaoncall

import (
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// stretch is a time in which somebody is on duty.
type stretch struct {
	start, end time.Time
	people     []string
}

// deviations returns overrides of a rotation for the times at which Grafana OnCall
// has others on duty. It counts the seconds of a shift where a rotation goes by the
// clock, and takes the second of two times that a clock shows twice.
func (im *importer) deviations(s *shift, events []event, extra []occurrence) []oncall.Override {
	list, ok := im.within(s, events)
	if !ok {
		if changes(s.loc) {
			im.Assume(s.node, "where the clock changes, the shift ends by the clock, while in Grafana OnCall it lasts its seconds, so it may end an hour off; "+
				"with a range in the options (From, To) the difference could be written out")
		}
	}
	if len(extra) > 0 && (len(list) == 0 || list[0].at > extra[0].at) {
		list = append(extra, list...)
	}
	var really, off []stretch
	for _, o := range list {
		start, end := s.span(o)
		really = append(really, stretch{start, end, o.people})
		clockStart, clockEnd := s.clockSpan(o)
		if slices.ContainsFunc(extra, func(e occurrence) bool { return e.at == o.at }) {
			clockEnd = clockStart // the rotation does not have it
		}
		off = append(off, between(start, clockStart), between(end, clockEnd))
	}
	overrides := corrections(s.id, really, off)
	if len(overrides) > 0 {
		im.Assume(s.node, "Grafana OnCall counts the seconds of a shift also where the clock changes, "+
			"so who is on call then is written out as overrides of the rotation")
	}
	return overrides
}

// changes reports whether the clocks of a zone change these days.
func changes(loc *time.Location) bool {
	_, winter := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).In(loc).Zone()
	_, summer := time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC).In(loc).Zone()
	return winter != summer
}

func between(a, b time.Time) stretch {
	if a.After(b) {
		a, b = b, a
	}
	return stretch{start: a, end: b}
}

// corrections returns overrides that put on duty whoever really is, for as long as
// something is off.
func corrections(rotation string, really, off []stretch) []oncall.Override {
	off = slices.DeleteFunc(off, func(o stretch) bool { return o.start.Equal(o.end) })
	slices.SortFunc(off, func(a, b stretch) int { return a.start.Compare(b.start) })
	var overrides []oncall.Override
	var done time.Time
	for _, o := range off {
		start := gather.Later(o.start, done)
		for start.Before(o.end) {
			end, people := constant(really, start, o.end)
			overrides = append(overrides, oncall.Override{
				ID: rotation + "-clock-change-" + strconv.Itoa(len(overrides)+1), Rotation: rotation,
				Start: start, End: end, People: people, Reason: "clock change",
			})
			start = end
		}
		done = gather.Later(done, o.end)
	}
	return overrides
}

// constant returns who is on duty at a time, and until when, but no longer than a
// limit.
func constant(really []stretch, at, limit time.Time) (until time.Time, people []string) {
	until = limit
	for _, r := range really {
		switch {
		case !r.end.After(at):
		case r.start.After(at):
			if r.start.Before(until) {
				until = r.start
			}
		default:
			people = append(people, r.people...)
			if r.end.Before(until) {
				until = r.end
			}
		}
	}
	slices.Sort(people)
	return until, slices.Compact(people)
}
