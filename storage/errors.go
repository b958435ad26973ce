package storage

import (
	"errors"
	"fmt"
)

// Conditions that a store reports. Test for them with errors.Is.
var (
	// ErrConflict: the stream is not at the expected version. Load it again
	// and decide again.
	ErrConflict = errors.New("storage: the stream has moved on")

	// ErrFenced: the claim is no longer held. Another worker may be at it; stop.
	ErrFenced = errors.New("storage: the claim is no longer held")

	// ErrKeyTaken: another stream of the tenant holds the key.
	ErrKeyTaken = errors.New("storage: the key is taken")

	// ErrInvalid: the call itself is malformed; repeating it is of no use.
	ErrInvalid = errors.New("storage: invalid call")

	// ErrSchema: the database's schema is not the one this build works with.
	ErrSchema = errors.New("storage: unsuitable schema")
)

// KeyTakenError names the key and the stream that holds it. It is ErrKeyTaken.
type KeyTakenError struct {
	Key   string
	Owner Stream
}

// Error implements error.
func (e *KeyTakenError) Error() string {
	return fmt.Sprintf("storage: key %q is held by stream %s", e.Key, e.Owner)
}

// Is reports whether target is ErrKeyTaken.
func (e *KeyTakenError) Is(target error) bool { return target == ErrKeyTaken }

// InvalidError names the field of a call that cannot be accepted, and what
// would be right. It is ErrInvalid.
type InvalidError struct {
	Field string // such as "Change.Events[1].Version"
	Want  string // such as "3, one more than the event before"
}

// Error implements error.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("storage: %s: want %s", e.Field, e.Want)
}

// Is reports whether target is ErrInvalid.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }
