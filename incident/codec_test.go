package incident_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// samples holds a payload of every type, with every field filled in.
func samples() map[incident.EventType]incident.Payload {
	plan := incident.PlanRef{Tenant: "acme", Version: 3}
	full := incident.Alert{
		Source: "alertmanager", DedupKey: "checkout", Fingerprint: "fp1", Status: incident.Firing,
		Summary: "Checkout fails", Description: `Over 5 % of <orders> & "carts" are lost`, Labels: map[string]string{"zone": "a", "cluster": "eu"},
		StartsAt: after(-5).Add(123456789), EndsAt: after(5), URL: "https://alerts.example/1?a=b&c=d",
	}
	all := []incident.Payload{
		incident.IncidentOpened{
			Tenant: "acme", Incident: "inc-1", Kind: incident.Standard, Status: incident.Triage,
			Title: "Checkout fails", Description: "Carts are lost.", Severity: "SEV1", Components: []string{"checkout", "cart"},
			Policy: "default", Plan: plan, StartedAt: after(-5), DedupKeys: []string{"checkout"},
			ReviewRequired: true, ReviewWithin: 48 * time.Hour,
		},
		incident.StatusChanged{Action: incident.MergeAction, From: incident.Active, To: incident.Merged, Summary: "same cause", Into: "inc-2"},
		incident.SeverityChanged{From: "SEV2", To: "SEV1", Reason: "worse than it looked", ReviewRequired: true, ReviewWithin: 48 * time.Hour},
		incident.RoleAssigned{Role: incident.Commander, From: "ana", To: "ben"},
		incident.NoteAdded{Text: "It was at 14:11.", Corrects: 4},
		incident.AlertsRecorded{Alerts: []incident.Alert{full}, Fired: 1, Labels: map[string]string{"zone": "a"}},
		incident.PacketRecorded{Fields: map[string]string{"impact": "all of Europe"}},
		incident.PageDeclined{Run: "1", By: "ana", Reason: "no signal"},
		incident.EscalationSnoozed{Run: "1", By: "ana", Until: after(60), Reason: "the batch ends at three"},
		incident.EscalationHandedBack{Run: "1", By: "ana", Reason: "my shift ends"},
		incident.EscalationReassigned{Run: "1", By: "ana", To: []incident.Target{{Type: "schedule", ID: "database", Mode: "next"}}, Reason: "it is theirs"},
		incident.EscalationRepaged{Run: "1", By: "ana", Reason: "they slept"},
		incident.NextStepRequested{Run: "1", By: "ana", Tier: "engineering", Missing: []string{"impact"}, Reason: "it burns"},
		incident.EscalationResumed{Run: "1", Cause: "stale", Why: "ana did not renew the acknowledgement"},
		incident.EscalationHeld{Run: "1", Round: 1, Step: 2, Code: "deferred", Until: after(60), Why: "it is night"},
		incident.EscalationRepeated{Run: "1", Round: 2, Why: "nobody answered"},
		incident.TierReached{Run: "1", Tier: "engineering", From: "front", Missing: []string{"impact"}, Why: "step 2"},
		incident.EscalationOverdue{Run: "1", Due: after(5), Late: 2 * time.Minute, Why: "its wake-up was lost", Pages: []string{"1.1.2.ana"}},
		incident.ReviewCompleted{Reference: "https://reviews.example/1"},
		incident.IncidentAbsorbed{From: "inc-3"},
		incident.EscalationRequested{Reason: "nobody answered"},
		incident.EscalationStarted{Run: "1", Policy: "default", Plan: plan, Vendor: "deskco"},
		incident.EscalationAdvanced{Run: "1", Progress: json.RawMessage(`{"round":0,"step":2}`), Wake: after(5)},
		incident.EscalationAcknowledged{Run: "1", By: "ben", Awaits: []string{"ana"}},
		incident.EscalationEnded{Run: "1", State: incident.Exhausted, Why: "nobody answered in 2 rounds"},
		incident.PageSkipped{Run: "1", Round: 1, Step: 2, Target: "schedule primary", Person: "cleo", Code: "unreachable", Why: "no contact method"},
		incident.PageRequested{
			Page: "1.1.2.ana", Run: "1", Round: 1, Step: 2, Target: "schedule primary", Person: "ana", Rule: "on call",
			ScheduleVersion: 4, Due: after(5), Why: "step 2: nobody answered step 1",
			Send: after(5), Urgency: "high", Channel: "sms", Follows: "1.1.1.ana", Reminder: true, Take: 1,
		},
		incident.PageAttempted{Page: "1.1.2.ana", Contact: "sms:1", Channel: "sms", Attempt: 2, PossibleDuplicate: true, Key: "k1"},
		incident.PageDelivered{Page: "1.1.2.ana", Contact: "sms:1", Channel: "sms", Attempt: 2, Receipt: "SM17"},
		incident.PageFailed{Page: "1.1.2.ana", Contact: "sms:1", Channel: "sms", Attempt: 2, Unknown: true, Error: "no answer in 10s", Spent: true, Rest: true, Retry: "1s"},
		incident.PageStalled{Page: "1.1.2.ana", Why: "every contact method of ana has failed for now"},
		incident.PageHeld{Page: "1.1.2.ana", Until: after(15), Why: "ana was paged a moment ago"},
		incident.PageWithdrawn{Page: "1.1.2.ana", Why: "acknowledged by ben"},
		incident.PageUndeliverable{Page: "1.1.2.ana", Why: "every contact method of ana has failed"},
	}
	out := map[incident.EventType]incident.Payload{}
	for _, p := range all {
		out[p.Type()] = p
	}
	return out
}

func sampleEvent(p incident.Payload) incident.Event {
	return incident.Event{
		Version: 9, RecordedAt: after(10).Add(123456 * time.Microsecond), HappenedAt: after(7), ClockBehind: 3 * time.Second,
		Actor:   incident.Actor{Kind: incident.Person, ID: "ana", OnBehalfOf: "ben", Roles: []string{"manager"}},
		Payload: p,
	}
}

// sampleState is an incident with every field filled in.
func sampleState() incident.Incident {
	plan := incident.PlanRef{Tenant: "acme", Version: 3}
	return incident.Incident{
		Tenant: "acme", ID: "inc-1", Version: 9, Head: incident.Genesis,
		Kind: incident.Standard, Status: incident.Merged, Title: "Checkout fails", Description: "Carts are lost.",
		Severity: "SEV1", SeverityBy: incident.Person, Components: []string{"checkout"}, Policy: "default", Plan: plan,
		Roles:     map[incident.Role]string{incident.Commander: "ana", incident.Scribe: "ben"},
		StartedAt: after(-5), OpenedAt: t0, AcknowledgedAt: after(1), MitigatedAt: after(2), ResolvedAt: after(3),
		ClosedAt: after(4), StatusAt: after(4), RecordedAt: after(5),
		DedupKeys:  []string{"checkout"},
		Alerts:     map[string]incident.AlertState{`"checkout"fp1`: {Status: incident.Firing, StartsAt: after(-5)}},
		Labels:     map[string]string{"zone": "a"},
		Arrivals:   []incident.Arrival{{At: after(1), Count: 2}},
		Packet:     map[string]string{"impact": "all of Europe"},
		MergedInto: "inc-2", Absorbed: []incident.ID{"inc-3"}, Reopened: 1, Escalations: 3,
		Review: incident.Review{Required: true, Within: 48 * time.Hour, Due: after(6), CompletedAt: after(4), Reference: "https://reviews.example/1"},
		Runs: []incident.Run{{
			ID: "1", Policy: "default", Plan: plan, State: incident.Acknowledged, Progress: json.RawMessage(`{"round":0,"step":2}`),
			Wake: after(5), AcknowledgedBy: "ben", Why: "x", Vendor: "deskco", Resumed: 2, Reminders: 3,
		}},
		Pages: []incident.Page{{
			Key: "1.1.2.ana", Run: "1", Round: 1, Step: 2, Target: "schedule primary", Person: "ana", Rule: "on call", Due: after(5),
			Why: "step 2", State: incident.Pending, Answered: true, Stalled: true, StalledAt: after(4), Tried: after(5), InFlight: "sms:1",
			Send: after(5), Urgency: "high", Channel: "sms", Follows: "1.1.1.ana", Reminder: true, Take: 1,
			Tries: []incident.Try{{Contact: "sms:1", Channel: "sms", Attempts: 2, Unknown: 1, Rests: 1, Spent: true}},
		}},
	}
}

// wantFull fails for a field that is left at its zero value: the golden files
// must show all of them.
func wantFull(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	require.False(t, v.IsZero(), "the sample leaves %s empty", path)
	if _, ok := reflect.TypeAssert[time.Time](v); ok {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			wantFull(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		require.NotZero(t, v.Len(), path)
		if v.Type().Elem().Kind() == reflect.Struct {
			wantFull(t, path+"[0]", v.Index(0))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			wantFull(t, path+"[]", v.MapIndex(key))
		}
	default:
	}
}

// indented is JSON for people, with everything in its place.
func indented(t *testing.T, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, data, "", "\t"))
	return out.String() + "\n"
}

// TestStoredForm guards what databases hold: a golden file that changes is data
// that a version in the field wrote and that this one would no longer write, or
// read.
func TestStoredForm(t *testing.T) {
	t.Parallel()
	all := samples()
	files, err := os.ReadDir("testdata/events")
	require.NoError(t, err)
	types := constants[incident.EventType](t, "EventType")
	assert.Len(t, files, len(types), "one file for each type of event, and no other")
	assert.Len(t, implementing(t, "Type"), len(types), "one type of event for each type of payload")
	for _, typ := range types {
		t.Run(string(typ), func(t *testing.T) {
			t.Parallel()
			require.Contains(t, all, typ, "add the new type of event to samples")
			e := sampleEvent(all[typ])
			wantFull(t, string(typ), reflect.ValueOf(e.Payload))
			record, err := incident.Encode(e, incident.Genesis)
			require.NoError(t, err)
			assert.Equal(t, typ, record.Type)
			path := "testdata/events/" + string(typ) + ".json"
			golden(t, path, indented(t, record.Data))

			stored, err := os.ReadFile(path)
			require.NoError(t, err)
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, stored))
			back, prev, err := incident.Decode(compact.Bytes())
			require.NoError(t, err)
			assert.Equal(t, e, back)
			assert.Equal(t, incident.Genesis, prev)
		})
	}
	t.Run("snapshot", func(t *testing.T) {
		t.Parallel()
		in := sampleState()
		wantFull(t, "Incident", reflect.ValueOf(in))
		data, err := incident.EncodeSnapshot(in)
		require.NoError(t, err)
		golden(t, "testdata/snapshot.json", indented(t, data))
		back, err := incident.DecodeSnapshot(data)
		require.NoError(t, err)
		assert.Equal(t, in, back)
	})
}

// TestStoredBefore reads what earlier versions have stored. It is written again as
// it was: a stream that they began still has the state that its snapshot says.
func TestStoredBefore(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir("testdata/before")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		stored, err := os.ReadFile("testdata/before/" + f.Name())
		require.NoError(t, err)
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, stored))
		var again []byte
		if f.Name() == "snapshot.json" {
			in, err := incident.DecodeSnapshot(compact.Bytes())
			require.NoError(t, err)
			again, err = incident.EncodeSnapshot(in)
			require.NoError(t, err)
		} else {
			e, prev, err := incident.Decode(compact.Bytes())
			require.NoError(t, err)
			record, err := incident.Encode(e, prev)
			require.NoError(t, err)
			again = record.Data

			e.Version = 2
			in, err := incident.Apply(incident.Incident{Version: 1, Status: incident.Active, Runs: []incident.Run{{ID: "1"}}}, e)
			require.NoError(t, err)
			assert.Nil(t, in.Labels)
			assert.Nil(t, in.Arrivals)
		}
		assert.Equal(t, compact.String(), string(again), f.Name())
	}
}

// edit replaces a part of a golden file.
func edit(t *testing.T, file, old, instead string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	require.Contains(t, string(data), old, file)
	return []byte(strings.Replace(string(data), old, instead, 1))
}

func wantCodecError(t *testing.T, err error, names ...string) {
	t.Helper()
	var broken *incident.CodecError
	require.ErrorAs(t, err, &broken)
	require.ErrorIs(t, err, incident.ErrCorrupt)
	for _, name := range names {
		assert.Contains(t, err.Error(), name)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const note, opened, moved = "events/incident.note_added.json", "events/incident.opened.json", "events/incident.status_changed.json"
	tests := map[string]struct {
		data  []byte
		names []string
	}{
		"nothing":                    {nil, []string{"event"}},
		"no JSON":                    {[]byte("{"), []string{"event"}},
		"null":                       {[]byte("null"), []string{"event format", "0"}},
		"two events":                 {[]byte(`{"v":1}{"v":1}`), []string{"event"}},
		"a brace too many":           {edit(t, note, "\n}", "\n}}"), []string{"event"}},
		"a newer format":             {edit(t, note, `"v": 1`, `"v": 2`), []string{"event format", `"2"`}},
		"an unknown type":            {edit(t, note, "incident.note_added", "incident.sung"), []string{"event type", "incident.sung"}},
		"an unknown field":           {edit(t, note, `"v": 1`, `"v": 1, "mood": "low"`), []string{"mood"}},
		"an unknown field inside":    {edit(t, note, `"text":`, `"tune": "la", "text":`), []string{"incident.note_added", "tune"}},
		"no payload":                 {[]byte(`{"v":1,"type":"incident.note_added"}`), []string{"incident.note_added"}},
		"a payload that is a list":   {[]byte(`{"v":1,"type":"incident.note_added","data":[]}`), []string{"incident.note_added"}},
		"opened with no kind":        {edit(t, opened, `"kind": "standard"`, `"kind": ""`), []string{"incident.opened", "kind", `""`}},
		"opened of an unknown kind":  {edit(t, opened, `"kind": "standard"`, `"kind": "rehearsal"`), []string{"kind", "rehearsal"}},
		"opened in an unknown state": {edit(t, opened, "triage", "paused"), []string{"status", "paused"}},
		"opened when it is over":     {edit(t, opened, "triage", "closed"), []string{"status", "closed"}},
		"moved to an unknown status": {edit(t, moved, `"to": "merged"`, `"to": "paused"`), []string{"status", "paused"}},
		"moved from one":             {edit(t, moved, `"from": "active"`, `"from": "paused"`), []string{"status", "paused"}},
		"moved to nowhere":           {edit(t, moved, `"to": "merged"`, `"to": ""`), []string{"status"}},
		"moved from nowhere":         {[]byte(`{"v":1,"type":"incident.status_changed","data":null}`), []string{"status"}},
		"an unknown alert status":    {edit(t, "events/incident.alerts_recorded.json", "firing", "muted"), []string{"alert status", "muted"}},
		"an unknown end":             {edit(t, "events/escalation.ended.json", "exhausted", "paused"), []string{"run state", "paused"}},
		"an end that is none":        {edit(t, "events/escalation.ended.json", "exhausted", "running"), []string{"run state", "running"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, prev, err := incident.Decode(test.data)
			wantCodecError(t, err, test.names...)
			assert.Less(t, len(err.Error()), 500)
			assert.Zero(t, e)
			assert.Empty(t, prev)

			_, _, err = incident.Replay([][]byte{test.data})
			wantCodecError(t, err, test.names...)
		})
	}
}

func TestDecodeSnapshotRefuses(t *testing.T) {
	t.Parallel()
	const state = "snapshot.json"
	tests := map[string]struct {
		data  []byte
		names []string
	}{
		"nothing":                {nil, []string{"snapshot"}},
		"no JSON":                {[]byte("{"), []string{"snapshot"}},
		"null":                   {[]byte("null"), []string{"snapshot"}},
		"two":                    {[]byte("{}{}"), []string{"snapshot"}},
		"never opened":           {edit(t, state, `"version": 9`, `"version": 0`), []string{"snapshot", "opened"}},
		"no status":              {edit(t, state, `"status": "merged"`, `"status": ""`), []string{"snapshot", "opened"}},
		"an unknown status":      {edit(t, state, `"status": "merged"`, `"status": "paused"`), []string{"status", "paused"}},
		"an unknown kind":        {edit(t, state, "standard", "rehearsal"), []string{"kind", "rehearsal"}},
		"an unknown field":       {edit(t, state, `"tenant"`, `"mood": "low", "tenant"`), []string{"snapshot", "mood"}},
		"an unknown field below": {edit(t, state, `"contact"`, `"mood": "low", "contact"`), []string{"snapshot", "mood"}},
		"an unknown alert":       {edit(t, state, "firing", "muted"), []string{"alert status", "muted"}},
		"an unknown run state":   {edit(t, state, `"state": "acknowledged"`, `"state": "paused"`), []string{"run state", "paused"}},
		"an unknown page state":  {edit(t, state, `"state": "pending"`, `"state": "lost"`), []string{"page state", "lost"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := incident.DecodeSnapshot(test.data)
			wantCodecError(t, err, test.names...)
			assert.Zero(t, in)
		})
	}
}

// FuzzDecode reads events that nobody has written. What can be read is written
// and read again as the same, and can be told.
func FuzzDecode(f *testing.F) {
	for _, p := range samples() {
		record, err := incident.Encode(sampleEvent(p), incident.Genesis)
		require.NoError(f, err)
		f.Add(record.Data)
	}
	for _, data := range checkout(f).data {
		f.Add(data)
	}
	f.Add([]byte(`{"v":1,"type":"escalation.advanced","seq":2,"recorded_at":"0000-01-01T00:00:00-23:59","data":{"run":"1","progress":null}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, prev, err := incident.Decode(data)
		if err != nil {
			wantCodecError(t, err)
			return
		}
		first, err := incident.Encode(e, prev)
		require.NoError(t, err)
		again, prevAgain, err := incident.Decode(first.Data)
		require.NoError(t, err)
		second, err := incident.Encode(again, prevAgain)
		require.NoError(t, err)
		require.Equal(t, string(first.Data), string(second.Data))

		told, toldAgain := incident.Timeline([]incident.Event{e, e}), incident.Timeline([]incident.Event{again, again})
		require.Len(t, toldAgain, len(told))
		for i, entry := range told {
			require.Equal(t, entry.String(), toldAgain[i].String())
			require.NotContains(t, entry.String(), "\n")
		}
		in := sampleState()
		in.Version = e.Version - 1
		before := encoded(t, in)
		if _, err := incident.Apply(in, e); err != nil {
			require.ErrorIs(t, err, incident.ErrCorrupt)
		}
		require.Equal(t, before, encoded(t, in), "Apply changed the state it was given")
	})
}

// FuzzDecodeSnapshot reads states that nobody has written. What can be read is
// written and read again as the same, and can be decided on.
func FuzzDecodeSnapshot(f *testing.F) {
	f.Add([]byte(encoded(f, sampleState())))
	f.Add([]byte(encoded(f, checkout(f).in)))
	f.Add([]byte(encoded(f, opened(f).in)))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := incident.DecodeSnapshot(data)
		if err != nil {
			wantCodecError(t, err)
			return
		}
		first := encoded(t, in)
		again, err := incident.DecodeSnapshot([]byte(first))
		require.NoError(t, err)
		require.Equal(t, first, encoded(t, again))

		for _, name := range constantActions {
			cmd := fitting(in.Status, name, in.Kind, ana).cmd
			cmd.Tenant, cmd.Incident = in.Tenant, in.ID
			if events, err := incident.Decide(in, cmd, env(t, after(20))); err == nil {
				for _, e := range events {
					in, err = incident.Apply(in, e)
					require.NoError(t, err)
				}
				require.Equal(t, first, encoded(t, again))
				in = again
			}
		}
	})
}
