package incidentkit

import (
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// maxFailing is how many tasks a record remembers.
const maxFailing = 10_000

// record is what an engine has seen of its tasks. One that fails while others
// succeed, again and again, has nothing but itself to blame. One such failure says
// little: it may be the last of an outage that is over.
type record struct {
	mu      sync.Mutex
	good    uint64              // tasks that were done
	bad     time.Time           // when one failed last, by this machine's clock
	failing map[taskKey]failing // those that were not done, since then
}

type taskKey struct {
	stream storage.Stream
	task   string
}

type failing struct {
	good  uint64 // record.good when it failed last
	alone int    // failures of it between which others were done
}

func keyOf(task storage.Task) taskKey { return taskKey{task.Stream, task.ID} }

func (r *record) done(task storage.Task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.good++
	delete(r.failing, keyOf(task))
}

// forget leaves a task to whoever has it now.
func (r *record) forget(task storage.Task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.failing, keyOf(task))
}

// failed returns how many times a task has failed for a reason that was certainly
// its own, or while others were done.
func (r *record) failed(task storage.Task, certain bool, now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bad = now
	if r.failing == nil || len(r.failing) >= maxFailing {
		r.failing = map[taskKey]failing{}
	}
	f := r.failing[keyOf(task)]
	if certain || r.good > f.good {
		f.alone++
	}
	f.good = r.good
	r.failing[keyOf(task)] = f
	return f.alone
}

// failedLately reports whether any task failed a short while ago.
func (r *record) failedLately(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.bad.IsZero() && now.Sub(r.bad) < quarantine
}
