package goalert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/oncall"
)

// Whoever is active at the export has that turn; every handoff after and before it
// passes duty on by one, and is when the clock shows the time of the start.
func TestTurnsArePassedOn(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "America/New_York", "America/Santiago", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		kind := rapid.SampledFrom([]string{"hourly", "daily", "weekly", "monthly"}).Draw(t, "type")
		length := rapid.IntRange(1, 5).Draw(t, "length")
		minutes := rapid.IntRange(0, 2*365*24*60)
		epoch := time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
		start := epoch.Add(time.Duration(minutes.Draw(t, "start")) * time.Minute)
		at := epoch.Add(time.Duration(minutes.Draw(t, "export")) * time.Minute)
		users := strings.Split("a b c d e"[:2*rapid.IntRange(1, 5).Draw(t, "users")-1], " ")
		active := rapid.IntRange(0, len(users)-1).Draw(t, "active")

		rota := compile(t, at, export{
			at: at.Format(time.RFC3339), zone: name, targets: target("rotation", "R", always),
			rotations: rotationIn(name, start.Format(time.RFC3339), kind, length, active, users...),
		})
		handoffs, now := turns(oncall.LocalOf(start.In(zone)), kind, length, zone, at)
		for i := range handoffs {
			user := users[((active+i-now)%len(users)+len(users))%len(users)]
			for _, instant := range []time.Time{handoffs[i], handoffs[i].Add(time.Minute - time.Second)} {
				shift, err := rota.At(instant)
				require.NoError(t, err)
				require.Equal(t, user, shift.Person, "at %s", instant)
			}
		}
	})
}

func compile(t *rapid.T, at time.Time, e export) *oncall.Rota {
	result, err := goalert.Import(importers.Options{From: at.AddDate(-1, 0, 0)}, e.file())
	require.NoError(t, err)
	require.Len(t, result.Report, 1, fmt.Sprint(result.Report))
	rota, err := oncall.Compile(result.Schedules[0])
	require.NoError(t, err)
	return rota
}

// turns lists when those turns begin that are not empty, up to 60 before and after
// the one that holds an instant, but not more than a year before; and the index of
// that one. It counts up from long before, one by one.
func turns(start oncall.LocalTime, kind string, length int, zone *time.Location, at time.Time) (begin []time.Time, now int) {
	local := func(n int) time.Time {
		clock := time.Date(start.Year, start.Month, start.Day, start.Hour, start.Minute, 0, 0, time.UTC)
		switch kind {
		case "hourly":
			clock = clock.Add(time.Duration(n*length) * time.Hour)
		case "daily":
			clock = clock.AddDate(0, 0, n*length)
		case "weekly":
			clock = clock.AddDate(0, 0, 7*n*length)
		case "monthly":
			clock = clock.AddDate(0, n*length, 0)
		}
		return oncall.LocalOf(clock).In(zone)
	}
	least := at.AddDate(-1, 0, 1)
	n := -5 * 365 * 24
	if kind != "hourly" {
		n = -5 * 365
	}
	for n < 0 && !local(n+100).After(least) {
		n += 100
	}
	for ; len(begin) == 0 || !local(n).After(at.AddDate(1, 0, 0)); n++ {
		if from, to := local(n), local(n+1); from.Before(to) && !from.Before(least) || to.After(at) {
			begin = append(begin, from)
		}
	}
	for now < len(begin)-1 && !begin[now+1].After(at) {
		now++
	}
	low, high := max(0, now-60), min(len(begin), now+60)
	return begin[low:high], now - low
}
