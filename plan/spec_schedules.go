package plan

// Schedule says who is on call when.
type Schedule struct {
	// Unique among the schedules.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// The IANA time zone whose wall clock the rotations follow, such as
	// "Europe/Berlin".
	Zone string `json:"zone" text:"zone"`

	// What happens while more than one rotation is on duty: "hide", where the
	// earlier in the list hides those after it; "add", where all are on call
	// together; "levels", where a higher level hides the lower ones. Required where
	// rotations have more than one id.
	Overlap Overlap `json:"overlap,omitempty"`

	// What becomes of the turn of somebody on leave: "keep", the person stays on
	// call; "vacate", the place is vacant; "next_seat", the next in the rotation
	// who is available stands in. Required where somebody whose turns a rotation
	// has is on leave.
	Absence Absence `json:"absence,omitempty"`

	// By which rules duty passes from one to the next. With an empty list, only
	// overrides put anybody on call.
	Rotations []Rotation `json:"rotations"`

	// Who is on call instead, and when. Of two that overlap, the later in the
	// list wins.
	Overrides []Override `json:"overrides,omitempty"`

	// Who follows those on call, to learn, and is not on call.
	Shadows []Shadow `json:"shadows,omitempty"`

	// When it is right that nobody is on call.
	IntendedGaps []IntendedGap `json:"intended_gaps,omitempty"`
}

// Rotation passes duty from one seat to the next at fixed wall-clock times, or
// consists of shifts that are fixed one by one.
type Rotation struct {
	// Unique within the schedule, but for rotations that are on duty one after the
	// other (from and until).
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// Where the schedule's overlap is "levels": rotations of one level are on call
	// together, and hide those of every lower one. Left out: 0.
	Level int `json:"level,omitempty"`

	// The IANA time zone of the wall clock, if it is another than the schedule's.
	Zone string `json:"zone,omitempty" text:"zone"`

	// When the first member's first turn begins, on the wall clock. Turns are
	// counted from here. Before it nobody is on call.
	Start LocalTime `json:"start,omitzero"`

	// How long each turn lasts: "90 minutes", "8 hours", "1 day", "2 weeks",
	// "1 month".
	Turn Turn `json:"turn,omitzero"`

	// Instead of turn: the lengths of the turns, one after the other, and then from
	// the first again.
	Turns []Turn `json:"turns,omitempty"`

	// For turns of months from the 29th on: "overflow" begins them as many days
	// into the next month as the month is too short. Left out: on its last day.
	MonthEnd MonthEnd `json:"month_end,omitempty"`

	// Which turns pass duty on: "turn", each one of the calendar, also outside the
	// windows; "handoff", each but those that a clock change skips; "shift", only
	// those with some time on duty. Required where there are windows. Left out
	// elsewhere: "turn".
	Count Count `json:"count,omitempty"`

	// Ids of people, in the order of their turns. Somebody may be there more
	// than once.
	Members []string `json:"members,omitempty" text:"id"`

	// Instead of members: places that several people share, that another schedule
	// fills, or that are vacant.
	Seats []Seat `json:"seats,omitempty"`

	// When the rotation is on duty. Left out: always.
	Windows []Window `json:"windows,omitempty"`

	// The IANA time zone of the windows, if it is another than the rotation's.
	WindowsZone string `json:"windows_zone,omitempty" text:"zone"`

	// For a window whose end the clock shows twice, as it is set back: "last" ends
	// it the second time. Left out: the first time.
	Repeated Repeated `json:"repeated,omitempty"`

	// What everybody whose turns it has must be able to do.
	Skills []string `json:"skills,omitempty" text:"id"`

	// From when on the rotation is on duty, without moving its turns. Left out:
	// from its start.
	From Instant `json:"from,omitzero"`

	// Until when it is; at this instant it is over. Left out: for good.
	Until Instant `json:"until,omitzero"`

	// Instead of start, turns and members: shifts that are planned one by one. With
	// an empty list, the rotation is never on duty.
	Fixed []FixedShift `json:"fixed,omitzero"`
}

// Seat is a place in a rotation: some people together, a schedule, or vacant.
type Seat struct {
	// Ids of people, who are on call together.
	People []string `json:"people,omitempty" text:"id"`

	// Id of another schedule: whoever is on call on it.
	Schedule string `json:"schedule,omitempty" text:"id"`

	// True: nobody is on call in this turn.
	Vacant bool `json:"vacant,omitempty"`
}

// Window is a time of the week on the wall clock. It has either closes or
// length.
type Window struct {
	// The days on which it opens. Left out: every day.
	Days []Weekday `json:"days,omitempty"`

	// The time of day at which it opens, such as "09:00".
	Opens TimeOfDay `json:"opens"`

	// The time of day at which it closes: on the same day, or on the next one if it
	// is not later than opens.
	Closes TimeOfDay `json:"closes,omitempty"`

	// Instead of closes: how long it stays open on the wall clock, 1s to 7d.
	Length Duration `json:"length,omitzero"`
}

// FixedShift is a shift that is planned by itself.
type FixedShift struct {
	// What it is known by elsewhere.
	ID string `json:"id,omitempty" text:"id"`

	// From when on.
	Start Instant `json:"start"`

	// Until when; at this instant it is over.
	End Instant `json:"end"`

	// Ids of people, who are on call together.
	People []string `json:"people" text:"id"`
}

// Override changes who is on call, whoever's turn it is. It has exactly one of
// person, people and nobody.
type Override struct {
	// Unique within the schedule.
	ID string `json:"id" text:"id"`

	// From when on.
	Start Instant `json:"start"`

	// Until when; at this instant it is over.
	End Instant `json:"end"`

	// Id of the person who is on call instead.
	Person string `json:"person,omitempty" text:"id"`

	// Instead of person: ids of several people, who are on call together.
	People []string `json:"people,omitempty" text:"id"`

	// Instead of person, true: nobody is on call.
	Nobody bool `json:"nobody,omitempty"`

	// Id of the only rotation that is changed. Left out: the whole schedule is.
	Rotation string `json:"rotation,omitempty" text:"id"`

	// Id of the only person who is replaced, wherever that person is on duty. Left
	// out: everybody is.
	Replaces string `json:"replaces,omitempty" text:"id"`

	// True: nobody is replaced, and those named here are on call, too.
	Adds bool `json:"adds,omitempty"`

	// Why, for people to read.
	Reason string `json:"reason,omitempty" text:"line"`
}

// Shadow lets a person follow those who are on call, to learn.
type Shadow struct {
	// Id of the person who follows.
	Person string `json:"person" text:"id"`

	// Id of the only rotation whose people are followed.
	Rotation string `json:"rotation,omitempty" text:"id"`

	// Id of the only person who is followed.
	Of string `json:"of,omitempty" text:"id"`

	// From when on. Left out: from the beginning.
	Start Instant `json:"start,omitzero"`

	// Until when; at this instant it is over. Left out: for good.
	End Instant `json:"end,omitzero"`
}

// IntendedGap is a time in which it is right that nobody is on call. It has a
// window, a start or an end. It keeps nobody from being on call.
type IntendedGap struct {
	// When in the week, on the schedule's wall clock. Left out: all of the time
	// from start to end.
	Window Window `json:"window,omitzero"`

	// From when on. Left out: from the beginning.
	Start Instant `json:"start,omitzero"`

	// Until when; at this instant it is over. Left out: for good.
	End Instant `json:"end,omitzero"`

	// Why, for people to read.
	Reason string `json:"reason,omitempty" text:"line"`
}
