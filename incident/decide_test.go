package incident_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// opened begins a story with an active SEV2 incident.
func opened(t testing.TB) *story {
	t.Helper()
	s := newStory(t)
	s.do(ana, incident.Open{Declare: true, Title: "Checkout fails", Severity: "SEV2", DedupKeys: []string{"checkout"}})
	return s
}

func TestOpen(t *testing.T) {
	t.Parallel()
	at := time.FixedZone("east", 7200)
	cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: robot, Action: incident.Open{
		Title: "Checkout fails", Description: "Carts are lost.", Severity: "SEV1", Components: []string{"checkout", "cart"},
		Policy: "default", StartedAt: after(-5).In(at).Add(1234 * time.Nanosecond), DedupKeys: []string{"k"},
		Alerts: []incident.Alert{alert("k", "fp1", incident.Firing, after(-5).In(at))},
	}}
	events, err := incident.Decide(incident.Incident{}, cmd, env(t, t0.In(at).Add(1999*time.Nanosecond)))
	require.NoError(t, err)
	recorded := t0.Add(time.Microsecond) // in UTC, to the microsecond
	assert.Equal(t, []incident.Event{
		{Version: 1, RecordedAt: recorded, Actor: robot, Payload: incident.IncidentOpened{
			Tenant: "acme", Incident: "inc-1", Kind: incident.Standard, Status: incident.Triage,
			Title: "Checkout fails", Description: "Carts are lost.", Severity: "SEV1", Components: []string{"checkout", "cart"},
			Policy: "default", Plan: incident.PlanRef{Tenant: "acme", Version: 3},
			StartedAt: after(-5).Add(time.Microsecond), DedupKeys: []string{"k"},
			ReviewRequired: true, ReviewWithin: 48 * time.Hour,
		}},
		{Version: 2, RecordedAt: recorded, Actor: robot, Payload: incident.AlertsRecorded{
			Alerts: []incident.Alert{alert("k", "fp1", incident.Firing, after(-5))}, Fired: 1,
		}},
	}, events)

	in, _, err := incident.Seal(incident.Incident{}, events)
	require.NoError(t, err)
	assert.True(t, in.Exists())
	assert.Equal(t, 1, in.Firing())
	assert.Equal(t, recorded, in.OpenedAt)
	assert.Equal(t, recorded, in.Detected())
	assert.Equal(t, incident.Review{Required: true, Within: 48 * time.Hour}, in.Review)
}

// TestEventsOwnWhatTheyHold changes everything a command holds once the decision
// is made.
func TestEventsOwnWhatTheyHold(t *testing.T) {
	t.Parallel()
	open := incident.Open{
		Title: "Checkout fails", Components: []string{"checkout"}, DedupKeys: []string{"k"},
		Alerts: []incident.Alert{alert("k", "fp1", incident.Firing, t0)},
	}
	open.Alerts[0].Labels = map[string]string{"zone": "a"}
	actor := incident.Actor{Kind: incident.Person, ID: "ana", Roles: []string{"manager"}}
	cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: actor, Action: open}
	events, err := incident.Decide(incident.Incident{}, cmd, env(t, t0))
	require.NoError(t, err)
	before, _, err := incident.Seal(incident.Incident{}, events)
	require.NoError(t, err)
	open.Components[0], open.DedupKeys[0], actor.Roles[0] = "x", "x", "x"
	open.Alerts[0].Labels["zone"] = "x"
	open.Alerts[0].Summary = "x"
	after, _, err := incident.Seal(incident.Incident{}, events)
	require.NoError(t, err)
	assert.Equal(t, before.Head, after.Head)
	assert.Equal(t, before, after)
}

// TestEmptyIsNil decides with lists that are empty but there: what is stored
// comes back as none at all, and the state must not depend on that.
func TestEmptyIsNil(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	a := alert("k", "", incident.Firing, t0)
	a.Labels = map[string]string{}
	s.do(incident.Actor{Kind: incident.Person, ID: "ana", Roles: []string{}}, incident.Open{
		Title: "Checkout fails", Components: []string{}, DedupKeys: []string{}, Alerts: []incident.Alert{a},
	})
	s.do(ana, incident.AssignRole{Role: incident.Scribe, Person: "ben"})
	s.do(ana, incident.AssignRole{Role: incident.Scribe})
	replayed, events, err := incident.Replay(s.data)
	require.NoError(t, err)
	assert.Equal(t, s.events, events)
	assert.Equal(t, s.in, replayed)
	back, err := incident.DecodeSnapshot([]byte(encoded(t, s.in)))
	require.NoError(t, err)
	assert.Equal(t, s.in, back)
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	t.Run("accept sets it first", func(t *testing.T) {
		t.Parallel()
		s := newStory(t)
		s.do(client, incident.Open{Title: "Checkout fails"})
		assert.Equal(t, []incident.Payload{
			incident.SeverityChanged{To: "SEV1", ReviewRequired: true, ReviewWithin: 48 * time.Hour},
			incident.StatusChanged{Action: incident.AcceptAction, From: incident.Triage, To: incident.Active},
		}, payloads(s.at(1).do(ana, incident.Accept{Severity: "SEV1"})))
		assert.Equal(t, "SEV1", s.in.Severity)
	})
	t.Run("accept with the present one changes nothing", func(t *testing.T) {
		t.Parallel()
		for _, accept := range []incident.Accept{{}, {Severity: "SEV3"}} {
			s := newStory(t)
			s.do(robot, incident.Open{Title: "Checkout fails", Severity: "SEV3"})
			assert.Equal(t, []incident.Payload{
				incident.StatusChanged{Action: incident.AcceptAction, From: incident.Triage, To: incident.Active},
			}, payloads(s.do(ana, accept)))
		}
	})
	t.Run("a vendor leaves it alone", func(t *testing.T) {
		t.Parallel()
		s := newStory(t)
		_, err := s.try(incident.Command{Actor: deskco, Action: incident.Open{Title: "Checkout fails", Severity: "SEV3"}})
		wantUnmet(t, err, incident.SeverityByStaff)
		s.do(deskco, incident.Open{Title: "Checkout fails"})
		_, err = s.try(incident.Command{Actor: deskco, Action: incident.Accept{Severity: "SEV3"}})
		wantUnmet(t, err, incident.SeverityByStaff)
		_, err = s.try(incident.Command{Actor: deskco, Action: incident.SetSeverity{Severity: "SEV3"}})
		require.ErrorIs(t, err, incident.ErrForbidden)
		s.do(ana, incident.SetSeverity{Severity: "SEV3"}) // the first one needs no reason
		s.do(deskco, incident.Accept{})
		assert.Equal(t, incident.Active, s.in.Status)
	})
	t.Run("unset means unset", func(t *testing.T) {
		t.Parallel()
		s := newStory(t)
		s.do(ana, incident.Open{Title: "Checkout fails"})
		_, err := s.try(incident.Command{Actor: ana, Action: incident.Accept{}})
		wantUnmet(t, err, incident.SeveritySet)
	})
}

func wantUnmet(t *testing.T, err error, guards ...incident.Guard) {
	t.Helper()
	var refused *incident.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, guards, refused.Unmet)
}

func TestSeverityBy(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.do(client, incident.Open{Title: "Checkout fails"})
	assert.Empty(t, s.in.SeverityBy, "nobody has set one")
	for _, step := range []struct {
		actor  incident.Actor
		action incident.Action
		want   incident.ActorKind
	}{
		{robot, incident.SetSeverity{Severity: "SEV3"}, incident.Automation},
		{deskco, incident.Accept{}, incident.Automation}, // it keeps what there is
		{ana, incident.SetSeverity{Severity: "SEV1", Reason: "worse"}, incident.Person},
		{robot, incident.AddNote{Text: "x"}, incident.Person},
		{robot, incident.SetSeverity{Severity: "SEV2", Reason: "better"}, incident.Automation},
	} {
		s.do(step.actor, step.action)
		assert.Equal(t, step.want, s.in.SeverityBy, "%#v", step.action)
	}

	s = newStory(t)
	s.do(robot, incident.Open{Title: "Checkout fails", Severity: "SEV3"})
	assert.Equal(t, incident.Automation, s.in.SeverityBy)
	s.do(ana, incident.Accept{Severity: "SEV3"})
	assert.Equal(t, incident.Automation, s.in.SeverityBy, "the same severity is no news")

	s = newStory(t)
	s.do(robot, incident.Open{Title: "Checkout fails", Severity: "SEV3"})
	s.do(ana, incident.Accept{Severity: "SEV1"})
	assert.Equal(t, incident.Person, s.in.SeverityBy)
}

func TestResolveWithoutMitigation(t *testing.T) {
	t.Parallel()
	s := opened(t)
	assert.Equal(t, []incident.Payload{
		incident.StatusChanged{Action: incident.ResolveAction, From: incident.Active, To: incident.Resolved, Summary: "Restarted."},
	}, payloads(s.at(30).doAt(ana, incident.Resolve{Summary: "Restarted."}, after(25))))
	assert.Equal(t, after(25), s.in.ResolvedAt)
	assert.Equal(t, after(25), s.in.MitigatedAt)

	s = opened(t)
	s.at(10).do(ana, incident.Mitigate{})
	s.at(20).do(ana, incident.Resolve{})
	assert.Equal(t, after(10), s.in.MitigatedAt, "that it was mitigated before stays known")
	assert.Equal(t, after(20), s.in.ResolvedAt)
}

func TestHappenedAt(t *testing.T) {
	t.Parallel()
	skew := incident.MaxClockSkew
	tests := map[string]struct {
		action incident.Action
		happen time.Time // at the clock's after(60), of an incident declared at t0 and mitigated at after(30)
		want   time.Time // of the event; zero: it is refused
		field  string
	}{
		"not said":                    {incident.Resolve{}, time.Time{}, after(60), ""},
		"now":                         {incident.Resolve{}, after(60), after(60), ""},
		"just now":                    {incident.Resolve{}, after(60).Add(-time.Microsecond), after(60).Add(-time.Microsecond), ""},
		"a caller's clock is ahead":   {incident.Resolve{}, after(60).Add(skew), after(60), ""},
		"in the future":               {incident.Resolve{}, after(60).Add(skew + 1), time.Time{}, "Command.HappenedAt"},
		"at the step before":          {incident.Resolve{}, after(30), after(30), ""},
		"before the step before":      {incident.Resolve{}, after(30).Add(-time.Microsecond), time.Time{}, "Command.HappenedAt"},
		"a note of long ago":          {incident.AddNote{Text: "x"}, after(-600), after(-600), ""},
		"a severity of before":        {incident.SetSeverity{Severity: "SEV3", Reason: "x"}, after(10), after(10), ""},
		"before the calendar":         {incident.AddNote{Text: "x"}, time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, "Command.HappenedAt"},
		"elsewhere on earth":          {incident.Resolve{}, after(45).In(time.FixedZone("", -9*3600)), after(45), ""},
		"finer than stores keep time": {incident.Resolve{}, after(45).Add(999), after(45), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			s.at(35).doAt(ana, incident.Mitigate{}, after(30))
			events, err := s.at(60).try(incident.Command{Actor: ana, Action: test.action, HappenedAt: test.happen})
			if test.field != "" {
				wantField(t, err, test.field)
				return
			}
			require.NoError(t, err)
			require.Len(t, events, 1)
			assert.Equal(t, test.want, events[0].At())
			assert.Equal(t, after(60), events[0].RecordedAt)
		})
	}

	t.Run("an answer before the incident was opened", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		s.note(incident.EscalationStarted{Run: "1", Policy: "default"})
		s.at(5)
		_, err := s.try(incident.Command{Actor: ben, Action: incident.Acknowledge{}, HappenedAt: after(-1)})
		wantField(t, err, "Command.HappenedAt")
		s.doAt(ben, incident.Acknowledge{}, after(2))
		assert.Equal(t, after(2), s.in.AcknowledgedAt)
		run, ok := s.in.CurrentRun()
		assert.True(t, ok)
		assert.Equal(t, incident.Run{ID: "1", Policy: "default", State: incident.Acknowledged, AcknowledgedBy: "ben"}, run)
	})
	t.Run("a review before the incident was resolved", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		s.at(10).do(ana, incident.Resolve{})
		s.at(90)
		review := incident.CompleteReview{Reference: "https://reviews.example/1"}
		_, err := s.try(incident.Command{Actor: ana, Action: review, HappenedAt: after(5)})
		wantField(t, err, "Command.HappenedAt")
		s.doAt(ana, review, after(60))
		assert.Equal(t, after(60), s.in.Review.CompletedAt)
	})
	t.Run("a step before customers were affected", func(t *testing.T) {
		t.Parallel()
		s := newStory(t)
		s.do(ana, incident.Open{Declare: true, Kind: incident.Retrospective, Title: "x", Severity: "SEV3", StartedAt: after(-60)})
		assert.Equal(t, after(-60), s.in.Detected())
		_, err := s.try(incident.Command{Actor: ana, Action: incident.Mitigate{}, HappenedAt: after(-61)})
		wantField(t, err, "Command.HappenedAt")
		s.doAt(ana, incident.Mitigate{}, after(-50))
		s.doAt(ana, incident.Resolve{}, after(-40))
		assert.Equal(t, [2]time.Time{after(-50), after(-40)}, [2]time.Time{s.in.MitigatedAt, s.in.ResolvedAt})
		s.do(ana, incident.Close{}) // closing is a step of today
		assert.Equal(t, t0, s.in.ClosedAt)
	})
	t.Run("a start just ahead counts as now", func(t *testing.T) {
		t.Parallel()
		s := newStory(t)
		s.do(ana, incident.Open{Declare: true, Title: "x", Severity: "SEV3", StartedAt: t0.Add(skew)})
		assert.Equal(t, t0, s.in.StartedAt)
	})
}

func TestClockRunsBackwards(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.at(30).do(ana, incident.Mitigate{})
	s.at(10)
	events := s.doAt(ana, incident.AddNote{Text: "Looks stable."}, after(8))
	assert.Equal(t, after(30), events[0].RecordedAt, "what is recorded later has no earlier time")
	assert.Equal(t, after(8), events[0].HappenedAt)
	assert.Equal(t, 20*time.Minute, events[0].ClockBehind)

	// What counts as now comes after the step before, whatever the clock says.
	events = s.doAt(ana, incident.Resolve{}, after(10))
	assert.Equal(t, after(30), events[0].At())
	assert.Equal(t, after(30), s.in.ResolvedAt)

	last := incident.Timeline(s.events)
	assert.Contains(t, last[len(last)-1].String(), "Resolved [the clock was 20m0s behind]")
	events = s.at(31).do(ana, incident.AddNote{Text: "The clock is right again."})
	assert.Zero(t, events[0].ClockBehind)
}

func TestReview(t *testing.T) {
	t.Parallel()
	s := opened(t) // SEV2 needs a review, but promises no date
	s.at(60).do(ana, incident.Resolve{})
	assert.Equal(t, incident.Review{Required: true}, s.in.Review)
	_, err := s.try(incident.Command{Actor: ana, Action: incident.Close{}})
	wantUnmet(t, err, incident.ReviewComplete)

	// A new severity brings its own promise, counted from when it was resolved.
	s.at(70).do(ana, incident.SetSeverity{Severity: "SEV1", Reason: "worse than it looked"})
	assert.Equal(t, incident.Review{Required: true, Within: 48 * time.Hour, Due: after(60).Add(48 * time.Hour)}, s.in.Review)
	s.do(ana, incident.SetSeverity{Severity: "SEV3", Reason: "it was not"})
	assert.Equal(t, incident.Review{}, s.in.Review)
	s.do(ana, incident.SetSeverity{Severity: "SEV1", Reason: "it was"})

	s.at(80).do(ana, incident.CompleteReview{Reference: "https://reviews.example/1"})
	assert.Equal(t, after(80), s.in.Review.CompletedAt)
	assert.Equal(t, "https://reviews.example/1", s.in.Review.Reference)

	// What starts again is reviewed again, and in its own time.
	s.at(90).do(ana, incident.Reopen{Reason: "it is back"})
	assert.Equal(t, incident.Review{Required: true, Within: 48 * time.Hour}, s.in.Review)
	assert.Equal(t, [3]time.Time{}, [3]time.Time{s.in.MitigatedAt, s.in.ResolvedAt, s.in.ClosedAt})
	assert.Equal(t, 1, s.in.Reopened)
	s.at(100).do(ana, incident.Resolve{})
	assert.Equal(t, after(100).Add(48*time.Hour), s.in.Review.Due)
	_, err = s.try(incident.Command{Actor: ana, Action: incident.Close{}})
	wantUnmet(t, err, incident.ReviewComplete)
	s.do(ana, incident.CompleteReview{Reference: "https://reviews.example/2"})
	s.at(110).do(ana, incident.Close{})
	assert.Equal(t, after(110), s.in.ClosedAt)

	// A severity that needs none.
	s = opened(t)
	s.do(ana, incident.SetSeverity{Severity: "SEV3", Reason: "few carts"})
	s.do(ana, incident.Resolve{})
	s.do(ana, incident.Close{})
	assert.Equal(t, incident.Closed, s.in.Status)
}

func TestHeldKeys(t *testing.T) {
	t.Parallel()
	keys := []string{"checkout"}
	assert.Equal(t, keys, opened(t).in.HeldKeys())
	for name, test := range map[string]struct {
		actions []incident.Action
		want    []string
	}{
		"mitigated": {[]incident.Action{incident.Mitigate{}}, keys},
		"merged":    {[]incident.Action{incident.Merge{Into: "inc-2"}}, keys},
		"resolved":  {[]incident.Action{incident.Resolve{}}, nil},
		"canceled":  {[]incident.Action{incident.Cancel{Reason: "x"}}, nil},
		"reopened":  {[]incident.Action{incident.Resolve{}, incident.Reopen{Reason: "x"}}, keys},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			for _, a := range test.actions {
				s.do(ana, a)
			}
			assert.Equal(t, test.want, s.in.HeldKeys())
		})
	}
	assert.Empty(t, incident.Incident{}.HeldKeys())

	// A real alert finds real incidents only.
	for _, kind := range []incident.Kind{incident.Drill, incident.Retrospective} {
		s := newStory(t)
		s.do(ana, incident.Open{Kind: kind, Title: "Checkout fails", StartedAt: after(-60), DedupKeys: keys})
		assert.Equal(t, keys, s.in.DedupKeys)
		assert.Empty(t, s.in.HeldKeys(), kind)
	}
}

func TestMergeAndAbsorb(t *testing.T) {
	t.Parallel()
	s := opened(t)
	assert.Equal(t, []incident.Payload{
		incident.StatusChanged{Action: incident.MergeAction, From: incident.Active, To: incident.Merged, Summary: "same cause", Into: "inc-2"},
	}, payloads(s.do(ana, incident.Merge{Into: "inc-2", Reason: "same cause"})))
	assert.Equal(t, incident.ID("inc-2"), s.in.MergedInto)

	s = opened(t)
	s.do(kit, incident.Absorb{From: "inc-3"})
	s.do(kit, incident.Absorb{From: "inc-4"})
	version := s.in.Version
	assert.Empty(t, s.do(kit, incident.Absorb{From: "inc-3"}), "told twice, recorded once")
	assert.Equal(t, version, s.in.Version)
	assert.Equal(t, []incident.ID{"inc-3", "inc-4"}, s.in.Absorbed)

	// Two incidents that were merged into each other would both be gone.
	for _, taken := range []incident.ID{"inc-3", "inc-4"} {
		_, err := s.try(incident.Command{Actor: ana, Action: incident.Merge{Into: taken}})
		wantUnmet(t, err, incident.NotTakenOver)
		assert.Equal(t, incident.Active, s.in.Status)
	}
	s.do(ana, incident.Merge{Into: "inc-2"})
	assert.Equal(t, incident.ID("inc-2"), s.in.MergedInto)
}

// TestAbsorbWhenOver hands incidents over to one that nobody works on any more.
func TestAbsorbWhenOver(t *testing.T) {
	t.Parallel()
	for name, actions := range map[string][]incident.Action{
		"resolved": {incident.Resolve{}},
		"closed":   {incident.SetSeverity{Severity: "SEV3", Reason: "x"}, incident.Resolve{}, incident.Close{}},
		"canceled": {incident.Cancel{Reason: "x"}},
		"declined": {incident.Cancel{Reason: "x"}, incident.Reopen{Reason: "x"}, incident.Decline{Reason: "x"}},
		"merged":   {incident.Merge{Into: "inc-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			s.do(kit, incident.Absorb{From: "inc-3"})
			for _, a := range actions {
				s.do(ana, a)
			}
			require.Equal(t, incident.Status(name), s.in.Status)
			for _, from := range []incident.ID{"inc-4", "inc-3"} { // new, or known already
				events, err := s.try(incident.Command{Actor: kit, Action: incident.Absorb{From: from}})
				wantUnmet(t, err)
				assert.Empty(t, events)
			}
			assert.Equal(t, []incident.ID{"inc-3"}, s.in.Absorbed)
		})
	}
}

func TestRolesHaveOneHolder(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.do(ana, incident.AssignRole{Role: incident.Commander, Person: "ana"})
	s.do(ana, incident.AssignRole{Role: incident.Scribe, Person: "ana"}) // two duties are one person's own affair
	before := maps.Clone(s.in.Roles)
	assert.Equal(t, []incident.Payload{incident.RoleAssigned{Role: incident.Commander, From: "ana", To: "ben"}},
		payloads(s.do(ana, incident.AssignRole{Role: incident.Commander, Person: "ben"})))
	assert.Equal(t, map[incident.Role]string{incident.Commander: "ana", incident.Scribe: "ana"}, before)
	assert.Equal(t, map[incident.Role]string{incident.Commander: "ben", incident.Scribe: "ana"}, s.in.Roles)
	s.do(ana, incident.AssignRole{Role: incident.Commander})
	assert.Equal(t, map[incident.Role]string{incident.Scribe: "ana"}, s.in.Roles)
}

func TestForeignIncident(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for _, cmd := range []incident.Command{
		{Tenant: "acme", Incident: "inc-2"},
		{Tenant: "globex", Incident: "inc-1"},
	} {
		cmd.Actor, cmd.Action = ana, incident.Resolve{}
		_, err := incident.Decide(s.in, cmd, env(t, after(1)))
		wantField(t, err, "Command.Incident")
	}
}

func TestActorString(t *testing.T) {
	t.Parallel()
	a := incident.Actor{Kind: incident.Automation, ID: "desk", OnBehalfOf: "ana", Roles: []string{"manager"}}
	assert.Equal(t, "automation desk for ana", a.String())
	assert.Equal(t, "person ana", ana.String())
	assert.True(t, a.HasRole("manager"))
	assert.False(t, a.HasRole("admin"))
}
