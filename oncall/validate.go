package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// FieldError names a field of a schedule and what would be right in it. The
// field is a path such as "rotations[0].start" or "overrides[1].end", in the
// words of the plan document: seats are "members" there.
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "oncall: " + e.Field + ": want " + e.Want }

// Validate reports every malformed field of a schedule, each as a *FieldError.
// Whether a zone is known depends on the zone data of the machine; a program
// that imports time/tzdata brings its own. Whether a schedule within a schedule
// exists, only [CompileAll] can tell.
func Validate(s Schedule) []error {
	_, errs := check(s)
	return errs
}

func check(s Schedule) (zones, []error) {
	c := checker{schedule: s, zones: zones{}, known: make(map[string]*Person, len(s.People))}
	for i := range s.People {
		c.known[s.People[i].ID] = &s.People[i]
	}
	if s.ID == "" {
		c.bad("a non-empty id", "id")
	}
	c.zone(s.Zone, "zone")
	c.rotations()
	c.overrides()
	c.people()
	c.shadows()
	c.intended()
	return c.zones, c.errs
}

type checker struct {
	schedule Schedule
	zones    zones
	known    map[string]*Person
	errs     []error
}

func (c *checker) bad(want, field string, args ...any) {
	c.errs = append(c.errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

// zone loads a zone. It refuses what time.LoadLocation takes for UTC or for
// whatever the machine at hand is set to: names of zones start with a capital
// letter, and names of files such as "localtime" and "posixrules" do not.
func (c *checker) zone(name, field string, args ...any) {
	const want = `an IANA time zone such as "Europe/Berlin"`
	switch {
	case name == "":
		c.bad(want+"; it is empty", field, args...)
		return
	case name == "Local" || name[0] < 'A' || name[0] > 'Z':
		c.bad(fmt.Sprintf("%s, not %q", want, name), field, args...)
		return
	case c.zones[name] != nil:
		return
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		c.bad(fmt.Sprintf("%s, not %q, which the zone data of this machine does not have (importing time/tzdata brings a full set)", want, name), field, args...)
		return
	}
	c.zones[name] = zone
}

func (c *checker) rotations() {
	rotations := c.schedule.Rotations
	if len(rotations) > MaxRotations {
		c.bad(fmt.Sprintf("at most %d rotations, not %d", MaxRotations, len(rotations)), "rotations")
		return
	}
	switch c.schedule.Overlap {
	case Hide, Add, Levels:
	case "":
		if slices.ContainsFunc(rotations, func(r Rotation) bool { return r.ID != rotations[0].ID }) {
			c.bad(`"hide", "add" or "levels", which says what happens while more than one rotation is on duty`, "overlap")
		}
	default:
		c.bad(fmt.Sprintf(`"hide", "add" or "levels", not %q`, c.schedule.Overlap), "overlap")
	}
	for i := range rotations {
		c.rotation(i, &rotations[i])
	}
	c.versions()
}

// versions refuses rotations of one id that are on duty at the same time.
func (c *checker) versions() {
	byID := map[string][]int{}
	var ids []string // in the order of the list
	for i, r := range c.schedule.Rotations {
		if r.ID == "" {
			continue
		}
		if byID[r.ID] == nil {
			ids = append(ids, r.ID)
		}
		byID[r.ID] = append(byID[r.ID], i)
	}
	for _, id := range ids {
		same := byID[id]
		slices.SortStableFunc(same, func(a, b int) int {
			return c.schedule.Rotations[a].From.Compare(c.schedule.Rotations[b].From)
		})
		for i, b := range same[1:] {
			if a := c.schedule.Rotations[same[i]]; a.Until.IsZero() || a.Until.After(c.schedule.Rotations[b].From) {
				c.bad(fmt.Sprintf("an id used once, not %q again, unless the earlier one ends (until) before this one begins (from)", a.ID),
					"rotations[%d].id", max(b, same[i]))
			}
		}
	}
}

func (c *checker) rotation(i int, r *Rotation) {
	if r.ID == "" {
		c.bad("a non-empty id", "rotations[%d].id", i)
	}
	if r.Zone != "" {
		c.zone(r.Zone, "rotations[%d].zone", i)
	}
	if r.WindowsZone != "" {
		c.zone(r.WindowsZone, "rotations[%d].windows_zone", i)
	}
	from, until := c.optional(r.From, "rotations[%d].from", i), c.optional(r.Until, "rotations[%d].until", i)
	if from && until && !r.From.IsZero() && !r.Until.IsZero() && !r.Until.After(r.From) {
		c.bad("an instant after from", "rotations[%d].until", i)
	}
	if r.Fixed != nil {
		c.fixed(i, r)
		return
	}
	if !r.Start.Valid() {
		c.bad(fmt.Sprintf(`a date and time of day such as "2026-01-05T09:00", not %q`, r.Start), "rotations[%d].start", i)
	} else if r.Start.Year < MinYear || r.Start.Year >= MaxYear { // MaxYear may be over elsewhere already
		c.bad(fmt.Sprintf("a year from %d to %d, not %d", MinYear, MaxYear-1, r.Start.Year), "rotations[%d].start", i)
	}
	c.turns(i, r)
	c.seats(i, r)
	c.windows(i, r)
}

// maxPeriod is how many turns may be looked at to count shifts.
const maxPeriod = 100_000

// longest is the highest number of each unit in a turn.
var longest = map[Unit]int{
	Minutes: MaxTurnWeeks * 7 * 24 * 60, Hours: MaxTurnWeeks * 7 * 24, Days: MaxTurnWeeks * 7,
	Weeks: MaxTurnWeeks, Months: MaxTurnWeeks / 52 * 12,
}

func (c *checker) turns(i int, r *Rotation) {
	if len(r.Turns) == 0 || len(r.Turns) > MaxTurns {
		c.bad(fmt.Sprintf("1 to %d lengths, not %d", MaxTurns, len(r.Turns)), "rotations[%d].turns", i)
		return
	}
	for j, t := range r.Turns {
		switch most, ok := longest[t.Unit]; {
		case !ok:
			c.bad(fmt.Sprintf(`"minutes", "hours", "days", "weeks" or "months", not %q`, t.Unit), "rotations[%d].turns[%d]", i, j)
		case t.N < 1 || t.N > most:
			c.bad(fmt.Sprintf("1 to %d %s, not %d", most, t.Unit, t.N), "rotations[%d].turns[%d]", i, j)
		case (t.Unit == Months) != (r.Turns[0].Unit == Months):
			c.bad("months only together with months", "rotations[%d].turns[%d]", i, j)
		}
	}
	if r.Count == ByShift && len(r.Windows) > 0 && len(c.errs) == 0 {
		g := newGrid(r)
		if n := periodOf(&g, &week{}); n > maxPeriod {
			c.bad(fmt.Sprintf("lengths that meet the week again within %d turns, not %d, where shifts are counted", maxPeriod, n), "rotations[%d].turns", i)
		}
	}
	switch r.MonthEnd {
	case LastDay, Overflow:
	default:
		c.bad(fmt.Sprintf(`"overflow" or nothing, not %q`, r.MonthEnd), "rotations[%d].month_end", i)
	}
	switch r.Count {
	case ByTurn, ByHandoff, ByShift:
	case "":
		if len(r.Windows) > 0 {
			c.bad(`"turn", "handoff" or "shift", which says whether a turn outside the windows passes duty on`, "rotations[%d].count", i)
		}
	default:
		c.bad(fmt.Sprintf(`"turn", "handoff" or "shift", not %q`, r.Count), "rotations[%d].count", i)
	}
	if zone := cmp.Or(r.Zone, c.schedule.Zone); r.Count == ByShift && r.WindowsZone != "" && r.WindowsZone != zone {
		c.bad(`"turn" or "handoff", since shifts can be counted only where the windows are in the zone of the turns`, "rotations[%d].count", i)
	}
}

func (c *checker) seats(i int, r *Rotation) {
	if len(r.Seats) == 0 || len(r.Seats) > MaxSeats {
		c.bad(fmt.Sprintf("1 to %d members, not %d", MaxSeats, len(r.Seats)), "rotations[%d].members", i)
		return
	}
	for j, seat := range r.Seats {
		if len(seat.People) > 0 && seat.Schedule != "" {
			c.bad("people or a schedule, not both", "rotations[%d].members[%d]", i, j)
		}
		c.names(seat.People, fmt.Sprintf("rotations[%d].members[%d]", i, j))
		for _, p := range seat.People {
			c.able(p, r.Skills, fmt.Sprintf("rotations[%d].members[%d]", i, j))
		}
	}
}

// able refuses somebody in a seat who lacks a skill, or will never be ready.
func (c *checker) able(person string, skills []string, field string) {
	p := c.known[person]
	if p == nil {
		p = &Person{}
	}
	for _, skill := range skills {
		if person != "" && !slices.Contains(p.Skills, skill) {
			c.bad(fmt.Sprintf("somebody with the skill %q, which %q does not have", skill, person), "%s", field)
		}
	}
	if len(p.Stages) > 0 && !slices.ContainsFunc(p.Stages, func(s Stage) bool { return s.Readiness != NotEligible && s.Readiness != Shadowing }) {
		c.bad(fmt.Sprintf("somebody who is ready at some time, which %q is not", person), "%s", field)
	}
}

// names refuses empty and repeated ids in a list.
func (c *checker) names(people []string, field string) {
	if len(people) > MaxPerSeat {
		c.bad(fmt.Sprintf("at most %d people, not %d", MaxPerSeat, len(people)), "%s", field)
		return
	}
	for i, p := range people {
		switch {
		case p == "":
			c.bad("the id of a person; it is empty", "%s", field)
		case slices.Contains(people[:i], p):
			c.bad(fmt.Sprintf("each person once, not %q again", p), "%s", field)
		}
	}
}

func (c *checker) windows(i int, r *Rotation) {
	if len(r.Windows) > MaxWindows {
		c.bad(fmt.Sprintf("at most %d windows, not %d", MaxWindows, len(r.Windows)), "rotations[%d].windows", i)
		return
	}
	for j, w := range r.Windows {
		c.window(w, fmt.Sprintf("rotations[%d].windows[%d]", i, j))
	}
	switch r.Repeated {
	case EndsFirst, EndsLast:
	default:
		c.bad(fmt.Sprintf(`"last" or nothing, not %q`, r.Repeated), "rotations[%d].repeated", i)
	}
}

func (c *checker) window(w Window, field string) {
	if !w.Opens.Valid() {
		c.bad(fmt.Sprintf("a time of day from 00:00:00 to 23:59:59, not %s", w.Opens), "%s.opens", field)
	}
	if w.Length < time.Second || w.Length > secondsPerWeek*time.Second || w.Length%time.Second != 0 {
		c.bad(fmt.Sprintf("1s to 7 days in whole seconds, not %s", w.Length), "%s.length", field)
	}
	if w.Days > 1<<7-1 {
		c.bad("days of the week", "%s.days", field)
	}
}

func (c *checker) fixed(i int, r *Rotation) {
	if r.Start != (LocalTime{}) || r.Turns != nil || r.Seats != nil || r.Windows != nil ||
		r.MonthEnd != "" || r.Count != "" || r.WindowsZone != "" || r.Repeated != "" {
		c.bad("no start, turns, members and windows, nor what goes with them, where the shifts are fixed one by one", "rotations[%d].fixed", i)
	}
	if len(r.Fixed) > MaxFixed {
		c.bad(fmt.Sprintf("at most %d shifts, not %d", MaxFixed, len(r.Fixed)), "rotations[%d].fixed", i)
		return
	}
	var at []span
	for j, f := range r.Fixed {
		field := fmt.Sprintf("rotations[%d].fixed[%d]", i, j)
		c.interval(f.Start, f.End, field)
		if len(f.People) == 0 {
			c.bad("at least one person", "%s.people", field)
		}
		c.names(f.People, field+".people")
		for _, p := range f.People {
			c.able(p, r.Skills, field+".people")
		}
		at = append(at, span{start: f.Start.Unix(), end: f.End.Unix()})
	}
	if !within(at, MaxAtOnce) {
		c.bad(fmt.Sprintf("at most %d shifts at any time", MaxAtOnce), "rotations[%d].fixed", i)
	}
}

// longestPartial is how long an override may last that does not replace everybody:
// until it ends, what it changes goes on changing.
const longestPartial = MaxTurnWeeks * secondsPerWeek * time.Second

func (c *checker) overrides() {
	overrides := c.schedule.Overrides
	if len(overrides) > MaxOverrides {
		c.bad(fmt.Sprintf("at most %d overrides, not %d", MaxOverrides, len(overrides)), "overrides")
		return
	}
	seen := make(map[string]bool, len(overrides))
	partial := map[string][]span{}
	for i, o := range overrides {
		switch {
		case o.ID == "":
			c.bad("a non-empty id", "overrides[%d].id", i)
		case seen[o.ID]:
			c.bad(fmt.Sprintf("an id used once, not %q again", o.ID), "overrides[%d].id", i)
		}
		seen[o.ID] = true
		c.interval(o.Start, o.End, fmt.Sprintf("overrides[%d]", i))
		c.names(o.People, fmt.Sprintf("overrides[%d].people", i))
		switch {
		case o.Adds && o.Replaces != "":
			c.bad("either adds or replaces, not both", "overrides[%d].adds", i)
		case o.Adds && len(o.People) == 0:
			c.bad("at least one person to add", "overrides[%d].people", i)
		}
		if o.Rotation != "" && !slices.ContainsFunc(c.schedule.Rotations, func(r Rotation) bool { return r.ID == o.Rotation }) {
			c.bad(fmt.Sprintf("the id of a rotation, not %q", o.Rotation), "overrides[%d].rotation", i)
		}
		if !o.replacesAll() {
			if o.End.Sub(o.Start) > longestPartial {
				c.bad(fmt.Sprintf("at most %d weeks after the start, since it does not replace everybody", MaxTurnWeeks), "overrides[%d].end", i)
			}
			partial[o.Rotation] = append(partial[o.Rotation], span{start: o.Start.Unix(), end: o.End.Unix()})
		}
	}
	for _, spans := range partial {
		if !within(spans, MaxAtOnce) {
			c.bad(fmt.Sprintf("at most %d at any time that do not replace everybody", MaxAtOnce), "overrides")
			return
		}
	}
}

// within reports whether no instant lies in more than so many spans.
func within(spans []span, most int) bool {
	type edge struct {
		at   int64
		step int
	}
	edges := make([]edge, 0, 2*len(spans))
	for _, s := range spans {
		edges = append(edges, edge{s.start, 1}, edge{s.end, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.step, b.step)) })
	n, sum := 0, 0
	for _, e := range edges {
		n += e.step
		if sum += n; n > most || sum > maxOverlaps {
			return false
		}
	}
	return true
}

// maxOverlaps bounds how many there are at any time, added up over all times
// between which that changes.
const maxOverlaps = 2_000_000

func (c *checker) interval(start, end time.Time, field string) {
	wrongStart, wrongEnd := wrongInstant(start), wrongInstant(end)
	if wrongStart != "" {
		c.bad(wrongStart, "%s.start", field)
	}
	if wrongEnd != "" {
		c.bad(wrongEnd, "%s.end", field)
	} else if wrongStart == "" && !end.After(start) {
		c.bad("an instant after the start", "%s.end", field)
	}
}

// optional reports whether an instant is right or left out.
func (c *checker) optional(t time.Time, field string, args ...any) bool {
	if t.IsZero() {
		return true
	}
	wrong := wrongInstant(t)
	if wrong != "" {
		c.bad(wrong, field, args...)
	}
	return wrong == ""
}

// wrongInstant says what would be right instead of an instant that is not; it is
// empty if it is.
func wrongInstant(t time.Time) (want string) {
	switch year := t.UTC().Year(); {
	case t.IsZero():
		return "an instant; it is missing"
	case year < MinYear || year > MaxYear:
		return fmt.Sprintf("a year from %d to %d, not %d", MinYear, MaxYear, year)
	case t.Nanosecond() != 0:
		return "a whole second, not " + t.Format(time.RFC3339Nano)
	}
	return ""
}
