package escalation_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// weekly returns a rota of weekly turns from Monday 2026-03-02, 09:00 in Berlin.
func weekly(tb testing.TB, people ...string) *oncall.Rota {
	tb.Helper()
	rota, err := oncall.Compile(oncall.Schedule{
		ID: "primary", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID: "weekly", Start: oncall.Local(2026, 3, 2, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats(people...),
		}},
		Overrides: []oncall.Override{{
			ID: "o1", People: []string{"dora"}, Reason: "dentist",
			Start: time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 3, 14, 0, 0, 0, time.UTC),
		}},
	})
	require.NoError(tb, err)
	return rota
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	schedules := escalation.Schedules{"primary": weekly(t, "ana", "ben"), "empty": nil}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	is := func(person, rule string) escalation.Resolution {
		return escalation.Resolution{People: []escalation.Candidate{{Person: person, Rule: rule}}}
	}
	why := func(s string) escalation.Resolution { return escalation.Resolution{Why: s} }

	tests := []struct {
		name   string
		target escalation.Target
		at     time.Time
		want   escalation.Resolution
	}{
		{"a person", escalation.Person("carl"), at(2, 8, 0), is("carl", "named by the policy")},
		{"on call", escalation.Schedule("primary"), at(2, 8, 0), is("ana", "rotation weekly, turn 1")},
		{"after the handoff", escalation.Schedule("primary"), at(9, 8, 0), is("ben", "rotation weekly, turn 2")},
		{"an override", escalation.Schedule("primary"), at(3, 12, 0), is("dora", "override o1 (dentist)")},
		{"an unknown schedule", escalation.Schedule("nights"), at(2, 8, 0), why(`there is no schedule "nights"`)},
		{"a schedule that was not compiled", escalation.Schedule("empty"), at(2, 8, 0), why(`there is no schedule "empty"`)},
		{"nobody on call", escalation.Schedule("primary"), at(2, 7, 59), why(nobody(schedules["primary"], at(2, 7, 59)))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, schedules.Resolve(tt.target, tt.at))
		})
	}
}

// Everybody who is on call is paged, and nobody twice.
func TestEverybodyOnCall(t *testing.T) {
	t.Parallel()
	weekly := func(id string, people ...string) oncall.Rotation {
		return oncall.Rotation{
			ID: id, Start: oncall.Local(2026, 3, 2, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: []oncall.Seat{{People: people}},
		}
	}
	rota, err := oncall.Compile(oncall.Schedule{
		ID: "primary", Zone: "UTC", Overlap: oncall.Add,
		Rotations: []oncall.Rotation{weekly("pair", "ana", "ben"), weekly("third", "ben", "cleo")},
	})
	require.NoError(t, err)
	got := escalation.OnCall(rota, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC))
	assert.Equal(t, []escalation.Candidate{
		{Person: "ana", Rule: "rotation pair, turn 1"}, {Person: "ben", Rule: "rotation pair, turn 1"}, {Person: "cleo", Rule: "rotation third, turn 1"},
	}, got.People)
}

// nobody returns what a rota says where nobody is on call.
func nobody(rota *oncall.Rota, at time.Time) string {
	_, err := rota.At(at)
	return strings.TrimPrefix(err.Error(), "oncall: ")
}

// A program that decides whom to page needs nothing but these two packages and
// the standard library.
func TestNeedsOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".", "../oncall").Output()
	require.NoError(t, err)
	const module = "github.com/incidentkit/incidentkit/"
	assert.ElementsMatch(t, []string{module + "escalation", module + "oncall"}, strings.Fields(string(out)))
}
