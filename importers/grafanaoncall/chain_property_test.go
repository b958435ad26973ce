package grafanaoncall_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// One thing after the other, with nothing between them but the waits, and all of it
// six times at most.
func TestChainsAreAsGrafanaHasThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SliceOfN(rapid.SampledFrom([]string{"ada", "ben", "turns", "wait", "wait", "day"}), 1, 8).Draw(t, "tasks")
		kinds = append(kinds, "cleo", "wait")
		if rapid.Bool().Draw(t, "repeats") {
			kinds = append(kinds, "repeat")
		}
		seconds := make([]int, len(kinds))
		tasks := make([]string, len(kinds))
		for i, kind := range kinds {
			switch kind {
			case "wait":
				seconds[i] = rapid.SampledFrom([]int{60, 300, 900, 1800, 3600}).Draw(t, "seconds")
				tasks[i] = wait(seconds[i])
			case "turns":
				tasks[i] = nextOf(fmt.Sprint("dan", i), fmt.Sprint("zoe", i)) // others for each: nobody is paged twice at once
			case "day":
				tasks[i] = between("09:00:00Z", "12:30:00Z")
			case "repeat":
				tasks[i] = again
			default:
				tasks[i] = persons(kind)
			}
		}

		result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(policies(tasks...))...)
		require.NoError(t, err)
		got, _ := importtest.Play{Policy: "F", At: "2026-03-02T12:00:00Z"}.Course(t, result)
		require.Equal(t, reckon(kinds, seconds), got)
	})
}

// reckon says what Grafana OnCall does from 12:00 in UTC on, of the seconds of each
// wait.
func reckon(kinds []string, seconds []int) []string {
	const noon, day = 12 * 3600, 24 * 3600
	var lines []string
	now, before, rounds := noon, -1, 0
	turns := make([]int, len(kinds))
	say := func(what string) {
		switch last := len(lines) - 1; {
		case before != now:
			lines = append(lines, importtest.After(now-noon)+" "+what)
		case !strings.Contains(lines[last]+" ", " "+what+" "): // nobody is paged twice at once
			lines[last] += " " + what
		}
		before = now
	}
	for i := 0; i < len(kinds); i++ {
		switch kinds[i] {
		case "wait":
			now += seconds[i]
		case "turns":
			say(fmt.Sprint([]string{"dan", "zoe"}[turns[i]%2], i))
			turns[i]++
		case "day":
			if clock := now % day; clock < 9*3600 {
				now += 9*3600 - clock
			} else if clock >= 12*3600+1800 {
				now += day - clock + 9*3600
			}
		case "repeat":
			if rounds < 5 {
				rounds, i = rounds+1, -1
			}
		default:
			say(kinds[i])
		}
	}
	say("exhausted")
	return lines
}
