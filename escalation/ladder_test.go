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

// monday is 2026-03-02T00:00:00Z.
var monday = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// working are working hours in UTC.
var working = escalation.Hours{Zone: "UTC", Windows: []oncall.Window{
	oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday),
}}

// ladder compiles a policy.
func ladder(t testing.TB, p escalation.Policy, others ...escalation.Policy) *escalation.Ladder {
	t.Helper()
	l, err := escalation.Compile(p, others...)
	require.NoError(t, err)
	return l
}

// pages is a step that pages people.
func pages(wait time.Duration, people ...string) escalation.Step {
	s := escalation.Step{Wait: wait}
	for _, p := range people {
		s.Targets = append(s.Targets, escalation.Person(p))
	}
	return s
}

// story plays a run: it asks whenever the run wants to be asked, and in between lets
// things happen.
type story struct {
	t        testing.TB
	ladder   *escalation.Ladder
	who      escalation.Resolver
	facts    escalation.Facts
	now      time.Time
	progress escalation.Progress
	told     []string
}

func begin(t testing.TB, l *escalation.Ladder) *story {
	t.Helper()
	return &story{t: t, ladder: l, who: &escalation.World{}, now: monday, progress: escalation.Start(monday, nil)}
}

// until plays up to an instant, that one included.
func (s *story) until(offset string) *story {
	s.t.Helper()
	d, err := time.ParseDuration(offset)
	require.NoError(s.t, err)
	end := monday.Add(d)
	s.ask()
	for n := 0; ; n++ {
		require.Less(s.t, n, 2000, "it does not end")
		wake := s.progress.Wake()
		if wake.IsZero() || wake.After(end) {
			break
		}
		s.now = wake
		s.ask()
	}
	s.now = end
	return s
}

func (s *story) ask() {
	r := s.ladder.Next(s.progress, s.now, s.facts, s.who)
	require.Equal(s.t, r.Progress.Wake(), r.Wake)
	for _, e := range r.Effects {
		s.told = append(s.told, s.tell(e))
	}
	s.progress = r.Progress
}

// tell writes an effect as "5m step 2: page ben".
func (s *story) tell(e escalation.Effect) string {
	line := short(s.now.Sub(monday)) + " "
	if e.Round > 1 {
		line += fmt.Sprintf("round %d ", e.Round)
	}
	if e.Step > 0 {
		line += fmt.Sprintf("step %d: ", e.Step)
	}
	line += string(e.Kind)
	switch {
	case e.Person != "":
		line += " " + e.Person
	case e.Target.ID != "":
		line += " " + e.Target.String()
	}
	if e.Code != "" {
		line += " (" + string(e.Code) + ")"
	}
	if e.Kind != escalation.Skip && e.Cause != escalation.First && e.Cause != escalation.Unanswered && e.Cause != "" {
		line += " [" + string(e.Cause) + "]"
	}
	return line
}

func short(d time.Duration) string {
	s := d.String()
	s = strings.TrimSuffix(s, "m0s") + map[bool]string{true: "m"}[strings.HasSuffix(s, "m0s")]
	return strings.TrimSuffix(s, "h0m") + map[bool]string{true: "h"}[strings.HasSuffix(s, "h0m")]
}

// answer gives an answer at an offset.
func (s *story) answer(offset string, a escalation.Answer) *story {
	s.t.Helper()
	s.until(offset)
	a.At = s.now
	p, err := s.ladder.Answer(s.progress, a)
	require.NoError(s.t, err)
	s.progress = p
	s.told = append(s.told, fmt.Sprintf("%s %s %s", short(s.now.Sub(monday)), a.By+a.Target, a.Kind))
	s.ask()
	return s
}

func (s *story) by(offset string, kind escalation.AnswerKind, who string) *story {
	s.t.Helper()
	return s.answer(offset, escalation.Answer{Kind: kind, By: who})
}

// learn changes the facts at an offset.
func (s *story) learn(offset string, f escalation.Facts) *story {
	s.t.Helper()
	s.until(offset)
	s.facts = f
	s.ask()
	return s
}

func (s *story) want(lines ...string) {
	s.t.Helper()
	assert.Equal(s.t, lines, s.told)
}

func TestLinear(t *testing.T) {
	t.Parallel()
	begin(t, ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{pages(5*time.Minute, "ana"), pages(10*time.Minute, "ben", "carl")}})).
		until("24h").want(
		"0s step 1: page ana",
		"5m step 2: page ben", "5m step 2: page carl",
		"15m round 2 step 1: repeat",
		"15m round 2 step 1: page ana",
		"20m round 2 step 2: page ben", "20m round 2 step 2: page carl",
		"30m round 2 step 2: exhaust",
	)
}

func TestBranches(t *testing.T) {
	t.Parallel()
	sev1 := &escalation.Condition{Severities: []string{"SEV1"}}
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		{If: sev1, Steps: []escalation.Step{pages(time.Minute, "ana"), pages(2*time.Minute, "ben")}, Else: []escalation.Step{pages(3*time.Minute, "carl")}},
		{If: &escalation.Condition{Hours: &working}, Targets: []escalation.Target{escalation.Person("dora")}, Wait: 4 * time.Minute},
		pages(5*time.Minute, "eve"),
	}})
	assert.Equal(t, 6, l.Len())
	assert.Equal(t, "steps[0].else[0]", l.Place(4).Path)
	s := begin(t, l)
	s.facts.Severity = "SEV1"
	s.until("24h").want("0s step 2: page ana", "1m step 3: page ben", "3m step 5: skip (condition)", "3m step 6: page eve", "8m step 6: exhaust")
	begin(t, l).until("24h").want("0s step 1: skip (condition)", "0s step 4: page carl", "3m step 5: skip (condition)", "3m step 6: page eve", "8m step 6: exhaust")
}

func TestGoingBack(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Repeat: 1, RepeatFrom: "b", Steps: []escalation.Step{
		pages(time.Minute, "ana"),
		{ID: "b", Targets: []escalation.Target{escalation.Person("ben")}, Wait: 2 * time.Minute},
		{BackTo: "b", Times: 2},
		pages(3*time.Minute, "carl"),
	}})
	begin(t, l).until("24h").want(
		"0s step 1: page ana", "1m step 2: page ben",
		"3m round 2 step 2: repeat", "3m round 2 step 2: page ben",
		"5m round 3 step 2: repeat", "5m round 3 step 2: page ben",
		"7m round 3 step 4: page carl",
		"10m round 4 step 2: repeat", "10m round 4 step 2: page ben",
		"12m round 5 step 2: repeat", "12m round 5 step 2: page ben",
		"14m round 6 step 2: repeat", "14m round 6 step 2: page ben",
		"16m round 6 step 4: page carl",
		"19m round 6 step 4: exhaust",
	)
}

func TestNesting(t *testing.T) {
	t.Parallel()
	db := escalation.Policy{ID: "db", Repeat: 1, Steps: []escalation.Step{pages(time.Minute, "dan"), pages(2*time.Minute, "dora")}}
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		pages(time.Minute, "ana"),
		{Targets: []escalation.Target{escalation.Person("ben"), {Type: escalation.TargetPolicy, ID: "db"}}, Wait: 10 * time.Minute},
		pages(time.Minute, "carl"),
	}}, db)
	assert.Equal(t, 5, l.Len())
	assert.Equal(t, escalation.Place{Policy: "db", Path: "steps[1]", Step: db.Steps[1]}, l.Place(4))
	begin(t, l).until("24h").want(
		"0s step 1: page ana",
		"1m step 2: page ben", "1m step 3: page dan [together]", "2m step 4: page dora",
		"4m round 2 step 3: repeat", "4m round 2 step 3: page dan", "5m round 2 step 4: page dora",
		"17m round 2 step 5: page carl", "18m round 2 step 5: exhaust",
	)
}

func TestHolds(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		{Until: &escalation.Condition{Hours: &working}},
		pages(time.Minute, "ana"),
		{Until: &escalation.Condition{Not: true}, Wait: 7 * time.Minute},
		pages(time.Minute, "ben"),
		{Until: &escalation.Condition{Severities: []string{"SEV1"}}, Wait: time.Hour},
		pages(time.Minute, "carl"),
	}})
	head := []string{
		"0s step 1: hold (hold)", "9h step 2: page ana", "9h1m step 3: hold (hold)", "9h8m step 4: page ben", "9h9m step 5: hold (hold)",
	}
	begin(t, l).until("24h").want(append(head, "10h9m step 6: page carl", "10h10m step 6: exhaust")...)
	begin(t, l).learn("9h30m", escalation.Facts{Severity: "SEV1"}).until("24h").want(append(head, "9h30m step 6: page carl", "9h31m step 6: exhaust")...)
}

func TestAHoldThatHoldsNothingIsNoWait(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		pages(7*time.Minute, "ana"), {Until: &escalation.Condition{}, Wait: time.Hour}, pages(time.Minute, "ben")}})
	begin(t, l).by("1m", escalation.Undelivered, "ana").until("1m").want(
		"0s step 1: page ana", "1m ana undelivered", "1m step 3: page ben [undeliverable]")
	s := begin(t, ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Schedule("x")}, Wait: time.Minute}, {Until: &escalation.Condition{}, Wait: time.Hour}, pages(time.Minute, "ben")}}))
	s.until("0s").want("0s step 1: skip schedule x (nobody)", "0s step 3: page ben [unreached]")
}

func TestDeferral(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(time.Minute, "ana"), pages(20*time.Hour, "ben"), pages(time.Minute, "carl")},
		Defer: []escalation.Deferral{{If: &escalation.Condition{Urgency: escalation.Low}, Hours: working}}})
	low := begin(t, l)
	low.facts.Urgency = escalation.Low
	low.until("72h").want(
		"0s step 1: hold (deferred)", "9h step 1: page ana", "9h1m step 2: page ben",
		"29h1m step 3: hold (deferred)", "33h step 3: page carl", "33h1m step 3: exhaust")
	raised := begin(t, l)
	raised.facts.Urgency = escalation.Low
	raised.learn("3h", escalation.Facts{}).until("4h").want("0s step 1: hold (deferred)", "3h step 1: page ana", "3h1m step 2: page ben")
	begin(t, l).until("1m").want("0s step 1: page ana", "1m step 2: page ben")
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", AckTimeout: 30 * time.Minute, RemindEvery: 10 * time.Minute,
		Steps: []escalation.Step{pages(5*time.Minute, "ana"), pages(5*time.Minute, "ben")}})
	begin(t, l).by("2m", escalation.Acknowledge, "ana").until("24h").want(
		"0s step 1: page ana", "2m ana acknowledge",
		"12m step 1: remind ana", "22m step 1: remind ana",
		"32m step 1: resume ana [stale]", "32m step 1: page ana [stale]", "37m step 2: page ben", "42m step 2: exhaust")
	begin(t, l).by("2m", escalation.Acknowledge, "ana").by("20m", escalation.Acknowledge, "ana").until("51m").want(
		"0s step 1: page ana", "2m ana acknowledge", "12m step 1: remind ana", "20m ana acknowledge",
		"30m step 1: remind ana", "40m step 1: remind ana", "50m step 1: resume ana [stale]", "50m step 1: page ana [stale]")
	begin(t, l).answer("2m", escalation.Answer{Kind: escalation.Snooze, By: "ana", Until: monday.Add(time.Hour)}).until("24h").want(
		"0s step 1: page ana", "2m ana snooze",
		"1h step 1: resume ana [snooze_over]", "1h step 1: page ana [snooze_over]", "1h5m step 2: page ben", "1h10m step 2: exhaust")
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	plain := ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{pages(5*time.Minute, "ana", "ben"), pages(10*time.Minute, "carl")}})
	all := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana"), escalation.Person("ben")}, Wait: 5 * time.Minute, Ack: escalation.AckAll},
		pages(10*time.Minute, "carl"),
	}})
	both := []string{"0s step 1: page ana", "0s step 1: page ben"}
	tests := map[string]struct {
		ladder *escalation.Ladder
		play   func(s *story)
		want   []string
	}{
		"one is enough": {plain, func(s *story) { s.by("1m", escalation.Acknowledge, "ben").until("24h") }, []string{"1m ben acknowledge"}},
		"all: one is not": {all, func(s *story) { s.by("1m", escalation.Acknowledge, "ben").until("6m") },
			[]string{"1m ben acknowledge", "5m step 2: page carl"}},
		"all: both are": {all, func(s *story) {
			s.by("1m", escalation.Acknowledge, "ben").by("2m", escalation.Acknowledge, "ana").until("24h")
		}, []string{"1m ben acknowledge", "2m ana acknowledge"}},
		"all: somebody else answers for all": {all, func(s *story) { s.by("1m", escalation.Acknowledge, "zoe").until("24h") }, []string{"1m zoe acknowledge"}},
		"one declines": {plain, func(s *story) { s.by("1m", escalation.Decline, "ben").until("16m") },
			[]string{"1m ben decline", "5m step 2: page carl", "15m round 2 step 1: repeat", "15m round 2 step 1: page ana", "15m round 2 step 1: page ben"}},
		"both decline": {plain, func(s *story) { s.by("1m", escalation.Decline, "ben").by("2m", escalation.Decline, "ana").until("3m") },
			[]string{"1m ben decline", "2m ana decline", "2m step 2: page carl [declined]"}},
		"handed back": {plain, func(s *story) {
			s.by("1m", escalation.Acknowledge, "ana").by("20m", escalation.HandBack, "ana").until("26m")
		},
			[]string{"1m ana acknowledge", "20m ana hand_back", "20m step 1: skip ana (declined)", "20m step 1: page ben [handed_back]", "25m step 2: page carl"}},
		"reassigned": {plain, func(s *story) {
			s.answer("1m", escalation.Answer{Kind: escalation.Reassign, By: "ana", To: []escalation.Target{escalation.Person("dora")}}).until("7m")
		}, []string{"1m ana reassign", "1m step 1: page dora [reassigned]", "6m step 2: page carl"}},
		"paged again": {plain, func(s *story) { s.by("1m", escalation.Repage, "zoe").until("7m") },
			[]string{"1m zoe repage", "1m step 1: page ana [repaged]", "1m step 1: page ben [repaged]", "6m step 2: page carl"}},
		"next step": {plain, func(s *story) { s.by("1m", escalation.Escalate, "ana").until("12m") },
			[]string{"1m ana escalate", "1m step 2: page carl [escalated]", "11m round 2 step 1: repeat", "11m round 2 step 1: page ana", "11m round 2 step 1: page ben"}},
		"undeliverable to one": {plain, func(s *story) { s.by("1m", escalation.Undelivered, "ana").until("5m") },
			[]string{"1m ana undelivered", "5m step 2: page carl"}},
		"undeliverable": {plain, func(s *story) {
			s.by("1m", escalation.Undelivered, "ana").by("2m", escalation.Undelivered, "ben").until("5m")
		},
			[]string{"1m ana undelivered", "2m ben undelivered", "2m step 2: page carl [undeliverable]"}},
		"undeliverable at the end of a round": {plain, func(s *story) { s.by("6m", escalation.Undelivered, "carl").until("15m") },
			[]string{"5m step 2: page carl", "6m carl undelivered", "15m round 2 step 1: repeat", "15m round 2 step 1: page ana", "15m round 2 step 1: page ben"}},
		"stopped": {plain, func(s *story) { s.by("1m", escalation.Stop, "").until("24h") }, []string{"1m  stop"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, tt.ladder)
			tt.play(s)
			s.want(append(both[:2:2], tt.want...)...)
		})
	}
}

func TestTurns(t *testing.T) {
	t.Parallel()
	step := pages(time.Minute, "ana", "ben", "carl")
	step.Pick = escalation.PickInTurn
	l := ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{step}})
	s := begin(t, l)
	s.until("2h").want(
		"0s step 1: page ana", "0s step 1: skip ben (turn)", "0s step 1: skip carl (turn)",
		"1m round 2 step 1: repeat", "1m round 2 step 1: skip ana (turn)", "1m round 2 step 1: page ben", "1m round 2 step 1: skip carl (turn)",
		"2m round 2 step 1: exhaust")
	next := l.Next(escalation.Start(monday, s.progress.Turns), monday, escalation.Facts{}, nil)
	assert.Equal(t, "carl", next.Effects[2].Person)
	assert.Equal(t, escalation.Page, next.Effects[2].Kind)
}

func TestLoopsOverTheSameSteps(t *testing.T) {
	t.Parallel()
	again := func(id string, times int) escalation.Step { return escalation.Step{BackTo: id, Times: times} }
	a := pages(time.Minute, "ana")
	a.ID = "a"
	inner := escalation.Policy{ID: "inner", Repeat: 1, Steps: []escalation.Step{a, again("a", 1)}}
	outer := nests("inner")
	outer.ID = "o"
	for name, tt := range map[string]struct {
		ladder *escalation.Ladder
		rounds int
	}{
		"the policy's and a step's": {ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{a, again("a", 1)}}), 4},
		"two steps'":                {ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{a, again("a", 2), again("a", 3)}}), 24},
		"nested":                    {ladder(t, escalation.Policy{ID: "p", Repeat: 2, Steps: []escalation.Step{nests("inner")}}, inner), 12},
		"nested, and a step's":      {ladder(t, escalation.Policy{ID: "p", Repeat: 2, Steps: []escalation.Step{outer, again("o", 1)}}, inner), 24},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, tt.ladder).until("72h")
			assert.Equal(t, escalation.Exhausted, s.progress.State)
			assert.Equal(t, tt.rounds, s.progress.Round)
		})
	}
}
