package histories

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/sqlite"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// side is one of the stores that are compared.
type side struct {
	name  string
	store storage.Store
	clock *storagetest.Clock // nil: the store has a clock of its own

	base   time.Time             // what the instants of a run are told from
	claims []storage.Task        // that this store handed out, in the order of all sides
	epochs map[storedTask]uint64 // the latest of each task
}

type storedTask struct {
	stream storage.Stream
	id     string
}

// TestSame: the same calls, good and bad, are answered alike by every store.
//
// Instants are the one thing that cannot be the same. All that a run asks for
// lie hours apart, so in the answers they are told to the hour.
func TestSame(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock(noon)
	file, err := sqlite.Open(context.Background(), sqlite.Options{
		Path: filepath.Join(t.TempDir(), "incidents.db"), Clock: clock.Now,
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	sides := []*side{
		{name: "memory", store: memory.New(memory.Options{Clock: clock.Now}), clock: clock},
		{name: "sqlite", store: file, clock: clock},
		{name: "postgres", store: inPostgres(t, 1, "synchronous_commit", "off")[0]},
	}
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++ // tenants of their own, so that no run sees another's
		if why := compare(t, sides, runs); why != "" {
			t.Fatal(why)
		}
	})
}

// compare makes one run, and says where the sides differ; empty: nowhere.
func compare(t *rapid.T, sides []*side, number int) string {
	r := &run{T: t, sides: sides, prefix: fmt.Sprintf("run %06d ", number), versions: map[storage.Stream]uint64{}}
	r.setOut()
	defer r.tidy()
	for range rapid.IntRange(1, 25).Draw(t, "steps") {
		if r.step(); r.difference != "" {
			return r.difference
		}
	}
	r.compareAll()
	return r.difference
}

// TestSameBites: the comparison finds every fault that shows where calls are made
// one after the other.
func TestSameBites(t *testing.T) {
	t.Parallel()
	for _, f := range slices.Concat(commitFaults, taskFaults) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			clock := storagetest.NewClock(noon)
			sound := memory.New(memory.Options{Clock: clock.Now})
			sides := []*side{
				{name: "sound", store: sound, clock: clock},
				{name: "faulty", store: f.hooks.wreck(memory.New(memory.Options{Clock: clock.Now}), 1), clock: clock},
			}
			runs := 0
			for found := ""; found == ""; runs++ {
				require.Less(t, runs, 1000, "it went unnoticed")
				found = rapid.Custom(func(t *rapid.T) string { return compare(t, sides, runs) }).Example(runs)
			}
			t.Logf("found in run %d", runs)
		})
	}
}

// run is one sequence of calls.
type run struct {
	*rapid.T
	sides    []*side
	prefix   string
	versions map[storage.Stream]uint64
	last     storage.Stream
	cursors  []string
	claimed  int // tasks that were handed out

	difference string // the first
}

// ask makes one call of every store and compares the answers.
func (r *run) ask(what string, call func(s *side) string) {
	answers := make([]string, len(r.sides))
	for i, s := range r.sides {
		answers[i] = call(s)
	}
	r.Logf("%s: %s", what, answers[0])
	for i, s := range r.sides {
		if answers[i] != answers[0] {
			r.difference = cmp.Or(r.difference, fmt.Sprintf("%s\n%-10s %s\n%-10s %s", what, r.sides[0].name, answers[0], s.name, answers[i]))
		}
	}
	r.pass(time.Millisecond)
}

// setOut agrees on the time.
func (r *run) setOut() {
	now := r.sides[len(r.sides)-1].now(r)
	for _, s := range r.sides {
		s.base, s.claims, s.epochs = now, nil, map[storedTask]uint64{}
	}
	r.sides[0].clock.Advance(now.Sub(r.sides[0].clock.Now()))
}

// pass lets a moment pass on every clock.
func (r *run) pass(d time.Duration) {
	r.sides[0].clock.Advance(d)
	for _, s := range r.sides {
		if s.clock != nil || d <= time.Millisecond { // no two calls fall into one microsecond of a server
			continue
		}
		for until := s.now(r).Add(d); s.now(r).Before(until); {
			<-time.After(time.Millisecond)
		}
	}
}

func (s *side) now(r *run) time.Time {
	head, err := s.store.Load(context.Background(), storage.Ref{Tenant: "nobody", ID: "nothing"})
	require.NoError(r, err, s.name)
	return head.Now
}

// tidy cancels what is left, so that no later run is handed it.
func (r *run) tidy() {
	for st := range r.versions {
		for _, s := range r.sides {
			head, err := s.store.Load(context.Background(), storage.Ref{Tenant: st.Tenant, ID: st.ID})
			require.NoError(r, err, s.name)
			if head.Version == 0 {
				continue
			}
			_, err = s.store.Commit(context.Background(), storage.Change{Stream: st, Expect: head.Version, Cancel: taskIDs})
			require.NoError(r, err, s.name)
		}
	}
}

// compareAll reads everything there is.
func (r *run) compareAll() {
	for st := range r.versions {
		r.load(storage.Ref{Tenant: st.Tenant, ID: st.ID})
		r.events(st, storage.EventsQuery{})
	}
	for _, tenant := range tenantIDs {
		tenant = r.prefix + tenant
		for _, key := range keyIDs {
			r.load(storage.Ref{Tenant: tenant, Key: key})
		}
		for _, kind := range kinds {
			r.list(storage.ListQuery{Tenant: tenant, Kind: kind})
		}
	}
	r.claim(storage.ClaimQuery{Worker: "last", Limit: storage.MaxClaim, Lease: 10 * time.Hour})
}

func (r *run) load(ref storage.Ref) {
	r.ask(fmt.Sprintf("Load %+q", ref), func(s *side) string {
		head, err := s.store.Load(context.Background(), ref)
		return s.head(head) + told(err)
	})
}

func (r *run) events(st storage.Stream, q storage.EventsQuery) {
	r.ask(fmt.Sprintf("Events %q %+v", st, q), func(s *side) string {
		events, err := s.store.Events(context.Background(), st, q)
		var b strings.Builder
		for _, e := range events {
			fmt.Fprintf(&b, "%d %q at %s %q; ", e.Version, e.Type, e.RecordedAt, e.Data)
		}
		return b.String() + told(err)
	})
}

func (r *run) list(q storage.ListQuery) {
	r.ask(fmt.Sprintf("List %+v", q), func(s *side) string {
		page, err := s.store.List(context.Background(), q)
		var b strings.Builder
		for _, head := range page.Heads {
			b.WriteString(s.head(head) + "; ")
		}
		if page.Next != "" && s == r.sides[0] {
			r.cursors = append(r.cursors, page.Next)
		}
		return b.String() + "next " + page.Next + told(err)
	})
}

func (r *run) tenants(after string, limit int) {
	r.ask(fmt.Sprintf("Tenants %q %d", after, limit), func(s *side) string {
		tenants, err := s.store.(storage.TenantLister).Tenants(context.Background(), after, limit)
		return fmt.Sprintf("%q%s", tenants, told(err))
	})
}

func (r *run) claim(q storage.ClaimQuery) {
	r.ask(fmt.Sprintf("Claim %+v", q), func(s *side) string {
		claims, err := s.store.Claim(context.Background(), q)
		s.claims = append(s.claims, claims.Tasks...)
		r.claimed = len(s.claims)
		return s.handed(claims) + told(err)
	})
	if q.Lease < time.Hour {
		r.pass(5 * time.Millisecond)
	}
}
