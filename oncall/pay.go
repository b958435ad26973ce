package oncall

import (
	"fmt"
	"slices"
	"time"
)

// PayPlan says what time on call is worth.
type PayPlan struct {
	// Currency is the ISO 4217 code of all amounts, such as "EUR".
	Currency string

	// Rules are asked in order about every moment that somebody was on call or
	// active. The first that fits pays it, and those after it do not, unless they
	// add.
	Rules []PayRule
}

// PayRule pays the time for which all of its conditions hold. A condition that is
// left out always does.
type PayRule struct {
	Name string // unique within the plan

	// Windows: in one of them, on the person's wall clock. Weekdays and times of
	// day are windows.
	Windows []Window

	// Days: on one of these kinds of day, where the person lives.
	Days []DayKind

	// At: in the person's night, or out of it.
	At DayPart

	// Doing: on call without being active, or active.
	Doing Doing

	// Rotations: in a shift of one of these. Overrides of a whole schedule are of
	// none.
	Rotations []string

	People []string // one of these

	// Amount is in minor units of the currency (cents), 0 to MaxAmount.
	Amount int64
	Per    PayUnit

	// Adds pays on top of other rules, whatever has paid the time already, and
	// leaves it to the rules that follow.
	Adds bool
}

// MaxAmount is the largest amount of a pay rule, in minor units.
const MaxAmount = 1_000_000_000

// DayPart is a part of the day. Empty: all of it.
type DayPart string

// The parts of a day.
const (
	ByDay   DayPart = "day"
	ByNight DayPart = "night"
)

// Doing is what somebody does in a time. Empty: either.
type Doing string

// What people do.
const (
	Standby Doing = "standby" // on call, and not active
	Working Doing = "working" // active, on call or not
)

// PayUnit is what an amount is paid for.
type PayUnit string

// The units of pay. All but the hour are paid in full for however little of them
// the rule pays, once for each rule, and in the period in which that begins.
const (
	// PerHour is paid to the second. Each line is rounded to the nearest minor
	// unit, and a half is rounded up.
	PerHour PayUnit = "hour"

	// PerShift is paid for each shift. An override in the middle of a turn makes
	// two shifts of it, and windows make many.
	PerShift PayUnit = "shift"

	// PerTurn is paid for each turn, fixed shift or override, in however many
	// shifts.
	PerTurn PayUnit = "turn"

	// PerDay is paid for each day of the calendar where the person lives.
	PerDay PayUnit = "day"
)

// Payroll is what a period is worth, line by line.
type Payroll struct {
	Currency string

	// Lines are in order of people, of start, and of rules. The lines of rules
	// that do not add do not overlap.
	Lines []PayLine

	// Unpaid is the time that no rule paid, adding ones aside, with no rule and no
	// amount. A rule with amount 0 pays it.
	Unpaid []PayLine

	Totals []PayTotal // everybody's, also where it is 0
}

// PayLine is what one rule pays for one piece of time, shift, turn or day.
type PayLine struct {
	Person string

	// Start and End are the first and the last instant that the rule pays, in the
	// person's zone. Time is how much it pays between them, which is all but for
	// shifts, turns and days that others pay in part.
	Start, End time.Time
	Time       time.Duration

	// Rotation, Turn and Override are of the shift. All are empty outside of
	// shifts; for a day they are of its first shift.
	Rotation string
	Turn     int64
	Override string

	Rule   string
	Rate   int64   // the amount of the rule
	Per    PayUnit // the unit of the rule
	Amount int64   // in minor units
}

// PayTotal is the sum of a person's lines.
type PayTotal struct {
	Person string
	Amount int64 // in minor units
}

// Pay applies a pay plan to a period. Shifts of one person that overlap are paid
// once: what they share belongs to the one that starts first, of those that the
// rule is about.
func (p Timesheet) Pay(plan PayPlan) (Payroll, error) {
	check := p.checker()
	plan.check(check)
	l, err := p.ledger(check)
	if err != nil {
		return Payroll{}, err
	}
	roll := Payroll{Currency: plan.Currency}
	for _, m := range l.responders {
		w := wages{responder: m, period: l.stretch}
		w.pay(plan.Rules)
		total := PayTotal{Person: m.ID}
		for _, line := range w.lines {
			total.Amount += line.Amount
		}
		roll.Lines = append(roll.Lines, w.lines...)
		roll.Unpaid = append(roll.Unpaid, w.unpaid...)
		roll.Totals = append(roll.Totals, total)
	}
	return roll, nil
}

func (p PayPlan) check(c *checker) {
	if !isCurrency(p.Currency) {
		c.bad(fmt.Sprintf(`the code of a currency such as "EUR", not %q`, p.Currency), "currency")
	}
	names := map[string]bool{}
	for i, r := range p.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		switch {
		case r.Name == "":
			c.bad("a non-empty name", "%s.name", field)
		case names[r.Name]:
			c.bad(fmt.Sprintf("a name used once, not %q again", r.Name), "%s.name", field)
		}
		names[r.Name] = true
		r.check(c, field)
	}
}

func (r PayRule) check(c *checker, field string) {
	for i, w := range r.Windows {
		c.window(w, fmt.Sprintf("%s.windows[%d]", field, i))
	}
	for i, k := range r.Days {
		oneOf(c, k, fmt.Sprintf("%s.days[%d]", field, i), WorkDay, WeekendDay, HolidayDay)
	}
	if r.At != "" {
		oneOf(c, r.At, field+".at", ByDay, ByNight)
	}
	if r.Doing != "" {
		oneOf(c, r.Doing, field+".doing", Standby, Working)
	}
	oneOf(c, r.Per, field+".per", PerHour, PerShift, PerTurn, PerDay)
	if r.Amount < 0 || r.Amount > MaxAmount {
		c.bad(fmt.Sprintf("0 to %d minor units, not %d", MaxAmount, r.Amount), "%s.amount", field)
	}
}

// oneOf checks a value of which only some are known.
func oneOf[T ~string](c *checker, value T, field string, known ...T) {
	if !slices.Contains(known, value) {
		c.bad(fmt.Sprintf("one of %q, not %q", known, value), "%s", field)
	}
}

func isCurrency(code string) bool {
	for _, letter := range code {
		if letter < 'A' || letter > 'Z' {
			return false
		}
	}
	return len(code) == 3
}

// byStart puts lines in order of start, and leaves those that start together in
// the order of their rules.
func byStart(lines []PayLine) {
	slices.SortStableFunc(lines, func(a, b PayLine) int { return a.Start.Compare(b.Start) })
}
