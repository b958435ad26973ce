package incidentkit_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
)

var payco = incident.Actor{Kind: incident.Vendor, ID: "payco"}

func supplier(id string, fields object) object {
	v := object{"id": id, "name": id + " Ltd", "contacts": []any{object{"channel": "sms", "to": "+44 " + id}}, "response": "30m"}
	maps.Copy(v, fields)
	return v
}

// outsourced returns a bench whose policy pages ana and then a supplier.
func outsourced(t *testing.T, fields object) *bench {
	t.Helper()
	return policed(t, object{
		"steps": []any{step("5m", person("ana")), step("10m", target("vendor", "payco")), step("10m", person("ben"))}, "repeat": 1,
		"plan": object{"vendors": []any{supplier("payco", fields)}},
	})
}

func TestSupplierHasAClockOfItsOwn(t *testing.T) {
	t.Parallel()
	b := outsourced(t, object{"missed": []any{person("chris")}})
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	assert.Equal(t, []string{"ana push", "vendor payco sms"}, b.pages())
	m := b.sent.messages()[1]
	assert.Equal(t, "payco Ltd", m.To.Name)
	assert.Equal(t, "vendor payco", m.Reason.Policy)
	require.NoError(t, m.Validate())
	in = b.get(in.ID)
	require.Len(t, in.Runs, 2)
	assert.Equal(t, "payco", in.Runs[1].Vendor)
	main, _ := in.CurrentRun()
	assert.Equal(t, "1", main.ID, "the main run is still that which answers the incident")

	b.do(in.ID, ana, incident.Acknowledge{})
	assert.Equal(t, incident.Acknowledged, b.run(in.ID).State)
	b.until(28 * time.Minute)
	assert.Len(t, b.pages(), 2)
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana push", "vendor payco sms", "chris sms"}, b.pages(), "35 minutes after the incident began it has missed its promise")
	b.tells(in.ID,
		"5m0s Escalation 2 started: vendor payco", "5m0s To page vendor payco: policy vendor payco",
		"35m0s To page chris: policy vendor payco of plan version 2, step 2 of 2, because nobody answered step 1 within 30m")
	b.until(31 * time.Minute)
	b.tells(in.ID, "Escalation 2 exhausted")
	assert.Equal(t, []string{"chris sms"}, b.pages()[3:], "then the last resort, who is the same")
	b.until(24 * time.Hour)
	assert.Len(t, b.pages(), 4)
}

func TestSupplierThatAnswers(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]incident.Command{
		"itself":         {Actor: payco, Action: incident.Acknowledge{}},
		"staff for it":   {Actor: ben, Action: incident.Acknowledge{Vendor: "payco"}},
		"itself by name": {Actor: payco, Action: incident.Acknowledge{Vendor: "payco"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := outsourced(t, nil)
			in := b.open(incident.Open{})
			b.until(6 * time.Minute)
			answer.Tenant, answer.Incident = acme, in.ID
			got, err := b.Do(t.Context(), answer)
			require.NoError(t, err)
			assert.Zero(t, got.AcknowledgedAt, "nobody of ours has answered")
			run, _ := got.VendorRun("payco")
			assert.Equal(t, incident.Acknowledged, run.State)
			b.until(16 * time.Minute) // into the second round
			assert.Equal(t, []string{"ana push", "vendor payco sms", "ben sms"}, b.pages(), "our own escalation goes on")
			b.until(10 * time.Minute)
			b.tells(in.ID, "Not paged: vendor payco: it has answered in escalation 2")
			b.until(24 * time.Hour)
			for _, p := range b.pages()[2:] {
				assert.NotEqual(t, "vendor payco sms", p)
			}
			b.get(in.ID)
		})
	}
}

func TestSupplierIsNotPagedTwiceAtATime(t *testing.T) {
	t.Parallel()
	b := outsourced(t, object{"response": "2h"})
	in := b.open(incident.Open{})
	b.until(40 * time.Minute)
	assert.Equal(t, []string{"ana push", "vendor payco sms", "ben sms", "ana push"}, b.pages()[:4])
	b.tells(in.ID, "Not paged: vendor payco: it was paged in escalation 2, and its time to answer is not over")
	b.do(in.ID, ana, incident.Escalate{Reason: "again"})
	b.until(6 * time.Minute)
	assert.Len(t, b.get(in.ID).Runs, 3, "the supplier's time goes on, whatever becomes of our own escalation")
	b.do(in.ID, ana, incident.Resolve{})
	for _, run := range b.get(in.ID).Runs {
		assert.Equal(t, incident.Stopped, run.State, run.ID)
	}
	n := len(b.pages())
	b.until(24 * time.Hour)
	assert.Len(t, b.pages(), n)
}

func TestSupplierThatCannotBeReached(t *testing.T) {
	t.Parallel()
	b := outsourced(t, nil)
	in := b.open(incident.Open{})
	b.clock.Advance(5 * time.Minute)
	b.sent.answer = by("sms", errDown)
	b.until(35 * time.Minute)
	b.tells(in.ID, "Page 2.1.1.vendor payco undeliverable: every contact method of vendor payco has failed", "To page chris: no page of a whole round can be delivered")
	b.get(in.ID)
}

func TestReassignToASupplierAndToAChannel(t *testing.T) {
	t.Parallel()
	b := outsourced(t, nil)
	b.save(replan(t, func(doc object) {
		doc["vendors"] = []any{supplier("payco", nil)}
		doc["webhooks"] = []any{object{"id": "bot", "channel": "push", "to": "https://bot.example"}}
	}))
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Reassign{To: []incident.Target{{Type: "vendor", ID: "payco"}, {Type: "webhook", ID: "bot"}}})
	b.settle()
	assert.ElementsMatch(t, []string{"ana push", "vendor payco sms", "webhook bot push"}, b.pages())
	var field *incident.FieldError
	require.ErrorAs(t, b.try(in.ID, ana, incident.Reassign{To: []incident.Target{{Type: "vendor", ID: "bankco"}}}), &field)
}

func TestPlanNeedsNotifiersForEverything(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	fax := object{"id": "x", "channel": "fax", "to": "1"}
	for path, change := range map[string]func(object){
		"/vendors/0/contacts/0/channel": func(doc object) {
			doc["vendors"] = []any{supplier("payco", object{"contacts": []any{object{"channel": "fax", "to": "1"}}})}
		},
		"/channels/0/channel": func(doc object) { doc["channels"] = []any{fax} },
		"/webhooks/0/channel": func(doc object) { doc["webhooks"] = []any{object{"id": "x", "to": "1"}} },
	} {
		_, err := b.SavePlan(t.Context(), acme, ana, []byte(replan(t, change)))
		var bad *plan.Error
		require.ErrorAs(t, err, &bad, path)
		assert.Contains(t, err.Error(), path)
	}
}
