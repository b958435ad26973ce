package pagerduty

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// spellOut makes fixed shifts of an event whose shifts no turns can express: all
// of them if they come to an end, or else those in the range of the options.
func (im *importer) spellOut(e event, p pattern) (r oncall.Rotation, ok bool) {
	const why = "shifts that overlap or have exceptions have to be written out one by one"
	n, bounded := e.last(p)
	from, to := e.since, e.until
	if !bounded && to.IsZero() {
		o := im.Options
		if !o.From.Before(o.To) {
			im.Loss(e.node, why+", so the event is left out and nobody is on duty in it: give a range in the options (From, To)")
			return r, false
		}
		from, to = gather.Later(from, o.From.Truncate(time.Second)), o.To.Truncate(time.Second)
		im.Loss(e.node, why+": they are from %s to %s, and nobody is on duty outside of that",
			o.From.UTC().Format(time.RFC3339), o.To.UTC().Format(time.RFC3339))
	}
	if !bounded {
		n = p.before(gather.Wall(localIn(to, e.zone)))
	}
	if n > 10*oncall.MaxFixed {
		e.node.Failf("at most %d shifts until %s", 10*oncall.MaxFixed, to.Format(time.RFC3339))
		return r, false
	}
	r.From, r.Until = e.since, e.until
	loc := gather.Location(e.zone)
	for i, start := range e.all(p, n) {
		s := oncall.FixedShift{
			Start:  gather.Later(oncall.LocalOf(start).In(loc), from),
			End:    oncall.LocalOf(start.Add(e.length)).In(loc),
			People: e.seats[i%len(e.seats)].People,
		}
		if !to.IsZero() && to.Before(s.End) {
			s.End = to
		}
		if len(s.People) > 0 && s.Start.Before(s.End) {
			r.Fixed = append(r.Fixed, s)
		}
	}
	if len(r.Fixed) == 0 {
		im.Assume(e.node, "it has no shifts in that time, so it is never on duty and is left out")
	}
	return r, len(r.Fixed) > 0
}

// all returns the first n starts of the rule without its exceptions, and the
// extra ones, on the wall clock.
func (e *event) all(p pattern, n int64) []time.Time {
	var list []time.Time
	for i := range n {
		list = append(list, p.starts(i))
	}
	for _, l := range e.rule.extra {
		list = append(list, gather.Wall(l))
	}
	slices.SortFunc(list, time.Time.Compare)
	list = slices.Compact(list)
	except := map[time.Time]bool{}
	for _, l := range e.rule.except {
		except[gather.Wall(l)] = true
	}
	return slices.DeleteFunc(list, func(t time.Time) bool { return except[t] })
}
