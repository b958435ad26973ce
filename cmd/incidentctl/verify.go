package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/escalation/proof"
)

type verifyCommand struct {
	fileFlag
	sourceFlags
	From    string `placeholder:"TIME" help:"Begin of the horizon: incidents may begin from then on. Default: now."`
	Horizon string `default:"90d" placeholder:"LENGTH" help:"Its length, such as 90d, 12w or 36h. Default: ${default}."`
	outputFlag
}

// Help is the long help.
func (verifyCommand) Help() string {
	return `Proves what a plan does before it pages anyone: for every severity, every policy that may page for it, and every instant
of the horizon at which an incident may begin, how long it takes in the worst case until a first person is paged who is
ready and can be reached, and a second and a third one. It lists everything that is wrong: gaps, people whom nothing
reaches, steps that never page anybody, targets that are missed. It exits with 1 if there is an error, so that it can
stand in the CI of a product.

	incidentctl verify -f plan.json --horizon 90d
	incidentctl verify -f policies.json -f schedules.json -f users.json --format pagerduty

Documents of another product are verified as the plan that incidentctl import makes of them. In JSON, with times in UTC,
and null for a severity or a time that there is none of, and for seconds where nobody is ever paged:

	{"findings": [{"level": "error|warning|info", "kind", "path", "severity", "from", "to", "example", "text"}],
	 "worst": [{"severity", "policy", "rank": 1|2|3, "seconds", "at"}]}

The path is a JSON pointer into the plan. docs/escalation.md says what each kind is about; label_pattern is a value that
looks like a pattern, and is compared exactly.`
}

type findingJSON struct {
	Level    proof.Level `json:"level"`
	Kind     proof.Kind  `json:"kind"`
	Path     string      `json:"path"`
	Severity *string     `json:"severity"`
	From     *string     `json:"from"`
	To       *string     `json:"to"`
	Example  *string     `json:"example"`
	Text     string      `json:"text"`
}

type worstJSON struct {
	Severity *string  `json:"severity"`
	Policy   string   `json:"policy"`
	Rank     int      `json:"rank"`
	Seconds  *float64 `json:"seconds"`
	At       *string  `json:"at"`
}

type verifyJSON struct {
	Findings []findingJSON `json:"findings"`
	Worst    []worstJSON   `json:"worst"`
}

func (c verifyCommand) run(t terminal) error {
	if err := c.check(t); err != nil {
		return err
	}
	doc, err := c.readPlan(t, timeFlags{From: c.From}, c.File)
	circles, findings, ok := cyclesOnly(err)
	switch {
	case ok:
		doc = circles
	case err != nil:
		return err
	}
	v := verdict{document: doc, Report: proof.Report{Findings: findings}}
	if doc.plan != nil {
		if err := c.prove(t, &v); err != nil {
			return err
		}
	}
	if c.Output == asJSON {
		notes(t.stderr, doc.report)
		return found(v.Failed(), writeJSON(t.stdout, v.json()))
	}
	v.say(t)
	notes(t.stdout, doc.report)
	return found(v.Failed(), nil)
}

// prove finds out about a plan.
func (c verifyCommand) prove(t terminal, v *verdict) error {
	var err error
	if v.shown, err = c.location(commonZone(v.plan.Schedules())); err != nil {
		return err
	}
	if v.from, v.to, err = c.times(t, v.shown); err != nil {
		return err
	}
	if v.Report, err = proof.Verify(v.plan.Proof(), v.from, v.to); err != nil {
		return err
	}
	v.patterns()
	return nil
}

// check finds what is wrong with the times before any document is read.
func (c verifyCommand) check(t terminal) error {
	zone, err := c.location(time.UTC)
	if err == nil {
		_, _, err = c.times(t, zone)
	}
	return err
}

// times returns the horizon.
func (c verifyCommand) times(t terminal, zone *time.Location) (from, to time.Time, err error) {
	m, err := timeFlags{From: c.From}.read(t.now, zone)
	if err != nil {
		return from, to, err
	}
	to, ok := distance("+"+strings.TrimPrefix(c.Horizon, "+"), m.from)
	switch {
	case !ok || !to.After(m.from):
		return from, to, fmt.Errorf(`--horizon: want a length such as "90d", "12w" or "36h", not %q`, c.Horizon)
	case to.After(m.from.AddDate(proof.MaxYears, 0, 0)):
		return from, to, fmt.Errorf("--horizon: want at most %d years, not %q", proof.MaxYears, c.Horizon)
	}
	return m.from, to, nil
}

// verdict is what was found out about a plan.
type verdict struct {
	document
	proof.Report
	from, to time.Time
	shown    *time.Location
}

// labelPattern is the kind of a finding that package proof does not look for: a
// label is compared with what looks like a pattern, and is not one.
const labelPattern proof.Kind = "label_pattern"

// patterns adds what only the plan warns of, after the other warnings.
func (v *verdict) patterns() {
	var found []proof.Finding
	for _, w := range v.plan.Warnings(v.from) {
		if strings.Contains(w.Path, "/match/") || strings.Contains(w.Path, "/labels/") {
			found = append(found, proof.Finding{Level: proof.Warning, Kind: labelPattern, Path: w.Path, Text: "Want " + w.Want + "."})
		}
	}
	i := slices.IndexFunc(v.Findings, func(f proof.Finding) bool { return f.Level == proof.Info })
	if i < 0 {
		i = len(v.Findings)
	}
	v.Findings = slices.Insert(v.Findings, i, found...)
}

func (v *verdict) json() verifyJSON {
	answer := verifyJSON{Findings: []findingJSON{}, Worst: []worstJSON{}}
	for _, f := range v.Findings {
		answer.Findings = append(answer.Findings, findingJSON{
			Level: f.Level, Kind: f.Kind, Path: f.Path, Severity: orNull(f.Severity),
			From: instantOrNull(f.From), To: instantOrNull(f.To), Example: instantOrNull(f.Example), Text: f.Text,
		})
	}
	for _, w := range v.Worst {
		row := worstJSON{Severity: orNull(w.Severity), Policy: w.Policy, Rank: w.Rank, At: instantOrNull(w.At)}
		if !w.Never {
			seconds := w.Wait.Seconds()
			row.Seconds = &seconds
		}
		answer.Worst = append(answer.Worst, row)
	}
	return answer
}

// say writes what was found out as text.
func (v *verdict) say(t terminal) {
	v.Report = v.Short(3)
	name := paint(t, timeline.Bold, timeline.Clean(v.name))
	if v.plan == nil {
		fmt.Fprintf(t.stdout, "%s, of which nothing can be proved\n\n", name)
	} else {
		fmt.Fprintf(t.stdout, "%s, %s to %s, %s\n\n", name, clockTime(v.from, v.shown), clockTime(v.to, v.shown), v.shown)
	}
	for _, f := range v.Findings {
		v.sayFinding(t, f)
	}
	if len(v.Findings) > 0 {
		fmt.Fprintln(t.stdout)
	}
	v.sayWorst(t)
	fmt.Fprintln(t.stdout, v.count())
}

// sayFinding writes the place of a finding first, the way that compilers do: CI
// systems and editors know it.
func (v *verdict) sayFinding(t terminal, f proof.Finding) {
	color := ""
	switch f.Level {
	case proof.Error:
		color = timeline.Red
	case proof.Info:
		color = timeline.Dim
	case proof.Warning:
	}
	place := cmp.Or(f.Path, "/")
	if v.file != "" {
		line, column := v.at(f.Path)
		place = fmt.Sprintf("%s:%d:%d: %s", v.file, line, column, place)
	}
	about := string(f.Kind)
	if f.Severity != "" {
		about += " (" + f.Severity + ")"
	}
	fmt.Fprintln(t.stdout, timeline.Clean(place)+": "+paint(t, color, string(f.Level)+": "+timeline.Clean(about)))
	fmt.Fprintln(t.stdout, "    "+timeline.Clean(f.Text))
	if !f.Example.IsZero() && !f.Example.Equal(f.From) { // the text says when it is
		fmt.Fprintln(t.stdout, "    such as at "+exactTime(f.Example, v.shown))
	}
}

// sayWorst writes a table of how long it takes.
func (v *verdict) sayWorst(t terminal) {
	if len(v.Worst) == 0 {
		return
	}
	rows := []row{{timeline.Dim, []string{"SEVERITY", "POLICY", "PERSON", "PAGED AFTER", "IF IT BEGINS AT"}}}
	for _, w := range v.Worst {
		line := row{cells: []string{cmp.Or(w.Severity, "any"), w.Policy, ordinal(w.Rank), duration(w.Wait), ""}}
		if w.Never {
			line.cells[3] = "never"
			if w.Rank == 1 {
				line.color = timeline.Red
			}
		}
		if !w.At.IsZero() {
			line.cells[4] = exactTime(w.At, v.shown)
		}
		rows = append(rows, line)
	}
	fmt.Fprintln(t.stdout, "The worst case until people are paged who are ready and can be reached:")
	fmt.Fprintln(t.stdout)
	table(t, rows)
	fmt.Fprintln(t.stdout)
}

func ordinal(rank int) string {
	switch rank {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprint(rank)
}

// count says how many findings there are.
func (v *verdict) count() string {
	n := map[proof.Level]int{}
	for _, f := range v.Findings {
		n[f.Level]++
	}
	if len(v.Findings) == 0 {
		return "Nothing was found to be wrong."
	}
	return fmt.Sprintf("%s, %s, %s.", plural(n[proof.Error], "error"), plural(n[proof.Warning], "warning"), plural(n[proof.Info], "note"))
}
