package oncall_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

func zone(t require.TestingT, name string) *time.Location {
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

// utc reads an instant such as "2026-01-05T09:00Z".
func utc(t require.TestingT, s string) time.Time {
	u, err := time.Parse("2006-01-02T15:04Z", s)
	require.NoError(t, err)
	return u
}

func local(t require.TestingT, s string) oncall.LocalTime {
	l, err := oncall.ParseLocalTime(s)
	require.NoError(t, err)
	return l
}

func TestParseLocalTime(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2026-01-05T09:00", "0001-01-01T00:00", "9999-12-31T23:59", "2024-02-29T12:30", "2024-02-29T12:30:59"} {
		l, err := oncall.ParseLocalTime(s)
		require.NoError(t, err, s)
		assert.True(t, l.Valid())
		assert.Equal(t, s, l.String())
	}
	l, err := oncall.ParseLocalTime("2026-01-05T09:00:00")
	require.NoError(t, err)
	assert.Equal(t, "2026-01-05T09:00", l.String())
	for _, s := range []string{
		"", "2026-01-05", "2026-01-05 09:00", "2026-01-05T9:00", "2026-01-05T09:00Z", "2026-01-05T09:00:0",
		"2026-01-05T24:00", "2026-01-05T09:60", "2026-02-29T09:00", "2026-13-05T09:00", "2026-00-05T09:00",
		"2026-01-00T09:00", "0000-01-05T09:00", "26-01-05T09:00", "2026-01-05T09:00 ", " 2026-01-05T09:00",
		"2026-1-5T09:00", "12026-01-05T09:00", "2026-01-05T9:00,", "２026-01-05T09:00",
	} {
		_, err := oncall.ParseLocalTime(s)
		var wrong *oncall.LocalTimeError
		require.ErrorAs(t, err, &wrong, s)
		assert.Equal(t, s, wrong.Text)
	}
	_, err = oncall.ParseLocalTime("9 o'clock")
	require.EqualError(t, err, `oncall: want a date and time of day such as "2026-01-05T09:00", not "9 o'clock"`)
	_, err = oncall.ParseLocalTime(string(make([]byte, 1<<20)))
	assert.Less(t, len(err.Error()), 300)
}

func TestLocalTimeIsText(t *testing.T) {
	t.Parallel()
	start := oncall.Local(2026, time.January, 5, 9, 0)
	assert.Equal(t, time.Monday, start.Weekday())

	text, err := json.Marshal(start)
	require.NoError(t, err)
	assert.Equal(t, `"2026-01-05T09:00"`, string(text))
	var back oncall.LocalTime
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, start, back)

	require.Error(t, json.Unmarshal([]byte(`"2026-01-05"`), &back))
	assert.Equal(t, start, back, "a failed reading leaves the value alone")
	_, err = oncall.LocalTime{}.MarshalText()
	var wrong *oncall.LocalTimeError
	require.ErrorAs(t, err, &wrong)
}

func TestLocalTimeValid(t *testing.T) {
	t.Parallel()
	for _, l := range []oncall.LocalTime{
		{},
		oncall.Local(2026, 0, 5, 9, 0),
		oncall.Local(2026, time.February, 29, 9, 0),
		oncall.Local(2026, time.January, 5, 24, 0),
		oncall.Local(2026, time.January, 5, -1, 0),
		oncall.Local(2026, time.January, 5, 9, 60),
		oncall.Local(0, time.January, 5, 9, 0),
		oncall.Local(10000, time.January, 5, 9, 0),
		oncall.Local(math.MaxInt, time.January, math.MaxInt, 9, 0),
	} {
		assert.False(t, l.Valid(), "%s", l)
		assert.Zero(t, l.In(time.UTC), "%s", l)
	}
	assert.True(t, oncall.Local(2026, time.January, 5, 9, 0).Valid())
	assert.Equal(t, utc(t, "2026-01-05T09:00Z"), oncall.Local(2026, time.January, 5, 9, 0).In(nil))
}

// Where a wall clock skips or repeats a time. The instants are written out, from
// the rules of each zone.
var clockChanges = []struct {
	zone, wall, want string
	why              string
}{
	{"Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59Z", "the last minute before 02:00 → 03:00"},
	{"Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00Z", "skipped"},
	{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00Z", "skipped"},
	{"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00Z", "the first minute after"},
	{"Europe/Berlin", "2026-03-29T03:01", "2026-03-29T01:01Z", ""},
	{"Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59Z", "before 03:00 → 02:00"},
	{"Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00Z", "the first of two"},
	{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z", "the first of two"},
	{"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00Z", "shown once: 02:59 is followed by 02:00"},
	{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:00Z", "skipped"},
	{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z", "the first of two"},
	{"Europe/Dublin", "2026-03-29T01:30", "2026-03-29T01:00Z", "summer is standard time there, and winter an hour less"},
	{"Europe/Dublin", "2026-10-25T01:30", "2026-10-25T00:30Z", "the first of two"},

	{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z", "half an hour is skipped"},
	{"Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30Z", "and no more"},
	{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z", "half an hour is repeated"},
	{"Australia/Lord_Howe", "2026-04-05T01:29", "2026-04-04T14:29Z", "and no more"},
	{"Antarctica/Troll", "2026-03-29T02:30", "2026-03-29T01:00Z", "two hours are skipped"},
	{"Antarctica/Troll", "2026-10-25T01:15", "2026-10-24T23:15Z", "two hours are repeated"},

	{"America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00Z", "midnight is skipped"},
	{"America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30Z", "the hour before midnight is repeated"},
	{"America/Santiago", "2026-04-05T00:00", "2026-04-05T04:00Z", "after both"},
	{"Asia/Beirut", "2026-03-29T00:30", "2026-03-28T22:00Z", "midnight is skipped"},
	{"Asia/Beirut", "2026-10-24T23:30", "2026-10-24T20:30Z", "the hour before midnight is repeated"},
	{"Africa/Cairo", "2026-04-24T00:15", "2026-04-23T22:00Z", "midnight is skipped"},
	{"Africa/Cairo", "2026-10-29T23:30", "2026-10-29T20:30Z", "the hour before midnight is repeated"},
	{"America/Havana", "2026-03-08T00:30", "2026-03-08T05:00Z", "midnight is skipped"},
	{"America/Havana", "2026-11-01T00:30", "2026-11-01T04:30Z", "the hour after midnight is repeated"},
	{"America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00Z", "midnight was skipped"},
	{"America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30Z", "the hour before midnight was repeated"},
	{"America/St_Johns", "2010-03-14T00:30", "2010-03-14T03:31Z", "00:01 → 01:01"},
	{"America/St_Johns", "2010-11-06T23:30", "2010-11-07T02:00Z", "00:01 → 23:01 of the day before"},

	{"Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30Z", "before Ramadan 03:00 → 02:00"},
	{"Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00Z", "after it 02:00 → 03:00"},
	{"Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59Z", "the last minute east of the date line"},
	{"Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00Z", "the whole day is skipped"},
	{"Pacific/Apia", "2011-12-30T17:00", "2011-12-30T10:00Z", "the whole day is skipped"},
	{"Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00Z", "the first minute west of it"},
	{"Asia/Pyongyang", "2018-05-04T23:45", "2018-05-04T15:00Z", "23:30 → 00:00, for good"},
	{"America/Caracas", "2016-05-01T02:45", "2016-05-01T07:00Z", "02:30 → 03:00, for good"},
	{"Asia/Kathmandu", "2026-06-01T09:00", "2026-06-01T03:15Z", "UTC+05:45, and no changes"},

	{"Europe/Berlin", "2040-12-31T23:30", "2040-12-31T22:30Z", "the last day of a leap year past 2037"},
	{"America/Santiago", "2048-12-31T23:30", "2049-01-01T02:30Z", "the last day of a leap year past 2037"},
	{"Europe/Berlin", "2150-03-29T02:30", "2150-03-29T01:00Z", "skipped, a long time from now"},
	{"Europe/Berlin", "2150-10-25T02:30", "2150-10-25T00:30Z", "the first of two, a long time from now"},
}

func TestLocalTimeIn(t *testing.T) {
	t.Parallel()
	for _, tt := range clockChanges {
		got := local(t, tt.wall).In(zone(t, tt.zone))
		assert.Equal(t, tt.want, got.UTC().Format("2006-01-02T15:04Z"), "%s in %s: %s", tt.wall, tt.zone, tt.why)
		assert.Equal(t, tt.zone, got.Location().String())
	}
}

func FuzzParseLocalTime(f *testing.F) {
	for _, s := range []string{"2026-01-05T09:00", "2024-02-29T23:59", "0000-00-00T00:00", "2026-01-05T9:00,", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := oncall.ParseLocalTime(s)
		if err != nil {
			assert.Zero(t, l)
			return
		}
		assert.True(t, l.Valid())
		assert.Contains(t, []string{s, strings.TrimSuffix(s, ":00")}, l.String(), "whole minutes may have seconds")
		assert.Equal(t, l.Weekday(), l.In(time.UTC).Weekday())
		text, err := l.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, l.String(), string(text))
	})
}
