package escalation_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

func daily(from, to int) escalation.Hours {
	return escalation.Hours{Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(from, 0), oncall.Clock(to, 0))}}
}

// known is a world in which there are only these people.
func known(people ...string) *escalation.World {
	w := &escalation.World{People: map[string]escalation.Responder{}}
	for _, p := range people {
		w.People[p] = escalation.Responder{Person: oncall.Person{ID: p}, Channels: []string{"sms"}}
	}
	return w
}

// Each of two deferrals lets go when the other does not: somebody is paged all the
// same, after three weeks.
func TestDeferralsThatNeverMeet(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: many(1), Defer: []escalation.Deferral{{Hours: daily(9, 12)}, {Hours: daily(13, 17)}}})
	begin(t, l).until("600h").want("0s step 1: hold (deferred)", "504h step 1: page ana", "504h1m step 1: exhaust")
}

func TestRepageWaitsForNoDeferral(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: many(1), Defer: []escalation.Deferral{{Hours: daily(9, 12)}}})
	begin(t, l).by("1h", escalation.Repage, "zoe").until("2h").want(
		"0s step 1: hold (deferred)", "1h zoe repage", "1h step 1: page ana [repaged]", "1h1m step 1: exhaust")
}

// Loops that cross each other begin to count anew again and again: there is a limit
// to that.
func TestCrossingLoopsAreCounted(t *testing.T) {
	t.Parallel()
	var steps []escalation.Step
	for i := range 21 {
		s := pages(time.Minute, "ana")
		s.ID = string(rune('a' + i))
		steps = append(steps, s)
		if i > 0 {
			steps = append(steps, escalation.Step{BackTo: string(rune('a' + i - 1)), Times: 3})
		}
	}
	errs := escalation.Validate(escalation.Policy{ID: "p", Steps: steps})
	require.Len(t, errs, 1)
	assert.ErrorContains(t, errs[0], "repeat: want so few that the targets of all rounds are at most 10000 together")

	few := escalation.Policy{ID: "p", Steps: steps[:5]}
	s := begin(t, ladder(t, few)).until("72h")
	assert.Equal(t, escalation.Exhausted, s.progress.State)
}

func TestEverybodyMeansEverybody(t *testing.T) {
	t.Parallel()
	step := pages(5*time.Minute, "ana", "ben")
	step.Ack = escalation.AckAll
	both := []string{"0s step 1: page ana", "0s step 1: page ben"}

	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{step, pages(time.Minute, "carl")}})
	begin(t, l).by("1m", escalation.Acknowledge, "ana").by("2m", escalation.Acknowledge, "ana").until("5m").want(append(both[:2:2],
		"1m ana acknowledge", "2m ana acknowledge", "5m step 2: page carl")...) // the second is the same answer

	begin(t, l).by("1m", escalation.Acknowledge, "ana").by("2m", escalation.Undelivered, "ben").until("5m").want(append(both[:2:2],
		"1m ana acknowledge", "2m ben undelivered", "5m step 2: page carl")...) // ana's was delivered

	l = ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{step, pages(0, "nobody"),
		{Until: &escalation.Condition{Kinds: []string{"x"}}, Wait: time.Hour}, pages(time.Minute, "ben")}})
	s := begin(t, l)
	s.who = known("ana", "ben")
	s.by("6m", escalation.Acknowledge, "ana").until("7m")
	assert.Equal(t, escalation.Running, s.progress.State, "a step that pages nobody does not forget whose answer is wanted")
}

func TestLadderSharesNothingWithNestedPolicies(t *testing.T) {
	t.Parallel()
	inner := escalation.Policy{ID: "inner", Steps: []escalation.Step{pages(time.Minute, "ana")}}
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{nests("inner")}}, inner)
	inner.Steps[0].Targets[0].ID = "ben"
	begin(t, l).until("0s").want("0s step 2: page ana")
}

// An answer between the end of a round and the next one, which begins a minute
// after the first did, leaves none of its steps out, and does not bring it forward.
func TestAnswersBetweenRounds(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Repeat: 1, AckTimeout: time.Hour, Steps: []escalation.Step{pages(10*time.Second, "ana"), pages(10*time.Second, "ben")}})
	head := []string{"0s step 1: page ana", "10s step 2: page ben", "20s round 2 step 1: repeat"}
	tail := func(lines ...string) []string { return append(head[:3:3], lines...) }
	begin(t, l).by("30s", escalation.Acknowledge, "ben").until("2h").want(tail("30s ben acknowledge",
		"1h0m30s round 2 step 1: resume ben [stale]", "1h0m30s round 2 step 1: page ana [stale]", "1h0m40s round 2 step 2: page ben", "1h0m50s round 2 step 2: exhaust")...)
	begin(t, l).by("30s", escalation.Decline, "ben").until("1m").want(tail("30s ben decline", "1m round 2 step 1: page ana")...)
}

// A person and a policy in one step: the wait is for the person, too.
func TestWaitAfterAPolicyThatReachesNobody(t *testing.T) {
	t.Parallel()
	step := nests("inner")
	step.Targets, step.Wait = append(step.Targets, escalation.Person("ana")), 15*time.Minute
	s := begin(t, ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{step}}, escalation.Policy{ID: "inner", Steps: []escalation.Step{pages(time.Minute, "gone")}}))
	s.who = known("ana")
	s.until("1h").want("0s step 1: page ana", "0s step 2: skip gone (unreachable)", "15m step 2: exhaust")
}

// Channels that are down are waited for at the end of a round, and nowhere else.
func TestUndeliveredWhereNoRoundEnds(t *testing.T) {
	t.Parallel()
	nested := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{nests("inner"), pages(time.Minute, "ben")}},
		escalation.Policy{ID: "inner", Steps: []escalation.Step{pages(15*time.Minute, "ana")}})
	begin(t, nested).by("1s", escalation.Undelivered, "ana").until("1s").want(
		"0s step 2: page ana", "1s ana undelivered", "1s step 3: page ben [undeliverable]")
	first := pages(15*time.Minute, "ana")
	first.ID = "a"
	loop := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{first, {BackTo: "a", Times: 1}, pages(time.Minute, "ben")}})
	begin(t, loop).by("16m", escalation.Undelivered, "ana").until("16m").want(
		"0s step 1: page ana", "15m round 2 step 1: repeat", "15m round 2 step 1: page ana", "16m ana undelivered", "16m round 2 step 3: page ben [undeliverable]")
}

// The page of a reassignment carries the round and step that its failure names.
func TestUndeliveredReassignment(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: many(1), Defer: []escalation.Deferral{{Hours: daily(9, 12)}}})
	p := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	p, err := l.Answer(p, escalation.Answer{Kind: escalation.Reassign, By: "zoe", At: monday, To: []escalation.Target{escalation.Person("ben")}})
	require.NoError(t, err)
	r := l.Next(p, monday, escalation.Facts{}, nil)
	require.Equal(t, "ben", r.Effects[0].Person)
	p, err = l.Answer(r.Progress, escalation.Answer{Kind: escalation.Undelivered, By: "ben", At: monday.Add(time.Second), Round: r.Effects[0].Round, Step: r.Effects[0].Step})
	require.NoError(t, err)
	assert.Equal(t, monday.Add(time.Second), p.Due)
}

// Somebody's clock is an hour slow: the steps that follow are not late because of it.
func TestAnswerOfASlowClock(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(5*time.Minute, "ana"), pages(5*time.Minute, "ben"), pages(5*time.Minute, "carl")}})
	p := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	p, err := l.Answer(p, escalation.Answer{Kind: escalation.Decline, By: "ana", At: monday.Add(-time.Hour)})
	require.NoError(t, err)
	r := l.Next(p, monday.Add(time.Second), escalation.Facts{}, nil)
	require.Len(t, r.Effects, 1)
	assert.Equal(t, "ben", r.Effects[0].Person)
}

func TestReasonsSayWhatWasWaitedFor(t *testing.T) {
	t.Parallel()
	inner := escalation.Policy{ID: "inner", Steps: []escalation.Step{pages(0, "ana")}}
	outer := nests("inner")
	outer.Wait = 15 * time.Minute
	for name, tt := range map[string]struct {
		ladder *escalation.Ladder
		want   string
	}{
		"a nested policy": {ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{outer, pages(time.Minute, "ben")}}, inner),
			"policy p, step 3 of 3, because nobody answered step 2 within 15m; it names ben"},
		"a hold": {ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(0, "ana"), {Until: &escalation.Condition{Not: true}, Wait: time.Hour}, pages(time.Minute, "ben")}}),
			"policy p, step 3 of 3, because nobody answered step 1 within 1h; it names ben"},
	} {
		p := tt.ladder.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
		r := tt.ladder.Next(p, p.Due, escalation.Facts{}, nil)
		assert.Equal(t, tt.want, r.Effects[0].Reason(), name)
	}
}

func TestMissingOfTheStepThatWouldPage(t *testing.T) {
	t.Parallel()
	tiers := []escalation.Tier{{ID: "front"}, {ID: "engineering", Packet: []string{"logs"}}}
	of := func(s escalation.Step, tier string) escalation.Step {
		s.Tier = tier
		return s
	}
	behind := ladder(t, escalation.Policy{ID: "p", Tiers: tiers, Steps: []escalation.Step{of(nests("inner"), "front"), of(pages(time.Minute, "ben"), "engineering")}},
		escalation.Policy{ID: "inner", Steps: many(1)})
	p := behind.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	tier, missing := behind.Missing(p, monday, escalation.Facts{})
	assert.Equal(t, "engineering", tier, "behind the end of a nested policy")
	assert.Equal(t, []string{"logs"}, missing)

	grave := of(pages(time.Minute, "ben"), "engineering")
	grave.If = &escalation.Condition{Severities: []string{"SEV1"}}
	passed := ladder(t, escalation.Policy{ID: "p", Tiers: tiers, Steps: []escalation.Step{of(pages(time.Minute, "ana"), "front"), grave, of(pages(time.Minute, "carl"), "front")}})
	p = passed.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil).Progress
	tier, _ = passed.Missing(p, monday, escalation.Facts{})
	assert.Empty(t, tier, "the step is passed over")
	tier, _ = passed.Missing(p, monday, escalation.Facts{Severity: "SEV1"})
	assert.Equal(t, "engineering", tier)
}

// Whoever was picked last keeps the place, also when they cannot be paged and
// somebody has joined before them.
func TestTurnOfSomebodyWhoCannotBePaged(t *testing.T) {
	t.Parallel()
	step := pages(time.Minute, "zoe", "ana", "ben", "carl")
	step.Pick = escalation.PickInTurn
	l := ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{step}})
	last := map[string]escalation.Turn{"p steps[0]": {Person: "ben", Index: 1}} // before zoe came
	r := l.Next(escalation.Start(monday, last), monday, escalation.Facts{}, known("zoe", "ana", "carl"))
	for _, e := range r.Effects {
		if e.Kind == escalation.Page {
			assert.Equal(t, "carl", e.Person)
		}
	}
}

// The next on call is paged now, so leave and training count now.
func TestNextOnCallIsJudgedNow(t *testing.T) {
	t.Parallel()
	rota, err := oncall.Compile(oncall.Schedule{ID: "primary", Zone: "UTC", Absence: oncall.Keep, Rotations: []oncall.Rotation{{
		ID: "weekly", Start: oncall.Local(2026, time.January, 5, 0, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana", "ben"),
	}}, People: []oncall.Person{{ID: "ben", Leave: []oncall.Leave{{Start: monday, End: monday.Add(time.Hour)}}}}})
	require.NoError(t, err)
	w := &escalation.World{Schedules: map[string]*oncall.Rota{"primary": rota}}
	next := escalation.Target{Type: escalation.TargetSchedule, ID: "primary", Mode: escalation.OnCallNext}
	for offset, want := range map[time.Duration]escalation.SkipCode{0: escalation.SkipAbsent, time.Hour: ""} {
		found, _ := w.Resolve(nil, next, monday.Add(offset))
		require.Len(t, found, 1)
		assert.Equal(t, want, found[0].Code, "%s %s", found[0].Person, offset)
	}
}

func TestLastResortIsPagedOnce(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Steps: many(1), Final: escalation.Final{Targets: []escalation.Target{escalation.Person("zoe"), escalation.Team("all")}}})
	s := begin(t, l)
	s.who = &escalation.World{Teams: map[string]escalation.Group{"all": {ID: "all", Members: []string{"ana", "zoe"}}}}
	s.until("1m").want("0s step 1: page ana", "1m step 1: exhaust", "1m fallback zoe", "1m fallback ana")
}

// A run that was begun when nothing but rounds was counted ends when it would have.
func TestProgressOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Repeat: 1, Steps: []escalation.Step{pages(5*time.Minute, "ana")}})
	var p escalation.Progress
	require.NoError(t, json.Unmarshal([]byte(`{"state":"running","round":2,"step":2,"due":"2026-03-02T00:10:00Z","reached":true,"waited":true}`), &p))
	r := l.Next(p, monday.Add(10*time.Minute), escalation.Facts{}, nil)
	assert.Equal(t, escalation.Exhausted, r.Progress.State, "both rounds are past")
}
