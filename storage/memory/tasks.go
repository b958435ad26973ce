package memory

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// task is one scheduled task, in exactly one of the schedule's queues.
type task struct {
	storage.TaskSpec
	stream     *stream
	attempt    int
	epoch      uint64    // of its latest claim
	leaseUntil time.Time // zero: not claimed
	position   int       // in its queue
}

// held returns the task that a fence proves to be claimed, or nil. A lease that
// ran out still holds until somebody else takes over.
func (s *stream) held(f storage.Fence) *task {
	if s == nil {
		return nil
	}
	t := s.tasks[f.Task]
	if t == nil || t.leaseUntil.IsZero() || t.epoch != f.Epoch {
		return nil
	}
	return t
}

// Claim implements storage.Store.
func (s *Store) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if err := q.Validate(); err != nil {
		return storage.Claims{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return storage.Claims{}, err
	}

	now := s.now()
	taken := s.tasks.take(now, q.Limit, q.Except)
	claims := storage.Claims{Now: now, Next: s.tasks.next()}
	if len(taken) > 0 {
		s.epoch++
	}
	for _, t := range taken {
		t.attempt++
		t.epoch = s.epoch
		t.leaseUntil = instant(now.Add(q.Lease))
		s.tasks.leased.add(t)
		claims.Tasks = append(claims.Tasks, storage.Task{
			Stream:     t.stream.name,
			ID:         t.ID,
			Kind:       t.Kind,
			Due:        t.Due,
			Payload:    slices.Clone(t.Payload),
			Attempt:    t.attempt,
			Epoch:      t.epoch,
			LeaseUntil: t.leaseUntil,
		})
	}
	return claims, nil
}

// Settle implements storage.Store.
func (s *Store) Settle(ctx context.Context, set storage.Settlement) error {
	if err := set.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}

	st := s.streams[set.Stream]
	t := st.held(set.Fence)
	if t == nil {
		return storage.ErrFenced
	}
	s.tasks.remove(t)
	at := instant(s.now().Add(set.Delay))
	switch set.Outcome {
	case storage.Done:
		delete(st.tasks, t.ID)
	case storage.Retry:
		t.Due, t.leaseUntil = at, time.Time{}
		s.tasks.waiting.add(t)
	case storage.Extend:
		t.leaseUntil = at
		s.tasks.leased.add(t)
	}
	return nil
}

// schedule holds every task: those that nobody claimed by their due time, and
// the claimed ones by the end of their lease. So neither a claim nor the search
// for the next instant looks at tasks that are not due.
type schedule struct {
	waiting queue
	leased  queue
}

func newSchedule() schedule {
	return schedule{
		waiting: queue{at: func(t *task) time.Time { return t.Due }},
		leased:  queue{at: func(t *task) time.Time { return t.leaseUntil }},
	}
}

// take removes and returns the tasks that may be claimed now, the longest due
// first, but none of the tenants in except.
func (s *schedule) take(now time.Time, limit int, except []string) []*task {
	expired := open(s.leased.until(now), except)
	if len(except) > 0 { // those left alone may come first, and be many
		due := append(open(s.waiting.until(now), except), expired...)
		slices.SortFunc(due, byDue)
		due = due[:min(limit, len(due))]
		for _, t := range due {
			s.remove(t)
		}
		return due
	}
	slices.SortFunc(expired, byDue)

	var taken []*task
	for len(taken) < limit {
		t := s.waiting.first()
		if t != nil && t.Due.After(now) {
			t = nil
		}
		if len(expired) > 0 && (t == nil || byDue(expired[0], t) < 0) {
			t, expired = expired[0], expired[1:]
		}
		if t == nil {
			break
		}
		s.remove(t)
		taken = append(taken, t)
	}
	return taken
}

// open leaves out the tasks of some tenants.
func open(tasks []*task, except []string) []*task {
	return slices.DeleteFunc(tasks, func(t *task) bool { return slices.Contains(except, t.stream.name.Tenant) })
}

// next is the earliest instant at which a task may be claimed; zero without any.
func (s *schedule) next() time.Time {
	w, l := s.waiting.first(), s.leased.first()
	switch {
	case w == nil && l == nil:
		return time.Time{}
	case w == nil:
		return l.leaseUntil
	case l == nil || !w.Due.After(l.leaseUntil):
		return w.Due
	}
	return l.leaseUntil
}

func (s *schedule) remove(t *task) {
	if t.leaseUntil.IsZero() {
		heap.Remove(&s.waiting, t.position)
	} else {
		heap.Remove(&s.leased, t.position)
	}
}

// byDue is the order in which tasks are handed out. It is total, since ids are
// unique within a stream.
func byDue(a, b *task) int {
	return cmp.Or(
		a.Due.Compare(b.Due),
		cmp.Compare(a.stream.name.Tenant, b.stream.name.Tenant),
		cmp.Compare(a.stream.name.ID, b.stream.name.ID),
		cmp.Compare(a.ID, b.ID),
	)
}

// queue is a heap of tasks by an instant of theirs. Tasks know where they are
// in it, so that any of them can be removed.
type queue struct {
	at    func(*task) time.Time
	tasks []*task
}

func (q *queue) add(t *task) { heap.Push(q, t) }

func (q *queue) first() *task {
	if len(q.tasks) == 0 {
		return nil
	}
	return q.tasks[0]
}

// until returns the tasks whose instant is not after now, in no order. In a
// heap these form a subtree at the root: nothing below a later one is looked at.
func (q *queue) until(now time.Time) []*task {
	var found []*task
	var visit func(i int)
	visit = func(i int) {
		if i >= len(q.tasks) || q.at(q.tasks[i]).After(now) {
			return
		}
		found = append(found, q.tasks[i])
		visit(2*i + 1)
		visit(2*i + 2)
	}
	visit(0)
	return found
}

// Len, Less, Swap, Push and Pop implement heap.Interface.

func (q *queue) Len() int { return len(q.tasks) }

func (q *queue) Less(i, j int) bool {
	a, b := q.tasks[i], q.tasks[j]
	return cmp.Or(q.at(a).Compare(q.at(b)), byDue(a, b)) < 0
}

func (q *queue) Swap(i, j int) {
	q.tasks[i], q.tasks[j] = q.tasks[j], q.tasks[i]
	q.tasks[i].position, q.tasks[j].position = i, j
}

func (q *queue) Push(x any) {
	t, _ := x.(*task) // add pushes nothing else
	t.position = len(q.tasks)
	q.tasks = append(q.tasks, t)
}

func (q *queue) Pop() any {
	last := len(q.tasks) - 1
	t := q.tasks[last]
	q.tasks[last] = nil
	q.tasks = q.tasks[:last]
	return t
}
