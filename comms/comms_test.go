package comms_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/comms"
)

// page is a valid message, changed by the functions given.
func page(change ...func(*comms.Message)) comms.Message {
	m := comms.Message{
		Key:      "inc-7/run-1/round-1/step-1/ana/sms",
		Tenant:   "acme",
		Incident: "inc-7",
		To:       comms.Address{Person: "ana", Channel: "sms", To: "+15550100"},
		Subject:  "Checkout fails",
		Attempt:  1,
	}
	for _, c := range change {
		c(&m)
	}
	return m
}

func TestMessageValidate(t *testing.T) {
	t.Parallel()
	set := func(f func(*comms.Message)) comms.Message { return page(f) }
	for name, tc := range map[string]struct {
		m           comms.Message
		field, want string // of the error; empty: none
	}{
		"minimal":                    {m: page()},
		"longest key":                {m: set(func(m *comms.Message) { m.Key = strings.Repeat("k", comms.MaxKey) })},
		"key and subject in Unicode": {m: set(func(m *comms.Message) { m.Key, m.Subject = "störung/1", "Störung ⚠" })},
		"several lines of body":      {m: set(func(m *comms.Message) { m.Body = "one\ntwo" })},
		"no key":                     {set(func(m *comms.Message) { m.Key = "" }), "Message.Key", "it is empty"},
		"key too long":               {set(func(m *comms.Message) { m.Key = strings.Repeat("k", 513) }), "Message.Key", "1 to 512 bytes, not 513"},
		"key with a line break":      {set(func(m *comms.Message) { m.Key = "a\r\nX-Admin: 1" }), "Message.Key", "no control characters"},
		"key not UTF-8":              {set(func(m *comms.Message) { m.Key = "a\xff" }), "Message.Key", "valid UTF-8"},
		"no tenant":                  {set(func(m *comms.Message) { m.Tenant = "" }), "Message.Tenant", "it is empty"},
		"no incident":                {set(func(m *comms.Message) { m.Incident = "" }), "Message.Incident", "it is empty"},
		"no person":                  {set(func(m *comms.Message) { m.To.Person = "" }), "Message.To.Person", "it is empty"},
		"no channel":                 {set(func(m *comms.Message) { m.To.Channel = "" }), "Message.To.Channel", "it is empty"},
		"no subject":                 {set(func(m *comms.Message) { m.Subject = "" }), "Message.Subject", "it is empty"},
		"subject of two lines":       {set(func(m *comms.Message) { m.Subject = "a\nb" }), "Message.Subject", "one line"},
		"subject, Unicode break":     {set(func(m *comms.Message) { m.Subject = "a\u2028b" }), "Message.Subject", "one line"},
		"attempt zero":               {set(func(m *comms.Message) { m.Attempt = 0 }), "Message.Attempt", "not 0"},
		"zero message":               {comms.Message{}, "Message.Key", "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.m.Validate()
			if tc.field == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, comms.ErrInvalid)
			var field *comms.FieldError
			require.ErrorAs(t, err, &field)
			assert.Equal(t, tc.field, field.Field)
			assert.Contains(t, field.Want, tc.want)
			assert.Equal(t, "comms: "+field.Field+": want "+field.Want, err.Error())
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	cause := errors.New("no route")
	for name, tc := range map[string]struct {
		err  error
		fate comms.Fate
		text string
	}{
		"nil":               {nil, comms.Delivered, ""},
		"plain":             {cause, comms.Unknown, "no route"},
		"deadline":          {context.DeadlineExceeded, comms.Unknown, "context deadline exceeded"},
		"permanent":         {comms.Permanent(cause), comms.Refused, "comms: permanent failure: no route"},
		"temporary":         {comms.Temporary(cause, 0), comms.Failed, "comms: temporary failure: no route"},
		"with a wait":       {comms.Temporary(cause, 3*time.Second), comms.Failed, "comms: temporary failure (retry after 3s): no route"},
		"negative wait":     {comms.Temporary(cause, -time.Second), comms.Failed, "comms: temporary failure: no route"},
		"wrapped":           {fmt.Errorf("sms: %w", comms.Temporary(cause, 0)), comms.Failed, "sms: comms: temporary failure: no route"},
		"deadline, unsent":  {comms.Temporary(context.DeadlineExceeded, 0), comms.Failed, "comms: temporary failure: context deadline exceeded"},
		"permanent, no why": {comms.Permanent(nil), comms.Refused, "comms: permanent failure"},
		"temporary, no why": {comms.Temporary(nil, time.Second), comms.Failed, "comms: temporary failure (retry after 1s)"},
		"bare sentinel":     {comms.ErrTemporary, comms.Failed, "comms: temporary failure"},
		"refused by one of two routes, not by the other": {errors.Join(comms.Temporary(cause, 0), comms.Permanent(cause)), comms.Refused,
			"comms: temporary failure: no route\ncomms: permanent failure: no route"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.fate, comms.Classify(tc.err))
			if tc.err != nil {
				assert.Equal(t, tc.text, tc.err.Error())
			}
		})
	}
}

func TestDeliveryErrorKeepsTheCauseAndTheWait(t *testing.T) {
	t.Parallel()
	cause := errors.New("busy")
	err := fmt.Errorf("sms: %w", comms.Temporary(cause, time.Minute))
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, err, comms.ErrTemporary)
	require.NotErrorIs(t, err, comms.ErrPermanent)
	var delivery *comms.DeliveryError
	require.ErrorAs(t, err, &delivery)
	assert.Equal(t, time.Minute, delivery.RetryAfter)
}

func TestFateNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "delivered refused failed unknown Fate(0)",
		fmt.Sprint(comms.Delivered, " ", comms.Refused, " ", comms.Failed, " ", comms.Unknown, " ", comms.Fate(0)))
}
