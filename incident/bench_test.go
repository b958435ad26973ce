package incident_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// BenchmarkDecide compares a decision with a look at the table alone.
func BenchmarkDecide(b *testing.B) {
	good := fitting(incident.Active, incident.ResolveAction, incident.Standard, ana)
	bad := fitting(incident.Resolved, incident.CloseAction, incident.Standard, ana)
	breakers[incident.ReviewComplete][0](&bad)
	e := env(b, after(20))
	b.Run("transition", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := incident.Decide(good.in, good.cmd, e); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("refused", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := incident.Decide(bad.in, bad.cmd, e); err == nil {
				b.Fatal("allowed")
			}
		}
	})
	b.Run("baseline_table", func(b *testing.B) {
		for b.Loop() {
			if !slices.Contains(incident.ActionsIn(incident.Active), incident.ResolveAction) {
				b.Fatal("not there")
			}
		}
	})
}

// BenchmarkApply compares two folds into an incident with many pages with a copy
// of what they change.
func BenchmarkApply(b *testing.B) {
	s := opened(b)
	s.note(incident.EscalationStarted{Run: "1", Policy: "default"})
	for i := range 50 {
		s.note(incident.PageRequested{Page: string(rune('A' + i)), Run: "1", Step: 1, Person: "ana", Due: t0})
	}
	for name, p := range map[string]incident.Payload{
		"transition": incident.StatusChanged{Action: incident.MitigateAction, From: incident.Active, To: incident.Mitigated},
		"attempt":    incident.PageAttempted{Page: "A", Contact: "sms:1", Channel: "sms", Attempt: 1},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			e := incident.Extend(s.in, ana, after(1), t0, p)[0]
			for b.Loop() {
				if _, err := incident.Apply(s.in, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("baseline_copy", func(b *testing.B) {
		for b.Loop() {
			in := s.in
			in.Pages = slices.Clone(in.Pages)
		}
	})
}

// BenchmarkSeal compares sealing one event with encoding its payload alone.
func BenchmarkSeal(b *testing.B) {
	s := opened(b)
	events := incident.Extend(s.in, ana, after(1), t0, samples()[incident.TypePageRequested])
	b.Run("event", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := incident.Seal(s.in, events); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("baseline_json", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(events[0].Payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReplay compares the replay of 50 events with reading the snapshot that
// saves it.
func BenchmarkReplay(b *testing.B) {
	s := checkout(b)
	for len(s.data) < 50 {
		s.do(ana, incident.AddNote{Text: "The review is discussed at length."})
	}
	snapshot, err := incident.EncodeSnapshot(s.in)
	require.NoError(b, err)
	b.Run("50_events", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := incident.Replay(s.data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("baseline_snapshot", func(b *testing.B) {
		for b.Loop() {
			if _, err := incident.DecodeSnapshot(snapshot); err != nil {
				b.Fatal(err)
			}
		}
	})
}
