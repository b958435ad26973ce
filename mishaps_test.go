package incidentkit_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// failUntil makes every channel fail until some time after the night began.
func (b *bench) failUntil(d time.Duration, failure error) {
	b.sent.answer = func(context.Context, comms.Message) error {
		if b.clock.Now().Before(night.Add(d)) {
			return failure
		}
		return nil
	}
}

// delivered returns to whom pages were delivered.
func delivered(in incident.Incident) []string {
	var out []string
	for _, p := range in.Pages {
		if p.State == incident.Delivered {
			out = append(out, p.Person)
		}
	}
	return out
}

// When all channels are down for a while, everybody who was to be paged is, as
// soon as they are back.
func TestOutageOfAllChannels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		failure error
		lasts   time.Duration
		reaches []string
	}{
		{"for half a minute", comms.Temporary(errDown, 0), 30 * time.Second, []string{"ana", "ben", "chris"}},
		{"for three hours", comms.Temporary(errDown, 0), 3 * time.Hour, []string{"ana", "ben", "chris"}},
		{"with long waits asked for", comms.Temporary(errDown, time.Minute), 20 * time.Minute, []string{"ana", "ben", "chris"}},
		{"without answers", errDown, 30 * time.Second, []string{"ana", "ben"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.failUntil(tt.lasts, tt.failure)
			in := b.open(incident.Open{})
			b.until(tt.lasts - time.Second)
			assert.Empty(t, delivered(b.get(in.ID)))
			b.until(6 * time.Minute)
			if tt.failure != errDown { //nolint:errorlint // the same value
				assert.ElementsMatch(t, tt.reaches, delivered(b.get(in.ID)), "nobody gets all the pages that have piled up")
			}
			b.until(time.Hour)
			in = b.get(in.ID)
			assert.Subset(t, delivered(in), tt.reaches, strings.Join(b.story(in.ID), "\n"))
			assert.Less(t, in.Version, uint64(1000), "the record does not grow without bound")
			b.do(in.ID, ana, incident.Acknowledge{})
			for _, p := range b.get(in.ID).Pages {
				assert.NotEqual(t, incident.Pending, p.State)
			}
		})
	}
}

func TestStalledPageDoesNotHoldUpTheEscalation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ana" && b.clock.Now().Before(night.Add(time.Minute)) {
			return comms.Temporary(errDown, 0)
		}
		return nil
	}
	in := b.open(incident.Open{})
	b.until(3 * time.Minute)
	b.tells(in.ID,
		"15s Page 1.1.1.ana cannot be delivered for now; the escalation goes on",
		"15s To page ben: policy main of plan version 1, step 2 of 2, because no page of step 1 could be delivered",
		"15s Page 1.1.2.ben delivered",
		"Page 1.1.1.ana delivered by sms",
	)
}

// TestPageIsHandedBackForAnEngineWithTheChannel: while a release with a new channel is
// rolled out, an old engine that is faster to claim does not keep a page back. Where
// no engine has the channel, it is looked at less and less often.
func TestPageIsHandedBackForAnEngineWithTheChannel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.another(func(c *incidentkit.Config) { c.Notifiers = map[string]comms.Notifier{"fax": b.sent} })
	in := b.open(incident.Open{})
	claims := func(d time.Duration) (n int) {
		t.Helper()
		for end := b.clock.Now().Add(d); b.clock.Now().Before(end); b.clock.Advance(100 * time.Millisecond) {
			report, err := old.Step(t.Context())
			require.NoError(t, err)
			n += report.Claimed
		}
		return n
	}
	assert.Positive(t, claims(100*time.Millisecond))
	b.tells(in.ID, "Page 1.1.1.ana cannot be delivered for now", "there is no notifier for some contact methods (there are: fax)")
	b.clock.Advance(1200 * time.Millisecond)
	b.settle()
	assert.Contains(t, b.pages(), "ana push")

	another := b.open(incident.Open{})
	assert.GreaterOrEqual(t, claims(20*time.Second), 10)
	claims(30 * time.Minute) // until the policy has come to its end
	stalled := 0
	for _, p := range slices.Concat(b.get(in.ID).Pages, b.get(another.ID).Pages) {
		if p.State == incident.Pending && p.Stalled {
			stalled++
		}
	}
	require.Positive(t, stalled)
	assert.LessOrEqual(t, claims(time.Minute), 12*stalled+2, "each page every five seconds, and an alarm")
}

func TestDirectoryThatHangsFailsOrPanics(t *testing.T) {
	t.Parallel()
	for name, person := range map[string]lookup{
		"hangs": func(ctx context.Context, _ string) (plan.Person, error) {
			<-ctx.Done()
			return plan.Person{}, ctx.Err()
		},
		"ignores its context": func(context.Context, string) (plan.Person, error) { select {} },
		"fails":               func(context.Context, string) (plan.Person, error) { return plan.Person{}, errDown },
		"panics":              func(context.Context, string) (plan.Person, error) { panic("bug") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *incidentkit.Config) { c.Directory, c.Lease = person, time.Second })
			receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
			require.NoError(t, err)
			b.settle()
			assert.Equal(t, []string{"ana push"}, b.pages(), "the people in the plan are used instead")
			b.get(receipts[0].Incident)
		})
	}
}

func TestDirectoryThatCannotTellAboutOnePerson(t *testing.T) {
	t.Parallel()
	bad := "ana"
	b := newBench(t, func(c *incidentkit.Config) {
		c.Directory = lookup(func(_ context.Context, id string) (plan.Person, error) {
			if id == bad {
				return plan.Person{}, errDown
			}
			return plan.Person{ID: id, Contacts: []plan.Contact{{Channel: "sms", To: id}}}, nil
		})
	})
	b.save(replan(t, func(doc map[string]any) { delete(doc, "people") }))
	receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
	require.NoError(t, err)
	b.settle()
	assert.Equal(t, []string{"ben sms"}, b.pages())
	b.tells(receipts[0].Incident, "Page 1.1.1.ana cannot be delivered for now; the escalation goes on: directory: person ana", "because no page of step 1 could be delivered")
	bad = ""
	b.until(time.Minute)
	assert.Contains(t, b.pages(), "ana sms", "as soon as it can tell")
}

// lookup is a directory that is a function.
type lookup func(context.Context, string) (plan.Person, error)

func (f lookup) Person(ctx context.Context, _, id string) (plan.Person, error) { return f(ctx, id) }

func TestPageThatIsHandedOnAndBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.save(replan(t, func(doc map[string]any) {
		doc["schedules"].([]any)[0].(map[string]any)["overrides"] = []any{map[string]any{
			"id": "o", "start": "2026-03-02T02:00:00Z", "end": "2026-03-02T05:00:00Z", "person": "ben",
		}}
	}))
	_, err := b.Step(t.Context()) // from ana to ben
	require.NoError(t, err)
	b.save(team)
	b.settle()
	assert.NotEmpty(t, b.pages())
	b.get(in.ID)
}

// hooked is a store in which something else happens just before a commit.
type hooked struct {
	storage.Store
	before func()
}

func (h *hooked) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if f := h.before; f != nil {
		h.before = nil
		f()
	}
	return h.Store.Commit(ctx, c)
}

func TestTwoMergesIntoEachOther(t *testing.T) {
	t.Parallel()
	for commit := range 3 { // the other merge comes before the first, second, third commit of this one
		b := newBench(t)
		x, y := b.open(incident.Open{}), b.open(incident.Open{})
		h := &hooked{Store: b.store}
		other := b.another(func(c *incidentkit.Config) { c.Store = h })
		merge := func() {
			_, _ = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: y.ID, Actor: ben, Action: incident.Merge{Into: x.ID}})
		}
		wait := commit
		var arm func()
		arm = func() {
			if wait == 0 {
				merge()
				return
			}
			wait--
			h.before = arm
		}
		h.before = arm
		_, _ = other.Do(t.Context(), incident.Command{Tenant: acme, Incident: x.ID, Actor: ana, Action: incident.Merge{Into: y.ID}})
		open := 0
		for _, id := range []incident.ID{x.ID, y.ID} {
			if b.get(id).Status.Open() {
				open++
			}
		}
		assert.GreaterOrEqual(t, open, 1, "commit %d: one of them goes on", commit)
		b.settle()
		assert.NotEmpty(t, b.pages())
	}
}

func TestLongChainOfMerges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	last := b.open(incident.Open{DedupKeys: []string{"k"}})
	for range 30 {
		next := b.open(incident.Open{})
		b.do(last.ID, ana, incident.Merge{Into: next.ID})
		last = next
	}
	receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
	require.NoError(t, err)
	assert.Equal(t, last.ID, receipts[0].Incident)
}

func TestKeyOfAMergedIncidentIsFreeOnceTheOtherIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	x := b.open(incident.Open{DedupKeys: []string{"k"}})
	b.do(x.ID, ana, incident.Resolve{})
	y := b.open(incident.Open{DedupKeys: []string{"k"}})
	z := b.open(incident.Open{})
	b.do(y.ID, ana, incident.Merge{Into: z.ID})
	reopen := incident.Command{Tenant: acme, Incident: x.ID, Actor: ana, Action: incident.Reopen{Reason: "it is back"}}
	_, err := b.Do(t.Context(), reopen)
	require.ErrorIs(t, err, storage.ErrKeyTaken)
	b.do(z.ID, ana, incident.Resolve{})
	_, err = b.Do(t.Context(), reopen)
	require.NoError(t, err)
}

func TestAlertThatFiresAnew(t *testing.T) {
	t.Parallel()
	minor := func(a *incident.Alert) { a.Labels = map[string]string{"severity": "minor"} }
	anew := func(b *bench) func(*incident.Alert) {
		return func(a *incident.Alert) { a.StartsAt = b.clock.Now() }
	}
	for _, tt := range []struct {
		name  string
		first func(*incident.Alert)
		then  func(*bench, incident.ID)
		pages []string // after the alert fires anew
		check func(*testing.T, incident.Incident)
	}{
		{"while people are at it", nil, func(b *bench, id incident.ID) { b.do(id, ana, incident.Acknowledge{}) }, nil, func(*testing.T, incident.Incident) {}},
		{"while it is mitigated", nil, func(b *bench, id incident.ID) {
			b.do(id, ana, incident.Acknowledge{})
			b.do(id, ana, incident.Mitigate{})
		}, []string{"ana push"}, func(t *testing.T, in incident.Incident) {
			assert.Equal(t, incident.Active, in.Status)
			assert.Equal(t, 1, in.Reopened)
		}},
		{"when nobody has answered", nil, func(b *bench, _ incident.ID) { b.until(2 * time.Hour) }, []string{"ana push"}, func(*testing.T, incident.Incident) {}},
		{"and is worse than what was answered", minor, func(b *bench, id incident.ID) { b.do(id, ana, incident.Acknowledge{}) }, []string{"ana push"},
			func(t *testing.T, in incident.Incident) { assert.Equal(t, "SEV1", in.Severity) }},
		{"and is worse, but a human has set the severity", minor, func(b *bench, id incident.ID) {
			b.do(id, ana, incident.Acknowledge{})
			b.do(id, ana, incident.SetSeverity{Severity: "SEV3"})
		}, nil, func(t *testing.T, in incident.Incident) { assert.Equal(t, "SEV3", in.Severity) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			first := alert("k")
			if tt.first != nil {
				tt.first(&first)
			}
			receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{first})
			require.NoError(t, err)
			id := receipts[0].Incident
			b.settle()
			tt.then(b, id)
			before := len(b.pages())
			b.clock.Advance(time.Hour)
			receipts, err = b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k", anew(b))})
			require.NoError(t, err)
			require.Equal(t, incident.Attached, receipts[0].Action)
			b.settle()
			assert.ElementsMatch(t, tt.pages, b.pages()[before:])
			tt.check(t, b.get(id))
		})
	}
}

func TestEscalateAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ben, incident.Escalate{Reason: "ana is asleep"})
	b.settle()
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	b.tells(in.ID, "Escalated anew: ana is asleep", "Escalation 1 stopped: the incident is escalated anew", "Escalation 2 started", "To page ana")
	b.do(in.ID, ana, incident.Acknowledge{})
	b.until(24 * time.Hour)
	assert.Len(t, b.pages(), 2)
	b.get(in.ID)
}

func TestDrillsAndRetrospectivesTakeNoAlerts(t *testing.T) {
	t.Parallel()
	for _, kind := range []incident.Kind{incident.Drill, incident.Retrospective} {
		b := newBench(t)
		other := b.open(incident.Open{Kind: kind, StartedAt: night.Add(-48 * time.Hour), DedupKeys: []string{"k"}})
		receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
		require.NoError(t, err)
		assert.NotEqual(t, other.ID, receipts[0].Incident)
	}
}

// A worker that is told nothing of its own commit does not take it for another's.
func TestLostAnswerOfTheRecordOfAnAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	store := &forgetful{Store: b.store, told: map[uint64]bool{}}
	engine := b.another(func(c *incidentkit.Config) { c.Store = store })
	_, err := engine.Step(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"ana push"}, b.pages())
	assert.False(t, b.sent.messages()[0].PossibleDuplicate)
	assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
}

// forgetful loses the first answer to every commit of a delivery.
type forgetful struct {
	storage.Store
	told map[uint64]bool // versions
}

func (f *forgetful) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	done, err := f.Store.Commit(ctx, c)
	if err == nil && c.Fence != nil && !f.told[done.Version] {
		f.told[done.Version] = true
		return storage.Committed{}, errMute
	}
	return done, err
}

func TestEngineWithoutTheChannelLeavesThePageToOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.open(incident.Open{})
	old := b.another(func(c *incidentkit.Config) { c.Notifiers = map[string]comms.Notifier{"fax": b.sent} })
	for range 20 {
		_, err := old.Step(t.Context())
		require.NoError(t, err)
	}
	b.until(time.Hour)
	assert.Subset(t, b.pages(), []string{"ana push", "ben sms"})
}

func TestLateTogetherAndUndeliverable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		step := func(id, wait string) any {
			return map[string]any{"targets": []any{map[string]any{"type": "person", "id": id}}, "wait": wait}
		}
		policy := doc["policies"].([]any)[0].(map[string]any)
		policy["steps"] = []any{step("ben", "5m"), step("ana", "5m"), step("ana", "2h"), step("chris", "5m")}
		policy["repeat"] = 0
	}))
	b.open(incident.Open{})
	b.settle()
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ana" {
			return comms.Permanent(errDown)
		}
		return nil
	}
	b.clock.Advance(11 * time.Minute)
	b.until(time.Minute)
	assert.Contains(t, b.pages(), "chris sms")
}

func TestRepeatedOpenAnswersAsBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	cmd := incident.Command{Tenant: acme, Operation: "op", Actor: ana, Action: incident.Open{
		Declare: true, Title: "x", Severity: "SEV1", Components: []string{"checkout"},
	}}
	first, err := b.Do(t.Context(), cmd)
	require.NoError(t, err)
	b.save(replan(t, func(doc map[string]any) {
		delete(doc, "components")
		delete(doc, "routes")
	}))
	again, err := b.Do(t.Context(), cmd)
	require.NoError(t, err)
	assert.Equal(t, first.ID, again.ID)
}

func TestCorruptProgressBacksOff(t *testing.T) {
	t.Parallel()
	store := &tampered{}
	b := newBench(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	b.open(incident.Open{})
	b.settle()
	b.clock.Advance(5 * time.Minute)
	store.snapshot = func(_ storage.Stream, d []byte) []byte {
		return bytes.Replace(d, []byte(`"progress":{"state":"running"`), []byte(`"progress":{"state":"paused"`), 1)
	}
	claimed := 0
	for range 100 {
		report, err := b.Step(t.Context())
		require.NoError(t, err)
		claimed += report.Claimed
	}
	assert.Equal(t, 1, claimed)
}

// A run that an earlier version began goes on, with what that one stored of it.
func TestProgressOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	store := &tampered{}
	b := newBench(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	in := b.open(incident.Open{})
	b.settle()
	run, _ := b.get(in.ID).CurrentRun()
	old := []byte(`{"state":"running","round":1,"step":2,"due":"2026-03-02T03:05:00Z","reached":true}`)
	store.snapshot = func(_ storage.Stream, d []byte) []byte { return bytes.Replace(d, run.Progress, old, 1) }
	b.until(25 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "ana push", "ben sms"}, b.pages())
	store.snapshot = nil
	b.get(in.ID)
}

func TestActorsAndTenantsThatCannotWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, kind := range []incident.ActorKind{incident.Vendor, incident.Customer} {
		_, err := b.Ingest(t.Context(), acme, incident.Actor{Kind: kind, ID: "x"}, []incident.Alert{alert("k")})
		require.ErrorIs(t, err, incident.ErrForbidden)
	}
	_, err := b.SavePlan(t.Context(), "a\tb", ana, []byte(team))
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Ingest(t.Context(), "a\tb", monitor, []incident.Alert{alert("k")})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Actor: ana, Action: &incident.Open{Title: "x"}})
	var field *incident.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Command.Action", field.Field)
}
