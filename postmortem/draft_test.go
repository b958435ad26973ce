package postmortem_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/postmortem"
	"github.com/incidentkit/incidentkit/severity"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDraft(t *testing.T) {
	t.Parallel()
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := postmortem.Draft(tell(t).input(4 * 24 * 60))
			require.NoError(t, err)
			file := filepath.Join("testdata", name+".md")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

func TestDraftVariations(t *testing.T) {
	t.Parallel()
	late := func(minute float64) func(*postmortem.Input) {
		return func(in *postmortem.Input) { in.Now = at(minute) }
	}
	tests := []struct {
		name   string
		story  func(require.TestingT) *story
		change func(*postmortem.Input)
		want   []string
	}{
		{"time is left", unfinishedSEV1, late(4.9), []string{"| acknowledge | 5m | not done | time left |", "| first update | 15m | unknown | unknown |"}},
		{"time is over", unfinishedSEV1, late(5), []string{"| acknowledge | 5m | not done | **missed** |", "| mitigate | 1h | not done | time left |"}},
		{"as of the last event", unfinishedSEV1, func(in *postmortem.Input) { in.Now = time.Time{} }, []string{
			"as of 2026-03-02 14:00:00 UTC", "| acknowledge | 5m | not done | time left |",
		}},
		{"the review is late", checkout, late(6 * 24 * 60), []string{"| review due | 5d | not done | **missed** |"}},
		{"the review was in time", reviewed, late(9 * 24 * 60), []string{"| review due | 5d | 20m | met |", "complete since 2026-03-02 16:00:00: wiki/7"}},
		{"no scale", checkout, func(in *postmortem.Input) { in.Severities = nil }, []string{
			"| Severity | SEV1 |", "What SEV1 promises is unknown: there is no scale.",
		}},
		{"a scale without the level", checkout, func(in *postmortem.Input) { in.Severities = new(severity.Scale) }, []string{
			"| Severity | SEV1 |", "What SEV1 promises is unknown: the scale has no such level.",
		}},
		{"a level without promises", harmless, nil, []string{"Nothing is promised at SEV3.", "| Severity | SEV3 |"}},
		{"merged", merged, nil, []string{"| Status | merged into inc-9 since 2026-03-02 14:05:00 |", "| Merged into this one | inc-3, inc-4 |"}},
		{"started after it was opened", early, nil, []string{"| Time to detect | started | detected | 2m before |"}},
		{"the hash of the last event", unfinished, func(in *postmortem.Input) { in.Incident.Head = "abc" }, []string{
			"written from the timeline of 1 event (the last one has the hash abc).",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := tt.story(t).input(10)
			if tt.change != nil {
				tt.change(&in)
			}
			got, err := postmortem.Draft(in)
			require.NoError(t, err)
			for _, want := range tt.want {
				assert.Contains(t, got, want)
			}
		})
	}
}

func unfinishedSEV1(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, person("ana"), incident.Open{Title: "Login is slow", Severity: "SEV1"})
	return s
}

func harmless(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, person("ana"), incident.Open{Title: "A typo", Severity: "SEV3"})
	return s
}

func reviewed(t require.TestingT) *story {
	s := checkout(t)
	s.do(120, person("dora"), incident.CompleteReview{Reference: "wiki/7"})
	return s
}

func merged(t require.TestingT) *story {
	s := unfinished(t)
	s.do(1, engine, incident.Absorb{From: "inc-3"})
	s.do(2, engine, incident.Absorb{From: "inc-4"})
	s.do(5, person("ana"), incident.Merge{Into: "inc-9"})
	return s
}

func early(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.note(0, incident.IncidentOpened{
		Tenant: "acme", Incident: "inc-7", Kind: incident.Standard, Status: incident.Active, Title: "x", StartedAt: at(2),
	})
	return s
}

func TestDraftIsDeterministic(t *testing.T) {
	t.Parallel()
	in := checkout(t).input(0)
	first, err := postmortem.Draft(in)
	require.NoError(t, err)
	for range 20 {
		again, err := postmortem.Draft(in)
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

func TestDraftRefusesEventsOfAnotherKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*postmortem.Input)
		field  string
		want   string
	}{
		{"no incident", func(in *postmortem.Input) { in.Incident = incident.Incident{} }, "Input.Incident", "an incident that has been opened"},
		{"no events", func(in *postmortem.Input) { in.Events = nil }, "Input.Events", `the events of incident "inc-7"; there is none`},
		{"the end is missing", func(in *postmortem.Input) { in.Events = in.Events[:30] }, "Input.Events", `all 31 events of incident "inc-7" of tenant "acme", not 30`},
		{"the beginning is missing", func(in *postmortem.Input) { in.Events = in.Events[1:] }, "Input.Events[0]", "the next event of the incident"},
		{"one in between is missing", func(in *postmortem.Input) {
			in.Events = append(append([]incident.Event{}, in.Events[:4]...), in.Events[5:]...)
		}, "Input.Events[4]", "the next event of the incident"},
		{"an event says nothing", func(in *postmortem.Input) { in.Events[3].Payload = nil }, "Input.Events[3]", "the next event of the incident"},
		{"of another incident", func(in *postmortem.Input) { in.Incident.ID = "inc-8" }, "Input.Events",
			`the events of incident "inc-8" of tenant "acme", not of incident "inc-7" of tenant "acme"`},
		{"of another tenant", func(in *postmortem.Input) { in.Incident.Tenant = "other" }, "Input.Events",
			`the events of incident "inc-7" of tenant "other", not of incident "inc-7" of tenant "acme"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := checkout(t).input(0)
			tt.change(&in)
			draft, err := postmortem.Draft(in)
			assert.Empty(t, draft)
			require.ErrorIs(t, err, postmortem.ErrInvalid)
			var field *postmortem.FieldError
			require.ErrorAs(t, err, &field)
			assert.Equal(t, tt.field, field.Field)
			assert.Equal(t, tt.want, field.Want)
			assert.ErrorContains(t, err, "postmortem: "+tt.field+": want "+tt.want)
			if tt.want == "the next event of the incident" {
				require.ErrorIs(t, err, incident.ErrCorrupt)
			}
		})
	}
}

// TestDraftKeepsItsShape puts arbitrary text wherever text can come from outside:
// the document must have the same headings, tables and lines as with plain text.
func TestDraftKeepsItsShape(t *testing.T) {
	t.Parallel()
	hostile := rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("|\\`*_[]<>&#-=\n\r\u2028\x1b ab"))),
		rapid.SampledFrom([]string{"\n\n# heading", "</td><script>", "|||", "\n---\n", "\n```\n", "<!--", "\\", "- x", "> x", ""}),
	)
	plain := shape(t, func() string { return "x" })
	rapid.Check(t, func(t *rapid.T) {
		// Where there is no text at all, a draft may say so in other words, but
		// in the same place.
		assert.Equal(t, plain, shape(t, func() string { return hostile.Draw(t, "text") }))
	})
}

// shape drafts a review full of text and returns what each line of it is.
func shape(t require.TestingT, text func() string) []string {
	actor := incident.Actor{Kind: "person", ID: text(), OnBehalfOf: "x" + text()}
	s := &story{t: t, scale: scale(t)}
	add := func(minute float64, payloads ...incident.Payload) {
		s.record(incident.Extend(s.in, actor, at(minute), time.Time{}, payloads...))
	}
	add(0,
		incident.IncidentOpened{
			Tenant: text(), Incident: incident.ID(text()), Kind: incident.Standard, Status: incident.Active, Title: text(),
			Severity: "x" + text(), Components: []string{text(), text()}, Policy: text(), Plan: incident.PlanRef{Tenant: text()},
		},
		incident.AlertsRecorded{Alerts: []incident.Alert{{Source: text(), DedupKey: "k", Status: incident.AlertStatus(text()), Summary: text()}}},
		incident.RoleAssigned{Role: incident.Commander, To: text()},
		incident.SeverityChanged{From: text(), To: "SEV0" + text(), Reason: text()},
		incident.NoteAdded{Text: text()},
		incident.EscalationStarted{Run: "1", Policy: text()},
		incident.PageRequested{Page: "p", Run: "1", Round: 1, Step: 1, Target: text(), Person: text(), Why: text()},
		incident.PageSkipped{Run: "1", Round: 1, Step: 2, Target: text(), Why: text()},
		incident.PageSkipped{Run: "1", Round: 1, Step: 2, Target: text(), Person: "not " + text(), Why: text()},
		incident.PageAttempted{Page: "p", Contact: "c", Channel: text(), Attempt: 1, PossibleDuplicate: true},
		incident.PageFailed{Page: "p", Contact: "c", Channel: text(), Attempt: 1, Unknown: true, Error: text(), Retry: text()},
		incident.PageAttempted{Page: "p", Contact: "c", Channel: text(), Attempt: 2},
		incident.PageDelivered{Page: "p", Contact: "c", Channel: text(), Attempt: 2, Receipt: text()},
		incident.PageUndeliverable{Page: "p", Why: text()},
		incident.PageWithdrawn{Page: "p", Why: text()},
		incident.EscalationEnded{Run: "1", State: incident.Exhausted, Why: text()},
		incident.EscalationAcknowledged{Run: "1", By: text()},
		incident.IncidentAbsorbed{From: incident.ID(text())},
		incident.StatusChanged{Action: incident.ActionName(text()), From: incident.Active, To: incident.Resolved, Summary: text()},
		incident.ReviewCompleted{Reference: text()},
		incident.StatusChanged{Action: incident.MergeAction, From: incident.Resolved, To: incident.Merged, Into: incident.ID(text())},
	)
	draft, err := postmortem.Draft(s.input(10))
	require.NoError(t, err)
	var lines []string
	for l := range strings.SplitSeq(draft, "\n") {
		lines = append(lines, kind(l))
	}
	return lines
}

// kind says how a line begins and, for a row of a table, how many cells it has.
func kind(l string) string {
	cells, before := 0, ' '
	for _, c := range l {
		if c == '|' && before != '\\' {
			cells++
		}
		before = c
	}
	first, _, _ := strings.Cut(l, " ")
	switch {
	case strings.HasPrefix(l, "|"):
		return strings.Repeat("|", cells)
	case strings.Trim(first, "#") == "" || first == "-" || first == ">" || first == "✎":
		return first
	}
	return "text"
}

// TestDraftOfAnyCourse feeds it what the engine records, in any order.
func TestDraftOfAnyCourse(t *testing.T) {
	t.Parallel()
	id := rapid.SampledFrom([]string{"1", "2", ""})
	payload := rapid.Custom(func(t *rapid.T) incident.Payload {
		run, page, n := id.Draw(t, "run"), id.Draw(t, "page"), rapid.IntRange(-1, 2).Draw(t, "n")
		return rapid.SampledFrom([]incident.Payload{
			incident.EscalationStarted{Run: run},
			incident.EscalationAdvanced{Run: run},
			incident.EscalationAcknowledged{Run: run},
			incident.EscalationEnded{Run: run, State: incident.Exhausted},
			incident.PageSkipped{Run: run, Person: page, Round: n, Step: n},
			incident.PageRequested{Run: run, Page: page, Person: page, Round: n, Step: n},
			incident.PageAttempted{Page: page, Attempt: n},
			incident.PageDelivered{Page: page, Attempt: n},
			incident.PageFailed{Page: page, Attempt: n, Unknown: n > 0},
			incident.PageWithdrawn{Page: page},
			incident.PageUndeliverable{Page: page},
		}).Draw(t, "payload")
	})
	rapid.Check(t, func(t *rapid.T) {
		s := unfinished(t)
		s.note(1, rapid.SliceOfN(payload, 0, 20).Draw(t, "payloads")...)
		draft, err := postmortem.Draft(s.input(10))
		require.NoError(t, err)
		require.Equal(t, len(s.in.Runs), strings.Count(draft, "\n### Escalation "))
	})
}
