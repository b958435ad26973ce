package incidentkit_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
)

func resolved(a *incident.Alert) { a.Status = incident.AlertResolved }

func TestIngestRoutes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		alerts []incident.Alert
		want   func(*testing.T, incident.Incident)
	}{
		{"a route decides", []incident.Alert{alert("k")}, func(t *testing.T, in incident.Incident) {
			assert.Equal(t, incident.Active, in.Status)
			assert.Equal(t, "SEV1", in.Severity)
			assert.Equal(t, []string{"checkout"}, in.Components)
			assert.Equal(t, "38 % of payments fail", in.Title)
			assert.Equal(t, "severity=critical", in.Description, "which alert it is")
			assert.Equal(t, night.Add(-3*time.Minute), in.StartedAt)
		}},
		{"no route matches", []incident.Alert{alert("k", func(a *incident.Alert) { a.Labels = nil })}, func(t *testing.T, in incident.Incident) {
			assert.Equal(t, incident.Triage, in.Status)
			assert.Empty(t, in.Severity)
			assert.Equal(t, "main", in.Policy, "it is paged all the same")
		}},
		{"several alerts", []incident.Alert{alert("k", resolved), alert("k", func(a *incident.Alert) { a.Fingerprint, a.Summary = "2", "two" }), alert("k", func(a *incident.Alert) { a.Fingerprint = "3" })},
			func(t *testing.T, in incident.Incident) {
				assert.Equal(t, "two (and 1 more)", in.Title)
				assert.Len(t, in.Alerts, 3)
				assert.Equal(t, 2, in.Firing())
			}},
		{"a sender whose clock is ahead", []incident.Alert{alert("k", func(a *incident.Alert) { a.StartsAt = night.Add(2 * time.Hour) })}, func(t *testing.T, in incident.Incident) {
			assert.Equal(t, night, in.StartedAt)
		}},
		{"a summary of two lines", []incident.Alert{alert("k", func(a *incident.Alert) { a.Summary = "two\nlines" })}, func(t *testing.T, in incident.Incident) {
			assert.Equal(t, incident.Active, in.Status)
		}},
		{"an overlong summary", []incident.Alert{alert("k", func(a *incident.Alert) {
			a.Summary = fmt.Sprintf("%0600d", 1)
			a.Description = fmt.Sprintf("%070000d", 1)
		})}, func(t *testing.T, in incident.Incident) {
			assert.Less(t, len(in.Title), incident.MaxTitle)
			assert.LessOrEqual(t, len(in.Description), incident.MaxText)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			receipts, err := b.Ingest(t.Context(), acme, monitor, tt.alerts)
			require.NoError(t, err)
			require.Len(t, receipts, 1)
			require.Equal(t, incident.Opened, receipts[0].Action)
			tt.want(t, b.get(receipts[0].Incident))
			b.settle()
			assert.Equal(t, []string{"ana push"}, b.pages())
			require.NoError(t, b.sent.messages()[0].Validate())
		})
	}
}

func TestIngestIsIdempotentAndFindsTheOpenIncident(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	take := func(alerts ...incident.Alert) []incident.Receipt {
		receipts, err := b.Ingest(t.Context(), acme, monitor, alerts)
		require.NoError(t, err)
		return receipts
	}
	assert.Equal(t, incident.Ignored, take(alert("a", resolved))[0].Action, "nothing is open that could be over")

	assert.Equal(t, incident.Receipt{DedupKey: "a", Incident: "inc-0001", Action: incident.Opened, Alerts: 1, Recorded: 1}, take(alert("a"))[0])
	before := b.get("inc-0001")
	assert.Equal(t, incident.Receipt{DedupKey: "a", Incident: "inc-0001", Action: incident.Repeated, Alerts: 1}, take(alert("a"))[0])
	assert.Equal(t, before, b.get("inc-0001"), "what is known changes nothing")

	other := alert("a", func(a *incident.Alert) { a.Fingerprint = "a-2" })
	got := take(alert("a"), other, alert("b"))
	require.Len(t, got, 2)
	assert.Equal(t, incident.Receipt{DedupKey: "a", Incident: "inc-0001", Action: incident.Attached, Alerts: 2, Recorded: 1}, got[0])
	assert.Equal(t, incident.Opened, got[1].Action)

	take(alert("a", resolved), alert("a", resolved, func(a *incident.Alert) { a.Fingerprint = "a-2" }))
	in := b.get("inc-0001")
	assert.Zero(t, in.Firing())
	assert.Equal(t, incident.Active, in.Status, "alerts that resolve never resolve an incident")

	b.do("inc-0001", ana, incident.Resolve{})
	assert.Equal(t, incident.Ignored, take(alert("a", resolved))[0].Action)
	assert.NotEqual(t, incident.ID("inc-0001"), take(alert("a"))[0].Incident)
}

func TestStormOfAlertsIsOneIncidentAndOnePage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	storm := make([]incident.Alert, incident.MaxAlerts)
	for i := range storm {
		storm[i] = alert("storm", func(a *incident.Alert) { a.Fingerprint = fmt.Sprint(i) })
	}
	receipts, err := b.Ingest(t.Context(), acme, monitor, storm)
	require.NoError(t, err)
	require.Len(t, receipts, 1)
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages())
	assert.Len(t, b.get(receipts[0].Incident).Alerts, incident.MaxAlerts)

	_, err = b.Ingest(t.Context(), acme, monitor, append(storm, storm[0]))
	var field *incident.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Ingest.Alerts", field.Field)
}

func TestConcurrentIngestOpensOneIncident(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) { c.NewID = nil })
	var wg sync.WaitGroup
	opened := make(chan incident.Receipt, 64)
	for i := range 32 {
		wg.Go(func() {
			receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k", func(a *incident.Alert) { a.Fingerprint = fmt.Sprint(i) })})
			if assert.NoError(t, err) {
				opened <- receipts[0]
			}
		})
	}
	wg.Wait()
	close(opened)
	count := map[incident.Intake]int{}
	ids := map[incident.ID]bool{}
	for r := range opened {
		count[r.Action]++
		ids[r.Incident] = true
	}
	assert.Equal(t, map[incident.Intake]int{incident.Opened: 1, incident.Attached: 31}, count)
	require.Len(t, ids, 1)
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages())
	for id := range ids {
		assert.Len(t, b.get(id).Alerts, 32)
	}
}

func TestIngestRefusesMalformedAlertsWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a"), alert("b", func(a *incident.Alert) { a.Status = "on fire" })})
	var field *incident.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "Ingest.Alerts[1].Status", field.Field)
	page, err := b.Incidents(t.Context(), acme, incidentkit.Query{})
	require.NoError(t, err)
	assert.Empty(t, page.Incidents)

	_, err = b.Ingest(t.Context(), acme, incident.Actor{}, []incident.Alert{alert("a")})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Ingest(t.Context(), "", monitor, []incident.Alert{alert("a")})
	require.ErrorIs(t, err, incident.ErrInvalid)
	_, err = b.Ingest(t.Context(), "planless", monitor, []incident.Alert{alert("a")})
	require.ErrorIs(t, err, incidentkit.ErrNoPlan)
	_, err = b.Ingest(t.Context(), acme, incident.Actor{Kind: incident.Customer, ID: "c"}, []incident.Alert{alert("a")})
	require.ErrorIs(t, err, incident.ErrForbidden, "a customer cannot declare")
}
