package oncall

import (
	"slices"
	"time"
)

// excesses look for what is too much for one person.
type excesses struct {
	*responder
	limits Limits
	duty   stretches

	all []Violation
}

func (e *excesses) add(limit Limit, s stretch, have, allowed Measure) *Violation {
	v := Violation{Person: e.ID, Limit: limit, Have: have, Allowed: allowed}
	v.Start, v.End = s.times(e.place.zone)
	e.all = append(e.all, v)
	return &e.all[len(e.all)-1]
}

// rest finds duties that begin too soon after another.
func (e *excesses) rest() {
	for i := 1; i < len(e.duty); i++ {
		last, next := e.duty[i-1], e.duty[i]
		rested := stretch{last.end, next.start}.length()
		if rested < e.limits.Rest {
			enough := last.end + int64(e.limits.Rest/time.Second)
			e.add(RestLimit, stretch{next.start, min(next.end, enough)}, Measure{Time: rested}, Measure{Time: e.limits.Rest})
		}
	}
}

// inWindow finds duty that is too much for the time before it. The duty within
// such a time grows while there is duty now, and shrinks while there was at the
// other end.
func (e *excesses) inWindow() {
	limit, within := int64(e.limits.Duty/time.Second), int64(e.limits.Within/time.Second)
	if limit == 0 {
		return
	}
	var edges []int64
	for _, s := range e.duty {
		edges = append(edges, s.start, s.end, s.start+within, s.end+within)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)

	var over stretches // on duty, and past the limit
	var worst []int64
	now, then := 0, 0 // the duties that end after the edge, and after what it was before
	var sum int64
	for i := 0; i+1 < len(edges); i++ {
		at, next := edges[i], edges[i+1]
		for now < len(e.duty) && e.duty[now].end <= at {
			now++
		}
		for then < len(e.duty) && e.duty[then].end <= at-within {
			then++
		}
		grows := now < len(e.duty) && e.duty[now].start <= at
		shrinks := then < len(e.duty) && e.duty[then].start <= at-within
		before := sum
		if grows {
			sum += next - at
		}
		if shrinks {
			sum -= next - at
		}
		if !grows || sum <= limit {
			continue
		}
		if sum > before {
			at += max(0, limit-before)
		}
		known := len(over)
		over = over.with(stretch{at, next})
		if len(over) > known {
			worst = append(worst, sum)
		}
		worst[len(worst)-1] = max(worst[len(worst)-1], sum)
	}
	for i, s := range over {
		e.add(DutyLimit, s, Measure{Time: time.Duration(worst[i]) * time.Second}, Measure{Time: e.limits.Duty})
	}
}

// inARow finds duty in too many windows of as many days one after the other.
func (e *excesses) inARow(limit Limit, most int, w Window) {
	if most == 0 || len(e.duty) == 0 {
		return
	}
	run := 0
	var over stretch
	end := func() {
		if run > most {
			e.add(limit, over, Measure{Count: run}, Measure{Count: most})
		}
		run = 0
	}
	last := e.dayAt(e.duty[len(e.duty)-1].end)
	for day := e.dayAt(e.duty[0].start) - 1; day <= last; day++ { // a night may have begun the day before
		open := e.open(w, day)
		if open.start >= open.end && w.Days == 0 {
			continue // a day that the clock skips interrupts nothing
		}
		worked := e.duty.in(open)
		if len(worked) == 0 {
			end()
			continue
		}
		run++
		if run == most+1 {
			over.start = worked[0].start
		}
		over.end = worked[len(worked)-1].end
	}
	end()
}

// pages finds times in which pages come too fast: from the page that is too much
// until so few are left in the time before that there could be another.
func (e *excesses) pages() {
	within := int64(e.limits.PagesWithin / time.Second)
	if e.limits.Pages == 0 {
		return
	}
	var over stretches
	var worst []int
	sum, first := 0, 0
	for _, a := range e.activities {
		at := a.Start.Unix()
		sum += a.Pages
		for e.activities[first].Start.Unix() <= at-within {
			sum -= e.activities[first].Pages
			first++
		}
		if a.Pages == 0 || sum <= e.limits.Pages {
			continue
		}
		known := len(over)
		over = over.with(stretch{at, e.pagesFall(first, sum) + within})
		if len(over) > known {
			worst = append(worst, sum)
		}
		worst[len(worst)-1] = max(worst[len(worst)-1], sum)
	}
	for i, s := range over {
		e.add(PagesLimit, s, Measure{Count: worst[i]}, Measure{Count: e.limits.Pages})
	}
}

// pagesFall returns the instant of the page with whose end the sum of those from
// the first on is within the limit again.
func (e *excesses) pagesFall(first, sum int) int64 {
	for {
		sum -= e.activities[first].Pages
		if sum <= e.limits.Pages {
			return e.activities[first].Start.Unix()
		}
		first++
	}
}

// incidents finds incidents that take somebody too long.
func (e *excesses) incidents() {
	if e.limits.Incident == 0 {
		return
	}
	byIncident := map[string][]stretch{}
	var ids []string
	for _, a := range e.activities {
		s := e.near(a.Start, a.End)
		if a.Incident == "" {
			e.incident("", stretches(nil).with(s))
			continue
		}
		if _, known := byIncident[a.Incident]; !known {
			ids = append(ids, a.Incident)
		}
		byIncident[a.Incident] = append(byIncident[a.Incident], s)
	}
	for _, id := range ids {
		e.incident(id, union(byIncident[id]))
	}
}

func (e *excesses) incident(id string, active stretches) {
	for from := 0; from < len(active); {
		to := from + 1
		for to < len(active) && (e.limits.Rest == 0 || stretch{active[to-1].end, active[to].start}.length() < e.limits.Rest) {
			to++
		}
		unbroken := active[from:to]
		from = to
		if unbroken.length() <= e.limits.Incident {
			continue
		}
		v := e.add(IncidentLimit, unbroken.after(e.limits.Incident), Measure{Time: unbroken.length()}, Measure{Time: e.limits.Incident})
		v.Incident = id
	}
}

// after returns what follows the first part of a set, to its end.
func (a stretches) after(part time.Duration) stretch {
	for _, s := range a {
		if s.length() > part {
			return stretch{s.start + int64(part/time.Second), a[len(a)-1].end}
		}
		part -= s.length()
	}
	return stretch{}
}
