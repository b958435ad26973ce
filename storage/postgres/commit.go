package postgres

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/incidentkit/incidentkit/storage"
)

// Commit implements storage.Store. It is one round trip, shared with the commits
// that others are waiting for.
//
// Where the context ends on the way, or the connection is lost (*LostError), the
// change may or may not have been made.
func (s *Store) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if err := c.Validate(); err != nil {
		return storage.Committed{}, err
	}
	out, err := s.hot.commits.do(ctx, own(c))
	return out, failWrite(ctx, "commit", err)
}

// own is a copy of a change: it may still be on its way when the caller has gone.
func own(c storage.Change) storage.Change {
	c.Snapshot.Data = bytes.Clone(c.Snapshot.Data)
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		c.Events[i].Data = bytes.Clone(c.Events[i].Data)
	}
	c.Schedule = slices.Clone(c.Schedule)
	for i := range c.Schedule {
		c.Schedule[i].Payload = bytes.Clone(c.Schedule[i].Payload)
	}
	c.Cancel, c.Release, c.Take = slices.Clone(c.Cancel), slices.Clone(c.Release), slices.Clone(c.Take)
	if c.Fence != nil {
		fence := *c.Fence
		c.Fence = &fence
	}
	return c
}

// changeNames are the stream, and the keys that only one can get.
func changeNames(c storage.Change) []name {
	names := make([]name, 1, 1+len(c.Take))
	names[0] = name{tenant: c.Stream.Tenant, stream: c.Stream.ID}
	for _, key := range c.Take {
		names = append(names, name{tenant: c.Stream.Tenant, key: key})
	}
	return names
}

func changeBytes(c storage.Change) int {
	n := len(c.Snapshot.Data)
	for _, e := range c.Events {
		n += len(e.Data)
	}
	for _, t := range c.Schedule {
		n += len(t.Payload)
	}
	return n
}

// Outcomes of a change, as the function commit_changes has them.
const (
	applied = iota
	replayed
	fenced
	conflicted
	otherKind
	keyTaken
	busy
)

// outcome is what came of a change. The detail is the stream's kind, or the key
// that is taken.
type outcome struct {
	code          int32
	version       int64
	detail, owner string
}

// answer says it in the terms of the port.
func (o outcome) answer(c storage.Change) (storage.Committed, error) {
	switch o.code {
	case applied, replayed:
		return storage.Committed{Version: uint64(o.version), Replayed: o.code == replayed}, nil
	case fenced:
		return storage.Committed{}, storage.ErrFenced
	case conflicted:
		return storage.Committed{}, storage.ErrConflict
	case otherKind:
		return storage.Committed{}, invalid("Change.Snapshot.Kind",
			fmt.Sprintf("%q, which a stream keeps, not %q", o.detail, c.Snapshot.Kind))
	case keyTaken:
		owner := storage.Stream{Tenant: c.Stream.Tenant, ID: o.owner}
		return storage.Committed{}, &storage.KeyTakenError{Key: o.detail, Owner: owner}
	}
	return storage.Committed{}, fmt.Errorf("postgres: the server's function commit_changes answers %d, which is not known here", o.code)
}

// commitTogether commits changes of different streams.
func (s *Store) commitTogether(ctx context.Context, calls []*call[storage.Change, storage.Committed]) error {
	slices.SortFunc(calls, func(a, b *call[storage.Change, storage.Committed]) int {
		return compareStreams(a.in.Stream, b.in.Stream)
	})
	var batch changes
	for _, c := range calls {
		batch.add(c.in)
	}
	defer s.makeRoom(&batch)
	var outcomes []outcome
	err := retry(ctx, func() (err error) {
		outcomes, err = s.commitChanges(ctx, s.forTenant(batch.tenants[0]), false, &batch)
		return err
	})
	if err != nil {
		return err
	}
	for i, c := range calls {
		if c.again = outcomes[i].code == busy; !c.again {
			c.out, c.err = outcomes[i].answer(c.in)
		}
	}
	return nil
}

// commitAlone commits one change, and waits for whoever is at its stream, but not
// for longer than loneWait.
func (s *Store) commitAlone(ctx context.Context, c storage.Change) (out storage.Committed, err error) {
	err = retry(ctx, func() error {
		out, err = s.commitOn(ctx, s.aloneFor(c.Stream.Tenant), c)
		return err
	})
	return out, err
}

// commitOn makes one attempt to commit one change, on a connection or in a
// transaction. Where another transaction gets in its way, the error is the
// server's, with the SQLSTATE 40001 or 40P01.
func (s *Store) commitOn(ctx context.Context, q querier, c storage.Change) (storage.Committed, error) {
	var batch changes
	batch.add(c)
	defer s.makeRoom(&batch)
	outcomes, err := s.commitChanges(ctx, q, true, &batch)
	if err != nil {
		return storage.Committed{}, err
	}
	return outcomes[0].answer(c)
}

// makeRoom tells claims of this process about tasks that were scheduled, or may
// have been.
func (s *Store) makeRoom(batch *changes) {
	if len(batch.taskDue) > 0 {
		s.hot.floor.lower(slices.Min(batch.taskDue), highest)
	}
}

func (s *Store) commitChanges(ctx context.Context, q querier, alone bool, batch *changes) ([]outcome, error) {
	var codes []int32
	var versions []int64
	var details, owners []*string
	err := q.QueryRow(ctx, s.sql.commit, batch.args(alone)...).Scan(&codes, &versions, &details, &owners)
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, len(codes))
	for i := range outcomes {
		outcomes[i] = outcome{code: codes[i], version: versions[i]}
		if details[i] != nil {
			outcomes[i].detail = *details[i]
		}
		if owners[i] != nil {
			outcomes[i].owner = *owners[i]
		}
	}
	return outcomes, nil
}

// number is a version or epoch as the database has it. One that is too great for
// that is none that exists.
func number(n uint64) int64 {
	if n > math.MaxInt64 {
		return -1
	}
	return int64(n)
}
