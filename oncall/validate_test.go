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

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	type problems = map[string]string // path -> want
	const zone = `an IANA time zone such as "Europe/Berlin"`
	valid := override(t, "o1", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "cleo")
	tests := []struct {
		name   string
		change func(s *oncall.Schedule)
		want   problems
	}{
		{"right", func(s *oncall.Schedule) { s.Overrides = append(s.Overrides, valid) }, nil},
		{"nothing at all", func(s *oncall.Schedule) { *s = oncall.Schedule{} }, problems{
			"id":   "a non-empty id",
			"zone": zone + "; it is empty",
		}},
		{"no rotation", func(s *oncall.Schedule) { s.Rotations = nil }, nil},
		{"two rotations", func(s *oncall.Schedule) { s.Rotations = append(s.Rotations, s.Rotations[0]) }, problems{
			"rotations[1].id": `an id used once, not "weekly" again, unless the earlier one ends (until) before this one begins (from)`,
		}},
		{"two rotations and nothing said", func(s *oncall.Schedule) {
			s.Rotations = append(s.Rotations, s.Rotations[0])
			s.Rotations[1].ID = "second"
		}, problems{"overlap": `"hide", "add" or "levels", which says what happens while more than one rotation is on duty`}},
		{"versions", func(s *oncall.Schedule) {
			s.Rotations = append(s.Rotations, s.Rotations[0])
			s.Rotations[0].Until, s.Rotations[1].From = utc(t, "2026-03-01T00:00Z"), utc(t, "2026-03-01T00:00Z")
		}, nil},
		{"another overlap", func(s *oncall.Schedule) { s.Overlap = "layers" }, problems{"overlap": `"hide", "add" or "levels", not "layers"`}},
		{"too many rotations", func(s *oncall.Schedule) { s.Rotations = make([]oncall.Rotation, 1001) }, problems{
			"rotations": "at most 1000 rotations, not 1001",
		}},
		{"an empty rotation", func(s *oncall.Schedule) { s.Rotations[0] = oncall.Rotation{} }, problems{
			"rotations[0].id":      "a non-empty id",
			"rotations[0].start":   `a date and time of day such as "2026-01-05T09:00", not "0000-00-00T00:00"`,
			"rotations[0].turns":   "1 to 100 lengths, not 0",
			"rotations[0].members": "1 to 1000 members, not 0",
		}},
		{"zones of a rotation", func(s *oncall.Schedule) {
			s.Rotations[0].Zone, s.Rotations[0].WindowsZone = "Local", "Mars"
		}, problems{
			"rotations[0].zone":         zone + `, not "Local"`,
			"rotations[0].windows_zone": zone + `, not "Mars", which the zone data of this machine does not have (importing time/tzdata brings a full set)`,
		}},
		{"a start too early", func(s *oncall.Schedule) { s.Rotations[0].Start.Year = 1969 }, problems{
			"rotations[0].start": "a year from 1970 to 9998, not 1969",
		}},
		{"a start too late", func(s *oncall.Schedule) { s.Rotations[0].Start.Year = 9999 }, problems{
			"rotations[0].start": "a year from 1970 to 9998, not 9999",
		}},
		{"a start in year 0", func(s *oncall.Schedule) { s.Rotations[0].Start.Year = 0 }, problems{
			"rotations[0].start": `a date and time of day such as "2026-01-05T09:00", not "0000-01-05T09:00"`,
		}},
		{"the first and the last start", func(s *oncall.Schedule) {
			s.Rotations[0].Start = oncall.Local(1970, time.January, 1, 0, 0)
			require.Empty(t, oncall.Validate(*s))
			s.Rotations[0].Start = oncall.Local(9998, time.December, 31, 23, 59)
		}, nil},
		{"a rotation that ends before it begins", func(s *oncall.Schedule) {
			s.Rotations[0].From, s.Rotations[0].Until = utc(t, "2026-03-01T00:00Z"), utc(t, "2026-03-01T00:00Z")
		}, problems{"rotations[0].until": "an instant after from"}},
		{"fractions of a second", func(s *oncall.Schedule) { s.Rotations[0].From = time.Unix(1_800_000_000, 1).UTC() }, problems{
			"rotations[0].from": "a whole second, not 2027-01-15T08:00:00.000000001Z",
		}},
		{"lengths", func(s *oncall.Schedule) {
			s.Rotations[0].Turns = []oncall.Turn{
				{N: 0, Unit: oncall.Weeks}, {N: -1, Unit: oncall.Days}, {N: 521, Unit: oncall.Weeks}, {N: 3641, Unit: oncall.Days}, {N: 87361, Unit: oncall.Hours},
				{N: 121, Unit: oncall.Months}, {N: 1, Unit: oncall.Months}, {N: 1, Unit: "fortnights"}, {N: 5241601, Unit: oncall.Minutes},
			}
		}, problems{
			"rotations[0].turns[0]": "1 to 520 weeks, not 0",
			"rotations[0].turns[1]": "1 to 3640 days, not -1",
			"rotations[0].turns[2]": "1 to 520 weeks, not 521",
			"rotations[0].turns[3]": "1 to 3640 days, not 3641",
			"rotations[0].turns[4]": "1 to 87360 hours, not 87361",
			"rotations[0].turns[5]": "1 to 120 months, not 121",
			"rotations[0].turns[6]": "months only together with months",
			"rotations[0].turns[7]": `"minutes", "hours", "days", "weeks" or "months", not "fortnights"`,
			"rotations[0].turns[8]": "1 to 5241600 minutes, not 5241601",
		}},
		{"choices", func(s *oncall.Schedule) {
			s.Rotations[0].MonthEnd, s.Rotations[0].Count, s.Rotations[0].Repeated, s.Absence = "first", "days", "never", "ask"
		}, problems{
			"rotations[0].month_end": `"overflow" or nothing, not "first"`,
			"rotations[0].count":     `"turn", "handoff" or "shift", not "days"`,
			"rotations[0].repeated":  `"last" or nothing, not "never"`,
			"absence":                `"keep", "vacate" or "next_seat", not "ask"`,
		}},
		{"windows", func(s *oncall.Schedule) {
			s.Rotations[0].Windows = []oncall.Window{
				{}, {Opens: oncall.Clock(24, 0), Length: time.Hour}, {Length: 7*24*time.Hour + time.Second}, {Length: -time.Hour},
				{Length: time.Second / 2}, {Days: 200, Length: time.Hour},
			}
		}, problems{
			"rotations[0].count":             `"turn", "handoff" or "shift", which says whether a turn outside the windows passes duty on`,
			"rotations[0].windows[0].length": "1s to 7 days in whole seconds, not 0s",
			"rotations[0].windows[1].opens":  "a time of day from 00:00:00 to 23:59:59, not 24:00",
			"rotations[0].windows[2].length": "1s to 7 days in whole seconds, not 168h0m1s",
			"rotations[0].windows[3].length": "1s to 7 days in whole seconds, not -1h0m0s",
			"rotations[0].windows[4].length": "1s to 7 days in whole seconds, not 500ms",
			"rotations[0].windows[5].days":   "days of the week",
		}},
		{"too many windows", func(s *oncall.Schedule) {
			s.Rotations[0].Count, s.Rotations[0].Windows = oncall.ByTurn, make([]oncall.Window, 501)
		}, problems{"rotations[0].windows": "at most 500 windows, not 501"}},
		{"shifts counted in two zones", func(s *oncall.Schedule) {
			s.Rotations[0].Count, s.Rotations[0].WindowsZone = oncall.ByShift, "Asia/Tokyo"
		}, problems{
			"rotations[0].count": `"turn" or "handoff", since shifts can be counted only where the windows are in the zone of the turns`,
		}},
		{"too many seats", func(s *oncall.Schedule) { s.Rotations[0].Seats = make([]oncall.Seat, 1001) }, problems{
			"rotations[0].members": "1 to 1000 members, not 1001",
		}},
		{"seats", func(s *oncall.Schedule) {
			s.Rotations[0].Seats = []oncall.Seat{
				{People: []string{"ana", "ana"}}, {}, {People: []string{"ben"}, Schedule: "other"}, {People: []string{""}}, {People: make([]string, 101)},
			}
		}, problems{
			"rotations[0].members[0]": `each person once, not "ana" again`,
			"rotations[0].members[2]": "people or a schedule, not both",
			"rotations[0].members[3]": "the id of a person; it is empty",
			"rotations[0].members[4]": "at most 100 people, not 101",
		}},
		{"skills and readiness", func(s *oncall.Schedule) {
			s.Rotations[0].Skills = []string{"db"}
			s.People = []oncall.Person{
				{ID: "ana", Skills: []string{"db"}},
				{ID: "ben", Skills: []string{"db"}, Stages: []oncall.Stage{{From: utc(t, "2026-01-01T00:00Z"), Readiness: oncall.Shadowing}}},
			}
			s.Rotations[0].Seats = oncall.Seats("ana", "ben", "cleo")
		}, problems{
			"rotations[0].members[1]": `somebody who is ready at some time, which "ben" is not`,
			"rotations[0].members[2]": `somebody with the skill "db", which "cleo" does not have`,
		}},
		{"fixed shifts", func(s *oncall.Schedule) {
			start := utc(t, "2026-01-05T00:00Z")
			s.Rotations[0].Fixed = []oncall.FixedShift{
				{Start: start, End: start, People: []string{"ana"}}, {Start: start, End: start.Add(time.Hour)}, {End: start, People: []string{""}},
			}
		}, problems{
			"rotations[0].fixed":           "no start, turns, members and windows, nor what goes with them, where the shifts are fixed one by one",
			"rotations[0].fixed[0].end":    "an instant after the start",
			"rotations[0].fixed[1].people": "at least one person",
			"rotations[0].fixed[2].start":  "an instant; it is missing",
			"rotations[0].fixed[2].people": "the id of a person; it is empty",
		}},
		{"too many at once", func(s *oncall.Schedule) {
			start := utc(t, "2026-01-05T00:00Z")
			s.Rotations[0] = oncall.Rotation{ID: "fixed", Fixed: []oncall.FixedShift{}}
			for i := range 101 {
				s.Rotations[0].Fixed = append(s.Rotations[0].Fixed, oncall.FixedShift{Start: start, End: start.Add(time.Hour), People: []string{"ana"}})
				s.Overrides = append(s.Overrides, oncall.Override{ID: fmt.Sprint(i), Start: start, End: start.Add(time.Hour), Adds: true, People: []string{"ana"}})
			}
		}, problems{
			"rotations[0].fixed": "at most 100 shifts at any time",
			"overrides":          "at most 100 at any time that do not replace everybody",
		}},
		{"overrides", func(s *oncall.Schedule) {
			backwards, unnamed, nobody, fraction, missing := valid, valid, valid, valid, valid
			backwards.ID, backwards.End = "o2", valid.Start
			unnamed.ID = ""
			nobody.ID, nobody.People = "o4", []string{""}
			fraction.ID, fraction.End = "o5", valid.End.Add(time.Second/2)
			missing.ID, missing.Start = "o6", time.Time{}
			late := valid
			late.ID, late.End = "o7", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
			// In New York it is still 9999; after a start that is wrong, the end is not compared.
			newYear := valid
			newYear.ID, newYear.Start = "o8", time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -5*60*60))
			both, none, elsewhere := valid, valid, valid
			both.ID, both.Adds, both.Replaces = "o9", true, "ana"
			none.ID, none.Adds, none.People = "o10", true, nil
			elsewhere.ID, elsewhere.Rotation = "o11", "nights"
			s.Overrides = []oncall.Override{valid, backwards, unnamed, valid, nobody, fraction, missing, late, newYear, both, none, elsewhere}
		}, problems{
			"overrides[1].end":       "an instant after the start",
			"overrides[2].id":        "a non-empty id",
			"overrides[3].id":        `an id used once, not "o1" again`,
			"overrides[4].people":    "the id of a person; it is empty",
			"overrides[5].end":       "a whole second, not 2026-01-06T12:00:00.5Z",
			"overrides[6].start":     "an instant; it is missing",
			"overrides[7].end":       "a year from 1970 to 9999, not 10000",
			"overrides[8].start":     "a year from 1970 to 9999, not 10000",
			"overrides[9].adds":      "either adds or replaces, not both",
			"overrides[10].people":   "at least one person to add",
			"overrides[11].rotation": `the id of a rotation, not "nights"`,
		}},
		{"too many overrides", func(s *oncall.Schedule) { s.Overrides = make([]oncall.Override, 1_000_000) }, problems{
			"overrides": "at most 100000 overrides, not 1000000",
		}},
		{"people", func(s *oncall.Schedule) {
			at := utc(t, "2026-01-01T00:00Z")
			s.People = []oncall.Person{
				{}, {ID: "ana", Zone: "Berlin"}, {ID: "ana"},
				{ID: "ben", Stages: []oncall.Stage{{From: at, Readiness: "new"}, {From: at, Readiness: oncall.Ready}, {Readiness: oncall.Ready}}},
				{ID: "cleo", Leave: []oncall.Leave{{Start: at, End: at}, {}}},
			}
		}, problems{
			"people[0].id":                  "a non-empty id",
			"people[1].zone":                zone + `, not "Berlin", which the zone data of this machine does not have (importing time/tzdata brings a full set)`,
			"people[2].id":                  `an id used once, not "ana" again`,
			"people[3].stages[0].readiness": `"none", "shadow", "supervised", "ready" or "lead", not "new"`,
			"people[3].stages[1].from":      "an instant after that of the stage before",
			"people[3].stages[2].from":      "an instant; it is missing",
			"people[4].leave[0].end":        "an instant after the start",
			"people[4].leave[1].start":      "an instant; it is missing",
			"people[4].leave[1].end":        "an instant; it is missing",
			"absence":                       `"keep", "vacate" or "next_seat", which says what becomes of the duty of somebody on leave`,
		}},
		{"too many people", func(s *oncall.Schedule) { s.People = make([]oncall.Person, 10_001) }, problems{
			"people": "at most 10000 people, not 10001",
		}},
		{"too much leave", func(s *oncall.Schedule) {
			at := utc(t, "2026-01-01T00:00Z")
			s.Absence = oncall.Keep
			s.People = []oncall.Person{{ID: "ana", Leave: slices.Repeat([]oncall.Leave{{Start: at, End: at.Add(time.Hour)}}, 10_001)}}
		}, problems{"people": "at most 10000 times of leave of all people together, not 10001"}},
		{"shadows", func(s *oncall.Schedule) {
			at := utc(t, "2026-01-01T00:00Z")
			s.Shadows = []oncall.Shadow{{}, {Person: "ana", Of: "ana", Rotation: "nights"}, {Person: "ana", Start: at, End: at}}
		}, problems{
			"shadows[0].person":   "the id of a person; it is empty",
			"shadows[1].of":       "somebody else than the shadow",
			"shadows[1].rotation": `the id of a rotation, not "nights"`,
			"shadows[2].end":      "an instant after the start",
		}},
		{"intended gaps", func(s *oncall.Schedule) {
			at := utc(t, "2026-01-01T00:00Z")
			s.Intended = []oncall.IntendedGap{{}, {Window: oncall.Window{Days: oncall.On(time.Sunday)}}, {Start: at, End: at}}
		}, problems{
			"intended_gaps[0]":               "a window, a start or an end",
			"intended_gaps[1].window.length": "1s to 7 days in whole seconds, not 0s",
			"intended_gaps[2].end":           "an instant after the start",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := primary()
			tt.change(&s)
			got := problems{}
			for _, err := range oncall.Validate(s) {
				var field *oncall.FieldError
				require.ErrorAs(t, err, &field)
				got[field.Field] = field.Want
			}
			if tt.want == nil {
				tt.want = problems{}
			}
			assert.Equal(t, tt.want, got)

			r, err := oncall.Compile(s)
			if len(tt.want) == 0 {
				require.NoError(t, err)
				return
			}
			assert.Nil(t, r)
			for path, want := range tt.want {
				require.ErrorContains(t, err, "oncall: "+path+": want "+want)
			}
		})
	}
}

// A schedule must mean the same on every machine.
func TestZones(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "EST5EDT", "Etc/GMT+5"} {
		s := primary()
		s.Zone = name
		assert.Empty(t, oncall.Validate(s), name)
	}
	for _, name := range []string{
		"", "Local", "localtime", "posixrules", "posix/Europe/Berlin", "right/Europe/Berlin", "europe/berlin",
		"Europe/Atlantis", "Europe", "Europe/", "Europe/../Europe/Berlin", "../Europe/Berlin", "/etc/localtime",
		`\Europe`, "+02:00", "Europe/Berlin\x00", "zone.tab", " UTC",
	} {
		s := primary()
		s.Zone = name
		errs := oncall.Validate(s)
		require.Len(t, errs, 1, name)
		var field *oncall.FieldError
		require.ErrorAs(t, errs[0], &field)
		assert.Equal(t, "zone", field.Field)
		assert.Contains(t, field.Want, `such as "Europe/Berlin"`)
	}
}

// What is wrong with schedules that are compiled together, and cannot be seen in
// each by itself.
func TestNestingIsChecked(t *testing.T) {
	t.Parallel()
	schedule := func(id string, nested ...string) oncall.Schedule {
		s := primary()
		s.ID = id
		for _, n := range nested {
			s.Rotations[0].Seats = append(s.Rotations[0].Seats, oncall.Seat{Schedule: n})
		}
		return s
	}
	members := len(primary().Rotations[0].Seats)
	field := func(s int, at int) string {
		return fmt.Sprintf("oncall: schedules[%d].rotations[0].members[%d].schedule: want ", s, members+at)
	}
	for name, tt := range map[string]struct {
		schedules []oncall.Schedule
		want      []string
	}{
		"itself":    {[]oncall.Schedule{schedule("a", "a")}, []string{field(0, 0) + "a schedule that does not lead back to this one: a → a"}},
		"a circle":  {[]oncall.Schedule{schedule("a", "b"), schedule("b", "c"), schedule("c", "d", "a"), schedule("d")}, []string{field(2, 1) + "a schedule that does not lead back to this one: a → b → c → a"}},
		"elsewhere": {[]oncall.Schedule{schedule("a", "x")}, []string{field(0, 0) + `the id of a schedule, not "x"`}},
		"one id":    {[]oncall.Schedule{schedule("a"), schedule("a")}, []string{`oncall: schedules[1].id: want an id used once, not "a" again`}},
		"a field":   {[]oncall.Schedule{schedule("a"), {ID: "b", Zone: "Local"}}, []string{`oncall: schedules[1].zone: want an IANA time zone`}},
		"a diamond": {[]oncall.Schedule{schedule("a", "b", "c"), schedule("b", "d"), schedule("c", "d"), schedule("d")}, nil},
	} {
		rotas, err := oncall.CompileAll(tt.schedules)
		if tt.want == nil {
			require.NoError(t, err, name)
			assert.Len(t, rotas, len(tt.schedules))
			continue
		}
		assert.Nil(t, rotas, name)
		for _, want := range tt.want {
			require.ErrorContains(t, err, want, name)
		}
	}
	_, err := oncall.Compile(schedule("a", "b"))
	require.ErrorContains(t, err, "oncall: "+field(0, 0)[len("oncall: schedules[0]."):]+"no schedule within a schedule, unless all are compiled together")
}

// Schedules that lead to each other many times over would take ages to ask.
func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	var chain []oncall.Schedule
	for i := range 11 {
		s := oncall.Schedule{ID: fmt.Sprint("s", i), Zone: "UTC", Overlap: oncall.Add}
		for j := range 2 {
			r := primary().Rotations[0]
			r.ID, r.Seats = fmt.Sprint("r", j), oncall.Seats("ana")
			if i > 0 {
				r.Seats = []oncall.Seat{{Schedule: fmt.Sprint("s", i-1)}}
			}
			s.Rotations = append(s.Rotations, r)
		}
		chain = append(chain, s)
	}
	_, err := oncall.CompileAll(chain[:8])
	require.NoError(t, err)
	_, err = oncall.CompileAll(chain)
	require.EqualError(t, err, "oncall: schedules[8].rotations: want at most 1000 rotations at any instant, together with those of the schedules in the seats")
}
