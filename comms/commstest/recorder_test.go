package commstest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
)

// The recorder keeps the contract itself.
func TestRecorderConforms(t *testing.T) {
	t.Parallel()
	var rec *commstest.Recorder
	all := commstest.Match{}
	commstest.Run(t, commstest.Harness{
		New: func(commstest.T) (comms.Notifier, comms.Address) {
			rec = new(commstest.Recorder)
			return rec, comms.Address{}
		},
		Received: func() []commstest.Received {
			var got []commstest.Received
			for _, m := range rec.Messages() {
				got = append(got, commstest.Received{Key: m.Key, Text: m.Subject + "\n" + m.Body})
			}
			return got
		},
		CarriesKey: true,
		Refuse:     func() { rec.Always(all, commstest.Refuse()) },
		Overload:   func() { rec.Always(all, commstest.Fail(time.Second)) },
		Cut:        func() { rec.Always(all, commstest.Fail(0)) },
		Hang: func() <-chan struct{} {
			rec.Always(all, commstest.Block(nil))
			taken := make(chan struct{})
			go func() {
				defer close(taken)
				assert.NoError(t, rec.Wait(t.Context(), 1))
			}()
			return taken
		},
	})
}

func message(person, channel string) comms.Message {
	return comms.Message{
		Key: "inc-7/" + person + "/" + channel, Tenant: "acme", Incident: "inc-7", Subject: "Checkout fails", Attempt: 1,
		To: comms.Address{Person: person, Channel: channel},
	}
}

func TestRecorderScripts(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	rec.Always(commstest.Match{Channel: "sms"}, commstest.Refuse())
	rec.Always(commstest.Match{Person: "bo", Channel: "sms"}, commstest.LoseMessage())
	rec.Script(commstest.Match{Person: "ana"}, commstest.Fail(time.Minute), commstest.LoseAnswer())
	rec.Script(commstest.Match{}, commstest.Deliver())
	for i, tc := range []struct {
		person, channel string
		fate            comms.Fate
		arrived         bool
		why             string
	}{
		{"cleo", "sms", comms.Delivered, true, "the script for anyone, over Always"},
		{"cleo", "sms", comms.Refused, false, "Always for the channel"},
		{"ana", "sms", comms.Failed, false, "first of the script for ana"},
		{"bo", "sms", comms.Unknown, false, "the later Always wins"},
		{"ana", "push", comms.Unknown, true, "second of the script for ana"},
		{"ana", "sms", comms.Refused, false, "ana's script is used up"},
		{"ana", "push", comms.Delivered, true, "nothing matches"},
	} {
		_, err := rec.Notify(t.Context(), message(tc.person, tc.channel))
		assert.Equal(t, tc.fate, comms.Classify(err), "%d: %s: %v", i, tc.why, err)
		call := rec.Calls()[i]
		assert.Equal(t, tc.arrived, call.Arrived, tc.why)
		assert.True(t, call.Done)
		assert.Equal(t, err, call.Err)
	}
	var delivery *comms.DeliveryError
	require.ErrorAs(t, rec.Calls()[2].Err, &delivery)
	assert.Equal(t, time.Minute, delivery.RetryAfter)
	assert.Len(t, rec.Messages(), 3)
	assert.Equal(t, []comms.Message{message("ana", "push"), message("ana", "push")}, rec.To("ana"))
	assert.Empty(t, rec.To(""))
}

func TestRecorderPanics(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	rec.Script(commstest.Match{}, commstest.Panic("boom"))
	assert.PanicsWithValue(t, "boom", func() { _, _ = rec.Notify(t.Context(), message("ana", "sms")) })
	_, err := rec.Notify(t.Context(), message("ana", "sms"))
	require.NoError(t, err)
	assert.Len(t, rec.Messages(), 1)
	assert.Len(t, rec.Calls(), 2)
}

func TestRecorderBlocks(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	release := make(chan struct{})
	rec.Always(commstest.Match{}, commstest.Block(release))
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	for _, c := range []context.Context{ctx, t.Context()} {
		go func() {
			_, err := rec.Notify(c, message("ana", "sms"))
			errs <- err
		}()
	}
	require.NoError(t, rec.Wait(t.Context(), 2))
	for _, c := range rec.Calls() {
		assert.False(t, c.Done)
	}
	cancel()
	err := <-errs
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, comms.Unknown, comms.Classify(err))
	close(release)
	require.NoError(t, <-errs)
}

func TestRecorderRefusesInvalidMessages(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	_, err := rec.Notify(t.Context(), comms.Message{})
	require.ErrorIs(t, err, comms.ErrPermanent)
	require.ErrorIs(t, err, comms.ErrInvalid)
	assert.Empty(t, rec.Messages())
}

func TestRecorderWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, rec.Wait(ctx, 1), context.Canceled)
	require.NoError(t, rec.Wait(ctx, 0))
}

func TestRecorderIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var rec commstest.Recorder
	rec.Script(commstest.Match{}, commstest.Fail(0), commstest.Fail(0))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			m := message(fmt.Sprint("p", i), "sms")
			for errors.Is(notify(t, &rec, m), comms.ErrTemporary) {
			}
			rec.Messages()
			rec.Calls()
		})
	}
	require.NoError(t, rec.Wait(t.Context(), 50))
	all.Wait()
	assert.Len(t, rec.Messages(), 50)
	assert.Len(t, rec.Calls(), 52)
	ids := map[string]bool{}
	for _, c := range rec.Calls() {
		if c.Err == nil {
			assert.True(t, strings.HasPrefix(c.Receipt.ID, "recorded-"))
			ids[c.Receipt.ID] = true
		}
	}
	assert.Len(t, ids, 50)
}

func notify(t *testing.T, n comms.Notifier, m comms.Message) error {
	_, err := n.Notify(t.Context(), m)
	return err
}
