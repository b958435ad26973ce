package importtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Time reads an instant, or a day that begins in UTC.
func Time(t T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	t.Fatal("not an instant: " + s)
	return time.Time{}
}

// ByRule tells shifts apart that are of several people, rotations or overrides.
func ByRule(a, b oncall.Shift) bool { return byRotation(a, b) && a.Override == b.Override }

func byRotation(a, b oncall.Shift) bool { return a.Person == b.Person && a.Rotation == b.Rotation }

// Joined returns who is on call from one instant to another, in the order of the
// starts. Shifts that are alike and touch are one.
func Joined(t T, s oncall.Schedule, from, to time.Time, alike func(a, b oncall.Shift) bool) []oncall.Shift {
	t.Helper()
	rota, err := oncall.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	var joined []oncall.Shift
	for shift := range rota.Shifts(from, to) {
		touches := func(before oncall.Shift) bool { return before.End.Equal(shift.Start) && alike(before, shift) }
		if i := slices.IndexFunc(joined, touches); i >= 0 {
			joined[i].End = shift.End
			continue
		}
		joined = append(joined, shift)
	}
	return joined
}

// Duty lists who is on call in which rotation, in UTC: "03-02T14:00 03-02T22:00 ada
// rot-1". An override of the whole schedule has no rotation.
func Duty(t T, s oncall.Schedule, from, to string) []string {
	t.Helper()
	lines := []string{}
	for _, s := range Joined(t, s, Time(t, from), Time(t, to), byRotation) {
		const layout = "01-02T15:04"
		line := fmt.Sprintf("%s %s %s %s", s.Start.UTC().Format(layout), s.End.UTC().Format(layout), s.Person, s.Rotation)
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// Notes writes a report: "loss /path text".
func Notes(report []oncall.Note) []string {
	lines := []string{}
	for _, n := range report {
		lines = append(lines, fmt.Sprintf("%s %s %s", n.Level, n.Path, n.Text))
	}
	return lines
}
