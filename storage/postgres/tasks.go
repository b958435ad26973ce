package postgres

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/incidentkit/incidentkit/storage"
)

// Claim implements storage.Store. It is one round trip; while nothing is due that
// is a look at the first entries of two indexes, and writes nothing.
//
// Where the connection is lost (*LostError), tasks may have been leased to nobody
// who knows of it. They come back when the lease ends. Where row-level security was
// put on the schema meanwhile, so that this role is shown nothing, the answer is a
// *RowSecurityError within a second or so, and never an empty one for good.
func (s *Store) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if err := q.Validate(); err != nil {
		return storage.Claims{}, err
	}
	from := s.hot.floor.begin(time.Now(), q.Lease)
	var claims storage.Claims
	var seen sight
	err := s.ask(ctx, func() (err error) {
		claims, seen, err = s.claim(ctx, q, from)
		return err
	})
	if err != nil {
		s.hot.floor.abandon(from)
		return storage.Claims{}, failWrite(ctx, "claim", err)
	}
	s.hot.floor.end(from, seen, time.Now())
	if len(claims.Tasks) > 0 {
		s.hot.floor.lower(highest, claims.Tasks[0].LeaseUntil.UnixMicro())
	}
	return claims, nil
}

func (s *Store) claim(ctx context.Context, q storage.ClaimQuery, from *search) (storage.Claims, sight, error) {
	except := q.Except
	if except == nil {
		except = []string{}
	}
	text, args := s.sql.claim, []any{q.Worker, q.Limit, q.Lease.Microseconds(), except, from.due, from.lease}
	if from.whole {
		text, args = s.sql.claimWhole, append(args, s.schema, workerPolicy)
	}
	rows, err := s.across().Query(ctx, text, args...)
	if err != nil {
		return storage.Claims{}, sight{}, err
	}
	defer rows.Close()
	var claims storage.Claims
	seen := sight{due: highest, lease: highest}
	for rows.Next() {
		if err := scanClaim(rows, from.whole, &claims, &seen); err != nil {
			return storage.Claims{}, sight{}, err
		}
	}
	if err := rows.Err(); err != nil {
		return storage.Claims{}, sight{}, err
	}
	slices.SortFunc(claims.Tasks, func(a, b storage.Task) int {
		return cmp.Or(a.Due.Compare(b.Due), compareStreams(a.Stream, b.Stream), cmp.Compare(a.ID, b.ID))
	})
	return claims, seen, nil
}

// scanClaim reads a task, or the last row, which holds none. The rows of a claim that
// looks everywhere also tell of a table that is hidden from the role.
func scanClaim(rows pgx.Rows, whole bool, claims *storage.Claims, seen *sight) error {
	var t storage.Task
	var due, lease int64
	var now, next, firstDue, firstLease *int64
	var hidden []string
	into := []any{
		&t.Stream.Tenant, &t.Stream.ID, &t.ID, &t.Kind, &due, &t.Payload, &t.Attempt, &t.Epoch, &lease,
		&now, &next, &firstDue, &firstLease, &hidden,
	}
	if !whole {
		into = into[:len(into)-1]
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	if len(hidden) == 2 {
		return &RowSecurityError{Role: hidden[0], Table: hidden[1], Why: blind}
	}
	if now == nil {
		t.Due, t.LeaseUntil = instant(due), instant(lease)
		claims.Tasks = append(claims.Tasks, t)
		return nil
	}
	claims.Now, seen.at = instant(*now), *now
	if next != nil {
		claims.Next = instant(*next)
	}
	if firstDue != nil {
		seen.due = *firstDue
	}
	if firstLease != nil {
		seen.lease = *firstLease
	}
	return nil
}

// Settle implements storage.Store. It shares round trips as Commit does.
func (s *Store) Settle(ctx context.Context, set storage.Settlement) error {
	if err := set.Validate(); err != nil {
		return err
	}
	_, err := s.hot.settles.do(ctx, set)
	return failWrite(ctx, "settle", err)
}

func settlementNames(set storage.Settlement) []name {
	return []name{{tenant: set.Stream.Tenant, stream: set.Stream.ID, task: set.Fence.Task}}
}

// settleTogether settles the claims that are held and that nobody is at. What
// the others are shows when they are settled alone.
func (s *Store) settleTogether(ctx context.Context, calls []*call[storage.Settlement, struct{}]) error {
	sets := make([]storage.Settlement, len(calls))
	for i, c := range calls {
		sets[i] = c.in
		c.again = true
	}
	var held []int32
	err := retry(ctx, func() (err error) {
		held, err = s.settleClaims(ctx, s.forTenant(sets[0].Stream.Tenant), false, sets)
		return err
	})
	if err != nil {
		return err
	}
	for _, place := range held {
		calls[place-1].again = false
	}
	return nil
}

func (s *Store) settleAlone(ctx context.Context, set storage.Settlement) (struct{}, error) {
	err := retry(ctx, func() error {
		held, err := s.settleClaims(ctx, s.aloneFor(set.Stream.Tenant), true, []storage.Settlement{set})
		if err == nil && len(held) == 0 {
			err = storage.ErrFenced
		}
		return err
	})
	return struct{}{}, err
}

// settleClaims answers with the places, from 1, of the claims that held.
func (s *Store) settleClaims(ctx context.Context, q querier, alone bool, sets []storage.Settlement) (held []int32, err error) {
	n := len(sets)
	tenants, streams, tasks := make([]string, n), make([]string, n), make([]string, n)
	epochs, delays, verbs := make([]int64, n), make([]int64, n), make([]int32, n)
	for i, set := range sets {
		tenants[i], streams[i], tasks[i] = set.Stream.Tenant, set.Stream.ID, set.Fence.Task
		epochs[i], delays[i] = number(set.Fence.Epoch), set.Delay.Microseconds()
		verbs[i] = int32(set.Outcome)
	}
	defer s.makeRoomExtended(sets)
	err = q.QueryRow(ctx, s.sql.settle, alone, tenants, streams, tasks, epochs, verbs, delays).Scan(&held)
	return held, err
}

// makeRoomExtended tells claims of this process about leases that were cut short,
// or may have been.
func (s *Store) makeRoomExtended(sets []storage.Settlement) {
	for _, set := range sets {
		if set.Outcome == storage.Extend {
			s.hot.floor.lowerExtended(set.Delay.Microseconds())
		}
	}
}

// instant is the time that is stored as this number.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
