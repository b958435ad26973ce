package sqlite

import (
	"context"
	"database/sql"
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
	var claims storage.Claims
	err := s.read(ctx, "claim", func() (err error) {
		claims, err = s.idle(ctx)
		return err
	})
	if err != nil || claims.Next.IsZero() || claims.Next.After(claims.Now) {
		return claims, err
	}
	err = s.write(ctx, func(t *tx) (err error) {
		claims, err = t.claim(s.now(), q)
		return err
	})
	if err != nil {
		return storage.Claims{}, s.fail(ctx, "claim", err)
	}
	return claims, nil
}

// idle is the answer to a claim that gets nothing. It is right only where Next
// is after Now.
func (s *Store) idle(ctx context.Context) (storage.Claims, error) {
	next, err := scanNext(s.stmts.next.QueryRowContext(ctx, 0))
	if err != nil {
		return storage.Claims{}, err
	}
	return storage.Claims{Now: s.now(), Next: next}, nil
}

func scanNext(r *sql.Row) (time.Time, error) {
	var due, lease sql.NullInt64
	if err := r.Scan(&due, &lease); err != nil {
		return time.Time{}, err
	}
	switch {
	case !due.Valid && !lease.Valid:
		return time.Time{}, nil
	case !lease.Valid || due.Valid && due.Int64 <= lease.Int64:
		return instant(due.Int64), nil
	}
	return instant(lease.Int64), nil
}

func (t *tx) claim(now time.Time, q storage.ClaimQuery) (storage.Claims, error) {
	claims := storage.Claims{Now: now}
	tasks, err := t.due(now, q.Limit)
	if err != nil {
		return claims, err
	}
	var epoch int64 // 0, which no claim has, where somebody else was faster
	if len(tasks) > 0 {
		if err := t.row(t.stmts.addEpoch).Scan(&epoch); err != nil {
			return claims, err
		}
	}
	until := instant(now.Add(q.Lease).UnixMicro())
	for i := range tasks {
		k := &tasks[i]
		k.Attempt++
		k.Epoch, k.LeaseUntil = uint64(epoch), until
		_, err := t.exec(t.stmts.claim, epoch, until.UnixMicro(), q.Worker, k.Stream.Tenant, k.Stream.ID, k.ID)
		if err != nil {
			return claims, err
		}
	}
	claims.Tasks = tasks
	claims.Next, err = scanNext(t.row(t.stmts.nextAfter, epoch))
	return claims, err
}

// due returns the tasks that may be claimed now, as they are before the claim.
func (t *tx) due(now time.Time, limit int) ([]storage.Task, error) {
	rows, err := t.query(t.stmts.due, now.UnixMicro(), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tasks []storage.Task
	for rows.Next() {
		var k storage.Task
		var due int64
		if err := rows.Scan(&k.Stream.Tenant, &k.Stream.ID, &k.ID, &k.Kind, &due, &k.Payload, &k.Attempt); err != nil {
			return nil, err
		}
		k.Due = instant(due)
		tasks = append(tasks, k)
	}
	return tasks, rows.Err()
}

// Settle implements storage.Store.
func (s *Store) Settle(ctx context.Context, set storage.Settlement) error {
	if err := set.Validate(); err != nil {
		return err
	}
	err := s.write(ctx, func(t *tx) error { return t.settle(s.now(), set) })
	return s.fail(ctx, "settle", err)
}

func (t *tx) settle(now time.Time, set storage.Settlement) error {
	if set.Fence.Epoch > math.MaxInt64 { // no claim has it, and SQLite's integers end there
		return storage.ErrFenced
	}
	at := now.Add(set.Delay).UnixMicro()
	claim := []any{set.Stream.Tenant, set.Stream.ID, set.Fence.Task, int64(set.Fence.Epoch)}
	var held int64
	var err error
	switch set.Outcome {
	case storage.Done:
		held, err = t.changed(t.stmts.settleDone, claim...)
	case storage.Retry:
		held, err = t.changed(t.stmts.settleRetry, append([]any{at}, claim...)...)
	case storage.Extend:
		held, err = t.changed(t.stmts.settleExtend, append([]any{at}, claim...)...)
	}
	if err == nil && held == 0 {
		return storage.ErrFenced
	}
	return err
}
