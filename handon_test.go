package incidentkit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
)

// covered is the team's plan with somebody else on call during the night.
func covered(t *testing.T, person string) string {
	t.Helper()
	return replan(t, func(doc map[string]any) {
		doc["schedules"].([]any)[0].(map[string]any)["overrides"] = []any{map[string]any{
			"id": "o", "start": "2026-03-02T02:00:00Z", "end": "2026-03-02T05:00:00Z", "person": person,
		}}
	})
}

// A page that is handed on is waited for where it went: when that person declines,
// nobody is left, and the next step is due at once.
func TestAnswerToAPageThatWasHandedOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.save(covered(t, "chris"))
	b.settle()
	require.Equal(t, []string{"chris sms"}, b.pages())
	b.clock.Advance(time.Minute)
	b.do(in.ID, incident.Actor{Kind: incident.Person, ID: "chris"}, incident.DeclinePage{})
	b.settle()
	assert.Equal(t, []string{"chris sms", "ben sms"}, b.pages(), "without the rest of the wait")
	assert.NoError(t, b.Verify(t.Context(), acme, in.ID))
}

// The schedule is changed, and changed back, while the page waits: whoever is on
// call when it can be delivered is paged.
func TestPageThatComesBack(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) { c.ChannelWorkers = 1 })
	in := b.open(incident.Open{})
	for _, person := range []string{"chris", "ana"} {
		b.save(covered(t, person))
		report, err := b.Step(t.Context()) // hands it on; the new page is a task of its own
		require.NoError(t, err)
		require.Equal(t, 1, report.Claimed)
		require.Empty(t, b.pages())
	}
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages())
	b.tells(in.ID, "1.1.1.chris withdrawn: chris was no longer on call; ana is")

	// To and fro is bounded: in the end it is delivered where it is.
	to := b.open(incident.Open{})
	for _, person := range []string{"chris", "ana", "chris", "ana", "chris", "ana", "chris", "ana"} {
		b.save(covered(t, person))
		_, err := b.Step(t.Context())
		require.NoError(t, err)
	}
	assert.Len(t, b.pages(), 2)
	assert.LessOrEqual(t, len(b.get(to.ID).Pages), 6)
}
