package escalation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestReason(t *testing.T) {
	t.Parallel()
	base := escalation.Effect{Policy: "checkout", Plan: 7, Round: 2, Step: 3, Steps: 5, Before: 2, By: "ana", Waited: 90 * time.Minute, Cause: escalation.Unanswered}
	with := func(change func(e *escalation.Effect)) escalation.Effect {
		e := base
		change(&e)
		return e
	}
	page := func(cause escalation.Cause) escalation.Effect {
		return with(func(e *escalation.Effect) {
			e.Kind, e.Cause, e.Target, e.Person = escalation.Page, cause, escalation.Person("ben"), "ben"
		})
	}
	skip := func(code escalation.SkipCode, why string) escalation.Effect {
		return with(func(e *escalation.Effect) { e.Kind, e.Code, e.Why = escalation.Skip, code, why })
	}
	const step = "policy checkout of plan version 7, step 3 of 5, round 2"
	tests := map[string]struct {
		effect escalation.Effect
		want   string
	}{
		"first":         {page(escalation.First), step + "; it names ben"},
		"unanswered":    {page(escalation.Unanswered), step + ", because nobody answered step 2 within 1h30m; it names ben"},
		"unreached":     {page(escalation.Unreached), step + ", because step 2 reached nobody; it names ben"},
		"undeliverable": {page(escalation.Undeliverable), step + ", because no page of step 2 could be delivered; it names ben"},
		"declined":      {page(escalation.Declined), step + ", because nobody of step 2 is left since ana declined; it names ben"},
		"together":      {page(escalation.Together), step + ", together with step 2; it names ben"},
		"late":          {page(escalation.Late), step + ", late and so together with step 2; it names ben"},
		"stale":         {page(escalation.Stale), step + ", again, because the acknowledgement of ana was not renewed in time; it names ben"},
		"snooze over":   {page(escalation.SnoozeOver), step + ", again, because the time for which ana snoozed is over; it names ben"},
		"handed back":   {page(escalation.HandedBack), step + ", again, because ana handed it back; it names ben"},
		"reassigned":    {page(escalation.Reassigned), step + ", because ana reassigned it; it names ben"},
		"repaged":       {page(escalation.Repaged), step + ", again, because ana asked for it; it names ben"},
		"escalated":     {page(escalation.Escalated), step + ", because ana asked for the next step; it names ben"},
		"by a schedule": {with(func(e *escalation.Effect) {
			e.Kind, e.Cause, e.Target, e.Person, e.Shift = escalation.Page, escalation.First, escalation.Schedule("primary"), "ben", oncall.Shift{Rotation: "weekly", Turn: 12}
		}), step + "; schedule primary leads to ben: rotation weekly, turn 12"},
		"the next of a schedule": {with(func(e *escalation.Effect) {
			e.Kind, e.Cause, e.Target = escalation.Page, escalation.First, escalation.Target{Type: escalation.TargetSchedule, ID: "primary", Mode: escalation.OnCallNext}
		}), step + "; it names schedule primary (next)"},
		"condition":    {skip(escalation.SkipCondition, "severity is SEV1"), step + " is passed over: it is taken only if severity is SEV1"},
		"nobody":       {skip(escalation.SkipNobody, ""), "it leads to nobody"},
		"nobody, why":  {skip(escalation.SkipNobody, "there is no team x"), "there is no team x"},
		"unreachable":  {skip(escalation.SkipUnreachable, "no contact method"), "cannot be reached: no contact method"},
		"absent":       {skip(escalation.SkipAbsent, "on leave"), "is not available: on leave"},
		"not ready":    {skip(escalation.SkipNotReady, "the stage is shadow"), "may not be paged: the stage is shadow"},
		"unskilled":    {skip(escalation.SkipUnskilled, "postgres"), "lacks the skill postgres"},
		"quiet":        {skip(escalation.SkipQuiet, working.String()), "has quiet hours within 09:00-17:00 Mon-Fri UTC"},
		"has declined": {skip(escalation.SkipDeclined, ""), "has declined in this round"},
		"twice":        {skip(escalation.SkipTwice, ""), "paged a moment ago for the same incident"},
		"turn":         {skip(escalation.SkipTurn, "ana"), "it is the turn of ana"},
		"held": {with(func(e *escalation.Effect) {
			e.Kind, e.Code, e.Why, e.Until = escalation.Hold, escalation.SkipHold, "severity is SEV1", monday
		}), step + " waits until severity is SEV1; looked at again at 2026-03-02 00:00:00 UTC"},
		"paused": {with(func(e *escalation.Effect) {
			e.Kind, e.Code, e.Why, e.Until = escalation.Hold, escalation.SkipHold, "never", monday
		}), step + " waits until 2026-03-02 00:00:00 UTC"},
		"deferred": {with(func(e *escalation.Effect) {
			e.Kind, e.Code, e.Why, e.Until = escalation.Hold, escalation.SkipDeferred, working.String(), monday
		}), step + " is put off until the time is within 09:00-17:00 Mon-Fri UTC; looked at again at 2026-03-02 00:00:00 UTC"},
		"repeat":    {with(func(e *escalation.Effect) { e.Kind, e.Step, e.Before = escalation.Repeat, 1, 5 }), "round 2 begins with step 1, because nobody answered step 5 within 1h30m"},
		"reminder":  {with(func(e *escalation.Effect) { e.Kind, e.Person = escalation.Remind, "ana" }), "reminder: ana has acknowledged, and the incident is still open"},
		"resumed":   {with(func(e *escalation.Effect) { e.Kind, e.Cause = escalation.Resume, escalation.Stale }), step + ", again, because the acknowledgement of ana was not renewed in time"},
		"hand-over": {with(func(e *escalation.Effect) { e.Kind, e.Tier = escalation.HandOver, "engineering" }), step + ": it goes to engineering"},
		"exhausted": {with(func(e *escalation.Effect) { e.Kind = escalation.Exhaust }), "policy checkout of plan version 7 is exhausted: nobody answered in 2 rounds"},
		"nobody reached": {with(func(e *escalation.Effect) { e.Kind, e.Cause = escalation.Exhaust, escalation.Unreached }),
			"policy checkout of plan version 7 is exhausted: nobody could be reached in a whole round"},
		"the last resort": {with(func(e *escalation.Effect) {
			e.Kind, e.Round, e.Target, e.Person = escalation.Fallback, 1, escalation.Person("zoe"), "zoe"
		}), "policy checkout of plan version 7 is exhausted: nobody answered in 1 round; it names zoe"},
		"raised": {with(func(e *escalation.Effect) { e.Kind, e.Severity = escalation.Raise, "SEV1" }),
			"policy checkout of plan version 7 is exhausted: nobody answered in 2 rounds; its last step raises the severity to SEV1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, tt.effect.Reason())
		})
	}
}

func TestConditionsInWords(t *testing.T) {
	t.Parallel()
	weekend := escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{{Days: oncall.On(time.Saturday), Length: 48 * time.Hour}, {Opens: oncall.TimeOfDay{Second: 30}, Length: time.Hour}}, Outside: true}
	assert.Equal(t, "outside 00:00 for 48h Sat, 00:00:30-01:00:30 Europe/Berlin", weekend.String())
	assert.Equal(t, "always", escalation.Condition{}.String())
	c := escalation.Condition{
		Severities: []string{"SEV1", "SEV2", "SEV3"}, Urgency: escalation.Low, Kinds: []string{"security"}, Components: []string{"db", "api"},
		Labels: map[string]string{"b": "2", "a": "1"}, Hours: &working, Alerts: &escalation.AlertCount{AtLeast: 5, Within: time.Hour}, Not: true,
	}
	assert.Equal(t, "not (severity is SEV1, SEV2 or SEV3, and urgency is low, and kind is security, and component is db or api, and label a is \"1\", "+
		"and label b is \"2\", and 5 alerts came in within 1h, and the time is within 09:00-17:00 Mon-Fri UTC)", c.String())
}

func TestConditions(t *testing.T) {
	t.Parallel()
	facts := escalation.Facts{Severity: "SEV2", Kind: "security", Components: []string{"db", "api"}, Labels: map[string]string{"env": "prod"},
		Alerts: []time.Time{monday.Add(-time.Hour), monday.Add(-time.Minute), monday}}
	alerts := func(n int, d time.Duration) escalation.Condition {
		return escalation.Condition{Alerts: &escalation.AlertCount{AtLeast: n, Within: d}}
	}
	tests := map[string]struct {
		condition escalation.Condition
		want      bool
	}{
		"nothing":            {escalation.Condition{}, true},
		"not nothing":        {escalation.Condition{Not: true}, false},
		"severity":           {escalation.Condition{Severities: []string{"SEV1", "SEV2"}}, true},
		"other severity":     {escalation.Condition{Severities: []string{"SEV1"}}, false},
		"not other severity": {escalation.Condition{Severities: []string{"SEV1"}, Not: true}, true},
		"high by default":    {escalation.Condition{Urgency: escalation.High}, true},
		"low":                {escalation.Condition{Urgency: escalation.Low}, false},
		"kind":               {escalation.Condition{Kinds: []string{"security"}}, true},
		"other kind":         {escalation.Condition{Kinds: []string{"performance"}}, false},
		"component":          {escalation.Condition{Components: []string{"api"}}, true},
		"other component":    {escalation.Condition{Components: []string{"web"}}, false},
		"label":              {escalation.Condition{Labels: map[string]string{"env": "prod"}}, true},
		"other label":        {escalation.Condition{Labels: map[string]string{"env": "prod", "region": "eu"}}, false},
		"no such label":      {escalation.Condition{Labels: map[string]string{"region": ""}}, true},
		"hours":              {escalation.Condition{Hours: &working}, false},
		"alerts":             {alerts(2, time.Minute+1), true},
		"a minute is over":   {alerts(2, time.Minute), false},
		"all of them":        {alerts(3, 2*time.Hour), true},
		"two of three":       {escalation.Condition{Severities: []string{"SEV2"}, Kinds: []string{"x"}}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{{If: &tt.condition, Targets: []escalation.Target{escalation.Person("ana")}}}})
			r := l.Next(escalation.Start(monday, nil), monday, facts, nil)
			assert.Equal(t, tt.want, r.Effects[0].Kind == escalation.Page)
		})
	}
}
