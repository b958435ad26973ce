package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"github.com/incidentkit/incidentkit/storage"
)

// Commit implements storage.Store.
func (s *Store) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if err := c.Validate(); err != nil {
		return storage.Committed{}, err
	}
	var out storage.Committed
	err := s.write(ctx, func(t *tx) (err error) {
		out, err = t.commit(c)
		return err
	})
	if err != nil {
		return storage.Committed{}, s.fail(ctx, "commit", err)
	}
	return out, nil
}

// row is a stream as a commit finds it; the number 0 is a stream to be.
type row struct {
	number  int64
	version uint64
	kind    string
}

func (t *tx) commit(c storage.Change) (storage.Committed, error) {
	r, err := t.find(c.Stream)
	if err != nil {
		return storage.Committed{}, err
	}
	if r.number != 0 && c.Operation != "" {
		version, done, err := t.done(r, c.Operation)
		if done || err != nil {
			return storage.Committed{Version: version, Replayed: done}, err
		}
	}
	if err := t.check(r, c); err != nil {
		return storage.Committed{}, err
	}
	version := r.version + uint64(len(c.Events))
	for _, write := range []func(*row, storage.Change, uint64) error{
		t.writeStream, t.writeKeys, t.writeEvents, t.writeTasks, t.writeOperation,
	} {
		if err := write(&r, c, version); err != nil {
			return storage.Committed{}, err
		}
	}
	return storage.Committed{Version: version}, nil
}

func (t *tx) find(st storage.Stream) (row, error) {
	var r row
	err := t.row(t.stmts.head, st.Tenant, st.ID).Scan(&r.number, &r.version, &r.kind)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, nil
	}
	return r, err
}

// done returns the outcome of an operation that the stream has seen.
func (t *tx) done(r row, operation string) (version uint64, done bool, err error) {
	err = t.row(t.stmts.operation, r.number, operation).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return version, err == nil, err
}

// check makes every check but that of the keys, which taking them makes.
func (t *tx) check(r row, c storage.Change) error {
	if c.Fence != nil {
		held, err := t.holds(c.Stream, *c.Fence)
		if err != nil {
			return err
		}
		if !held {
			return storage.ErrFenced
		}
	}
	if c.Expect != r.version {
		return storage.ErrConflict
	}
	if kind := c.Snapshot.Kind; r.number != 0 && kind != "" && kind != r.kind {
		return &storage.InvalidError{
			Field: "Change.Snapshot.Kind",
			Want:  fmt.Sprintf("%q, which a stream keeps, not %q", r.kind, kind),
		}
	}
	return nil
}

func (t *tx) holds(st storage.Stream, f storage.Fence) (bool, error) {
	if f.Epoch > math.MaxInt64 { // no claim has it, and SQLite's integers end there
		return false, nil
	}
	var one int
	err := t.row(t.stmts.held, st.Tenant, st.ID, f.Task, int64(f.Epoch)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (t *tx) writeStream(r *row, c storage.Change, version uint64) error {
	if r.number == 0 {
		result, err := t.exec(t.stmts.addStream, c.Stream.Tenant, c.Stream.ID, int64(version),
			c.Snapshot.Kind, c.Snapshot.Status, blob(c.Snapshot.Data))
		if err != nil {
			return err
		}
		r.number, err = result.LastInsertId()
		return err
	}
	if len(c.Events) > 0 {
		if _, err := t.exec(t.stmts.setVersion, int64(version), r.number); err != nil {
			return err
		}
	}
	if c.Snapshot.Kind == "" {
		return nil
	}
	_, err := t.exec(t.stmts.setSnapshot, c.Snapshot.Status, blob(c.Snapshot.Data), r.number)
	return err
}

func (t *tx) writeKeys(r *row, c storage.Change, _ uint64) error {
	for _, key := range c.Release {
		if _, err := t.exec(t.stmts.releaseKey, c.Stream.Tenant, key, r.number); err != nil {
			return err
		}
	}
	for _, key := range c.Take {
		taken, err := t.changed(t.stmts.takeKey, c.Stream.Tenant, key, r.number)
		if err != nil {
			return err
		}
		if taken == 1 {
			continue
		}
		var holder int64
		owner := storage.Stream{Tenant: c.Stream.Tenant}
		if err := t.row(t.stmts.keyOwner, c.Stream.Tenant, key).Scan(&holder, &owner.ID); err != nil {
			return err
		}
		if holder != r.number {
			return &storage.KeyTakenError{Key: key, Owner: owner}
		}
	}
	return nil
}

func (t *tx) writeEvents(r *row, c storage.Change, _ uint64) error {
	for _, e := range c.Events {
		_, err := t.exec(t.stmts.addEvent, r.number, int64(e.Version), e.Type, e.RecordedAt.UnixMicro(), e.Data)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) writeTasks(_ *row, c storage.Change, _ uint64) error {
	for _, id := range c.Cancel {
		if _, err := t.exec(t.stmts.cancelTask, c.Stream.Tenant, c.Stream.ID, id); err != nil {
			return err
		}
	}
	for _, spec := range c.Schedule {
		_, err := t.exec(t.stmts.schedule, c.Stream.Tenant, c.Stream.ID, spec.ID, spec.Kind, spec.Due.UnixMicro(), spec.Payload)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) writeOperation(r *row, c storage.Change, version uint64) error {
	if c.Operation == "" {
		return nil
	}
	_, err := t.exec(t.stmts.addOperation, r.number, c.Operation, int64(version))
	return err
}

// blob is data for a column that is never NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
