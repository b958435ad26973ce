package escalation

import (
	"errors"
	"slices"
	"time"
)

// Move is one thing that a run of a ladder comes to. The moves of a ladder say all
// that Next does with it, for programs that draw it or prove something about it.
type Move struct {
	Kind MoveKind
	Step int // from 1; 0: of a MoveEnd, and of the MoveLoop that ends a nested policy

	If         *Condition // nil: always
	Next, Else int        // what follows, by index; Else where If does not hold

	Targets []Target      // of MovePage, without the policies among them
	Skills  []string      // of MovePage
	Pick    Pick          // of MovePage
	Until   *Condition    // of MoveHold
	Wait    time.Duration // of MovePage and MoveHold; of MoveLoop: after the last time

	To     int   // of MoveLoop and MoveEnd: where the run goes back to, by index
	Times  int   // and how often
	Resets []int // and whose counts then begin anew, by index

	// Nests is of the MoveLoop that ends a nested policy: the step that nests it, by
	// its number. Wait passes if the step before paged somebody or, where that one did
	// not, if one did in this round from Nests on.
	Nests int
}

// MoveKind says what a move does.
type MoveKind string

// The kinds of moves.
const (
	MovePage   MoveKind = "page"
	MoveBranch MoveKind = "branch" // nothing but to look at If
	MoveHold   MoveKind = "hold"
	MoveLoop   MoveKind = "loop" // goes back, or on
	MoveEnd    MoveKind = "end"  // goes back, or ends the run
)

// Moves returns the moves of the ladder. The first is where a run begins; that of
// a step is one less than its number. Conditions are shared: do not change them.
func (l *Ladder) Moves() []Move {
	moves := make([]Move, len(l.ops))
	for i := range l.ops {
		moves[i] = l.ops[i].move()
		if i < l.steps {
			moves[i].Step = i + 1
		}
		for key := range moves {
			if l.ops[i].loop.times > 0 && l.ops[key].loop.times > 0 && l.within(key+1, l.ops[i].loop) {
				moves[i].Resets = append(moves[i].Resets, key)
			}
		}
	}
	return moves
}

func (o *op) move() Move {
	kinds := map[opKind]MoveKind{pageOp: MovePage, branchOp: MoveBranch, holdOp: MoveHold, backOp: MoveLoop, nestedEnd: MoveLoop, endOp: MoveEnd}
	m := Move{Kind: kinds[o.kind], If: o.place.Step.If, Next: o.next, Else: o.orElse, To: o.loop.to, Times: o.loop.times}
	switch o.kind {
	case pageOp:
		m.Targets, m.Skills, m.Pick, m.Wait = slices.Clone(o.targets), slices.Clone(o.place.Step.Skills), o.place.Step.Pick, o.wait
	case holdOp:
		m.Until, m.Wait = o.place.Step.Until, o.wait
	case nestedEnd:
		m.Wait, m.Nests = o.wait, o.nests
	case branchOp, backOp, endOp:
	}
	return m
}

// Holds reports whether the condition does, whatever the time: its Hours are taken
// to be on.
func (c Condition) Holds(about Facts, now time.Time) bool {
	c.Hours = nil
	return (&gate{Condition: c}).holds(&about, now)
}

// Changes returns whether the hours are on at an instant, and when they change
// after it and before another, in order. Its error joins *FieldErrors, whose fields
// are zone and windows.
func (h Hours) Changes(from, to time.Time) (on bool, at []time.Time, err error) {
	compiled, errs := compileHours(h)
	if errs != nil {
		return false, nil, errors.Join(errs...)
	}
	on, next := compiled.at(from)
	for !next.IsZero() && next.Before(to) {
		at = append(at, next)
		_, next = compiled.at(next)
	}
	return on, at, nil
}
