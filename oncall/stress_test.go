package oncall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

func strs[T interface{ String() string }](values []T) (out []string) {
	for _, v := range values {
		out = append(out, v.String())
	}
	return out
}

// hoursOf returns shifts of one person, from one hour of December 2026 to another, in
// UTC; hour 0 is Tuesday the 1st at midnight.
func hoursOf(person string, bounds ...int) (shifts []oncall.Shift) {
	for i := 0; i < len(bounds); i += 2 {
		shifts = append(shifts, oncall.Shift{Start: december(1, bounds[i], 0), End: december(1, bounds[i+1], 0), Person: person})
	}
	return shifts
}

// pagesAt are activities of ten minutes, with a page each.
func pagesAt(person string, hours ...int) (all []oncall.Activity) {
	for _, h := range hours {
		all = append(all, oncall.Activity{Person: person, Start: december(1, h, 0), End: december(1, h, 10), Pages: 1})
	}
	return all
}

func TestViolations(t *testing.T) {
	t.Parallel()
	night := func(days ...int) (shifts []oncall.Shift) {
		for _, d := range days {
			shifts = append(shifts, hoursOf("ana", 24*d+21, 24*d+29)...)
		}
		return shifts
	}
	work := func(incident string, bounds ...int) (all []oncall.Activity) {
		for _, s := range hoursOf("ana", bounds...) {
			all = append(all, oncall.Activity{Person: "ana", Start: s.Start, End: s.End, Incident: incident})
		}
		return all
	}
	const hour = time.Hour
	tests := map[string]struct {
		limits     oncall.Limits
		zone       string
		shifts     []oncall.Shift
		activities []oncall.Activity
		want       []string
	}{
		"no limit": {shifts: hoursOf("ana", 0, 700), activities: work("i", 0, 100)},
		"enough rest": {
			limits: oncall.Limits{Rest: 11 * hour}, shifts: hoursOf("ana", 0, 8, 19, 24),
		},
		"too little rest": {
			limits: oncall.Limits{Rest: 11 * hour}, shifts: hoursOf("ana", 0, 8, 18, 24),
			want: []string{"ana: 10h of rest, and 11h is the least, from 2026-12-01 18:00 to 2026-12-01 19:00"},
		},
		"no rest between two shifts is one duty": {
			limits: oncall.Limits{Rest: 11 * hour}, shifts: hoursOf("ana", 0, 8, 8, 16, 4, 12),
		},
		"a page while resting": {
			limits: oncall.Limits{Rest: 11 * hour}, shifts: hoursOf("ana", 0, 8, 24, 32), activities: pagesAt("ana", 12),
			want: []string{"ana: 4h of rest, and 11h is the least, from 2026-12-01 12:00 to 2026-12-01 12:10"},
		},
		"days in a row": {
			limits: oncall.Limits{Days: 2}, shifts: hoursOf("ana", 1, 2, 25, 26, 49, 50, 80, 81, 130, 131),
			want: []string{"ana: 4 days in a row, and 2 is the most, from 2026-12-03 01:00 to 2026-12-04 09:00"},
		},
		"days where the person lives": {
			limits: oncall.Limits{Days: 2}, zone: "Asia/Tokyo", shifts: hoursOf("ana", 1, 2, 25, 26, 44, 47),
			want: []string{"ana: 3 days in a row, and 2 is the most, from 2026-12-03 05:00 to 2026-12-03 08:00"},
		},
		"nights in a row": {
			limits: oncall.Limits{Nights: 2}, shifts: night(0, 1, 2, 4, 5),
			want: []string{"ana: 3 nights in a row, and 2 is the most, from 2026-12-03 22:00 to 2026-12-04 05:00"},
		},
		"a night that began the day before": {
			limits: oncall.Limits{Nights: 1}, shifts: hoursOf("ana", 0, 1, 23, 24),
			want: []string{"ana: 2 nights in a row, and 1 is the most, from 2026-12-01 23:00 to 2026-12-02 00:00"},
		},
		"pages": {
			limits: oncall.Limits{Pages: 2, PagesWithin: 24 * hour}, activities: pagesAt("ana", 0, 10, 20, 24, 60, 80),
			want: []string{"ana: 3 pages, and 2 is the most, from 2026-12-01 20:00 to 2026-12-02 10:00"},
		},
		"many pages at once": {
			limits:     oncall.Limits{Pages: 2, PagesWithin: hour},
			activities: []oncall.Activity{{Person: "ana", Start: december(1, 5, 0), End: december(1, 5, 0), Pages: 9}},
			want:       []string{"ana: 9 pages, and 2 is the most, from 2026-12-01 05:00 to 2026-12-01 06:00"},
		},
		"the thirteenth hour": {
			limits: oncall.Limits{Incident: 12 * hour}, activities: work("i", 0, 5, 4, 8, 10, 15, 20, 21),
			want: []string{"ana: 14h in incident i, and 12h is the most, from 2026-12-01 14:00 to 2026-12-01 21:00"},
		},
		"twelve hours": {
			limits: oncall.Limits{Incident: 12 * hour}, activities: append(work("i", 0, 12), work("j", 12, 24)...),
		},
		"the incident begins again after a rest": {
			limits: oncall.Limits{Incident: 12 * hour, Rest: 10 * hour}, activities: append(work("i", 0, 8, 18, 26), work("", 40, 53)...),
			want: []string{"ana: 13h in one incident, and 12h is the most, from 2026-12-03 04:00 to 2026-12-03 05:00"},
		},
		"hours in a window": {
			limits: oncall.Limits{Duty: 10 * hour, Within: 24 * hour}, shifts: hoursOf("ana", 0, 8, 20, 28, 60, 71),
			want: []string{
				"ana: 12h on duty, and 10h is the most, from 2026-12-01 22:00 to 2026-12-02 04:00",
				"ana: 11h on duty, and 10h is the most, from 2026-12-03 22:00 to 2026-12-03 23:00",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := oncall.Timesheet{
				From: december(1, 0, 0), To: december(31, 0, 0), Zone: "UTC",
				Shifts: test.shifts, Activities: test.activities, People: []oncall.Person{{ID: "ana", Zone: test.zone}},
			}
			violations, err := p.Violations(test.limits)
			require.NoError(t, err)
			assert.Equal(t, test.want, strs(violations))
		})
	}
}

// A day that the clock skips does not interrupt days in a row: in Apia, Thursday
// 29 December 2011 was followed by Saturday.
func TestDaysInARowAcrossASkippedDay(t *testing.T) {
	t.Parallel()
	thursday := instantOf(t, "2011-12-29T20:00:00Z")
	p := oncall.Timesheet{From: thursday.Add(-99 * time.Hour), To: thursday.Add(99 * time.Hour), Zone: "Pacific/Apia"}
	saturday := thursday.Add(24 * time.Hour)
	for _, start := range []time.Time{thursday, saturday} {
		p.Shifts = append(p.Shifts, oncall.Shift{Start: start, End: start.Add(time.Hour), Person: "ana"})
	}
	violations, err := p.Violations(oncall.Limits{Days: 1})
	require.NoError(t, err)
	require.Len(t, violations, 1)
	assert.Equal(t, oncall.Measure{Count: 2}, violations[0].Have)
	assert.True(t, violations[0].Start.Equal(saturday))
}

// What was before the period counts, and is not reported.
func TestViolationsLookBack(t *testing.T) {
	t.Parallel()
	p := oncall.Timesheet{From: december(1, 24, 0), To: december(1, 48, 0), Zone: "UTC", Shifts: hoursOf("ana", 2, 5, 6, 23, 25, 30)}
	violations, err := p.Violations(oncall.Limits{Rest: 11 * time.Hour})
	require.NoError(t, err)
	assert.Equal(t, []string{"ana: 2h of rest, and 11h is the least, from 2026-12-02 01:00 to 2026-12-02 06:00"}, strs(violations))
}

// Duty in a rolling window agrees with counting the minutes before every minute.
func TestDutyLimitAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawTimesheet(t)
		limit := rapid.IntRange(1, 2000).Draw(t, "limit")
		within := limit + rapid.IntRange(1, 3000).Draw(t, "within")
		violations, err := p.Violations(oncall.Limits{
			Duty: time.Duration(limit) * time.Minute, Within: time.Duration(within) * time.Minute,
		})
		require.NoError(t, err)
		for _, person := range []string{"ana", "ben", "cleo", "dan"} {
			checkDutyLimit(t, p, person, limit, within, violations)
		}
	})
}

func checkDutyLimit(t *rapid.T, p oncall.Timesheet, person string, limit, within int, violations []oncall.Violation) {
	from := p.From.AddDate(0, 0, -12) // nothing that is drawn is earlier, or ends later
	onDuty := make([]bool, 24*24*60)
	paint := func(who string, start, end time.Time) {
		for at := start; who == person && at.Before(end); at = at.Add(time.Minute) {
			onDuty[int(at.Sub(from)/time.Minute)] = true
		}
	}
	for _, s := range p.Shifts {
		paint(s.Person, s.Start, s.End)
	}
	for _, a := range p.Activities {
		paint(a.Person, a.Start, a.End)
	}
	worst := map[int]int{}
	sum := 0
	for i, busy := range onDuty {
		if busy {
			sum++
		}
		if i >= within && onDuty[i-within] {
			sum--
		}
		at, which := from.Add(time.Duration(i)*time.Minute), -1
		for v, violation := range violations {
			if violation.Person == person && !at.Before(violation.Start) && at.Before(violation.End) {
				which = v
			}
		}
		inPeriod := !at.Before(p.From) && at.Before(p.To)
		over := busy && sum > limit
		if found := which >= 0; found != over && (found || inPeriod) {
			t.Fatalf("%s at %s: %d min, found %t", person, at, sum, found)
		}
		if over {
			worst[which] = max(worst[which], sum)
		}
	}
	for v, violation := range violations {
		if violation.Person == person {
			require.Equal(t, time.Duration(worst[v])*time.Minute, violation.Have.Time)
		}
	}
}

func TestLimitsWithProblems(t *testing.T) {
	t.Parallel()
	for field, limits := range map[string]oncall.Limits{
		"limits.rest":         {Rest: -time.Hour},
		"limits.duty":         {Duty: time.Millisecond, Within: time.Hour},
		"limits.within":       {Duty: time.Hour, Within: time.Hour},
		"limits.pages_within": {Pages: 1},
		"limits.incident":     {Incident: 9000 * time.Hour},
		"limits.days":         {Days: -1},
		"limits.nights":       {Nights: -1},
		"limits.pages":        {Pages: -1},
	} {
		_, err := christmas().Violations(limits)
		requireField(t, field, err)
		_, err = christmas().Relief(oncall.Violation{Start: december(1, 0, 0), End: december(1, 0, 0)}, limits, oncall.Need{})
		requireField(t, field, err)
	}
	_, err := christmas().Relief(oncall.Violation{Start: december(2, 0, 0), End: december(1, 0, 0)}, oncall.Limits{}, oncall.Need{})
	requireField(t, "violation.end", err)
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]oncall.Measure{
		"13h": {Time: 13 * time.Hour}, "1h30m": {Time: 90 * time.Minute}, "20m": {Time: 20 * time.Minute},
		"40s": {Time: 40 * time.Second}, "10m5s": {Time: 605 * time.Second}, "8": {Count: 8}, "0": {},
	} {
		assert.Equal(t, want, m.String())
	}
}

// Everybody else is a candidate or has a reason why not.
func TestRelief(t *testing.T) {
	t.Parallel()
	leave := []oncall.Leave{{Start: december(1, 21, 0), End: december(1, 23, 0)}}
	stage := func(r oncall.Readiness) []oncall.Stage {
		return []oncall.Stage{{From: december(1, 0, 0), Readiness: r}}
	}
	dba := []string{"database"}
	p := oncall.Timesheet{
		From: december(1, 0, 0), To: december(5, 0, 0), Zone: "UTC",
		People: []oncall.Person{
			{ID: "tired"},
			{ID: "away", Skills: dba, Leave: leave},
			{ID: "holidaying", Skills: dba, Leave: []oncall.Leave{{Start: leave[0].Start, End: leave[0].End, Reason: "fishing"}}},
			{ID: "new", Skills: dba, Stages: stage(oncall.Shadowing)},
			{ID: "unskilled"},
			{ID: "second", Skills: dba},
			{ID: "busy", Skills: dba},
			{ID: "early", Skills: dba},
			{ID: "worn", Skills: dba},
			{ID: "free", Skills: dba},
			{ID: "lead", Skills: dba, Stages: stage(oncall.Leading)},
		},
		Activities: []oncall.Activity{
			{Person: "tired", Start: december(1, 6, 0), End: december(1, 22, 0), Incident: "i"},
			{Person: "busy", Start: december(1, 17, 0), End: december(1, 19, 0)},
			{Person: "worn", Start: december(1, 4, 0), End: december(1, 9, 0), Incident: "i"},
		},
	}
	p.Shifts = append(p.Shifts, hoursOf("second", 21, 30)...)
	p.Shifts = append(p.Shifts, hoursOf("early", 23, 28)...)
	p.Shifts = append(p.Shifts, hoursOf("free", 60, 63)...)
	p.Shifts = append(p.Shifts, hoursOf("worn", 4, 8)...)
	limits := oncall.Limits{Incident: 8 * time.Hour, Rest: 2 * time.Hour}

	violations, err := p.Violations(limits)
	require.NoError(t, err)
	require.Equal(t, []string{"tired: 16h in incident i, and 8h is the most, from 2026-12-01 14:00 to 2026-12-01 22:00"}, strs(violations))
	violation := violations[0]
	violation.Start = december(1, 15, 0) // 7 hours remain
	relief, err := p.Relief(violation, limits, oncall.Need{Skills: dba})
	require.NoError(t, err)
	assert.Equal(t, oncall.Relief{
		Violation:  violation,
		Candidates: []oncall.Candidate{{Person: "lead"}, {Person: "free", OnCall: 3 * time.Hour}, {Person: "worn", OnCall: 4 * time.Hour}},
		Out: []oncall.RuledOut{
			{Person: "away", Reason: "is on leave then"},
			{Person: "holidaying", Reason: "is on leave then (fishing)"},
			{Person: "new", Reason: "is at stage shadow"},
			{Person: "unskilled", Reason: "lacks database"},
			{Person: "second", Reason: "is on call then"},
			{Person: "busy", Reason: "is busy then"},
			{Person: "early", Reason: "would break a limit: 1h of rest, and 2h is the least"},
		},
	}, relief)

	limits.Rest = 0 // so that what was done in the morning counts
	relief, err = p.Relief(violation, limits, oncall.Need{Lead: true})
	require.NoError(t, err)
	assert.Equal(t, []oncall.Candidate{{Person: "lead"}}, relief.Candidates)
	assert.Contains(t, relief.Out, oncall.RuledOut{Person: "worn", Reason: "is at stage ready"})
	relief, err = p.Relief(violation, limits, oncall.Need{})
	require.NoError(t, err)
	assert.Contains(t, relief.Out, oncall.RuledOut{
		Person: "worn", Reason: "would break a limit: 12h in incident i, and 8h is the most",
	})
}

// Only the duty within a violation has to be taken over.
func TestReliefTakesDutyOnly(t *testing.T) {
	t.Parallel()
	p := oncall.Timesheet{From: december(1, 0, 0), To: december(9, 0, 0), Zone: "UTC", People: []oncall.Person{{ID: "ben"}}}
	p.Shifts = append(hoursOf("ana", 0, 8, 24, 32, 48, 56, 72, 80), hoursOf("ben", 60, 70)...)
	limits := oncall.Limits{Days: 2}
	violations, err := p.Violations(limits)
	require.NoError(t, err)
	require.Len(t, violations, 1)
	relief, err := p.Relief(violations[0], limits, oncall.Need{})
	require.NoError(t, err)
	assert.Equal(t, []oncall.Candidate{{Person: "ben", OnCall: 10 * time.Hour}}, relief.Candidates)
}
