package escalation

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Validate reports everything that is wrong with a policy, each as a *FieldError:
// the same that Compile does.
func Validate(p Policy, others ...Policy) []error {
	_, err := Compile(p, others...)
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

// checker looks through one policy.
type checker struct {
	policy Policy
	known  map[string]Policy
	errs   []error
	ids    map[string]bool // of steps that came before, and can be gone back to
	tiers  map[string]bool
}

// maxErrors is how many errors are described: nobody needs more at once.
const maxErrors = 100

func validate(p Policy, known map[string]Policy) []error {
	c := check(p, known)
	if len(c.errs) == 0 {
		c.size()
	}
	return c.errs
}

// check looks through everything but the nested policies.
func check(p Policy, known map[string]Policy) *checker {
	c := &checker{policy: p, known: known, ids: map[string]bool{}, tiers: map[string]bool{}}
	if p.ID == "" {
		c.bad("a non-empty id", "id")
	}
	c.between(p.Repeat, 0, MaxRepeat, "repeat")
	c.times()
	for i, t := range p.Tiers {
		c.tier(i, t)
	}
	for i, d := range p.Defer {
		c.condition(d.If, fmt.Sprintf("defer[%d].if", i))
		c.hours(d.Hours, fmt.Sprintf("defer[%d].hours", i))
	}
	c.list("steps", p.Steps, 1)
	if len(p.Steps) == 0 {
		c.bad(fmt.Sprintf("1 to %d steps, not 0", MaxSteps), "steps")
	}
	if p.RepeatFrom != "" && !slices.ContainsFunc(p.Steps, func(s Step) bool { return s.ID == p.RepeatFrom }) {
		c.bad(fmt.Sprintf("the id of one of the steps, outside of branches; there is none with %q", p.RepeatFrom), "repeat_from")
	}
	for i, t := range p.Final.Targets {
		c.target(t, fmt.Sprintf("final.targets[%d]", i))
		if t.Type == TargetPolicy {
			c.bad("anything but a policy: nothing follows the end of one", "final.targets[%d].type", i)
		}
	}
	if len(p.Final.Targets) > MaxTargets {
		c.bad(fmt.Sprintf("at most %d targets, not %d", MaxTargets, len(p.Final.Targets)), "final.targets")
	}
	return c
}

func (c *checker) bad(want, field string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
	}
}

func (c *checker) between(n, low, high int, field string) {
	if n < low || n > high {
		c.bad(fmt.Sprintf("%d to %d, not %d", low, high, n), "%s", field)
	}
}

func (c *checker) wait(d time.Duration, field string) {
	if d < MinWait || d > MaxWait {
		c.bad(fmt.Sprintf("%s to %s, not %s", MinWait, MaxWait, d), "%s", field)
	}
}

func (c *checker) times() {
	if c.policy.AckTimeout != 0 {
		c.wait(c.policy.AckTimeout, "ack_timeout")
	}
	if remind := c.policy.RemindEvery; remind != 0 {
		if remind < MinRound || remind > MaxWait {
			c.bad(fmt.Sprintf("%s to %s, not %s", MinRound, MaxWait, remind), "remind_every")
		}
		if c.policy.AckTimeout > 0 && remind >= c.policy.AckTimeout {
			c.bad(fmt.Sprintf("less than the ack_timeout of %s, not %s", c.policy.AckTimeout, remind), "remind_every")
		}
	}
}

func (c *checker) tier(i int, t Tier) {
	if t.ID == "" {
		c.bad("a non-empty id", "tiers[%d].id", i)
	}
	if t.ID != "" && c.tiers[t.ID] {
		c.bad(fmt.Sprintf("an id that no other tier has; %q came before", t.ID), "tiers[%d].id", i)
	}
	c.tiers[t.ID] = true
	for j, fact := range t.Packet {
		if fact == "" {
			c.bad("the name of a fact", "tiers[%d].packet[%d]", i, j)
		}
	}
}

// list checks steps that follow each other.
func (c *checker) list(path string, steps []Step, depth int) {
	if len(steps) > 0 && depth > MaxDepth {
		c.bad(fmt.Sprintf("at most %d branches in each other", MaxDepth), "%s", path)
		return
	}
	if len(steps) > MaxSteps {
		c.bad(fmt.Sprintf("1 to %d steps, not %d", MaxSteps, len(steps)), "%s", path)
		return
	}
	inside := []string{}
	for i, s := range steps {
		c.step(fmt.Sprintf("%s[%d]", path, i), s, depth)
		if s.ID != "" {
			inside = append(inside, s.ID)
		}
	}
	if depth > 1 { // nothing outside goes back into a branch
		for _, id := range inside {
			c.ids[id] = false
		}
	}
}

func (c *checker) step(path string, s Step, depth int) {
	if s.ID != "" {
		if _, twice := c.ids[s.ID]; twice {
			c.bad(fmt.Sprintf("an id that no other step has; %q came before", s.ID), "%s.id", path)
		}
		c.ids[s.ID] = true
	}
	kinds := 0
	for _, is := range []bool{len(s.Targets) > 0, len(s.Steps) > 0, s.Until != nil, s.BackTo != ""} {
		if is {
			kinds++
		}
	}
	if kinds > 1 || kinds == 0 && len(s.Else) == 0 {
		c.bad("exactly one of targets, steps, until and back_to", "%s", path)
		return
	}
	c.condition(s.If, path+".if")
	if len(s.Else) > 0 && s.If == nil {
		c.bad("a condition, since there is an else", "%s.if", path)
	}
	switch {
	case len(s.Targets) > 0:
		c.page(path, s)
	case s.Until != nil:
		c.hold(path, s)
	default:
		if s.Wait != 0 {
			c.bad(fmt.Sprintf("none: only a step with targets or until waits, not %s", s.Wait), "%s.wait", path)
		}
	}
	c.only(path, s)
	if s.BackTo != "" {
		if !c.ids[s.BackTo] || s.BackTo == s.ID {
			c.bad(fmt.Sprintf("the id of a step before this one, in the same list or around it; there is none with %q", s.BackTo), "%s.back_to", path)
		}
		c.between(s.Times, 1, MaxRepeat, path+".times")
	}
	c.list(path+".steps", s.Steps, depth+1)
	c.list(path+".else", s.Else, depth+1)
}

// only refuses what has a meaning only for steps of another kind.
func (c *checker) only(path string, s Step) {
	if !slices.ContainsFunc(s.Targets, func(t Target) bool { return t.Type != TargetPolicy }) {
		for _, field := range []struct {
			name string
			set  bool
		}{{"ack", s.Ack != ""}, {"pick", s.Pick != ""}, {"skills", len(s.Skills) > 0}, {"tier", s.Tier != "" && len(s.Targets) == 0}} {
			if field.set {
				c.bad("none: only a step that pages somebody itself has one", "%s.%s", path, field.name)
			}
		}
	}
	if s.BackTo == "" && s.Times != 0 {
		c.bad("none: only a step with back_to has it", "%s.times", path)
	}
}

func (c *checker) page(path string, s Step) {
	if s.Wait != 0 {
		c.wait(s.Wait, path+".wait")
	}
	if len(s.Targets) > MaxTargets {
		c.bad(fmt.Sprintf("1 to %d targets, not %d", MaxTargets, len(s.Targets)), "%s.targets", path)
		return
	}
	for i, t := range s.Targets {
		c.target(t, fmt.Sprintf("%s.targets[%d]", path, i))
	}
	if s.Ack != "" && s.Ack != AckFirst && s.Ack != AckAll {
		c.bad(fmt.Sprintf("first or all, not %q", s.Ack), "%s.ack", path)
	}
	if s.Pick != "" && s.Pick != PickAll && s.Pick != PickInTurn && s.Pick != PickLeastRecent {
		c.bad(fmt.Sprintf("all, in_turn or least_recent, not %q", s.Pick), "%s.pick", path)
	}
	for i, skill := range s.Skills {
		if skill == "" {
			c.bad("the name of a skill", "%s.skills[%d]", path, i)
		}
	}
	if s.Tier != "" && !c.tiers[s.Tier] {
		c.bad(fmt.Sprintf("the id of one of the tiers; there is none with %q", s.Tier), "%s.tier", path)
	}
}

func (c *checker) hold(path string, s Step) {
	c.condition(s.Until, path+".until")
	u := s.Until
	onlyHours := u.Hours != nil && !u.Not && len(u.Severities)+len(u.Kinds)+len(u.Components)+len(u.Labels) == 0 && u.Urgency == "" && u.Alerts == nil
	if s.Wait != 0 || !onlyHours {
		c.wait(s.Wait, path+".wait")
	}
}

// modes are those that a type of target has besides none.
var modes = map[TargetType][]Mode{
	TargetSchedule: {OnCallNow, OnCallNext, Everyone},
	TargetTeam:     {Everyone, Manager},
}

func (c *checker) target(t Target, path string) {
	if !slices.Contains(TargetTypes(), t.Type) {
		names := make([]string, len(TargetTypes()))
		for i, known := range TargetTypes() {
			names[i] = string(known)
		}
		c.bad(fmt.Sprintf("%s, not %q", either(names), t.Type), "%s.type", path)
	}
	if t.ID == "" {
		c.bad("a non-empty id", "%s.id", path)
	}
	if t.Mode != "" && !slices.Contains(modes[t.Type], t.Mode) {
		var names []string
		for _, m := range modes[t.Type] {
			names = append(names, string(m))
		}
		want := "none: only schedules and teams have one"
		if len(names) > 0 {
			want = either(names)
		}
		c.bad(fmt.Sprintf("%s, not %q", want, t.Mode), "%s.mode", path)
	}
	if t.Urgency != "" && t.Urgency != High && t.Urgency != Low {
		c.bad(fmt.Sprintf("high or low, not %q", t.Urgency), "%s.urgency", path)
	}
	if _, ok := c.known[t.ID]; t.Type == TargetPolicy && !ok && t.ID != "" {
		c.bad(fmt.Sprintf("the id of a policy; there is none with %q", t.ID), "%s.id", path)
	}
}

func (c *checker) condition(cond *Condition, path string) {
	if cond == nil {
		return
	}
	for name, list := range cond.lists() {
		if i := slices.Index(list, ""); i >= 0 {
			c.bad("a non-empty name", "%s.%s[%d]", path, name, i)
		}
	}
	if cond.Urgency != "" && cond.Urgency != High && cond.Urgency != Low {
		c.bad(fmt.Sprintf("high or low, not %q", cond.Urgency), "%s.urgency", path)
	}
	if _, ok := cond.Labels[""]; ok {
		c.bad("the name of a label; it is empty", "%s.labels", path)
	}
	if cond.Hours != nil {
		c.hours(*cond.Hours, path+".hours")
	}
	if cond.Alerts != nil {
		c.between(cond.Alerts.AtLeast, 1, MaxAlerts, path+".alerts.at_least")
		c.wait(cond.Alerts.Within, path+".alerts.within")
	}
}

// lists yields the lists of names in a condition.
func (c *Condition) lists() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		_ = yield("severities", c.Severities) && yield("kinds", c.Kinds) && yield("components", c.Components)
	}
}

func (c *checker) hours(h Hours, path string) {
	_, errs := compileHours(h)
	for _, err := range errs {
		if field, ok := errors.AsType[*FieldError](err); ok {
			c.bad(field.Want, "%s.%s", path, field.Field)
		}
	}
}
