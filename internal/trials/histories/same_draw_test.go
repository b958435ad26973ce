package histories

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/storage"
)

// Names that sort differently where somebody compares them by a language's rules.
var (
	tenantIDs = []string{"acme", "Acme", "ácme"}
	streamIDs = []string{"b", "B", "_a", "日本"}
	taskIDs   = []string{"wake", "Wake", "-x"}
	keyIDs    = []string{"k", "K", "k\u0301"}
	kinds     = []string{"incident", "run"}
	statuses  = []string{"open", "Open", "closed"}
	opIDs     = []string{"1", "2", "3"}
)

// badNames are refused wherever a name is asked for; the empty one, where one is
// required.
var badNames = []string{"", "\xff", "a\x00b", strings.Repeat("é", storage.MaxNameLen/2+1)}

func (r *run) pick(what string, from []string) string { return rapid.SampledFrom(from).Draw(r.T, what) }

// seldom is true once in n times, and false where a failure is shrunk.
func (r *run) seldom(what string, n int) bool { return rapid.IntRange(0, n-1).Draw(r.T, what) == n-1 }

func (r *run) number(what string, low, high int) int {
	return rapid.IntRange(low, high).Draw(r.T, what)
}

func (r *run) some(what string, from []string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 0, 2, rapid.ID[string]).Draw(r.T, what)
}

// hours are tens of hours: less than none lie in the past.
func (r *run) hours(what string, low, high int) time.Duration {
	return time.Duration(10*r.number(what, low, high)) * time.Hour
}

// name is one of some, or now and then a bad one.
func (r *run) name(what string, from []string) string {
	if r.seldom("bad "+what, 40) {
		return r.pick("a bad "+what, badNames)
	}
	return r.pick(what, from)
}

func (r *run) tenant() string {
	tenant := r.name("tenant", tenantIDs)
	if slices.Contains(tenantIDs, tenant) {
		return r.prefix + tenant
	}
	return tenant // a bad one
}

// stream is often the one that the last call was about.
func (r *run) stream() storage.Stream {
	if r.last.ID == "" || !r.seldom("same stream", 2) {
		r.last = storage.Stream{Tenant: r.tenant(), ID: r.name("stream", streamIDs)}
	}
	return r.last
}

// step makes one call.
func (r *run) step() {
	switch n := r.number("call", 0, 19); {
	case n < 8:
		r.drawCommit()
	case n < 11:
		r.drawClaim()
	case n < 14:
		r.drawSettle()
	case n < 16:
		r.drawLoad()
	case n < 17:
		r.events(r.stream(), storage.EventsQuery{After: uint64(r.number("after", 0, 6)), Limit: r.number("limit", -1, 3)})
	case n < 19:
		r.drawList()
	default:
		r.tenants(r.pick("after", []string{r.prefix, r.prefix + tenantIDs[0], r.prefix + tenantIDs[1], "\xff"}), r.number("limit", 0, 3))
	}
}

func (r *run) drawCommit() {
	c := storage.Change{Stream: r.stream()}
	fence := r.drawFence()
	if fence.claim >= 0 { // a store may use one epoch for several streams, so it says nothing to another
		c.Stream = r.sides[0].claims[fence.claim].Stream
	}
	c.Expect = r.versions[c.Stream]
	if r.seldom("stale", 8) {
		c.Expect = uint64(r.number("expect", 0, 5))
	}
	for range r.number("events", 0, 2) {
		c.Events = append(c.Events, r.event(c.Expect+uint64(len(c.Events))+1))
	}
	if len(c.Events) > 0 || r.seldom("snapshot alone", 3) {
		// A kind is mostly its stream's, which keeps it.
		kind := kinds[len(c.Stream.ID)%len(kinds)]
		if r.seldom("other kind", 15) {
			kind = r.name("kind", kinds)
		}
		c.Snapshot = storage.Snapshot{Kind: kind, Status: r.name("status", statuses), Data: r.data("snapshot")}
	}
	if r.seldom("operation", 3) {
		c.Operation = r.name("operation id", opIDs)
	}
	c.Cancel, c.Release, c.Take = r.some("cancel", taskIDs), r.some("release", keyIDs), r.some("take", keyIDs)
	if r.seldom("bad list", 30) {
		c.Take = append(c.Take, r.pick("bad key", badNames))
	}
	var dues []time.Duration
	for range r.number("tasks", 0, 2) {
		c.Schedule = append(c.Schedule, storage.TaskSpec{
			ID: r.name("task", taskIDs), Kind: r.name("kind of task", []string{"wake", "deliver"}), Payload: r.data("payload"),
		})
		dues = append(dues, r.hours("due", -4, 2))
	}
	endless := r.seldom("bad due", 40)

	what := fmt.Sprintf("Commit %+v, due %v, fence %v", c, dues, fence)
	r.ask(what, func(s *side) string {
		change := c
		change.Schedule = nil
		for i, spec := range c.Schedule {
			spec.Due = s.base.Add(dues[i])
			if endless {
				spec.Due = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
			}
			change.Schedule = append(change.Schedule, spec)
		}
		change.Fence = fence.of(s)
		out, err := s.store.Commit(context.Background(), change)
		if err == nil && !out.Replayed {
			r.versions[c.Stream] = out.Version
		}
		return fmt.Sprintf("%+v%s", out, told(err))
	})
}

func (r *run) event(version uint64) storage.Event {
	e := storage.Event{
		Version: version, Type: r.name("type", []string{"opened", "acknowledged"}),
		RecordedAt: noon.Add(time.Duration(r.number("recorded at", -1000, 1000)) * time.Microsecond), Data: r.data("event"),
	}
	switch r.number("bad event", 0, 60) {
	case 58:
		e.Version++
	case 59:
		e.RecordedAt = time.Time{}
	case 60:
		e.Data = nil
	}
	return e
}

func (r *run) data(what string) []byte {
	if r.seldom("no "+what, 20) {
		return nil
	}
	return rapid.SliceOfN(rapid.Byte(), 1, 12).Draw(r.T, what)
}

// fenceOn is the proof of a claim that was made before, or of none.
type fenceOn struct {
	claim int // -1: no fence at all
	wild  bool
}

func (r *run) drawFence() fenceOn {
	if r.claimed == 0 || !r.seldom("fence", 3) {
		return fenceOn{claim: -1}
	}
	return fenceOn{claim: r.number("claim", 0, r.claimed-1), wild: r.seldom("wild epoch", 15)}
}

// of is the fence in one store, which has epochs of its own.
func (f fenceOn) of(s *side) *storage.Fence {
	if f.claim < 0 {
		return nil
	}
	fence := s.claims[f.claim].Fence()
	if f.wild {
		fence.Epoch = math.MaxUint64
	}
	return fence
}

func (r *run) drawClaim() {
	q := storage.ClaimQuery{
		Worker: r.name("worker", []string{"w"}), Limit: r.number("limit", 0, 4), Lease: r.hours("lease", 1, 3),
		Except: r.some("except", []string{r.prefix + tenantIDs[0], r.prefix + tenantIDs[1]}),
	}
	switch r.number("lease", 0, 9) {
	case 7, 8:
		q.Lease = time.Millisecond // and it is over
	case 9:
		q.Lease = time.Microsecond // which is refused
	}
	r.claim(q)
}

func (r *run) drawSettle() {
	if r.claimed == 0 {
		return
	}
	f := fenceOn{claim: max(0, r.claimed-1-r.number("claim before last", 0, 5)), wild: r.seldom("wild epoch", 15)}
	outcome := storage.Outcome(r.number("outcome", 0, 4))
	delay := r.hours("delay", -1, 3)
	r.ask(fmt.Sprintf("Settle claim %+v as %s after %s", f, outcome, delay), func(s *side) string {
		return told(s.store.Settle(context.Background(), storage.Settlement{
			Stream: s.claims[f.claim].Stream, Fence: *f.of(s), Outcome: outcome, Delay: delay,
		}))
	})
}

func (r *run) drawLoad() {
	ref := storage.Ref{Tenant: r.tenant()}
	if kind := r.number("by", 0, 20); kind > 8 {
		ref.Key = r.name("key", keyIDs)
	} else if ref.ID = r.name("stream", streamIDs); kind == 0 {
		ref.Key = "both"
	}
	r.load(ref)
}

func (r *run) drawList() {
	q := storage.ListQuery{
		Tenant: r.tenant(), Kind: r.name("kind", kinds), Statuses: r.some("statuses", statuses),
		Reverse: rapid.Bool().Draw(r.T, "reverse"), Limit: r.number("limit", -1, 3),
	}
	switch n := r.number("cursor", 0, 9); {
	case n > 8:
		q.Cursor = r.pick("bad cursor", []string{"x", "Pg", "PA", "Pg==", "\xff"})
	case n > 4 && len(r.cursors) > 0:
		q.Cursor = r.pick("cursor", r.cursors)
	}
	if r.seldom("many statuses", 40) {
		q.Statuses = make([]string, storage.MaxStatuses+1)
	}
	r.list(q)
}
