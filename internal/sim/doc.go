// Package sim runs the engine in a world that wishes it ill: several replicas on
// one store, in virtual time, with every fault that a real day might bring and
// rather more of them. What came of it is judged by package oracle, which knows
// the promises and nothing of the engine.
//
// A seed is a world: who its tenants are, what happens to them, and what goes
// wrong when. The same seed gives the same history, byte for byte, on any machine.
//
// One turn runs at a time. Each turn (a Step, a request of the host, the renewal
// of a lease) is a coroutine, and hands the baton back wherever the engine calls
// out: before and after each call of the store, and within each notifier. Which
// turn goes on is decided by virtual time alone. So the turns of several replicas,
// and several turns of one replica, interleave at every place where they could in
// earnest, a turn may be stopped for good in the middle, and yet nothing is left
// to chance. Nested calls on one stack could not do that: of two turns the one
// that began last would always have to end first.
//
// Every fault is decided by the seed and by its place: the third commit of replica
// b for this incident loses its answer, whatever happened elsewhere. A case that
// fails can therefore be cut down (see [Shrink]) to the few moves and faults that
// it takes.
package sim
