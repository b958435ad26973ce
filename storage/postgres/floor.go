package postgres

import (
	"math"
	"sync"
	"time"
)

// A claim looks for tasks from the lower end of an index, where those are that
// were claimed before. As long as anybody's snapshot is older than that, their
// entries cannot be removed, and each claim would walk over more of them. So
// claims begin at a floor, below which nothing was waiting.
//
// A task may turn up below the floor: scheduled by another process for a time in
// the past, or leased by one for a shorter time than this one asks for, or written
// while the server's clock was set back. Every now and then a claim looks
// everywhere, so such a task is found a little later. It is a matter of order and
// of a second, or of floorLongest on a server that is slow, never of loss.
const (
	// floorSlack keeps the floor below what others may be committing now: what they
	// schedule for about now, and the leases they took a moment ago.
	floorSlack = 500 * time.Millisecond

	// floorPeriod is how often a claim looks everywhere; less often where that
	// takes so long that it would be more than a twentieth of the time. But a server
	// that hung for once looks the same, so there is an end to that.
	floorPeriod  = time.Second
	floorShare   = 20
	floorLongest = 10 * time.Second
)

const (
	lowest  = math.MinInt64
	highest = math.MaxInt64
)

// floor is what a process knows of the lower ends of the two indexes, in
// microseconds. The zero floor knows nothing.
type floor struct {
	mu         sync.Mutex
	due, lease int64
	at         int64                // the store's clock, a while ago
	searches   map[*search]struct{} // under way
	whole      time.Time            // when to look everywhere again
	wholeBusy  bool
}

// search is a claim under way.
type search struct {
	due, lease int64 // where it begins
	whole      bool
	begun      time.Time
	takes      int64 // the length of the leases it takes, in microseconds

	// The earliest of what this process has written meanwhile, which the claim may
	// not have seen.
	belowDue, belowLease int64
}

// begin says where a claim for leases of this length has to begin.
func (f *floor) begin(now time.Time, takes time.Duration) *search {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := &search{due: f.due, lease: f.lease, begun: now, takes: takes.Microseconds(), belowDue: highest, belowLease: highest}
	if !f.wholeBusy && !now.Before(f.whole) {
		l.whole, f.wholeBusy = true, true
		l.due, l.lease = lowest, lowest
	}
	if f.searches == nil {
		f.searches = map[*search]struct{}{}
	}
	f.searches[l] = struct{}{}
	return l
}

// sight is what a claim saw, in microseconds.
type sight struct {
	at         int64 // the store's clock
	due, lease int64 // the earliest
}

// end takes in what a claim has seen.
func (f *floor) end(l *search, seen sight, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.searches, l)
	// Others may be committing, now, tasks that are due from about now on, and leases
	// like this one's that began a little earlier.
	recent := seen.at - floorSlack.Microseconds()
	due, lease := min(seen.due, recent), min(seen.lease, recent+l.takes)
	if due < f.due || lease < f.lease {
		f.tell(due, lease)
	}
	f.due, f.lease = min(due, l.belowDue), min(lease, l.belowLease)
	f.at = seen.at
	if l.whole {
		f.wholeBusy = false
		f.whole = now.Add(min(max(floorPeriod, floorShare*now.Sub(l.begun)), floorLongest))
	}
}

// abandon is end for a claim that failed.
func (f *floor) abandon(l *search) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.searches, l)
	if l.whole {
		f.wholeBusy = false
	}
}

// lower makes room for a task that this process has scheduled, and for a lease
// that it has taken or extended.
func (f *floor) lower(due, lease int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due, f.lease = min(f.due, due), min(f.lease, lease)
	f.tell(due, lease)
}

// lowerExtended is lower for a lease that ends so long after the store's now,
// which is later than the clock was when it was last seen.
func (f *floor) lowerExtended(delay int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lease = min(f.lease, f.at+delay)
	f.tell(highest, f.at+delay)
}

func (f *floor) tell(due, lease int64) {
	for l := range f.searches {
		l.belowDue, l.belowLease = min(l.belowDue, due), min(l.belowLease, lease)
	}
}
