package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// BenchmarkPickup is how late a task is taken up that became due, while 100,000
// others wait: by Engine.Run, which sleeps until then, and by River with its
// defaults. What is printed as ns/op is the median.
func BenchmarkPickup(b *testing.B) {
	waiting := size(b, 100_000)
	b.Run("engine", func(b *testing.B) {
		to := newDatabase(b)
		store := openStore(b, to, 8)
		addWaiting(b, openPool(b, to, 1), waiting)
		late := newLateness()
		stop, streams := runEngine(b, &watched{Store: store, late: late}, pickups())
		b.ResetTimer()
		for range b.N {
			for i, st := range streams {
				must(b, schedule(store, st, dueSoon(i)))
			}
			late.await(len(streams))
		}
		b.StopTimer()
		stop()
		late.report(b)
	})
	b.Run("baseline_river_defaults", func(b *testing.B) {
		pool := openPlainPool(b, newDatabase(b), 8)
		migrateRiver(b, pool)
		addScheduledJobs(b, pool, waiting)
		late := newLateness()
		stop := startRiver(b, pool, riverDefaults(), func(job *rivertype.JobRow) { late.since(job.ScheduledAt) })
		b.ResetTimer()
		for range b.N {
			insertJobs(b, pool, pickups(), dueSoon)
			late.await(pickups())
		}
		b.StopTimer()
		stop()
		late.report(b)
	})
}

// pickups is how many tasks are waited for at a time.
func pickups() int {
	if testing.Short() {
		return 2
	}
	return 200
}

// dueSoon is when the i-th of them is due: later than any poll, and one after the
// other.
func dueSoon(i int) time.Time {
	return time.Now().Add(1500*time.Millisecond + time.Duration(i)*10*time.Millisecond + rand.N(10*time.Millisecond))
}

// lateness gathers how late things were.
type lateness struct {
	mu   sync.Mutex
	all  []time.Duration
	more chan struct{}
}

func newLateness() *lateness { return &lateness{more: make(chan struct{}, 10_000)} }

func (l *lateness) since(due time.Time) {
	late := time.Since(due)
	l.mu.Lock()
	l.all = append(l.all, late)
	l.mu.Unlock()
	l.more <- struct{}{}
}

// await waits for n more.
func (l *lateness) await(n int) {
	for range n {
		<-l.more
	}
}

func (l *lateness) report(b *testing.B) {
	b.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.all)
	at := func(quantile float64) time.Duration { return l.all[int(quantile*float64(len(l.all)-1))] }
	b.ReportMetric(float64(at(0.5)), "ns/op")
	b.ReportMetric(at(0.5).Seconds()*1e3, "p50-ms")
	b.ReportMetric(at(0.99).Seconds()*1e3, "p99-ms")
}

// watched notes how late tasks were when a claim handed them out.
type watched struct {
	storage.Store
	late *lateness
}

// Claim implements storage.Store.
func (w *watched) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	claims, err := w.Store.Claim(ctx, q)
	for _, t := range claims.Tasks {
		if string(t.Payload) == awaited {
			w.late.since(t.Due)
		}
	}
	return claims, err
}

// awaited is the payload of the wake-ups that are measured.
const awaited = "awaited"

func schedule(s storage.Store, st storage.Stream, due time.Time) error {
	head, err := s.Load(context.Background(), storage.Ref{Tenant: st.Tenant, ID: st.ID})
	if err != nil {
		return err
	}
	_, err = s.Commit(context.Background(), storage.Change{
		Stream: st, Expect: head.Version,
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: due, Payload: []byte(awaited)}},
	})
	return err
}

const plan = `{
	"format": "incidentkit/plan/v1", "name": "Bench",
	"severities": [{"id": "SEV3", "name": "Minor"}],
	"people": [{"id": "ana", "contacts": [{"channel": "push", "to": "phone"}]}],
	"policies": [{"id": "main", "steps": [{"targets": [{"type": "person", "id": "ana"}], "wait": "5m"}]}],
	"default_policy": "main",
	"last_resort": {"person": "ana"}
}`

type silent struct{}

// Notify implements comms.Notifier.
func (silent) Notify(context.Context, comms.Message) (comms.Receipt, error) {
	return comms.Receipt{ID: "ok"}, nil
}

// runEngine starts an engine that has incidents which nobody needs to look at, and
// returns what stops it.
func runEngine(b *testing.B, s storage.Store, incidents int) (stop func(), streams []storage.Stream) {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	engine, err := incidentkit.New(incidentkit.Config{Store: s, Notifiers: map[string]comms.Notifier{"push": silent{}}})
	must(b, err)
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	_, err = engine.SavePlan(ctx, tenant, ana, []byte(plan))
	must(b, err)
	for range incidents {
		in, err := engine.Do(ctx, incident.Command{
			Tenant: tenant, Actor: ana, Action: incident.Open{Title: "A drill", Severity: "SEV3", Declare: true},
		})
		must(b, err)
		_, err = engine.Do(ctx, incident.Command{Tenant: tenant, Incident: in.ID, Actor: ana, Action: incident.Acknowledge{}})
		must(b, err)
		streams = append(streams, storage.Stream{Tenant: tenant, ID: string(in.ID)})
	}
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	return func() {
		cancel()
		must(b, <-ended)
	}, streams
}
