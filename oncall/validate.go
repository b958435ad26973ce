package oncall

import (
	"fmt"
	"time"
)

// FieldError names a field of a schedule and what would be right in it. The
// field is a path such as "rotations[0].start" or "overrides[1].end"; seats are
// "members" there.
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "oncall: " + e.Field + ": want " + e.Want }

// Validate reports every malformed field of a schedule, each as a *FieldError.
// Whether a zone is known depends on the zone data of the machine; a program
// that imports time/tzdata brings its own.
func Validate(s Schedule) []error {
	_, errs := check(s)
	return errs
}

func check(s Schedule) (*time.Location, []error) {
	var c checker
	if s.ID == "" {
		c.bad("a non-empty id", "id")
	}
	zone := c.zone(s.Zone)
	if len(s.Rotations) != 1 {
		c.bad(fmt.Sprintf("exactly one rotation, which is all that this version supports, not %d", len(s.Rotations)), "rotations")
	}
	if len(s.Rotations) > 0 {
		c.rotation(s.Rotations[0])
	}
	c.overrides(s.Overrides)
	return zone, c.errs
}

type checker struct{ errs []error }

func (c *checker) bad(want, field string, args ...any) {
	c.errs = append(c.errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

// zone loads a zone. It refuses what time.LoadLocation takes for UTC or for
// whatever the machine at hand is set to: names of zones start with a capital
// letter, and names of files such as "localtime" and "posixrules" do not.
func (c *checker) zone(name string) *time.Location {
	const want = `an IANA time zone such as "Europe/Berlin"`
	switch {
	case name == "":
		c.bad(want+"; it is empty", "zone")
		return nil
	case name == "Local" || name[0] < 'A' || name[0] > 'Z':
		c.bad(fmt.Sprintf("%s, not %q", want, name), "zone")
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		c.bad(fmt.Sprintf("%s, not %q, which the zone data of this machine does not have (importing time/tzdata brings a full set)", want, name), "zone")
		return nil
	}
	return zone
}

func (c *checker) rotation(r Rotation) {
	if r.ID == "" {
		c.bad("a non-empty id", "rotations[0].id")
	}
	if !r.Start.Valid() {
		c.bad(fmt.Sprintf(`a date and time of day such as "2026-01-05T09:00", not %q`, r.Start), "rotations[0].start")
	} else if r.Start.Year < MinYear || r.Start.Year >= MaxYear { // MaxYear may be over elsewhere already
		c.bad(fmt.Sprintf("a year from %d to %d, not %d", MinYear, MaxYear-1, r.Start.Year), "rotations[0].start")
	}
	if r.Turns[0].Unit != Weeks {
		c.bad(fmt.Sprintf("a number of weeks, the only unit that this version supports, not %q", r.Turns[0].Unit), "rotations[0].turn")
	} else if r.Turns[0].N < 1 || r.Turns[0].N > MaxTurnWeeks {
		c.bad(fmt.Sprintf("1 to %d weeks, not %d", MaxTurnWeeks, r.Turns[0].N), "rotations[0].turn")
	}
	if len(r.Seats) == 0 || len(r.Seats) > MaxSeats {
		c.bad(fmt.Sprintf("1 to %d members, not %d", MaxSeats, len(r.Seats)), "rotations[0].members")
		return
	}
	for i, seat := range r.Seats {
		if len(seat.People) != 1 {
			c.bad(fmt.Sprintf("exactly one person, which is all that this version supports, not %d", len(seat.People)),
				"rotations[0].members[%d]", i)
		} else if seat.People[0] == "" {
			c.bad("the id of a person; it is empty", "rotations[0].members[%d]", i)
		}
	}
}

func (c *checker) overrides(overrides []Override) {
	if len(overrides) > MaxOverrides {
		c.bad(fmt.Sprintf("at most %d overrides, not %d", MaxOverrides, len(overrides)), "overrides")
		return
	}
	seen := make(map[string]bool, len(overrides))
	for i, o := range overrides {
		switch {
		case o.ID == "":
			c.bad("a non-empty id", "overrides[%d].id", i)
		case seen[o.ID]:
			c.bad(fmt.Sprintf("an id used once, not %q again", o.ID), "overrides[%d].id", i)
		}
		seen[o.ID] = true
		start, end := wrongInstant(o.Start), wrongInstant(o.End)
		if start != "" {
			c.bad(start, "overrides[%d].start", i)
		}
		if end != "" {
			c.bad(end, "overrides[%d].end", i)
		} else if start == "" && !o.End.After(o.Start) {
			c.bad("an instant after the start", "overrides[%d].end", i)
		}
		if len(o.People) == 0 {
			c.bad("the id of a person; it is empty", "overrides[%d].person", i)
		}
	}
}

// wrongInstant says what would be right instead of an instant that is not; it is
// empty if it is.
func wrongInstant(t time.Time) (want string) {
	switch year := t.UTC().Year(); {
	case t.IsZero():
		return "an instant; it is missing"
	case year < MinYear || year > MaxYear:
		return fmt.Sprintf("a year from %d to %d, not %d", MinYear, MaxYear, year)
	case t.Nanosecond() != 0:
		return "a whole second, not " + t.Format(time.RFC3339Nano)
	}
	return ""
}
