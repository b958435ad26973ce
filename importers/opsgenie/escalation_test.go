package opsgenie_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
)

// escalate is a document with an escalation of these rules.
func escalate(more string, rules ...string) string {
	return fmt.Sprintf(`{"data": {"id": "E", "name": "Web", "description": "", "ownerTeam": {"id": "T", "name": "Team"}, %s "rules": [%s]}, "took": 0.04, "requestId": "x"}`,
		more, strings.Join(rules, ","))
}

// after is a rule of a delay such as "10 minutes", for somebody such as "user ada".
func after(delay, notify, recipient string) string {
	amount, unit, _ := strings.Cut(delay, " ")
	kind, id, _ := strings.Cut(recipient, " ")
	return fmt.Sprintf(`{"condition": "if-not-acked", "notifyType": %q, "delay": {"timeAmount": %s, "timeUnit": %q}, "recipient": {"type": %q, "id": %q}}`,
		notify, amount, unit, kind, id)
}

// once is a repetition, so many minutes after the last rule.
func once(interval int) string {
	return fmt.Sprintf(`"repeat": {"waitInterval": %d, "count": 1, "resetRecipientStates": false, "closeAlertAfterAll": false},`, interval)
}

// network is a team of two users and an admin.
const network = `{"data": {"id": "net", "name": "Network", "members": [
	{"user": {"id": "ada", "username": "ada@example.com"}, "role": "user"},
	{"user": {"id": "ben"}, "role": "admin"},
	{"user": {"id": "cy"}, "role": "user"}]}}`

const (
	rule0  = "/data/rules/0"
	last   = " the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s"
	atOnce = " where nobody is on call for a rule, what follows it comes at once, and in Opsgenie not before its own time"
)

func TestEscalations(t *testing.T) {
	t.Parallel()
	on := schedule(rotation("r", "daily", 1, users("ada"), "")) // whose id is s
	tests := []importtest.Case{
		{
			Name: "delays are counted from the beginning, in their units",
			Docs: []string{escalate("", after("0 minutes", "default", "user ada"), after("90 seconds", "default", "user ben"),
				after("1 hours", "default", "user cy"), after("2 days", "default", "user di"))},
			Course: map[string][]string{"E": {"0s person ada", "1m30s person ben", "1h0m0s person cy", "48h0m0s person di", "48h10m0s exhausted"}},
			Notes:  []string{"assumption /data/rules" + last},
		},
		{
			Name: "rules in no order",
			Docs: []string{escalate("", after("30 minutes", "default", "user cy"), after("0 minutes", "default", "user ada"), after("5 minutes", "default", "user ben"))},
			Course: map[string][]string{"E": {
				"0s person ada", "5m0s person ben", "30m0s person cy", "40m0s exhausted",
			}},
			Notes: []string{"assumption /data/rules" + last},
		},
		{
			Name: "rules of one delay, one of them twice",
			Docs: []string{escalate("", after("0 minutes", "default", "user ada"), after("60 minutes", "default", "user ben"),
				after("1 hours", "default", "user cy"), after("60 minutes", "default", "user ben"))},
			Course: map[string][]string{"E": {"0s person ada", "1h0m0s person ben, person cy", "1h10m0s exhausted"}},
			Notes:  []string{"assumption /data/rules" + last},
		},
		{
			Name: "a repetition begins after the interval, with the delay of the first rule",
			Docs: []string{escalate(once(15), after("2 minutes", "default", "user ada"), after("10 minutes", "default", "user ben"))},
			Course: map[string][]string{"E": {
				"2m0s person ada", "10m0s person ben", "27m0s person ada", "35m0s person ben", "50m0s exhausted",
			}},
			Notes: []string{"assumption /data/repeat the delay of the first rule is taken to count anew in each repetition"},
		},
		{
			Name:   "a repetition that is switched off",
			Docs:   []string{escalate(`"repeat": {"waitInterval": 0, "count": 20, "resetRecipientStates": true, "closeAlertAfterAll": true},`, after("0 minutes", "default", "user ada"))},
			Course: map[string][]string{"E": {"0s person ada", "10m0s exhausted"}},
			Notes:  []string{"assumption /data/rules" + last},
		},
		{
			Name:   "a repetition without a count",
			Docs:   []string{escalate(`"repeat": {"waitInterval": 5},`, after("0 minutes", "default", "user ada"))},
			Course: map[string][]string{"E": {"0s person ada", "5m0s person ada", "10m0s exhausted"}},
			Notes:  []string{"assumption /data/repeat how often the escalation is repeated is not said, and is taken to be once"},
		},
		{
			Name: "what ends here with an acknowledgement",
			Docs: []string{escalate(`"repeat": {"waitInterval": 5, "count": 2, "resetRecipientStates": true, "closeAlertAfterAll": true},`,
				strings.Replace(after("0 minutes", "default", "user ada"), "if-not-acked", "if-not-closed", 1))},
			Course: map[string][]string{"E": {"0s person ada", "5m0s person ada", "10m0s person ada", "15m0s exhausted"}},
			Notes: []string{
				"loss /data/rules/0/condition the rule pages until the alert is closed; here an acknowledgement ends the run",
				"loss /data/repeat/resetRecipientStates a repetition takes acknowledgements back",
				"loss /data/repeat/closeAlertAfterAll after the last repetition the alert is closed",
			},
		},
		{
			Name: "of a schedule: those on call now, next and before",
			Docs: []string{on, escalate(once(10), after("0 minutes", "default", "schedule s"), after("5 minutes", "previous", "schedule s"),
				after("8 minutes", "next", "schedule s"), after("9 minutes", "all", "schedule s"))},
			Course: map[string][]string{"E": {
				"0s schedule s", "8m0s schedule s (next)", "9m0s schedule s",
				"19m0s schedule s", "27m0s schedule s (next)", "28m0s schedule s", "38m0s exhausted",
			}},
			Notes: []string{
				"loss b.json#/data/rules/1/notifyType that whoever was on call before is paged has no counterpart",
				`assumption b.json#/data/rules/3/notifyType "all" is for teams`, "assumption b.json#/data/rules" + atOnce,
			},
		},
		{
			Name: "a schedule by its name, and one that is not there",
			Docs: []string{on, escalate(once(10), `{"delay": {"timeAmount": 0}, "recipient": {"type": "schedule", "name": "S"}}`, after("5 minutes", "default", "schedule z"))},
			Course: map[string][]string{"E": {
				"0s schedule s", "5m0s schedule z", "15m0s schedule s", "20m0s schedule z", "30m0s exhausted",
			}},
			Notes: []string{
				"assumption b.json#/data/rules" + atOnce,
				`loss b.json#/data/rules/1/recipient the schedule "z" is not among the documents`,
			},
		},
		{
			Name: "the members of a team, by their roles",
			Docs: []string{escalate(once(10), after("0 minutes", "admins", "team net"), after("5 minutes", "users", "team net"), after("9 minutes", "all", "team net")), network},
			Course: map[string][]string{"E": {
				"0s person ben", "5m0s person ada, person cy", "9m0s team net",
				"19m0s person ben", "24m0s person ada, person cy", "28m0s team net", "38m0s exhausted",
			}},
		},
		{
			Name:   "a random member, and others at once",
			Docs:   []string{network, escalate(once(10), after("0 minutes", "random", "team net"), after("0 minutes", "default", "user di"), after("5 minutes", "default", "user ed"))},
			Course: map[string][]string{"E": {"0s team net, person di", "5m0s person ed", "15m0s team net, person di", "20m0s person ed", "30m0s exhausted"}},
			Notes: []string{
				"assumption b.json#/data/rules/0/notifyType a random member is paged; here the members are paged in turn",
			},
		},
		{
			Name: "a team of which nothing is known",
			Docs: []string{escalate(once(10), after("0 minutes", "default", "team net"), after("0 minutes", "admins", "team net"))},
			Course: map[string][]string{"E": {
				"0s team net", "10m0s team net", "20m0s exhausted",
			}},
			Notes: []string{
				"loss /data/rules/0/recipient Opsgenie asks the routing rules of the team", "loss /data/rules/0/recipient the members of the team",
				"loss /data/rules/1/notifyType which members of the team", "loss /data/rules/1/recipient the members of the team",
			},
		},
		{
			Name:   "a team without admins",
			Docs:   []string{escalate("", after("0 minutes", "default", "user di"), after("5 minutes", "admins", "team net")), strings.Replace(network, `"admin"`, `"user"`, 1)},
			Course: map[string][]string{"E": {"0s person di", "10m0s exhausted"}},
			Notes:  []string{`loss a.json#/data/rules/1/recipient the team "net" has no admins, so the rule pages nobody`, "assumption a.json#/data/rules" + last},
		},
		{
			Name: "another escalation, which comes later",
			Docs: []string{escalate(once(10), after("5 minutes", "default", "escalation F"), after("9 minutes", "default", "user di")),
				strings.Replace(escalate(once(1), after("0 minutes", "default", "user ada")), `"E"`, `"F"`, 1)},
			Course: map[string][]string{"E": {
				"5m0s person ada", "6m0s person ada", "11m0s person di",
				"26m0s person ada", "27m0s person ada", "32m0s person di", "42m0s exhausted",
			}},
			Notes: []string{
				"assumption a.json#/data/rules/0/recipient the escalation is taken to be gone through to its end",
				"assumption a.json#/data/repeat the delay of the first rule is taken to count anew",
			},
		},
		{
			Name:   "a group",
			Docs:   []string{escalate(once(10), after("0 minutes", "default", "group g"), after("5 minutes", "default", "user ada"))},
			Course: map[string][]string{"E": {"5m0s person ada", "20m0s person ada", "30m0s exhausted"}},
			Notes: []string{
				`loss /data/rules/0/recipient the document does not say who is in the group "g"`,
				"assumption /data/repeat the delay of the first rule is taken to count anew",
			},
		},
		{
			Name:  "nobody at all",
			Docs:  []string{escalate("", after("0 minutes", "default", "group g"))},
			Notes: []string{"loss /data/rules/0/recipient the document does not say", "loss /data/rules no rule of the escalation pages anybody"},
		},
		{
			Name: "of Jira Service Management: minutes as a number, and disabled",
			Docs: []string{`{"values": [{"id": "E", "name": "Web", "enabled": false, "rules": [
				{"condition": "if-not-acked", "notifyType": "default", "delay": 5, "recipient": {"id": "ada", "type": "user"}},
				{"condition": "if-not-acked", "notifyType": "default", "delay": 9, "recipient": {"id": "ben", "type": "user"}}],
				"repeat": {"waitInterval": 10, "count": 1, "resetRecipientStates": false, "closeAlertAfterAll": false}}], "links": {}}`},
			Course: map[string][]string{"E": {"5m0s person ada", "9m0s person ben", "24m0s person ada", "28m0s person ben", "38m0s exhausted"}},
			Notes: []string{
				"loss /values/0/enabled the escalation is disabled, so Opsgenie pages nobody by it",
				"assumption /values/0/repeat the delay of the first rule is taken to count anew",
			},
		},
		{
			Name: "a random one of another escalation, which says itself whom it pages",
			Docs: []string{escalate("", after("0 minutes", "random", "escalation F")),
				strings.Replace(escalate(once(5), after("0 minutes", "default", "user ada")), `"id": "E"`, `"id": "F"`, 1)},
			Course: map[string][]string{"E": {"0s person ada", "5m0s person ada", "20m0s exhausted"}},
			Notes: []string{
				"assumption a.json#/data/rules/0/recipient the escalation is taken to be gone through to its end",
				"assumption a.json#/data/rules the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
		},
		{
			Name:   "a delay of more than a week",
			Docs:   []string{escalate(once(5), after("8 days", "default", "user ada"), after("23 days", "default", "user ben"))},
			Course: map[string][]string{"E": {"192h0m0s person ada", "552h0m0s person ben", "744h5m0s person ada", "1104h5m0s person ben", "1104h10m0s exhausted"}},
			Notes:  []string{"assumption /data/repeat the delay of the first rule is taken to count anew"},
		},
		{
			Name:   "a delay of years",
			Docs:   []string{escalate("", after("800 days", "default", "user ada"))},
			Course: map[string][]string{"E": {"1680h0m0s person ada", "1680h10m0s exhausted"}},
			Notes: []string{
				"loss " + rule0 + "/delay/timeAmount the longest time that is kept is 70 days, and stands in place of this one",
				"assumption /data/rules the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
		},
		{
			Name:   "what is not known",
			Docs:   []string{escalate(once(5)+`"color": "red",`, after("0 minutes", "default", "user ada"))},
			Course: map[string][]string{"E": {"0s person ada", "5m0s person ada", "10m0s exhausted"}},
			Notes:  []string{"loss /data/color this has no counterpart"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, opsgenie.Import)
		})
	}
}

func TestEscalationsRefused(t *testing.T) {
	t.Parallel()
	tests := []importtest.Case{
		{Name: "a condition", Docs: []string{escalate("", strings.Replace(after("0 minutes", "default", "user ada"), "if-not-acked", "if-bored", 1))}, Errors: []string{rule0 + "/condition one of if-not-acked, if-not-closed"}},
		{Name: "a type of notification", Docs: []string{escalate("", after("0 minutes", "loud", "user ada"))}, Errors: []string{rule0 + "/notifyType one of default"}},
		{Name: "a recipient", Docs: []string{escalate("", after("0 minutes", "default", "robot r"))}, Errors: []string{rule0 + "/recipient/type one of user, schedule, team, escalation, group"}},
		{Name: "a recipient of no id", Docs: []string{escalate("", after("0 minutes", "default", "user "))}, Errors: []string{rule0 + "/recipient/id the id or the username of a user"}},
		{Name: "a unit", Docs: []string{escalate("", after("0 fortnights", "default", "user ada"))}, Errors: []string{rule0 + "/delay/timeUnit one of seconds, minutes, hours, days"}},
		{Name: "a delay below 0", Docs: []string{escalate("", after("-1 hours", "default", "user ada"))}, Errors: []string{rule0 + "/delay/timeAmount 0 or more"}},
		{Name: "a count", Docs: []string{escalate(`"repeat": {"waitInterval": 1, "count": -1},`, after("0 minutes", "default", "user ada"))}, Errors: []string{"/data/repeat/count 0 to 100"}},
		{Name: "another that is not there", Docs: []string{escalate("", after("0 minutes", "default", "escalation z"))}, Errors: []string{rule0 + `/recipient a policy that is among the documents; give that of "z" too`}},
		{Name: "itself", Docs: []string{escalate("", after("0 minutes", "default", "escalation E"))}, Errors: []string{"/data an escalation policy in which steps[0].targets[0].id is"}},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, opsgenie.Import)
		})
	}
}

// Opsgenie applies each rule at its delay after the beginning, and begins anew
// waitInterval after the last one.
func TestEscalationsByTheManual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		delays := rapid.SliceOfNDistinct(rapid.IntRange(0, 300), 1, 12, rapid.ID[int]).Draw(t, "delays")
		count, interval := rapid.IntRange(1, 20).Draw(t, "count"), rapid.IntRange(1, 90).Draw(t, "interval")
		type paged struct {
			minute int
			who    string
		}
		var rules []string
		var want []paged
		begin := 0
		for i, d := range delays {
			rules = append(rules, after(fmt.Sprintf("%d minutes", d), "default", fmt.Sprintf("user u%d", i)))
		}
		for range count + 1 {
			for i, d := range delays {
				want = append(want, paged{begin + d, fmt.Sprintf("person u%d", i)})
			}
			begin += slices.Max(delays) + interval
		}
		slices.SortFunc(want, func(a, b paged) int { return cmp.Compare(a.minute, b.minute) })
		lines := make([]string, 0, len(want)+1)
		for _, w := range append(want, paged{begin, "exhausted"}) {
			lines = append(lines, (time.Duration(w.minute)*time.Minute).String()+" "+w.who)
		}
		doc := escalate(fmt.Sprintf(`"repeat": {"waitInterval": %d, "count": %d},`, interval, count), rules...)
		r, err := opsgenie.Import(importers.Options{}, importtest.Files(doc)...)
		if err != nil {
			t.Fatal(err)
		}
		if got := importtest.Course(t, r, "E"); !slices.Equal(lines, got) {
			t.Fatalf("want\n%s\nnot\n%s", strings.Join(lines, "\n"), strings.Join(got, "\n"))
		}
	})
}

func TestTeams(t *testing.T) {
	t.Parallel()
	r := must(t, network, escalate(once(1), after("0 minutes", "all", "team net")))
	assert.Equal(t, []escalation.Group{{ID: "net", Members: []string{"ada", "ben", "cy"}}}, r.Teams)
	assert.Equal(t, importers.Person{ID: "ada", Email: "ada@example.com"}, r.People[0])

	r = must(t, network, escalate(once(1), after("0 minutes", "default", "user ada")))
	assert.Empty(t, r.Teams, "that nothing pages")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	r := must(t, `{"data": {"id": "ada", "username": "ada@example.com", "fullName": "Ada Adler", "role": {"id": "user"}, "timeZone": "Europe/Berlin", "blocked": true, "verified": true,
		"userContacts": [
			{"id": "c1", "contactMethod": "email", "to": "ada@example.com", "enabled": true},
			{"id": "c6", "contactMethod": "email", "to": "ada-home@example.com"},
			{"id": "c2", "contactMethod": "voice", "to": "49-15112345678", "enabled": true},
			{"id": "c3", "contactMethod": "sms", "to": "1-555-0100", "status": {"enabled": true}},
			{"id": "c4", "contactMethod": "sms", "to": "1-5550101", "enabled": false},
			{"id": "c5", "contactMethod": "mobile", "to": "ada's phone", "enabled": true}]}}`)
	assert.Equal(t, []importers.Person{{ID: "ada", Name: "Ada Adler", Email: "ada@example.com", Contacts: []importers.Contact{
		{Channel: "email", To: "ada-home@example.com"}, {Channel: "phone", To: "+4915112345678"}, {Channel: "sms", To: "+15550100"},
	}, Zone: "Europe/Berlin"}}, r.People)
	assert.Equal(t, []string{
		"loss /data/blocked the user is blocked, so Opsgenie does not page them; that is not kept",
		`loss /data/userContacts/4 the contact is disabled, so "ada@example.com" is not reached by it`,
		`loss /data/userContacts/5 only the app of Opsgenie can be reached so, and "ada@example.com" not by this contact`,
	}, importtest.Notes(r.Report))
}

// The documents that lie beside the repository, if they do.
func TestSharedEscalations(t *testing.T) {
	t.Parallel()
	docs := slices.Concat(importtest.Shared("vendor-shapes.json", "opsgenie_escalation"), importtest.Shared("vendor-shapes.json", "opsgenie_schedule"))
	if len(docs) == 0 {
		return
	}
	r := must(t, docs...)
	require.Len(t, r.Policies, 1)
	assert.Equal(t, []string{"0s schedule g1", "10m0s schedule g1", "20m0s exhausted"}, importtest.Course(t, r, "e1"))
	assert.Equal(t, "loss a.json#/data/0/repeat/resetRecipientStates a repetition takes acknowledgements back; "+
		"here an acknowledgement ends the run, and nobody is paged again", importtest.Notes(r.Report)[0])
}
