package proof

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
)

// gaps reports the times in which steps lead to nobody, for all severities that a
// policy pages for.
func (v *prover) gaps(s *subject, pairs []*pair) {
	for i := range s.moves {
		if !s.meant[i] {
			continue
		}
		shared := map[Level][][]interval{}
		for _, p := range pairs {
			for level, found := range v.gapsOf(p, i) {
				shared[level] = append(shared[level], found)
			}
		}
		for _, level := range []Level{Error, Warning, Info} {
			v.gapsFound(level, s, i, pairs, shared[level])
		}
	}
}

// gapsFound makes findings of the gaps of one step: one for all severities where
// it is the same for them.
func (v *prover) gapsFound(level Level, s *subject, move int, pairs []*pair, all [][]interval) {
	m := &s.moves[move]
	f := Finding{Level: level, Kind: CoverageGap, Path: v.stepPath(s, move), Policy: s.policy.ID}
	text := func(i *interval) string {
		return fmt.Sprintf("%s, step %d of policy %s pages nobody: %s", v.between(i), m.Step, s.policy.ID, v.because(m, i.at))
	}
	same := len(all) == len(pairs)
	for _, one := range all {
		same = same && slices.EqualFunc(one, all[0], func(a, b interval) bool { return a.from == b.from && a.to == b.to && a.at == b.at })
	}
	if same && len(all) > 1 {
		v.findAll(f, all[0], text)
		return
	}
	for _, one := range all {
		f.Severity = one[0].by.severity
		v.findAll(f, one, text)
	}
}

// gapsOf returns the gaps of a step, for incidents of one severity, by level.
func (v *prover) gapsOf(p *pair, move int) map[Level][]interval {
	all := map[Level][]interval{}
	for _, made := range p.programs {
		for key, h := range made.outcome.holes {
			if key.move != move {
				continue
			}
			to := min(h.end, max(v.span.horizon(), h.times[len(h.times)-1].to))
			for _, part := range v.parts(&p.subject.moves[move], max(key.start, 0), to) {
				level, at := part.judge(h)
				if level != "" {
					all[level] = append(all[level], interval{from: part.from, to: part.to, at: at, by: &program{severity: p.severity.ID}})
				}
			}
		}
	}
	for level := range all {
		all[level] = once(all[level])
	}
	return all
}

// once leaves one of the gaps that several kinds of incident come upon: the one
// that is seen first.
func once(all []interval) []interval {
	slices.SortFunc(all, func(a, b interval) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.at, b.at)) })
	return slices.CompactFunc(all, func(a, b interval) bool { return a.from == b.from })
}

// part is a part of a hole that is intended, or is not.
type part struct {
	from, to int64
	intended bool
}

// judge returns how bad it is that incidents come to the step in this time, and
// when the first does; empty: none does.
func (p *part) judge(h *hits) (level Level, at int64) {
	for _, hit := range h.times {
		if hit.from >= p.to || hit.to <= p.from {
			continue
		}
		if level == "" {
			level, at = Warning, max(hit.from, p.from)
		}
		switch {
		case p.intended:
			return Info, at
		case hit.first:
			return Error, at
		}
	}
	return level, at
}

// parts splits a hole where it begins and ends to be intended by all schedules of
// the step.
func (v *prover) parts(m *escalation.Move, from, to int64) []part {
	count := map[int64]int{}
	for _, t := range m.Targets {
		rota := v.cast.world.Schedules[t.ID]
		if t.Type != escalation.TargetSchedule || rota == nil || t.Mode != "" && t.Mode != escalation.OnCallNow {
			return []part{{from, to, false}}
		}
		for g := range rota.Gaps(v.span.instant(from), v.span.instant(to)) {
			if g.Intended {
				count[v.span.offset(g.Start)]++
				count[v.span.offset(g.End)]--
			}
		}
	}
	var parts []part
	now := part{from: from}
	n := 0
	for _, at := range slices.Sorted(maps.Keys(count)) {
		n += count[at]
		if intended := n == len(m.Targets); intended != now.intended {
			if at > now.from {
				now.to = at
				parts = append(parts, now)
			}
			now = part{from: at, intended: intended}
		}
	}
	if now.to = to; now.from < to {
		parts = append(parts, now)
	}
	return parts
}

// stepPath returns the JSON pointer to a step.
func (v *prover) stepPath(s *subject, move int) string {
	place := s.ladder.Place(s.moves[move].Step)
	return v.pointer(place.Policy, place.Path)
}

// idle reports steps that no incident comes to, and steps that are of no use.
func (v *prover) idle(s *subject) {
	dead := ""
	for i := range s.moves {
		m := &s.moves[i]
		if m.Step == 0 {
			continue
		}
		path := v.stepPath(s, i)
		f := Finding{Level: Warning, Path: path, Policy: s.policy.ID}
		switch {
		case !s.taken[i]:
			if dead != "" && strings.HasPrefix(path, dead+"/") {
				continue // as is all of what it is in
			}
			dead = path
			f.Kind, f.Text = DeadStep, fmt.Sprintf("no incident comes to step %d of policy %s%s", m.Step, s.policy.ID, only(m))
			v.find(f)
		case m.Kind == escalation.MovePage && s.pages[i] && !s.adds[i] && !v.pagesPlace(s, i):
			f.Kind, f.Text = UselessStep, fmt.Sprintf("step %d of policy %s never pages anybody whom the steps before it have not", m.Step, s.policy.ID)
			v.find(f)
		}
	}
}

// only says what the condition of a step is.
func only(m *escalation.Move) string {
	if m.If == nil {
		return ""
	}
	return fmt.Sprintf(", whose condition (%s) never holds when it is due", *m.If)
}

// pagesPlace reports whether a place or a vendor is paged, too: then the step
// is of use.
func (v *prover) pagesPlace(s *subject, move int) bool {
	return slices.ContainsFunc(s.moves[move].Targets, func(t escalation.Target) bool { return !t.Type.Human() })
}
