package oncall

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Edit changes a rotation and moves nobody else: see [Schedule.Edit]. What it
// leaves out stays as it is.
type Edit struct {
	Rotation string // the id of the one to change
	Effect   Effect

	Seats   []Seat   // the new ones; nil: as they are
	Turns   []Turn   // the new lengths; nil: as they are
	Zone    string   // the zone that handoffs follow from now on; empty: as it is
	Windows []Window // the new ones; nil: as they are; empty: always on duty
	Count   Count    // needed with the first windows; empty: as it is
}

// Effect says when an edit takes effect.
type Effect string

// The times at which it can.
const (
	// NextHandoff: when the present turn ends.
	NextHandoff Effect = ""

	// AtOnce: now. Whoever is on call stays so until the next handoff; if no
	// longer a member, whoever is next takes over.
	AtOnce Effect = "now"

	// AfterRound: when the last of the present seats has had its turn.
	AfterRound Effect = "round"
)

// Edit returns the schedule as an edit that is made at an instant leaves it. What
// was before the edit takes effect stays as it was: the present version of the
// rotation ends there, and another begins. The schedule itself is not changed,
// and shares no memory with the result.
//
// Nobody else's turn moves:
//
//   - Whoever would have been next is next. If that seat is gone, the first of
//     those after it that is not gone is. From there on it goes in the order of
//     the new list. For that, the list in the new version may begin elsewhere.
//   - Handoffs stay where they are. With new lengths, they are counted from the
//     handoff at which the edit takes effect (AtOnce: at which the present turn
//     began); as many lengths as before go on at the same place of the list, others
//     from the first. In a new zone, that handoff stays at its instant, and the
//     later ones follow the new wall clock.
//   - A seat of which some of the people are new is the same seat.
//
// Before the rotation begins, or in a time between two versions of it, the edit
// changes the version that is to come, from its beginning. A version that follows
// the present one at once, such as one that an earlier edit left, is replaced: the
// edit counts as made in the present one, and what it leaves out is as the later
// one would have had it.
//
// The error is a *FieldError for each mistake, or several of them joined; those in
// the edit are at fields such as "edit.members". An edit that leaves nobody is
// one.
func (s Schedule) Edit(e Edit, at time.Time) (Schedule, error) {
	if _, errs := check(s); errs != nil {
		return Schedule{}, errors.Join(errs...)
	}
	if at.IsZero() {
		return Schedule{}, &FieldError{Field: "at", Want: "the instant at which the edit is made; it is missing"}
	}
	s, e = s.clone(), e.clone()
	now := at.Unix()
	if at.Nanosecond() > 0 {
		now++
	}
	ed := editor{schedule: &s, edit: e, now: now}
	if err := ed.find(); err != nil {
		return Schedule{}, err
	}
	if err := ed.want(); err != nil {
		return Schedule{}, err
	}
	if ed.changes() {
		if err := ed.apply(); err != nil {
			return Schedule{}, err
		}
	}
	if errs := Validate(s); errs != nil {
		return Schedule{}, errors.Join(errs...)
	}
	return s, nil
}

// version is a rotation of the schedule, and the same compiled.
type version struct {
	Rotation
	line line
}

// editor applies an edit to a schedule of its own.
type editor struct {
	schedule *Schedule
	edit     Edit
	now      int64

	current version   // what is on duty now, or next
	later   []version // those that follow at once
	base    *version  // that of them in which the round goes on
	wanted  Rotation  // what the edit asks for, with the current grid
}

// find finds the versions that the edit is about.
func (ed *editor) find() error {
	known := false
	var versions []version
	for _, r := range ed.schedule.Rotations {
		if r.ID != ed.edit.Rotation {
			continue
		}
		known = true
		if v := ed.version(r); max(v.line.from, ed.now) < v.line.until {
			versions = append(versions, v)
		}
	}
	slices.SortFunc(versions, func(a, b version) int { return cmp.Compare(a.line.from, b.line.from) })
	switch {
	case !known:
		return ed.bad("rotation", fmt.Sprintf("the id of a rotation, not %q", ed.edit.Rotation))
	case len(versions) == 0:
		return ed.bad("rotation", fmt.Sprintf("a rotation that has not ended, which %q has", ed.edit.Rotation))
	}
	ed.current, ed.later = versions[0], versions[1:]
	end := ed.current.Until
	for i, v := range ed.later {
		if v.From.IsZero() || !v.From.Equal(end) {
			ed.later = ed.later[:i]
			break
		}
		end = v.Until
	}
	for _, v := range append([]version{ed.current}, ed.later...) {
		if v.Fixed != nil {
			return ed.bad("rotation", "a rotation of turns, not one of fixed shifts")
		}
	}
	ed.base = &ed.current
	if len(ed.later) > 0 && ed.current.isRest() {
		ed.base = &ed.later[0]
	}
	return nil
}

// isRest reports whether a version is but the rest of a turn, as an edit with
// AtOnce leaves one.
func (v *version) isRest() bool {
	_, start, end := v.line.turnAt(v.line.from)
	return len(v.Seats) == 1 && start < v.line.from && v.line.until <= end
}

// version compiles the turns and windows of a rotation of the schedule.
func (ed *editor) version(r Rotation) version {
	v := version{Rotation: r}
	if r.Fixed == nil {
		r.Seats = []Seat{{}} // which need the other schedules
	}
	s := Schedule{Zone: ed.schedule.Zone, Rotations: []Rotation{r}}
	found, _ := check(s) // for the zones: the rotation itself is valid
	newCompiler(s, found, nil).line(&v.line, &s.Rotations[0])
	return v
}

// passed returns how often duty has been passed on before a turn.
func (v *version) passed(turn int64) int64 {
	if v.line.tally != nil {
		return v.line.tally.before(turn)
	}
	return turn
}

// seat returns whose turn it is.
func (v *version) seat(turn int64) int { return int(v.passed(turn) % int64(len(v.Seats))) }

// want works out what the edit asks for, and whether that can be.
func (ed *editor) want() error {
	last := ed.current.Rotation
	if n := len(ed.later); n > 0 {
		pending := &ed.later[n-1]
		last = pending.Rotation
		first, _, _ := pending.line.turnAt(pending.line.from)
		last.Seats = rotated(last.Seats, pending.seat(first)) // it may count from elsewhere
	}
	w, e := last, ed.edit
	if e.Seats != nil {
		w.Seats = e.Seats
	}
	if e.Turns != nil {
		w.Turns = e.Turns
	}
	if e.Windows != nil {
		w.Windows = e.Windows
	}
	w.Zone, w.Count = cmp.Or(e.Zone, w.Zone), cmp.Or(e.Count, w.Count)
	w.Start = ed.base.Start
	ed.wanted = w

	switch e.Effect {
	case NextHandoff, AtOnce, AfterRound:
	default:
		return ed.bad("effect", fmt.Sprintf(`"now", "round" or nothing, not %q`, e.Effect))
	}
	if !slices.ContainsFunc(w.Seats, func(s Seat) bool { return len(s.People) > 0 || s.Schedule != "" }) {
		return ed.bad("members", "somebody who is left; what is to end has an until")
	}
	trial := *ed.schedule
	trial.Rotations = []Rotation{w}
	trial.Overrides, trial.Shadows = nil, nil // they name other rotations
	return ed.translate(Validate(trial))
}

// translate names the fields of the edit in errors about the only rotation.
func (ed *editor) translate(errs []error) error {
	for i, err := range errs {
		if f, ok := errors.AsType[*FieldError](err); ok {
			errs[i] = &FieldError{Field: strings.Replace(f.Field, "rotations[0]", "edit", 1), Want: f.Want}
		}
	}
	return errors.Join(errs...)
}

func (ed *editor) bad(field, want string) error {
	return &FieldError{Field: "edit." + field, Want: want}
}

// changes reports whether the edit does.
func (ed *editor) changes() bool {
	last := ed.current.Rotation
	if n := len(ed.later); n > 0 {
		last = ed.later[n-1].Rotation
	}
	w := ed.wanted
	return !slices.EqualFunc(last.Seats, w.Seats, sameSeat) || !slices.Equal(last.Turns, w.Turns) ||
		!slices.Equal(last.Windows, w.Windows) || ed.zoneOf(last) != ed.zoneOf(w) || last.Count != w.Count
}

func (ed *editor) zoneOf(r Rotation) string { return cmp.Or(r.Zone, ed.schedule.Zone) }
