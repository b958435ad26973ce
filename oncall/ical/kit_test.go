package ical_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// between reads a range of two dates.
func between(t *testing.T, from, to string) ical.Options {
	t.Helper()
	return ical.Options{From: date(t, from), To: date(t, to)}
}

func date(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	require.NoError(t, err)
	return at
}

// calendar wraps lines into a VCALENDAR. A line "--" ends one event and begins
// another.
func calendar(lines ...string) []byte {
	all := "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
	return []byte(strings.ReplaceAll(all, "\n--\n", "\nEND:VEVENT\nBEGIN:VEVENT\n"))
}

// imported reads a calendar and checks what holds for every result.
func imported(t require.TestingT, o ical.Options, data []byte) ical.Result {
	r, err := ical.Import(o, data)
	require.NoError(t, err)
	require.Empty(t, oncall.Validate(r.Schedule))
	return r
}

// shifts writes down the shifts of a schedule, in UTC: "0105T0900 0106T0900 ana".
func shifts(r ical.Result) []string {
	var out []string
	for _, rotation := range r.Schedule.Rotations {
		for _, f := range rotation.Fixed {
			const layout = "20060102T1504"
			out = append(out, fmt.Sprintf("%s %s %s", f.Start.UTC().Format(layout), f.End.UTC().Format(layout), strings.Join(f.People, "+")))
		}
	}
	return out
}

// notes asserts that the report has just these notes, each written as its level,
// its path and a part of its text.
func notes(t *testing.T, want []string, r ical.Result) {
	t.Helper()
	if !assert.Len(t, r.Report, len(want), "%v", r.Report) {
		return
	}
	for i, w := range want {
		got := r.Report[i]
		level, rest, _ := strings.Cut(w, " ")
		path, text, _ := strings.Cut(rest, ": ")
		assert.Equal(t, level, string(got.Level))
		assert.Equal(t, path, got.Path)
		assert.Contains(t, got.Text, text)
	}
}
