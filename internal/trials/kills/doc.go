// Package kills tries the engine with real processes, on real stores, and takes
// away from under it what can be taken away: the process (SIGKILL), its time
// (SIGSTOP for longer than a lease), the database server (stopped without a
// shutdown), the connection (cut between a commit and its answer, or silent), the
// connections of the pool and of the server, and the room on the disk.
//
// A trial has worlds. A [World] is a store, a few workers, which are processes of
// their own, and a [Host] that sends alerts and answers pages. The notifiers of the
// workers tell the world over a pipe what they were asked to send, and what became
// of it: that is the provider's own truth, which no crash of a worker or a database
// can change. When the faults are over, and all that is due is done, package oracle
// judges the log, the answers that the host got, and what is stored.
//
// The workers are the test binary itself, which runs [Work] where [WorkerVariable]
// is set. The package needs signals, and so a Unix.
package kills
