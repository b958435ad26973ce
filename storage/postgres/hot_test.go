package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/storage"
)

// wire counts what is sent to a server, and can be cut.
type wire struct {
	sent  atomic.Int64
	fault atomic.Int32
}

// The faults of a wire.
const (
	cutBefore = 1 + iota // the next message is not sent
	cutAfter             // its answer does not arrive
)

type wiredConn struct {
	net.Conn
	w *wire
}

func (c wiredConn) Write(b []byte) (int, error) {
	if c.w.fault.CompareAndSwap(cutBefore, 0) {
		return 0, errors.Join(net.ErrClosed, c.Close())
	}
	c.w.sent.Add(1)
	return c.Conn.Write(b)
}

func (c wiredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.w.fault.CompareAndSwap(cutAfter, 0) {
		return 0, errors.Join(net.ErrClosed, c.Close())
	}
	return n, err
}

// openWired opens a store on connections that go through a wire.
func openWired(t *testing.T, connections int32) (*Store, *wire) {
	t.Helper()
	w := &wire{}
	config, err := pgxpool.ParseConfig(testURL())
	require.NoError(t, err)
	config.MaxConns = connections
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return wiredConn{conn, w}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return openTest(t, Options{Pool: pool}), w
}

var acme = storage.Stream{Tenant: "acme", ID: "inc-1"}

// changeOf is a change of one event.
func changeOf(st storage.Stream, expect uint64) storage.Change {
	return storage.Change{
		Stream:   st,
		Expect:   expect,
		Events:   []storage.Event{{Version: expect + 1, Type: "stepped", RecordedAt: time.Now(), Data: []byte("{}")}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte("{}")},
	}
}

func mustCommit(t testing.TB, s *Store, c storage.Change) {
	t.Helper()
	_, err := s.Commit(t.Context(), c)
	require.NoError(t, err)
}

func mustClaim(t testing.TB, s *Store) storage.Claims {
	t.Helper()
	claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: time.Hour})
	require.NoError(t, err)
	return claims
}

// TestOneRoundTrip counts the messages of calls whose statements the connection
// has seen before.
func TestOneRoundTrip(t *testing.T) {
	t.Parallel()
	s, w := openWired(t, 1)
	at := uint64(0)
	change := func() storage.Change {
		c := changeOf(acme, at)
		at++
		c.Operation, c.Take = fmt.Sprint(at), []string{"key"}
		c.Cancel = []string{"nothing"}
		c.Schedule = []storage.TaskSpec{{ID: fmt.Sprint(at), Kind: "wake", Due: time.Now().Add(-time.Minute)}}
		return c
	}
	var task storage.Task
	for _, call := range []struct {
		name string
		do   func() error
	}{
		{"Commit", func() error { _, err := s.Commit(t.Context(), change()); return err }},
		{"Load", func() error { _, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", Key: "key"}); return err }},
		{"Events", func() error { _, err := s.Events(t.Context(), acme, storage.EventsQuery{}); return err }},
		{"Claim", func() error {
			claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour})
			task = claims.Tasks[0]
			return err
		}},
		{"Claim of nothing", func() error {
			_, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 9, Lease: time.Hour})
			return err
		}},
		{"Claim that looks everywhere", func() error {
			s.hot.floor.whole = time.Time{}
			_, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 9, Lease: time.Hour})
			return err
		}},
		{"Settle", func() error {
			return s.Settle(t.Context(), storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Extend, Delay: time.Hour})
		}},
	} {
		for range 2 { // the first claim is of another kind
			require.NoError(t, call.do(), call.name)
		}
		before := w.sent.Load()
		require.NoError(t, call.do(), call.name)
		assert.EqualValues(t, 1, w.sent.Load()-before, call.name)
	}
}

// TestTogether has every outcome there is in one round trip.
func TestTogether(t *testing.T) {
	t.Parallel()
	s, w := openWired(t, 2)
	in := func(id string) storage.Stream { return storage.Stream{Tenant: "acme", ID: id} }
	for _, id := range []string{"moved", "replays", "keeps", "holds", "fenced", "locked", "held", "b"} {
		c := changeOf(in(id), 0)
		c.Operation = "create"
		if id == "holds" {
			c.Take = []string{"key"}
		}
		if id == "held" {
			c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: time.Now()}}
		}
		mustCommit(t, s, c)
	}
	task := mustClaim(t, s).Tasks[0]
	host, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, host.Rollback(context.Background())) }()
	value[string](t, host, "SELECT id FROM "+quote(s.Schema())+".stream WHERE id = 'locked' FOR UPDATE")

	replay := changeOf(in("replays"), 7)
	replay.Operation = "create"
	fenced := changeOf(in("fenced"), 9)
	fenced.Fence = task.Fence()
	held := changeOf(in("held"), 1)
	held.Fence, held.Cancel = task.Fence(), []string{"wake"}
	kind := changeOf(in("keeps"), 1)
	kind.Snapshot.Kind = "postmortem"
	key := changeOf(in("new"), 0)
	key.Take = []string{"free", "key"}
	outcomes := []struct {
		c     storage.Change
		want  storage.Committed
		again bool
		err   error
	}{
		{c: changeOf(in("a"), 0), want: storage.Committed{Version: 1}},
		{c: changeOf(in("b"), 1), want: storage.Committed{Version: 2}},
		{c: changeOf(in("moved"), 5), err: storage.ErrConflict},
		{c: replay, want: storage.Committed{Version: 1, Replayed: true}},
		{c: fenced, err: storage.ErrFenced},
		{c: held, want: storage.Committed{Version: 2}},
		{c: kind, err: storage.ErrInvalid},
		{c: key, err: storage.ErrKeyTaken},
		{c: changeOf(in("locked"), 1), again: true},
	}
	calls := make([]*call[storage.Change, storage.Committed], len(outcomes))
	for i, o := range outcomes {
		calls[i] = &call[storage.Change, storage.Committed]{in: o.c}
	}
	sorted := slices.Clone(calls)
	require.NoError(t, s.commitTogether(t.Context(), sorted[:1]), "the statement is known from here on")
	sorted[0].in.Expect, sorted[0].in.Events[0].Version, outcomes[0].want.Version = 1, 2, 2
	before := w.sent.Load()
	require.NoError(t, s.commitTogether(t.Context(), sorted))
	assert.EqualValues(t, 1, w.sent.Load()-before, "round trips")
	for i, o := range outcomes {
		assert.Equal(t, o.again, calls[i].again, o.c.Stream.ID)
		assert.Equal(t, o.want, calls[i].out, o.c.Stream.ID)
		require.ErrorIs(t, calls[i].err, o.err, o.c.Stream.ID)
	}
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", Key: "free"})
	require.NoError(t, err)
	assert.Zero(t, head.Version, "of a change that failed at its last key nothing is left")
}

// TestStrangersLock: what waits for a lock that a host's transaction holds keeps
// nobody else waiting, however many there are.
func TestStrangersLock(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	streams := make([]storage.Stream, 40)
	for i := range streams {
		streams[i] = storage.Stream{Tenant: "acme", ID: fmt.Sprintf("inc-%02d", i)}
		mustCommit(t, s, changeOf(streams[i], 0))
	}
	host, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = host.Exec(t.Context(), "SELECT FROM "+quote(s.Schema())+".stream WHERE id < 'inc-20' FOR UPDATE")
	require.NoError(t, err)

	waiting := make(chan error, len(streams))
	free := make(chan error, len(streams))
	for i, st := range streams {
		done := waiting
		if i >= 20 {
			done = free
		}
		go func() {
			_, err := s.Commit(t.Context(), changeOf(st, 1))
			done <- err
		}()
	}
	for range 20 {
		require.NoError(t, <-free)
	}
	assert.Empty(t, waiting, "the others wait")
	require.NoError(t, host.Rollback(t.Context()))
	for range 20 {
		require.NoError(t, <-waiting)
	}
}

// TestPoisonedChange: what the server refuses fails by itself.
func TestPoisonedChange(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	executeAll(t, s.pool, "ALTER TABLE "+quote(s.Schema())+".event ADD CONSTRAINT host_rule CHECK (type <> 'poison')")
	var wg sync.WaitGroup
	errs := make([]error, 30)
	for i := range errs {
		wg.Go(func() {
			c := changeOf(storage.Stream{Tenant: "acme", ID: fmt.Sprint(i)}, 0)
			if i%10 == 0 {
				c.Events[0].Type = "poison"
			}
			_, errs[i] = s.Commit(t.Context(), c)
		})
	}
	wg.Wait()
	for i, err := range errs {
		if i%10 == 0 {
			assert.Equal(t, "23514", sqlState(err), err)
			require.NotErrorIs(t, err, ErrOutcomeUnknown)
		} else {
			require.NoError(t, err)
		}
	}
}

// TestRetries has a trigger fail as a busy server would.
func TestRetries(t *testing.T) {
	t.Parallel()
	for _, code := range []string{serializationFailure, deadlockDetected} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := openTest(t, Options{})
			schema := quote(s.Schema())
			executeAll(t, s.pool, `CREATE SEQUENCE `+schema+`.tries; CREATE TABLE `+schema+`.failures (n bigint);
				INSERT INTO `+schema+`.failures VALUES (2);
				CREATE FUNCTION `+schema+`.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
					IF nextval('`+s.Schema()+`.tries') <= (SELECT n FROM `+schema+`.failures) THEN
						RAISE EXCEPTION 'as if' USING ERRCODE = '`+code+`';
					END IF;
					RETURN NEW;
				END $$;
				CREATE TRIGGER fail BEFORE INSERT ON `+schema+`.event FOR EACH ROW EXECUTE FUNCTION `+schema+`.fail()`)
			mustCommit(t, s, changeOf(acme, 0))
			tries := "SELECT last_value FROM " + schema + ".tries"
			assert.EqualValues(t, 3, value[int64](t, s.pool, tries), "two failures, and the third time it works")

			executeAll(t, s.pool, "UPDATE "+schema+".failures SET n = 1000")
			_, err := s.Commit(t.Context(), changeOf(acme, 1))
			assert.Equal(t, code, sqlState(err))
			require.NotErrorIs(t, err, ErrOutcomeUnknown, "it is known to have failed")
			assert.EqualValues(t, 3+2*attempts, value[int64](t, s.pool, tries), "in company, then alone")
		})
	}
}

// TestTwoReplicas race for streams and keys that are new, in both orders.
func TestTwoReplicas(t *testing.T) {
	t.Parallel()
	a := openTest(t, Options{})
	b := openTest(t, Options{Schema: a.Schema()})
	for round := range 25 {
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			s, keys := a, []string{fmt.Sprint("x", round), fmt.Sprint("y", round)}
			if i%2 == 1 {
				s, keys = b, []string{keys[1], keys[0]}
			}
			wg.Go(func() {
				c := changeOf(storage.Stream{Tenant: "acme", ID: fmt.Sprint(round, "-", i/2)}, 0)
				c.Take = keys
				_, errs[i] = s.Commit(t.Context(), c)
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			if !errors.Is(err, storage.ErrKeyTaken) {
				require.ErrorIs(t, err, storage.ErrConflict)
			}
		}
		assert.Equal(t, 1, won, "winners of round %d: %v", round, errs)
	}
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	s, w := openWired(t, 1)
	c := changeOf(acme, 0)
	c.Operation = "create"
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: time.Now()}}
	require.NoError(t, s.pool.Ping(t.Context()))

	w.fault.Store(cutAfter)
	_, err := s.Commit(t.Context(), c)
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	var lost *LostError
	require.ErrorAs(t, err, &lost)
	assert.Equal(t, "commit", lost.Call)
	require.ErrorIs(t, err, net.ErrClosed, "what happened to the connection")
	out, err := s.Commit(t.Context(), c)
	require.NoError(t, err)
	assert.EqualValues(t, 1, out.Version, "the operation is found, or made")

	w.fault.Store(cutAfter)
	_, err = s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Millisecond})
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	var task storage.Task
	require.Eventually(t, func() bool {
		claims := mustClaim(t, s)
		if len(claims.Tasks) == 1 {
			task = claims.Tasks[0]
		}
		return task.ID != ""
	}, 10*time.Second, time.Millisecond, "what was leased to nobody comes back")

	w.fault.Store(cutAfter)
	settlement := storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Done}
	require.ErrorIs(t, s.Settle(t.Context(), settlement), ErrOutcomeUnknown)

	w.fault.Store(cutAfter)
	_, err = s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: "inc-1"})
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrOutcomeUnknown, "a read has none")

	for range 3 { // what was not sent is sent again
		w.fault.Store(cutBefore)
		mustCommit(t, s, changeOf(acme, out.Version))
		out.Version++
	}
}

// TestEpochsOutliveACrash: an epoch that was given out is never given again, also
// by a server that lost all that it had not written down.
func TestEpochsOutliveACrash(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(t.Context(), pgtest.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	s := openTest(t, Options{URL: server.URL("postgres"), Schema: "crash"})
	c := changeOf(acme, 0)
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: time.Now()}}
	mustCommit(t, s, c)
	last := uint64(0)
	for range 3 {
		task := mustClaim(t, s).Tasks[0]
		assert.Greater(t, task.Epoch, last)
		last = task.Epoch
		require.NoError(t, server.Crash(t.Context()))
		require.NoError(t, server.Restart(t.Context()))
		s.pool.Reset()
		require.NoError(t, s.Settle(t.Context(), storage.Settlement{
			Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Retry,
		}), "the claim outlived it, too")
	}
}

// TestStrangersLockAlone: what has to be made alone does not wait behind what waits
// for a stranger's lock.
func TestStrangersLockAlone(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{URL: testURL() + "&pool_max_conns=4"})
	mustCommit(t, s, changeOf(acme, 0))
	host := begin(t, newPool(t, testURL()), pgx.TxOptions{})
	_, err := host.Exec(t.Context(), "SELECT FROM "+quote(s.Schema())+".stream FOR UPDATE")
	require.NoError(t, err)
	waiting := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), changeOf(acme, 1))
		waiting <- err
	}()
	require.Eventually(t, func() bool { return len(s.hot.commits.loneLanes) > 0 }, 10*time.Second, time.Millisecond)

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stale := storage.Fence{Task: "gone", Epoch: 1}
	require.ErrorIs(t, s.Settle(ctx, storage.Settlement{Stream: acme, Fence: stale, Outcome: storage.Done}), storage.ErrFenced)
	require.NoError(t, host.Rollback(t.Context()))
	require.NoError(t, <-waiting)
}
