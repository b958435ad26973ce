package oncall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// CompileAll prepares schedules that may have each other in their seats, and
// returns them by their ids. Its error joins what [Validate] reports of each,
// with the schedule in front of the field ("schedules[2].rotations[0].start"),
// ids that are not unique, and seats whose schedule does not exist or leads back
// to itself.
func CompileAll(schedules []Schedule) (map[string]*Rota, error) {
	a := all{schedules: schedules, index: map[string]int{}, rotas: map[string]*Rota{}, zones: make([]zones, len(schedules))}
	var errs []error
	for i, s := range schedules {
		if _, ok := a.index[s.ID]; ok {
			errs = append(errs, &FieldError{Field: fmt.Sprintf("schedules[%d].id", i), Want: fmt.Sprintf("an id used once, not %q again", s.ID)})
		}
		a.index[s.ID] = i
		z, problems := check(s)
		a.zones[i] = z
		for _, err := range problems {
			if f, ok := errors.AsType[*FieldError](err); ok {
				err = &FieldError{Field: fmt.Sprintf("schedules[%d].%s", i, f.Field), Want: f.Want}
			}
			errs = append(errs, err)
		}
	}
	errs = append(errs, a.circles()...)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	for _, s := range schedules {
		a.compile(s.ID)
	}
	return a.rotas, nil
}

// all is what CompileAll works on.
type all struct {
	schedules []Schedule
	zones     []zones
	index     map[string]int
	rotas     map[string]*Rota
}

// compile compiles a schedule after those in its seats.
func (a *all) compile(id string) *Rota {
	if r := a.rotas[id]; r != nil {
		return r
	}
	i := a.index[id]
	r := newCompiler(a.schedules[i], a.zones[i], a.compile).compile()
	a.rotas[id] = r
	return r
}

// circles reports seats whose schedule does not exist, leads back to itself or to
// too many rotations.
func (a *all) circles() []error {
	v := visitor{all: a, state: map[string]int{}, weight: map[string]int{}}
	for _, s := range a.schedules {
		if v.state[s.ID] == unseen {
			v.visit(s.ID)
		}
	}
	return v.errs
}

// visitor goes from schedules to those in their seats.
type visitor struct {
	*all
	state  map[string]int
	way    []string
	weight map[string]int // how many rotations are looked at for one instant
	errs   []error
}

// The states of a schedule.
const (
	unseen = iota
	onTheWay
	seen
)

func (v *visitor) visit(id string) {
	v.state[id] = onTheWay
	v.way = append(v.way, id)
	i := v.index[id]
	for j, r := range v.schedules[i].Rotations {
		most := 0
		for k, seat := range r.Seats {
			if seat.Schedule != "" {
				most = max(most, v.seat(seat.Schedule, fmt.Sprintf("schedules[%d].rotations[%d].members[%d].schedule", i, j, k)))
			}
		}
		v.weight[id] += 1 + most
	}
	if v.weight[id] > MaxRotations {
		v.weight[id] = 0 // it is enough to say it once
		v.bad(fmt.Sprintf("schedules[%d].rotations", i), fmt.Sprintf("at most %d rotations at any instant, together with those of the schedules in the seats", MaxRotations))
	}
	v.way = v.way[:len(v.way)-1]
	v.state[id] = seen
}

// seat goes to the schedule in a seat, and returns its weight.
func (v *visitor) seat(id, field string) int {
	_, known := v.index[id]
	switch {
	case !known:
		v.bad(field, fmt.Sprintf("the id of a schedule, not %q", id))
		return 0
	case v.state[id] == onTheWay:
		circle := strings.Join(v.way[slices.Index(v.way, id):], " → ") + " → " + id
		v.bad(field, "a schedule that does not lead back to this one: "+circle)
		return 0
	case v.state[id] == unseen:
		v.visit(id)
	}
	return v.weight[id]
}

func (v *visitor) bad(field, want string) {
	v.errs = append(v.errs, &FieldError{Field: field, Want: want})
}
