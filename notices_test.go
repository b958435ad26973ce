package incidentkit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// ruled returns a bench in which ana has rules of her own.
func ruled(t *testing.T, rules object, changes ...func(*incidentkit.Config)) *bench {
	t.Helper()
	b := newBench(t, changes...)
	b.save(replan(t, func(doc object) {
		doc["people"].([]any)[0].(object)["rules"] = rules
		doc["severities"].([]any)[1].(object)["urgency"] = "low"
	}))
	return b
}

func notification(channel, after string) object {
	n := object{"channel": channel}
	if after != "" {
		n["after"] = after
	}
	return n
}

func TestPersonalRules(t *testing.T) {
	t.Parallel()
	b := ruled(t, object{
		"high": []any{notification("sms", ""), notification("push", "1m"), notification("sms", "3m")},
		"low":  []any{notification("push", ""), notification("push", "2m")},
	})
	in := b.open(incident.Open{})
	b.until(30 * time.Second)
	assert.Equal(t, []string{"ana sms"}, b.pages(), "her favorite is another")
	b.until(time.Minute)
	assert.Equal(t, []string{"ana sms", "ana push"}, b.pages())
	b.do(in.ID, ana, incident.Acknowledge{})
	b.until(time.Hour)
	assert.Equal(t, []string{"ana sms", "ana push"}, b.pages(), "nothing comes after an answer")
	b.tells(in.ID, "0s To page ana", "0s Page 1.1.1.ana delivered by sms", "1m0s To tell ana again by push", "1m0s Page 1.1.1.ana#2 delivered by push", "Acknowledged")

	in = b.open(incident.Open{Severity: "SEV3"})
	b.until(90 * time.Second)
	assert.Equal(t, []string{"ana push"}, b.pages()[2:], "what is not urgent has rules of its own")
	assert.Equal(t, incidentkit.AuditReport{Looked: 2}, b.audit(), "as she wants it")
	b.until(time.Minute)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages()[2:])
	b.get(in.ID)
}

func TestEveryNoticeUntilSomebodyAnswers(t *testing.T) {
	t.Parallel()
	b := ruled(t, object{"high": []any{notification("push", ""), notification("sms", "1m"), notification("push", "4m"), notification("sms", "16m")}})
	in := b.open(incident.Open{})
	b.until(14 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana sms", "ana push", "ben sms"}, b.pages())
	b.until(time.Minute)
	assert.Equal(t, []string{"ana push"}, b.pages()[4:], "the second round")
	b.until(3 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana sms"}, b.pages()[4:], "her rules have begun anew, those of the first page are over")
	keys := map[string]bool{}
	for _, m := range b.sent.messages() {
		keys[m.Key] = true
	}
	assert.Len(t, keys, len(b.pages()), "each message has a key of its own")
	b.get(in.ID)
}

func TestNoticeThatFailsGoesByAnotherChannel(t *testing.T) {
	t.Parallel()
	b := ruled(t, object{"high": []any{notification("sms", ""), notification("sms", "2m")}})
	b.sent.answer = by("sms", comms.Permanent(errDown))
	in := b.open(incident.Open{})
	b.until(time.Minute)
	assert.Equal(t, []string{"ana sms", "ana push"}, b.pages())
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana sms", "ana push", "ana sms"}, b.pages(), "what has arrived is not sent again")
	b.tells(in.ID, "Page 1.1.1.ana delivered by push", "Page 1.1.1.ana#2 undeliverable")
	b.until(3 * time.Minute)
	assert.Contains(t, b.pages(), "ben sms")
	b.tells(in.ID, "5m0s To page ben: policy main of plan version 2, step 2 of 2, because nobody answered step 1", "")
}

func TestNobodyWaitsForNoticesThatCannotArrive(t *testing.T) {
	t.Parallel()
	b := ruled(t, object{"high": []any{notification("push", ""), notification("sms", "2m")}})
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ana" {
			return comms.Permanent(errDown)
		}
		return nil
	}
	in := b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"ana push", "ana sms", "ben sms"}, b.pages())
	b.tells(in.ID, "because no page of step 1 could be delivered")
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	quiet := object{"zone": "Europe/Lisbon", "windows": []any{object{"days": []any{"mon", "tue"}, "opens": "00:00", "closes": "08:00"}}}
	b := ruled(t, object{"quiet": quiet})
	b.open(incident.Open{})
	in := b.open(incident.Open{Severity: "SEV3"})
	b.settle()
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages(), "the top severity pages all the same")
	b.tells(in.ID, "Not paged: ana (schedule primary): has quiet hours")
}

func TestNoticeOfAPageThatIsGone(t *testing.T) {
	t.Parallel()
	b := ruled(t, object{"high": []any{notification("push", ""), notification("sms", "1m")}})
	in := b.open(incident.Open{})
	b.save(replan(t, func(doc object) {
		doc["schedules"].([]any)[0].(object)["overrides"] = []any{object{
			"id": "o", "start": "2026-03-02T02:00:00Z", "end": "2026-03-02T05:00:00Z", "person": "ben",
		}}
	}))
	b.until(4 * time.Minute)
	assert.Equal(t, []string{"ben sms"}, b.pages(), "the page was handed on")
	b.get(in.ID)

	// A notice that nobody can read does not hold up anything else.
	head, err := b.store.Load(t.Context(), storage.Ref{Tenant: acme, ID: string(in.ID)})
	assert.NoError(t, err)
	_, err = b.store.Commit(t.Context(), storage.Change{
		Stream: storage.Stream{Tenant: acme, ID: string(in.ID)}, Expect: head.Version,
		Schedule: []storage.TaskSpec{{ID: "notice:x", Kind: "notice", Due: night, Payload: []byte("?")}},
	})
	assert.NoError(t, err)
	b.until(3 * time.Minute)
	assert.Equal(t, []string{"ben sms", "ben sms", "chris sms"}, b.pages(), "chris is told of the notice")
}

func TestRulesOfThePersonInTheDirectory(t *testing.T) {
	t.Parallel()
	rules := plan.Rules{High: []plan.Notification{{Channel: "sms"}, {Channel: "push", After: plan.Duration(time.Minute)}}}
	people := directory{"ana": {ID: "ana", Rules: rules, Contacts: []plan.Contact{{Channel: "push", To: "p"}, {Channel: "sms", To: "s"}}}}
	b := newBench(t, func(c *incidentkit.Config) { c.Directory = people })
	b.open(incident.Open{})
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana sms", "ana push"}, b.pages())
}
