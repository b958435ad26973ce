package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/plan"
)

// verdictOf is what could be found out about a plan.
func verdictOf(t *testing.T, report proof.Report) *verdict {
	t.Helper()
	text, err := os.ReadFile("testdata/escalation.json")
	require.NoError(t, err)
	p, err := plan.Parse(text)
	require.NoError(t, err)
	return &verdict{document: document{plan: p, name: p.Name(), file: "plan.json"}, Report: report, from: now, to: now.AddDate(0, 0, 1), shown: time.UTC}
}

var everything = proof.Report{
	Findings: []proof.Finding{
		{Level: proof.Error, Kind: "gap", Path: "/policies/0/steps/1", Severity: "SEV1", Policy: "default", From: now, To: now.Add(time.Hour), Example: now.Add(time.Second), Text: "Nobody is there."},
		{Level: proof.Warning, Kind: "thin", Path: "/people/0", Example: now, Text: "One of them."},
		{Level: proof.Info, Kind: "odd", Path: "", From: now, Example: now, Text: "It is \x1b[31mred."},
	},
	Worst: []proof.Worst{
		{Severity: "SEV1", Policy: "default", Rank: 1, Wait: 90 * time.Second, At: now},
		{Severity: "SEV1", Policy: "default", Rank: 2, Never: true, At: now},
		{Severity: "SEV1", Policy: "default", Rank: 3, Never: true},
	},
}

func TestVerifyJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(verdictOf(t, everything).json())
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"findings": [
			{"level": "error", "kind": "gap", "path": "/policies/0/steps/1", "severity": "SEV1",
			 "from": "2026-03-10T11:00:00Z", "to": "2026-03-10T12:00:00Z", "example": "2026-03-10T11:00:01Z", "text": "Nobody is there."},
			{"level": "warning", "kind": "thin", "path": "/people/0", "severity": null, "from": null, "to": null, "example": "2026-03-10T11:00:00Z", "text": "One of them."},
			{"level": "info", "kind": "odd", "path": "", "severity": null, "from": "2026-03-10T11:00:00Z", "to": null, "example": "2026-03-10T11:00:00Z", "text": "It is \u001b[31mred."}
		],
		"worst": [
			{"severity": "SEV1", "policy": "default", "rank": 1, "seconds": 90, "at": "2026-03-10T11:00:00Z"},
			{"severity": "SEV1", "policy": "default", "rank": 2, "seconds": null, "at": "2026-03-10T11:00:00Z"},
			{"severity": "SEV1", "policy": "default", "rank": 3, "seconds": null, "at": null}
		]}`, string(got))

	none, err := json.Marshal((&verdict{}).json())
	require.NoError(t, err)
	assert.JSONEq(t, `{"findings": [], "worst": []}`, string(none))
}

func TestVerifyText(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	verdictOf(t, everything).say(terminal{stdout: &out})
	golden(t, "verify of everything", out.String())

	out.Reset()
	verdictOf(t, everything).say(terminal{stdout: &out, color: true})
	golden(t, "verify of everything on a terminal", out.String())

	out.Reset()
	imported := verdictOf(t, everything)
	imported.file = ""
	imported.say(terminal{stdout: &out})
	assert.Contains(t, out.String(), "\n/policies/0/steps/1: error: gap (SEV1)\n")
}

// What only the plan warns of is a finding, too.
func TestVerifyPatterns(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/sound.json")
	require.NoError(t, err)
	odd := strings.Replace(string(text), `"default_policy"`, `"routes": [{"match": {"service": "web|api"}, "severity": "SEV1"}], "default_policy"`, 1)
	got := runCLI("verify -f - --from 2026-03-09 --horizon 1d", odd, nil)
	assert.Equal(t, exitFine, got.code, got.stderr)
	assert.Contains(t, got.stdout, "/routes/0/match/service: warning: label_pattern\n    Want a value as alerts have it")
}

func TestVerifyHorizon(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for text, want := range map[string]string{
		"90d": "2026-06-08T12:00:00+02:00", "+1w": "2026-03-17T12:00:00+01:00", "36h": "2026-03-12T00:00:00+01:00", "1h30m": "2026-03-10T13:30:00+01:00",
	} {
		_, to, err := verifyCommand{Horizon: text}.times(terminal{now: now}, zone)
		require.NoError(t, err)
		assert.Equal(t, want, to.Format(time.RFC3339), "days are counted on the wall clock")
	}
}

// circle is a plan whose policies nest each other in a circle.
const circle = `{
	"format": "incidentkit/plan/v1", "name": "Small", "severities": [{"id": "S1"}],
	"people": [{"id": "ana", "contacts": [{"channel": "sms", "to": "1"}]}],
	"policies": [
		{"id": "one", "steps": [{"targets": [{"type": "policy", "id": "two"}], "wait": "5m"}]},
		{"id": "two", "steps": [{"if": {"severities": ["S1"]}, "else": [{"targets": [{"type": "policy", "id": "one"}], "wait": "5m"}]}]},
		{"id": "out", "steps": [{"steps": [{"targets": [{"type": "policy", "id": "two"}], "wait": "5m"}]}]}
	],
	"default_policy": "one", "last_resort": {"person": "ana"}
}`

// Circles that share a policy are two, and one policy may nest itself.
func TestCircles(t *testing.T) {
	t.Parallel()
	edges := nestings{{policy: "a", into: "b"}, {policy: "b", into: "a"}, {policy: "b", into: "c"}, {policy: "c", into: "b"}, {policy: "d", into: "d"}, {policy: "e", into: "d"}, {policy: "e", into: "a"}}
	var got []string
	for _, edge := range edges {
		got = append(got, edges.circle(edge))
	}
	assert.Equal(t, []string{"a b", "a b", "b c", "b c", "d", "", ""}, got)
}

// A circle is a finding, and anything else that makes a document no plan is bad
// input, also beside a circle.
func TestVerifyCircles(t *testing.T) {
	t.Parallel()
	got := runCLI("verify -f - -o json", circle, nil)
	assert.Equal(t, exitFindings, got.code, got.stderr)
	var answer verifyJSON
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &answer))
	assert.Empty(t, answer.Worst)
	var paths []string
	for _, f := range answer.Findings {
		assert.Equal(t, proof.Cycle, f.Kind)
		paths = append(paths, f.Path)
	}
	assert.Equal(t, []string{"/policies/0/steps/0/targets/0/id"}, paths, "once, and not where others lead to it")

	text := runCLI("verify -f -", circle, nil)
	assert.Equal(t, exitFindings, text.code)
	assert.Contains(t, text.stdout, "Small, of which nothing can be proved\n\nstdin:5:")
	assert.Contains(t, text.stdout, "/policies/0/steps/0/targets/0/id: error: cycle\n    want a policy that")
	assert.Contains(t, text.stdout, "\n1 error, 0 warnings, 0 notes.\n")

	for name, replace := range map[string][]string{
		"an unknown person beside it": {`"last_resort": {"person": "ana"}`, `"last_resort": {"person": "bob"}`},
		"an unknown policy beside it": {`"steps": [{"steps": [{"targets": [{"type": "policy", "id": "two"}]`, `"steps": [{"steps": [{"targets": [{"type": "policy", "id": "six"}]`},
		"a field of no such type":     {`"name": "Small"`, `"name": 1`},
	} {
		got := runCLI("verify -f - -o json", strings.NewReplacer(replace...).Replace(circle), nil)
		assert.Equal(t, exitBadInput, got.code, name)
		assert.Contains(t, got.stderr, "incidentctl: stdin:", name)
	}
	simulated := runCLI("simulate -f -", circle, nil)
	assert.Equal(t, exitBadInput, simulated.code, "nothing can be played")
}
