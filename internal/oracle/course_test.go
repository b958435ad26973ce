package oracle

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

// TestCourseAgreesWithTheCalculator plays random policies with random answers by
// the oracle's own model and by the package that the engine asks. They share no
// code: where one of them misreads the documents, this finds it.
func TestCourseAgreesWithTheCalculator(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		parsed, err := plan.Parse(p.Document())
		require.NoError(t, err)
		ladder, ok := parsed.Ladder("default")
		require.True(t, ok)
		world := parsed.World()

		now := monday.Add(time.Hour)
		progress := escalation.Start(now, nil)
		model := startCourse(p.Policies[0], now)
		for range rapid.IntRange(1, 12).Draw(t, "moves") {
			was := progress.Step
			result := ladder.Next(progress, now, escalation.Facts{Severity: "SEV1"}, world)
			progress = result.Progress
			mine := model.next(now, book{newest: &p, pinned: &p, at: now})
			if fmt.Sprint(told(result.Effects)) != fmt.Sprint(mine) || !result.Wake.Equal(model.isDue()) {
				t.Fatalf("at %s, step %d\nits  %v\nmine %v\nits wake %s, mine %s\nits  %+v\nmine %+v", now, was, told(result.Effects), mine, result.Wake, model.isDue(), progress, *model)
			}
			if answer(t, ladder, &progress, model, now) {
				continue
			}
			now = advance(t, now, model.isDue())
		}
	})
}

func advance(t *rapid.T, now, due time.Time) time.Time {
	if due.After(now) && rapid.Bool().Draw(t, "to the next step") {
		return due
	}
	return now.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "seconds")) * time.Second)
}

var names = []string{"ana", "ben", "cleo"}

func drawPlan(t *rapid.T) Plan {
	p := everything()
	target := rapid.SampledFrom([]Target{{"person", "ana"}, {"person", "ben"}, {"person", "mute"}, {"schedule", "primary"}, {"team", "all"}, {"channel", "room"}})
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
		return Step{
			Targets: rapid.SliceOfNDistinct(target, 1, 3, func(t Target) Target { return t }).Draw(t, "targets"),
			Wait:    time.Duration(rapid.SampledFrom([]int{0, 1, 20, 60, 120}).Draw(t, "wait")) * time.Second,
			AckAll:  rapid.Bool().Draw(t, "all"),
		}
	}), 1, 3).Draw(t, "steps")
	p.Policies = []Policy{{
		ID: "default", Steps: steps, Repeat: rapid.IntRange(0, 2).Draw(t, "repeat"),
		AckTimeout:  time.Duration(rapid.SampledFrom([]int{0, 100, 300}).Draw(t, "timeout")) * time.Second,
		RemindEvery: time.Duration(rapid.SampledFrom([]int{0, 60, 90}).Draw(t, "remind")) * time.Second,
	}}
	p.Routes = nil
	p.LastResort = rapid.SampledFrom([]string{"ben", "mute"}).Draw(t, "last resort")
	return p
}

// told writes the calculator's effects in the oracle's terms.
func told(effects []escalation.Effect) []effect {
	var out []effect
	for _, e := range effects {
		f := effect{round: e.Round, step: e.Step, target: fmt.Sprint(e.Target), person: e.Person, code: string(e.Code), due: e.Due.UTC()}
		switch e.Kind {
		case escalation.Page, escalation.Fallback:
			f.kind = aPage
		case escalation.Skip:
			f.kind = aSkip
		case escalation.Repeat:
			f = effect{kind: aRepeat, round: e.Round}
		case escalation.Resume:
			f = effect{kind: aResume, round: e.Round}
		case escalation.Remind:
			f = effect{kind: aReminder, round: e.Round, person: e.Person, due: e.Due.UTC()}
		case escalation.Exhaust:
			f = effect{kind: anEnd, round: e.Round}
		default:
			panic(e.Kind)
		}
		out = append(out, f)
	}
	return out
}

// answer gives both the same answer, if it is one that is accepted.
func answer(t *rapid.T, ladder *escalation.Ladder, p *escalation.Progress, model *course, now time.Time) bool {
	by := rapid.SampledFrom(names).Draw(t, "by")
	kind := rapid.SampledFrom([]escalation.AnswerKind{
		"", "", escalation.Acknowledge, escalation.Decline, escalation.Decline, escalation.Undelivered, escalation.Undelivered,
		escalation.Snooze, escalation.HandBack, escalation.Reassign, escalation.Repage, escalation.Escalate,
	}).Draw(t, "answer")
	if kind == "" {
		return false
	}
	a := escalation.Answer{Kind: kind, By: by, At: now}
	until := now.Add(90 * time.Second)
	switch kind {
	case escalation.Snooze:
		a.Until = until
	case escalation.Reassign:
		a.To = []escalation.Target{escalation.Person("cleo")}
	case escalation.Undelivered:
		a.Round, a.Step = model.round, model.last
		if a.Step == 0 {
			return false
		}
		if rapid.Bool().Draw(t, "room") {
			a.By, a.Target = "", "channel room"
		}
	default:
	}
	next, err := ladder.Answer(*p, a)
	if err != nil {
		return false
	}
	*p = next
	switch kind {
	case escalation.Acknowledge:
		model.acknowledge(by, now)
	case escalation.Decline:
		model.decline(by, now)
	case escalation.Undelivered:
		model.undelivered(waiting{person: a.By, target: a.Target}, a.Round, a.Step, now)
	case escalation.Snooze:
		model.snooze(by, until)
	case escalation.HandBack:
		model.handBack(by, now)
	case escalation.Reassign:
		model.reassign(by, []Target{{"person", "cleo"}}, now)
	case escalation.Repage:
		model.repage(by, now)
	case escalation.Escalate:
		model.escalate(by, now)
	default:
	}
	return true
}
