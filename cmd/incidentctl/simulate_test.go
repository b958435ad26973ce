package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

// courseOf runs simulate with a changed plan, and returns what happens as
// "15m 2.1 page person:ana ana push".
func courseOf(t *testing.T, flags string, change ...string) []string {
	t.Helper()
	document, err := os.ReadFile("testdata/escalation.json")
	require.NoError(t, err)
	changed := strings.NewReplacer(change...).Replace(string(document))
	got := runCLI("simulate -f - -o json "+flags, changed, nil)
	require.Equal(t, exitFine, got.code, got.stderr)
	var answer courseJSON
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &answer))
	out := []string{}
	for _, m := range answer.Course {
		after := (time.Duration(m.OffsetSeconds) * time.Second).String()
		parts := []string{after, m.Action}
		if m.Target != nil {
			parts = append(parts, string(m.Target.Type)+":"+m.Target.ID)
		}
		for _, more := range []*string{m.Person, m.Channel} {
			if more != nil {
				parts = append(parts, *more)
			}
		}
		assert.NotEmpty(t, m.Reason)
		assert.Positive(t, m.Step)
		assert.Positive(t, m.Round)
		out = append(out, strings.Join(parts, " "))
	}
	return out
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	const calm = "--policy calm --severity SEV1 "
	tests := map[string]struct {
		flags  string
		change []string
		want   []string
	}{
		"answered at once": {
			"--ack chi@0", nil,
			[]string{"0s page schedule:primary ana push", "0s page channel:incidents chat"},
		},
		"an answer to what is not paged yet": {
			"--ack ben@4m59s", nil,
			[]string{"0s page schedule:primary ana push", "0s page channel:incidents chat", "2m0s page schedule:primary ana sms"},
		},
		"what is due at the instant of an answer comes first": {
			"--ack ben@5m", nil,
			[]string{"0s page schedule:primary ana push", "0s page channel:incidents chat", "2m0s page schedule:primary ana sms", "5m0s page schedule:office ben chat"},
		},
		"nobody": {
			calm, nil,
			[]string{"0s page schedule:primary ana push", "2m0s page schedule:primary ana sms", "30m0s exhausted", "30m0s fallback person:ben ben chat"},
		},
		"a pause is no action": {
			calm, []string{`"steps": [{"targets": [{"type": "schedule", "id": "primary"}], "wait": "30m"}],`, `"steps": [
				{"until": {"not": true}, "wait": "10m"}, {"targets": [{"type": "schedule", "id": "primary"}], "wait": "1m"}],`},
			[]string{"10m0s page schedule:primary ana push", "11m0s exhausted", "11m0s fallback person:ben ben chat", "12m0s page schedule:primary ana sms"},
		},
		"a condition that may come true is": {
			calm, []string{`"steps": [{"targets": [{"type": "schedule", "id": "primary"}], "wait": "30m"}],`, `"steps": [
				{"until": {"labels": {"a": "b"}}, "wait": "10m"}, {"targets": [{"type": "schedule", "id": "primary"}], "wait": "1m"}],`},
			[]string{"0s skip", "10m0s page schedule:primary ana push", "11m0s exhausted", "11m0s fallback person:ben ben chat", "12m0s page schedule:primary ana sms"},
		},
		"reminders without end": {
			calm + "--ack ben@1m", []string{`"ack_timeout": "2h", `, ""},
			[]string{
				"0s page schedule:primary ana push", "46m0s page person:ben ben chat", "1h31m0s page person:ben ben chat", "2h16m0s page person:ben ben chat",
			},
		},
		"reminders of an answer that does not end the run": {
			calm + "--ack ana@1m", []string{
				`"ack_timeout": "2h", `, "",
				`"steps": [{"targets": [{"type": "schedule", "id": "primary"}], "wait": "30m"}],`,
				`"steps": [{"targets": [{"type": "schedule", "id": "primary"}, {"type": "person", "id": "ben"}], "ack": "all", "wait": "5h"}],`,
			},
			[]string{"0s page schedule:primary ana push", "0s page person:ben ben chat", "5h0m0s exhausted", "5h0m0s fallback person:ben ben chat"},
		},
		"the plan's last resort": {
			"--policy calm", []string{`"final": {"targets": [{"type": "person", "id": "ben"}], "raise_to": "SEV1"}`, `"repeat": 0`},
			[]string{
				"0s page schedule:primary ana push", "2m0s page schedule:primary ana sms", "30m0s exhausted", "30m0s fallback person:ana ana push", "32m0s fallback person:ana ana sms",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, courseOf(t, test.flags, test.change...))
		})
	}
}

// A plan without a list of people leaves them to the host's directory: anybody may
// answer, and nobody knows by which channel anybody is paged.
func TestSimulateWithoutPeople(t *testing.T) {
	t.Parallel()
	const document = `{
		"format": "incidentkit/plan/v1", "name": "Small", "severities": [{"id": "S1"}],
		"policies": [{"id": "default", "steps": [{"targets": [{"type": "person", "id": "ana"}], "wait": "5m"}]}],
		"default_policy": "default", "last_resort": {"person": "ana"}
	}`
	got := runCLI("simulate -f - --ack zoe@1m --at 2026-03-10T12:00:30Z", document, nil)
	assert.Equal(t, exitFine, got.code, got.stderr)
	assert.Contains(t, got.stdout, "default, Small, S1, Tue 2026-03-10 12:00:30 UTC, UTC\n")
	assert.Contains(t, got.stdout, "1m     Tue 2026-03-10 12:01:30 UTC               zoe acknowledges\n")
	assert.Contains(t, got.stdout, "page ana          policy default")
}

// What is not in the documents of another product is paged by its id; what is, is
// resolved.
func TestSimulateImports(t *testing.T) {
	t.Parallel()
	line := "simulate --format pagerduty -f testdata/pagerduty-policy.json -o json"
	assert.Contains(t, runCLI(line, "", nil).stdout, "\"target\": {\n        \"type\": \"schedule\",\n        \"id\": \"PAYMNTS\"\n      },\n      \"person\": null,")
	assert.Contains(t, runCLI(line+" -f testdata/pagerduty.json", "", nil).stdout, "\"id\": \"PAYMNTS\"\n      },\n      \"person\": \"PBEN\",")

	anybody := runCLI(line+" --ack zoe@1m --severity SEV9", "", nil)
	assert.Equal(t, exitFine, anybody.code, anybody.stderr)
	assert.NotContains(t, anybody.stdout, "PANA")

	more := runCLI(line+" --component web --label env=prod --kind security", "", nil)
	assert.Equal(t, exitFine, more.code, "what an incident of another product may be, no document says: %s", more.stderr)

	one := runCLI("simulate --format pagerduty -f - --policy PTWO", twoPolicies, nil)
	assert.Contains(t, one.stdout, "page PBEN")
}

func TestByID(t *testing.T) {
	t.Parallel()
	who := &byID{world: &escalation.World{Teams: map[string]escalation.Group{"known": {ID: "known", Members: []string{"ana"}}}}}
	tests := map[escalation.Target][]escalation.Candidate{
		escalation.Team("other"):                    {{Itself: true}},
		escalation.Schedule("other"):                {{Itself: true}},
		{Type: escalation.TargetVendor, ID: "v"}:    {{Itself: true}},
		{Type: escalation.TargetChannel, ID: "c"}:   {{Itself: true}},
		{Type: escalation.TargetWebhook, ID: "hoo"}: {{Itself: true}},
	}
	for target, want := range tests {
		got, why := who.Resolve(nil, target, now)
		assert.Equal(t, want, got, target)
		assert.Empty(t, why)
	}
	person, _ := who.Resolve(nil, escalation.Person("ana"), now)
	require.Len(t, person, 1)
	assert.Equal(t, "ana", person[0].Person)
	team, _ := who.Resolve(nil, escalation.Team("known"), now)
	require.Len(t, team, 1)
	assert.Equal(t, "ana", team[0].Person)
}

func TestParseAcks(t *testing.T) {
	t.Parallel()
	got, err := parseAcks([]string{"ben@1h30m", "ana@acme.example@+4m", "chi@0", "dan@1d2h3m4s", "eva@400000s", "fay@1.5h", "gus@876000h", "hal@36600d", "ivy@1500ms500ms"})
	require.NoError(t, err)
	assert.Equal(t, []ack{
		{"chi", 0}, {"ivy", 2 * time.Second}, {"ana@acme.example", 4 * time.Minute}, {"ben", 90 * time.Minute}, {"fay", 90 * time.Minute},
		{"dan", 26*time.Hour + 3*time.Minute + 4*time.Second}, {"eva", 400_000 * time.Second}, {"gus", 876_000 * time.Hour}, {"hal", 36_600 * 24 * time.Hour},
	}, got)
	for _, bad := range []string{"", "ben", "@4m", "ben@", "ben@soon", "ben@4", "ben@-4m", "ben@1ns", "ben@0.5s", "ben@4.5.1m", "ben@36600d1s", "ben@99999w", "ben@99999999999999999999h"} {
		_, err := parseAcks([]string{bad})
		assert.ErrorContains(t, err, "--ack: want", bad)
	}
}

// What is known of the incident decides which branch is taken, under which policy,
// and who must be able to do what.
func TestSimulateTakesBranches(t *testing.T) {
	t.Parallel()
	const line = "simulate -f testdata/branches.json "
	for flags, want := range map[string]struct{ under, paged, not string }{
		"":                       {"main, ", "page ana by push", "page vendor"},
		"--label provider=cloud": {"main, ", "page vendor cloud by email", "skip ana"},
		"--label provider=Cloud --label team=x=y": {"main, ", "page ana by push", "page vendor"},
		"--kind drill":                           {"main, ", "page ben by push", "page vendor"},
		"--component cards":                      {"main, ", "lacks the skill pci", "page ana by push"},
		"--component cards --component database": {"data, ", "lacks the skill pci", "page ana"},
		"--component database":                   {"data, ", "page chi by push", "page vendor"},
		"--component database --policy main":     {"main, ", "page ana by push", "page vendor"},
		"--label provider=cloud --ack ana@1h1m":  {"main, ", "vendor cloud, paged at Tue 2026-03-10 11:05 UTC, has a clock of its own, whatever else happens: it has promised to answer within 30m. If it does not:", "begin again"},
	} {
		got := runCLI(line+flags, "", nil)
		assert.Equal(t, exitFine, got.code, got.stderr)
		assert.True(t, strings.HasPrefix(got.stdout, want.under), "%s: %s", flags, got.stdout)
		assert.Contains(t, got.stdout, want.paged, flags)
		assert.NotContains(t, got.stdout, want.not, flags)
	}
}

// The clock of a vendor goes on beside the policy. A vendor has one at a time: when it
// is paged after that has run out, another begins.
func TestSimulateVendors(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("testdata/branches.json")
	require.NoError(t, err)
	for change, want := range map[string]int{
		``:                                      1,
		`"id": "main", "repeat": 1, "steps": [`: 2, // its time is over
		`"id": "main", "repeat": 2, "steps": [`: 3,
		`"id": "main", "repeat": 1, "steps": [{"targets": [{"type": "vendor", "id": "cloud"}], "wait": "1m"}, `: 2, // and not again five minutes later
	} {
		changed := string(document)
		if change != "" {
			changed = strings.Replace(changed, `"id": "main", "steps": [`, change, 1)
		}
		got := runCLI("simulate -f - --label provider=cloud", changed, nil)
		assert.Equal(t, exitFine, got.code, got.stderr)
		assert.Equal(t, want, strings.Count(got.stdout, "has promised to answer"), got.stdout)
		assert.Equal(t, want, strings.Count(got.stdout, "page ben by push"), "whom the plan names")
	}
}

// How a course ends is said in words.
func TestEndOfCourse(t *testing.T) {
	t.Parallel()
	ladder, err := escalation.Compile(escalation.Policy{ID: "p", RemindEvery: time.Hour, Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute},
	}})
	require.NoError(t, err)
	for want, course := range map[string]escalation.Course{
		"Ana has acknowledged, and nobody else is paged.":                              {Progress: escalation.Progress{State: escalation.Acknowledged, By: "Ana"}},
		"Ana has acknowledged, and is reminded every 1h from then on.":                 {Cut: true, Progress: escalation.Progress{State: escalation.Acknowledged, By: "Ana"}},
		"Nobody has acknowledged, and nobody is left to page.":                         {Progress: escalation.Progress{State: escalation.Exhausted}},
		"The acknowledgement of Ana has not been renewed, and nobody is left to page.": {Progress: escalation.Progress{State: escalation.Exhausted, By: "Ana"}},
		"It goes on: these are the first 2 moments.":                                   {Cut: true, Moments: make([]escalation.Moment, 2)},
		"Nothing more happens.":                                                        {},
	} {
		p := played{stage: &stage{}, Course: course, setting: escalation.Setting{Ladder: ladder}}
		assert.Equal(t, want, p.end())
	}
}
