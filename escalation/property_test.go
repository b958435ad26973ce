package escalation_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// handPlay plays a course as an engine would: it asks Next, keeps the progress, and
// gives the answers that the course says were given.
type handPlay struct {
	t        require.TestingT
	setting  escalation.Setting
	who      escalation.Resolver
	stored   bool // the progress goes through JSON
	facts    escalation.Facts
	progress escalation.Progress
	wake     time.Time
	effects  []escalation.Effect
	states   []escalation.State // after each answer
}

// byHand plays the course once more, and asks at some more instants besides.
func byHand(t require.TestingT, s escalation.Setting, c escalation.Course, stored bool, extra ...time.Time) *handPlay {
	h := &handPlay{t: t, setting: s, who: &s.World, stored: stored, facts: s.Facts, progress: escalation.Start(s.Start, s.Turns)}
	var answers []escalation.Moment
	for _, m := range c.Moments {
		if m.Answer != nil {
			answers = append(answers, m)
		}
	}
	changes := s.Changes
	extra = append(slices.Clone(extra), s.Start)
	slices.SortFunc(extra, time.Time.Compare)
	for n := 0; ; n++ {
		require.Less(t, n, 3*escalation.MaxMoments, "it does not end")
		now := s.Until.Add(1)
		for _, at := range []time.Time{h.wake, first(extra), at(changes), of(answers)} {
			if !at.IsZero() && at.Before(now) {
				now = at
			}
		}
		if now.After(s.Until) {
			return h
		}
		for len(extra) > 0 && !extra[0].After(now) {
			extra = extra[1:]
		}
		h.ask(now)
		for len(changes) > 0 && !changes[0].At.After(now) {
			h.facts, changes = changes[0].Facts, changes[1:]
			h.ask(now)
		}
		for len(answers) > 0 && !answers[0].At.After(now) {
			h.answer(answers[0])
			answers = answers[1:]
			h.ask(now)
		}
	}
}

func first(all []time.Time) time.Time {
	if len(all) == 0 {
		return time.Time{}
	}
	return all[0]
}

func at(changes []escalation.Change) time.Time {
	if len(changes) == 0 {
		return time.Time{}
	}
	return changes[0].At
}

func of(answers []escalation.Moment) time.Time {
	if len(answers) == 0 {
		return time.Time{}
	}
	return answers[0].At
}

func (h *handPlay) ask(now time.Time) {
	before := mustJSON(h.t, h.progress)
	r := h.setting.Ladder.Next(h.progress, now, h.facts, h.who)
	require.Equal(h.t, before, mustJSON(h.t, h.progress), "Next has changed what it was given")
	require.True(h.t, r.Wake.IsZero() || r.Wake.After(now), "asked at %s, it wants to be asked at %s", now, r.Wake)
	require.True(h.t, r.Wake.Equal(r.Progress.Wake()))
	for _, e := range r.Effects {
		// That a round begins is said before it does, if that is less than MinRound later.
		require.True(h.t, !e.Due.After(now) || e.Kind == escalation.Repeat, "done before it was due: %+v", e)
		require.NotEmpty(h.t, e.Reason(), "%+v", e)
		if e.Kind == escalation.Raise {
			h.facts.Severity = e.Severity
		}
	}
	h.effects = append(h.effects, r.Effects...)
	h.progress, h.wake = r.Progress, r.Wake
	if h.stored {
		h.progress = escalation.Progress{}
		require.NoError(h.t, json.Unmarshal([]byte(mustJSON(h.t, r.Progress)), &h.progress))
	}
}

func (h *handPlay) answer(m escalation.Moment) {
	defer func() { h.states = append(h.states, h.progress.State) }()
	if m.Answer.At.Before(m.At) {
		require.Error(h.t, m.Err)
		return
	}
	p, err := h.setting.Ladder.Answer(h.progress, *m.Answer)
	require.Equal(h.t, m.Err, err)
	if err != nil {
		require.Equal(h.t, h.progress, p)
	}
	h.progress = p
}

func mustJSON(t require.TestingT, v any) string {
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

// requireSame compares effects by what they say.
func requireSame(t require.TestingT, want, got []escalation.Effect) {
	for i := range min(len(want), len(got)) {
		require.Equal(t, utc(t, want[i]), utc(t, got[i]), "effect %d of %d and %d", i, len(want), len(got))
	}
	rest := append(slices.Clone(want[min(len(want), len(got)):]), got[min(len(want), len(got)):]...)
	require.Empty(t, rest, "%d and %d effects", len(want), len(got))
}

var instant = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*"`)

// utc writes a value as JSON, with all instants in UTC: a zone by its name does not
// come back from a store.
func utc(t require.TestingT, v any) string {
	return instant.ReplaceAllStringFunc(mustJSON(t, v), func(s string) string {
		at, err := time.Parse(`"`+time.RFC3339Nano+`"`, s)
		require.NoError(t, err)
		return at.UTC().Format(`"` + time.RFC3339Nano + `"`)
	})
}

func TestSimulateIsWhatAnEngineDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawAny(t).setting(t)
		c := escalation.Simulate(s)
		for _, m := range c.Moments {
			if m.Effect.Kind == escalation.Page && !m.Follows {
				require.True(t, m.At.Equal(m.Effect.Due), "not done when it was due: %+v", m)
			}
		}
		for _, stored := range []bool{false, true} {
			h := byHand(t, s, c, stored)
			requireSame(t, c.Effects(), h.effects)
			require.Equal(t, utc(t, c.Progress), utc(t, h.progress))
		}
	})
}

func TestExtraQuestionsChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		s := d.setting(t)
		c := escalation.Simulate(s)
		var extra []time.Time
		for range rapid.IntRange(1, 20).Draw(t, "extra") {
			extra = append(extra, d.Start.Add(time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "after"))*time.Second))
		}
		for _, m := range c.Moments {
			extra = append(extra, m.At, m.At.Add(-1), m.At.Add(1))
		}
		h := byHand(t, s, c, false, extra...)
		requireSame(t, c.Effects(), h.effects)
		require.Equal(t, utc(t, c.Progress), utc(t, h.progress))
	})
}

func TestNothingPagesAfterAnAcknowledgement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawAny(t).setting(t)
		c := escalation.Simulate(s)
		states := byHand(t, s, c, false).states
		answered := false
		for _, m := range c.Moments {
			switch {
			case m.Answer != nil:
				state := states[0]
				states = states[1:]
				answered = state == escalation.Acknowledged || state == escalation.Snoozed || state == escalation.Stopped
			case m.Effect.Kind == escalation.Resume:
				answered = false
			case answered:
				require.Equal(t, escalation.Remind, m.Effect.Kind, "%s", c)
				require.Equal(t, c.Moments[0].Effect.Policy, m.Effect.Policy)
			}
		}
	})
}

// Whoever is paged because of a schedule is on call by another calculation than the
// one that paged: the list of all shifts.
func TestWhoeverIsPagedIsOnCall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		rotas := map[string]*oncall.Rota{}
		for _, s := range d.Plain {
			rota, err := oncall.Compile(s)
			require.NoError(t, err)
			rotas[s.ID] = rota
		}
		for _, m := range escalation.Simulate(d.setting(t)).Moments {
			e := m.Effect
			if m.Follows || e.Kind != escalation.Page || e.Target.Type != escalation.TargetSchedule {
				continue
			}
			shifts := rotas[e.Target.ID].AppendShifts(nil, m.At.Add(-48*time.Hour), m.At.Add(60*24*time.Hour))
			require.True(t, slices.ContainsFunc(shifts, func(s oncall.Shift) bool {
				if s.Person != e.Person && e.Target.Mode != escalation.OnCallNext {
					return false
				}
				switch e.Target.Mode {
				case escalation.Everyone:
					return true
				case escalation.OnCallNext:
					return s.Start.After(m.At) && e.Person == firstAfter(shifts, m.At)
				default:
					return !s.Start.After(m.At) && s.End.After(m.At)
				}
			}) || e.Target.Mode == escalation.Everyone && inRotation(rotas[e.Target.ID], e.Person), "%+v at %s", e, m.At)
		}
	})
}

// firstAfter returns who begins next of those who are not on call at an instant.
func firstAfter(shifts []oncall.Shift, at time.Time) string {
	for _, s := range shifts {
		before := slices.ContainsFunc(shifts, func(o oncall.Shift) bool {
			return o.Person == s.Person && o.Start.Before(s.Start) && !o.End.Before(s.Start)
		})
		if s.Start.After(at) && !before {
			return s.Person
		}
	}
	return ""
}

func inRotation(rota *oncall.Rota, person string) bool {
	return slices.ContainsFunc(rota.People(), func(p oncall.Person) bool { return p.ID == person })
}

// Where nobody says anything, a run goes through the steps of each round in order,
// comes to none twice, and ends within the rounds that the policy allows.
func TestRoundsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		s := d.unanswered(t)
		s.Until = d.Start.Add(400 * 24 * time.Hour)
		c := escalation.Simulate(s)
		require.False(t, c.Cut, "%d moments: %+v\n%s", len(c.Moments), c.Progress, mustJSON(t, d.Policy))
		require.Equal(t, escalation.Exhausted, c.Progress.State)
		rounds := 1
		for _, m := range s.Ladder.Moves() {
			rounds *= m.Times + 1
		}
		require.LessOrEqual(t, c.Progress.Round, rounds)

		type place struct{ round, step int }
		var last place
		var when time.Time
		for _, m := range c.Moments {
			here := place{m.Effect.Round, m.Effect.Step}
			if m.Answer != nil || m.Follows || m.Effect.Kind != escalation.Page {
				continue
			}
			switch {
			case here == last:
				require.True(t, m.At.Equal(when), "step %v comes twice: %s", here, c)
			case here.round == last.round:
				require.Greater(t, here.step, last.step, "%s", c)
			default:
				require.Greater(t, here.round, last.round, "%s", c)
			}
			if here.round != last.round && last.round > 0 {
				require.GreaterOrEqual(t, m.At.Sub(when), time.Duration(0))
			}
			last, when = here, m.At
		}
	})
}

// No step is taken twice in a round, unless somebody or something asked for it again.
func TestNoStepIsTakenTwice(t *testing.T) {
	t.Parallel()
	again := []escalation.AnswerKind{escalation.HandBack, escalation.Repage}
	rapid.Check(t, func(t *rapid.T) {
		type place struct{ round, step int }
		taken := map[place]time.Time{}
		c := escalation.Simulate(drawAny(t).setting(t))
		for _, m := range c.Moments {
			e := m.Effect
			switch {
			case m.Answer != nil && m.Err == nil && slices.Contains(again, m.Answer.Kind), e.Kind == escalation.Resume:
				clear(taken)
			case e.Kind == escalation.Page && !m.Follows && e.Cause != escalation.Reassigned:
				before, twice := taken[place{e.Round, e.Step}]
				require.True(t, !twice || m.At.Equal(before), "step %d.%d: %s", e.Round, e.Step, c)
				taken[place{e.Round, e.Step}] = m.At
			}
		}
	})
}

// A course that is played further, or with more that people do later, begins as
// before.
func TestALongerCourseBeginsAsBefore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		s := d.setting(t)
		whole := escalation.Simulate(s)
		for i, a := range s.Script {
			before := s
			before.Script, before.Until = s.Script[:i], a.At
			c := escalation.Simulate(before)
			require.LessOrEqual(t, len(c.Moments), len(whole.Moments))
			for j, m := range c.Moments {
				require.Equal(t, describe(m), describe(whole.Moments[j]))
			}
		}
		require.Equal(t, whole.String(), escalation.Simulate(s).String(), "the same again")
	})
}

func describe(m escalation.Moment) string {
	return fmt.Sprintln(m.At, m.Action(), m.Person(), m.Effect.Round, m.Effect.Step, m.Channel, m.Failed, m.Arrived, m.Waits, m.Err)
}

// Whatever it is that is played: it comes to an end, in order of time.
func TestSimulateSurvivesAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, anySetting)
}

func FuzzSimulate(f *testing.F) { f.Fuzz(rapid.MakeFuzz(anySetting)) }

// anySetting plays what no valid setting is.
func anySetting(t *rapid.T) {
	d := drawAny(t)
	s := d.setting(t)
	instant := rapid.SampledFrom([]time.Time{
		{}, d.Start, d.Start.Add(-time.Hour), d.Start.Add(time.Hour), time.Unix(-1<<62, 0), time.Unix(1<<62, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	})
	lengths := rapid.SampledFrom([]time.Duration{0, -1, -time.Hour, time.Minute, 1<<63 - 1, -1 << 63})
	s.Start, s.Until = instant.Draw(t, "start"), instant.Draw(t, "until")
	for range rapid.IntRange(0, 5).Draw(t, "answers") {
		s.Script = append(s.Script, escalation.Answer{
			Kind: escalation.AnswerKind(rapid.SampledFrom([]string{"", "acknowledge", "snooze", "reassign", "repage", "undelivered"}).Draw(t, "kind")),
			By:   rapid.SampledFrom([]string{"", "ana"}).Draw(t, "by"), At: instant.Draw(t, "at"), Until: instant.Draw(t, "until"),
			To: make([]escalation.Target, rapid.IntRange(0, 2).Draw(t, "to")), Round: -1,
		})
	}
	s.Changes = append(s.Changes, escalation.Change{At: instant.Draw(t, "at"), Facts: escalation.Facts{Alerts: []time.Time{instant.Draw(t, "alert")}}})
	for id, p := range s.World.People {
		p.Rules = escalation.Rules{Bundle: lengths.Draw(t, "bundle"), Quiet: &escalation.QuietHours{}}
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			p.Rules.High = append(p.Rules.High, escalation.Notification{Channel: rapid.SampledFrom(channels).Draw(t, "channel"), After: lengths.Draw(t, "after")})
		}
		s.World.People[id] = p
	}
	if rapid.IntRange(0, 9).Draw(t, "ladder") == 0 {
		s.Ladder = &escalation.Ladder{}
	}
	last := s.Start
	c := escalation.Simulate(s)
	for _, m := range c.Moments {
		require.False(t, m.At.Before(last))
		last = m.At
	}
	require.Less(t, len(c.Moments), escalation.MaxMoments+1000)
	if len(c.Moments) < 1000 {
		require.NotEmpty(t, c.String())
	}
}
