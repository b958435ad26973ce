package oncall

import (
	"fmt"
	"time"
)

// RefusedError says why a cover request, a swap or an answer to one is refused.
type RefusedError struct {
	Request string // the id of the request or swap
	Person  string // who is refused
	Why     Refusal
	Hours   Period // that it is about
}

// Refusal is a reason to refuse.
type Refusal string

// The reasons.
const (
	Begun        Refusal = "the hours have begun"
	NotOnCall    Refusal = "the person is not on call in these hours"
	NotAsked     Refusal = "others were asked"
	NotOffered   Refusal = "these hours are not offered"
	Own          Refusal = "only others can take or decline the hours, and only the asker can withdraw"
	TakenAlready Refusal = "somebody else has taken them"
	Twice        Refusal = "the person would be on call twice"
	Unknown      Refusal = "there is nobody or nothing of the kind"
	Withdrawn    Refusal = "the request was withdrawn"
	Answered     Refusal = "there is an answer already"
)

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("oncall: request %q, %q, %s to %s: %s",
		e.Request, e.Person, e.Hours.Start.Format(time.RFC3339), e.Hours.End.Format(time.RFC3339), string(e.Why))
}

func refuse(request, person string, why Refusal, hours Period) error {
	return &RefusedError{Request: request, Person: person, Why: why, Hours: hours}
}

const wantHours = "a start before the end, at most 520 weeks apart, both in whole seconds of the years 1970 to 9999"

func (h Period) valid() bool {
	return h.Start.Before(h.End) && h.End.Sub(h.Start) <= longestPartial && h.Start.Nanosecond() == 0 && h.End.Nanosecond() == 0 &&
		h.Start.Year() >= MinYear && h.End.Year() <= MaxYear
}

func (h Period) meets(other Period) bool {
	return h.Start.Before(other.End) && other.Start.Before(h.End)
}

// without returns hours less one stretch of them.
func without(list []Period, cut Period) []Period {
	var left []Period
	for _, h := range list {
		if !h.meets(cut) {
			left = append(left, h)
			continue
		}
		if h.Start.Before(cut.Start) {
			left = append(left, Period{h.Start, cut.Start})
		}
		if cut.End.Before(h.End) {
			left = append(left, Period{cut.End, h.End})
		}
	}
	return left
}

// meets reports whether a person is on call at any time of the hours, in a
// rotation or, if that is empty, at all.
func meets(r *Rota, person, rotation string, h Period) bool {
	for s := range r.Shifts(h.Start, h.End) {
		if s.Person == person && (rotation == "" || s.Rotation == rotation) {
			return true
		}
	}
	return false
}

// fills reports whether a person is on call throughout the hours.
func fills(r *Rota, person, rotation string, h Period) bool {
	filled := h.Start // until then
	for s := range r.Shifts(h.Start, h.End) {
		if s.Start.After(filled) {
			return false
		}
		if s.Person == person && (rotation == "" || s.Rotation == rotation) && s.End.After(filled) {
			filled = s.End
		}
	}
	return !filled.Before(h.End)
}
