package proof

import (
	"slices"
	"strconv"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
)

// subject is a policy that is proved.
type subject struct {
	index  int // in Plan.Policies
	policy escalation.Policy
	ladder *escalation.Ladder
	moves  []escalation.Move
	asks   []*escalation.Condition

	meant    []bool // which moves are meant to page people
	programs map[string]*program
	taken    []bool // which moves any incident comes to
	pages    []bool // which ever page a person
	adds     []bool // which ever page a person whom no step before has
}

func newSubject(index int, ladder *escalation.Ladder) *subject {
	s := &subject{index: index, policy: ladder.Policy(), ladder: ladder, moves: ladder.Moves(), programs: map[string]*program{}}
	ask := func(c *escalation.Condition) {
		if c != nil {
			s.asks = append(s.asks, c)
		}
	}
	for i := range s.moves {
		s.meant = append(s.meant, human(&s.moves[i]))
		ask(s.moves[i].If)
		ask(s.moves[i].Until)
	}
	for _, d := range s.policy.Defer {
		ask(d.If)
	}
	s.taken, s.pages, s.adds = make([]bool, len(s.moves)), make([]bool, len(s.moves)), make([]bool, len(s.moves))
	return s
}

// program is a policy for incidents of one kind, and what comes of it.
type program struct {
	subject  *subject
	severity string // of the first incident that it was made for
	walker   walker
	outcome  outcome
}

// compiler makes programs. Kinds of incident that make no difference share one.
type compiler struct {
	prover  *prover
	lines   map[*timeline]int
	labels  []byte // what tells the program from others
	facts   escalation.Facts
	subject *subject
}

// program returns that of a policy for a kind of incident.
func (v *prover) program(s *subject, kind *variant, severity string) *program {
	c := compiler{prover: v, lines: v.lines, facts: kind.at(v.span.from), subject: s}
	w := walker{cast: v.cast, taken: s.taken, moves: make([]move, len(s.moves)), backs: make([]int32, len(s.moves))}
	for i := range s.moves {
		c.move(&w, i, severity)
	}
	for _, d := range s.policy.Defer {
		hours := v.clock.hours(d.Hours)
		c.label(hours)
		w.defers = append(w.defers, deferral{c.test(d.If), hours})
	}
	key := string(c.labels)
	if known := s.programs[key]; known != nil {
		return known
	}
	w.final = v.cast.final(s.policy.Final.Targets)
	made := &program{subject: s, severity: severity, walker: w}
	s.programs[key] = made
	made.sweep(v.span.horizon())
	return made
}

func (c *compiler) move(w *walker, i int, severity string) {
	from, to := &c.subject.moves[i], &w.moves[i]
	*to = move{
		kind: from.Kind, cond: c.test(from.If), until: c.test(from.Until), next: from.Next, orElse: from.Else,
		wait: int64(from.Wait), to: from.To, times: int32(min(from.Times, escalation.MaxRepeat)), resets: from.Resets,
		nests: from.Nests - 1, pick: from.Pick,
	}
	if from.Kind != escalation.MovePage {
		return
	}
	to.crew = c.prover.cast.step(from, severity)
	c.label(to.crew)
	if picksOne(from.Pick) {
		place := c.subject.ladder.Place(from.Step)
		to.pointer = place.Policy + " " + place.Path
		w.picks = true
	}
}

// test compiles a condition.
func (c *compiler) test(cond *escalation.Condition) test {
	if cond == nil {
		return test{want: 1}
	}
	plain := *cond
	plain.Not = false
	holds := plain.Holds(c.facts, c.prover.span.from)
	if holds && cond.Hours != nil {
		c.labels = append(c.labels, 'h')
		return test{c.prover.clock.hours(*cond.Hours), truth(!cond.Not)}
	}
	t := test{want: truth(holds != cond.Not)}
	c.labels = append(c.labels, '0'+byte(t.want))
	return t
}

func (c *compiler) label(l *timeline) {
	n, ok := c.lines[l]
	if !ok {
		n = len(c.lines)
		c.lines[l] = n
	}
	c.labels = append(strconv.AppendInt(c.labels, int64(n), 10), ' ')
}

// longest returns for how long after its beginning an incident can still lead to
// pages: an upper bound.
func (s *subject) longest() int64 {
	const hours = int64(2*escalation.MaxWait) + int64(escalation.MaxWait)/7 // until they are on: once a week, but for a clock change
	deferred := [...]int64{0, hours, int64(escalation.MaxDeferral)}[min(len(s.policy.Defer), 2)]
	sum, rounds := int64(0), int64(1)
	for i := range s.moves {
		m := &s.moves[i]
		sum += int64(m.Wait)
		switch {
		case m.Kind == escalation.MovePage:
			sum += deferred
		case m.Kind == escalation.MoveHold && m.Wait == 0:
			sum += hours
		}
		if rounds *= int64(m.Times) + 1; rounds > int64(maxCourse/escalation.MinRound) {
			return int64(maxCourse)
		}
	}
	if sum += int64(escalation.MinRound); sum > int64(maxCourse)/rounds {
		return int64(maxCourse)
	}
	return sum * rounds
}

// pointer returns the JSON pointer to a step, or to what is within it, from a path
// such as "steps[1].else[0]".
func (v *prover) pointer(policy, path string, within ...string) string {
	index := slices.IndexFunc(v.plan.Policies, func(q escalation.Policy) bool { return q.ID == policy })
	path = strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(path)
	return strings.Join(append([]string{"/policies", strconv.Itoa(index), path}, within...), "/")
}
