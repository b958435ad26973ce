package main

import (
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/oncall"
)

type loadCommand struct {
	fileFlag
	documentFlags
	timeFlags
	outputFlag
}

// Help is the long help.
func (loadCommand) Help() string {
	return `Sums up how long each person is on call from --from until --to: on weekdays, weekends and holidays where the person
lives, and how much of all that at night, from 22:00 to 06:00. Whoever has a place in a rotation is listed, also those
with no shift. Shifts that overlap are counted once.

	incidentctl load -f plan.json --schedule primary --from 2026-01-01 --to 2026-04-01

In JSON, in hours:

	{"schedule", "zone", "from", "to",
	 "people": [{"person", "total", "weekday": {"day", "night"}, "weekend": {"day", "night"},
	             "holiday": {"day", "night"}, "shifts"}],
	 "report": [{"level": "loss|assumption", "path", "text"}]}

There, shifts is how many unbroken times it was.`
}

type splitJSON struct {
	Day   float64 `json:"day"`
	Night float64 `json:"night"`
}

type personLoadJSON struct {
	Person  string    `json:"person"`
	Total   float64   `json:"total"`
	Weekday splitJSON `json:"weekday"`
	Weekend splitJSON `json:"weekend"`
	Holiday splitJSON `json:"holiday"`
	Shifts  int       `json:"shifts"`
}

type loadJSON struct {
	scheduleJSON
	From   string           `json:"from"`
	To     string           `json:"to"`
	People []personLoadJSON `json:"people"`
	Report []noteJSON       `json:"report"`
}

func (c loadCommand) run(t terminal) error {
	q, err := c.ask(t, c.timeFlags, c.File)
	if err != nil {
		return err
	}
	sheet := q.rota.Timesheet(q.from, q.to)
	sheet.Shifts = slices.Collect(q.rota.Shifts(q.from, q.to)) // nobody who is on call only before or after
	loads, err := sheet.Loads()
	if err != nil {
		return err
	}
	if c.Output == asJSON {
		return writeJSON(t.stdout, q.loadJSON(loads))
	}
	q.listLoads(t, loads)
	notes(t.stdout, q.report)
	return nil
}

func (q *question) loadJSON(loads []oncall.Load) loadJSON {
	answer := loadJSON{
		scheduleJSON: q.scheduleJSON(), From: instant(q.from), To: instant(q.to), People: []personLoadJSON{}, Report: reportJSON(q.report),
	}
	split := func(s oncall.Split) splitJSON { return splitJSON{s.Day.Hours(), s.Night.Hours()} }
	for _, l := range loads {
		answer.People = append(answer.People, personLoadJSON{
			Person: l.Person, Total: l.OnCall.Total().Hours(), Shifts: l.Runs,
			Weekday: split(l.OnCall.Weekday), Weekend: split(l.OnCall.Weekend), Holiday: split(l.OnCall.Holiday),
		})
	}
	return answer
}

// listLoads writes a line for each person, and how evenly they share.
func (q *question) listLoads(t terminal, loads []oncall.Load) {
	q.title(t, q.between())
	fmt.Fprintln(t.stdout)
	rows := []row{{timeline.Dim, []string{"PERSON", "TOTAL", "WEEKDAY", "WEEKEND", "HOLIDAY", "AT NIGHT", "SHIFTS"}}}
	for _, l := range loads {
		rows = append(rows, row{cells: []string{
			q.person(l.Person), hours(l.OnCall.Total()), hours(l.OnCall.Weekday.Total()), hours(l.OnCall.Weekend.Total()),
			hours(l.OnCall.Holiday.Total()), hours(l.OnCall.Night()), fmt.Sprint(l.Runs),
		}})
	}
	table(t, rows)
	b := oncall.BalanceOf("hours", loads, func(l oncall.Load) float64 { return l.OnCall.Total().Hours() })
	fmt.Fprintf(t.stdout, "\n%.1f hours a person, from %.1f to %.1f.\n", b.Mean, b.Min, b.Max)
}
