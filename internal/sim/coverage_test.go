package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// TestWorldsAreNotBlind: in 500 worlds every fault falls, every move is made, every
// act is answered, and what the promises are about comes about. A simulator in which
// nothing happens finds nothing.
func TestWorldsAreNotBlind(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(500) {
		result := Run(Config{Seed: seed})
		for what, n := range result.Counts {
			seen[what] += n
		}
		seen["character "+result.Scenario.Character]++
		readSends(result, seen)
		readEvents(t, result, seen)
	}
	var want []string
	for f := range faults {
		want = append(want, "fault "+f.String())
	}
	for _, kind := range MoveKinds() {
		want = append(want, "move "+string(kind))
	}
	for _, c := range characters {
		want = append(want, "character "+c.name)
	}
	for _, name := range acts {
		want = append(want, "act "+string(name))
	}
	want = append(want, outcomes...)
	for _, what := range want {
		assert.Positive(t, seen[what], "%s never happens", what)
	}
	t.Logf("%v", seen)
}

// outcomes are what must come about besides.
var outcomes = []string{
	"act ingest", "act declare", "act save_plan",
	"uncertain ingest", "uncertain acknowledge", "uncertain declare", "uncertain save_plan",
	"crash", "replaced", "clock set", "extended", "claimed again", "replayed",
	"commit conflict", "commit fenced", "commit key taken", "settle fenced",
	"marked", "arrived twice", "taken over in a send", "acknowledged in a send",
	"send delivered", "send failed", "send refused", "send unknown",
	"alarm exhausted", "alarm overdue", "alarm poisoned", "alarm unreadable",
	"last resort", "handed on",
	"event escalation.repeated", "event escalation.resumed", "event escalation.snoozed", "event escalation.handed_back",
	"event escalation.reassigned", "event escalation.repaged", "event escalation.page_declined", "event escalation.page_skipped",
	"event escalation.overdue", "event page.failed", "event page.stalled", "event page.withdrawn", "event page.undeliverable",
	"event incident.absorbed",
}

// readSends looks for what only the providers know.
func readSends(result Result, seen map[string]int) {
	arrived := map[string]int{}
	for _, s := range result.History.Sends {
		if arrived[s.Key] > 0 && s.Arrived {
			seen["arrived twice"]++
		}
		if s.Arrived {
			arrived[s.Key]++
		}
		for _, a := range result.History.Acts {
			if a.Kind == string(incident.AcknowledgeAction) && a.Incident == s.Incident &&
				a.Ended.Seq > s.Begun.Seq && a.Ended.Seq < s.Ended.Seq {
				seen["acknowledged in a send"]++
			}
		}
	}
}

func readEvents(t *testing.T, result Result, seen map[string]int) {
	t.Helper()
	for _, s := range result.History.Streams {
		if s.Poisoned {
			continue
		}
		for _, r := range s.Records {
			e, _, err := incident.Decode(r.Data)
			require.NoError(t, err)
			seen["event "+r.Type]++
			switch p := e.Payload.(type) {
			case incident.PageRequested:
				if p.Step == 0 {
					seen["last resort"]++
				}
				if strings.Contains(p.Why, "; at delivery ") {
					seen["handed on"]++
				}
			case incident.PageFailed:
				if strings.Contains(p.Error, "the worker stopped") {
					seen["taken over in a send"]++
				}
			}
		}
	}
}
