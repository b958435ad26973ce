package incidentkit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// mishap commits a task that no build knows.
func mishap(t *testing.T, b *bench, id incident.ID, kind string) {
	t.Helper()
	in := b.get(id)
	_, err := b.store.Commit(t.Context(), storage.Change{
		Stream: storage.Stream{Tenant: acme, ID: string(id)}, Expect: in.Version,
		Schedule: []storage.TaskSpec{{ID: kind, Kind: kind, Due: b.clock.Now()}},
	})
	require.NoError(t, err)
}

func TestPoisonedTaskIsPutIntoQuarantine(t *testing.T) {
	t.Parallel()
	var heard siren
	b := newBench(t, func(c *incidentkit.Config) { c.Alarm = heard.sound })
	in := b.open(incident.Open{})
	b.do(in.ID, ana, incident.Acknowledge{})
	mishap(t, b, in.ID, "riddle")
	b.until(50 * time.Second)
	require.Empty(t, heard.of(incidentkit.AlarmPoisoned))
	b.until(time.Minute)
	require.Len(t, heard.of(incidentkit.AlarmPoisoned), 1)
	assert.Contains(t, heard.of(incidentkit.AlarmPoisoned)[0].Text, `"riddle"`)
	claimed := 0
	for end := b.clock.Now().Add(time.Hour); b.clock.Now().Before(end); b.clock.Advance(time.Second) {
		report, err := b.Step(t.Context())
		require.NoError(t, err)
		claimed += report.Claimed
	}
	assert.InDelta(t, 12, claimed, 1, "once in five minutes")
	assert.Len(t, heard.of(incidentkit.AlarmPoisoned), 1, "told once")
}

// A task that takes its process down is never given back.
func TestTaskThatNobodySurvivesIsMistrusted(t *testing.T) {
	t.Parallel()
	var heard siren
	b := newBench(t, func(c *incidentkit.Config) { c.Alarm = heard.sound })
	in := b.open(incident.Open{})
	crash := func() []storage.Task {
		claims, err := b.store.Claim(t.Context(), storage.ClaimQuery{Worker: "doomed", Limit: 1, Lease: 30 * time.Second})
		require.NoError(t, err)
		b.clock.Advance(31 * time.Second)
		return claims.Tasks
	}
	for range 10 {
		require.Len(t, crash(), 1)
	}
	require.Empty(t, heard.of(incidentkit.AlarmPoisoned))
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Channel == "sms" {
			return nil // the alarm
		}
		assert.Len(t, heard.of(incidentkit.AlarmPoisoned), 1, "a human is told before it is tried again")
		b.clock.Advance(59 * time.Second)
		claims, err := b.store.Claim(t.Context(), storage.ClaimQuery{Worker: "other", Limit: 10, Lease: time.Second})
		require.NoError(t, err)
		for _, task := range claims.Tasks {
			assert.NotEqual(t, "deliver:1.1.1.ana", task.ID, "nobody else is taken down for two leases")
		}
		return nil
	}
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.Contains(t, heard.of(incidentkit.AlarmPoisoned)[0].Text, "no attempt at it came to an end")
	assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
}

// Where nothing works it is not the task's fault, and nothing has to wait.
func TestStoreThatFailsPoisonsNothing(t *testing.T) {
	t.Parallel()
	store := &flaky{}
	var heard siren
	b := newBench(t, func(c *incidentkit.Config) {
		store.Store, c.Store, c.Alarm = c.Store, store, heard.sound
	})
	b.open(incident.Open{})
	store.down.Store(true)
	for range 3600 {
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		b.clock.Advance(time.Second)
	}
	assert.Empty(t, heard.of(incidentkit.AlarmPoisoned))
	store.down.Store(false)
	b.until(2 * time.Minute)
	assert.Contains(t, b.pages(), "ana push")
}

// A task that cannot be read is told of whatever its kind: nobody knows what it was
// to say.
func TestAlarmThatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	var heard siren
	b := newBench(t, func(c *incidentkit.Config) { c.Alarm = heard.sound })
	in := b.open(incident.Open{})
	b.do(in.ID, ana, incident.Acknowledge{})
	mishap(t, b, in.ID, "alarm")
	b.until(3 * time.Minute)
	require.Len(t, heard.of(incidentkit.AlarmPoisoned), 1)
}
