package squadcast_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/squadcast"
)

// policy is an answer with an escalation policy of these rules.
func policy(fields string, rules ...string) string {
	if fields != "" {
		fields = ", " + fields
	}
	return fmt.Sprintf(`{"data": [{"id": "p", "name": "Web", "description": "", "slug": "web", "owner": {"id": "T", "type": "team"}%s, "rules": [%s]}]}`,
		fields, strings.Join(rules, ","))
}

// rule pages entities such as "user ada" so many minutes after the incident began.
func rule(minutes int, fields string, entities ...string) string {
	var all []string
	for _, e := range entities {
		kind, id, _ := strings.Cut(e, " ")
		if kind == "schedulev2" {
			all = append(all, fmt.Sprintf(`{"id": "x", "pid": %s, "type": %q}`, id, kind))
			continue
		}
		all = append(all, fmt.Sprintf(`{"id": %q, "type": %q}`, id, kind))
	}
	if fields != "" {
		fields = ", " + fields
	}
	return fmt.Sprintf(`{"escalationTime": %d, "entities": [%s]%s}`, minutes, strings.Join(all, ","), fields)
}

const (
	squad = `{"data": {"id": "net", "name": "Network", "members": [{"user_id": "ada", "role": "owner"}, {"user_id": "ben"}]}}`
	user  = `{"data": [{"id": "ada", "first_name": "Ada", "last_name": "Adler", "email": "ada@example.com", "role": "user", "time_zone": "UTC",
		"contact": {"dial_code": "+49", "phone_number": "15112345678"}, "notification_rules": [{"type": "Phone", "time": 0}]}]}`
)

func TestPolicies(t *testing.T) {
	t.Parallel()
	core := in(`"period": "daily"`) // whose id is 7
	const (
		last   = " how long an answer to the last page is waited for: it is taken to be 10m0s"
		again  = " a repetition is taken to begin so long after the last page of the one before"
		atOnce = " where nobody is on call for a rule, what follows it comes at once, and in Squadcast not before its own time"
	)
	tests := []importtest.Case{
		{
			Name:   "times are counted from the beginning, in whatever order they stand",
			Docs:   []string{policy("", rule(10, "", "user cy"), rule(0, "", "user ada"), rule(10, "", "user di", "user cy"), rule(4, "", "user ben"))},
			Course: map[string][]string{"p": {"0s person ada", "4m0s person ben", "10m0s person cy, person di", "20m0s exhausted"}},
			Notes:  []string{"assumption /data/0/rules the document does not say" + last},
		},
		{
			Name: "the whole again, and a first delay",
			Docs: []string{policy(`"repetition": 1, "repeat_after": 6`, rule(1, "", "user ada"), rule(5, "", "user ben"))},
			Course: map[string][]string{"p": {
				"1m0s person ada", "5m0s person ben", "12m0s person ada", "16m0s person ben", "22m0s exhausted",
			}},
			Notes: []string{"assumption /data/0/repeat_after" + again},
		},
		{
			Name: "a rule that repeats, beside the next one",
			Docs: []string{policy("", rule(0, `"repetition": 2, "repeat_after": 3`, "user ada"), rule(6, "", "user ben"))},
			Course: map[string][]string{"p": {
				"0s person ada", "3m0s person ada", "6m0s person ada, person ben", "16m0s exhausted",
			}},
			Notes: []string{"assumption /data/0/rules the document does not say" + last},
		},
		{
			Name: "round robin from where the ring stands",
			Docs: []string{policy(`"repetition": 1, "repeat_after": 5`, rule(0, `"roundrobin_enabled": true, "roundrobin_next_index": 2`, "user ada", "user ben", "user cy"), rule(5, "", "user di"))},
			Course: map[string][]string{"p": {
				"0s person cy", "5m0s person di", "10m0s person ada", "15m0s person di", "20m0s exhausted",
			}},
			Notes: []string{
				"assumption /data/0/repeat_after" + again,
				"loss /data/0/rules/0/roundrobin_enabled a repetition of the policy pages the same again",
			},
		},
		{ // the times of the manual's own example: a ring of one minute each, and a second rule after five
			Name: "around the ring, into the time of the next rule",
			Docs: []string{policy("", rule(0, `"roundrobin_enabled": true, "escalate_within_roundrobin": true, "repeat_after": 1`,
				"user u1", "user u2", "user u3", "user u4", "user u5", "user u6", "user u7"), rule(5, "", "user next"))},
			Course: map[string][]string{"p": {
				"0s person u1", "1m0s person u2", "2m0s person u3", "3m0s person u4", "4m0s person u5", "5m0s person u6, person next", "6m0s person u7", "16m0s exhausted",
			}},
			Notes: []string{"assumption /data/0/rules the document does not say" + last},
		},
		{
			Name: "squads, schedules of both kinds, and channels",
			Docs: []string{policy("", rule(0, `"via": ["SMS", "Phone"]`, "squad net"), rule(5, "", "schedulev2 7"), rule(6, `"roundrobin_enabled": true`, "schedule old", "squad ops")), squad, core},
			Course: map[string][]string{"p": {
				"0s team net", "5m0s schedule 7", "6m0s schedule old", "16m0s exhausted",
			}},
			Notes: []string{
				"loss a.json#/data/0/rules/0/via by which channels this rule notifies is not kept",
				`loss a.json#/data/0/rules/2/entities/0 the schedule "old" is not among the documents`,
				`loss a.json#/data/0/rules/2/entities/1 the members of the squad "ops" are not among the documents`,
				"assumption a.json#/data/0/rules/2/roundrobin_enabled the turn of a squad or a schedule is everybody's behind it",
				"assumption a.json#/data/0/rules the document does not say" + last, "assumption a.json#/data/0/rules" + atOnce,
			},
		},
		{
			Name:  "nobody at all",
			Docs:  []string{policy("", rule(0, ""))},
			Notes: []string{"loss /data/0/rules/0/entities the rule pages nobody", "loss /data/0/rules no rule of the escalation policy pages anybody"},
		},
		{
			Name:   "no time after the last page of a repetition",
			Docs:   []string{policy(`"repetition": 1, "repeat_after": 0`, rule(0, "", "user ada"))},
			Course: map[string][]string{"p": {"0s person ada", "10m0s person ada", "20m0s exhausted"}},
			Notes: []string{
				"assumption /data/0/repeat_after a repetition is taken to begin so long after the last page",
				"assumption /data/0/rules the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
		},
		{
			Name: "wrong values",
			Docs: []string{policy(`"repetition": -1, "repeat_after": -2`, rule(-1, `"repetition": 101, "repeat_after": 99999`, "user ada"), rule(0, "", "robot r"))},
			Errors: []string{
				"/data/0/repetition 0 to 100", "/data/0/repeat_after 0 or more", "/data/0/rules/0/escalationTime 0 or more",
				"/data/0/rules/0/repetition 0 to 100", "/data/0/rules/1/entities/0/type one of user, squad, schedule, schedulev2",
			},
		},
		{
			Name:   "a place before the ring",
			Docs:   []string{policy("", rule(0, `"roundrobin_enabled": true, "roundrobin_next_index": -1`, "user ada"))},
			Errors: []string{"/data/0/rules/0/roundrobin_next_index 0 or more"},
		},
		{
			Name:   "a crowd",
			Docs:   []string{policy("", rule(0, "", strings.Split(strings.Repeat("user a,", 100)+"user b", ",")...))},
			Errors: []string{"/data/0/rules/0/entities at most 100"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, squadcast.Import)
		})
	}
}

// The next incident begins with the next in the ring, at every place in it.
func TestTheRingPassesOn(t *testing.T) {
	t.Parallel()
	doc := policy("", rule(0, `"roundrobin_enabled": true, "escalate_within_roundrobin": true, "repeat_after": 1`, "user u1", "user u2", "user u3"))
	r, err := squadcast.Import(importers.Options{}, importtest.Files(doc)...)
	require.NoError(t, err)
	ladder, err := escalation.Compile(r.Policies[0])
	require.NoError(t, err)
	var paged []string
	var turns map[string]escalation.Turn
	for range 3 {
		course := escalation.Simulate(escalation.Setting{Ladder: ladder, Start: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC), Turns: turns})
		for _, m := range course.Moments {
			if m.Effect.Kind == escalation.Page {
				paged = append(paged, m.Effect.Person)
			}
		}
		turns = course.Progress.Turns
	}
	assert.Equal(t, []string{"u1", "u2", "u3", "u2", "u3", "u1", "u3", "u1", "u2"}, paged)
}

func TestSquadsAndUsers(t *testing.T) {
	t.Parallel()
	r, err := squadcast.Import(importers.Options{}, importtest.Files(squad, user, policy("", rule(0, "", "squad net")))...)
	require.NoError(t, err)
	assert.Equal(t, []escalation.Group{{ID: "net", Members: []string{"ada", "ben"}}}, r.Teams)
	assert.Equal(t, []importers.Person{
		{ID: "ada", Name: "Ada Adler", Email: "ada@example.com", Contacts: []importers.Contact{{Channel: "phone", To: "+4915112345678"}}, Zone: "UTC"}, {ID: "ben"},
	}, r.People)
	assert.Equal(t, `loss b.json#/data/0/notification_rules when "ada" is notified by which contact is not kept`, importtest.Notes(r.Report)[0])
}
