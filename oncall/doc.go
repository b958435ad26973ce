// Package oncall answers who is on call, now and at any other instant.
//
// A [Schedule] is plain data: a rotation of people in a time zone, and the
// overrides that replace them. [Compile] turns it into a [Rota], which any
// number of goroutines may ask. The words, from the outside in:
//
//   - A schedule is what an escalation policy pages: "primary".
//   - A rotation passes duty from seat to seat. Each seat has a turn of so many
//     weeks; when the last has had one, it is the first one's again.
//   - A handoff is the instant at which duty changes hands.
//   - An override puts someone else on call for a while.
//   - A shift is an unbroken piece of duty under one rule, as it really is: a
//     turn, what overrides leave of one, or an override.
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
// # Clock changes
//
// Handoffs follow the wall clock of the schedule's zone, whatever its offset is
// that day: a weekly turn lasts 167 hours when the clocks go forward, 169 when
// they go back, and 168 otherwise. A handoff happens at the first instant at
// which the wall clock shows its time or a later one. So where the clocks skip
// the time of a handoff, it happens as they skip it; where they show it twice, at
// the first of the two.
//
//	clocks skip 02:00–03:00    01:59 → 03:00    a handoff at 02:30 happens at 03:00
//	clocks repeat 02:00–03:00  02:59 → 02:00    a handoff at 02:30 happens at the first 02:30
//
// # Instants
//
// All intervals are half-open: a shift contains its start, and not its end.
// Shifts start and end at whole seconds. Before the rotation starts nobody is on
// call, unless an override says so, and nobody is after [MaxYear]; [Rota.At] says
// so with a [NobodyError], never with an empty answer.
//
// Nothing here reads a clock: the instant asked about comes in as an argument.
package oncall
