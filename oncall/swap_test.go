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

// ana and cleo swap a Friday.
func ExampleSwap() {
	s := schedule()
	s.Overrides = nil
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	friday := func(month time.Month, day int) oncall.Stint {
		start := time.Date(2026, month, day, 7, 0, 0, 0, time.UTC)
		return oncall.Stint{Hours: oncall.Period{Start: start, End: start.AddDate(0, 0, 1)}}
	}
	swap := oncall.Swap{
		ID: "s1", Schedule: "primary", Proposer: "cleo", Other: "ana", Reason: "concert",
		Gives: friday(time.April, 3), Takes: friday(time.April, 10),
	}
	now := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	if err := swap.Check(rota, now); err != nil {
		fmt.Println(err)
		return
	}
	accepted := oncall.SwapEvent{Kind: oncall.SwapAccepted, Person: "ana", At: now.Add(time.Hour)}
	if err := swap.Decide(rota, nil, accepted); err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range swap.Overrides([]oncall.SwapEvent{accepted}) {
		fmt.Println(o.Start.Format("2 Jan"), o.Replaces, "→", o.People, o.Reason)
	}
	// Output:
	// 3 Apr cleo → [ana] swap s1: concert
	// 10 Apr ana → [cleo] swap s1: concert
}

// swap is of a Tuesday of ana's for one of ben's, a week later.
func swap() oncall.Swap {
	later := hours(8, 16)
	later.Start, later.End = later.Start.AddDate(0, 0, 7), later.End.AddDate(0, 0, 7)
	return oncall.Swap{
		ID: "w", Schedule: "primary", Proposer: "ana", Other: "ben",
		Gives: oncall.Stint{Hours: hours(8, 16)}, Takes: oncall.Stint{Hours: later},
	}
}

func TestSwapCheck(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{
		{ID: "o1", Start: hour(20), End: hour(21), Adds: true, People: []string{"ben"}},
		{ID: "o2", Start: hour(22), End: hour(23), People: []string{"cleo"}},
	}
	rota := compile(t, s)
	for _, tt := range []struct {
		name   string
		change func(w *oncall.Swap)
		now    time.Time
		want   string
	}{
		{"fine", func(*oncall.Swap) {}, hour(7), ""},
		{"of a rotation", func(w *oncall.Swap) { w.Gives.Rotation, w.Takes.Rotation = "weekly", "weekly" }, hour(7), ""},
		{"no id", func(w *oncall.Swap) { w.ID = "" }, hour(7), "swap.id"},
		{"another schedule", func(w *oncall.Swap) { w.Schedule = "secondary" }, hour(7), "swap.schedule"},
		{"no proposer", func(w *oncall.Swap) { w.Proposer = "" }, hour(7), "swap.proposer"},
		{"with oneself", func(w *oncall.Swap) { w.Other = "ana" }, hour(7), "swap.other"},
		{"with nobody", func(w *oncall.Swap) { w.Other = "" }, hour(7), "swap.other"},
		{"no time given", func(w *oncall.Swap) { w.Gives.Hours = oncall.Period{} }, hour(7), "swap.gives.hours"},
		{"no time taken", func(w *oncall.Swap) { w.Takes.Hours = hours(9, 8) }, hour(7), "swap.takes.hours"},
		{"begun", func(*oncall.Swap) {}, hour(8), string(oncall.Begun)},
		{"not one's own", func(w *oncall.Swap) { w.Other = "cleo" }, hour(7), string(oncall.NotOnCall)},
		{"not all one's own", func(w *oncall.Swap) { w.Gives.Hours = hours(21, 23) }, hour(7), string(oncall.NotOnCall)},
		{"not in that rotation", func(w *oncall.Swap) { w.Gives.Rotation = "daily" }, hour(7), string(oncall.NotOnCall)},
		{"on call already", func(w *oncall.Swap) { w.Gives.Hours = hours(18, 21) }, hour(7), string(oncall.Twice)},
		{"at the same time", func(w *oncall.Swap) { w.Gives.Hours, w.Takes.Hours = hours(20, 21), hours(20, 21) }, hour(7), string(oncall.Twice)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := swap()
			tt.change(&w)
			assert.Equal(t, tt.want, complaint(w.Check(rota, tt.now)))
		})
	}
}

func TestSwapLife(t *testing.T) {
	t.Parallel()
	event := func(kind oncall.SwapKind, person string, at int) oncall.SwapEvent {
		return oncall.SwapEvent{Kind: kind, Person: person, At: hour(at)}
	}
	accepted, declined, withdrawn := event(oncall.SwapAccepted, "ben", 2), event(oncall.SwapDeclined, "ben", 3), event(oncall.SwapWithdrawn, "ana", 4)
	for _, tt := range []struct {
		name   string
		events []oncall.SwapEvent // the last is decided about
		now    int
		why    oncall.Refusal
		status oncall.SwapStatus
	}{
		{"nothing yet", nil, 1, "", oncall.SwapOpen},
		{"nothing until it begins", nil, 8, "", oncall.SwapExpired},
		{"accepted", []oncall.SwapEvent{accepted}, 5, "", oncall.SwapComplete},
		{"before that", []oncall.SwapEvent{accepted}, 1, "", oncall.SwapOpen},
		{"declined", []oncall.SwapEvent{declined}, 9, "", oncall.SwapRefused},
		{"withdrawn", []oncall.SwapEvent{withdrawn}, 5, "", oncall.SwapCancelled},
		{"answered", []oncall.SwapEvent{accepted, withdrawn}, 5, oncall.Answered, oncall.SwapComplete},
		{"at the same time", []oncall.SwapEvent{event(oncall.SwapAccepted, "ben", 4), withdrawn}, 5, oncall.Answered, oncall.SwapCancelled},
		{"by another", []oncall.SwapEvent{event(oncall.SwapAccepted, "cleo", 1)}, 5, oncall.NotAsked, oncall.SwapOpen},
		{"by the proposer", []oncall.SwapEvent{event(oncall.SwapAccepted, "ana", 1)}, 5, oncall.NotAsked, oncall.SwapOpen},
		{"withdrawn by the other", []oncall.SwapEvent{event(oncall.SwapWithdrawn, "ben", 1)}, 5, oncall.NotAsked, oncall.SwapOpen},
		{"too late", []oncall.SwapEvent{event(oncall.SwapAccepted, "ben", 8)}, 9, oncall.Begun, oncall.SwapExpired},
		{"something else", []oncall.SwapEvent{event("maybe", "ben", 1)}, 5, oncall.Unknown, oncall.SwapOpen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := swap()
			if n := len(tt.events); n > 0 {
				assert.Equal(t, string(tt.why), complaint(w.Decide(compile(t, primary()), tt.events[:n-1], tt.events[n-1])))
			}
			assert.Equal(t, tt.status, w.State(tt.events, hour(tt.now)))
			slices.Reverse(tt.events)
			assert.Equal(t, tt.status, w.State(tt.events, hour(tt.now)))
			assert.Equal(t, tt.status == oncall.SwapComplete, len(w.Overrides(tt.events)) == 2 && tt.now >= 2)
		})
	}
	changed := primary()
	changed.Rotations[0].Seats = oncall.Seats("ana", "dan")
	assert.Equal(t, string(oncall.NotOnCall), complaint(swap().Decide(compile(t, changed), nil, accepted)), "the rota has changed since")
}

// A swap that is allowed moves the hours of the two shifts from the one to the
// other and back, and nobody else's; it never has anybody on call twice.
func TestSwapMovesJustTheShifts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawer(t)
		s := d.schedule("s", "")
		rota := compile(t, s)
		var shifts []oncall.Shift
		for shift := range rota.Shifts(d.from, d.to) {
			shifts = append(shifts, shift)
		}
		if len(shifts) == 0 {
			return
		}
		stint := func(label string) (string, oncall.Stint) {
			shift := rapid.SampledFrom(shifts).Draw(t, label)
			return shift.Person, oncall.Stint{Hours: oncall.Period{Start: shift.Start, End: shift.End}}
		}
		w := oncall.Swap{ID: "w", Schedule: "s"}
		w.Proposer, w.Gives = stint("gives")
		w.Other, w.Takes = stint("takes")
		accepted := oncall.SwapEvent{Kind: oncall.SwapAccepted, Person: w.Other, At: d.from.Add(-time.Minute)}
		if w.Decide(rota, nil, accepted) != nil {
			return
		}
		after := s
		after.Overrides = slices.Concat(s.Overrides, w.Overrides([]oncall.SwapEvent{accepted}))
		swapped := compile(t, after)
		length := func(s oncall.Stint) time.Duration { return s.Hours.End.Sub(s.Hours.Start) }
		before, now := worked(rota, d.from, d.to), worked(swapped, d.from, d.to)
		before[w.Proposer] += length(w.Takes) - length(w.Gives)
		before[w.Other] += length(w.Gives) - length(w.Takes)
		for _, person := range somebody {
			require.Equal(t, before[person], now[person], person)
		}
		for c := range oncall.Preview(rota, swapped, d.from, d.to) {
			require.Len(t, c.After, len(c.Before))
		}
	})
}

// worked returns how long everybody is on call, whatever for.
func worked(r *oncall.Rota, from, to time.Time) map[string]time.Duration {
	sum := map[string]time.Duration{}
	for c := range oncall.Preview(&oncall.Rota{}, r, from, to) {
		for _, person := range c.After {
			sum[person] += c.End.Sub(c.Start)
		}
	}
	return sum
}
