package escalation_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
)

// world is a policy and the people it pages.
type world struct {
	Policy escalation.Policy
	Roster roster
}

// still draws worlds in which the same people are on call all the time,
// changing ones in which that changes every few minutes.
var (
	still    = worlds(1)
	changing = worlds(6)
)

func worlds(shifts int) *rapid.Generator[world] {
	target := rapid.SampledFrom([]escalation.Target{
		escalation.Person("ana"), escalation.Person("ben"), escalation.Person("carl"),
		escalation.Schedule("primary"), escalation.Schedule("secondary"), escalation.Schedule("forgotten"),
	})
	step := rapid.Custom(func(t *rapid.T) escalation.Step {
		return escalation.Step{
			Targets: rapid.SliceOfN(target, 1, 3).Draw(t, "targets"),
			Wait:    time.Duration(rapid.IntRange(1, 5).Draw(t, "wait")) * time.Minute,
		}
	})
	person := rapid.SampledFrom([]string{"ana", "ben", "dora", ""})
	return rapid.Custom(func(t *rapid.T) world {
		w := world{
			Policy: escalation.Policy{
				ID:     "checkout",
				Steps:  rapid.SliceOfN(step, 1, 4).Draw(t, "steps"),
				Repeat: rapid.IntRange(0, 3).Draw(t, "repeat"),
			},
			Roster: roster{},
		}
		require.Empty(t, w.Policy.Validate())
		for _, schedule := range []string{"primary", "secondary"} {
			at := midnight
			for range rapid.IntRange(1, shifts).Draw(t, "shifts") {
				who := escalation.Resolution{Why: "it is a holiday"}
				for _, p := range rapid.SliceOfN(person, 0, 2).Draw(t, schedule) {
					who.People = append(who.People, escalation.Candidate{Person: p, Rule: "rotation weekly"})
				}
				w.Roster.from(schedule, at, who)
				at = at.Add(time.Duration(rapid.IntRange(1, 900).Draw(t, "seconds")) * time.Second)
			}
		}
		for _, p := range rapid.SliceOfNDistinct(person, 0, 3, rapid.ID).Draw(t, "unreachable") {
			w.Roster.unreachable(p, "no contact method")
		}
		return w
	})
}

// instants draws instants at which somebody asks, in order.
func instants(t *rapid.T) []time.Time {
	after := rapid.SliceOfN(rapid.IntRange(0, 100*60), 0, 12).Draw(t, "asked after seconds")
	slices.Sort(after)
	var all []time.Time
	for _, s := range after {
		all = append(all, midnight.Add(time.Duration(s)*time.Second))
	}
	return all
}

// asked is what Next answered, and when.
type asked struct {
	at time.Time
	escalation.Result
}

// ask calls Next at each instant, and stores the progress in between.
func (w world) ask(t require.TestingT, instants ...time.Time) []asked {
	var out []asked
	p := escalation.Start(midnight)
	for _, now := range instants {
		r := escalation.Next(w.Policy, p, now, w.Roster)
		checkAnswer(t, r, now)
		out = append(out, asked{now, r})
		p = stored(t, r.Progress)
	}
	return out
}

// punctual calls Next at each instant that it asks for, until there is none.
func (w world) punctual(t require.TestingT) []asked {
	var out []asked
	p, now := escalation.Start(midnight), midnight
	for !now.IsZero() {
		require.LessOrEqual(t, len(out), len(w.Policy.Steps)*(w.Policy.Repeat+1)+1, "it does not end")
		r := escalation.Next(w.Policy, p, now, w.Roster)
		checkAnswer(t, r, now)
		out = append(out, asked{now, r})
		p, now = r.Progress, r.Wake
	}
	return out
}

// checkAnswer checks what holds for every answer.
func checkAnswer(t require.TestingT, r escalation.Result, now time.Time) {
	if r.Progress.State == escalation.Running {
		require.True(t, r.Wake.After(now), "wakes at %s, asked at %s", r.Wake, now)
		require.True(t, r.Wake.Equal(r.Progress.Due))
	} else {
		require.Zero(t, r.Wake)
	}
	paged := map[string]bool{}
	for _, e := range r.Effects {
		require.False(t, e.Due.After(now), "done before it was due: %+v", e)
		require.NotEmpty(t, e.Reason, "%+v", e)
		if e.Kind == escalation.Page {
			require.NotEmpty(t, e.Person)
			require.False(t, paged[e.Person], "paged twice at once: %+v", e)
			paged[e.Person] = true
		}
	}
}

// stored returns the progress as it comes back from a store.
func stored(t require.TestingT, p escalation.Progress) escalation.Progress {
	data, err := json.Marshal(p)
	require.NoError(t, err)
	var out escalation.Progress
	require.NoError(t, json.Unmarshal(data, &out))
	require.Equal(t, p, out)
	return out
}

func effects(all []asked) (out []escalation.Effect) {
	for _, a := range all {
		out = append(out, a.Effects...)
	}
	return out
}

// plain returns an effect without its reason.
func plain(e escalation.Effect) escalation.Effect {
	e.Reason = ""
	return e
}

// expected spells out what a policy says will be done if nobody ever answers and
// the same people are on call all the time.
func (w world) expected() (out []escalation.Effect) {
	due := midnight
	for round := 1; ; round++ {
		heard := false
		for i, step := range w.Policy.Steps {
			var reached []string
			for _, target := range step.Targets {
				e := escalation.Effect{Kind: escalation.Skip, Round: round, Step: i + 1, Target: target, Due: due}
				people := w.Roster.Resolve(target, due).People
				if len(people) == 0 {
					out = append(out, e)
				}
				for _, c := range people {
					e.Person, e.Rule, e.Kind = c.Person, c.Rule, escalation.Skip
					if c.Person != "" && c.Unreachable == "" {
						if !slices.Contains(reached, c.Person) {
							e.Kind = escalation.Page
						}
						reached = append(reached, c.Person)
					}
					out = append(out, e)
				}
			}
			if len(reached) > 0 {
				heard = true
				due = due.Add(step.Wait)
			}
		}
		if !heard || round > w.Policy.Repeat {
			return append(out, escalation.Effect{Kind: escalation.Exhaust, Round: round, Step: len(w.Policy.Steps), Due: due})
		}
	}
}

func TestCourseIsAsThePolicySays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := still.Draw(t, "world")
		course := w.punctual(t)
		var got []escalation.Effect
		for _, a := range course {
			for _, e := range a.Effects {
				require.True(t, e.Due.Equal(a.at), "not done when due: %+v", e)
				got = append(got, plain(e))
			}
		}
		require.Equal(t, w.expected(), got)
		require.Equal(t, escalation.Exhausted, course[len(course)-1].Progress.State)
	})
}

func TestExtraQuestionsChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := changing.Draw(t, "world")
		course := w.punctual(t)
		instants := instants(t)
		for _, a := range course {
			instants = append(instants, a.at, a.at)
		}
		slices.SortFunc(instants, time.Time.Compare)
		disturbed := w.ask(t, instants...)
		require.Equal(t, effects(course), effects(disturbed))
		require.Equal(t, course[len(course)-1].Progress, disturbed[len(disturbed)-1].Progress)
	})
}

func TestLateQuestionsLeaveNothingOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := still.Draw(t, "world")
		late := w.ask(t, append(instants(t), midnight.Add(24*time.Hour))...)
		var got []escalation.Effect
		for _, a := range late {
			paged := map[string]bool{}
			for _, e := range a.Effects {
				paged[e.Person] = paged[e.Person] || e.Kind == escalation.Page
				if e.Kind == escalation.Skip && paged[e.Person] {
					e.Kind = escalation.Page // it would have been, had somebody asked in time
				}
				got = append(got, plain(e))
			}
		}
		want := w.expected()
		for i, e := range want {
			if e.Kind == escalation.Skip && slices.ContainsFunc(want[:i], func(p escalation.Effect) bool {
				return p.Kind == escalation.Page && p.Round == e.Round && p.Step == e.Step && p.Person == e.Person
			}) {
				want[i].Kind = escalation.Page // twice in the step, which counts as above
			}
		}
		require.Equal(t, want, got)
		require.Equal(t, escalation.Exhausted, late[len(late)-1].Progress.State)
	})
}

// TestHistories lets anything happen at any time, with whoever is on call.
func TestHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := history{world: changing.Draw(t, "world"), now: midnight, progress: escalation.Start(midnight)}
		t.Repeat(map[string]func(*rapid.T){
			"time passes":   h.wait,
			"asked":         func(t *rapid.T) { h.ask(t) },
			"asked on time": h.askOnTime,
			"undeliverable": h.undeliverable,
			"acknowledged":  h.acknowledge,
			"stopped":       h.stop,
		})
		h.checkOrder(t)
	})
}

type history struct {
	world
	now      time.Time
	progress escalation.Progress
	effects  []escalation.Effect
	over     bool // acknowledged or stopped
}

func (h *history) wait(t *rapid.T) {
	h.now = h.now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "seconds")) * time.Second)
}

func (h *history) ask(t *rapid.T) []escalation.Effect {
	r := escalation.Next(h.Policy, h.progress, h.now, h.Roster)
	checkAnswer(t, r, h.now)
	if h.over {
		require.Empty(t, r.Effects)
		require.Equal(t, h.progress, r.Progress)
	}
	h.progress = stored(t, r.Progress)
	h.effects = append(h.effects, r.Effects...)
	return r.Effects
}

func (h *history) askOnTime(t *rapid.T) {
	if h.progress.State != escalation.Running {
		t.Skip()
	}
	if h.progress.Due.After(h.now) {
		h.now = h.progress.Due
	}
	done := h.ask(t)
	require.NotEmpty(t, done, "something was due")
}

func (h *history) undeliverable(t *rapid.T) {
	round := rapid.IntRange(max(1, h.progress.Round-1), h.progress.Round+1).Draw(t, "round")
	step := rapid.IntRange(0, len(h.Policy.Steps)+1).Draw(t, "step")
	before := h.progress
	h.progress = before.Undeliverable(h.Policy, round, step, h.now)
	waitsForIt := before.State == escalation.Running && before.Due.After(h.now) && before.Round == round && before.Step == step+1 &&
		step < len(h.Policy.Steps) // the wait of the last step lies between the rounds
	if !waitsForIt {
		require.Equal(t, before, h.progress)
		return
	}
	done := h.ask(t)
	require.NotEmpty(t, done, "the wait is over")
	require.True(t, done[0].Due.Equal(h.now))
}

func (h *history) acknowledge(t *rapid.T) {
	before := h.progress
	h.progress = before.Acknowledge("dora")
	if before.State == escalation.Running || before.State == escalation.Exhausted {
		before.State, before.By = escalation.Acknowledged, "dora"
	}
	require.Equal(t, before, h.progress)
	h.over = true
}

func (h *history) stop(t *rapid.T) {
	before := h.progress
	h.progress = before.Stop()
	if before.State == escalation.Running {
		before.State = escalation.Stopped
	}
	require.Equal(t, before, h.progress)
	h.over = true
}

// checkOrder checks that what was done, all in all, is every target of every
// step from the first one on, in order, and no more rounds than allowed.
func (h *history) checkOrder(t *rapid.T) {
	var want, got []string
	name := func(round, step int, target escalation.Target) string {
		return fmt.Sprintf("round %d, step %d, %s", round, step, target)
	}
	var due time.Time
	for i, e := range h.effects {
		require.False(t, e.Due.Before(due), "due before the one before: %+v", e)
		due = e.Due
		if e.Kind == escalation.Exhaust {
			require.Len(t, h.effects, i+1, "nothing follows")
			continue
		}
		targets := h.Policy.Steps[e.Step-1].Targets
		require.Contains(t, targets, e.Target)
		got = append(got, name(e.Round, e.Step, e.Target))
	}
	for round := 1; round <= h.Policy.Repeat+1; round++ {
		for i, step := range h.Policy.Steps {
			for _, target := range step.Targets {
				want = append(want, name(round, i+1, target))
			}
		}
	}
	got, want = slices.Compact(got), slices.Compact(want) // a target may be several people
	require.LessOrEqual(t, len(got), len(want))
	require.Equal(t, want[:len(got)], append([]string{}, got...))
}

// TestNextSurvivesAnything feeds it what no store should contain.
func TestNextSurvivesAnything(t *testing.T) {
	t.Parallel()
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return rapid.SampledFrom([]time.Time{{}, midnight, time.Unix(1<<61, 0), time.Unix(-1<<61, 0)}).Draw(t, "near").
			Add(time.Duration(rapid.Int64().Draw(t, "ns")))
	})
	rapid.Check(t, func(t *rapid.T) {
		w := changing.Draw(t, "world")
		if rapid.Bool().Draw(t, "invalid policy") {
			w.Policy.Repeat = rapid.Int().Draw(t, "repeat")
			w.Policy.Steps = w.Policy.Steps[:rapid.IntRange(0, len(w.Policy.Steps)).Draw(t, "steps")]
			for i := range w.Policy.Steps {
				w.Policy.Steps[i].Wait = time.Duration(rapid.Int64().Draw(t, "wait"))
			}
		}
		p := escalation.Progress{
			State: rapid.SampledFrom([]escalation.State{
				"", "paused", escalation.Running, escalation.Acknowledged, escalation.Exhausted, escalation.Stopped,
			}).Draw(t, "state"),
			Round:   rapid.Int().Draw(t, "round"),
			Step:    rapid.Int().Draw(t, "step"),
			Due:     instant.Draw(t, "due"),
			Missed:  rapid.Bool().Draw(t, "missed"),
			Reached: rapid.Bool().Draw(t, "reached"),
			By:      rapid.String().Draw(t, "by"),
		}
		now := instant.Draw(t, "now")
		p = p.Undeliverable(w.Policy, p.Round, p.Step-1, now)

		r := escalation.Next(w.Policy, p, now, w.Roster)
		checkAnswer(t, r, now)
		if p.State != escalation.Running {
			require.Empty(t, r.Effects)
			require.Equal(t, p.State, r.Progress.State)
		}
		again := escalation.Next(w.Policy, r.Progress, now, w.Roster)
		require.Empty(t, again.Effects)
		require.Equal(t, r.Progress, again.Progress)
	})
}
