// Package storagetest is the conformance suite of package storage. Run it
// against a store of your own:
//
//	func TestStore(t *testing.T) {
//		storagetest.Run(t, storagetest.Harness{
//			Open: func(t storagetest.T) storage.Store { return openEmptyStore(t) },
//		})
//	}
//
// Every clause of the contract in package storage has a check, and a failed
// check says which clause the store breaks. [RunKill] adds what cannot be seen
// from inside: that a store outlives its process being killed.
//
// The package uses the standard library only.
package storagetest

import (
	"strings"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// T is what a check needs of a test. A *testing.T is one.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any) // must not return
	Cleanup(func())
	TempDir() string
}

// Harness gives the suite the store to check.
type Harness struct {
	// Open returns a new store that holds nothing, for one check; t.Cleanup is
	// the place to close it. Claims go across tenants, so no two checks may
	// share a database. Required.
	Open func(t T) storage.Store

	// Advance moves the clock of the store that Open returned last. The clock
	// stands still otherwise: see [Clock].
	//
	// Nil: the clock is a real one. Checks then use short leases and claim
	// again and again until the time has come; a few clauses that need an
	// exact instant are not checked.
	Advance func(d time.Duration)

	// Reopen drops a store without closing it properly, as far as that is
	// possible, and opens what it held again. Nil: reopening is not checked.
	Reopen func(t T, s storage.Store) storage.Store
}

// Check is one clause of the contract, or a few that belong together.
type Check struct {
	Name string
	Doc  string // the clause: what a store must do
	Run  func(t T, h Harness)

	needs capability
}

// capability is an optional part of a harness.
type capability int

const (
	nothing capability = iota
	manualClock
	reopening
)

// Missing says what the check needs that the harness lacks; empty: nothing.
func (c Check) Missing(h Harness) string {
	switch {
	case c.needs == manualClock && h.Advance == nil:
		return "Harness.Advance"
	case c.needs == reopening && h.Reopen == nil:
		return "Harness.Reopen"
	}
	return ""
}

// Checks returns the whole suite, in the order in which Run runs it.
func Checks() []Check {
	var all []Check
	for _, group := range [][]check{
		commitChecks, operationChecks, keyChecks,
		dueChecks, claimChecks, tenantChecks, fenceChecks, settleChecks,
		readChecks, listChecks, dataChecks, isolationChecks,
		concurrencyChecks, cancelChecks, randomChecks, reopenChecks,
	} {
		for _, c := range group {
			all = append(all, c.export())
		}
	}
	return all
}

// check is a Check as this package writes it down.
type check struct {
	name, doc string
	needs     capability
	run       func(e *env)
}

func (c check) export() Check {
	out := Check{Name: c.name, Doc: c.doc, needs: c.needs}
	out.Run = func(t T, h Harness) {
		t.Helper()
		if missing := out.Missing(h); missing != "" {
			t.Fatalf("the check %s needs %s", c.name, missing)
		}
		c.run(open(t, h))
	}
	return out
}

// Run runs every check as a subtest, one after the other. What the harness
// leaves out is skipped by name, and summed up in the log of t.
func Run(t *testing.T, h Harness) {
	t.Helper()
	var skipped []string
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) {
			if missing := c.Missing(h); missing != "" {
				skipped = append(skipped, c.Name+" (needs "+missing+")")
				t.Skipf("not checked, for want of %s: %s", missing, c.Doc)
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the contract: %s", c.Doc)
				}
			})
			c.Run(t, h)
		})
	}
	if len(skipped) > 0 {
		t.Logf("storagetest: %d of %d checks could not run: %s",
			len(skipped), len(Checks()), strings.Join(skipped, ", "))
	}
}
