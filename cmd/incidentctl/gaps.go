package main

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
)

type gapsCommand struct {
	fileFlag
	documentFlags
	timeFlags
	outputFlag
}

// Help is the long help.
func (gapsCommand) Help() string {
	return `Lists the times from --from until --to in which nobody is on call. It exits with 1 if there is one that the schedule
does not mean, so that a check in CI fails on it.

	incidentctl gaps -f plan.json --schedule primary --to +90d

In JSON, with times in UTC:

	{"schedule", "zone", "from", "to",
	 "gaps": [{"start", "end", "intended", "reason"}],
	 "report": [{"level": "loss|assumption", "path", "text"}]}`
}

type gapJSON struct {
	spanJSON
	Intended bool   `json:"intended"`
	Reason   string `json:"reason"`
}

type gapsJSON struct {
	scheduleJSON
	From   string     `json:"from"`
	To     string     `json:"to"`
	Gaps   []gapJSON  `json:"gaps"`
	Report []noteJSON `json:"report"`
}

func (c gapsCommand) run(t terminal) error {
	q, err := c.ask(t, c.timeFlags, c.File)
	if err != nil {
		return err
	}
	answer := gapsJSON{
		scheduleJSON: q.scheduleJSON(), From: instant(q.from), To: instant(q.to), Gaps: []gapJSON{}, Report: reportJSON(q.report),
	}
	var rows []row
	var missing []time.Duration
	for g := range q.rota.Gaps(q.from, q.to) {
		answer.Gaps = append(answer.Gaps, gapJSON{spanJSON{instant(g.Start), instant(g.End)}, g.Intended, g.Reason})
		length := g.End.Sub(g.Start)
		line := row{timeline.Red, []string{q.clockTime(g.Start), q.clockTime(g.End), hours(length), "gap"}}
		if g.Intended {
			line.color, line.cells[3] = timeline.Dim, because("intended", g.Reason)
		} else {
			missing = append(missing, length)
		}
		rows = append(rows, line)
	}
	if c.Output == asJSON {
		return found(len(missing) > 0, writeJSON(t.stdout, answer))
	}
	q.title(t, q.between())
	fmt.Fprintln(t.stdout)
	if len(rows) > 0 {
		table(t, append([]row{{timeline.Dim, []string{"START", "END", "LENGTH", "KIND"}}}, rows...))
		fmt.Fprintln(t.stdout)
	}
	fmt.Fprintln(t.stdout, summary(missing, len(rows)-len(missing)))
	notes(t.stdout, q.report)
	return found(len(missing) > 0, nil)
}

// summary says how many gaps there are.
func summary(missing []time.Duration, intended int) string {
	text := "Somebody is on call all the time."
	if intended > 0 {
		text = "Somebody is on call all the time, but for " + plural(intended, "intended gap") + "."
	}
	if len(missing) > 0 {
		sum := time.Duration(0)
		for _, d := range missing {
			sum += d
		}
		text = fmt.Sprintf("%s, %s in all; %d intended.", plural(len(missing), "gap"), hours(sum), intended)
	}
	return text
}
