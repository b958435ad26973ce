package proof

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// crew is whom a step pages at an instant.
type crew struct {
	who    []int32 // in order: people, and targets that are paged themselves
	places []int32 // in order, where one of them is picked; else nil
	order  []int32 // all candidates, able or not, where one is picked; else nil
	humans int     // how many of who are people
}

// cast knows who may be paged when, and works it out once for all policies.
type cast struct {
	span  *span
	clock *clock
	plan  *Plan
	world escalation.World

	names   []string // of people and of targets that are paged themselves, by number
	human   []bool   // which of them are people
	numbers map[string]int32
	quiet   []*escalation.QuietHours // by number; nil: none

	crews []crew // by number
	known map[string]int32

	targets map[string]*timeline // of crews, as if nobody had quiet hours
	merged  map[string]*timeline // of several targets together
	steps   map[string]*timeline // of crews
	classes map[string]string    // of severities: whom they wake
}

func newCast(p *Plan, s *span, c *clock) *cast {
	return &cast{
		span: s, clock: c, plan: p, world: *p.World(),
		numbers: map[string]int32{}, known: map[string]int32{},
		targets: map[string]*timeline{}, merged: map[string]*timeline{}, steps: map[string]*timeline{},
		classes: map[string]string{},
	}
}

// number returns the number of a person, or of a target that is paged itself.
func (c *cast) number(id string, human bool) int32 {
	key := id
	if !human {
		key = "\x00" + id
	}
	n, ok := c.numbers[key]
	if !ok {
		n = int32(len(c.names))
		c.numbers[key] = n
		c.names, c.human = append(c.names, id), append(c.human, human)
		c.quiet = append(c.quiet, c.world.People[id].Rules.Quiet)
		if !human {
			c.quiet[n] = nil
		}
	}
	return n
}

// crew returns the number of a crew.
func (c *cast) crew(m crew) int32 {
	key := make([]byte, 0, 64)
	for _, list := range [...][]int32{m.who, m.places, m.order} {
		key = binary.LittleEndian.AppendUint32(key, uint32(len(list)))
		for _, n := range list {
			key = binary.LittleEndian.AppendUint32(key, uint32(n))
		}
	}
	n, ok := c.known[string(key)]
	if ok {
		return n
	}
	n = int32(len(c.crews))
	c.known[string(key)] = n
	for _, p := range m.who {
		if c.human[p] {
			m.humans++
		}
	}
	m.who, m.places, m.order = slices.Clone(m.who), slices.Clone(m.places), slices.Clone(m.order)
	c.crews = append(c.crews, m)
	return n
}

// class returns whose quiet hours a severity does not heed, so that severities
// which wake the same people share their timelines.
func (c *cast) class(severity string) string {
	class, ok := c.classes[severity]
	if ok {
		return class
	}
	b := make([]byte, 0, len(c.plan.People))
	for i := range c.plan.People {
		if q := c.plan.People[i].Rules.Quiet; q != nil {
			b = append(b, '0'+byte(truth(slices.Contains(q.Unless, severity))))
		}
	}
	c.classes[severity] = string(b)
	return string(b)
}

// step returns the crews of a step, for incidents of a severity.
func (c *cast) step(m *escalation.Move, severity string) *timeline {
	picks := picksOne(m.Pick)
	parts := make([]string, 0, 2+len(m.Targets)+len(m.Skills))
	parts = append(append(parts, strconv.FormatBool(picks)), m.Skills...)
	parts = append(parts, "")
	for _, t := range m.Targets {
		parts = append(parts, t.String())
	}
	key := strings.Join(parts, "\x00")
	full := c.class(severity) + key
	if l := c.steps[full]; l != nil {
		return l
	}
	if c.merged[key] == nil {
		c.merged[key] = c.merge(m.Targets, m.Skills, picks)
	}
	l := c.awake(c.merged[key], severity)
	c.steps[full] = l
	return l
}

// final returns whom the last resort leads to, whatever keeps others from being
// paged.
func (c *cast) final(targets []escalation.Target) *timeline {
	if len(targets) == 0 {
		return constant(c.crew(crew{}))
	}
	return c.merge(targets, nil, false)
}

func picksOne(p escalation.Pick) bool {
	return p == escalation.PickInTurn || p == escalation.PickLeastRecent
}

// merge returns the crews that several targets lead to together.
func (c *cast) merge(targets []escalation.Target, skills []string, picks bool) *timeline {
	lines := make([]*timeline, len(targets))
	for i, t := range targets {
		lines[i] = c.target(t, skills, picks)
	}
	if len(lines) == 1 {
		return lines[0]
	}
	l := &timeline{}
	var m crew
	for _, at := range boundaries(lines) {
		m.reset()
		for _, line := range lines {
			v, _ := line.at(at)
			from := &c.crews[v]
			for i, p := range from.who {
				if picks {
					m.who, m.places = append(m.who, p), append(m.places, int32(len(m.order))+from.places[i])
				} else if !slices.Contains(m.who, p) {
					m.who = append(m.who, p)
				}
			}
			m.order = append(m.order, from.order...)
		}
		l.add(at, c.crew(m))
	}
	return l
}

func (m *crew) reset() { m.who, m.places, m.order = m.who[:0], m.places[:0], m.order[:0] }

// boundaries returns all instants at which one of the timelines changes.
func boundaries(lines []*timeline) []int64 {
	all := []int64{0}
	for _, l := range lines {
		all = append(all, l.starts...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// awake returns the crews without those who do not want to be paged for the
// severity at the time.
func (c *cast) awake(l *timeline, severity string) *timeline {
	lines := []*timeline{l}
	quiet := map[int32]*timeline{}
	for _, v := range l.values {
		for _, p := range c.crews[v].who {
			q := c.quiet[p]
			if q != nil && quiet[p] == nil && !slices.Contains(q.Unless, severity) {
				quiet[p] = c.clock.hours(q.Hours)
				lines = append(lines, quiet[p])
			}
		}
	}
	if len(quiet) == 0 {
		return l
	}
	left := &timeline{}
	var m crew
	for _, at := range boundaries(lines) {
		v, _ := l.at(at)
		from := &c.crews[v]
		m.reset()
		m.order = append(m.order, from.order...)
		for i, p := range from.who {
			if q := quiet[p]; q != nil {
				if on, _ := q.at(at); on == 1 {
					continue
				}
			}
			m.who = append(m.who, p)
			if from.places != nil {
				m.places = append(m.places, from.places[i])
			}
		}
		left.add(at, c.crew(m))
	}
	return left
}

// target returns the crews that a target leads to, if they have the skills.
func (c *cast) target(t escalation.Target, skills []string, picks bool) *timeline {
	key := t.String() + "\x00" + strings.Join(skills, "\x00")
	if picks {
		key += "\x00pick"
	}
	if l := c.targets[key]; l != nil {
		return l
	}
	l := &timeline{}
	var found []escalation.Candidate
	var m crew
	for _, at := range c.changes(t) {
		found, _ = c.world.Resolve(found[:0], t, c.span.instant(at))
		m.reset()
		for i := range found {
			f := &found[i]
			p := int32(0)
			if f.Itself {
				p = c.number(t.String(), false)
			} else {
				p = c.number(f.Person, true)
			}
			if picks {
				m.order = append(m.order, p)
			}
			if f.Code != "" || !f.Itself && lacks(f.Skills, skills) {
				continue
			}
			m.who = append(m.who, p)
			if picks {
				m.places = append(m.places, int32(i))
			}
		}
		l.add(at, c.crew(m))
	}
	c.targets[key] = l
	return l
}

// lacks reports whether a skill is missing.
func lacks(skills, needed []string) bool {
	return slices.ContainsFunc(needed, func(s string) bool { return !slices.Contains(skills, s) })
}

// changes returns the instants at which a target may lead to others than before.
func (c *cast) changes(t escalation.Target) []int64 {
	all := []int64{0}
	add := func(id string) {
		all = c.changesOf(all, c.world.People[id].Person)
	}
	switch t.Type {
	case escalation.TargetSchedule:
		rota := c.world.Schedules[t.ID]
		if rota == nil {
			break
		}
		if t.Mode == escalation.OnCallNext {
			all = c.handoffs(all, rota)
			break
		}
		for _, s := range rota.AppendShifts(nil, c.span.from, c.span.end) {
			all = append(all, c.span.offset(s.Start), c.span.offset(s.End))
		}
		for _, p := range rota.People() {
			all = c.changesOf(all, p)
			add(p.ID)
		}
	case escalation.TargetTeam:
		for _, id := range c.world.Teams[t.ID].Members {
			add(id)
		}
		add(c.world.Teams[t.ID].Manager)
	case escalation.TargetPerson:
		add(t.ID)
	case escalation.TargetChannel, escalation.TargetVendor, escalation.TargetWebhook, escalation.TargetPolicy:
	}
	end := c.span.offset(c.span.end)
	all = slices.DeleteFunc(all, func(at int64) bool { return at < 0 || at >= end })
	slices.Sort(all)
	return slices.Compact(all)
}

// handoffs appends the instants at which duty changes hands, for until then the same
// person is next, and those at which leave or stages of these people change.
func (c *cast) handoffs(all []int64, rota *oncall.Rota) []int64 {
	seen := map[string]bool{}
	for at := c.span.from; at.Before(c.span.end); {
		next, err := rota.Next(at)
		if err != nil { // there is none
			break
		}
		at = next.Start
		all = append(all, c.span.offset(at))
		if !seen[next.Person] {
			seen[next.Person] = true
			all = c.changesOf(c.changesOf(all, rota.Person(next.Person)), c.world.People[next.Person].Person)
		}
	}
	return all
}

// changesOf appends the instants at which a person's stage or leave changes.
func (c *cast) changesOf(all []int64, p oncall.Person) []int64 {
	for _, s := range p.Stages {
		all = append(all, c.span.offset(s.From))
	}
	for _, l := range p.Leave {
		all = append(all, c.span.offset(l.Start), c.span.offset(l.End))
	}
	return all
}
