package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"math"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// Claim implements storage.Store. While nothing is due it only reads, so that
// idle workers stay out of the writers' way.
func (s *Store) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if err := q.Validate(); err != nil {
		return storage.Claims{}, err
	}
	except, err := textArray(q.Except)
	if err != nil {
		return storage.Claims{}, err
	}
	claims, idle, err := s.idle(ctx, except)
	if idle || err != nil {
		return claims, err
	}
	err = s.write(ctx, "claim", func(t *session) (err error) {
		claims, err = t.claim(s.now(), q, except)
		return err
	})
	if err != nil {
		return storage.Claims{}, err
	}
	return claims, nil
}

// idle reports whether a claim would get nothing, and its answer then.
func (s *Store) idle(ctx context.Context, except driver.Value) (claims storage.Claims, idle bool, err error) {
	err = s.read(ctx, "claim", func() error {
		var due, lease sql.NullInt64
		var open bool
		var err error
		claims.Now = s.now()
		if except == nil {
			err = s.stmts.next.QueryRowContext(ctx, 0).Scan(&due, &lease)
		} else {
			err = s.stmts.open.QueryRowContext(ctx, 0, claims.Now.UnixMicro(), except).Scan(&due, &lease, &open)
		}
		claims.Next = earliest(due, lease)
		later := claims.Next.IsZero() || claims.Next.After(claims.Now)
		idle = later || except != nil && !open
		return err
	})
	if err != nil {
		return storage.Claims{}, false, err
	}
	return claims, idle, nil
}

func earliest(due, lease sql.NullInt64) time.Time {
	switch {
	case !due.Valid && !lease.Valid:
		return time.Time{}
	case !lease.Valid || due.Valid && due.Int64 <= lease.Int64:
		return instant(due.Int64)
	}
	return instant(lease.Int64)
}

func (s *session) claim(now time.Time, q storage.ClaimQuery, except driver.Value) (storage.Claims, error) {
	claims := storage.Claims{Now: now}
	tasks, err := s.due(now, q.Limit, except)
	if err != nil {
		return claims, err
	}
	var epoch int64 // 0, which no claim has, where somebody else was faster
	if len(tasks) > 0 {
		if _, err := s.row(addEpoch, nil, &epoch); err != nil {
			return claims, err
		}
	}
	until := instant(now.Add(q.Lease).UnixMicro())
	for i := range tasks {
		k := &tasks[i]
		k.Attempt++
		k.Epoch, k.LeaseUntil = uint64(epoch), until
		_, err := s.exec(claimTask, epoch, until.UnixMicro(), q.Worker, k.Stream.Tenant, k.Stream.ID, k.ID)
		if err != nil {
			return claims, err
		}
	}
	var due, lease sql.NullInt64
	_, err = s.row(nextAfter, values{epoch}, &due, &lease)
	claims.Tasks, claims.Next = tasks, earliest(due, lease)
	return claims, err
}

// due returns the tasks that may be claimed now, as they are before the claim.
func (s *session) due(now time.Time, limit int, except driver.Value) ([]storage.Task, error) {
	var tasks []storage.Task
	err := s.each(dueTasks, values{now.UnixMicro(), int64(limit), except}, func(row values) error {
		var k storage.Task
		var due int64
		err := scan(row, &k.Stream.Tenant, &k.Stream.ID, &k.ID, &k.Kind, &due, &k.Payload, &k.Attempt)
		k.Due = instant(due)
		tasks = append(tasks, k)
		return err
	})
	return tasks, err
}

// textArray is a list of names as a JSON array, NULL for none.
func textArray(names []string) (driver.Value, error) {
	if len(names) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(names)
	return string(text), err
}

// Settle implements storage.Store.
func (s *Store) Settle(ctx context.Context, set storage.Settlement) error {
	if err := set.Validate(); err != nil {
		return err
	}
	return s.write(ctx, "settle", func(t *session) error { return t.settle(s.now(), set) })
}

func (s *session) settle(now time.Time, set storage.Settlement) error {
	if set.Fence.Epoch > math.MaxInt64 { // no claim has it, and SQLite's integers end there
		return storage.ErrFenced
	}
	at := now.Add(set.Delay).UnixMicro()
	st, task, epoch := set.Stream, set.Fence.Task, int64(set.Fence.Epoch)
	var held int64
	var err error
	switch set.Outcome {
	case storage.Done:
		held, err = s.changed(settleDone, st.Tenant, st.ID, task, epoch)
	case storage.Retry:
		held, err = s.changed(settleRetry, at, st.Tenant, st.ID, task, epoch)
	case storage.Extend:
		held, err = s.changed(settleExtend, at, st.Tenant, st.ID, task, epoch)
	}
	if err == nil && held == 0 {
		return storage.ErrFenced
	}
	return err
}
