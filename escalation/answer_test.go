package escalation_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

func TestRefusedAnswers(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(5*time.Minute, "ana")}})
	at := monday.Add(time.Minute)
	running := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	acked, err := l.Answer(running, escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: at})
	require.NoError(t, err)
	stopped, err := l.Answer(running, escalation.Answer{Kind: escalation.Stop, At: at})
	require.NoError(t, err)
	exhausted := l.Next(running, monday.Add(time.Hour), escalation.Facts{}, nil).Progress
	tests := map[string]struct {
		progress escalation.Progress
		answer   escalation.Answer
		want     string
	}{
		"no kind":         {running, escalation.Answer{By: "ana", At: at}, `: kind: want one of the kinds of answers, not ""`},
		"no time":         {running, escalation.Answer{Kind: escalation.Acknowledge, By: "ana"}, "acknowledge: at: want the time of the answer; it is zero"},
		"nobody":          {running, escalation.Answer{Kind: escalation.Acknowledge, At: at}, "acknowledge: by: want the id of a person"},
		"stopped":         {stopped, escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: at}, "acknowledge: want a run that is running, acknowledged, snoozed or exhausted, not one that is stopped"},
		"declined late":   {acked, escalation.Answer{Kind: escalation.Decline, By: "ana", At: at}, "decline: want a run that is running, not one that is acknowledged"},
		"handed back":     {running, escalation.Answer{Kind: escalation.HandBack, By: "ana", At: at}, "hand_back: want a run that is acknowledged or snoozed, not one that is running"},
		"by another":      {acked, escalation.Answer{Kind: escalation.HandBack, By: "ben", At: at}, "hand_back: by: want ana, who has acknowledged, not ben"},
		"snoozed to past": {running, escalation.Answer{Kind: escalation.Snooze, By: "ana", At: at, Until: at}, "snooze: until: want an instant after that of the answer, by at most 168h"},
		"snoozed for ever": {running, escalation.Answer{Kind: escalation.Snooze, By: "ana", At: at, Until: at.Add(169 * time.Hour)},
			"snooze: until: want an instant after that of the answer, by at most 168h"},
		"to nobody": {running, escalation.Answer{Kind: escalation.Reassign, By: "ana", At: at}, "reassign: to: want 1 to 100 targets, not 0"},
		"to nothing": {running, escalation.Answer{Kind: escalation.Reassign, By: "ana", At: at, To: []escalation.Target{{Type: "x", ID: "y"}}},
			`reassign: to[0].type: want person, schedule, team, channel, vendor, webhook or policy, not "x"`},
		"to a policy": {running, escalation.Answer{Kind: escalation.Reassign, By: "ana", At: at, To: []escalation.Target{{Type: escalation.TargetPolicy, ID: "y"}}},
			`reassign: to[0].id: want the id of a policy; there is none with "y"`},
		"no next step": {exhausted, escalation.Answer{Kind: escalation.Escalate, By: "ana", At: at}, "escalate: want a run that is running, acknowledged or snoozed, not one that is exhausted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := l.Answer(tt.progress, tt.answer)
			var refused *escalation.AnswerError
			require.ErrorAs(t, err, &refused)
			assert.EqualError(t, err, "escalation: "+tt.want)
			assert.Equal(t, tt.progress, after)
		})
	}
}

// TestAnswersThatChangeNothing: what is reported late by channels is no error.
func TestAnswersThatChangeNothing(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(5*time.Minute, "ana"), pages(5*time.Minute, "ben"), pages(5*time.Minute, "carl")}})
	at := monday.Add(6 * time.Minute)
	p := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	p = l.Next(p, at, escalation.Facts{}, nil).Progress
	for name, a := range map[string]escalation.Answer{
		"of a step before":     {Kind: escalation.Undelivered, By: "ana", At: at},
		"of another step":      {Kind: escalation.Undelivered, By: "ben", At: at, Step: 1},
		"of another round":     {Kind: escalation.Undelivered, By: "ben", At: at, Round: 2},
		"of another target":    {Kind: escalation.Undelivered, Target: "channel ops", At: at},
		"of whom nobody pages": {Kind: escalation.Undelivered, By: "zoe", At: at},
	} {
		after, err := l.Answer(p, a)
		require.NoError(t, err, name)
		assert.Equal(t, p, after, name)
	}
	exhausted := l.Next(p, monday.Add(time.Hour), escalation.Facts{}, nil).Progress
	after, err := l.Answer(exhausted, escalation.Answer{Kind: escalation.Stop, At: at})
	require.NoError(t, err)
	assert.Equal(t, exhausted, after)
}

func TestAnswersSpeakOfTheStepThatPaged(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		{Targets: []escalation.Target{{Type: escalation.TargetChannel, ID: "ops"}, escalation.Person("ana")}, Wait: 5 * time.Minute},
		pages(5*time.Minute, "ben"),
	}})
	begin(t, l).by("1m", escalation.Decline, "ana").until("2m").want(
		"0s step 1: page channel ops", "0s step 1: page ana", "1m ana decline", "1m step 2: page ben [declined]")
	begin(t, l).answer("1m", escalation.Answer{Kind: escalation.Undelivered, Target: "channel ops"}).by("2m", escalation.Undelivered, "ana").until("3m").want(
		"0s step 1: page channel ops", "0s step 1: page ana", "1m channel ops undelivered", "2m ana undelivered", "2m step 2: page ben [undeliverable]")
}

func TestEscalatingByHandWaitsForNothing(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		pages(time.Minute, "ana"), {Until: &escalation.Condition{Not: true}, Wait: time.Hour}, pages(time.Minute, "ben")},
		Defer: []escalation.Deferral{{If: &escalation.Condition{Urgency: escalation.Low}, Hours: working}}})
	s := begin(t, l)
	s.by("30s", escalation.Escalate, "ana").until("1m").want("0s step 1: page ana", "30s ana escalate", "30s step 3: page ben [escalated]")
	s = begin(t, l)
	s.facts.Urgency = escalation.Low
	s.by("30s", escalation.Escalate, "zoe").until("31s").want("0s step 1: hold (deferred)", "30s zoe escalate", "30s step 1: page ana [escalated]")
}

func TestAnEarlierAnswerIsGivenWithTheLast(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", AckTimeout: time.Hour, Steps: []escalation.Step{pages(5*time.Minute, "ana")}})
	p := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	for _, at := range []time.Duration{10 * time.Minute, time.Minute} {
		var err error
		p, err = l.Answer(p, escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: monday.Add(at)})
		require.NoError(t, err)
	}
	assert.Equal(t, monday.Add(70*time.Minute), p.Expires, "the clock of whoever answered is behind")
}

func TestLateRemindersAreOne(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", RemindEvery: 10 * time.Minute, Steps: []escalation.Step{pages(5*time.Minute, "ana")}})
	p := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	p, err := l.Answer(p, escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: monday})
	require.NoError(t, err)
	r := l.Next(p, monday.Add(65*time.Minute), escalation.Facts{}, nil)
	require.Len(t, r.Effects, 1)
	assert.Equal(t, monday.Add(70*time.Minute), r.Wake)
}

func TestStoredProgressIsTheSame(t *testing.T) {
	t.Parallel()
	step := pages(time.Minute, "ana", "ben")
	step.Pick = escalation.PickLeastRecent
	l := ladder(t, escalation.Policy{ID: "p", Repeat: 3, AckTimeout: time.Hour, RemindEvery: time.Minute, Steps: []escalation.Step{step}})
	s := begin(t, l).until("2m").by("150s", escalation.Decline, "ben").by("160s", escalation.Acknowledge, "zoe")
	data, err := json.Marshal(s.progress)
	require.NoError(t, err)
	var back escalation.Progress
	require.NoError(t, json.Unmarshal(data, &back))
	assert.True(t, s.progress.Equal(back), "%s", data)
}
