package incidentkit_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
)

func canaries(changes ...func(*incidentkit.Config)) []func(*incidentkit.Config) {
	return append(changes, func(c *incidentkit.Config) {
		c.Canary = &incidentkit.Canary{Tenant: acme, Every: 10 * time.Minute, Late: time.Minute}
	})
}

func TestCanarySingsOnceAnInterval(t *testing.T) {
	t.Parallel()
	var alarms atomic.Int32
	tell := func(c *incidentkit.Config) {
		c.Alarm = func(context.Context, incidentkit.Alarm) error { alarms.Add(1); return nil }
	}
	inBubble(t, canaries(tell), func(t *testing.T, b *bench) {
		stop := running(t, b.Engine, b.another(canaries(tell, func(c *incidentkit.Config) {
			ids := 0
			c.NewID = func() string { ids++; return fmt.Sprintf("other-%04d", ids) }
		})...))
		elapse(59 * time.Minute)
		stop()
		assert.Len(t, b.pages(), 6, "one each ten minutes, whoever of the two opens it")
		for _, m := range b.sent.messages() {
			assert.True(t, m.Drill)
			assert.True(t, strings.HasPrefix(m.Subject, "DRILL [SEV3] Canary"), m.Subject)
		}
		all, err := b.Incidents(t.Context(), acme, incidentkit.Query{})
		require.NoError(t, err)
		require.Len(t, all.Incidents, 6)
		for _, in := range all.Incidents {
			assert.Equal(t, incident.Resolved, in.Status)
		}
		assert.Zero(t, alarms.Load())
	})
}

func TestCanaryThatDoesNotArriveIsAnAlarm(t *testing.T) {
	t.Parallel()
	var heard siren
	store := &silent{}
	inBubble(t, canaries(func(c *incidentkit.Config) {
		store.Store, c.Store, c.Alarm = c.Store, store, heard.sound
	}), func(t *testing.T, b *bench) {
		b.sent.answer = func(context.Context, comms.Message) error { return comms.Temporary(errDown, 0) }
		stop := running(t, b.Engine)
		elapse(59 * time.Second)
		require.Empty(t, heard.of(incidentkit.AlarmCanary))
		elapse(30 * time.Second)
		require.Len(t, heard.of(incidentkit.AlarmCanary), 1)
		assert.Contains(t, heard.of(incidentkit.AlarmCanary)[0].Text, "page to ana is pending")
		elapse(7 * time.Minute)
		require.Len(t, heard.of(incidentkit.AlarmCanary), 1, "each canary is told of once")
		b.sent.answer = nil
		elapse(10 * time.Minute)
		require.Len(t, heard.of(incidentkit.AlarmCanary), 1)
		store.on.Store(true)
		elapse(10 * time.Minute)
		require.Len(t, heard.of(incidentkit.AlarmCanary), 2, "a store that does not answer is one, too")
		assert.Contains(t, heard.of(incidentkit.AlarmCanary)[1].Text, "no canary could be sent")
		stop()
	})
}
