package oncall_test

import (
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
			"id":        "a non-empty id",
			"zone":      zone + "; it is empty",
			"rotations": "exactly one rotation, which is all that this version supports, not 0",
		}},
		{"two rotations", func(s *oncall.Schedule) { s.Rotations = append(s.Rotations, s.Rotations[0]) }, problems{
			"rotations": "exactly one rotation, which is all that this version supports, not 2",
		}},
		{"an empty rotation", func(s *oncall.Schedule) { s.Rotations[0] = oncall.Rotation{} }, problems{
			"rotations[0].id":      "a non-empty id",
			"rotations[0].start":   `a date and time of day such as "2026-01-05T09:00", not "0000-00-00T00:00"`,
			"rotations[0].turn":    `a number of weeks, the only unit that this version supports, not ""`,
			"rotations[0].members": "1 to 1000 members, not 0",
		}},
		{"a start too early", func(s *oncall.Schedule) { s.Rotations[0].Start.Year = 1969 }, problems{
			"rotations[0].start": "a year from 1970 to 9998, not 1969",
		}},
		{"a start too late", func(s *oncall.Schedule) { s.Rotations[0].Start.Year = 9999 }, problems{
			"rotations[0].start": "a year from 1970 to 9998, not 9999",
		}},
		{"the first and the last start", func(s *oncall.Schedule) {
			s.Rotations[0].Start = oncall.Local(1970, time.January, 1, 0, 0)
			require.Empty(t, oncall.Validate(*s))
			s.Rotations[0].Start = oncall.Local(9998, time.December, 31, 23, 59)
		}, nil},
		{"other units", func(s *oncall.Schedule) { s.Rotations[0].Turn = oncall.Turn{N: 1, Unit: "days"} }, problems{
			"rotations[0].turn": `a number of weeks, the only unit that this version supports, not "days"`,
		}},
		{"turns of no week", func(s *oncall.Schedule) { s.Rotations[0].Turn.N = 0 }, problems{"rotations[0].turn": "1 to 520 weeks, not 0"}},
		{"turns of too many weeks", func(s *oncall.Schedule) { s.Rotations[0].Turn.N = 521 }, problems{"rotations[0].turn": "1 to 520 weeks, not 521"}},
		{"too many seats", func(s *oncall.Schedule) { s.Rotations[0].Seats = make([]oncall.Seat, 1001) }, problems{
			"rotations[0].members": "1 to 1000 members, not 1001",
		}},
		{"seats", func(s *oncall.Schedule) {
			s.Rotations[0].Seats = []oncall.Seat{{People: []string{"ana"}}, {}, {People: []string{"ben", "cleo"}}, {People: []string{""}}}
		}, problems{
			"rotations[0].members[1]": "exactly one person, which is all that this version supports, not 0",
			"rotations[0].members[2]": "exactly one person, which is all that this version supports, not 2",
			"rotations[0].members[3]": "the id of a person; it is empty",
		}},
		{"overrides", func(s *oncall.Schedule) {
			backwards, unnamed, nobody, fraction, missing := valid, valid, valid, valid, valid
			backwards.ID, backwards.End = "o2", valid.Start
			unnamed.ID = ""
			nobody.ID, nobody.Person = "o4", ""
			fraction.ID, fraction.End = "o5", valid.End.Add(time.Second/2)
			missing.ID, missing.Start = "o6", time.Time{}
			late := valid
			late.ID, late.End = "o7", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
			// In New York it is still 9999; after a start that is wrong, the end is not compared.
			newYear := valid
			newYear.ID, newYear.Start = "o8", time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -5*60*60))
			s.Overrides = []oncall.Override{valid, backwards, unnamed, valid, nobody, fraction, missing, late, newYear}
		}, problems{
			"overrides[1].end":    "an instant after the start",
			"overrides[2].id":     "a non-empty id",
			"overrides[3].id":     `an id used once, not "o1" again`,
			"overrides[4].person": "the id of a person; it is empty",
			"overrides[5].end":    "a whole second, not 2026-01-06T12:00:00.5Z",
			"overrides[6].start":  "an instant; it is missing",
			"overrides[7].end":    "a year from 1970 to 9999, not 10000",
			"overrides[8].start":  "a year from 1970 to 9999, not 10000",
		}},
		{"too many overrides", func(s *oncall.Schedule) { s.Overrides = make([]oncall.Override, 100_001) }, problems{
			"overrides": "at most 100000 overrides, not 100001",
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
