package escalation

import (
	"fmt"
	"slices"
)

// builder lays a valid policy out flat. The steps come first, in the order in which
// they are written; what ends a policy has no number, and comes after them.
type builder struct {
	ladder *Ladder
	known  map[string]Policy
	ops    []op // the steps
	ends   []op // of the policies; the first is the ladder's own
}

// exit is a way out of a step that does not lead anywhere yet.
type exit struct {
	op     int // index; ^index of an end
	orElse bool
}

// inlined is the policy whose steps are being laid out.
type inlined struct {
	policy Policy
	steps  map[string]int // the index of each, by its id
	tier   Tier           // of steps that name none: that of the step which nests the policy
}

// tierOf returns the tier that a step belongs to.
func (in *inlined) tierOf(s Step) Tier {
	for _, t := range in.policy.Tiers {
		if t.ID == s.Tier {
			return t
		}
	}
	return in.tier
}

func build(p Policy, known map[string]Policy) *Ladder {
	b := builder{ladder: &Ladder{policy: p}, known: known}
	b.policy(p, Tier{})
	b.link()
	for _, d := range p.Defer {
		hours, _ := compileHours(d.Hours) // it is valid
		b.ladder.defers = append(b.ladder.defers, deferral{compileGate(d.If), hours, d.Hours.String()})
	}
	return b.ladder
}

// policy lays out the ladder's policy or a nested one, and returns its end.
func (b *builder) policy(p Policy, tier Tier) (end int) {
	at, first := len(b.ends), len(b.ops)
	end = ^at
	b.ends = append(b.ends, op{kind: nestedEnd})
	in := inlined{p, map[string]int{}, tier}
	b.seal(b.list(in, "steps", p.Steps), end)
	from := first
	if p.RepeatFrom != "" {
		from = in.steps[p.RepeatFrom]
	}
	b.ends[at].loop = loop{to: from, through: len(b.ops) - 1, first: first, times: p.Repeat}
	return end
}

// list lays out steps that follow each other, and returns the ways out of the last.
func (b *builder) list(in inlined, path string, steps []Step) (exits []exit) {
	for i, s := range steps {
		b.seal(exits, len(b.ops))
		exits = b.step(in, fmt.Sprintf("%s[%d]", path, i), s)
	}
	return exits
}

func (b *builder) step(in inlined, path string, s Step) (exits []exit) {
	at := len(b.ops)
	if s.ID != "" {
		in.steps[s.ID] = at
	}
	b.ops = append(b.ops, op{place: Place{in.policy.ID, path, s}, cond: compileGate(s.If), wait: s.Wait, tier: in.tierOf(s)})
	o := &b.ops[at]
	exits = []exit{{op: at}}
	switch {
	case len(s.Targets) > 0:
		exits = b.page(at, s)
	case s.Until != nil:
		o.kind, o.until = holdOp, compileGate(s.Until)
	case s.BackTo != "":
		o.kind, o.loop = backOp, loop{to: in.steps[s.BackTo], through: at, times: s.Times}
	default:
		o.kind = branchOp
		if len(s.Steps) > 0 {
			b.seal(exits, len(b.ops))
			exits = b.list(in, path+".steps", s.Steps)
		}
	}
	switch {
	case len(s.Else) > 0:
		b.ops[at].orElse = len(b.ops)
		exits = append(exits, b.list(in, path+".else", s.Else)...)
	case s.If != nil:
		exits = append(exits, exit{op: at, orElse: true})
	}
	return exits
}

// page lays out the policies among the targets of a step one after the other; its
// wait begins after the last.
func (b *builder) page(at int, s Step) (exits []exit) {
	exits = []exit{{op: at}}
	nested := false
	for _, t := range s.Targets {
		if t.Type != TargetPolicy {
			b.ops[at].targets = append(b.ops[at].targets, t)
			continue
		}
		nested = true
		b.seal(exits, len(b.ops))
		exits = []exit{{op: b.policy(b.known[t.ID], b.ops[at].tier)}}
		b.ends[^exits[0].op].nests = at + 1
	}
	if nested {
		b.ops[at].wait = 0
		b.ends[^exits[0].op].wait = s.Wait
	}
	if len(b.ops[at].targets) == 0 {
		b.ops[at].kind = branchOp
	}
	return exits
}

// seal leads ways out to an op.
func (b *builder) seal(exits []exit, to int) {
	for _, e := range exits {
		switch {
		case e.op < 0:
			b.ends[^e.op].next = to
		case e.orElse:
			b.ops[e.op].orElse = to
		default:
			b.ops[e.op].next = to
		}
	}
}

// link puts the ends after the steps.
func (b *builder) link() {
	steps := len(b.ops)
	b.ladder.steps = steps
	b.ladder.ops = slices.Concat(b.ops, b.ends)
	b.ladder.ops[steps].kind = endOp
	for i := range b.ladder.ops {
		o := &b.ladder.ops[i]
		for _, to := range []*int{&o.next, &o.orElse} {
			if *to < 0 {
				*to = steps + ^*to
			}
		}
		o.loop.key = i + 1
	}
}

func compileGate(c *Condition) *gate {
	if c == nil {
		return nil
	}
	g := gate{Condition: *c}
	if c.Hours != nil {
		h, _ := compileHours(*c.Hours) // it is valid
		g.hours = &h
	}
	return &g
}
