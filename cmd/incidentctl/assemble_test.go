package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// Whatever import writes, verify reads and proves.
func TestVerifyReadsWhatImportWrites(t *testing.T) {
	t.Parallel()
	tests := []string{
		"pagerduty testdata/pagerduty.json testdata/pagerduty-overrides.json",
		"pagerduty testdata/pagerduty-policy.json",
		"pagerduty testdata/pagerduty-policy.json testdata/pagerduty.json",
		"pagerduty testdata/pagerduty-policy.json testdata/pagerduty.json testdata/pagerduty-users.json",
		"pagerduty testdata/pagerduty-policy.json testdata/pagerduty.json --schedule PAYMNTS",
		"pagerduty-v3 testdata/pagerduty-v3.json",
		"opsgenie testdata/opsgenie-team.json",
		"opsgenie testdata/opsgenie-escalation.json",
		"opsgenie testdata/opsgenie-escalation.json testdata/opsgenie.json",
		"incidentio testdata/incidentio.json",
		"incidentio testdata/incidentio-path.json",
		"incidentio testdata/incidentio-path.json testdata/incidentio.json",
		"grafana-oncall testdata/grafana-oncall.json testdata/grafana-oncall-shifts.json",
		"grafana-oncall testdata/grafana-oncall-chain.json",
		"goalert testdata/goalert.json",
		"goalert testdata/goalert-policy.json",
		"ical testdata/calendar.ics",
		"rootly testdata/rootly.json",
		"firehydrant testdata/firehydrant.json --exported 2026-03-05",
		"squadcast testdata/squadcast.json --zone America/New_York",
		"betterstack testdata/betterstack.json",
		"datadog testdata/datadog.json",
	}
	for _, line := range tests {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			written := runCLI("import "+line, "", nil)
			require.NotEqual(t, exitBadInput, written.code, written.stderr)
			got := runCLI("verify -f - --horizon 2w", written.stdout, nil)
			assert.NotEqual(t, exitBadInput, got.code, got.stderr)

			args := strings.Fields(line)
			same := "verify --format " + args[0] + " --horizon 2w"
			for i, arg := range args[1:] {
				switch {
				case arg == "--schedule" || args[i] == "--schedule": // verify is about all of a plan
					return
				case strings.HasPrefix(arg, "testdata/"):
					same += " -f " + arg
				default:
					same += " " + arg
				}
			}
			assert.Equal(t, got.code, runCLI(same, "", nil).code, "the documents themselves")
		})
	}
}

// two are policies of which the first names whatever a policy can.
func two() []escalation.Policy {
	return []escalation.Policy{
		{ID: "Pay ments", Steps: []escalation.Step{
			{
				ID: "st 1", If: &escalation.Condition{Severities: []string{"very bad"}, Components: []string{"web site"}},
				Targets: []escalation.Target{
					escalation.Person("Ana Silva"), escalation.Schedule("day shift"), escalation.Team("a team"),
					{Type: escalation.TargetChannel, ID: "the room"}, {Type: escalation.TargetWebhook, ID: "the hook"},
				},
				Wait: time.Minute, Tier: "front line",
				Else: []escalation.Step{{Targets: []escalation.Target{{Type: escalation.TargetPolicy, ID: "nest ed"}}, Wait: time.Minute}},
			},
			{Targets: []escalation.Target{escalation.Person("ben")}, Wait: time.Minute},
			{BackTo: "st 1", Times: 1},
		}, RepeatFrom: "st 1", Repeat: 1, Tiers: []escalation.Tier{{ID: "front line"}},
			Defer: []escalation.Deferral{{If: &escalation.Condition{Severities: []string{"mild"}}, Hours: escalation.Hours{
				Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))},
			}}},
			Final: escalation.Final{Severity: "very bad", Targets: []escalation.Target{escalation.Person("Ana Silva")}}},
		{ID: "nest ed", Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Person("ben")}, Wait: time.Minute}}},
		{ID: "web-site", Name: "Web", Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Person("ben")}, Wait: time.Minute}}},
	}
}

// Ids that a plan cannot have are changed the same way wherever they are.
func TestPlanOfPolicies(t *testing.T) {
	t.Parallel()
	d, err := planOf(importers.Result{
		Policies: two(),
		Teams:    []escalation.Group{{ID: "a team", Members: []string{"Ana Silva"}, Manager: "cy"}},
		Places: []importers.Place{
			{Type: escalation.TargetChannel, ID: "the room", Name: "The\nroom"},
			{Type: escalation.TargetWebhook, ID: "the hook", To: "https://example.com/hook"},
		},
		People: []importers.Person{
			{ID: "Ana Silva", Email: "ana@example.com"},
			{ID: "ben", Name: " Ben\tOkoro ", Contacts: []importers.Contact{{Channel: "text message", To: "+1555"}, {Channel: "email", To: "ben@example.com"}}, Email: "ben@example.com",
				Zone: "Europe/Lisbon", Rules: escalation.Rules{
					High: []escalation.Notification{{Channel: "pigeon"}, {Channel: "text message", After: time.Minute}, {Channel: "email", After: 2 * time.Minute}},
				}},
		},
	}, "acme")
	require.NoError(t, err)
	s := d.spec
	assert.Equal(t, []plan.Person{
		{ID: "Ana-Silva", Name: "Ana Silva", Contacts: []plan.Contact{{Channel: "email", To: "ana@example.com"}}},
		{ID: "ben", Name: "Ben Okoro", Contacts: []plan.Contact{{Channel: "text-message", To: "+1555"}, {Channel: "email", To: "ben@example.com"}},
			Zone: "Europe/Lisbon", Rules: plan.Rules{High: []plan.Notification{{Channel: "text-message"}, {Channel: "email", After: plan.Duration(2 * time.Minute)}}}},
		{ID: "cy"},
	}, s.People)
	assert.Equal(t, []plan.Severity{{ID: "very-bad"}, {ID: "mild"}, {ID: "other"}}, s.Severities)
	assert.Equal(t, []plan.Channel{{ID: "the-room", Name: "The room", Channel: "chat", To: "The room"}}, s.Channels)
	assert.Equal(t, []plan.Webhook{{ID: "the-hook", To: "https://example.com/hook"}}, s.Webhooks)
	assert.Equal(t, []plan.Team{{ID: "a-team", Members: []string{"Ana-Silva"}, Manager: "cy"}}, s.Teams)
	assert.Equal(t, []plan.Component{{ID: "web-site"}, {ID: "policy-web-site", Name: "Web", Policy: "web-site"}}, s.Components)
	assert.Equal(t, "Pay-ments", s.DefaultPolicy)
	assert.Equal(t, "Ana-Silva", s.LastResort.Person)
	assert.Equal(t, []plan.Target{{Type: escalation.TargetPolicy, ID: "nest-ed"}}, s.Policies[0].Steps[0].Else[0].Targets)
	require.Len(t, s.Schedules, 1)
	assert.Equal(t, "day-shift", s.Schedules[0].ID)

	var lost, assumed []string
	for _, n := range d.report {
		if n.Level == oncall.Loss {
			lost = append(lost, n.Text)
		} else {
			assumed = append(assumed, n.Path+" "+n.Text)
		}
	}
	assert.Equal(t, []string{`nobody is on call on the schedule "day-shift", since no document says who is: import it together with that document`}, lost)
	for _, want := range []string{
		`the step "st 1" is written as "st-1"`, `the tier "front line" is written`, `the webhook "the hook" is`, `the severity "very bad" is`,
		`plan:/default_policy the default policy is the first, "Pay-ments"`,
		`plan:/people the contacts are of channels named "email", "text-message"`,
		`plan:/people no document says how to reach "cy"`,
		`plan:/last_resort the last resort is "Ana-Silva"`,
		`plan:/channels no document says all of how to reach the channel "the-room"`,
		`plan:/severities the severities are those that the policies name`,
		`plan:/components for each policy`,
	} {
		assert.Contains(t, strings.Join(assumed, "\n"), want)
	}
}

// A plan of documents that say next to nothing is still one.
func TestPlanOfLittle(t *testing.T) {
	t.Parallel()
	policy := escalation.Policy{ID: "p", Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Team("t")}, Wait: time.Minute}}}
	d, err := planOf(importers.Result{Policies: []escalation.Policy{policy}}, "acme")
	require.NoError(t, err)
	assert.Equal(t, []plan.Person{{ID: "last-resort", Name: "Nobody yet"}}, d.spec.People)
	assert.Equal(t, []plan.Team{{ID: "t", Members: []string{}}}, d.spec.Teams)
	var lost []string
	for _, n := range d.report {
		if n.Level == oncall.Loss {
			lost = append(lost, n.Path)
		}
	}
	assert.Equal(t, []string{"plan:/teams", "plan:/people"}, lost)

	empty, err := planOf(importers.Result{Schedules: []oncall.Schedule{{ID: "s", Zone: "UTC"}, {ID: "q", Zone: "UTC"}}}, "acme")
	require.NoError(t, err)
	require.Len(t, empty.spec.Policies, 2)
	assert.Equal(t, plan.Step{Targets: []plan.Target{{Type: escalation.TargetSchedule, ID: "q"}}, Wait: plan.Wait(5 * time.Minute)}, empty.spec.Policies[1].Steps[0])
	assert.Equal(t, []plan.Component{{ID: "q", Policy: "q"}}, empty.spec.Components)
}

func TestPlanThatCannotBe(t *testing.T) {
	t.Parallel()
	missing := escalation.Policy{ID: "p", Steps: []escalation.Step{{Targets: []escalation.Target{{Type: escalation.TargetVendor, ID: "v"}}, Wait: time.Minute}}}
	_, err := planOf(importers.Result{Policies: []escalation.Policy{missing}}, "acme")
	require.ErrorContains(t, err, "a plan cannot say it all: plan: 1 problem")
	require.ErrorContains(t, err, "the id of a vendor")

	_, err = planOf(importers.Result{Policies: []escalation.Policy{{ID: "p"}}}, "acme")
	require.ErrorContains(t, err, "a plan cannot say it all: escalation: policies[0].steps")

	_, err = planOf(importers.Result{Schedules: []oncall.Schedule{{ID: "s", Zone: "Mars"}}}, "acme")
	require.ErrorContains(t, err, "a plan cannot say it all: oncall: schedules[0].zone")
}

// The only schedule is imported without the policies, which would page others.
func TestImportOfOneScheduleOfMany(t *testing.T) {
	t.Parallel()
	got := runCLI("import pagerduty testdata/pagerduty-policy.json testdata/pagerduty.json --schedule PAYMNTS", "", nil)
	assert.Equal(t, exitFine, got.code)
	assert.NotContains(t, got.stdout, "PPOLICY")
	assert.Contains(t, got.stdout, `"default_policy": "PAYMNTS"`)
	assert.Contains(t, got.stderr, "plan:/policies: with --schedule, the policies of the documents are left out")
}

func TestLine(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "a b c", line(" a\r\nb\u0000c\t"))
	assert.Len(t, line(strings.Repeat("long ", 200)), plan.MaxLine-1, "and no space at the end")
}

func TestListed(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `"a", "b"`, listed([]string{"a", "b"}))
	assert.True(t, strings.HasSuffix(listed(strings.Split("abcdefghijklm", "")), `"j" and 3 more`))
}
