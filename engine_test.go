package incidentkit_test

import (
	"context"
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
	"github.com/incidentkit/incidentkit/storage/memory"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := func() incidentkit.Config {
		return incidentkit.Config{
			Store:     memory.New(memory.Options{}),
			Notifiers: map[string]comms.Notifier{"sms": &outbox{}},
		}
	}
	for _, tt := range []struct {
		field  string
		change func(*incidentkit.Config)
	}{
		{"Store", func(c *incidentkit.Config) { c.Store = nil }},
		{"Notifiers", func(c *incidentkit.Config) { c.Notifiers = nil }},
		{`Notifiers["sms"]`, func(c *incidentkit.Config) { c.Notifiers["sms"] = nil }},
		{"Notifiers", func(c *incidentkit.Config) { c.Notifiers[""] = &outbox{} }},
		{"PlanTenant", func(c *incidentkit.Config) { c.PlanTenant = "\xff" }},
		{"Lease", func(c *incidentkit.Config) { c.Lease = time.Millisecond }},
		{"Lease", func(c *incidentkit.Config) { c.Lease = 2 * time.Hour }},
		{"NotifyTimeout", func(c *incidentkit.Config) { c.NotifyTimeout = 6 * time.Minute }},
		{"NotifyTimeout", func(c *incidentkit.Config) { c.NotifyTimeout = -1 }},
		{"Poll", func(c *incidentkit.Config) { c.Poll = time.Hour }},
		{"Overdue", func(c *incidentkit.Config) { c.Overdue = 29 * time.Second }},
		{"Overdue", func(c *incidentkit.Config) { c.Overdue = 2 * time.Hour }},
		{"Workers", func(c *incidentkit.Config) { c.Workers = -1 }},
		{"Workers", func(c *incidentkit.Config) { c.Workers = 1001 }},
		{"TenantWorkers", func(c *incidentkit.Config) { c.TenantWorkers = 33 }},
		{"ChannelWorkers", func(c *incidentkit.Config) { c.ChannelWorkers = -1 }},
		{"Canary.Tenant", func(c *incidentkit.Config) { c.Canary = &incidentkit.Canary{Every: time.Hour} }},
		{"Canary.Every", func(c *incidentkit.Config) { c.Canary = &incidentkit.Canary{Tenant: acme, Every: time.Second} }},
		{"Canary.Late", func(c *incidentkit.Config) {
			c.Canary = &incidentkit.Canary{Tenant: acme, Every: time.Minute, Late: time.Hour}
		}},
		{"Batch", func(c *incidentkit.Config) { c.Batch = 5000 }},
	} {
		cfg := good()
		tt.change(&cfg)
		_, err := incidentkit.New(cfg)
		var config *incidentkit.ConfigError
		require.ErrorAs(t, err, &config)
		assert.Equal(t, tt.field, config.Field)
		require.ErrorIs(t, err, incidentkit.ErrConfig)
	}
	_, err := incidentkit.New(good())
	require.NoError(t, err)
}

func TestTheMainJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("checkout")})
	require.NoError(t, err)
	require.Equal(t, []incident.Receipt{{DedupKey: "checkout", Incident: "inc-0001", Action: incident.Opened, Alerts: 1, Recorded: 1}}, receipts)
	id := receipts[0].Incident

	b.until(7 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages())
	b.do(id, ben, incident.Acknowledge{})
	b.until(time.Hour)
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages(), "nobody is paged after an answer")

	b.do(id, ben, incident.Mitigate{Summary: "rolled back"})
	b.clock.Advance(10 * time.Minute)
	in := b.do(id, ben, incident.Resolve{Summary: "reverted"})
	assert.Equal(t, incident.Resolved, in.Status)
	assert.Equal(t, night.Add(7*time.Minute), in.AcknowledgedAt)
	assert.Equal(t, in.ResolvedAt.Add(72*time.Hour), in.Review.Due)

	b.tells(id,
		"0s Declared at SEV1: 38 % of payments fail (checkout)",
		"0s Alert firing from alertmanager",
		"0s Escalation 1 started: policy main of plan version 1",
		"0s To page ana: policy main of plan version 1, step 1 of 2; schedule primary leads to ana: rotation weekly, turn 1",
		"0s Page 1.1.1.ana delivered by push",
		"5m0s To page ben: policy main of plan version 1, step 2 of 2, because nobody answered step 1 within 5m; it names ben",
		"5m0s Page 1.1.2.ben delivered by sms",
		"7m0s Acknowledged by ben",
		"1h7m0s Mitigated: rolled back",
		"1h17m0s Resolved: reverted",
	)
	draft, err := b.ReviewDraft(t.Context(), acme, id)
	require.NoError(t, err)
	assert.Contains(t, draft, "because nobody answered step 1 within 5m")
	b.get(id)
}

func TestMessageSaysWhatHappenedAndWhyYou(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) {
		c.Link = func(tenant string, id incident.ID) string {
			return "https://admin.example/" + tenant + "/" + string(id)
		}
	})
	in := b.open(incident.Open{Kind: incident.Drill, Description: "Cards are declined.", Components: []string{"checkout"}})
	b.settle()
	require.Len(t, b.sent.messages(), 1)
	m := b.sent.messages()[0]
	assert.Equal(t, "DRILL [SEV1] Payments fail", m.Subject)
	assert.True(t, m.Drill)
	for _, piece := range []string{"exercise", "Cards are declined.", "SEV1 Critical", "Checkout", string(in.ID), "Answer at: https://admin.example/acme/inc-0001", "Why you: policy main of plan version 1, step 1 of 2"} {
		assert.Contains(t, m.Body, piece)
	}
	assert.Equal(t, comms.Address{Person: "ana", Name: "Ana", Channel: "push", To: "ana-phone"}, m.To)
	assert.Equal(t, 1, m.Attempt)
	assert.False(t, m.PossibleDuplicate)
	assert.True(t, strings.HasPrefix(m.Key, "acme/inc-0001/1.1.1.ana/push-"), m.Key)
	assert.NotContains(t, m.Key, "ana-phone", "a key must not tell the address")
	assert.Equal(t, comms.Reason{
		Policy: "main", PlanVersion: 1, Run: "1", Round: 1, Step: 1,
		Target: "schedule primary", Rule: "rotation weekly, turn 1", Due: night, Text: m.Reason.Text,
	}, m.Reason)
	require.NoError(t, m.Validate())
}

func TestExhaustedEscalationGoesToTheLastResort(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.until(2 * time.Hour)
	assert.Equal(t, []string{"ana push", "ben sms", "ana push", "ben sms", "chris sms"}, b.pages())
	b.tells(in.ID, "30m0s Escalation 1 exhausted", "30m0s To page chris: policy main of plan version 1 is exhausted: nobody answered in 2 rounds")
	in = b.get(in.ID)
	run, _ := in.CurrentRun()
	assert.Equal(t, incident.Exhausted, run.State)

	in = b.do(in.ID, incident.Actor{Kind: incident.Person, ID: "chris"}, incident.Acknowledge{})
	run, _ = in.CurrentRun()
	assert.Equal(t, incident.Acknowledged, run.State)
}

func TestPagingStopsWithTheIncident(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		action incident.Action
	}{
		{"mitigated", incident.Mitigate{}},
		{"resolved", incident.Resolve{}},
		{"canceled", incident.Cancel{Reason: "a test alert"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			in := b.open(incident.Open{})
			b.do(in.ID, ana, tt.action) // before anything has been sent
			b.until(24 * time.Hour)
			assert.Empty(t, b.pages())
			b.tells(in.ID, "Escalation 1 stopped: the incident is "+tt.name, "Page 1.1.1.ana withdrawn: the incident is "+tt.name)
			b.get(in.ID)
		})
	}
}

func TestReopenedIncidentIsEscalatedAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	b.do(in.ID, ana, incident.Mitigate{})
	b.do(in.ID, ana, incident.Reopen{Reason: "it is back"})
	b.until(6 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push", "ben sms"}, b.pages())
	keys := map[string]bool{}
	for _, m := range b.sent.messages() {
		keys[m.Key] = true
	}
	assert.Len(t, keys, 3, "a new generation has keys of its own")
	b.get(in.ID)
}

func TestRetrospectivePagesNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{Kind: incident.Retrospective, StartedAt: night.Add(-48 * time.Hour)})
	_, err := b.Do(t.Context(), incident.Command{Tenant: acme, Incident: in.ID, Actor: ana, Action: incident.Mitigate{}})
	require.ErrorIs(t, err, incident.ErrRefused, "every step of a retrospective carries its time")
	for i, action := range []incident.Action{incident.Mitigate{}, incident.Resolve{}} {
		_, err := b.Do(t.Context(), incident.Command{
			Tenant: acme, Incident: in.ID, Actor: ana, Action: action, HappenedAt: night.Add(time.Duration(i-40) * time.Hour),
		})
		require.NoError(t, err)
	}
	b.until(time.Hour)
	assert.Empty(t, b.pages())
	b.get(in.ID)
}

func TestNobodyOnCallIsSaidAndSkipped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
		rotation["start"] = "2026-04-06T00:00" // weeks after the night
	}))
	in := b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"ben sms"}, b.pages(), "the next step does not wait")
	b.tells(in.ID, "Not paged: schedule primary:", "To page ben: policy main of plan version 2, step 2 of 2, because step 1 reached nobody")
}

func TestForeignIncidentIsNotFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	_, err := b.SavePlan(t.Context(), "other", ana, []byte(team))
	require.NoError(t, err)
	for name, call := range map[string]func() error{
		"Incident":    func() error { _, err := b.Incident(t.Context(), "other", in.ID); return err },
		"Events":      func() error { _, err := b.Events(t.Context(), "other", in.ID); return err },
		"Timeline":    func() error { _, err := b.Timeline(t.Context(), "other", in.ID); return err },
		"Verify":      func() error { return b.Verify(t.Context(), "other", in.ID) },
		"ReviewDraft": func() error { _, err := b.ReviewDraft(t.Context(), "other", in.ID); return err },
		"Do": func() error {
			_, err := b.Do(t.Context(), incident.Command{Tenant: "other", Incident: in.ID, Actor: ana, Action: incident.Acknowledge{}})
			return err
		},
		"Do by operation": func() error {
			_, err := b.Do(t.Context(), incident.Command{Tenant: "other", Incident: in.ID, Operation: "x", Actor: ana, Action: incident.Acknowledge{}})
			return err
		},
		"Merge": func() error {
			other, err := b.Do(t.Context(), incident.Command{Tenant: "other", Actor: ana, Action: incident.Open{Declare: true, Title: "x", Severity: "SEV1"}})
			require.NoError(t, err)
			_, err = b.Do(t.Context(), incident.Command{Tenant: "other", Incident: other.ID, Actor: ana, Action: incident.Merge{Into: in.ID + "-foreign"}})
			return err
		},
		"the plan's stream": func() error { _, err := b.Incident(t.Context(), acme, "plan"); return err },
		"no id":             func() error { _, err := b.Incident(t.Context(), acme, ""); return err },
	} {
		require.ErrorIs(t, call(), incidentkit.ErrNotFound, name)
	}
	page, err := b.Incidents(t.Context(), "third", incidentkit.Query{})
	require.NoError(t, err)
	assert.Empty(t, page.Incidents)
}

func TestDoIsIdempotentByOperation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	open := incident.Command{Tenant: acme, Operation: "op-1", Actor: ana, Action: incident.Open{Declare: true, Title: "x", Severity: "SEV1"}}
	first, err := b.Do(t.Context(), open)
	require.NoError(t, err)
	again, err := b.Do(t.Context(), open)
	require.NoError(t, err)
	assert.Equal(t, first, again)

	mitigate := incident.Command{Tenant: acme, Incident: first.ID, Operation: "op-2", Actor: ana, Action: incident.Mitigate{}}
	mitigated, err := b.Do(t.Context(), mitigate)
	require.NoError(t, err)
	again, err = b.Do(t.Context(), mitigate)
	require.NoError(t, err, "a repetition is not refused, though the incident is mitigated already")
	assert.Equal(t, mitigated.Version, again.Version)

	note := incident.Command{Tenant: acme, Incident: first.ID, Operation: "op-3", Actor: ana, Action: incident.AddNote{Text: "hm"}}
	_, err = b.Do(t.Context(), note)
	require.NoError(t, err)
	b.do(first.ID, ana, incident.Resolve{})
	again, err = b.Do(t.Context(), note)
	require.NoError(t, err)
	assert.Equal(t, incident.Resolved, again.Status)

	mitigate.Operation = "op-4"
	_, err = b.Do(t.Context(), mitigate)
	require.ErrorIs(t, err, incident.ErrRefused, "another operation is")
}

func TestMergeHandsAlertsOnAndTellsTheOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a"), alert("b")})
	require.NoError(t, err)
	from, into := incident.ID("inc-0001"), incident.ID("inc-0002")
	b.do(from, ana, incident.Merge{Into: into, Reason: "one cause"})
	b.settle()
	assert.Equal(t, []incident.ID{from}, b.get(into).Absorbed)

	receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a", func(a *incident.Alert) { a.Fingerprint = "a-2" })})
	require.NoError(t, err)
	assert.Equal(t, into, receipts[0].Incident)
	assert.Equal(t, incident.Attached, receipts[0].Action)

	b.do(into, ana, incident.Resolve{})
	receipts, err = b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a", func(a *incident.Alert) { a.Fingerprint = "a-3" })})
	require.NoError(t, err)
	assert.Equal(t, incident.Opened, receipts[0].Action, "what took it over is over")

	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: receipts[0].Incident, Actor: ana, Action: incident.Merge{Into: into}})
	var field *incident.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Merge.Into", field.Field)
	drill := b.open(incident.Open{Kind: incident.Drill})
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: drill.ID, Actor: ana, Action: incident.Merge{Into: receipts[0].Incident}})
	require.ErrorAs(t, err, &field, "a drill never becomes a part of what is real")
}

func TestReopeningNeedsTheDedupKey(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ingest := func() incident.Receipt {
		r, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a")})
		require.NoError(t, err)
		return r[0]
	}
	first := ingest().Incident
	b.do(first, ana, incident.Resolve{})
	second := ingest()
	assert.Equal(t, incident.Opened, second.Action)
	_, err := b.Do(t.Context(), incident.Command{Tenant: acme, Incident: first, Actor: ana, Action: incident.Reopen{Reason: "again"}})
	var taken *storage.KeyTakenError
	require.ErrorAs(t, err, &taken)
	assert.Equal(t, string(second.Incident), taken.Owner.ID)
	b.do(second.Incident, ana, incident.Resolve{})
	b.do(first, ana, incident.Reopen{Reason: "again"})
	assert.Equal(t, first, ingest().Incident)
}

func TestOpenRefusesWhatThePlanDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for want, action := range map[string]incident.Open{
		"Open.Policy":        {Title: "x", Policy: "nobody"},
		"Open.Components[1]": {Title: "x", Components: []string{"checkout", "moon"}},
		"Open.Severity":      {Title: "x", Severity: "SEV9"},
		"Open.Title":         {},
	} {
		_, err := b.Do(t.Context(), incident.Command{Tenant: acme, Actor: ana, Action: action})
		var field *incident.FieldError
		require.ErrorAs(t, err, &field, want)
		assert.Equal(t, want, field.Field)
	}
	_, err := b.Do(t.Context(), incident.Command{Tenant: "planless", Actor: ana, Action: incident.Open{Title: "x"}})
	require.ErrorIs(t, err, incidentkit.ErrNoPlan)
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: "mine", Actor: ana, Action: incident.Open{Title: "x"}})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Do(t.Context(), incident.Command{Actor: ana, Action: incident.Open{Title: "x"}})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: "x"})
	require.Error(t, err)
}

func TestClockThatRunsBackwardsIsOnRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.clock.Advance(-10 * time.Minute)
	in = b.do(in.ID, ana, incident.Mitigate{})
	assert.Equal(t, night, in.MitigatedAt)
	entries, err := b.Timeline(t.Context(), acme, in.ID)
	require.NoError(t, err)
	assert.Equal(t, 10*time.Minute, entries[len(entries)-1].ClockBehind)
	b.get(in.ID)
}

func TestPlans(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) { c.PlanTenant = acme })
	again, err := b.SavePlan(t.Context(), acme, ana, []byte(team+"\n\n"))
	require.NoError(t, err)
	assert.Equal(t, uint64(1), again.Version, "the same plan is not stored twice")

	in := b.open(incident.Open{})
	b.settle()
	ref := b.save(replan(t, func(doc map[string]any) {
		policy := doc["policies"].([]any)[0].(map[string]any)
		policy["steps"] = policy["steps"].([]any)[:1] // a new version without ben
		doc["schedules"].([]any)[0].(map[string]any)["overrides"] = []any{map[string]any{
			"id": "cover", "start": "2026-03-02T03:10:00Z", "end": "2026-03-02T06:00:00Z", "person": "chris",
		}}
	}))
	assert.Equal(t, uint64(2), ref.Version)
	b.until(16 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "chris sms"}, b.pages(),
		"the policy is the one it started with; who is on call is as the newest version says")
	b.tells(in.ID, "plan version 1", "schedule primary leads to chris: override cover")

	_, ref, err = b.Plan(t.Context(), "other")
	require.NoError(t, err)
	assert.Equal(t, incident.PlanRef{Tenant: acme, Version: 2}, ref, "a tenant without a plan of its own uses the shared one")

	own, err := b.SavePlan(t.Context(), "third", ana, []byte(team))
	require.NoError(t, err)
	_, ref, err = b.Plan(t.Context(), "third")
	require.NoError(t, err)
	assert.Equal(t, own, ref, "its own plan comes first")

	var bad *plan.Error
	_, err = b.SavePlan(t.Context(), acme, ana, []byte(`{"format": "incidentkit/plan/v1"}`))
	require.ErrorAs(t, err, &bad)
	_, err = b.SavePlan(t.Context(), acme, ana, []byte(strings.ReplaceAll(team, `"sms"`, `"pager"`)))
	require.ErrorAs(t, err, &bad)
	assert.Contains(t, err.Error(), "/people/0/contacts/1/channel")
	_, err = b.SavePlan(t.Context(), acme, incident.Actor{}, []byte(team))
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.SavePlan(t.Context(), "", ana, []byte(team))
	require.ErrorIs(t, err, incident.ErrInvalid)

	page, err := b.Incidents(context.Background(), acme, incidentkit.Query{Statuses: []incident.Status{incident.Active}})
	require.NoError(t, err)
	require.Len(t, page.Incidents, 1)
	assert.Equal(t, uint64(1), page.Incidents[0].Plan.Version)
}

func TestListing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 5 {
		b.open(incident.Open{})
	}
	b.do("inc-0002", ana, incident.Mitigate{})
	var seen []incident.ID
	q := incidentkit.Query{Limit: 2, OldestFirst: true, Statuses: []incident.Status{incident.Active}}
	for {
		page, err := b.Incidents(t.Context(), acme, q)
		require.NoError(t, err)
		for _, in := range page.Incidents {
			seen = append(seen, in.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	assert.Equal(t, []incident.ID{"inc-0001", "inc-0003", "inc-0004", "inc-0005"}, seen)

	newest, err := b.Incidents(t.Context(), acme, incidentkit.Query{Limit: 1})
	require.NoError(t, err)
	assert.Equal(t, incident.ID("inc-0005"), newest.Incidents[0].ID)

	_, err = b.Incidents(t.Context(), acme, incidentkit.Query{Statuses: []incident.Status{"open"}})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Incidents(t.Context(), acme, incidentkit.Query{Cursor: "?"})
	require.ErrorIs(t, err, storage.ErrInvalid)
}
