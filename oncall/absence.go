package oncall

import (
	"cmp"
	"maps"
	"slices"
)

// tenure is who of a seat is on duty, or stands in, from an instant until the next
// tenure of the seat.
type tenure struct {
	from int64
	who  []*member
}

// tenureAt returns the tenure at an instant, and until when it holds.
func tenureAt(tenures []tenure, at int64) (t *tenure, end int64) {
	low, high := 0, len(tenures)-1
	for low < high {
		if mid := int(uint(low+high+1) / 2); tenures[mid].from <= at {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low+1 < len(tenures) {
		return &tenures[low], tenures[low+1].from
	}
	return &tenures[low], forever
}

// status is what is known of a person at an instant.
type status struct {
	leaves    int // how many leaves have begun and not ended
	readiness Readiness
}

func (s *status) ready() bool { return s.readiness == Ready || s.readiness == Leading }

func (s *status) available() bool { return s.leaves == 0 && s.ready() }

// roster tells who stands in for whom in the seats of a line.
type roster struct {
	seats  []Seat
	policy Absence
	people map[string]*status // those who are not always available
	places map[string][]int   // the seats of each person
	intern func(person, instead string) *member

	absent    int // how many of the people in the seats are not available
	tenures   [][]tenure
	vacancies map[int]bool // seats of which somebody is not there
	changed   map[int]bool
}

// absences returns the tenures of each seat, those of one seat tiling all of time;
// none of a seat in which nothing changes; and nil if everybody in the seats is
// always available.
func absences(seats []Seat, people []Person, policy Absence, intern func(person, instead string) *member) [][]tenure {
	r := roster{
		seats: seats, policy: policy, people: map[string]*status{}, intern: intern,
		places: map[string][]int{}, vacancies: map[int]bool{}, changed: map[int]bool{},
	}
	for i, s := range seats {
		for _, p := range s.People {
			r.places[p] = append(r.places[p], i)
		}
	}
	events := r.events(people)
	if len(r.people) == 0 {
		return nil
	}
	r.tenures = make([][]tenure, len(seats))
	for person := range r.people {
		for _, seat := range r.places[person] {
			if r.tenures[seat] == nil {
				r.tenures[seat] = []tenure{{from: beginning, who: r.present(seat)}}
			}
		}
	}
	for len(events) > 0 {
		at := events[0].at
		for len(events) > 0 && events[0].at == at {
			r.happen(events[0])
			events = events[1:]
		}
		r.renew(at)
	}
	return r.tenures
}

// event changes what is known of a person.
type event struct {
	at     int64
	person string
	change func()
}

// events returns those of the people in the seats who are not always available, in
// order of time.
func (r *roster) events(people []Person) []event {
	var events []event
	for _, p := range people {
		if r.places[p.ID] == nil || len(p.Leave) == 0 && len(p.Stages) == 0 {
			continue
		}
		s := &status{readiness: Ready}
		if len(p.Stages) > 0 {
			s.readiness = NotEligible
		}
		r.people[p.ID] = s
		if !s.available() {
			r.absent++
		}
		for _, stage := range p.Stages {
			events = append(events, event{stage.From.Unix(), p.ID, func() { s.readiness = stage.Readiness }})
		}
		for _, l := range p.Leave {
			events = append(events, event{l.Start.Unix(), p.ID, func() { s.leaves++ }}, event{l.End.Unix(), p.ID, func() { s.leaves-- }})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return events
}

// happen lets an event change what is known of a person.
func (r *roster) happen(e event) {
	s := r.people[e.person]
	before := s.available()
	e.change()
	if after := s.available(); before && !after {
		r.absent++
	} else if !before && after {
		r.absent--
	}
	r.stale(e.person)
}

// stale notes which seats a change of a person may change: the person's own, and
// those in which somebody stands in or should.
func (r *roster) stale(person string) {
	for _, seat := range r.places[person] {
		r.changed[seat] = true
	}
	if r.policy == NextSeat {
		maps.Copy(r.changed, r.vacancies)
	}
}

// renew begins new tenures of the seats that have changed.
func (r *roster) renew(at int64) {
	for seat := range r.changed {
		list := r.tenures[seat]
		if who := r.present(seat); !slices.Equal(who, list[len(list)-1].who) {
			r.tenures[seat] = append(list, tenure{from: at, who: who})
		}
	}
	clear(r.changed)
}

// present returns who is on duty in a seat: those who are there and ready, and who
// stands in for the others. Somebody supervised is there only beside one of them.
func (r *roster) present(seat int) []*member {
	delete(r.vacancies, seat)
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
	r.vacancies[seat] = true
	if r.absent == len(r.places) {
		return who // there is nobody to look for
	}
	for i := range r.seats {
		for _, p := range r.seats[(seat+1+i)%len(r.seats)].People {
			s := r.people[p]
			taken := slices.Contains(r.seats[seat].People, p) || slices.ContainsFunc(who, func(m *member) bool { return m.person == p })
			if !taken && (s == nil || s.available()) {
				return append(who, r.intern(p, person))
			}
		}
	}
	return who
}

func (r *roster) here(s *status) bool { return s.leaves == 0 || r.policy == Keep || r.policy == "" }
