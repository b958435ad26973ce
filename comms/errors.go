package comms

import (
	"errors"
	"fmt"
	"time"
)

// What is known about a message whose Notify returned an error. Test for these
// with errors.Is, or call [Classify].
var (
	// ErrPermanent: the channel refused the message and would refuse it again
	// (unknown number, blocked recipient, bad credentials).
	ErrPermanent = errors.New("comms: permanent failure")

	// ErrTemporary: the channel certainly did not take the message this time
	// (connection refused, 429, 503); another attempt may succeed.
	ErrTemporary = errors.New("comms: temporary failure")
)

// DeliveryError says what became of a message, in the channel's words.
// It is ErrPermanent or ErrTemporary, and unwraps to Err.
type DeliveryError struct {
	Permanent  bool          // false: temporary
	RetryAfter time.Duration // least wait before another attempt, if the channel asked for one; 0: none asked
	Err        error         // the cause; may be nil
}

// Error implements error.
func (e *DeliveryError) Error() string {
	kind := "temporary"
	if e.Permanent {
		kind = "permanent"
	}
	s := "comms: " + kind + " failure"
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(" (retry after %s)", e.RetryAfter)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Err }

// Is reports whether target is the condition this error stands for.
func (e *DeliveryError) Is(target error) bool {
	return target == ErrPermanent && e.Permanent || target == ErrTemporary && !e.Permanent
}

// Permanent marks err as a refusal that no repetition will change. It reports a
// failure also where err is nil, as does Temporary.
func Permanent(err error) error { return &DeliveryError{Permanent: true, Err: err} }

// Temporary marks err as a failure before the channel took the message; wait is
// the least time before another attempt, 0 where the channel named none.
func Temporary(err error, wait time.Duration) error {
	return &DeliveryError{RetryAfter: max(wait, 0), Err: err}
}

// Fate is what is known about a message after Notify returned.
type Fate int

// The fates of a message.
const (
	Delivered Fate = iota + 1 // the channel took it
	Refused                   // it did not, and will not
	Failed                    // it did not, but may yet
	Unknown                   // nobody can tell
)

// String returns the fate's name.
func (f Fate) String() string {
	switch f {
	case Delivered:
		return "delivered"
	case Refused:
		return "refused"
	case Failed:
		return "failed"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("Fate(%d)", int(f))
}

// Classify reads the error of a Notify call. An error that is neither
// ErrPermanent nor ErrTemporary, a deadline that passed included, leaves the
// outcome unknown: the message may have gone out.
func Classify(err error) Fate {
	switch {
	case err == nil:
		return Delivered
	case errors.Is(err, ErrPermanent):
		return Refused
	case errors.Is(err, ErrTemporary):
		return Failed
	}
	return Unknown
}
