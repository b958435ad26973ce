package proof

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// pair is a severity and a policy that may page for it.
type pair struct {
	severity *Severity
	subject  *subject
	programs []*program // each once
}

// pair proves a policy for a severity.
func (v *prover) pair(sev *Severity, s *subject) *pair {
	p := &pair{severity: sev, subject: s}
	all, complete := variants(sev, s.asks)
	if !complete {
		v.find(Finding{Level: Warning, Kind: TooManyKinds, Path: v.path(s), Severity: sev.ID, Policy: s.policy.ID,
			Text: fmt.Sprintf("the conditions of policy %s tell more than %d kinds of incident apart, and the others were not looked at", s.policy.ID, maxVariants)})
	}
	for i := range all {
		made := v.program(s, &all[i], sev.ID)
		if !slices.Contains(p.programs, made) {
			p.programs = append(p.programs, made)
		}
	}
	v.worst(p)
	v.missed(p)
	v.reach(p)
	v.forced(p)
	v.deferrals(p)
	return p
}

func (v *prover) path(s *subject) string { return fmt.Sprintf("/policies/%d", s.index) }

// worst reports the worst cases.
func (v *prover) worst(p *pair) {
	for k := range 3 {
		w := worst{wait: -1}
		for _, made := range p.programs {
			o := made.outcome.worst[k]
			if o.wait > w.wait || o.wait == w.wait && o.at < w.at {
				w = o
			}
		}
		out := Worst{Severity: p.severity.ID, Policy: p.subject.policy.ID, Rank: k + 1, At: v.span.instant(w.at)}
		if out.Never = w.wait == never; !out.Never {
			out.Wait = time.Duration(w.wait)
		}
		v.report.Worst = append(v.report.Worst, out)
	}
}

// collect returns the times for which bad says so of incidents that begin then.
func (p *pair) collect(bad func(piece *piece) (to int64, wait int64)) []interval {
	var all []interval
	for _, made := range p.programs {
		for i := range made.outcome.pieces {
			piece := &made.outcome.pieces[i]
			if to, wait := bad(piece); to > piece.from {
				all = append(all, interval{piece.from, to, piece.from, wait, made})
			}
		}
	}
	return merge(all)
}

// missed reports when the first human comes later than is promised.
func (v *prover) missed(p *pair) {
	within := int64(p.severity.Within)
	if within == 0 {
		return
	}
	late := p.collect(func(piece *piece) (int64, int64) {
		wait := piece.wait()
		switch {
		case wait <= within:
			return 0, 0
		case wait != never && piece.first.fixed:
			return min(piece.to, piece.first.at-within), wait
		}
		return piece.to, wait
	})
	f := Finding{Level: Error, Kind: TargetMissed, Path: v.path(p.subject), Severity: p.severity.ID, Policy: p.subject.policy.ID}
	v.findAll(f, late, func(i *interval) string {
		how := "never reach a human"
		if i.wait != never {
			how = fmt.Sprintf("reach the first human only after as long as %s", words.Length(time.Duration(i.wait)))
		}
		return fmt.Sprintf("incidents of %s that begin %s %s, and %s is promised%s",
			p.severity.ID, v.between(i), how, words.Length(p.severity.Within), v.why(i))
	})
}

// why says what the first step is that leads to nobody in the course of an
// incident, if there is one before somebody is paged.
func (v *prover) why(i *interval) string {
	c := i.by.walker.play(i.at, v.span.horizon())
	for _, visit := range c.visits {
		if visit.move < 0 || v.cast.crews[visit.crew].humans > 0 {
			break
		}
		if m := &i.by.subject.moves[visit.move]; human(m) {
			return fmt.Sprintf(": step %d pages nobody, because %s", m.Step, v.because(m, visit.at.at))
		}
	}
	return ""
}

// human reports whether a step is meant to page people.
func human(m *escalation.Move) bool {
	return slices.ContainsFunc(m.Targets, func(t escalation.Target) bool { return t.Type.Human() })
}

// because says why a step pages no human at an instant.
func (v *prover) because(m *escalation.Move, at int64) string {
	var parts []string
	for _, t := range m.Targets {
		found, why := v.cast.world.Resolve(nil, t, v.span.instant(at))
		if len(found) == 0 {
			if t.Type == escalation.TargetSchedule && t.Mode != escalation.OnCallNext && v.cast.world.Schedules[t.ID] != nil {
				why = "nobody is on call on " + t.String()
			}
			parts = append(parts, why)
		}
		for i := range found {
			c := &found[i]
			if c.Itself {
				continue
			}
			switch {
			case c.Code == escalation.SkipUnreachable:
				parts = append(parts, fmt.Sprintf("%s cannot be reached (%s)", c.Person, c.Why))
			case c.Code != "":
				parts = append(parts, fmt.Sprintf("%s may not be paged (%s)", c.Person, c.Why))
			case lacks(c.Skills, m.Skills):
				parts = append(parts, fmt.Sprintf("%s lacks a skill (%s)", c.Person, strings.Join(m.Skills, ", ")))
			case c.Quiet != nil:
				parts = append(parts, fmt.Sprintf("%s has quiet hours (%s)", c.Person, c.Quiet.Hours))
			}
		}
	}
	return strings.Join(parts, " and ")
}

// reach reports when incidents reach too few.
func (v *prover) reach(p *pair) {
	f := Finding{Level: Error, Kind: NobodyReached, Path: v.path(p.subject), Severity: p.severity.ID, Policy: p.subject.policy.ID}
	incidents := func(i *interval) string {
		return fmt.Sprintf("incidents of %s that begin %s", p.severity.ID, v.between(i))
	}
	v.findAll(f, p.collect(func(piece *piece) (int64, int64) { return holding(piece, piece.found == 0) }), func(i *interval) string {
		return incidents(i) + " reach no human at all" + v.why(i)
	})
	f.Kind = LastResortOnly
	if p.severity.Urgency == escalation.Low {
		f.Level = Warning
	}
	v.findAll(f, p.collect(func(piece *piece) (int64, int64) { return holding(piece, piece.found > 0 && piece.steps == 0) }), func(i *interval) string {
		return incidents(i) + " reach nobody but the last resort" + v.why(i)
	})
	f.Level, f.Kind = Warning, SinglePointOfFailure
	single := p.collect(func(piece *piece) (int64, int64) {
		return holding(piece, piece.found == 1 && piece.steps == 1)
	})
	v.findAll(f, single, func(i *interval) string {
		return fmt.Sprintf("%s reach only one human%s, however long nobody answers", incidents(i), v.only(i))
	})
	backed := p.collect(func(piece *piece) (int64, int64) { return holding(piece, piece.found > 1 && piece.steps == 1) })
	v.findAll(f, backed, func(i *interval) string {
		return fmt.Sprintf("%s reach only one human%s, and after that only the last resort", incidents(i), v.only(i))
	})
}

func holding(piece *piece, bad bool) (int64, int64) {
	if !bad {
		return 0, 0
	}
	return piece.to, 0
}

// only names the one human who is paged in a course.
func (v *prover) only(i *interval) string {
	c := i.by.walker.play(i.at, v.span.horizon())
	name := ""
	for _, visit := range c.visits {
		for _, p := range v.cast.crews[visit.crew].who {
			if visit.move < 0 || !v.cast.human[p] {
				continue
			}
			if name != "" && name != v.cast.names[p] { // one of several is picked
				return ""
			}
			name = v.cast.names[p]
		}
	}
	return " (" + name + ")"
}

// forced reports pages that hours which never meet put off for as long as can be.
func (v *prover) forced(p *pair) {
	var first *interval
	for _, made := range p.programs {
		if i := made.outcome.forced; i != nil && (first == nil || i.at < first.at) {
			first = i
		}
	}
	if first == nil {
		return
	}
	f := Finding{Level: Error, Kind: NeverInHours, Path: v.path(p.subject) + "/defer", Severity: p.severity.ID, Policy: p.subject.policy.ID}
	v.findAll(f, []interval{*first}, func(i *interval) string {
		return fmt.Sprintf("pages for incidents of %s are put off for as long as they can be, first %s, because the hours of the deferrals do not meet",
			p.severity.ID, v.between(i))
	})
}

// deferrals reports where pages of high urgency are put off.
func (v *prover) deferrals(p *pair) {
	if p.severity.Urgency == escalation.Low {
		return
	}
	for d := range p.subject.policy.Defer {
		var first *interval
		for _, made := range p.programs {
			if i := made.outcome.deferred[d]; i != nil && (first == nil || i.at < first.at) {
				first = i
			}
		}
		if first == nil {
			continue
		}
		f := Finding{Level: Warning, Kind: DeferredHigh, Path: fmt.Sprintf("%s/defer/%d", v.path(p.subject), d), Severity: p.severity.ID, Policy: p.subject.policy.ID}
		v.findAll(f, []interval{*first}, func(i *interval) string {
			return fmt.Sprintf("pages for incidents of %s, which is urgent, are put off, first from %s until %s",
				p.severity.ID, instantText(v.span.instant(i.at)), instantText(v.span.instant(i.to)))
		})
	}
}
