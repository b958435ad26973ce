package oncall_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

func drawPlan(t *rapid.T) oncall.PayPlan {
	plan := oncall.PayPlan{Currency: "EUR"}
	for i := range rapid.IntRange(0, 5).Draw(t, "rules") {
		r := oncall.PayRule{
			Name:   fmt.Sprint("rule ", i),
			At:     rapid.SampledFrom([]oncall.DayPart{"", "", oncall.ByDay, oncall.ByNight}).Draw(t, "part"),
			Doing:  rapid.SampledFrom([]oncall.Doing{"", "", oncall.Standby, oncall.Working}).Draw(t, "doing"),
			Amount: rapid.Int64Range(0, 10_000).Draw(t, "amount"),
			Per:    oncall.PerHour,
			Adds:   rapid.IntRange(0, 3).Draw(t, "adds") == 0,
		}
		for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "windows") {
			r.Windows = append(r.Windows, drawWindow(t, 7*24*60))
		}
		r.Days = rapid.SampledFrom([][]oncall.DayKind{nil, nil, {oncall.WorkDay}, {oncall.WeekendDay, oncall.HolidayDay}}).Draw(t, "kinds")
		r.Rotations = rapid.SampledFrom([][]string{nil, nil, {"one"}, {"three"}}).Draw(t, "rotations")
		r.People = rapid.SampledFrom([][]string{nil, nil, {"ana", "dan"}}).Draw(t, "whom")
		plan.Rules = append(plan.Rules, r)
	}
	return plan
}

// fits reports whether a rule's conditions hold in a minute.
func fits(r oncall.PayRule, m minuteOf) bool {
	inRotation := func(s oncall.Shift) bool { return slices.Contains(r.Rotations, s.Rotation) }
	return (m.onCall() || m.active) &&
		(r.People == nil || slices.Contains(r.People, m.person.ID)) &&
		(r.Days == nil || slices.Contains(r.Days, m.kind())) &&
		(r.Windows == nil || slices.ContainsFunc(r.Windows, m.in)) &&
		(r.Rotations == nil || slices.ContainsFunc(m.shifts, inRotation)) &&
		(r.At == "" || (r.At == oncall.ByNight) == m.in(m.night)) &&
		(r.Doing == "" || (r.Doing == oncall.Working) == m.active)
}

// Pay agrees with a walk minute by minute, in which the first rule that fits
// pays; what none pays is listed; and every line is worth its time.
func TestPayAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, plan := drawTimesheet(t), drawPlan(t)
		pay, err := p.Pay(plan)
		require.NoError(t, err)
		totals := map[string]int64{}
		paid := map[string][]oncall.PayLine{}
		for _, line := range pay.Lines {
			require.Equal(t, line.Time, line.End.Sub(line.Start), "a line by the hour has no holes")
			cents := float64(line.Rate) * line.Time.Hours()
			require.InDelta(t, cents, line.Amount, 0.5+1e-6)
			totals[line.Person] += line.Amount
			paid[line.Person+line.Rule] = append(paid[line.Person+line.Rule], line)
		}
		for _, line := range pay.Unpaid {
			require.Equal(t, oncall.PayLine{Person: line.Person, Start: line.Start, End: line.End, Time: line.End.Sub(line.Start),
				Rotation: line.Rotation, Turn: line.Turn}, line, "what is not paid has no rule")
			paid[line.Person] = append(paid[line.Person], line)
		}
		for _, total := range pay.Totals {
			require.Equal(t, totals[total.Person], total.Amount)
			for _, m := range minutesOf(t, p, total.Person, p.From, p.To) {
				checkPaid(t, plan, m, paid)
			}
		}
	})
}

// checkPaid checks which rules pay a minute. The lines by person and rule are in
// order, and none overlaps another.
func checkPaid(t *rapid.T, plan oncall.PayPlan, m minuteOf, paid map[string][]oncall.PayLine) {
	taken := !m.onCall() && !m.active
	check := func(rule string, want bool) {
		lines := paid[m.person.ID+rule]
		var by []oncall.PayLine
		for _, line := range lines {
			if !m.at.Before(line.Start) && m.at.Before(line.End) {
				by = append(by, line)
			}
		}
		if !want {
			require.Empty(t, by, "%s is not for %s at %s", rule, m.person.ID, m.at)
			return
		}
		require.Len(t, by, 1, "%s is for %s at %s, once", rule, m.person.ID, m.at)
		of := func(s oncall.Shift) bool { return s.Rotation == by[0].Rotation && s.Turn == by[0].Turn }
		require.Equal(t, by[0].Rotation != "", slices.ContainsFunc(m.shifts, of), "a line is about a shift at that time")
	}
	for _, r := range plan.Rules {
		pays := fits(r, m) && (r.Adds || !taken)
		check(r.Name, pays)
		taken = taken || pays && !r.Adds
	}
	check("", !taken)
}

// payLines writes pay lines one a line, in UTC.
func payLines(lines []oncall.PayLine) (out []string) {
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%s – %s %s %s: %d", l.Start.UTC().Format("02 15:04"), l.End.UTC().Format("02 15:04"), l.Person, l.Time, l.Amount))
	}
	return out
}

func TestPayUnits(t *testing.T) {
	t.Parallel()
	shift := func(fromDay, fromHour, toDay, toHour int, turn int64, override string) oncall.Shift {
		rotation := "weekly"
		if override != "" {
			rotation = ""
		}
		return oncall.Shift{
			Start: december(fromDay, fromHour, 0), End: december(toDay, toHour, 0),
			Person: "ana", Rotation: rotation, Turn: turn, Override: override,
		}
	}
	broken := []oncall.Shift{ // a turn with a hole, an override, and two turns that overlap
		shift(6, 9, 8, 9, 1, ""), shift(8, 12, 9, 9, 1, ""), shift(10, 9, 10, 12, 0, "o1"),
		shift(11, 9, 12, 9, 2, ""), shift(12, 0, 12, 18, 3, ""),
	}
	tests := map[string]struct {
		rule oncall.PayRule
		want []string
	}{
		"a shift": {oncall.PayRule{Per: oncall.PerShift}, []string{
			"08 12:00 – 09 09:00 ana 21h0m0s: 100", "10 09:00 – 10 12:00 ana 3h0m0s: 100",
			"11 09:00 – 12 09:00 ana 24h0m0s: 100", "12 09:00 – 12 18:00 ana 9h0m0s: 100",
		}},
		"a turn": {oncall.PayRule{Per: oncall.PerTurn}, []string{
			"10 09:00 – 10 12:00 ana 3h0m0s: 100",
			"11 09:00 – 12 09:00 ana 24h0m0s: 100", "12 09:00 – 12 18:00 ana 9h0m0s: 100",
		}},
		"a day": {oncall.PayRule{Per: oncall.PerDay}, []string{
			"07 23:00 – 08 23:00 ana 21h0m0s: 100", "08 23:00 – 09 09:00 ana 10h0m0s: 100",
			"10 09:00 – 10 12:00 ana 3h0m0s: 100", "11 09:00 – 11 23:00 ana 14h0m0s: 100",
			"11 23:00 – 12 18:00 ana 19h0m0s: 100",
		}},
		"a shift of a rotation": {oncall.PayRule{Per: oncall.PerShift, Rotations: []string{"another"}}, nil},
		"a night": {oncall.PayRule{Per: oncall.PerShift, At: oncall.ByNight}, []string{
			"08 21:00 – 09 05:00 ana 8h0m0s: 100", "11 21:00 – 12 05:00 ana 8h0m0s: 100",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.rule.Name, test.rule.Amount = "rule", 100
			p := oncall.Timesheet{From: december(7, 23, 0), To: december(31, 0, 0), Zone: "Europe/Berlin", Shifts: broken}
			pay, err := p.Pay(oncall.PayPlan{Currency: "EUR", Rules: []oncall.PayRule{test.rule}})
			require.NoError(t, err)
			assert.Equal(t, test.want, payLines(pay.Lines))
		})
	}
}

// Turns that have no number are taken for one each.
func TestPayPerTurnWithoutNumbers(t *testing.T) {
	t.Parallel()
	p := oncall.Timesheet{From: december(1, 0, 0), To: december(2, 0, 0), Zone: "UTC", Shifts: hoursOf("ana", 0, 2, 4, 6)}
	pay, err := p.Pay(oncall.PayPlan{Currency: "EUR", Rules: []oncall.PayRule{{Name: "r", Amount: 7, Per: oncall.PerTurn}}})
	require.NoError(t, err)
	assert.Equal(t, []oncall.PayTotal{{Person: "ana", Amount: 14}}, pay.Totals)
}

// A day that the clock skips is nobody's day: in Apia, Thursday 29 December 2011
// was followed by Saturday.
func TestPayPerDayAcrossASkippedDay(t *testing.T) {
	t.Parallel()
	thursday := instantOf(t, "2011-12-29T10:00:00Z") // at midnight
	p := oncall.Timesheet{From: thursday, To: thursday.Add(48 * time.Hour), Zone: "Pacific/Apia"}
	p.Shifts = []oncall.Shift{{Start: p.From, End: p.To, Person: "ana"}}
	pay, err := p.Pay(oncall.PayPlan{Currency: "WST", Rules: []oncall.PayRule{{Name: "r", Amount: 7, Per: oncall.PerDay}}})
	require.NoError(t, err)
	assert.Equal(t, []string{"29 10:00 – 30 10:00 ana 24h0m0s: 7", "30 10:00 – 31 10:00 ana 24h0m0s: 7"}, payLines(pay.Lines))
}

// What somebody did without being on call is paid by the hour or the day, and
// never by the shift.
func TestPayOutsideOfShifts(t *testing.T) {
	t.Parallel()
	p := oncall.Timesheet{
		From: december(8, 0, 0), To: december(9, 0, 0), Zone: "UTC",
		Activities: []oncall.Activity{{Person: "ana", Start: december(8, 3, 0), End: december(8, 3, 20)}},
	}
	for unit, want := range map[oncall.PayUnit][]string{
		oncall.PerShift: nil,
		oncall.PerTurn:  nil,
		oncall.PerDay:   {"08 03:00 – 08 03:20 ana 20m0s: 1000"},
		oncall.PerHour:  {"08 03:00 – 08 03:20 ana 20m0s: 333"},
	} {
		pay, err := p.Pay(oncall.PayPlan{Currency: "EUR", Rules: []oncall.PayRule{{Name: "r", Amount: 1000, Per: unit}}})
		require.NoError(t, err)
		assert.Equal(t, want, payLines(pay.Lines), unit)
		assert.Equal(t, want == nil, len(pay.Unpaid) == 1, unit)
	}
}

func TestPayIsRounded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rate, seconds, want int64
	}{
		{1, 1799, 0}, {1, 1800, 1}, {3, 600, 1}, {100, 36, 1}, {0, 7200, 0},
		{oncall.MaxAmount, 99 * 366 * 24 * 60 * 60, oncall.MaxAmount * 99 * 366 * 24},
	} {
		from := december(8, 0, 0).AddDate(-99, 0, 0)
		end := from.Add(time.Duration(test.seconds) * time.Second)
		p := oncall.Timesheet{From: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), Zone: "UTC"}
		p.To = p.From.AddDate(100, 0, 0)
		p.Shifts = []oncall.Shift{{Person: "ana", Start: p.From, End: p.From.Add(end.Sub(from))}}
		pay, err := p.Pay(oncall.PayPlan{Currency: "JPY", Rules: []oncall.PayRule{{Name: "r", Amount: test.rate, Per: oncall.PerHour}}})
		require.NoError(t, err)
		assert.Equal(t, []oncall.PayTotal{{Person: "ana", Amount: test.want}}, pay.Totals)
		assert.Empty(t, pay.Unpaid, "also where a rule pays nothing for it")
	}
}

func TestPayPlansWithProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]func(p *oncall.PayPlan){
		"currency":      func(p *oncall.PayPlan) { p.Currency = "euro" },
		"rules[0].name": func(p *oncall.PayPlan) { p.Rules[0].Name = "" },
		"rules[1].name": func(p *oncall.PayPlan) { p.Rules[1].Name = "a" },
		"rules[0].windows[0].opens": func(p *oncall.PayPlan) {
			p.Rules[0].Windows = []oncall.Window{{Opens: oncall.Clock(25, 0), Length: time.Hour}}
		},
		"rules[0].windows[0].length": func(p *oncall.PayPlan) { p.Rules[0].Windows = []oncall.Window{{}} },
		"rules[1].days[0]":           func(p *oncall.PayPlan) { p.Rules[1].Days = []oncall.DayKind{"monday"} },
		"rules[1].at":                func(p *oncall.PayPlan) { p.Rules[1].At = "dawn" },
		"rules[1].doing":             func(p *oncall.PayPlan) { p.Rules[1].Doing = "nothing" },
		"rules[1].per":               func(p *oncall.PayPlan) { p.Rules[1].Per = "" },
		"rules[1].amount":            func(p *oncall.PayPlan) { p.Rules[1].Amount = -1 },
	}
	for field, spoil := range tests {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			plan := oncall.PayPlan{Currency: "EUR", Rules: []oncall.PayRule{
				{Name: "a", Amount: 1, Per: oncall.PerDay}, {Name: "b", Amount: oncall.MaxAmount, Per: oncall.PerHour},
			}}
			_, err := christmas().Pay(plan)
			require.NoError(t, err)
			spoil(&plan)
			_, err = christmas().Pay(plan)
			requireField(t, field, err)
		})
	}
}
