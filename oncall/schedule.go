// Package oncall answers who is on call, now and at any other instant.
//
// A [Schedule] is plain data: rotations of people in a time zone, and the
// overrides that replace them. [Compile] turns it into a [Rota], an immutable
// value that any number of goroutines may ask.
package oncall

import "time"

// Schedule says who is on call when.
type Schedule struct {
	ID   string
	Name string

	// Zone is the IANA time zone whose wall clock the rotations follow, such
	// as "Europe/Berlin".
	Zone string

	Rotations []Rotation // exactly one in this version
	Overrides []Override // of two that overlap, the later in the list wins
}

// Rotation passes duty from seat to seat at fixed wall-clock times.
type Rotation struct {
	ID string

	// Start is when the first seat's first turn begins, on the wall clock of
	// the schedule's zone. Turns are counted from here: its weekday and time of
	// day are those of every handoff. Before it nobody is on call.
	Start LocalTime

	Turn  Turn   // how long each seat is on call
	Seats []Seat // in order of duty; at least one
}

// Turn is the length of a turn, on the wall clock: a week lasts until the same
// weekday and time of day, however many hours that is.
type Turn struct {
	N    int // at least 1
	Unit Unit
}

// Unit is a unit of turns.
type Unit string

// The units of turns.
const Weeks Unit = "weeks"

// Seat is a place in a rotation. In this version it holds exactly one person.
type Seat struct {
	People []string
}

// Seats returns one seat for each person.
func Seats(people ...string) []Seat {
	seats := make([]Seat, len(people))
	for i, p := range people {
		seats[i] = Seat{People: []string{p}}
	}
	return seats
}

// Override puts a person on call from Start until End (half-open), whoever's
// turn it is.
type Override struct {
	ID         string
	Start, End time.Time
	Person     string
	Reason     string
}
