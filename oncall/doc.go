// Package oncall answers who is on call, now and at any other instant, and
// computes what follows from it.
//
// A [Schedule] is plain data. [Compile] turns it into a [Rota], which any number
// of goroutines may ask. The words, from the outside in:
//
//   - A schedule is what an escalation policy pages: "primary". Where it has
//     several rotations, [Overlap] says which of them count.
//   - A rotation passes duty from seat to seat. Each seat has a turn; when the
//     last has had one, it is the first one's again.
//   - A seat is a place in a rotation: one person, several together, another
//     schedule, or nobody.
//   - A handoff is the instant at which duty changes hands.
//   - A window is a time of the week in which a rotation is on duty.
//   - An override changes who is on call for a while.
//   - A shift is an unbroken piece of one person's duty under one rule, as it
//     really is: a turn, what windows and overrides leave of one, a fixed shift, or
//     an override.
//
// Three seats, weekly handoffs on Mondays at 09:00, and an override (o1) for
// ben's dentist:
//
//	         Mon 09:00         Mon 09:00              Mon 09:00         Mon 09:00
//	rotation    |------ ana ------|-------- ben ---------|------ cleo -----|--- ana
//	overrides                            |-- ana --|
//	shifts      |------ ana ------|- ben-|-- ana --|-ben-|------ cleo -----|--- ana
//	rule              turn 1       turn 2     o1   turn 2      turn 3
//
// Who is on call at an instant is found in three steps. Each rotation gives the
// people in the seat whose turn it is, as leave and the overrides of this rotation
// change them. Then rotations hide each other, or add up. Then come the overrides
// of the whole schedule. Of two that overlap the later in the list wins.
//
// A [Timesheet] is what happened on call in a time: load, coverage, pay, limits
// and conflicts are computed from it. [Schedule.Edit] changes a rotation and moves
// nobody else's turn; [Preview] lists the times at which an edit puts other people
// on call. What comes of a [CoverRequest] or a [Swap] are overrides.
//
// The guide in docs/oncall.md explains all of it with examples. Package ical reads
// and writes calendars, and the packages below importers read other products'
// schedules.
//
// # Clock changes
//
// Turns and windows follow the wall clock of a zone, whatever its offset is that
// day: a weekly turn lasts 167 hours when the clocks go forward, 169 when they go
// back, and 168 otherwise. A handoff happens at the first instant at which the wall
// clock shows its time or a later one. So where the clocks skip the time of a
// handoff, it happens as they skip it; where they show it twice, at the first of
// the two.
//
//	clocks skip 02:00–03:00    01:59 → 03:00    a handoff at 02:30 happens at 03:00
//	clocks repeat 02:00–03:00  02:59 → 02:00    a handoff at 02:30 happens at the first 02:30
//
// # Instants
//
// All intervals are half-open: a shift contains its start, and not its end.
// Shifts start and end at whole seconds. Before a rotation starts nobody is on
// duty in it, and after [MaxYear] nobody is on call. [Rota.At] says that nobody is
// with a [NobodyError], never with an empty answer.
//
// Nothing here reads a clock, a file or the network: the instant asked about comes
// in as an argument.
package oncall
