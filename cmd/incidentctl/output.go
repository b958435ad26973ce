package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/oncall"
)

// The forms of an answer.
const (
	asJSON = "json"
	asICS  = "ics"
)

// outputFlag chooses the form of an answer.
type outputFlag struct {
	Output string `short:"o" default:"text" enum:"text,json" placeholder:"FORM" help:"Form of the answer: ${enum}. Default: ${default}."`
}

// scheduleJSON begins most answers.
type scheduleJSON struct {
	Schedule string `json:"schedule"`
	Zone     string `json:"zone"`
}

// spanJSON is a time.
type spanJSON struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// noteJSON is a loss or an assumption of an import.
type noteJSON struct {
	Level oncall.NoteLevel `json:"level"`
	Path  string           `json:"path"`
	Text  string           `json:"text"`
}

func (q *question) scheduleJSON() scheduleJSON {
	return scheduleJSON{Schedule: q.schedule.ID, Zone: q.rota.Zone().String()}
}

func reportJSON(report []oncall.Note) []noteJSON {
	notes := make([]noteJSON, len(report))
	for i, n := range report {
		notes[i] = noteJSON(n)
	}
	return notes
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func writeJSON(w io.Writer, answer any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(answer)
}

// instantOrNull is null for the zero time.
func instantOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(instant(t))
}

// orNull is null for the empty text.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// person returns what to call somebody in text.
func (q *question) person(id string) string { return called(q.names, id) }

// called returns what to call somebody in text.
func called(names map[string]string, id string) string {
	if name := names[id]; name != "" && name != id {
		return name + " (" + id + ")"
	}
	return id
}

// clockTime is how text shows an instant.
func (q *question) clockTime(t time.Time) string { return clockTime(t, q.shown) }

// clockTime is how text shows an instant to the minute.
func clockTime(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Mon 2006-01-02 15:04 MST")
}

// exactTime is how text shows an instant where seconds matter, if it has any.
func exactTime(t time.Time, zone *time.Location) string {
	if t.Second() == 0 {
		return clockTime(t, zone)
	}
	return t.In(zone).Format("Mon 2006-01-02 15:04:05 MST")
}

// title is the first line of most text.
func (q *question) title(t terminal, what string) {
	name := q.schedule.ID
	if q.schedule.Name != "" && q.schedule.Name != name {
		name = q.schedule.Name + " (" + name + ")"
	}
	fmt.Fprintln(t.stdout, paint(t, timeline.Bold, timeline.Clean(name))+", "+what)
}

// between is the range in words.
func (q *question) between() string {
	return fmt.Sprintf("%s to %s, %s", q.clockTime(q.from), q.clockTime(q.to), q.shown)
}

// row is a line of a table, in a color or none.
type row struct {
	color string
	cells []string
}

// table writes rows with their columns aligned.
func table(t terminal, rows []row) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r.cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], timeline.Cells(timeline.Clean(cell)))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r.cells {
			cell = timeline.Clean(cell)
			line.WriteString(cell + strings.Repeat(" ", widths[i]-timeline.Cells(cell)+2))
		}
		fmt.Fprintln(t.stdout, paint(t, r.color, strings.TrimRight(line.String(), " ")))
	}
}

// notes writes the losses and assumptions of an import.
func notes(w io.Writer, report []oncall.Note) {
	if len(report) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWhat the import lost or assumed:")
	for _, n := range report {
		path := n.Path
		if path == "" {
			path = "/"
		}
		fmt.Fprintln(w, timeline.Clean(fmt.Sprintf("  %-10s  %s: %s", n.Level, path, n.Text)))
	}
}

func paint(t terminal, color, text string) string {
	if !t.color || color == "" {
		return text
	}
	return timeline.Paint(color, text)
}

// duration writes a length as findings and reasons do: "64h", "7h30m", "1m30s".
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// hours writes a length to the minute: "36h", "1h30m".
func hours(d time.Duration) string {
	minutes := int64(d.Round(time.Minute) / time.Minute)
	switch {
	case minutes%60 == 0:
		return fmt.Sprintf("%dh", minutes/60)
	case minutes < 60:
		return fmt.Sprintf("%dm", minutes)
	}
	return fmt.Sprintf("%dh%02dm", minutes/60, minutes%60)
}

// plural returns "1 gap" or "2 gaps".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
