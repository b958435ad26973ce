package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/oncall"
)

type previewCommand struct {
	Old  string   `arg:"" help:"The document before the edit; - is standard input."`
	New  string   `arg:"" help:"The document after it."`
	File []string `short:"f" sep:"none" placeholder:"FILE" help:"A document that goes with both, such as overrides."`
	documentFlags
	timeFlags
	outputFlag
}

// Help is the long help.
func (previewCommand) Help() string {
	return `Lists the times from --from until --to in which other people are on call after an edit than before it. It exits with 1
if there are any. Where each document has one schedule, these are compared, whatever their ids.

	incidentctl preview old-plan.json new-plan.json --schedule primary --to +90d

In JSON, with times in UTC and the ids of all who are on call in alphabetical order:

	{"schedule", "zone", "from", "to",
	 "changes": [{"start", "end", "before": [...], "after": [...]}],
	 "report": [{"level": "loss|assumption", "path", "text"}]}`
}

type changeJSON struct {
	spanJSON
	Before []string `json:"before"`
	After  []string `json:"after"`
}

type previewJSON struct {
	scheduleJSON
	From    string       `json:"from"`
	To      string       `json:"to"`
	Changes []changeJSON `json:"changes"`
	Report  []noteJSON   `json:"report"`
}

func (c previewCommand) run(t terminal) error {
	if c.Old == "-" && c.New == "-" {
		return errors.New("want OLD or NEW from standard input, not both")
	}
	if slices.Contains(c.File, "-") {
		return errors.New("-f: want a file; standard input can only be OLD or NEW")
	}
	before, err := c.ask(t, c.timeFlags, append([]string{c.Old}, c.File...))
	if err != nil {
		return err
	}
	q, err := c.ask(t, c.timeFlags, append([]string{c.New}, c.File...))
	if err != nil {
		return err
	}
	for id, name := range before.names {
		if _, ok := q.names[id]; !ok {
			q.names[id] = name
		}
	}
	for _, n := range before.report {
		if !slices.Contains(q.report, n) {
			q.report = append(q.report, n)
		}
	}
	changes := slices.Collect(oncall.Preview(before.rota, q.rota, q.from, q.to))
	if c.Output == asJSON {
		return found(len(changes) > 0, writeJSON(t.stdout, q.previewJSON(changes)))
	}
	q.listChanges(t, changes)
	notes(t.stdout, q.report)
	return found(len(changes) > 0, nil)
}

func (q *question) previewJSON(changes []oncall.Change) previewJSON {
	answer := previewJSON{
		scheduleJSON: q.scheduleJSON(), From: instant(q.from), To: instant(q.to), Changes: []changeJSON{}, Report: reportJSON(q.report),
	}
	for _, c := range changes {
		answer.Changes = append(answer.Changes, changeJSON{
			spanJSON{instant(c.Start), instant(c.End)}, append([]string{}, c.Before...), append([]string{}, c.After...),
		})
	}
	return answer
}

// listChanges writes a line for each change: in red where nobody is left on call.
func (q *question) listChanges(t terminal, changes []oncall.Change) {
	q.title(t, q.between())
	fmt.Fprintln(t.stdout)
	if len(changes) == 0 {
		fmt.Fprintln(t.stdout, "Nothing changes.")
		return
	}
	rows := []row{{timeline.Dim, []string{"START", "END", "BEFORE", "AFTER"}}}
	var sum time.Duration
	for _, c := range changes {
		color := ""
		if len(c.After) == 0 {
			color = timeline.Red
		}
		rows = append(rows, row{color, []string{q.clockTime(c.Start), q.clockTime(c.End), q.all(c.Before), q.all(c.After)}})
		sum += c.End.Sub(c.Start)
	}
	table(t, rows)
	fmt.Fprintf(t.stdout, "\n%s, %s in all.\n", plural(len(changes), "change"), hours(sum))
}

// all returns what to call several people together.
func (q *question) all(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = q.person(id)
	}
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}
