package sqlite

import (
	"context"
	"database/sql/driver"
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
	err := s.write(ctx, "commit", func(t *session) (err error) {
		out, err = t.commit(c)
		return err
	})
	if err != nil {
		return storage.Committed{}, err
	}
	return out, nil
}

// row is a stream as a commit finds it; the number 0 is a stream to be.
type row struct {
	number       int64
	version      uint64
	kind, status string
}

// commit makes every check before the first write, see writer.
func (s *session) commit(c storage.Change) (storage.Committed, error) {
	var r row
	_, err := s.row(findStream, values{c.Stream.Tenant, c.Stream.ID}, &r.number, &r.version, &r.kind, &r.status)
	if err != nil {
		return storage.Committed{}, err
	}
	if r.number != 0 && c.Operation != "" {
		var version uint64
		done, err := s.row(findOperation, values{r.number, c.Operation}, &version)
		if done || err != nil {
			return storage.Committed{Version: version, Replayed: done}, err
		}
	}
	if err := s.check(r, c); err != nil {
		return storage.Committed{}, err
	}
	version := r.version + uint64(len(c.Events))
	for _, write := range []func(*row, storage.Change, uint64) error{
		s.writeStream, s.writeKeys, s.writeEvents, s.writeTasks, s.writeOperation,
	} {
		if err := write(&r, c, version); err != nil {
			return storage.Committed{}, err
		}
	}
	return storage.Committed{Version: version}, nil
}

func (s *session) check(r row, c storage.Change) error {
	if c.Fence != nil {
		held, err := s.holds(c.Stream, *c.Fence)
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
	for _, key := range c.Take {
		var holder int64
		owner := storage.Stream{Tenant: c.Stream.Tenant}
		taken, err := s.row(keyOwner, values{c.Stream.Tenant, key}, &holder, &owner.ID)
		if err != nil {
			return err
		}
		if taken && holder != r.number {
			return &storage.KeyTakenError{Key: key, Owner: owner}
		}
	}
	return nil
}

func (s *session) holds(st storage.Stream, f storage.Fence) (bool, error) {
	if f.Epoch > math.MaxInt64 { // no claim has it, and SQLite's integers end there
		return false, nil
	}
	return s.row(holdsTask, values{st.Tenant, st.ID, f.Task, int64(f.Epoch)})
}

func (s *session) writeStream(r *row, c storage.Change, version uint64) error {
	data := blob(c.Snapshot.Data)
	var err error
	switch {
	case r.number == 0:
		var result driver.Result
		result, err = s.exec(addStream, c.Stream.Tenant, c.Stream.ID, int64(version), c.Snapshot.Kind, c.Snapshot.Status, data)
		if err == nil {
			r.number, err = result.LastInsertId()
		}
	case c.Snapshot.Kind == "": // and so without events
	case c.Snapshot.Status == r.status:
		_, err = s.exec(setData, int64(version), data, r.number)
	default:
		_, err = s.exec(setSnapshot, int64(version), data, c.Snapshot.Status, r.number)
	}
	return err
}

func (s *session) writeKeys(r *row, c storage.Change, _ uint64) error {
	for _, key := range c.Release {
		if _, err := s.exec(releaseKey, c.Stream.Tenant, key, r.number); err != nil {
			return err
		}
	}
	for _, key := range c.Take { // which this stream may hold already
		if _, err := s.exec(takeKey, c.Stream.Tenant, key, r.number); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) writeEvents(r *row, c storage.Change, _ uint64) error {
	for _, e := range c.Events {
		_, err := s.exec(addEvent, r.number, int64(e.Version), e.Type, e.RecordedAt.UnixMicro(), e.Data)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) writeTasks(_ *row, c storage.Change, _ uint64) error {
	for _, id := range c.Cancel {
		if _, err := s.exec(cancelTask, c.Stream.Tenant, c.Stream.ID, id); err != nil {
			return err
		}
	}
	for _, spec := range c.Schedule {
		_, err := s.exec(scheduleTask, c.Stream.Tenant, c.Stream.ID, spec.ID, spec.Kind, spec.Due.UnixMicro(), spec.Payload)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *session) writeOperation(r *row, c storage.Change, version uint64) error {
	if c.Operation == "" {
		return nil
	}
	_, err := s.exec(addOperation, r.number, c.Operation, int64(version))
	return err
}

// blob is data for a column that is never NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
