package escalation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
)

// A run that nobody answers takes the steps that the policy says, at the instants
// that it says: none is left out, none comes in another order or at another time.
// What it says is read here from the policy as it is written, step within step, and
// not from the ladder.
func TestStepsAreTakenAsThePolicySays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		d.Policy = plain(d.Policy)
		for i, p := range d.Nested {
			d.Nested[i] = plain(p)
		}
		d.Broken, d.Changes = nil, nil
		m := newModel(d)
		want, ok := m.play()
		if !ok {
			t.Skip("it takes too long for the model")
		}
		s := d.unanswered(t)
		s.Until = time.Time{}
		var got []string
		for _, moment := range escalation.Simulate(s).Moments {
			if line := m.line(moment.At, moment.Effect); line != "" && !moment.Follows {
				got = append(got, line)
			}
		}
		for i := range min(len(want), len(got)) {
			require.Equal(t, want[i], got[i], "after %q", want[max(0, i-10):i])
		}
		require.Len(t, got, len(want))
	})
}

// plain returns a policy that pages everybody: who is picked depends on more than
// the policy.
func plain(p escalation.Policy) escalation.Policy {
	var list func([]escalation.Step) []escalation.Step
	list = func(steps []escalation.Step) []escalation.Step {
		steps = slices.Clone(steps)
		for i := range steps {
			steps[i].Pick, steps[i].Steps, steps[i].Else = "", list(steps[i].Steps), list(steps[i].Else)
		}
		return steps
	}
	p.Steps = list(p.Steps)
	return p
}

// node is a step with its number; block is a policy.
type node struct {
	escalation.Step
	number        int
	branch, other []*node
	nested        []*block
}

type block struct {
	escalation.Policy
	steps       []*node
	first, last int
}

// model plays a policy that nobody answers.
type model struct {
	drawn
	whole   *block
	number  int
	all     []*node
	changes []time.Time // when conditions can change
	backs   map[*node]int
	repeats map[*block]int
	said    []string

	now, began              time.Time // when the next step is due, and the round was
	round                   int
	reached, missed, waited bool
	last                    time.Duration // the wait of the step that paged last
	lastStep                int           // its number
	paged                   map[string]bool
	pagedAt                 time.Time
}

func newModel(d drawn) *model {
	m := &model{drawn: d, backs: map[*node]int{}, repeats: map[*block]int{}, now: d.Start, began: d.Start, round: 1}
	m.whole = m.block(d.Policy)
	for _, at := range d.Facts.Alerts {
		for minutes := range 61 {
			m.changes = append(m.changes, at.Add(time.Duration(minutes)*time.Minute))
		}
	}
	slices.SortFunc(m.changes, time.Time.Compare)
	return m
}

const horizon = 60 * 24 * time.Hour

func (m *model) block(p escalation.Policy) *block {
	b := &block{Policy: p, first: m.number + 1}
	b.steps = m.nodes(p.Steps)
	b.last = m.number
	for _, d := range p.Defer {
		m.hours(&d.Hours)
		m.condition(d.If)
	}
	return b
}

func (m *model) nodes(steps []escalation.Step) (out []*node) {
	for _, s := range steps {
		m.number++
		n := &node{Step: s, number: m.number}
		m.all = append(m.all, n)
		m.condition(s.If)
		m.condition(s.Until)
		for _, t := range s.Targets {
			for _, p := range m.Nested {
				if t.Type == escalation.TargetPolicy && t.ID == p.ID {
					n.nested = append(n.nested, m.block(p))
				}
			}
		}
		n.branch = m.nodes(s.Steps)
		n.other = m.nodes(s.Else)
		out = append(out, n)
	}
	return out
}

func (m *model) condition(c *escalation.Condition) {
	if c != nil {
		m.hours(c.Hours)
	}
}

func (m *model) hours(h *escalation.Hours) {
	if h != nil {
		_, changes, _ := h.Changes(m.Start, m.Start.Add(horizon))
		m.changes = append(m.changes, changes...)
	}
}

func (m *model) holds(c *escalation.Condition, at time.Time) bool {
	if c == nil {
		return true
	}
	on := true
	if c.Hours != nil {
		on, _, _ = c.Hours.Changes(at, at.Add(1))
	}
	if c.Alerts != nil {
		n := 0
		for _, alert := range m.Facts.Alerts {
			if age := at.Sub(alert); 0 <= age && age < c.Alerts.Within {
				n++
			}
		}
		on = on && n >= c.Alerts.AtLeast
	}
	f := m.Facts
	return c.Not != (on && among(c.Severities, f.Severity) && among(c.Kinds, f.Kind) && among(c.Components, f.Components...) &&
		(c.Urgency == "" || c.Urgency == f.Urgency || c.Urgency == escalation.High && f.Urgency == "") &&
		(c.Labels["region"] == "" || c.Labels["region"] == f.Labels["region"]))
}

func among(list []string, values ...string) bool {
	return len(list) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(list, v) })
}

// until returns the first instant from one on at which something is so.
func (m *model) until(from time.Time, is func(time.Time) bool) (time.Time, bool) {
	if is(from) {
		return from, true
	}
	for _, at := range m.changes {
		if at.After(from) && is(at) {
			return at, true
		}
	}
	return time.Time{}, false
}

// tooLong is the panic of a run that the model does not follow to its end.
type tooLong struct{}

func (m *model) play() (said []string, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, long := r.(tooLong); !long {
				panic(r)
			}
			ok = false
		}
	}()
	m.run(m.whole)
	m.say("exhausted")
	return m.said, true
}

func (m *model) say(format string, args ...any) {
	if m.now.After(m.Start.Add(horizon/2)) || len(m.said) > 5000 {
		panic(tooLong{})
	}
	m.said = append(m.said, fmt.Sprintf("%s round %d: ", m.now.Sub(m.Start), m.round)+fmt.Sprintf(format, args...))
}

// line writes an effect in the same words; empty: the model does not speak of such.
func (m *model) line(at time.Time, e escalation.Effect) string {
	place := fmt.Sprintf("%s round %d: ", at.Sub(m.Start), e.Round)
	switch {
	case e.Kind == escalation.Page:
		return place + fmt.Sprintf("step %d pages %q for %s", e.Step, e.Person, e.Target)
	case e.Kind == escalation.Skip && e.Code == escalation.SkipCondition:
		return place + fmt.Sprintf("step %d is passed over", e.Step)
	case e.Kind == escalation.Exhaust:
		return place + "exhausted"
	}
	return ""
}

// run plays a policy through all its rounds.
func (m *model) run(b *block) {
	from := 0
	for {
		m.list(b.steps, from)
		if m.repeats[b] >= b.Repeat || !m.reached {
			return
		}
		from = max(0, slices.IndexFunc(b.steps, func(n *node) bool { return b.RepeatFrom != "" && n.ID == b.RepeatFrom }))
		n := m.repeats[b] + 1
		m.goBack(b.steps[from].number, b.last)
		m.repeats[b] = n
	}
}

// goBack begins a round with one step, after another.
func (m *model) goBack(to, through int) {
	if m.missed && !m.waited {
		m.now = m.now.Add(m.last)
	}
	if earliest := m.began.Add(time.Minute); m.now.Before(earliest) {
		m.now = earliest
	}
	for n := range m.backs {
		if to <= n.number && n.number <= through {
			delete(m.backs, n)
		}
	}
	for b := range m.repeats {
		if to < b.first && b.last <= through {
			delete(m.repeats, b)
		}
	}
	m.round++
	m.began, m.waited, m.reached = m.now, false, false
}

// list plays steps from one on. It returns where to go back to, if that is outside.
func (m *model) list(steps []*node, from int) (back string) {
	for i := from; i < len(steps); i++ {
		back := m.step(steps[i])
		if back == "" {
			continue
		}
		to := slices.IndexFunc(steps, func(n *node) bool { return n.ID == back })
		if to < 0 {
			return back
		}
		i = to - 1
	}
	return ""
}

func (m *model) step(n *node) (back string) {
	if !m.holds(n.If, m.now) {
		return m.passOver(n)
	}
	switch {
	case n.Until != nil:
		end := m.now.Add(n.Wait)
		if at, ok := m.until(m.now, func(at time.Time) bool { return m.holds(n.Until, at) }); ok && at.Before(end) {
			end = at
		}
		m.missed = m.missed && !end.After(m.now) // time that has passed is as good as a wait
		m.now = end
	case n.BackTo != "":
		if m.reached && m.backs[n] < n.Times {
			return m.backTo(n)
		}
	case len(n.Targets) > 0:
		return m.page(n)
	default:
		return m.list(n.branch, 0)
	}
	return ""
}

func (m *model) passOver(n *node) (back string) {
	m.say("step %d is passed over", n.number)
	return m.list(n.other, 0)
}

func (m *model) backTo(n *node) string {
	times := m.backs[n] + 1
	for _, to := range slices.Backward(m.all[:n.number-1]) {
		if to.ID == n.BackTo {
			m.goBack(to.number, n.number)
			break
		}
	}
	m.backs[n] = times
	return n.BackTo
}

// page takes a step that pages somebody, and the policies in it.
func (m *model) page(n *node) (back string) {
	if slices.ContainsFunc(n.Targets, func(t escalation.Target) bool { return t.Type != escalation.TargetPolicy }) {
		put, ok := m.until(m.now, func(at time.Time) bool { return !m.deferred(at) })
		if !ok {
			panic(tooLong{})
		}
		if put.After(m.now) {
			m.now = put
			if !m.holds(n.If, m.now) {
				return m.passOver(n)
			}
		}
		m.take(n)
	}
	for _, b := range n.nested {
		m.run(b)
	}
	if len(n.nested) > 0 && (!m.missed || m.reached && m.lastStep >= n.number) {
		m.missed = false
		m.now = m.now.Add(n.Wait)
	}
	return ""
}

func (m *model) deferred(at time.Time) bool {
	for _, d := range m.Policy.Defer {
		if on, _, _ := d.Hours.Changes(at, at.Add(1)); !on && m.holds(d.If, at) {
			return true
		}
	}
	return false
}

// take pages whoever can be paged.
func (m *model) take(n *node) {
	if !m.now.Equal(m.pagedAt) {
		m.paged, m.pagedAt = map[string]bool{}, m.now
	}
	m.waited = m.waited || m.reached && !m.missed && m.last > 0
	somebody := false
	for _, t := range n.Targets {
		if t.Type == escalation.TargetPolicy {
			continue
		}
		found, _ := m.World.Resolve(nil, t, m.now)
		for _, who := range found {
			if !m.able(n, who) {
				continue
			}
			somebody = true
			if !m.paged[who.Person] {
				m.say("step %d pages %q for %s", n.number, who.Person, t)
			}
			m.paged[who.Person] = who.Person != ""
		}
	}
	m.missed = !somebody
	if somebody {
		m.reached, m.last, m.lastStep = true, n.Wait, n.number
		if len(n.nested) > 0 {
			m.last = 0
		}
		m.now = m.now.Add(m.last)
	}
}

func (m *model) able(n *node, who escalation.Candidate) bool {
	switch {
	case who.Code != "":
		return false
	case who.Itself:
		return true
	case who.Quiet != nil && !slices.Contains(who.Quiet.Unless, m.Facts.Severity):
		if on, _, _ := who.Quiet.Hours.Changes(m.now, m.now.Add(1)); on {
			return false
		}
	}
	return !slices.ContainsFunc(slices.Concat(n.Skills, m.Facts.Skills), func(s string) bool { return !slices.Contains(who.Skills, s) })
}
