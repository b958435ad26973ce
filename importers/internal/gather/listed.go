package gather

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Listed is a shift that a document lists beside the rules it comes from.
type Listed struct {
	ID         string
	Start, End time.Time
	Person     string // empty: nobody
	Covers     bool   // it is somebody else's turn
}

// Anchor finds the first listed shift of somebody who has exactly one seat, and
// so tells whose turn is when. It returns the seats from that one on.
func Anchor(listed []Listed, seats []oncall.Seat) (first Listed, from []oncall.Seat, ok bool) {
	for _, l := range listed {
		if at, only := seatOf(l.Person, seats); only && !l.Covers && (!ok || l.Start.Before(first.Start)) {
			first, from, ok = l, Rotate(seats, at), true
		}
	}
	return first, from, ok
}

func seatOf(person string, seats []oncall.Seat) (at int, only bool) {
	count := 0
	for i, s := range seats {
		if person != "" && len(s.People) == 1 && s.People[0] == person {
			at = i
			count++
		}
	}
	return at, count == 1
}

// longest is the longest shift that is compared with the rules.
const longest = oncall.MaxTurnWeeks * 7 * 24 * time.Hour

// Differing returns overrides for the listed shifts of a rotation that its rules
// do not give: somebody changed them by hand. It returns none for a schedule that
// is not valid.
func Differing(s oncall.Schedule, rotation string, listed []Listed) []oncall.Override {
	rota, err := oncall.Compile(s)
	if err != nil {
		return nil
	}
	var changed []oncall.Override
	for _, l := range listed {
		if l.End.Sub(l.Start) <= longest && given(rota, rotation, l) {
			continue
		}
		o := oncall.Override{ID: l.ID, Start: l.Start, End: l.End, Rotation: rotation, Reason: "listed so"}
		if l.Person != "" {
			o.People = []string{l.Person}
		}
		changed = append(changed, o)
	}
	return changed
}

// given reports whether a rotation has that person on call all through a shift,
// and nobody else.
func given(rota *oncall.Rota, rotation string, l Listed) bool {
	until := l.Start
	for s := range rota.Shifts(l.Start, l.End) {
		if s.Rotation != rotation {
			continue
		}
		if s.Person != l.Person || !s.Start.Equal(until) {
			return false
		}
		until = s.End
	}
	return until.Equal(l.End) || l.Person == "" && until.Equal(l.Start)
}
