package oncall

import "time"

// Person is what a schedule knows of somebody in it.
type Person struct {
	ID string

	// Zone is where the person lives; empty: in the zone of the schedule. Nights,
	// weekends and holidays are counted there.
	Zone string

	// Holidays are the public ones where the person lives. They do not change who
	// is on call; see HolidayLeave. Nil: none are known. A Rota keeps the value and
	// asks it from any goroutine.
	Holidays Holidays

	Skills []string

	// Stages say from when on the person is how far, in order of time. Before the
	// first the person is not eligible. None: ready all along.
	Stages []Stage

	// Leave is when the person is not available.
	Leave []Leave
}

// Leave is a time in which a person is not available.
type Leave struct {
	Start, End time.Time // half-open; whole seconds
	Reason     string    // for people to read; may be empty
}

// Absence says what becomes of the duty of somebody who is on leave.
type Absence string

// The policies. An override is never changed: whoever made it knew.
const (
	// Keep: the person stays on call. [Timesheet.Conflicts] lists it.
	Keep Absence = "keep"

	// Vacate: the person is taken out, and others in the seat stay. If nobody is
	// left, the seat is vacant: a lower rotation shows, or there is a gap.
	Vacate Absence = "vacate"

	// NextSeat: the first person in the seats that follow who is available, ready
	// and not in the seat already stands in. Nobody's turn moves. In a fixed shift
	// nobody stands in.
	NextSeat Absence = "next_seat"
)

// Stage is how far a person has come from an instant on.
type Stage struct {
	From      time.Time // whole seconds
	Readiness Readiness
}

// Readiness is how far a person may be put on call. Somebody who is not ready is
// never on call because of a rotation; in whose turn that would be, the schedule's
// Absence decides as if on leave, and Keep is Vacate.
type Readiness string

// The stages, from the first to the last.
const (
	NotEligible Readiness = "none"       // not on call
	Shadowing   Readiness = "shadow"     // gets copies, and is not on call
	Supervised  Readiness = "supervised" // on call beside somebody in the same seat who is ready
	Ready       Readiness = "ready"      // on call
	Leading     Readiness = "lead"       // on call, and may lead incidents
)

// Shadow lets a person follow those who are on call, to learn.
type Shadow struct {
	Person string

	// Rotation or Of, or both, narrow whom the person follows: whoever is on call
	// for a rotation, or one person wherever on call.
	Rotation string
	Of       string

	Start, End time.Time // zero: no bound; whole seconds
}

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Holidays knows the public holidays of a place.
type Holidays interface {
	// Holiday returns the name of the holiday on a day, and whether there is one.
	// The same day always gives the same answer.
	Holiday(day Date) (name string, ok bool)
}

// HolidayList is a list of holidays and their names.
type HolidayList map[Date]string

// Holiday implements Holidays.
func (h HolidayList) Holiday(day Date) (name string, ok bool) {
	name, ok = h[day]
	return name, ok
}
