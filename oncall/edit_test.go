package oncall_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// dan joins in the middle of ben's turn. He comes where the list has him, after
// cleo, whose turn is next as before.
func ExampleSchedule_Edit() {
	s, err := schedule().Edit(oncall.Edit{
		Rotation: "weekly",
		Seats:    oncall.Seats("ana", "ben", "cleo", "dan"),
	}, time.Date(2026, time.March, 25, 14, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 25, 14, 0, 0, 0, time.UTC)
	for shift := range rota.Shifts(from, from.AddDate(0, 1, 0)) {
		if shift.Override == "" {
			fmt.Println(shift.Start.Format("2 Jan 15:04"), shift.Person)
		}
	}
	// Output:
	// 25 Mar 15:00 ben
	// 30 Mar 09:00 cleo
	// 6 Apr 09:00 dan
	// 13 Apr 09:00 ana
	// 20 Apr 09:00 ben
}

// turnsOf writes who is on call from when on, in UTC: "05 Jan 08:00 ana".
func turnsOf(t require.TestingT, s oncall.Schedule, from time.Time, n int) string {
	var turns []string
	for shift := range compile(t, s).Shifts(from, from.AddDate(2, 0, 0)) {
		if len(turns) == n {
			break
		}
		turns = append(turns, shift.Start.UTC().Format("02 Jan 15:04 ")+shift.Person)
	}
	return strings.Join(turns, ", ")
}

func TestEdit(t *testing.T) {
	t.Parallel()
	office := []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)}
	weekly := func(r *oncall.Rotation) {}
	daily := func(r *oncall.Rotation) {
		r.Turns = oncall.Every(1, oncall.Days)
		r.Windows, r.Count = office, oncall.ByShift
	}
	duty := func(r *oncall.Rotation) {
		r.Turns = []oncall.Turn{{N: 5, Unit: oncall.Days}, {N: 2, Unit: oncall.Days}}
	}
	monthly := func(r *oncall.Rotation) {
		r.Start, r.Turns = oncall.Local(2026, time.January, 31, 9, 0), oncall.Every(1, oncall.Months)
	}
	seats := func(people ...string) oncall.Edit { return oncall.Edit{Seats: oncall.Seats(people...)} }
	tests := []struct {
		name     string
		rotation func(r *oncall.Rotation)
		edit     oncall.Edit
		at       string
		want     string
	}{
		// ana has the turn from 5 January on, ben that from the 12th, cleo that from the 19th.
		{"added at the end", weekly, seats("ana", "ben", "cleo", "dan"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 dan, 02 Feb 08:00 ana"},
		{"added after whoever is on call", weekly, seats("ana", "dan", "ben", "cleo"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 ana, 02 Feb 08:00 dan"},
		{"removed before the turn", weekly, seats("ana", "cleo"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 cleo, 19 Jan 08:00 ana"},
		{"removed in the turn", weekly, seats("ben", "cleo"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 ben"},
		{"reordered", weekly, seats("cleo", "ben", "ana"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 ana, 26 Jan 08:00 cleo"},
		{"all others", weekly, seats("dan", "eve"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 dan, 19 Jan 08:00 eve"},
		{"at a handoff", weekly, seats("ana", "ben", "cleo", "dan"), "2026-01-12T08:00Z",
			"12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 dan, 02 Feb 08:00 ana"},
		{"before the start", weekly, seats("dan", "ana", "ben"), "2026-01-01T00:00Z",
			"05 Jan 08:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 dan"},
		{"somebody joins a seat", weekly, oncall.Edit{Seats: []oncall.Seat{{People: []string{"ana"}}, {People: []string{"dan", "ben"}}}}, "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 dan, 12 Jan 08:00 ben, 19 Jan 08:00 ana"},
		{"two turns in a row", func(r *oncall.Rotation) { r.Seats = oncall.Seats("ana", "ana", "ben", "ben") },
			seats("ana", "ana", "ben", "ben", "dan"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ana, 19 Jan 08:00 ben, 26 Jan 08:00 ben, 02 Feb 08:00 dan"},
		{"a week without anybody", func(r *oncall.Rotation) { r.Seats = oncall.Seats("ana", "", "ben", "") },
			seats("ana", "", "ben", "", "cleo", ""), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 19 Jan 08:00 ben, 02 Feb 08:00 cleo, 16 Feb 08:00 ana"},

		{"now, still a member", weekly, oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("ana", "dan", "ben", "cleo")}, "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 ana"},
		{"now, and gone", weekly, oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("ben", "cleo")}, "2026-01-06T12:00:00.5Z",
			"06 Jan 12:00 ana, 06 Jan 12:00 ben, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 ben"},
		{"now, with windows", weekly, oncall.Edit{Effect: oncall.AtOnce, Windows: office, Count: oncall.ByTurn}, "2026-01-08T12:00Z",
			"08 Jan 12:00 ana, 09 Jan 08:00 ana, 12 Jan 08:00 ben, 13 Jan 08:00 ben"},
		{"now, with other lengths", weekly, oncall.Edit{Effect: oncall.AtOnce, Turns: oncall.Every(2, oncall.Days)}, "2026-01-08T12:00Z",
			"08 Jan 12:00 ana, 09 Jan 08:00 ben, 11 Jan 08:00 cleo, 13 Jan 08:00 ana"},
		{"after the round", weekly, oncall.Edit{Effect: oncall.AfterRound, Seats: oncall.Seats("dan", "ana", "ben")}, "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 ana, 02 Feb 08:00 ben, 09 Feb 08:00 dan"},

		{"other lengths", weekly, oncall.Edit{Turns: oncall.Every(2, oncall.Days)}, "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 12 Jan 08:00 ben, 14 Jan 08:00 cleo, 16 Jan 08:00 ana"},
		{"alternating lengths go on in their place", duty, seats("ana", "cleo"), "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 10 Jan 08:00 cleo, 12 Jan 08:00 ana, 17 Jan 08:00 cleo"},
		{"other alternating lengths, too", duty, oncall.Edit{Turns: []oncall.Turn{{N: 4, Unit: oncall.Days}, {N: 3, Unit: oncall.Days}}}, "2026-01-06T12:00Z",
			"06 Jan 12:00 ana, 10 Jan 08:00 ben, 13 Jan 08:00 cleo, 17 Jan 08:00 ana"},
		{"a place in the list that no start leads to", func(r *oncall.Rotation) {
			r.Start, r.Turns = oncall.Local(1970, time.January, 1, 9, 0), []oncall.Turn{{N: 1, Unit: oncall.Days}, {N: 1, Unit: oncall.Days}}
		}, oncall.Edit{Turns: []oncall.Turn{{N: 50, Unit: oncall.Weeks}, {N: 1, Unit: oncall.Days}}}, "1970-01-01T12:00Z",
			"01 Jan 12:00 ana, 02 Jan 08:00 ben, 03 Jan 08:00 cleo, 19 Dec 08:00 ana"},
		{"nor one by months", func(r *oncall.Rotation) {
			r.Start, r.Turns = oncall.Local(1970, time.January, 31, 9, 0), []oncall.Turn{{N: 1, Unit: oncall.Months}, {N: 1, Unit: oncall.Months}}
		}, oncall.Edit{Turns: []oncall.Turn{{N: 50, Unit: oncall.Months}, {N: 1, Unit: oncall.Months}}}, "1970-02-10T12:00Z",
			"10 Feb 12:00 ana, 28 Feb 08:00 ben, 28 Mar 08:00 cleo"},
		{"another zone", weekly, oncall.Edit{Zone: "America/New_York"}, "2026-03-03T12:00Z", // there clocks change on 8 March
			"03 Mar 12:00 cleo, 09 Mar 08:00 ana, 16 Mar 08:00 ben, 23 Mar 08:00 cleo, 30 Mar 08:00 ana"},
		{"another zone by months keeps the 31st", monthly, oncall.Edit{Zone: "Europe/London"}, "2026-02-10T12:00Z",
			"10 Feb 12:00 ana, 28 Feb 08:00 ben, 31 Mar 07:00 cleo, 30 Apr 07:00 ana"},
		{"months", monthly, seats("ana", "cleo", "ben"), "2026-02-10T12:00Z",
			"10 Feb 12:00 ana, 28 Feb 08:00 ben, 31 Mar 07:00 ana, 30 Apr 07:00 cleo"},
		{"by shift, over the weekend", daily, seats("ana", "ben", "cleo", "dan"), "2026-01-10T12:00Z",
			"12 Jan 08:00 cleo, 13 Jan 08:00 dan, 14 Jan 08:00 ana, 15 Jan 08:00 ben, 16 Jan 08:00 cleo, 19 Jan 08:00 dan"},
		{"by shift, in one, and gone", daily, oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("ben", "cleo")}, "2026-01-05T12:00Z",
			"05 Jan 12:00 ben, 06 Jan 08:00 ben, 07 Jan 08:00 cleo, 08 Jan 08:00 ben"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := primary()
			tt.rotation(&s.Rotations[0])
			tt.edit.Rotation = "weekly"
			at, err := time.Parse("2006-01-02T15:04:05Z", strings.Replace(tt.at, "00Z", "00:00Z", 1))
			if err != nil {
				at = utc(t, tt.at)
			}
			got, err := s.Edit(tt.edit, at)
			require.NoError(t, err)
			assert.Equal(t, tt.want, turnsOf(t, got, at, strings.Count(tt.want, ",")+1))

			before := func(s oncall.Schedule) []oncall.Shift {
				return slices.Collect(compile(t, s).Shifts(utc(t, "2026-01-01T00:00Z"), at))
			}
			assert.Equal(t, before(s), before(got), "history stays as it was")
		})
	}
}

// An edit that takes effect later can be changed until then.
func TestEditPending(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-01-06T12:00Z")
	edit := func(t *testing.T, s oncall.Schedule, e oncall.Edit, at time.Time) oncall.Schedule {
		t.Helper()
		e.Rotation = "weekly"
		s, err := s.Edit(e, at)
		require.NoError(t, err)
		return s
	}
	without := edit(t, primary(), oncall.Edit{Seats: oncall.Seats("ana", "cleo")}, at)
	assert.Len(t, without.Rotations, 2)

	t.Run("taken back", func(t *testing.T) {
		t.Parallel()
		s := edit(t, without, oncall.Edit{Seats: oncall.Seats("ana", "ben", "cleo")}, at.Add(time.Hour))
		assert.Len(t, s.Rotations, 2, "it replaces the version that was to come")
		assert.Equal(t, turnsOf(t, primary(), at, 6), turnsOf(t, s, at, 6))
	})
	t.Run("added to", func(t *testing.T) {
		t.Parallel()
		s := edit(t, without, oncall.Edit{Turns: oncall.Every(1, oncall.Days)}, at.Add(time.Hour))
		assert.Equal(t, "06 Jan 12:00 ana, 12 Jan 08:00 cleo, 13 Jan 08:00 ana, 14 Jan 08:00 cleo", turnsOf(t, s, at, 4))
	})
	t.Run("after one at once", func(t *testing.T) {
		t.Parallel()
		s := edit(t, primary(), oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("ben", "cleo")}, at)
		s = edit(t, s, oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("cleo", "dan", "ben")}, at.Add(time.Hour))
		assert.Equal(t, "06 Jan 12:00 ben, 12 Jan 08:00 ben, 19 Jan 08:00 cleo, 26 Jan 08:00 dan", turnsOf(t, s, at, 4))
		s = edit(t, s, oncall.Edit{Effect: oncall.AtOnce, Seats: oncall.Seats("dan", "cleo")}, at.Add(2*time.Hour))
		assert.Equal(t, "06 Jan 12:00 ben, 06 Jan 14:00 cleo, 12 Jan 08:00 cleo, 19 Jan 08:00 dan", turnsOf(t, s, at, 4))
	})
	t.Run("in between two seasons", func(t *testing.T) {
		t.Parallel()
		s := primary()
		s.Overlap = oncall.Hide
		s.Rotations = append(s.Rotations, s.Rotations[0])
		s.Rotations[0].Until = utc(t, "2026-03-02T08:00Z")
		s.Rotations[1].From = utc(t, "2026-06-01T07:00Z")
		got := edit(t, s, oncall.Edit{Seats: oncall.Seats("ana", "ben", "cleo", "dan")}, utc(t, "2026-04-01T00:00Z"))
		assert.Equal(t, s.Rotations[0], got.Rotations[0])
		assert.Equal(t, "01 Jun 07:00 ana, 08 Jun 07:00 ben, 15 Jun 07:00 cleo, 22 Jun 07:00 dan", turnsOf(t, got, utc(t, "2026-04-01T00:00Z"), 4))

		got = edit(t, s, oncall.Edit{Seats: oncall.Seats("ana", "ben", "cleo", "dan")}, at)
		assert.Equal(t, s.Rotations[1], got.Rotations[2], "the season to come is not part of it")
	})
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, without, edit(t, without, oncall.Edit{}, at))
	})
}

// Seats may hold schedules, and the rotation any place among others.
func TestEditAmongOthers(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overlap = oncall.Levels
	weekly := s.Rotations[0]
	weekly.Level = 3
	weekly.Seats = []oncall.Seat{{Schedule: "emea"}, {Schedule: "apac"}}
	other := s.Rotations[0]
	other.ID = "other"
	s.Rotations = []oncall.Rotation{weekly, other}
	at := utc(t, "2026-01-06T12:00Z")
	got, err := s.Edit(oncall.Edit{Rotation: "weekly", Seats: []oncall.Seat{{Schedule: "emea"}, {Schedule: "amer"}, {Schedule: "apac"}}}, at)
	require.NoError(t, err)

	ended, edited := weekly, weekly
	ended.Until, edited.From = utc(t, "2026-01-12T08:00Z"), utc(t, "2026-01-12T08:00Z")
	edited.Seats = []oncall.Seat{{Schedule: "amer"}, {Schedule: "apac"}, {Schedule: "emea"}}
	assert.Equal(t, []oncall.Rotation{ended, edited, other}, got.Rotations)
}

func TestEditRefuses(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-01-06T12:00Z")
	ended := primary()
	ended.Rotations[0].Until = at
	ending := primary()
	ending.Rotations[0].Until = at.Add(time.Hour)
	fixed := primary()
	fixed.Rotations[0] = oncall.Rotation{ID: "weekly", Fixed: []oncall.FixedShift{{Start: at, End: at.Add(time.Hour), People: []string{"ana"}}}}
	wrong := primary()
	wrong.Zone = "Europe/Atlantis"
	full := primary()
	full.Overlap = oncall.Add
	for i := range oncall.MaxRotations - 1 {
		r := full.Rotations[0]
		r.ID = fmt.Sprint(i)
		full.Rotations = append(full.Rotations, r)
	}
	for _, tt := range []struct {
		name     string
		schedule oncall.Schedule
		edit     oncall.Edit
		want     string
	}{
		{"nobody left", primary(), oncall.Edit{Rotation: "weekly", Seats: []oncall.Seat{}}, "edit.members"},
		{"only vacant seats", primary(), oncall.Edit{Rotation: "weekly", Seats: oncall.Seats("", "")}, "edit.members"},
		{"unknown rotation", primary(), oncall.Edit{Rotation: "daily"}, "edit.rotation"},
		{"ended", ended, oncall.Edit{Rotation: "weekly", Seats: oncall.Seats("dan")}, "edit.rotation"},
		{"ends before", ending, oncall.Edit{Rotation: "weekly", Seats: oncall.Seats("dan")}, "edit.effect"},
		{"fixed shifts", fixed, oncall.Edit{Rotation: "weekly", Seats: oncall.Seats("dan")}, "edit.rotation"},
		{"unknown effect", primary(), oncall.Edit{Rotation: "weekly", Effect: "soon"}, "edit.effect"},
		{"wrong lengths", primary(), oncall.Edit{Rotation: "weekly", Turns: oncall.Every(0, oncall.Days)}, "edit.turns[0]"},
		{"unknown zone", primary(), oncall.Edit{Rotation: "weekly", Zone: "Europe/Atlantis"}, "edit.zone"},
		{"windows without a count", primary(), oncall.Edit{Rotation: "weekly", Windows: []oncall.Window{{Length: time.Hour}}}, "edit.count"},
		{"one version too many", full, oncall.Edit{Rotation: "weekly", Seats: oncall.Seats("dan")}, "rotations"},
		{"the schedule is wrong", wrong, oncall.Edit{Rotation: "weekly"}, "zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.schedule.Edit(tt.edit, at)
			field, ok := errors.AsType[*oncall.FieldError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, tt.want, field.Field)
		})
	}
}

// Whatever is edited: the schedule stays as it is, everything before the effect
// too, and from there on the seats follow one another as in the new list,
// beginning with the first that would have come and is still there.
func TestEditMovesNobodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, at, _ := drawSchedule(t)
		pool := []string{"ana", "ben", "cleo", "dan", "eve"}
		draw := func(label string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, 5, rapid.ID[string]).Draw(t, label)
		}
		old, list := draw("old"), draw("new")
		s.Overrides = nil
		s.Rotations[0].Seats = oncall.Seats(old...)
		e := oncall.Edit{Rotation: "r", Seats: oncall.Seats(list...),
			Effect: rapid.SampledFrom([]oncall.Effect{oncall.NextHandoff, oncall.AtOnce, oncall.AfterRound}).Draw(t, "effect")}
		got, err := s.Edit(e, at)
		require.NoError(t, err)
		require.Equal(t, oncall.Seats(old...), s.Rotations[0].Seats)

		before, after := compile(t, s), compile(t, got)
		due := dueOf(t, before, len(old), e.Effect, at)
		if e.Effect != oncall.AtOnce || slices.Contains(list, personAt(before, at)) {
			for c := range oncall.Preview(before, after, at.AddDate(-1, 0, 0), due) {
				t.Fatalf("before it takes effect at %s: %+v", due, c)
			}
		}

		shifts := slices.Collect(before.Shifts(due, due.AddDate(1, 0, 0)))
		next := slices.IndexFunc(shifts, func(s oncall.Shift) bool { return slices.Contains(list, s.Person) })
		place := 0
		if next >= 0 {
			place = slices.Index(list, shifts[next].Person)
		}
		edited := slices.Collect(after.Shifts(due, due.AddDate(1, 0, 0)))
		require.Len(t, edited, len(shifts), "handoffs stay where they are")
		for i, shift := range edited {
			require.True(t, shift.Start.Equal(shifts[i].Start))
			require.Equal(t, list[(place+i)%len(list)], shift.Person)
		}
	})
}

// dueOf returns when an edit takes effect on everybody but whoever is on call.
func dueOf(t *rapid.T, r *oncall.Rota, seats int, effect oncall.Effect, at time.Time) time.Time {
	for shift := range r.Shifts(at, at.AddDate(5, 0, 0)) {
		switch {
		case shift.Start.Equal(at): // the present turn
		case effect != oncall.AfterRound || (shift.Turn-1)%int64(seats) == 0 || shift.Turn == 1:
			return shift.Start
		}
	}
	t.Fatal("no handoff in five years")
	return time.Time{}
}

func personAt(r *oncall.Rota, at time.Time) string {
	s, err := r.At(at)
	if err != nil {
		return ""
	}
	return s.Person
}

// The result shares no memory with the schedule or the edit.
func TestEditCopies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newDrawer(t).schedule("s", "")
		i := slices.IndexFunc(s.Rotations, func(r oncall.Rotation) bool { return r.Fixed == nil })
		if i < 0 {
			return
		}
		e := oncall.Edit{Rotation: s.Rotations[i].ID, Effect: oncall.AtOnce, Seats: oncall.Seats("ana", "fay")}
		was := fmt.Sprintf("%+v", s)
		got, err := s.Edit(e, s.Rotations[i].Start.In(time.UTC))
		if err != nil {
			return // it has ended, or has a version with fixed shifts
		}
		for i := range got.Rotations {
			for j := range got.Rotations[i].Seats {
				for k := range got.Rotations[i].Seats[j].People {
					got.Rotations[i].Seats[j].People[k] = "mallory"
				}
				got.Rotations[i].Seats[j] = oncall.Seat{}
			}
			for j := range got.Rotations[i].Windows {
				got.Rotations[i].Windows[j].Opens = oncall.Clock(1, 2)
			}
			got.Rotations[i] = oncall.Rotation{}
		}
		for i := range got.Overrides {
			for j := range got.Overrides[i].People {
				got.Overrides[i].People[j] = "mallory"
			}
			got.Overrides[i] = oncall.Override{}
		}
		for i := range got.People {
			for j := range got.People[i].Leave {
				got.People[i].Leave[j] = oncall.Leave{}
			}
			got.People[i] = oncall.Person{}
		}
		require.Equal(t, was, fmt.Sprintf("%+v", s))
		require.Equal(t, oncall.Seats("ana", "fay"), e.Seats)
	})
}
