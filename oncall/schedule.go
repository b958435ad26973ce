package oncall

import "time"

// Limits of a schedule.
const (
	MinYear      = 1970 // earliest year of a start or an override
	MaxYear      = 9999 // last year in which anybody is on call
	MaxTurnWeeks = 520
	MaxSeats     = 1000
	MaxOverrides = 100_000
)

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
	Seats []Seat // in order of duty; 1 to MaxSeats
}

// Turn is the length of a turn, on the wall clock: a week lasts until the same
// weekday and time of day, however many hours that is.
type Turn struct {
	N    int // 1 to MaxTurnWeeks
	Unit Unit
}

// Unit is a unit of turns.
type Unit string

// The units of turns.
const Weeks Unit = "weeks"

// Seat is a place in a rotation. In this version it holds exactly one person,
// who may have several seats.
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
// turn it is, also before the rotation starts.
type Override struct {
	ID         string    // unique within the schedule
	Start, End time.Time // whole seconds
	Person     string
	Reason     string // for people to read; may be empty
}
