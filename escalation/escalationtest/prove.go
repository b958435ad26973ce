package escalationtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/internal/words"
	"github.com/incidentkit/incidentkit/escalation/proof"
)

// Proof is what is proved of a plan, for incidents that begin at any instant of a
// horizon.
type Proof struct {
	Report proof.Report

	t        T
	plan     proof.Plan
	from, to time.Time
}

// Prove proves a plan, once; what must be so of it is then required of the result.
// From and to have the forms of Setup.At.
func Prove(t T, plan proof.Plan, from, to string) *Proof {
	t.Helper()
	p := &Proof{t: t, plan: plan}
	var err, bad error
	p.from, err = parseInstant(from)
	p.to, bad = parseInstant(to)
	if err = cmp.Or(err, bad); err == nil {
		p.Report, err = proof.Verify(plan, p.from, p.to)
	}
	if err != nil {
		t.Fatalf("escalationtest: Prove: %v", err)
	}
	return p
}

// RequireReaches requires that an incident of the severity pages so many distinct
// people within a time, whenever it begins and whichever policy pages for it, even
// if none of them answers. People is 1 to 3.
func (p *Proof) RequireReaches(severity string, people int, within time.Duration) {
	p.t.Helper()
	known := false
	for _, w := range p.Report.Worst {
		if w.Severity != severity || w.Rank != people {
			continue
		}
		known = true
		if !w.Never && w.Wait <= within {
			continue
		}
		reaches := "never reaches " + ordinal(people)
		if !w.Never {
			reaches = "reaches " + ordinal(people) + " only after " + words.Length(w.Wait)
		}
		p.t.Fatalf("%s should reach %s within %s, and policy %s %s in an incident that begins at %s.\n%s",
			severity, count(people), words.Length(within), w.Policy, reaches, p.local(w.At), p.course(w))
	}
	if !known {
		p.t.Fatalf("escalationtest: RequireReaches(%q, %d, %s): want a severity of the plan that a policy pages for, and 1 to 3 people", severity, people, words.Length(within))
	}
}

// RequireNoGaps requires that every step that pages people has somebody to page at
// every instant, but where a schedule means it so (oncall.IntendedGap).
func (p *Proof) RequireNoGaps() {
	p.t.Helper()
	p.require("nobody should be missing at any time", func(f proof.Finding) bool {
		return f.Kind == proof.CoverageGap && f.Level != proof.Info
	})
}

// RequireNoFindings requires that nothing is found that is as bad as the level or
// worse, but for kinds that are known and accepted.
func (p *Proof) RequireNoFindings(level proof.Level, accepted ...proof.Kind) {
	p.t.Helper()
	p.require(fmt.Sprintf("nothing should be found of level %s or worse", level), func(f proof.Finding) bool {
		return badness(f.Level) >= badness(level) && !slices.Contains(accepted, f.Kind)
	})
}

func badness(l proof.Level) int {
	return slices.Index([]proof.Level{proof.Info, proof.Warning, proof.Error}, l)
}

// maxShown is how many findings a message lists.
const maxShown = 10

// require fails with the findings that are wrong.
func (p *Proof) require(what string, wrong func(proof.Finding) bool) {
	p.t.Helper()
	found := bySentence(p.Report.Short(3).Findings, wrong)
	if len(found) == 0 {
		return
	}
	var b strings.Builder
	for i, f := range found {
		if i == maxShown {
			fmt.Fprintf(&b, "    and %d more\n", len(found)-maxShown)
			break
		}
		about := ""
		if len(f.severities) > 0 {
			about = " (" + strings.Join(f.severities, ", ") + ")"
		}
		fmt.Fprintf(&b, "    %s %s%s at %s: %s\n", f.Level, f.Kind, about, f.Path, f.Text)
	}
	p.t.Fatalf("%s from %s to %s, and there is:\n\n%s%s", what, p.local(p.from), p.local(p.to), b.String(), p.onCall(found))
}

// foundOf is a finding, with all severities of which the same is said.
type foundOf struct {
	proof.Finding

	severities []string
}

// bySentence returns the findings that are wrong. What is the same for several
// severities is there once.
func bySentence(all []proof.Finding, wrong func(proof.Finding) bool) []foundOf {
	var found []foundOf
	for _, f := range all {
		if !wrong(f) {
			continue
		}
		i := slices.IndexFunc(found, func(o foundOf) bool {
			return o.Level == f.Level && o.Kind == f.Kind && o.Path == f.Path && o.Text == f.Text
		})
		if i < 0 {
			i = len(found)
			found = append(found, foundOf{Finding: f})
		}
		if f.Severity != "" && !slices.Contains(found[i].severities, f.Severity) {
			found[i].severities = append(found[i].severities, f.Severity)
		}
	}
	return found
}

func (p *Proof) local(t time.Time) string {
	return t.In(p.from.Location()).Format("Mon 2006-01-02 15:04 MST")
}

// course draws what happens in the worst case, if nobody answers.
func (p *Proof) course(w proof.Worst) string {
	ladders, err := escalation.CompileAll(p.plan.Policies)
	if err != nil {
		return "" // a finding says so
	}
	facts := escalation.Facts{Severity: w.Severity}
	for _, s := range p.plan.Severities {
		if s.ID == w.Severity {
			facts.Urgency = s.Urgency
		}
	}
	world := p.plan.World()
	at := w.At.In(p.from.Location())
	r := &Run{start: at, now: at.Add(w.Wait), world: world, play: &simulated{setting: escalation.Setting{
		Ladder: ladders[w.Policy], Start: at, Facts: facts, World: *world,
	}}}
	r.play.to(r.now)
	if w.Never {
		r.play.to(time.Time{})
	}
	return r.failure("If nobody answers:", note{at: at})
}

// onCall says who is on call in the example of the first finding that has one.
func (p *Proof) onCall(found []foundOf) string {
	i := slices.IndexFunc(found, func(f foundOf) bool { return !f.Example.IsZero() })
	if i < 0 {
		return ""
	}
	return onCall(p.plan.World(), found[i].Example.In(p.from.Location()), p.local(found[i].Example))
}

func count(people int) string {
	if people == 1 {
		return "somebody"
	}
	return fmt.Sprintf("%d people", people)
}

func ordinal(people int) string {
	return [...]string{1: "the first", 2: "the second", 3: "the third"}[people]
}
