// Incidentctl answers questions about on-call schedules and escalation from the
// terminal: who is on call, which shifts and gaps there are, how the load is shared,
// what an edit would change, whom a plan pages in the worst case and in the course
// of an incident, and what an export of another product says.
//
//	incidentctl shifts -f plan.json --schedule primary
//	incidentctl gaps -f schedule.json --format pagerduty --to +30d
//	incidentctl verify -f plan.json --horizon 90d
//
// It reads files, never the network, and writes nothing but its answer.
package main

import (
	"os"
	"strconv"
	"time"
	_ "time/tzdata" // a machine without zone files can run this, too

	"golang.org/x/term"
)

func main() {
	os.Exit(run(os.Args[1:], terminal{
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		now:    time.Now(),
		width:  width(),
		color:  color(),
	}))
}

// defaultWidth is for output that goes to no terminal.
const defaultWidth = 80

func width() int {
	if columns, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && columns > 0 {
		return columns
	}
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	return defaultWidth
}

// color follows no-color.org: any value of NO_COLOR but the empty one asks for
// plain text.
func color() bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(os.Stdout.Fd()))
}
