package oncall

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Conflict is a time for which somebody is on call who should better not be.
type Conflict struct {
	Start, End time.Time // half-open, in the person's zone
	Person     string
	Kind       ConflictKind
	Reason     string // for people to read; may be empty
	Shift      Shift  // the duty, as it was given
}

// ConflictKind is what speaks against somebody's duty.
type ConflictKind string

// The kinds of conflicts.
const (
	OnLeave      ConflictKind = "leave"        // the Reason is that of the leave
	OnHoliday    ConflictKind = "holiday"      // the Reason is its name
	NotReady     ConflictKind = "not ready"    // the Reason is the stage, none or shadow
	Unsupervised ConflictKind = "unsupervised" // supervised, and nobody ready shares the turn
)

// String returns one line for people to read, in the person's zone.
func (c Conflict) String() string {
	s := fmt.Sprintf("%s from %s to %s: %s", c.Person, c.Start.Format(minuteLayout), c.End.Format(minuteLayout), c.Kind)
	if c.Reason != "" {
		s += " (" + c.Reason + ")"
	}
	return s + ", " + c.Shift.Rule()
}

const minuteLayout = "2006-01-02 15:04"

// Conflicts returns what speaks against the duty of the period: leave that the
// schedule keeps or that an override ignores, stages, and public holidays where
// the person lives. They are in order of start, then of people.
func (p Timesheet) Conflicts() ([]Conflict, error) {
	l, err := p.ledger(p.checker())
	if err != nil {
		return nil, err
	}
	var all []Conflict
	for _, r := range l.responders {
		for i, s := range r.shifts {
			span := stretch{max(r.spans[i].start, l.start), min(r.spans[i].end, l.end)}
			for _, o := range l.objections(r, s, span) {
				c := Conflict{Person: r.ID, Kind: o.kind, Reason: o.reason, Shift: s}
				c.Start, c.End = o.times(r.place.zone)
				all = append(all, c)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Conflict) int { return a.Start.Compare(b.Start) })
	return all, nil
}

// objection is what speaks against a piece of duty.
type objection struct {
	stretch
	kind   ConflictKind
	reason string
}

// objections returns what speaks against a shift, as far as it is in a span.
func (l *ledger) objections(r *responder, s Shift, span stretch) []objection {
	var all []objection
	add := func(start, end int64, kind ConflictKind, reason string) {
		if start, end = max(start, span.start), min(end, span.end); start < end {
			all = append(all, objection{stretch{start, end}, kind, reason})
		}
	}
	for _, leave := range r.Leave {
		add(leave.Start.Unix(), leave.End.Unix(), OnLeave, leave.Reason)
	}
	if r.Holidays != nil {
		for day, part := range r.days(stretches(nil).with(span)) {
			if name, ok := r.Holidays.Holiday(dateOf(day)); ok {
				add(part.start, part.end, OnHoliday, name)
			}
		}
	}
	for stage := range r.stages(span) {
		switch stage.readiness {
		case NotEligible, Shadowing:
			add(stage.start, stage.end, NotReady, string(stage.readiness))
		case Supervised:
			for _, alone := range stretches(nil).with(stage.stretch).without(l.supervision(r, s)) {
				add(alone.start, alone.end, Unsupervised, "")
			}
		case Ready, Leading:
		}
	}
	slices.SortStableFunc(all, func(a, b objection) int { return cmp.Compare(a.start, b.start) })
	return all
}

// staged is a time in which a person is at one stage.
type staged struct {
	stretch
	readiness Readiness
}

// stages yields the stages of a person in a span.
func (p Person) stages(span stretch) iter.Seq[staged] {
	return func(yield func(staged) bool) {
		for span.start < span.end {
			end := span.end
			for _, s := range p.Stages {
				if from := s.From.Unix(); from > span.start {
					end = min(end, from)
				}
			}
			if !yield(staged{stretch{span.start, end}, p.stageAt(time.Unix(span.start, 0))}) {
				return
			}
			span.start = end
		}
	}
}

// supervision returns when somebody else who is ready shares the duty of a shift:
// has one of the same turn or override.
func (l *ledger) supervision(r *responder, s Shift) stretches {
	var beside []stretch
	for _, other := range l.responders {
		for i, theirs := range other.shifts {
			if other == r || dutyOfShift(theirs) != dutyOfShift(s) {
				continue
			}
			for stage := range other.stages(other.spans[i]) {
				if stage.readiness == Ready || stage.readiness == Leading {
					beside = append(beside, stage.stretch)
				}
			}
		}
	}
	return union(beside)
}

// sharedDuty is what tells one turn, fixed shift or override from another.
type sharedDuty struct {
	schedule, rotation, override string
	turn                         int64
}

func dutyOfShift(s Shift) sharedDuty {
	return sharedDuty{s.Schedule, s.Rotation, s.Override, s.Turn}
}
