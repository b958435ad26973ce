package histories

import "cmp"

// claimCall is a storage.ClaimQuery by numbers.
type claimCall struct {
	limit  int
	lease  int64 // microseconds
	except [tenants]bool
	clock  span

	// part is what the checker looks at: one tenant, or -1 for all. A claim goes
	// across tenants; where they are checked apart, it is one call to each.
	part int

	// excused is a claim that may have left a task because another call had it
	// locked, and cannot be asked why it did.
	excused bool
}

// claims is a storage.Claims.
type claims struct {
	now   int64
	next  int64 // 0: none
	tasks []claimed
}

type claimed struct {
	stream, task int
	payload      token
	due          int64
	attempt      int
	epoch        uint64
	until        int64
}

func (c claimCall) apply(s state, answer any) (bool, state) {
	got, seen := answer.(claims)
	if !seen {
		return true, s // see lostClaim
	}
	if !c.clock.has(got.now) || len(got.tasks) > c.limit || !inOrder(got.tasks) {
		return false, s
	}
	after := s
	handed := [streams][perStream]bool{}
	for _, k := range got.tasks {
		if c.part >= 0 && tenantOf(k.stream) != c.part {
			continue
		}
		handed[k.stream][k.task] = true
		t := &after.streams[k.stream].tasks[k.task]
		if c.except[tenantOf(k.stream)] || !mayHandOut(*t, k, got.now, c.lease) {
			return false, s
		}
		*t = task{
			exists: true, held: true, payload: t.payload,
			due: exactly(k.due), until: exactly(k.until), attempt: k.attempt, epoch: k.epoch, newest: k.epoch,
		}
	}
	return c.excused || c.leftRightly(s, got, handed), after
}

// mayHandOut reports whether a task may be claimed with this result.
func mayHandOut(t task, k claimed, now, lease int64) bool {
	return t.exists && t.available().lo <= now &&
		k.payload == t.payload && t.due.has(k.due) && k.due <= now &&
		k.attempt == t.attempt+1 && k.epoch > t.newest && k.until == now+lease
}

// leftRightly reports whether every task that was not handed out was rightly
// left, and Next promises to come back in time for it.
func (c claimCall) leftRightly(s state, got claims, handed [streams][perStream]bool) bool {
	earliest := span{}
	for i, st := range s.streams[:] {
		if c.part >= 0 && tenantOf(i) != c.part {
			continue
		}
		for j, t := range st.tasks {
			if !t.exists || handed[i][j] {
				continue
			}
			at := t.available()
			if at.hi <= got.now && !c.except[tenantOf(i)] && !c.cutOff(i, j, t, got) {
				return false
			}
			if earliest == (span{}) {
				earliest = at
			}
			earliest = span{min(earliest.lo, at.lo), min(earliest.hi, at.hi)}
		}
	}
	switch {
	case earliest == span{}:
		return c.part >= 0 || got.next == 0
	case c.part >= 0: // the earliest may be another tenant's
		return got.next != 0 && got.next <= earliest.hi
	}
	return earliest.has(got.next)
}

// cutOff reports whether the limit explains that a task was not handed out: all
// that were have been due for as long.
func (c claimCall) cutOff(stream, number int, t task, got claims) bool {
	if len(got.tasks) < c.limit {
		return false
	}
	last := got.tasks[len(got.tasks)-1]
	self := claimed{stream: stream, task: number, due: t.due.hi}
	return byDue(last, self) < 0
}

// byDue is the order of tasks in an answer. Streams and tasks are numbered in the
// order of their names.
func byDue(a, b claimed) int {
	return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.stream, b.stream), cmp.Compare(a.task, b.task))
}

func inOrder(tasks []claimed) bool {
	for i := range tasks[min(1, len(tasks)):] {
		if byDue(tasks[i], tasks[i+1]) >= 0 {
			return false
		}
	}
	return true
}

// lostClaim is what a claim whose answer was lost may have done: it got this task.
type lostClaim struct {
	stream, task int
	lease        int64
	clock        span
}

func (c lostClaim) apply(s state, _ any) (bool, state) {
	t := &s.streams[c.stream].tasks[c.task]
	if t.exists && t.available().lo <= c.clock.hi {
		t.held, t.epoch, t.until = true, 0, c.clock.after(c.lease)
		t.attempt++
	}
	return true, s
}
