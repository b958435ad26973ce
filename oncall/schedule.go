package oncall

import "time"

// Limits of a schedule.
const (
	MinYear      = 1970 // earliest year of a start or an override
	MaxYear      = 9999 // last year in which anybody is on call
	MaxRotations = 1000
	MaxTurnWeeks = 520 // longest turn; also in hours and days, and ten years of months
	MaxTurns     = 100 // lengths that alternate
	MaxSeats     = 1000
	MaxPerSeat   = 100
	MaxWindows   = 500
	MaxFixed     = 100_000 // fixed shifts of a rotation
	MaxOverrides = 100_000
	MaxAtOnce    = 100 // fixed shifts, or overrides that do not replace everybody
	MaxPeople    = 10_000
	MaxLeave     = 10_000 // of all people together
	MaxStages    = 100    // of a person
	MaxSkills    = 100    // of a person
	MaxShadows   = 1000
	MaxIntended  = 1000
)

// Schedule says who is on call when.
type Schedule struct {
	ID   string
	Name string

	// Zone is the IANA time zone whose wall clock the rotations follow, such
	// as "Europe/Berlin".
	Zone string

	Rotations []Rotation

	// Overlap says what happens while more than one rotation is on duty. It may
	// be left out where there is only one, in however many versions.
	Overlap Overlap

	// Overrides are applied in the order of the list, so that of two that
	// overlap the later wins.
	Overrides []Override

	// People says what is known of the people in it. Whoever is not listed is
	// ready, never on leave, and has no particular skill.
	People []Person

	// Absence says what becomes of the duty of somebody who is on leave. It is
	// required where anybody has leave.
	Absence Absence

	// Shadows follow those on call, and are not on call themselves.
	Shadows []Shadow

	// Intended are the times in which it is right that nobody is on call.
	Intended []IntendedGap
}

// Overlap is what happens while more than one rotation of a schedule is on duty.
type Overlap string

// The ways to overlap.
const (
	// Hide: the rotation that is earlier in the list hides those after it, for as
	// long as somebody is on duty in it.
	Hide Overlap = "hide"

	// Add: everybody is on call together.
	Add Overlap = "add"

	// Levels: rotations of one Level are on call together, and hide those of
	// every lower level.
	Levels Overlap = "levels"
)

// Rotation passes duty from seat to seat at fixed wall-clock times, or consists
// of shifts that are fixed one by one.
//
// Several rotations may share an ID if the times from From until Until do not
// overlap: they are versions of one rotation, one after the other.
type Rotation struct {
	ID   string
	Name string // for people to read; may be empty

	// Level is for Overlap Levels: a higher one hides a lower one.
	Level int

	// Zone is the zone of the wall clock, if it is another than the schedule's.
	Zone string

	// Start is when the first seat's first turn begins, on the wall clock. Turns
	// are counted from here, and before it nobody is on duty.
	Start LocalTime

	// From and Until bound the time in which the rotation is on duty, from the
	// one (zero: from the Start or the first shift) to the other (zero: for good), and do not move its turns:
	// a From in the middle of a turn leaves the rest of it. Whole seconds.
	From, Until time.Time

	// Turns are the lengths of the turns, one after the other, and then from the
	// first again. Months do not mix with other units.
	Turns []Turn

	// MonthEnd is for turns of months that start on the 29th or later.
	MonthEnd MonthEnd

	// Count says which turns pass duty on. It is required where there are
	// windows; without them, empty is ByTurn. Clock changes after 2069 do not
	// count.
	Count Count

	// Seats are in order of duty; 1 to MaxSeats.
	Seats []Seat

	// Windows are when the rotation is on duty. None: always.
	Windows []Window

	// WindowsZone is the zone of the windows, if it is another than the
	// rotation's.
	WindowsZone string

	// Repeated says where a window ends whose end the clock shows twice.
	Repeated Repeated

	// Skills are what everybody in the seats must have.
	Skills []string

	// Fixed are shifts that are planned one by one, instead of Start, Turns,
	// Seats and Windows. Those that overlap are on duty together.
	Fixed []FixedShift
}

// Turn is the length of a turn, on the wall clock: a week lasts until the same
// weekday and time of day, however many hours that is.
type Turn struct {
	N    int // 1 to MaxTurnWeeks weeks, or as much in another unit
	Unit Unit
}

// Unit is a unit of turns.
type Unit string

// The units of turns. Minutes and hours too are counted on the wall clock: where
// it skips some, the turn is shorter.
const (
	Minutes Unit = "minutes"
	Hours   Unit = "hours"
	Days    Unit = "days"
	Weeks   Unit = "weeks"
	Months  Unit = "months"
)

// Every returns the turns of a rotation in which all last as long.
func Every(n int, unit Unit) []Turn { return []Turn{{N: n, Unit: unit}} }

// MonthEnd says when a turn begins in a month that does not have its day.
type MonthEnd string

// The rules for short months.
const (
	LastDay  MonthEnd = ""         // on the last day: 31 January, 28 February, 31 March
	Overflow MonthEnd = "overflow" // as many days into the next: 31 January, 3 March, 31 March
)

// Count says which turns pass duty to the next seat.
type Count string

// The ways to count.
const (
	// ByTurn: every turn of the calendar does, also one that lies outside the
	// windows (a daily rotation on weekdays gives Friday's successor the Saturday,
	// unseen), and one that is over as it begins because the clock skips it.
	ByTurn Count = "turn"

	// ByHandoff: every turn does but those that the clock skips.
	ByHandoff Count = "handoff"

	// ByShift: only turns with some time on duty do: a daily rotation on weekdays
	// passes from Friday to Monday.
	ByShift Count = "shift"
)

// Repeated says where a window ends whose end the clock shows twice, as it is
// set back.
type Repeated string

// The choices.
const (
	EndsFirst Repeated = ""     // at the first of the two, as every handoff does
	EndsLast  Repeated = "last" // at the second of the two
)

// Seat is a place in a rotation. Everybody in it is on duty together. One
// without people and schedule is vacant: nobody is on duty in its turn.
type Seat struct {
	People []string

	// Schedule is the id of another schedule, whoever is on call on which is on
	// duty. See CompileAll.
	Schedule string
}

// Seats returns one seat for each person. An empty id is a vacant seat.
func Seats(people ...string) []Seat {
	seats := make([]Seat, len(people))
	for i, p := range people {
		if p != "" {
			seats[i] = Seat{People: []string{p}}
		}
	}
	return seats
}

// FixedShift is a shift that is planned by itself.
type FixedShift struct {
	ID         string    // may be empty
	Start, End time.Time // half-open; whole seconds
	People     []string
}

// Override changes who is on call from Start until End (half-open), also where
// no rotation is on duty.
type Override struct {
	ID         string    // unique within the schedule
	Start, End time.Time // whole seconds

	// Rotation is the id of the only rotation that is changed. Empty: the whole
	// schedule is.
	Rotation string

	// Replaces is the id of the only person who is replaced, wherever that person
	// is on duty. Empty: everybody is.
	Replaces string

	// Adds leaves everybody on call, and People too. An override that does not
	// replace everybody lasts at most MaxTurnWeeks.
	Adds bool

	// People are on call instead. None: nobody is.
	People []string

	Reason string // for people to read; may be empty
}

// IntendedGap is a time in which it is right that nobody is on call. It does not
// keep anybody from being so.
type IntendedGap struct {
	// Window recurs in the schedule's zone. The zero Window: all of the time from
	// Start to End.
	Window Window

	// Start and End bound it; zero: no bound. Whole seconds.
	Start, End time.Time

	Reason string // for people to read; may be empty
}
