// Package postgres keeps streams and tasks in a schema of a PostgreSQL database: a
// storage.Store for any number of processes on any number of machines.
//
// A commit is one round trip, and durable when it returns as far as the server is
// set up for it (see Store.Warnings). Concurrent commits of a process share round
// trips; each is told its own outcome. The server's clock is the only one.
//
// It works at read committed and repeats by itself what another transaction got in
// the way of. It takes no advisory locks, listens for no notifications and leaves
// nothing on a connection, so a proxy that pools transactions may be in between.
//
// [Open] creates the schema and brings it up to date, also where many processes
// start at once; a host that would rather do so itself has [Migrations]. Replicas of
// two successive builds may run side by side. [Store.InTx] lets a host's own write and
// a change commit together, and [RowSecurity] lets the database keep tenants apart.
//
// It is made for PostgreSQL 14 and newer and tested with 15, and not with other
// databases that speak the protocol.
package postgres
