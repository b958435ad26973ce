package oncall_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

// primary is ana, ben and cleo in Berlin, a week each, from Monday 5 January 2026
// at 09:00.
func primary() oncall.Schedule {
	return oncall.Schedule{
		ID:   "primary",
		Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben", "cleo"),
		}},
	}
}

func compile(t require.TestingT, s oncall.Schedule) *oncall.Rota {
	r, err := oncall.Compile(s)
	require.NoError(t, err)
	return r
}

func override(t require.TestingT, id, start, end, person string) oncall.Override {
	return oncall.Override{ID: id, Start: utc(t, start), End: utc(t, end), People: []string{person}}
}

// text writes shifts one a line, in UTC, so that a test reads like a calendar.
func text(shifts ...oncall.Shift) (lines []string) {
	for _, s := range shifts {
		lines = append(lines, fmt.Sprintf("%s – %s %s: %s",
			s.Start.UTC().Format("2006-01-02 15:04"), s.End.UTC().Format("2006-01-02 15:04"), s.Person, s.Rule()))
	}
	return lines
}

func TestShiftsAcrossClockChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, zone, start string
		weeks             int
		from, to          string
		want              []string
	}{
		{
			"weeks of 167, 168 and 169 hours", "Europe/Berlin", "2026-01-05T09:00", 1, "2026-03-16T08:00Z", "2026-04-06T07:00Z",
			[]string{
				"2026-03-16 08:00 – 2026-03-23 08:00 ana: rotation r, turn 11",
				"2026-03-23 08:00 – 2026-03-30 07:00 ben: rotation r, turn 12", // 167 hours
				"2026-03-30 07:00 – 2026-04-06 07:00 ana: rotation r, turn 13",
			},
		},
		{
			"back to winter", "Europe/Berlin", "2026-01-05T09:00", 1, "2026-10-19T07:00Z", "2026-11-02T08:00Z",
			[]string{
				"2026-10-19 07:00 – 2026-10-26 08:00 ben: rotation r, turn 42", // 169 hours
				"2026-10-26 08:00 – 2026-11-02 08:00 ana: rotation r, turn 43",
			},
		},
		{
			"a handoff that is skipped", "Europe/Berlin", "2026-03-22T02:30", 1, "2026-03-20T00:00Z", "2026-04-05T12:00Z",
			[]string{
				"2026-03-22 01:30 – 2026-03-29 01:00 ana: rotation r, turn 1",
				"2026-03-29 01:00 – 2026-04-05 00:30 ben: rotation r, turn 2",
				"2026-04-05 00:30 – 2026-04-05 12:00 ana: rotation r, turn 3",
			},
		},
		{
			"a handoff that comes twice", "Europe/Berlin", "2026-10-18T02:30", 1, "2026-10-18T00:30Z", "2026-11-01T12:00Z",
			[]string{
				"2026-10-18 00:30 – 2026-10-25 00:30 ana: rotation r, turn 1",
				"2026-10-25 00:30 – 2026-11-01 01:30 ben: rotation r, turn 2",
				"2026-11-01 01:30 – 2026-11-01 12:00 ana: rotation r, turn 3",
			},
		},
		{
			"a start that is skipped", "America/Santiago", "2026-09-06T00:00", 1, "2026-09-01T00:00Z", "2026-09-14T00:00Z",
			[]string{
				"2026-09-06 04:00 – 2026-09-13 03:00 ana: rotation r, turn 1",
				"2026-09-13 03:00 – 2026-09-14 00:00 ben: rotation r, turn 2",
			},
		},
		{
			"a start that comes twice", "America/Santiago", "2026-04-04T23:30", 1, "2026-04-05T02:00Z", "2026-04-12T04:00Z",
			[]string{
				"2026-04-05 02:30 – 2026-04-12 03:30 ana: rotation r, turn 1",
				"2026-04-12 03:30 – 2026-04-12 04:00 ben: rotation r, turn 2",
			},
		},
		{
			"a day that never was", "Pacific/Apia", "2011-12-23T09:00", 1, "2011-12-23T00:00Z", "2012-01-07T00:00Z",
			[]string{
				"2011-12-23 19:00 – 2011-12-30 10:00 ana: rotation r, turn 1",
				"2011-12-30 10:00 – 2012-01-05 19:00 ben: rotation r, turn 2",
				"2012-01-05 19:00 – 2012-01-07 00:00 ana: rotation r, turn 3",
			},
		},
		{
			"half an hour", "Australia/Lord_Howe", "2026-09-28T09:00", 1, "2026-09-27T22:30Z", "2026-10-11T22:00Z",
			[]string{
				"2026-09-27 22:30 – 2026-10-04 22:00 ana: rotation r, turn 1", // 167 hours and a half
				"2026-10-04 22:00 – 2026-10-11 22:00 ben: rotation r, turn 2",
			},
		},
		{
			"every second week", "Europe/Berlin", "2026-03-02T09:00", 2, "2026-03-02T08:00Z", "2026-04-13T07:00Z",
			[]string{
				"2026-03-02 08:00 – 2026-03-16 08:00 ana: rotation r, turn 1",
				"2026-03-16 08:00 – 2026-03-30 07:00 ben: rotation r, turn 2",
				"2026-03-30 07:00 – 2026-04-13 07:00 ana: rotation r, turn 3",
			},
		},
		{
			"from the table of clock changes past its end", "Europe/Berlin", "2069-12-02T09:00", 40, "2069-12-02T08:00Z", "2070-09-09T00:00Z",
			[]string{
				"2069-12-02 08:00 – 2070-09-08 07:00 ana: rotation r, turn 1",
				"2070-09-08 07:00 – 2070-09-09 00:00 ben: rotation r, turn 2",
			},
		},
		{
			"a long time from now", "Europe/Berlin", "2150-03-22T02:30", 1, "2150-03-22T01:30Z", "2150-04-05T00:30Z",
			[]string{
				"2150-03-22 01:30 – 2150-03-29 01:00 ana: rotation r, turn 1",
				"2150-03-29 01:00 – 2150-04-05 00:30 ben: rotation r, turn 2",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := compile(t, oncall.Schedule{ID: "s", Zone: tt.zone, Rotations: []oncall.Rotation{{
				ID: "r", Start: local(t, tt.start), Turns: oncall.Every(tt.weeks, oncall.Weeks),
				Seats: oncall.Seats("ana", "ben"),
			}}})
			shifts := slices.Collect(r.Shifts(utc(t, tt.from), utc(t, tt.to)))
			assert.Equal(t, tt.want, text(shifts...))
		})
	}
}

// Every handoff of the table of clock changes, reached from weeks before.
func TestHandoffsAtClockChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range clockChanges {
		wall := local(t, tt.wall)
		fourWeeksBefore := time.Date(wall.Year, wall.Month, wall.Day-28, wall.Hour, wall.Minute, 0, 0, time.UTC)
		r := compile(t, oncall.Schedule{ID: "s", Zone: tt.zone, Rotations: []oncall.Rotation{{
			ID: "r", Start: local(t, fourWeeksBefore.Format("2006-01-02T15:04")), Turns: oncall.Every(4, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben"),
		}}})
		want := utc(t, tt.want)
		before, err := r.At(want.Add(-1))
		require.NoError(t, err)
		assert.Equal(t, "ana", before.Person, "%s in %s: %s", tt.wall, tt.zone, tt.why)
		assert.True(t, before.End.Equal(want), "%s in %s: %s: %s", tt.wall, tt.zone, tt.why, before.End.UTC())
		after, err := r.At(want)
		require.NoError(t, err)
		assert.Equal(t, "ben", after.Person, "%s in %s: %s", tt.wall, tt.zone, tt.why)
		assert.True(t, after.Start.Equal(want), "%s in %s: %s: %s", tt.wall, tt.zone, tt.why, after.Start.UTC())
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		overrides []oncall.Override
		want      []string
	}{
		{"none", nil, []string{
			"2026-01-05 08:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"within a turn", []oncall.Override{override(t, "o1", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "cleo")}, []string{
			"2026-01-05 08:00 – 2026-01-06 10:00 ana: rotation weekly, turn 1",
			"2026-01-06 10:00 – 2026-01-06 12:00 cleo: override o1",
			"2026-01-06 12:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"across a handoff", []oncall.Override{override(t, "o1", "2026-01-12T07:00Z", "2026-01-12T09:00Z", "cleo")}, []string{
			"2026-01-05 08:00 – 2026-01-12 07:00 ana: rotation weekly, turn 1",
			"2026-01-12 07:00 – 2026-01-12 09:00 cleo: override o1",
			"2026-01-12 09:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"a whole turn", []oncall.Override{override(t, "o1", "2026-01-05T08:00Z", "2026-01-12T08:00Z", "cleo")}, []string{
			"2026-01-05 08:00 – 2026-01-12 08:00 cleo: override o1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"of the one on call", []oncall.Override{override(t, "o1", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "ana")}, []string{
			"2026-01-05 08:00 – 2026-01-06 10:00 ana: rotation weekly, turn 1",
			"2026-01-06 10:00 – 2026-01-06 12:00 ana: override o1",
			"2026-01-06 12:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"of an override by a later one", []oncall.Override{
			override(t, "o1", "2026-01-06T00:00Z", "2026-01-08T00:00Z", "cleo"),
			override(t, "o2", "2026-01-06T12:00Z", "2026-01-07T00:00Z", "ben"),
		}, []string{
			"2026-01-05 08:00 – 2026-01-06 00:00 ana: rotation weekly, turn 1",
			"2026-01-06 00:00 – 2026-01-06 12:00 cleo: override o1",
			"2026-01-06 12:00 – 2026-01-07 00:00 ben: override o2",
			"2026-01-07 00:00 – 2026-01-08 00:00 cleo: override o1",
			"2026-01-08 00:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"of an override by an earlier one, which has no effect", []oncall.Override{
			override(t, "o2", "2026-01-06T12:00Z", "2026-01-07T00:00Z", "ben"),
			override(t, "o1", "2026-01-06T00:00Z", "2026-01-08T00:00Z", "cleo"),
		}, []string{
			"2026-01-05 08:00 – 2026-01-06 00:00 ana: rotation weekly, turn 1",
			"2026-01-06 00:00 – 2026-01-08 00:00 cleo: override o1",
			"2026-01-08 00:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
			"2026-01-12 08:00 – 2026-01-19 08:00 ben: rotation weekly, turn 2",
		}},
		{"one after another, clipped at both ends", []oncall.Override{
			override(t, "o2", "2026-01-17T00:00Z", "2026-02-01T00:00Z", "ben"),
			override(t, "o1", "2026-01-01T00:00Z", "2026-01-17T00:00Z", "cleo"),
		}, []string{
			"2026-01-05 08:00 – 2026-01-17 00:00 cleo: override o1",
			"2026-01-17 00:00 – 2026-01-19 08:00 ben: override o2",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := primary()
			s.Overrides = tt.overrides
			shifts := slices.Collect(compile(t, s).Shifts(utc(t, "2026-01-05T08:00Z"), utc(t, "2026-01-19T08:00Z")))
			assert.Equal(t, tt.want, text(shifts...))
		})
	}
}

func TestAtReturnsTheWholeShift(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "cleo")}
	s.Overrides[0].Reason = "dentist"
	r := compile(t, s)
	for at, want := range map[string]string{
		"2026-01-05T08:00Z": "2026-01-05 08:00 – 2026-01-06 10:00 ana: rotation weekly, turn 1",
		"2026-01-06T09:59Z": "2026-01-05 08:00 – 2026-01-06 10:00 ana: rotation weekly, turn 1",
		"2026-01-06T10:00Z": "2026-01-06 10:00 – 2026-01-06 12:00 cleo: override o1 (dentist)",
		"2026-01-06T12:00Z": "2026-01-06 12:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
		"2036-01-07T12:00Z": "2036-01-07 08:00 – 2036-01-14 08:00 ana: rotation weekly, turn 523", // a Monday, ten years on
	} {
		got, err := r.At(utc(t, at))
		require.NoError(t, err)
		assert.Equal(t, []string{want}, text(got), at)
		assert.Equal(t, "Europe/Berlin", got.Start.Location().String())
		assert.Equal(t, "Europe/Berlin", got.End.Location().String())
	}
	// Shifts start and end at whole seconds, questions come in between.
	got, err := r.At(utc(t, "2026-01-06T10:00Z").Add(-1))
	require.NoError(t, err)
	assert.Equal(t, "ana", got.Person)
}

func TestNobodyIsOnCall(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "cleo")}
	r := compile(t, s)
	afterAll := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		at    time.Time
		until string // empty: for ever
	}{
		{time.Time{}, "2026-01-02T00:00Z"},
		{utc(t, "2026-01-02T00:00Z").Add(-1), "2026-01-02T00:00Z"},
		{utc(t, "2026-01-03T00:00Z"), "2026-01-05T08:00Z"},
		{utc(t, "2026-01-05T08:00Z").Add(-1), "2026-01-05T08:00Z"},
		{afterAll, ""},
		{time.Unix(1<<62, 0), ""},
	}
	for _, tt := range tests {
		got, err := r.At(tt.at)
		require.ErrorIs(t, err, oncall.ErrNobody, "%s", tt.at)
		var nobody *oncall.NobodyError
		require.ErrorAs(t, err, &nobody)
		assert.Equal(t, "primary", nobody.Schedule)
		assert.Equal(t, tt.at, nobody.At)
		if tt.until == "" {
			assert.Zero(t, nobody.Until)
		} else {
			assert.True(t, nobody.Until.Equal(utc(t, tt.until)), "%s until %s", tt.at, nobody.Until)
		}
		assert.Zero(t, got)
	}

	_, err := r.At(utc(t, "2026-01-04T12:00Z"))
	require.EqualError(t, err, `oncall: nobody is on call on schedule "primary" at 2026-01-04T12:00:00Z, until 2026-01-05T09:00:00+01:00`)
	_, err = r.At(afterAll)
	require.EqualError(t, err, `oncall: nobody is on call on schedule "primary" at 10000-01-01T00:00:00Z, nor at any time after`)

	last, err := r.At(afterAll.Add(-1))
	require.NoError(t, err)
	assert.True(t, last.End.Equal(afterAll))
}

func TestGaps(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "cleo")}
	r := compile(t, s)
	gaps := func(from, to time.Time) (lines []string) {
		for g := range r.Gaps(from, to) {
			lines = append(lines, g.Start.UTC().Format(time.RFC3339Nano)+" – "+g.End.UTC().Format(time.RFC3339Nano))
		}
		return lines
	}
	assert.Equal(t, []string{
		"2026-01-01T12:00:00.5Z – 2026-01-02T00:00:00Z",
		"2026-01-03T00:00:00Z – 2026-01-05T08:00:00Z",
	}, gaps(utc(t, "2026-01-01T12:00Z").Add(time.Second/2), utc(t, "2026-03-01T00:00Z")))
	assert.Equal(t, []string{"2026-01-04T00:00:00Z – 2026-01-04T00:00:00.5Z"},
		gaps(utc(t, "2026-01-04T00:00Z"), utc(t, "2026-01-04T00:00Z").Add(time.Second/2)))
	assert.Empty(t, gaps(utc(t, "2026-01-05T08:00Z"), utc(t, "2036-01-01T00:00Z")))
	assert.Empty(t, gaps(utc(t, "2026-01-01T00:00Z"), utc(t, "2026-01-01T00:00Z")))
	for range r.Gaps(time.Time{}, utc(t, "2027-01-01T00:00Z")) {
		break // stopping early is fine
	}
}

func TestShiftsOfARange(t *testing.T) {
	t.Parallel()
	r := compile(t, primary())
	day := utc(t, "2026-01-07T00:00Z")

	assert.Empty(t, slices.Collect(r.Shifts(day, day)), "an empty range")
	assert.Empty(t, slices.Collect(r.Shifts(day, day.Add(-1))), "a range that ends before it starts")

	within := slices.Collect(r.Shifts(day.Add(1), day.Add(2)))
	require.Len(t, within, 1)
	assert.True(t, within[0].Start.Equal(day.Add(1)) && within[0].End.Equal(day.Add(2)), "clipped to the nanosecond")
	assert.Equal(t, "Europe/Berlin", within[0].Start.Location().String())

	handoff, half := utc(t, "2026-01-12T08:00Z"), time.Second/2
	around := slices.Collect(r.Shifts(handoff.Add(-half), handoff.Add(half)))
	require.Len(t, around, 2)
	assert.True(t, around[0].Start.Equal(handoff.Add(-half)) && around[0].End.Equal(handoff))
	assert.True(t, around[1].Start.Equal(handoff) && around[1].End.Equal(handoff.Add(half)))
	after := slices.Collect(r.Shifts(handoff.Add(half), handoff.Add(2*half)))
	require.Len(t, after, 1)
	assert.True(t, after[0].Start.Equal(handoff.Add(half)))

	all := 0
	for range r.Shifts(time.Time{}, time.Unix(1<<62, 0)) {
		if all++; all == 3 {
			break
		}
	}
	assert.Equal(t, 3, all, "a range without end is read as far as one likes")
}

func TestNext(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Rotations[0].Seats = oncall.Seats("ana", "ana", "ben")
	s.Overrides = []oncall.Override{
		override(t, "before", "2026-01-02T00:00Z", "2026-01-03T00:00Z", "ana"),
		override(t, "self", "2026-01-06T00:00Z", "2026-01-07T00:00Z", "ana"),
		override(t, "other", "2026-01-08T00:00Z", "2026-01-09T00:00Z", "cleo"),
	}
	r := compile(t, s)
	for at, want := range map[string]string{
		"2025-01-01T00:00Z": "2026-01-02 00:00 – 2026-01-03 00:00 ana: override before",
		"2026-01-02T00:00Z": "2026-01-05 08:00 – 2026-01-06 00:00 ana: rotation weekly, turn 1", // nobody was between
		"2026-01-04T00:00Z": "2026-01-05 08:00 – 2026-01-06 00:00 ana: rotation weekly, turn 1",
		"2026-01-05T08:00Z": "2026-01-08 00:00 – 2026-01-09 00:00 cleo: override other", // "self" changes nobody
		"2026-01-08T00:00Z": "2026-01-09 00:00 – 2026-01-12 08:00 ana: rotation weekly, turn 1",
		"2026-01-09T00:00Z": "2026-01-19 08:00 – 2026-01-26 08:00 ben: rotation weekly, turn 3", // ana has two seats
		"2026-01-19T08:00Z": "2026-01-26 08:00 – 2026-02-02 08:00 ana: rotation weekly, turn 4",
	} {
		got, err := r.Next(utc(t, at))
		require.NoError(t, err, at)
		assert.Equal(t, []string{want}, text(got), at)
	}
}

func TestNextWithoutAHandoff(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Rotations[0].Seats = oncall.Seats("ana", "ana")
	s.Overrides = []oncall.Override{override(t, "o1", "2026-02-01T00:00Z", "2026-02-02T00:00Z", "ben")}
	r := compile(t, s)

	next, err := r.Next(utc(t, "2026-01-05T08:00Z"))
	require.NoError(t, err)
	assert.Equal(t, "ben", next.Person)
	next, err = r.Next(utc(t, "2026-02-01T00:00Z"))
	require.NoError(t, err)
	assert.Equal(t, "ana", next.Person)
	_, err = r.Next(utc(t, "2026-02-02T00:00Z"))
	require.ErrorIs(t, err, oncall.ErrNoHandoff)

	// In the last weeks of all, somebody is on call, and nobody takes over.
	var nobody *oncall.NobodyError
	_, err = compile(t, primary()).Next(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
	require.ErrorAs(t, err, &nobody)
	assert.True(t, nobody.At.Equal(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)))
	afterAll := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err = r.Next(afterAll)
	require.ErrorAs(t, err, &nobody)
	assert.Equal(t, afterAll, nobody.At)
}

func TestTheZeroRotaHasNobody(t *testing.T) {
	t.Parallel()
	var r oncall.Rota
	now := utc(t, "2026-01-05T08:00Z")
	_, err := r.At(now)
	require.ErrorIs(t, err, oncall.ErrNobody)
	_, err = r.Next(now)
	require.ErrorIs(t, err, oncall.ErrNobody)
	assert.Empty(t, slices.Collect(r.Shifts(now, now.Add(time.Hour))))
	assert.Equal(t, []oncall.Gap{{Start: now, End: now.Add(time.Hour)}}, slices.Collect(r.Gaps(now, now.Add(time.Hour))))
}

func TestARotaDoesNotChangeWithItsSchedule(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-13T00:00Z", "2026-01-14T00:00Z", "cleo")}
	r := compile(t, s)
	s.Rotations[0].Seats[0].People[0] = "mallory"
	s.Overrides[0].People[0] = "mallory"
	for s := range r.Shifts(utc(t, "2026-01-01T00:00Z"), utc(t, "2027-01-01T00:00Z")) {
		require.NotEqual(t, "mallory", s.Person)
	}
}

// Time grows with the number of overrides, and not with its square: otherwise
// this would take hours.
func TestManyOverrides(t *testing.T) {
	t.Parallel()
	s := primary()
	first := utc(t, "2026-01-05T08:00Z")
	for i := range oncall.MaxOverrides { // each within the one before
		s.Overrides = append(s.Overrides, oncall.Override{
			ID: fmt.Sprint(i), People: []string{fmt.Sprint("p", i)},
			Start: first.Add(time.Duration(i) * time.Second), End: first.Add(time.Duration(2*oncall.MaxOverrides-i) * time.Second),
		})
	}
	r := compile(t, s)
	got, err := r.At(first.Add(oncall.MaxOverrides * time.Second))
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint(oncall.MaxOverrides-1), got.Override)
	n := 0
	for range r.Shifts(first, first.Add(2*oncall.MaxOverrides*time.Second)) {
		n++
	}
	assert.Equal(t, 2*oncall.MaxOverrides-1, n)
}

//nolint:paralleltest // testing.AllocsPerRun counts everybody's allocations
func TestAtAllocatesNothing(t *testing.T) {
	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "cleo")}
	r := compile(t, s)
	for _, at := range []string{"2026-01-06T11:00Z", "2026-03-29T01:00Z", "2036-01-01T00:00Z"} {
		at := utc(t, at)
		var err error
		assert.Zero(t, testing.AllocsPerRun(100, func() { _, err = r.At(at) }), "%s", at)
		require.NoError(t, err)
	}
}
