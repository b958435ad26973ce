// Package histories holds the tests that look at the stores side by side.
//
// Linearizability: several goroutines use one store at once, over one or two
// handles on the same database, and porcupine looks for an order of their calls
// that explains every answer by a plain model of the port. A call whose context
// ended on the way may have taken effect at any time afterwards, or never.
//
// Sameness: one random sequence of calls, good and bad, gives the same answers
// in every store.
//
// Wrecked stores prove that the checker sees what it claims to see. There is
// nothing to import.
package histories
