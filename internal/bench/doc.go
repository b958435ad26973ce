// Package bench measures the stores and the engine beside the same work done
// bare, and beside River, which is another's queue on PostgreSQL. It is a module of
// its own, so that nothing else depends on what is only there to compare with.
// There is nothing to import: make bench prints the ratios.
//
// What is measured is on one PostgreSQL server of its own with its usual
// durability. With -short the tables are small, and the figures mean nothing.
package bench
