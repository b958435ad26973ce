package storagetest

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// The victim's changes are made so that everything can be told from the events
// alone. A change of a stream leads to a version v, its last event says so, and
// with it come: the snapshot "v", the key "key-v" (and "key-" of the version
// before is released), the operation "op-v", and the task "task-v"; or, if it
// finishes a task, no task but the end of that one.
const (
	stepped  = "stepped"
	finished = "finished"
)

func keyAt(st storage.Stream, v uint64) string { return fmt.Sprintf("key-%s-%d", st.ID, v) }
func taskAt(v uint64) string                   { return fmt.Sprint("task-", v) }
func operationAt(v uint64) string              { return fmt.Sprint("op-", v) }

// victimStreams are where it all happens. They are few, so that changes are
// many.
var victimStreams = []storage.Stream{
	{Tenant: "acme", ID: "one"}, {Tenant: "acme", ID: "two"}, {Tenant: "globex", ID: "one"},
}

// victim writes until it is killed.
func victim(k Kill, dir string) {
	s, err := k.Open(dir)
	for i := 0; err == nil; i++ {
		st := victimStreams[i%len(victimStreams)]
		if i%5 < 3 {
			err = step(s, st, i%3+1)
		} else {
			err = work(s, i)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// step commits a change with some events and a task.
func step(s storage.Store, st storage.Stream, events int) error {
	return write(s, st, events, func(c *storage.Change, v uint64) {
		c.Schedule = []storage.TaskSpec{{ID: taskAt(v), Kind: stepped, Due: time.Now(), Payload: []byte(taskAt(v))}}
	})
}

// work claims two tasks: one it ends with Settle, the other with a change.
func work(s storage.Store, i int) error {
	claims, err := s.Claim(context.Background(), storage.ClaimQuery{
		Worker: fmt.Sprint("victim ", os.Getpid()), Limit: 2, Lease: 10 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	for n, t := range claims.Tasks {
		acknowledged("claim %s %s %s %d", t.Stream.Tenant, t.Stream.ID, t.ID, t.Epoch)
		if (i+n)%2 == 0 {
			settlement := storage.Settlement{Stream: t.Stream, Fence: *t.Fence(), Outcome: storage.Done}
			acknowledged("settling %s %s %s", t.Stream.Tenant, t.Stream.ID, t.ID)
			if err := s.Settle(context.Background(), settlement); err != nil {
				return err
			}
			acknowledged("settled %s %s %s", t.Stream.Tenant, t.Stream.ID, t.ID)
			continue
		}
		err := write(s, t.Stream, 1, func(c *storage.Change, _ uint64) {
			c.Events[0].Type = finished
			c.Events[0].Data = fmt.Append(nil, string(c.Events[0].Data), " ", t.ID)
			c.Fence, c.Cancel = t.Fence(), []string{t.ID}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func write(s storage.Store, st storage.Stream, events int, edit func(c *storage.Change, v uint64)) error {
	ctx := context.Background()
	head, err := s.Load(ctx, storage.Ref{Tenant: st.Tenant, ID: st.ID})
	if err != nil {
		return err
	}
	c := change(st, head.Version, events)
	v := head.Version + uint64(events)
	for i := range c.Events {
		c.Events[i].Type = stepped
		c.Events[i].Data = fmt.Append(nil, v)
	}
	c.Operation = operationAt(v)
	c.Snapshot = snapshot("open", fmt.Sprint(v))
	c.Release, c.Take = []string{keyAt(st, head.Version)}, []string{keyAt(st, v)}
	edit(&c, v)
	if _, err := s.Commit(ctx, c); err != nil {
		return err
	}
	acknowledged("commit %s %s %d", st.Tenant, st.ID, v)
	return nil
}
