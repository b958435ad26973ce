package main

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// readCalendars reads iCalendar files. Each is a schedule, with the name of the
// file for an id.
func readCalendars(o importers.Options, files ...importers.File) (importers.Result, error) {
	var result importers.Result
	seen := map[string]bool{}
	for _, file := range files {
		base := filepath.Base(file.Name)
		id := strings.TrimSuffix(base, filepath.Ext(base))
		if seen[id] {
			return result, fmt.Errorf("%s: want another name, since a calendar has no id but that of its file, and %q is there already", file.Name, id)
		}
		seen[id] = true
		calendar, err := ical.Import(ical.Options{From: o.From, To: o.To, Zone: o.Zone, ScheduleID: id}, file.Data)
		if err != nil {
			return result, fmt.Errorf("%s: %w", file.Name, err)
		}
		for _, n := range calendar.Report {
			if len(files) > 1 {
				n.Path = file.Name + ":" + n.Path
			}
			result.Report = append(result.Report, n)
		}
		result.Schedules = append(result.Schedules, calendar.Schedule)
	}
	return result, nil
}

// calendar writes the shifts as an iCalendar file, and the report beside it.
func (q *question) calendar(t terminal) error {
	options := ical.ExportOptions{
		Schedule:   q.schedule.ID,
		Name:       cmp.Or(q.schedule.Name, q.schedule.ID),
		Zone:       q.shown.String(),
		Stamp:      t.now.UTC().Truncate(time.Second),
		PersonName: func(id string) string { return cmp.Or(q.names[id], id) },
	}
	var feed bytes.Buffer
	if err := ical.Write(&feed, options, q.rota.Shifts(q.from, q.to)); err != nil {
		return err
	}
	notes(t.stderr, q.report)
	_, err := t.stdout.Write(feed.Bytes())
	return err
}
