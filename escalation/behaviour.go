package escalation

import (
	"slices"
	"time"
)

// Ignore is the behaviour of somebody who does nothing.
func Ignore(Moment) []Answer { return nil }

// AckAfter is the behaviour of people who acknowledge so long after the first
// message about each page that reaches them. Without names it is everybody's. They
// do not renew it when they are reminded: see [React].
func AckAfter(delay time.Duration, people ...string) Behaviour {
	return whenPaged(Reaction{Kind: Acknowledge, After: delay}, people)
}

// Declines is the behaviour of people who decline each page as soon as it reaches
// them. Without names it is everybody's.
func Declines(people ...string) Behaviour { return whenPaged(Reaction{Kind: Decline}, people) }

// Reaction is what somebody does about a page or a reminder.
type Reaction struct {
	Kind  AnswerKind    // empty: nothing
	After time.Duration // the first message about it; less than 0 is 0
	For   time.Duration // of Snooze: how long
	To    []Target      // of Reassign

	// Round is the round of the run from which on the person does so: 2 for somebody
	// who wakes up only then. 0: from the first.
	Round int

	// Reminded says that it is about reminders, and not about pages.
	Reminded bool
}

// React is the behaviour of one person after another, each with all the reactions
// that are listed. Those that are listed for "" are everybody else's.
func React(people map[string][]Reaction) Behaviour {
	return func(m Moment) (out []Answer) {
		reactions, ok := people[m.Effect.Person]
		if !ok {
			reactions = people[""]
		}
		for _, r := range reactions {
			out = append(out, r.to(m)...)
		}
		return out
	}
}

// Each is what each person does by a behaviour of their own. The one for "" is
// everybody else's.
func Each(people map[string]Behaviour) Behaviour {
	return func(m Moment) []Answer {
		does, ok := people[m.Effect.Person]
		if !ok {
			does = people[""]
		}
		if does == nil {
			return nil
		}
		return does(m)
	}
}

func whenPaged(r Reaction, people []string) Behaviour {
	people = slices.Clone(people)
	return func(m Moment) []Answer {
		if len(people) > 0 && !slices.Contains(people, m.Effect.Person) {
			return nil
		}
		return r.to(m)
	}
}

// to returns the answer to a message. Only the first about a page brings one, and
// targets that are paged themselves give none.
func (r Reaction) to(m Moment) []Answer {
	if r.Kind == "" || m.Arrived != 1 || m.Effect.Person == "" || m.Effect.Round < r.Round ||
		(m.Effect.Kind == Remind) != r.Reminded {
		return nil
	}
	a := Answer{Kind: r.Kind, By: m.Effect.Person, At: m.At.Add(max(r.After, 0)), To: slices.Clone(r.To)}
	if r.Kind == Snooze {
		a.Until = a.At.Add(r.For)
	}
	if r.Kind == Undelivered {
		a.Round, a.Step = m.Effect.Round, m.Effect.Step
	}
	return []Answer{a}
}

// Random is the behaviour of people of whom nobody knows what they will do: they
// ignore pages, acknowledge and perhaps hand back later, decline, snooze, pass on to
// one of the others, ask for the next step, or turn out not to be reached at all.
// Half of the reminders are answered. The same seed does the same to the same page.
// The others are whom they pass on to; none: nobody does.
func Random(seed uint64, others ...string) Behaviour {
	others = slices.Clone(others)
	return func(m Moment) []Answer {
		if m.Arrived != 1 || m.Effect.Person == "" {
			return nil
		}
		d := newDice(seed, m)
		if m.Effect.Kind == Remind {
			return Reaction{Kind: []AnswerKind{"", Acknowledge}[d.roll(2)], After: d.delay(), Reminded: true}.to(m)
		}
		var out []Answer
		for _, r := range d.reactions(others) {
			out = append(out, r.to(m)...)
		}
		return out
	}
}

// dice are a sequence of numbers that look random: Steele's splitmix.
type dice uint64

// newDice returns those for a message, by what it is about.
func newDice(seed uint64, m Moment) *dice {
	d := dice(seed)
	mix := func(n uint64) { d = dice(d.next() ^ n) }
	for i := range len(m.Effect.Person) {
		mix(uint64(m.Effect.Person[i]))
	}
	mix(uint64(m.Effect.Round))
	mix(uint64(m.Effect.Step))
	mix(uint64(m.At.Unix()))
	return &d
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// roll returns one of the numbers from 0 on, less than n.
func (d *dice) roll(n int) int { return int(d.next() % uint64(n)) }

// delay returns up to ten minutes, in whole seconds, but some time: a course in which
// it never passes has no end.
func (d *dice) delay() time.Duration { return time.Duration(1+d.roll(600)) * time.Second }

// reactions draws what somebody does about a page.
func (d *dice) reactions(others []string) []Reaction {
	after := d.delay()
	switch n := d.roll(16); {
	case n < 6:
		return nil
	case n < 9:
		return []Reaction{{Kind: Acknowledge, After: after}}
	case n == 9:
		return []Reaction{{Kind: Acknowledge, After: after}, {Kind: HandBack, After: after + d.delay()}}
	case n < 12:
		return []Reaction{{Kind: Decline, After: after}}
	case n == 12:
		return []Reaction{{Kind: Snooze, After: after, For: d.delay()}}
	case n == 13 && len(others) > 0:
		return []Reaction{{Kind: Reassign, After: after, To: []Target{Person(others[d.roll(len(others))])}}}
	case n == 14:
		return []Reaction{{Kind: Escalate, After: after}}
	}
	return []Reaction{{Kind: Undelivered}}
}
