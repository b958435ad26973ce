package escalation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

func TestBehaviours(t *testing.T) {
	t.Parallel()
	page := escalation.Moment{At: paged, Effect: escalation.Effect{Kind: escalation.Page, Person: "ana", Round: 2, Step: 3}, Arrived: 1}
	change := func(f func(*escalation.Moment)) escalation.Moment {
		m := page
		f(&m)
		return m
	}
	again := change(func(m *escalation.Moment) { m.Follows, m.Arrived = true, 2 })
	reminder := change(func(m *escalation.Moment) { m.Effect.Kind = escalation.Remind })
	fallback := change(func(m *escalation.Moment) { m.Effect.Kind, m.Effect.Step = escalation.Fallback, 0 })
	early := change(func(m *escalation.Moment) { m.Effect.Round = 1 })
	toBen := change(func(m *escalation.Moment) { m.Effect.Person = "ben" })
	room := change(func(m *escalation.Moment) { m.Effect.Person = "" })

	ack := escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: paged.Add(time.Minute)}
	one := func(r escalation.Reaction) escalation.Behaviour {
		return escalation.React(map[string][]escalation.Reaction{"ana": {r}})
	}
	for name, test := range map[string]struct {
		behaviour escalation.Behaviour
		moment    escalation.Moment
		want      []escalation.Answer
	}{
		"ignore":                   {escalation.Ignore, page, nil},
		"everybody acknowledges":   {escalation.AckAfter(time.Minute), page, []escalation.Answer{ack}},
		"somebody acknowledges":    {escalation.AckAfter(time.Minute, "ben", "ana"), page, []escalation.Answer{ack}},
		"somebody else does":       {escalation.AckAfter(time.Minute, "ben"), page, nil},
		"the last resort does":     {escalation.AckAfter(time.Minute), fallback, []escalation.Answer{ack}},
		"once for a page":          {escalation.AckAfter(time.Minute), again, nil},
		"not for a reminder":       {escalation.AckAfter(time.Minute), reminder, nil},
		"a target answers nothing": {escalation.AckAfter(time.Minute), room, nil},
		"no time goes backwards":   {escalation.AckAfter(-time.Minute), page, []escalation.Answer{{Kind: escalation.Acknowledge, By: "ana", At: paged}}},
		"declines":                 {escalation.Declines("ana"), page, []escalation.Answer{{Kind: escalation.Decline, By: "ana", At: paged}}},
		"renews when reminded":     {one(escalation.Reaction{Kind: escalation.Acknowledge, After: time.Minute, Reminded: true}), reminder, []escalation.Answer{ack}},
		"only when reminded":       {one(escalation.Reaction{Kind: escalation.Acknowledge, Reminded: true}), page, nil},
		"snoozes": {
			one(escalation.Reaction{Kind: escalation.Snooze, After: time.Minute, For: time.Hour}), page,
			[]escalation.Answer{{Kind: escalation.Snooze, By: "ana", At: paged.Add(time.Minute), Until: paged.Add(time.Hour + time.Minute)}},
		},
		"reassigns": {
			one(escalation.Reaction{Kind: escalation.Reassign, To: []escalation.Target{escalation.Person("ben")}}), page,
			[]escalation.Answer{{Kind: escalation.Reassign, By: "ana", At: paged, To: []escalation.Target{escalation.Person("ben")}}},
		},
		"is not reached": {
			one(escalation.Reaction{Kind: escalation.Undelivered}), page,
			[]escalation.Answer{{Kind: escalation.Undelivered, By: "ana", At: paged, Round: 2, Step: 3}},
		},
		"from the second round on": {one(escalation.Reaction{Kind: escalation.Acknowledge, After: time.Minute, Round: 2}), page, []escalation.Answer{ack}},
		"not in the first":         {one(escalation.Reaction{Kind: escalation.Acknowledge, Round: 2}), early, nil},
		"nothing":                  {one(escalation.Reaction{After: time.Minute}), page, nil},
		"one thing after the other": {
			escalation.React(map[string][]escalation.Reaction{"": {{Kind: escalation.Acknowledge, After: time.Minute}, {Kind: escalation.HandBack, After: time.Hour}}}), page,
			[]escalation.Answer{ack, {Kind: escalation.HandBack, By: "ana", At: paged.Add(time.Hour)}},
		},
		"each their own":        {escalation.Each(map[string]escalation.Behaviour{"ana": escalation.Ignore, "": escalation.AckAfter(0)}), page, nil},
		"everybody else":        {escalation.Each(map[string]escalation.Behaviour{"ben": escalation.Ignore, "": escalation.AckAfter(time.Minute)}), page, []escalation.Answer{ack}},
		"nobody else":           {escalation.Each(map[string]escalation.Behaviour{"ana": escalation.AckAfter(0)}), toBen, nil},
		"random: once a page":   {escalation.Random(1), again, nil},
		"random: not a target":  {escalation.Random(1), room, nil},
		"not one that is known": {one(escalation.Reaction{Kind: escalation.Acknowledge}), toBen, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.behaviour(test.moment))
		})
	}
}

// Of many people of whom nobody knows what they will do, some do each thing; and the
// same do the same again.
func TestRandomDoesEverything(t *testing.T) {
	t.Parallel()
	s := scene(t, func(p *escalation.Policy) { p.AckTimeout, p.RemindEvery = time.Hour, 20*time.Minute })
	s.Until = s.Start.Add(3 * time.Hour)
	did := map[escalation.AnswerKind]int{}
	for seed := range uint64(300) {
		s.Behaviour = escalation.Random(seed, "cleo")
		c := escalation.Simulate(s)
		require.Equal(t, c, escalation.Simulate(s))
		for _, m := range c.Moments {
			if m.Answer != nil {
				did[m.Answer.Kind]++
			}
		}
	}
	for _, kind := range []escalation.AnswerKind{
		escalation.Acknowledge, escalation.Decline, escalation.Snooze, escalation.HandBack,
		escalation.Reassign, escalation.Escalate, escalation.Undelivered,
	} {
		assert.Greater(t, did[kind], 10, kind)
	}
	assert.Len(t, did, 7)
}

func TestMomentReason(t *testing.T) {
	t.Parallel()
	page := escalation.Effect{Kind: escalation.Page, Policy: "web", Round: 2, Step: 1, Steps: 1, Cause: escalation.First, Person: "ana", Target: escalation.Person("ana")}
	last := page
	last.Kind, last.Step = escalation.Fallback, 0
	reminder := page
	reminder.Kind = escalation.Remind
	for name, test := range map[string]struct {
		moment       escalation.Moment
		action, want string
	}{
		"a page":             {escalation.Moment{Effect: page}, "page", "policy web, step 1 of 1, round 2; it names ana"},
		"with others":        {escalation.Moment{Effect: page, With: make([]escalation.Effect, 2)}, "page", "policy web, step 1 of 1, round 2; it names ana; with 2 pages before it"},
		"later":              {escalation.Moment{At: paged, Effect: page, Waits: paged.Add(time.Minute)}, "page", "policy web, step 1 of 1, round 2; it names ana; the message goes 1m later"},
		"failed":             {escalation.Moment{Effect: page, Failed: true}, "page", "policy web, step 1 of 1, round 2; it names ana; the channel does not take it"},
		"another message":    {escalation.Moment{Effect: page, Follows: true, Arrived: 2}, "message", "again, as nobody has answered the page of step 1, round 2"},
		"the first message":  {escalation.Moment{Effect: page, Follows: true, Arrived: 1}, "message", "about the page of step 1, round 2"},
		"the last resort":    {escalation.Moment{Effect: last, Follows: true, Arrived: 1}, "message", "about the last resort"},
		"in place":           {escalation.Moment{Effect: page, Follows: true, Instead: "push"}, "message", "in place of push, which failed"},
		"a reminder":         {escalation.Moment{Effect: reminder, Follows: true}, "message", reminder.Reason()},
		"exhausted":          {escalation.Moment{Effect: escalation.Effect{Kind: escalation.Exhaust, Policy: "web", Cause: escalation.Unreached}}, "exhausted", escalation.Effect{Kind: escalation.Exhaust, Policy: "web", Cause: escalation.Unreached}.Reason()},
		"an answer":          {escalation.Moment{Answer: &escalation.Answer{Kind: escalation.HandBack}}, "answer", "hand back"},
		"not delivered":      {escalation.Moment{Answer: &escalation.Answer{Kind: escalation.Undelivered, Target: "channel room"}}, "answer", "undelivered to channel room"},
		"a refusal":          {escalation.Moment{Answer: &escalation.Answer{Kind: escalation.Stop}, Err: &escalation.AnswerError{Kind: escalation.Stop, Field: "at", Want: "a time"}}, "answer", "stop; refused: at: want a time"},
		"reassigned to some": {escalation.Moment{Answer: &escalation.Answer{Kind: escalation.Reassign, To: []escalation.Target{escalation.Person("ben"), escalation.Team("db")}}}, "answer", "reassign to person ben, team db"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, test.moment.Reason())
			assert.Equal(t, test.action, test.moment.Action())
		})
	}
}
