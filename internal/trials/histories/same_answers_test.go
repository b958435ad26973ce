package histories

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// told is what the contract says of an error; empty for none.
func told(err error) string {
	var invalid *storage.InvalidError
	var taken *storage.KeyTakenError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &invalid) && errors.Is(err, storage.ErrInvalid):
		return fmt.Sprintf(" invalid: %s: %s", invalid.Field, invalid.Want)
	case errors.As(err, &taken) && errors.Is(err, storage.ErrKeyTaken):
		return fmt.Sprintf(" taken: %q by %q", taken.Key, taken.Owner)
	case errors.Is(err, storage.ErrConflict):
		return " conflict"
	case errors.Is(err, storage.ErrFenced):
		return " fenced"
	}
	return " unexpected: " + err.Error()
}

// head tells a head. Of data that are empty, a store may make nil.
func (s *side) head(h storage.Head) string {
	return fmt.Sprintf("%q version %d, %q %q %q, now %s", h.Stream, h.Version, h.Snapshot.Kind, h.Snapshot.Status, h.Snapshot.Data, s.hour(h.Now))
}

// handed tells what a claim handed out. Epochs are each store's own; that they
// grow is the same everywhere.
func (s *side) handed(c storage.Claims) string {
	var b strings.Builder
	fmt.Fprintf(&b, "now %s, next %s", s.hour(c.Now), s.hour(c.Next))
	for _, t := range c.Tasks {
		id := storedTask{t.Stream, t.ID}
		fmt.Fprintf(&b, "; %q %q %q due %s payload %q attempt %d for %s, epoch grows %t", t.Stream, t.ID, t.Kind, s.hour(t.Due), t.Payload,
			t.Attempt, t.LeaseUntil.Sub(c.Now), t.Epoch > s.epochs[id])
		s.epochs[id] = t.Epoch
	}
	return b.String()
}

// hour tells an instant by its distance from when the run set out.
func (s *side) hour(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	if at.Location() != time.UTC {
		return "in " + at.Location().String()
	}
	return at.Sub(s.base).Round(time.Hour).String()
}
