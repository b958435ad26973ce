package escalationtest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
)

// draft is a policy that is being described. Its steps are in the order in which
// they are numbered; some are branches of others.
type draft struct {
	policy escalation.Policy
	steps  []draftStep
	vendor string // whose own policy it is; empty: nobody's
}

type draftStep struct {
	escalation.Step

	branch, other span // the numbers of the steps that it takes, if If holds or if not
}

type span struct{ from, to int }

// policySentences say what the policies are.
var policySentences = []sentence[*given]{
	sentenceOf("policy ID[, repeated N time[s]][ from step N]", func(g *given, w []string) error {
		d := &draft{policy: escalation.Policy{ID: w[0], RepeatFrom: w[2]}}
		d.policy.Repeat, _ = strconv.Atoi(w[1]) // digits, or nothing
		g.drafts = append(g.drafts, d)
		return nil
	}),
	sentenceOf("policy of vendor ID", func(g *given, w []string) error {
		g.drafts = append(g.drafts, &draft{vendor: w[0]})
		return nil
	}),
	sentenceOf("step N WORDS", (*given).step),
	sentenceOf("at the end page TARGETS", onPolicy(func(g *given, p *escalation.Policy, w []string) (err error) {
		p.Final.Targets, err = targets(w[0])
		g.see(p.Final.Targets)
		return err
	})),
	sentenceOf("at the end raise the severity to ID", onPolicy(func(_ *given, p *escalation.Policy, w []string) error {
		p.Final.Severity = w[0]
		return nil
	})),
	sentenceOf("an acknowledgement holds for LENGTH", onPolicy(func(_ *given, p *escalation.Policy, w []string) (err error) {
		p.AckTimeout, err = duration(w[0])
		return err
	})),
	sentenceOf("whoever acknowledged is reminded every LENGTH", onPolicy(func(_ *given, p *escalation.Policy, w []string) (err error) {
		p.RemindEvery, err = duration(w[0])
		return err
	})),
	sentenceOf("steps are put off to HOURS[ if CONDITION]", onPolicy(func(_ *given, p *escalation.Policy, w []string) error {
		h, err := hours(w[0])
		d := escalation.Deferral{Hours: h}
		if w[1] != "" && err == nil {
			d.If, err = condition(w[1])
		}
		p.Defer = append(p.Defer, d)
		return err
	})),
	sentenceOf("tier ID[ wants FACTS]", onPolicy(func(_ *given, p *escalation.Policy, w []string) error {
		t := escalation.Tier{ID: w[0]}
		if w[1] != "" {
			t.Packet = list(w[1])
		}
		p.Tiers = append(p.Tiers, t)
		return nil
	})),
}

func onPolicy(change func(*given, *escalation.Policy, []string) error) func(*given, []string) error {
	return func(g *given, w []string) error {
		d, err := g.draft()
		if err != nil {
			return err
		}
		return change(g, &d.policy, w)
	}
}

// draft returns the policy that is spoken of.
func (g *given) draft() (*draft, error) {
	if n := len(g.drafts); n > 0 && g.drafts[n-1].vendor == "" {
		return g.drafts[n-1], nil
	}
	return nil, errors.New(`a sentence such as "policy checkout" before it`)
}

// step reads what a step does, which comes first, and then in any order how.
func (g *given) step(w []string) error {
	d, err := g.draft()
	if err != nil {
		return err
	}
	if want := strconv.Itoa(len(d.steps) + 1); w[0] != want {
		return fmt.Errorf("step %s here: the steps of a policy are numbered in their order, with those that others take", want)
	}
	s := draftStep{Step: escalation.Step{ID: w[0]}}
	for part := range strings.SplitSeq(w[1], ", ") {
		known, err := hear(stepParts, &s, part)
		if !known {
			return fmt.Errorf("parts such as these, with commas between them, not %q:%s", part, forms(stepParts))
		}
		if err != nil {
			return err
		}
	}
	g.see(s.Targets)
	d.steps = append(d.steps, s)
	return nil
}

// stepParts are what can be said of a step.
var stepParts = []sentence[*draftStep]{
	sentenceOf("pages TARGETS", func(s *draftStep, w []string) (err error) {
		s.Targets, err = targets(w[0])
		return err
	}),
	sentenceOf("waits until CONDITION", func(s *draftStep, w []string) (err error) {
		s.Until, err = condition(w[0])
		return err
	}),
	sentenceOf("takes NUMBERS", func(s *draftStep, w []string) (err error) {
		s.branch, err = numbers(w[0])
		return err
	}),
	sentenceOf("goes back to step N", func(s *draftStep, w []string) error {
		s.BackTo = w[0]
		return nil
	}),
	sentenceOf("N time[s]", func(s *draftStep, w []string) (err error) {
		s.Times, err = strconv.Atoi(w[0])
		return err
	}),
	sentenceOf("or else takes NUMBERS", func(s *draftStep, w []string) (err error) {
		s.other, err = numbers(w[0])
		return err
	}),
	sentenceOf("waits LENGTH", func(s *draftStep, w []string) (err error) {
		s.Wait, err = duration(w[0])
		return err
	}),
	sentenceOf("at most LENGTH", func(s *draftStep, w []string) (err error) {
		s.Wait, err = duration(w[0])
		return err
	}),
	sentenceOf("if CONDITION", func(s *draftStep, w []string) (err error) {
		s.If, err = condition(w[0])
		return err
	}),
	sentenceOf("unless CONDITION", func(s *draftStep, w []string) (err error) {
		if s.If, err = condition(w[0]); s.If != nil {
			s.If.Not = true
		}
		return err
	}),
	sentenceOf("until all have answered", func(s *draftStep, _ []string) error {
		s.Ack = escalation.AckAll
		return nil
	}),
	sentenceOf("one of them in turn", func(s *draftStep, _ []string) error {
		s.Pick = escalation.PickInTurn
		return nil
	}),
	sentenceOf("the one who was picked longest ago", func(s *draftStep, _ []string) error {
		s.Pick = escalation.PickLeastRecent
		return nil
	}),
	sentenceOf("who can do SKILLS", func(s *draftStep, w []string) error {
		s.Skills = list(w[0])
		return nil
	}),
	sentenceOf("of tier ID", func(s *draftStep, w []string) error {
		s.Tier = w[0]
		return nil
	}),
}

// numbers reads "step 3" or "steps 3 to 5".
func numbers(text string) (span, error) {
	words := strings.Fields(text)
	var s span
	var err, bad error
	switch {
	case len(words) == 2 && words[0] == "step":
		s.from, err = strconv.Atoi(words[1])
		s.to = s.from
	case len(words) == 4 && words[0] == "steps" && words[2] == "to":
		s.from, err = strconv.Atoi(words[1])
		s.to, bad = strconv.Atoi(words[3])
	default:
		err = errors.New(text)
	}
	if errors.Join(err, bad) != nil || s.to < s.from || s.from < 1 {
		return s, fmt.Errorf(`"step 3" or "steps 3 to 5", not %q`, text)
	}
	return s, nil
}

// targets reads "schedule primary (next) and person ana at low urgency".
func targets(text string) ([]escalation.Target, error) {
	var out []escalation.Target
	for _, part := range list(text) {
		var t escalation.Target
		for _, u := range []escalation.Urgency{escalation.High, escalation.Low} {
			if rest, ok := strings.CutSuffix(part, " at "+string(u)+" urgency"); ok {
				part, t.Urgency = rest, u
			}
		}
		if head, mode, ok := strings.Cut(part, " ("); ok {
			part, t.Mode = head, escalation.Mode(strings.TrimSuffix(mode, ")"))
		}
		typ, id, _ := strings.Cut(part, " ")
		if t.Type, t.ID = escalation.TargetType(typ), id; !slices.Contains(escalation.TargetTypes(), t.Type) || id == "" {
			return nil, fmt.Errorf("a target such as %q, not %q", escalation.Schedule("primary"), part)
		}
		out = append(out, t)
	}
	return out, nil
}

// ladder compiles the first policy, with the others for it to nest. Nil: there is
// none.
func (g *given) ladder() (*escalation.Ladder, error) {
	if len(g.drafts) == 0 {
		return nil, nil
	}
	first := g.drafts[0]
	if first.vendor != "" {
		supplier, known := merged(g.base.World.Suppliers, g.vendors)[first.vendor]
		if !known {
			return nil, fmt.Errorf("policy of vendor %s: want a vendor of the world, or one that the story speaks of", first.vendor)
		}
		return escalation.Compile(supplier.Policy())
	}
	if hosts, known := g.base.Ladders[first.policy.ID]; known && len(first.steps) == 0 {
		g.mention(hosts)
		return hosts, nil
	}
	policies := make([]escalation.Policy, len(g.drafts))
	for i, d := range g.drafts {
		var err error
		if policies[i], err = d.finish(); err != nil {
			return nil, fmt.Errorf("policy %s: %w", d.policy.ID, err)
		}
	}
	return escalation.Compile(policies[0], policies[1:]...)
}

// finish puts the steps that others take into those.
func (d *draft) finish() (escalation.Policy, error) {
	taken := make([]bool, len(d.steps))
	for n := len(d.steps); n > 0; n-- { // the inner ones first, which come later
		s := &d.steps[n-1]
		for _, b := range []struct {
			span
			into *[]escalation.Step
		}{{s.other, &s.Else}, {s.branch, &s.Steps}} {
			if b.from == 0 {
				continue
			}
			if b.from <= n || b.to > len(d.steps) {
				return d.policy, fmt.Errorf("step %d: want steps from %d to %d for it to take, not steps %d to %d", n, n+1, len(d.steps), b.from, b.to)
			}
			for i := b.from; i <= b.to; i++ {
				if !taken[i-1] {
					*b.into = append(*b.into, d.steps[i-1].Step)
				}
				taken[i-1] = true
			}
		}
	}
	for i, s := range d.steps {
		if !taken[i] {
			d.policy.Steps = append(d.policy.Steps, s.Step)
		}
	}
	return d.policy, nil
}
