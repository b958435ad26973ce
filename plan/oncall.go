package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// onCall returns the schedules as package oncall has them. The numbers say which
// people each of them knows: those of the same index here.
func (s *Spec) onCall(known [][]int) []oncall.Schedule {
	out := make([]oncall.Schedule, len(s.Schedules))
	for i, schedule := range s.Schedules {
		out[i] = schedule.onCall()
		for _, k := range known[i] {
			out[i].People = append(out[i].People, s.People[k].onCall())
		}
		out[i].Absence = schedule.absence(out[i].People)
	}
	return out
}

// known returns which people each schedule names of whom more is known than how
// to reach them.
func (s *Spec) known() [][]int {
	index := map[string]int{}
	for i, p := range s.People {
		if p.known() {
			index[p.ID] = i
		}
	}
	out := make([][]int, len(s.Schedules))
	for i, schedule := range s.Schedules {
		for id := range schedule.people {
			if k, ok := index[id]; ok {
				out[i] = append(out[i], k)
			}
		}
		slices.Sort(out[i])
		out[i] = slices.Compact(out[i])
	}
	return out
}

// people yields everybody whom a schedule names, each as often as it does.
func (s Schedule) people(yield func(string) bool) {
	var named [][]string
	for _, r := range s.Rotations {
		named = append(named, r.inTurn()...)
		for _, f := range r.Fixed {
			named = append(named, f.People)
		}
	}
	for _, o := range s.Overrides {
		named = append(named, o.People, []string{o.Person, o.Replaces})
	}
	for _, f := range s.Shadows {
		named = append(named, []string{f.Person, f.Of})
	}
	for _, ids := range named {
		for _, id := range ids {
			if !yield(id) {
				return
			}
		}
	}
}

// inTurn returns the people whose turns a rotation has.
func (r Rotation) inTurn() [][]string {
	all := [][]string{r.Members}
	for _, s := range r.Seats {
		all = append(all, s.People)
	}
	return all
}

// absence returns what becomes of the duty of those on leave. It may be left out
// where none of them has turns: it decides nothing then, and an override that names
// somebody who will be on leave is as good as any.
func (s Schedule) absence(people []oncall.Person) oncall.Absence {
	onLeave := map[string]bool{}
	for _, p := range people {
		if len(p.Leave) > 0 {
			onLeave[p.ID] = true
		}
	}
	if s.Absence != "" || len(onLeave) == 0 {
		return oncall.Absence(s.Absence)
	}
	for _, r := range s.Rotations {
		for _, ids := range r.inTurn() {
			if slices.ContainsFunc(ids, func(id string) bool { return onLeave[id] }) {
				return "" // which package oncall refuses
			}
		}
	}
	return oncall.Keep
}

func (s Schedule) onCall() oncall.Schedule {
	out := oncall.Schedule{ID: s.ID, Name: cmp.Or(s.Name, s.ID), Zone: s.Zone, Overlap: oncall.Overlap(s.Overlap)}
	for _, r := range s.Rotations {
		out.Rotations = append(out.Rotations, r.onCall())
	}
	for _, o := range s.Overrides {
		people := slices.Clone(o.People)
		if o.Person != "" {
			people = []string{o.Person}
		}
		out.Overrides = append(out.Overrides, oncall.Override{
			ID: o.ID, Start: time.Time(o.Start), End: time.Time(o.End), People: people,
			Rotation: o.Rotation, Replaces: o.Replaces, Adds: o.Adds, Reason: o.Reason,
		})
	}
	for _, f := range s.Shadows {
		out.Shadows = append(out.Shadows, oncall.Shadow{
			Person: f.Person, Rotation: f.Rotation, Of: f.Of, Start: time.Time(f.Start), End: time.Time(f.End),
		})
	}
	for _, g := range s.IntendedGaps {
		gap := oncall.IntendedGap{Start: time.Time(g.Start), End: time.Time(g.End), Reason: g.Reason}
		if g.Window.there() {
			gap.Window = g.Window.onCall()
		}
		out.Intended = append(out.Intended, gap)
	}
	return out
}

func (r Rotation) onCall() oncall.Rotation {
	out := oncall.Rotation{
		ID: r.ID, Name: r.Name, Level: r.Level, Zone: r.Zone, Start: oncall.LocalTime(r.Start),
		From: time.Time(r.From), Until: time.Time(r.Until),
		MonthEnd: oncall.MonthEnd(r.MonthEnd), Count: oncall.Count(r.Count),
		WindowsZone: r.WindowsZone, Repeated: oncall.Repeated(r.Repeated), Skills: slices.Clone(r.Skills),
	}
	for _, t := range r.Turns {
		out.Turns = append(out.Turns, oncall.Turn(t))
	}
	if r.Turn != (Turn{}) {
		out.Turns = []oncall.Turn{oncall.Turn(r.Turn)}
	}
	for _, s := range r.Seats {
		out.Seats = append(out.Seats, oncall.Seat{People: slices.Clone(s.People), Schedule: s.Schedule})
	}
	if len(r.Members) > 0 {
		out.Seats = oncall.Seats(r.Members...)
	}
	for _, w := range r.Windows {
		out.Windows = append(out.Windows, w.onCall())
	}
	if r.Fixed != nil {
		out.Fixed = make([]oncall.FixedShift, len(r.Fixed))
		for i, f := range r.Fixed {
			out.Fixed[i] = oncall.FixedShift{ID: f.ID, Start: time.Time(f.Start), End: time.Time(f.End), People: slices.Clone(f.People)}
		}
	}
	return out
}

func (w Window) onCall() oncall.Window {
	out := oncall.Window{Opens: w.Opens.on(), Length: time.Duration(w.Length)}
	if w.Closes != "" {
		out = oncall.Daily(w.Opens.on(), w.Closes.on())
	}
	for _, d := range w.Days {
		out.Days |= oncall.On(time.Weekday(d))
	}
	return out
}

// there reports whether a window that may be left out is there.
func (w Window) there() bool {
	return len(w.Days) > 0 || w.Opens != "" || w.Closes != "" || w.Length != 0
}

// known reports whether anything is known of a person that schedules heed.
func (p Person) known() bool {
	return p.Zone != "" || len(p.Skills)+len(p.Stages)+len(p.Leave) > 0
}

func (p Person) onCall() oncall.Person {
	out := oncall.Person{ID: p.ID, Zone: p.Zone, Skills: slices.Clone(p.Skills)}
	for _, s := range p.Stages {
		out.Stages = append(out.Stages, oncall.Stage{From: time.Time(s.From), Readiness: oncall.Readiness(s.Readiness)})
	}
	for _, l := range p.Leave {
		out.Leave = append(out.Leave, oncall.Leave{Start: time.Time(l.Start), End: time.Time(l.End), Reason: l.Reason})
	}
	return out
}
