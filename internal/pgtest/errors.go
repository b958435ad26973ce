package pgtest

import (
	"fmt"
	"strings"
)

// MissingError says that a test needs a PostgreSQL and what to do about it.
type MissingError struct {
	What   string   // that was not found
	Looked []string // where
}

// Error implements error.
func (e *MissingError) Error() string {
	text := "pgtest: no " + e.What
	if len(e.Looked) > 0 {
		text += " in PATH, " + strings.Join(e.Looked, ", ")
	}
	return text + ". Install it (apt-get install postgresql; dnf install postgresql-server; brew install postgresql), or set " +
		Variable + " to the URL of a server on which tests may create databases and roles; psql is needed either way"
}

// NotOursError is a call that only a server which Start started can follow.
type NotOursError struct{ Call string }

// Error implements error.
func (e *NotOursError) Error() string {
	return fmt.Sprintf("pgtest: %s: the server named by %s is not ours to stop: unset it, and one is started", e.Call, Variable)
}

// OptionError names an option that cannot be followed, and what would be right.
type OptionError struct{ Field, Want string }

// Error implements error.
func (e *OptionError) Error() string { return fmt.Sprintf("pgtest: %s: want %s", e.Field, e.Want) }

// CommandError is a program of PostgreSQL that failed.
type CommandError struct {
	Command string
	Output  string // what it printed
	Err     error
}

// Error implements error.
func (e *CommandError) Error() string {
	return fmt.Sprintf("pgtest: %s: %v\n%s", e.Command, e.Err, e.Output)
}

// Unwrap returns why the program failed.
func (e *CommandError) Unwrap() error { return e.Err }
