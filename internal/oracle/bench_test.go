package oracle

import "testing"

// BenchmarkJudge judges a history of about 200 events.
func BenchmarkJudge(b *testing.B) {
	h := hardHistory(b)
	events := 0
	for _, s := range h.Streams {
		events += len(s.Records)
	}
	b.ReportMetric(float64(events), "events")
	for b.Loop() {
		if found := Judge(h); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
