package pagerduty_test

import (
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
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/oncall"
)

// policy is an answer with an escalation policy of these rules.
func policy(fields string, rules ...string) string {
	return fmt.Sprintf(`{"escalation_policy": {"id": "E", "type": "escalation_policy", "name": "Web", %s "escalation_rules": [%s]}}`,
		fields, strings.Join(rules, ","))
}

// pages is a rule: 30 minutes for these targets, such as "user_reference ada".
func pages(minutes int, strategy string, targets ...string) string {
	var all []string
	for _, t := range targets {
		kind, id, _ := strings.Cut(t, " ")
		all = append(all, fmt.Sprintf(`{"id": %q, "type": %q}`, id, kind))
	}
	if strategy != "" {
		strategy = `, "escalation_rule_assignment_strategy": ` + strategy
	}
	return fmt.Sprintf(`{"id": "R", "escalation_delay_in_minutes": %d, "targets": [%s]%s}`, minutes, strings.Join(all, ","), strategy)
}

const (
	ada, ben, cy = "user_reference ada", "user_reference ben", "user_reference cy"

	web   = `{"schedule": {"id": "web", "time_zone": "UTC", "schedule_layers": [{"id": "L", "start": "2026-01-05T09:00:00Z", "rotation_virtual_start": "2026-01-05T09:00:00Z", "rotation_turn_length_seconds": 86400, "users": [{"user": {"id": "ada"}}]}]}}`
	webV3 = `{"schedule": {"id": "web", "time_zone": "UTC", "rotations": []}}`
)

func TestEscalationPolicies(t *testing.T) {
	t.Parallel()
	const first = "assumption /escalation_policy/escalation_rules/0/escalation_rule_assignment_strategy the document does not say whose turn it is"
	tests := []importtest.Case{
		{
			Name: "the last rule has its delay too",
			Docs: []string{policy(`"num_loops": 0, "teams": [{"id": "T", "type": "team_reference"}],`, pages(5, "", ada), pages(30, "", ben, cy))},
			Course: map[string][]string{"E": {
				"0s person ada", "5m0s person ben, person cy", "35m0s exhausted",
			}},
		},
		{
			Name: "loops come after the first time, and a strategy may be a text",
			Docs: []string{web, policy(`"num_loops": 2,`, pages(10, `"assign_to_everyone"`, "schedule_reference web", ben), pages(20, "", cy))},
			Course: map[string][]string{"E": {
				"0s schedule web, person ben", "10m0s person cy",
				"30m0s schedule web, person ben", "40m0s person cy",
				"1h0m0s schedule web, person ben", "1h10m0s person cy", "1h30m0s exhausted",
			}},
		},
		{
			Name: "round robin, as an object: one of the ring at each loop",
			Docs: []string{policy(`"num_loops": 3,`, pages(10, `{"type": "round_robin"}`, ada, ben, cy))},
			Course: map[string][]string{"E": {
				"0s person ada", "10m0s person ben", "20m0s person cy", "30m0s person ada", "40m0s exhausted",
			}},
			Notes: []string{first},
		},
		{
			Name:   "round robin of one, as a text",
			Docs:   []string{policy(`"num_loops": 1,`, pages(1, `"round_robin"`, ada))},
			Course: map[string][]string{"E": {"0s person ada", "1m0s person ada", "2m0s exhausted"}},
		},
		{
			Name:   "expanded targets",
			Docs:   []string{policy("", pages(10, "", "user ada", "schedule web")), web},
			Course: map[string][]string{"E": {"0s person ada, schedule web", "10m0s exhausted"}},
		},
		{
			Name: "ten targets, of which one twice",
			Docs: []string{policy("", pages(10, "", ada, ben, cy, "user_reference d", "user_reference e", "user_reference f",
				"user_reference g", "user_reference h", "user_reference i", ada))},
			Course: map[string][]string{"E": {
				"0s person ada, person ben, person cy, person d, person e, person f, person g, person h, person i", "10m0s exhausted",
			}},
		},
		{
			Name:   "a schedule that is not there",
			Docs:   []string{policy("", pages(10, "", "schedule_reference web"))},
			Course: map[string][]string{"E": {"0s schedule web", "10m0s exhausted"}},
			Notes:  []string{`loss /escalation_policy/escalation_rules/0/targets/0 the schedule "web" is not among the documents`},
		},
		{
			Name:   "delays of more than a week, and of years",
			Docs:   []string{policy("", pages(8*24*60, "", ada), pages(1_000_000, "", ben))},
			Course: map[string][]string{"E": {"0s person ada", "192h0m0s person ben", "1872h0m0s exhausted"}},
			Notes:  []string{"loss /escalation_policy/escalation_rules/1/escalation_delay_in_minutes the longest time that is kept is 70 days, and stands in place of this one"},
		},
		{
			Name:   "no delay after the last rule",
			Docs:   []string{policy("", pages(0, "", ada))},
			Course: map[string][]string{"E": {"0s person ada", "10m0s exhausted"}},
			Notes: []string{
				"assumption /escalation_policy/escalation_rules the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
		},
		{
			Name:   "a delay of 0",
			Docs:   []string{policy("", pages(0, "", ada), pages(10, "", ben))},
			Course: map[string][]string{"E": {"0s person ada, person ben", "10m0s exhausted"}},
			Notes:  []string{"assumption /escalation_policy/escalation_rules/0/escalation_delay_in_minutes a delay of 0 is taken to page"},
		},
		{
			Name:   "a rule without targets",
			Docs:   []string{policy("", pages(5, "", ada), pages(10, ""), pages(20, "", ben))},
			Course: map[string][]string{"E": {"0s person ada", "5m0s person ben", "25m0s exhausted"}},
			Notes:  []string{"loss /escalation_policy/escalation_rules/1/targets the rule pages nobody, so it is left out with its delay"},
		},
		{
			Name: "deleted users",
			Docs: []string{
				policy("", `{"escalation_delay_in_minutes": 5, "targets": [{"id": "ada", "type": "user_reference", "deleted_at": "2026-01-01T00:00:00Z"}, {"id": "ben", "type": "user_reference"}, {"id": "cy", "type": "user_reference"}]}`),
				`{"users": [{"id": "ben", "name": "Ben", "email": "ben@example.com"}], "more": false}`,
			},
			Course: map[string][]string{"E": {"0s person ben, person cy", "5m0s exhausted"}},
			Notes: []string{
				`loss a.json#/escalation_policy/escalation_rules/0/targets/0 the user "ada" is deleted, so nobody is paged`,
				`assumption a.json#/escalation_policy/escalation_rules/0/targets/2 the user "cy" is not among the users`,
			},
		},
		{
			Name:  "no rules",
			Docs:  []string{policy("")},
			Notes: []string{"loss /escalation_policy/escalation_rules no rule of the escalation policy pages anybody"},
		},
		{
			Name: "what is around it",
			Docs: []string{policy(`"services": [{"id": "S", "type": "service_reference"}], "on_call_handoff_notifications": "if_has_services", "color": "red",`,
				`{"escalation_delay_in_minutes": 5, "targets": [{"id": "ada", "type": "user_reference"}], "shade": 1}`)},
			Course: map[string][]string{"E": {"0s person ada", "5m0s exhausted"}},
			Notes: []string{
				"loss /escalation_policy/services which services page by the escalation policy is not kept",
				"loss /escalation_policy/on_call_handoff_notifications that people are told when their duty begins and ends is not kept",
				"loss /escalation_policy/color this has no counterpart", "loss /escalation_policy/escalation_rules/0/shade this has no counterpart",
			},
		},
		{
			Name:   "handoffs of nobody",
			Docs:   []string{policy(`"on_call_handoff_notifications": "if_has_services", "services": [],`, pages(5, "", ada))},
			Course: map[string][]string{"E": {"0s person ada", "5m0s exhausted"}},
		},
		{
			Name: "a list, of which there is more",
			Docs: []string{`{"escalation_policies": [{"id": "A", "escalation_rules": [` + pages(5, "", ada) + `]}, {"id": 7, "escalation_rules": [` + pages(6, "", ben) + `]}], "limit": 2, "offset": 0, "more": true}`},
			Course: map[string][]string{
				"A": {"0s person ada", "5m0s exhausted"}, "7": {"0s person ben", "6m0s exhausted"},
			},
			Notes: []string{"loss /more the list goes on in a further page"},
		},
		{
			Name:   "bare, in a list",
			Docs:   []string{`[{"id": "A", "escalation_rules": [` + pages(5, "", ada) + `]}, {"id": "ada", "name": "Ada", "email": "ada@example.com"}]`},
			Course: map[string][]string{"A": {"0s person ada", "5m0s exhausted"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, pagerduty.Import)
			if len(tt.Docs) == 1 {
				tt.Check(t, pagerduty.ImportV3)
			}
		})
	}
	importtest.Case{
		Docs:   []string{policy("", pages(5, "", "schedule_v3_reference web")), webV3},
		Course: map[string][]string{"E": {"0s schedule web", "5m0s exhausted"}},
	}.Check(t, pagerduty.ImportV3)
}

func TestEscalationPoliciesRefused(t *testing.T) {
	t.Parallel()
	tests := []importtest.Case{
		{Name: "a reference", Docs: []string{`{"escalation_policy": {"id": "E", "type": "escalation_policy_reference"}}`},
			Errors: []string{"/escalation_policy an escalation policy with its rules"}},
		{Name: "a reference to a user", Docs: []string{`{"user": {"id": "ada", "type": "user_reference"}}`}, Errors: []string{"/user a user as GET /users/{id} answers it"}},
		{Name: "too many loops", Docs: []string{policy(`"num_loops": 101,`, pages(1, "", ada))}, Errors: []string{"/escalation_policy/num_loops 0 to 100"}},
		{Name: "a delay below 0", Docs: []string{policy("", pages(-1, "", ada))}, Errors: []string{"/escalation_policy/escalation_rules/0/escalation_delay_in_minutes 0 or more"}},
		{Name: "no delay", Docs: []string{policy("", `{"targets": [{"id": "ada", "type": "user_reference"}]}`)}, Errors: []string{"/escalation_policy/escalation_rules/0/escalation_delay_in_minutes a whole number"}},
		{Name: "a strategy", Docs: []string{policy("", pages(1, `"lottery"`, ada))}, Errors: []string{"/escalation_policy/escalation_rules/0/escalation_rule_assignment_strategy one of assign_to_everyone, round_robin"}},
		{Name: "a target", Docs: []string{policy("", pages(1, "", "robot_reference r"))}, Errors: []string{"/escalation_policy/escalation_rules/0/targets/0/type one of user_reference"}},
		{Name: "a target of no id", Docs: []string{policy("", pages(1, "", "user_reference "))}, Errors: []string{"/escalation_policy an escalation policy in which steps[0].targets[0].id is"}},
		{Name: "one id twice", Docs: []string{policy("", pages(1, "", ada)), policy("", pages(1, "", ben))}, Errors: []string{`/escalation_policy an escalation policy in which id is an id that no other policy has; "E" came before`}},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, pagerduty.Import)
		})
	}
}

// PagerDuty assigns an incident to the targets of one rule after the other, each
// for its delay, and once more for each of num_loops.
func TestEscalationPoliciesByTheManual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		loops, delays := rapid.IntRange(0, 9).Draw(t, "loops"), rapid.SliceOfN(rapid.IntRange(1, 90), 1, 20).Draw(t, "delays")
		var rules, want []string
		for i, d := range delays {
			rules = append(rules, pages(d, "", fmt.Sprintf("user_reference u%d", i)))
		}
		minute := 0
		for range loops + 1 {
			for i, d := range delays {
				want = append(want, fmt.Sprintf("%s person u%d", time.Duration(minute)*time.Minute, i))
				minute += d
			}
		}
		want = append(want, fmt.Sprintf("%s exhausted", time.Duration(minute)*time.Minute))
		r, err := pagerduty.Import(importers.Options{}, importtest.Files(policy(fmt.Sprintf(`"num_loops": %d,`, loops), rules...))...)
		if err != nil {
			t.Fatal(err)
		}
		if got := importtest.Course(t, r, "E"); !slices.Equal(want, got) {
			t.Fatalf("want\n%s\nnot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	const user = `{"user": {"id": "ada", "type": "user", "name": "Ada Adler", "email": "ada@example.com", "time_zone": "Europe/Berlin", "color": "red", "role": "user", "teams": [],
		"contact_methods": [
			{"id": "C1", "type": "email_contact_method", "label": "Default", "address": "ada@example.com", "send_short_email": false},
			{"id": "C2", "type": "email_contact_method", "label": "Home", "address": "home@example.com"},
			{"id": "C3", "type": "phone_contact_method", "country_code": 49, "address": "15112345678", "blacklisted": false},
			{"id": "C4", "type": "sms_contact_method", "country_code": 49, "address": 15112345678, "enabled": true},
			{"id": "C5", "type": "sms_contact_method", "country_code": 1, "address": "5550100", "blacklisted": true},
			{"id": "C7", "type": "phone_contact_method", "country_code": 1, "address": "5550101", "enabled": false},
			{"id": "C6", "type": "push_notification_contact_method", "address": "876c", "device_type": "android"}],
		"notification_rules": [
			{"id": "N1", "type": "assignment_notification_rule", "urgency": "high", "start_delay_in_minutes": 5, "contact_method": {"id": "C3", "type": "phone_contact_method"}},
			{"id": "N2", "type": "assignment_notification_rule", "urgency": "high", "start_delay_in_minutes": 0, "contact_method": {"id": "C4", "type": "sms_contact_method"}},
			{"id": "N3", "type": "assignment_notification_rule", "urgency": "low", "start_delay_in_minutes": 0, "contact_method": {"id": "C2", "type": "email_contact_method"}}]}}`
	r := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(user)...)
	assert.Equal(t, []importers.Person{{ID: "ada", Name: "Ada Adler", Email: "ada@example.com", Contacts: []importers.Contact{
		{Channel: "sms", To: "+4915112345678"}, {Channel: "phone", To: "+4915112345678"}, {Channel: "email", To: "home@example.com"},
	}, Zone: "Europe/Berlin", Rules: escalation.Rules{
		High: []escalation.Notification{{Channel: "sms"}, {Channel: "phone", After: 5 * time.Minute}},
		Low:  []escalation.Notification{{Channel: "email"}},
	}}}, r.People)
	assert.Equal(t, []string{
		`loss /user/contact_methods/4 the contact is blocked, so "ada" is not reached by it`,
		`loss /user/contact_methods/5 the contact is blocked, so "ada" is not reached by it`,
		`loss /user/contact_methods/6 only the app of PagerDuty can be reached so, and "ada" not by this contact`,
	}, importtest.Notes(r.Report))

	r = mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(`{"users": [{"id": "ada", "summary": "Ada",
		"contact_methods": [{"id": "C1", "type": "email_contact_method_reference", "summary": "Default"}], "notification_rules": []}]}`)...)
	assert.Equal(t, []importers.Person{{ID: "ada", Name: "Ada"}}, r.People)
	assert.Equal(t, []string{
		`loss /users/0/contact_methods the addresses are not in this answer, so "ada" cannot be reached by them: get the user with include[]=contact_methods`,
	}, importtest.Notes(r.Report))

	importtest.Case{Docs: []string{`{"user": {"id": "ada", "contact_methods": [{"type": "pigeon", "address": "x"}]}}`},
		Errors: []string{"/user/contact_methods/0/type a contact method, such as sms_contact_method"}}.Check(t, pagerduty.Import)
}

// What is said of how ada is notified, by these contacts.
func TestNotificationRules(t *testing.T) {
	t.Parallel()
	const contacts = `{"id": "S", "type": "sms_contact_method", "country_code": 1, "address": "5550100"},
		{"id": "P", "type": "phone_contact_method", "country_code": 1, "address": "5550101"}, {"id": "P2", "type": "phone_contact_method", "country_code": 1, "address": "5550102"},
		{"id": "E", "type": "email_contact_method", "address": "ada@example.com"}, {"id": "A", "type": "push_notification_contact_method", "address": "876c"}`
	const (
		app  = `loss /user/contact_methods/4 only the app of PagerDuty`
		some = "loss /user/notification_rules no rule is left for a page of "
	)
	rule := func(urgency, contact string, delay int) string {
		return fmt.Sprintf(`{"id": "N", "type": "assignment_notification_rule", "urgency": %q, "start_delay_in_minutes": %d, "contact_method": {"id": %q, "type": "contact_method_reference"}}`, urgency, delay, contact)
	}
	at := func(channel string, minutes int) escalation.Notification {
		return escalation.Notification{Channel: channel, After: time.Duration(minutes) * time.Minute}
	}
	low := rule("low", "E", 0)
	quiet := []escalation.Notification{at("email", 0)}
	tests := map[string]struct {
		rules []string
		want  escalation.Rules
		notes []string
	}{
		"in the order of their delays, each once": {
			[]string{rule("high", "P", 10), rule("high", "E", 0), rule("high", "P", 10), rule("high", "S", 5), low},
			escalation.Rules{High: []escalation.Notification{at("email", 0), at("sms", 5), at("phone", 10)}, Low: quiet}, nil,
		},
		"the first goes at once": {
			[]string{rule("high", "P", 10), rule("high", "S", 5), rule("low", "E", 30)},
			escalation.Rules{High: []escalation.Notification{at("sms", 0), at("phone", 10)}, Low: quiet},
			[]string{
				`assumption /user/notification_rules/1/start_delay_in_minutes "ada" is told of a page of high urgency at once, and not only after 5m0s`,
				`assumption /user/notification_rules/2/start_delay_in_minutes "ada" is told of a page of low urgency at once, and not only after 30m0s`,
			},
		},
		"two of a channel": {
			[]string{rule("high", "P", 0), rule("high", "P2", 5), low},
			escalation.Rules{High: []escalation.Notification{at("phone", 0), at("phone", 5)}, Low: quiet},
			[]string{`loss /user/notification_rules/1/contact_method a rule names a channel here and no contact, so "ada" is told by the first contact for phone`},
		},
		"the app, and none of low urgency": {
			[]string{rule("high", "A", 0), rule("high", "S", 3)},
			escalation.Rules{High: []escalation.Notification{at("sms", 0)}},
			[]string{
				`loss /user/notification_rules/0 "ada" cannot be reached by the contact of this rule, so it is left out`,
				`assumption /user/notification_rules/1/start_delay_in_minutes "ada" is told of a page of high urgency at once`,
				some + `low urgency, so "ada" is told of one at once, by the first contact that takes it`,
			},
		},
		"only references, and others than for pages": {
			[]string{`{"id": "N", "type": "assignment_notification_rule_reference"}`, `{"id": "N", "type": "status_update_notification_rule", "contact_method": {"id": "S"}}`},
			escalation.Rules{},
			[]string{
				"loss /user/notification_rules/0 the rule is not in this answer", "loss /user/notification_rules/1 the rule is not about pages",
				some + "high urgency", some + "low urgency",
			},
		},
		"more than a week": {
			[]string{rule("high", "S", 0), rule("high", "P", 10081), low},
			escalation.Rules{High: []escalation.Notification{at("sms", 0), at("phone", 10080)}, Low: quiet},
			[]string{"loss /user/notification_rules/1/start_delay_in_minutes the longest time that is kept is 7 days"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := `{"user": {"id": "ada", "email": "ada@example.com", "contact_methods": [` + contacts + `], "notification_rules": [` + strings.Join(tt.rules, ",") + `]}}`
			importtest.Case{Docs: []string{doc}, Notes: append([]string{app}, tt.notes...)}.Check(t, pagerduty.Import)
			ada := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(doc)...).People[0]
			assert.Equal(t, tt.want, ada.Rules)
			channels := []string{"email"}
			for _, c := range ada.Contacts {
				if !slices.Contains(channels, c.Channel) {
					channels = append(channels, c.Channel)
				}
			}
			assert.Empty(t, escalation.Responder{Person: oncall.Person{ID: "ada"}, Channels: channels, Rules: ada.Rules}.Validate())
		})
	}
	importtest.Case{
		Docs:   []string{`{"user": {"id": "ada", "contact_methods": [` + contacts + `], "notification_rules": [` + rule("loud", "S", -1) + `]}}`},
		Errors: []string{"/user/notification_rules/0/urgency one of high, low", "/user/notification_rules/0/start_delay_in_minutes 0 or more"},
	}.Check(t, pagerduty.Import)
}

// The documents that lie beside the repository, if they do.
func TestSharedPolicies(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "pagerduty_escalation_policy") {
		r := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(doc)...)
		assert.Equal(t, []string{
			"0s person PU1, schedule PS1", "30m0s person PU1, schedule PS1", "1h0m0s person PU1, schedule PS1", "1h30m0s exhausted",
		}, importtest.Course(t, r, "PE1"))
		assert.Len(t, r.Report, 3)
	}
	for _, doc := range importtest.Shared("payloads/pagerduty/api-escalation-policy.json", "") {
		r := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(doc)...)
		require.Len(t, r.Policies, 1)
		assert.Equal(t, "Backend Escalation Policy", r.Policies[0].Name)
		assert.Equal(t, []escalation.Step{{Targets: []escalation.Target{escalation.Schedule("PWAXLIH")}, Wait: 30 * time.Minute}}, r.Policies[0].Steps)
		assert.Equal(t, []string{"0s schedule PWAXLIH", "30m0s schedule PWAXLIH", "1h0m0s exhausted"}, importtest.Course(t, r, "P7LVMYP"))
		var at []string
		for _, n := range r.Report {
			at = append(at, string(n.Level)+" "+n.Path)
		}
		assert.Equal(t, []string{
			"loss /services", "loss /on_call_handoff_notifications", "loss /escalation_rules/0/targets/0", "loss /__oncall_users",
		}, at)
	}
}
