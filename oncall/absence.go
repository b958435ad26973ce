package oncall

import (
	"cmp"
	"slices"
)

// absence is a time in which the same people of a line are not available.
type absence struct {
	start, end int64
	seats      map[int][]*member // who is on duty in the seats that this changes
}

func absenceAt(absences []absence, at int64) *absence {
	low, high := 0, len(absences)-1
	for low < high {
		if mid := int(uint(low+high) / 2); absences[mid].end <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return &absences[low]
}

// status is what is known of a person at an instant.
type status struct {
	leaves    int // how many leaves have begun and not ended
	readiness Readiness
}

func (s *status) ready() bool { return s.readiness == Ready || s.readiness == Leading }

// roster tells who stands in for whom in the seats of a line.
type roster struct {
	seats  []Seat
	policy Absence
	people map[string]*status // those who are not always available
	intern func(person, instead string) *member
}

// absences returns times that tile all of time, or nil if everybody in the seats
// is always available.
func absences(seats []Seat, people []Person, policy Absence, intern func(person, instead string) *member) []absence {
	r := roster{seats: seats, policy: policy, people: map[string]*status{}, intern: intern}
	type event struct {
		at     int64
		change func()
	}
	var events []event
	places := map[string][]int{} // seats by person
	for i, s := range seats {
		for _, p := range s.People {
			places[p] = append(places[p], i)
		}
	}
	for _, p := range people {
		if places[p.ID] == nil || len(p.Leave) == 0 && len(p.Stages) == 0 {
			continue
		}
		s := &status{readiness: Ready}
		if len(p.Stages) > 0 {
			s.readiness = NotEligible
		}
		r.people[p.ID] = s
		for _, stage := range p.Stages {
			events = append(events, event{stage.From.Unix(), func() { s.readiness = stage.Readiness }})
		}
		for _, l := range p.Leave {
			events = append(events, event{l.Start.Unix(), func() { s.leaves++ }}, event{l.End.Unix(), func() { s.leaves-- }})
		}
	}
	if len(r.people) == 0 {
		return nil
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var out []absence
	start := int64(beginning)
	for i := 0; ; i++ {
		if i == len(events) || events[i].at > start {
			end := int64(forever)
			if i < len(events) {
				end = events[i].at
			}
			out = append(out, absence{start: start, end: end, seats: r.changed(places)})
			start = end
		}
		if i == len(events) {
			return out
		}
		events[i].change()
	}
}

// changed returns who is on duty in the seats that absences change now.
func (r *roster) changed(places map[string][]int) map[int][]*member {
	var out map[int][]*member
	for person, s := range r.people {
		if s.leaves == 0 && s.ready() {
			continue
		}
		for _, seat := range places[person] {
			if _, done := out[seat]; !done {
				if out == nil {
					out = map[int][]*member{}
				}
				out[seat] = r.present(seat)
			}
		}
	}
	return out
}

// present returns who is on duty in a seat: those who are there and ready, and who
// stands in for the others. Somebody supervised is there only beside one of them.
func (r *roster) present(seat int) []*member {
	var who []*member
	var learning []string
	for _, p := range r.seats[seat].People {
		switch s := r.people[p]; {
		case s == nil, r.here(s) && s.ready():
			who = append(who, r.intern(p, ""))
		case r.here(s) && s.readiness == Supervised:
			learning = append(learning, p)
		default:
			who = r.replace(who, seat, p)
		}
	}
	alone := len(who) == 0
	for _, p := range learning {
		if alone {
			who = r.replace(who, seat, p)
		} else {
			who = append(who, r.intern(p, ""))
		}
	}
	return who
}

// replace adds who stands in for a person, if anybody does: the first in the
// seats that follow who is there and ready.
func (r *roster) replace(who []*member, seat int, person string) []*member {
	if r.policy != NextSeat {
		return who
	}
	for i := range r.seats {
		for _, p := range r.seats[(seat+1+i)%len(r.seats)].People {
			s := r.people[p]
			taken := slices.Contains(r.seats[seat].People, p) || slices.ContainsFunc(who, func(m *member) bool { return m.person == p })
			if !taken && (s == nil || s.leaves == 0 && s.ready()) {
				return append(who, r.intern(p, person))
			}
		}
	}
	return who
}

func (r *roster) here(s *status) bool { return s.leaves == 0 || r.policy == Keep || r.policy == "" }
