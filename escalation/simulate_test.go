package escalation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// scene returns a setting in which ana is paged, and ben five minutes later. Each
// has a push and a phone.
func scene(t require.TestingT, change func(*escalation.Policy)) escalation.Setting {
	p := escalation.Policy{ID: "web", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
		{Targets: []escalation.Target{escalation.Person("ben")}, Wait: 5 * time.Minute},
	}}
	if change != nil {
		change(&p)
	}
	l, err := escalation.Compile(p)
	require.NoError(t, err)
	s := escalation.Setting{Ladder: l, Start: paged, World: escalation.World{People: map[string]escalation.Responder{}}}
	for _, id := range []string{"ana", "ben", "cleo"} {
		s.World.People[id] = escalation.Responder{Person: oncall.Person{ID: id}, Channels: []string{"push", "phone"}}
	}
	return s
}

// rules gives ana these.
func rules(s *escalation.Setting, r escalation.Rules) {
	ana := s.World.People["ana"]
	ana.Rules = r
	s.World.People["ana"] = ana
}

func answer(kind escalation.AnswerKind, by string, after time.Duration) escalation.Answer {
	return escalation.Answer{Kind: kind, By: by, At: paged.Add(after)}
}

// lines writes a course without its reasons.
func lines(c escalation.Course) (out []string) {
	for _, m := range c.Moments {
		s := "+" + m.At.Sub(c.Start).String()
		add := func(format string, args ...any) { s += " " + fmt.Sprintf(format, args...) }
		if m.Answer != nil {
			add("%s %s", m.Answer.By, m.Answer.Kind)
		} else {
			add("%s", m.Action())
			if m.Effect.Step > 0 {
				add("%d.%d", m.Effect.Round, m.Effect.Step)
			}
			add("%s", m.Effect.Person)
			if m.Effect.Person == "" && m.Effect.Target.ID != "" {
				s += m.Effect.Target.String()
			}
			if m.Channel != "" {
				add("by %s", m.Channel)
			}
		}
		if m.Failed {
			add("failed")
		}
		if m.Arrived > 0 {
			add("(%d)", m.Arrived)
		}
		if len(m.With) > 0 {
			add("with %d", len(m.With))
		}
		if !m.Waits.IsZero() {
			add("waits until +%s", m.Waits.Sub(c.Start))
		}
		if m.Err != nil {
			add("refused")
		}
		out = append(out, strings.TrimSpace(s))
	}
	if c.Cut {
		out = append(out, "cut")
	}
	return out
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	type rule = escalation.Notification
	const minute = time.Minute
	insistent := escalation.Rules{High: []rule{{"push", 0}, {"phone", 2 * minute}, {"phone", 4 * minute}, {"phone", 20 * minute}}}
	for name, test := range map[string]struct {
		policy func(*escalation.Policy)
		change func(*escalation.Setting)
		want   []string
	}{
		"nobody answers": {nil, func(*escalation.Setting) {}, []string{
			"+0s page 1.1 ana by push (1)", "+5m0s page 1.2 ben by push (1)", "+10m0s exhausted 1.2",
		}},
		"rules go on for as long as nobody has answered": {nil, func(s *escalation.Setting) { rules(s, insistent) }, []string{
			"+0s page 1.1 ana by push (1)", "+2m0s message 1.1 ana by phone (2)", "+4m0s message 1.1 ana by phone (3)",
			"+5m0s page 1.2 ben by push (1)", "+10m0s exhausted 1.2", "+20m0s message 1.1 ana by phone (4)",
		}},
		"no message after an acknowledgement": {nil, func(s *escalation.Setting) {
			rules(s, insistent)
			s.Script = []escalation.Answer{answer(escalation.Acknowledge, "cleo", 3*minute)}
		}, []string{
			"+0s page 1.1 ana by push (1)", "+2m0s message 1.1 ana by phone (2)", "+3m0s cleo acknowledge",
		}},
		"no message to whoever has declined": {nil, func(s *escalation.Setting) {
			rules(s, insistent)
			s.Behaviour = escalation.React(map[string][]escalation.Reaction{"ana": {{Kind: escalation.Decline, After: 3 * minute}}})
		}, []string{
			"+0s page 1.1 ana by push (1)", "+2m0s message 1.1 ana by phone (2)", "+3m0s ana decline",
			"+3m0s page 1.2 ben by push (1)", "+8m0s exhausted 1.2",
		}},
		"no message once others are named": {nil, func(s *escalation.Setting) {
			rules(s, insistent)
			a := answer(escalation.Reassign, "cleo", 3*minute)
			a.To = []escalation.Target{escalation.Person("cleo")}
			s.Script = []escalation.Answer{a, answer(escalation.Acknowledge, "cleo", 4*minute)}
		}, []string{
			"+0s page 1.1 ana by push (1)", "+2m0s message 1.1 ana by phone (2)", "+3m0s cleo reassign",
			"+3m0s page 1.1 cleo by push (1)", "+4m0s cleo acknowledge",
		}},
		"no message once it is no longer needed": {nil, func(s *escalation.Setting) {
			rules(s, insistent)
			s.Script = []escalation.Answer{answer(escalation.Stop, "", 11*minute)}
		}, []string{
			"+0s page 1.1 ana by push (1)", "+2m0s message 1.1 ana by phone (2)", "+4m0s message 1.1 ana by phone (3)",
			"+5m0s page 1.2 ben by push (1)", "+10m0s exhausted 1.2", "+11m0s  stop",
		}},
		"what is due comes before an answer at the same instant": {nil, func(s *escalation.Setting) {
			s.Script = []escalation.Answer{answer(escalation.Acknowledge, "ana", 5*minute)}
		}, []string{
			"+0s page 1.1 ana by push (1)", "+5m0s page 1.2 ben by push (1)", "+5m0s ana acknowledge",
		}},
		"a broken channel": {nil, func(s *escalation.Setting) { s.Broken = []string{"push"} }, []string{
			"+0s page 1.1 ana by push failed", "+0s message 1.1 ana by phone (1)",
			"+5m0s page 1.2 ben by push failed", "+5m0s message 1.2 ben by phone (1)", "+10m0s exhausted 1.2",
		}},
		"a broken channel of the rules": {nil, func(s *escalation.Setting) {
			s.Broken = []string{"phone"}
			rules(s, escalation.Rules{High: []rule{{"phone", 2 * minute}, {"phone", 3 * minute}}})
			s.Until = paged.Add(4 * minute)
		}, []string{
			"+0s page 1.1 ana waits until +2m0s", "+2m0s message 1.1 ana by phone failed", "+2m0s message 1.1 ana by push (1)",
			"+3m0s message 1.1 ana by phone failed", "cut",
		}},
		"all is broken: the next step at once": {nil, func(s *escalation.Setting) {
			s.Broken = []string{"push", "phone"}
			s.World.People["ben"] = escalation.Responder{Channels: []string{"fax"}}
		}, []string{
			"+0s page 1.1 ana by push failed", "+0s message 1.1 ana by phone failed", "+0s ana undelivered",
			"+0s page 1.2 ben by fax (1)", "+5m0s exhausted 1.2",
		}},
		"a person who is not known has a channel without a name": {nil, func(s *escalation.Setting) {
			s.World.People = nil
			s.Behaviour = escalation.AckAfter(minute, "ben")
		}, []string{
			"+0s page 1.1 ana (1)", "+5m0s page 1.2 ben (1)", "+6m0s ben acknowledge",
		}},
		"targets that are paged themselves": {func(p *escalation.Policy) {
			p.Steps[0].Targets = []escalation.Target{
				{Type: escalation.TargetChannel, ID: "room"}, {Type: escalation.TargetWebhook, ID: "bot"}, {Type: escalation.TargetVendor, ID: "cloud"},
			}
			p.Steps = p.Steps[:1]
		}, func(s *escalation.Setting) {
			s.World.Places = map[string]string{"channel room": "chat", "webhook bot": "http"}
			s.World.Suppliers = map[string]escalation.Supplier{"cloud": {ID: "cloud", Channels: []string{"portal", "mail"}}}
			s.Broken = []string{"http", "portal"}
			s.Behaviour = escalation.AckAfter(0) // targets do not answer
			s.Until = paged
		}, []string{
			"+0s page 1.1 channel room by chat (1)", "+0s page 1.1 webhook bot by http failed",
			"+0s page 1.1 vendor cloud by portal failed", "+0s message 1.1 vendor cloud by mail (1)", "+0s  undelivered", "cut",
		}},
		"the facts change": {func(p *escalation.Policy) {
			p.Steps[1].If = &escalation.Condition{Severities: []string{"SEV1"}}
		}, func(s *escalation.Setting) {
			s.Changes = []escalation.Change{ // not in order
				{At: paged.Add(6 * minute), Facts: escalation.Facts{Severity: "SEV3"}},
				{At: paged.Add(4 * minute), Facts: escalation.Facts{Severity: "SEV1"}},
			}
		}, []string{
			"+0s page 1.1 ana by push (1)", "+5m0s page 1.2 ben by push (1)", "+10m0s exhausted 1.2",
		}},
		"the last resort, and a severity that is raised": {func(p *escalation.Policy) {
			p.Steps = p.Steps[:1]
			p.AckTimeout = 10 * minute
			p.Final = escalation.Final{Targets: []escalation.Target{escalation.Person("cleo")}, Severity: "SEV1"}
			p.Steps[0].If = &escalation.Condition{Severities: []string{"SEV1"}, Not: true}
		}, func(s *escalation.Setting) {
			s.Behaviour = escalation.AckAfter(minute, "cleo")
			s.Until = paged.Add(30 * minute)
		}, []string{
			"+0s page 1.1 ana by push (1)", "+5m0s exhausted 1.1", "+5m0s raise", "+5m0s fallback cleo by push (1)",
			"+6m0s cleo acknowledge", "+16m0s resume 1.1 cleo", "+16m0s skip 1.1", "+16m0s exhausted 1.1",
			"+16m0s fallback cleo by push (1)", "+17m0s cleo acknowledge", "+27m0s resume 1.1 cleo", "+27m0s skip 1.1",
			"+27m0s exhausted 1.1", "+27m0s fallback cleo by push (1)", "+28m0s cleo acknowledge", "cut",
		}},
		"reminders": {func(p *escalation.Policy) {
			p.AckTimeout, p.RemindEvery = 5*minute, 2*minute
		}, func(s *escalation.Setting) {
			rules(s, insistent)
			s.Broken = []string{"push"}
			s.Behaviour = escalation.React(map[string][]escalation.Reaction{
				"ana": {{Kind: escalation.Acknowledge, After: minute}},
				"ben": {{Kind: escalation.Stop}},
			})
			s.Until = paged.Add(7 * minute)
		}, []string{
			"+0s page 1.1 ana by push failed", "+0s message 1.1 ana by phone (1)", "+1m0s ana acknowledge",
			"+3m0s remind 1.1 ana by push failed", "+3m0s message 1.1 ana by phone (1)",
			"+5m0s remind 1.1 ana by push failed", "+5m0s message 1.1 ana by phone (1)",
			"+6m0s resume 1.1 ana", "+6m0s page 1.1 ana by push failed", "+6m0s message 1.1 ana by phone (1)",
			"+7m0s ana acknowledge", "cut",
		}},
		"pages become one message": {func(p *escalation.Policy) {
			p.Steps[0].Wait, p.Repeat = minute, 4
			p.Steps = p.Steps[:1]
		}, func(s *escalation.Setting) { rules(s, escalation.Rules{Bundle: 150 * time.Second}) }, []string{
			"+0s page 1.1 ana by push (1)", "+1m0s repeat 2.1", "+1m0s page 2.1 ana waits until +2m30s",
			"+2m0s repeat 3.1", "+2m0s page 3.1 ana waits until +2m30s", "+2m30s message 3.1 ana by push (1) with 1",
			"+3m0s repeat 4.1", "+3m0s page 4.1 ana waits until +5m0s", "+4m0s repeat 5.1",
			"+4m0s page 5.1 ana waits until +5m0s", "+5m0s exhausted 5.1", "+5m0s message 5.1 ana by push (1) with 1",
		}},
		"a page of high urgency does not wait for low": {func(p *escalation.Policy) {
			p.Steps = []escalation.Step{p.Steps[0], p.Steps[0], p.Steps[0]}
			for i, u := range []escalation.Urgency{escalation.Low, escalation.Low, escalation.High} {
				p.Steps[i].Targets = []escalation.Target{{Type: escalation.TargetPerson, ID: "ana", Urgency: u}}
				p.Steps[i].Wait = minute
			}
		}, func(s *escalation.Setting) { rules(s, escalation.Rules{Bundle: time.Hour}) }, []string{
			"+0s page 1.1 ana by push (1)", "+1m0s page 1.2 ana waits until +1h0m0s", "+2m0s page 1.3 ana by push (1) with 1", "+3m0s exhausted 1.3",
		}},
		"answers that cannot be": {nil, func(s *escalation.Setting) {
			s.Behaviour = func(m escalation.Moment) []escalation.Answer {
				return []escalation.Answer{{Kind: escalation.Acknowledge, By: m.Effect.Person, At: m.At.Add(-1)}}
			}
			s.Script = []escalation.Answer{
				{Kind: escalation.Acknowledge, By: "ana"}, {Kind: "shrug", By: "ana", At: paged},
			}
			s.Until = paged
		}, []string{
			"+0s page 1.1 ana by push (1)", "+0s ana acknowledge refused", "+0s ana acknowledge refused", "+0s ana shrug refused", "cut",
		}},
		"until before the start": {nil, func(s *escalation.Setting) { s.Until = paged.Add(-1) }, []string{"cut"}},
		"until an instant":       {nil, func(s *escalation.Setting) { s.Until = paged.Add(5 * minute) }, []string{"+0s page 1.1 ana by push (1)", "+5m0s page 1.2 ben by push (1)", "cut"}},
		"no ladder":              {nil, func(s *escalation.Setting) { s.Ladder = nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene(t, test.policy)
			test.change(&s)
			assert.Equal(t, test.want, lines(escalation.Simulate(s)))
		})
	}
}

// A course that would never end is cut off, whoever it is that does not stop.
func TestSimulateIsBounded(t *testing.T) {
	t.Parallel()
	again := func(m escalation.Moment) []escalation.Answer {
		return []escalation.Answer{{Kind: escalation.Repage, By: m.Effect.Person, At: m.At}}
	}
	for name, change := range map[string]func(*escalation.Setting){
		"at one instant": func(s *escalation.Setting) { s.Behaviour = again },
		"a flood": func(s *escalation.Setting) {
			s.Behaviour = func(m escalation.Moment) []escalation.Answer {
				return make([]escalation.Answer, escalation.MaxMoments)
			}
		},
		"for ever":           func(s *escalation.Setting) { s.Behaviour = escalation.AckAfter(time.Second) },
		"at no time":         func(s *escalation.Setting) { s.Start, s.Behaviour = time.Time{}, again },
		"at the end of time": func(s *escalation.Setting) { s.Start, s.Behaviour = time.Unix(1<<62, 0), again },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene(t, func(p *escalation.Policy) { p.AckTimeout = time.Second })
			change(&s)
			c := escalation.Simulate(s)
			assert.True(t, c.Cut)
			assert.LessOrEqual(t, len(c.Moments), escalation.MaxMoments+10)
		})
	}
}

// What the caller gave stays as it was.
func TestSimulateKeepsTheSetting(t *testing.T) {
	t.Parallel()
	s := scene(t, func(p *escalation.Policy) { p.Steps[0].Pick = escalation.PickInTurn })
	s.Turns = map[string]escalation.Turn{"web steps[0]": {Person: "ana"}}
	s.Script = []escalation.Answer{answer(escalation.Stop, "ben", time.Hour), answer(escalation.Decline, "ana", time.Minute)}
	escalation.Simulate(s)
	assert.Equal(t, map[string]escalation.Turn{"web steps[0]": {Person: "ana"}}, s.Turns)
	assert.Equal(t, escalation.Stop, s.Script[0].Kind)
}

func TestCourse(t *testing.T) {
	t.Parallel()
	s := scene(t, func(p *escalation.Policy) {
		p.Repeat = 1
		p.Final.Targets = []escalation.Target{escalation.Person("cleo")}
		p.Steps[0].Targets = append(p.Steps[0].Targets, escalation.Target{Type: escalation.TargetChannel, ID: "room"})
	})
	s.World.People["ben"] = escalation.Responder{Channels: []string{"fax"}}
	s.Broken = []string{"fax"}
	c := escalation.Simulate(s)

	var who []string
	for _, r := range c.Paged() {
		who = append(who, r.Person+" after "+r.After.String())
		assert.Equal(t, r.At, r.By.At)
		assert.Equal(t, r.After, r.At.Sub(paged))
	}
	assert.Equal(t, []string{"ana after 0s", "cleo after 20m0s"}, who)
	first, ok := c.First("ana")
	assert.True(t, ok)
	assert.Equal(t, paged, first.At)
	_, ok = c.First("ben")
	assert.False(t, ok, "no channel took it")
	assert.Len(t, c.At(paged), 2)
	assert.Empty(t, c.At(paged.Add(time.Second)))
	for _, e := range c.Effects() {
		assert.NotEmpty(t, e.Kind)
	}
	assert.Equal(t, escalation.Exhausted, c.Progress.State)
}

func TestCourseString(t *testing.T) {
	t.Parallel()
	s := scene(t, func(p *escalation.Policy) {
		p.AckTimeout = 30 * time.Minute
		p.Steps = p.Steps[:1]
		p.Steps[0].Targets = append(p.Steps[0].Targets, escalation.Target{Type: escalation.TargetChannel, ID: "room"}, escalation.Person("ben"))
	})
	s.World.Places = map[string]string{"channel room": "chat"}
	s.Start = time.Date(2026, 3, 29, 0, 58, 0, 0, time.UTC).In(zone(t, "Europe/Berlin"))
	s.Broken = []string{"push"}
	rules(&s, escalation.Rules{High: []escalation.Notification{{Channel: "phone", After: time.Minute}, {Channel: "phone", After: 2 * time.Minute}}})
	s.Script = []escalation.Answer{
		{Kind: escalation.Snooze, By: "ana", At: s.Start.Add(3 * time.Minute), Until: s.Start.Add(4 * time.Minute)},
		{Kind: escalation.Acknowledge, By: "ben", At: s.Start.Add(5*time.Minute + time.Second)},
		{Kind: escalation.Reassign, By: "ben", At: s.Start.Add(6 * time.Minute), To: []escalation.Target{escalation.Schedule("primary")}},
		{Kind: "shrug", By: "ben", At: s.Start.Add(7 * time.Minute)},
		{Kind: escalation.Acknowledge, By: "ben", At: s.Start.Add(8 * time.Minute)},
	}
	s.Until = s.Start.Add(10 * time.Minute)
	assert.Equal(t, strings.TrimPrefix(`
Sun 2026-03-29 CET
    +0s  01:58     1.1  page       ana                      policy web, step 1 of 1; it names ana; the message goes 1m later
    +0s  01:58     1.1  page       channel room      chat   policy web, step 1 of 1; it names channel room
    +0s  01:58     1.1  page       ben               push   policy web, step 1 of 1; it names ben; the channel does not take it
    +0s  01:58     1.1  message    ben               phone  in place of push, which failed
    +1m  01:59     1.1  message    ana               phone  about the page of step 1
Sun 2026-03-29 CEST
    +2m  03:00     1.1  message    ana               phone  again, as nobody has answered the page of step 1
    +3m  03:01          answer     ana                      snooze for 1m
    +4m  03:02     1.1  resume     ana                      policy web, step 1 of 1, again, because the time for which ana snoozed is over
    +4m  03:02     1.1  page       ana                      policy web, step 1 of 1, again, because the time for which ana snoozed is over; it names ana; the message goes 1m later
    +4m  03:02     1.1  page       channel room      chat   policy web, step 1 of 1, again, because the time for which ana snoozed is over; it names channel room
    +4m  03:02     1.1  page       ben               push   policy web, step 1 of 1, again, because the time for which ana snoozed is over; it names ben; the channel does not take it
    +4m  03:02     1.1  message    ben               phone  in place of push, which failed
    +5m  03:03     1.1  message    ana               phone  about the page of step 1
  +5m1s  03:03:01       answer     ben                      acknowledge
    +6m  03:04          answer     ben                      reassign to schedule primary
    +6m  03:04     1.1  skip       schedule primary         there is no schedule "primary"
    +6m  03:04     1.1  exhausted                           policy web is exhausted: nobody answered in 1 round
    +7m  03:05          answer     ben                      shrug; refused: kind: want one of the kinds of answers, not "shrug"
    +8m  03:06          answer     ben                      acknowledge
cut off: still acknowledged by ben
`, "\n"), escalation.Simulate(s).String())
	assert.Equal(t, "ends not begun\n", escalation.Course{}.String())
}

func zone(t require.TestingT, name string) *time.Location {
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}
