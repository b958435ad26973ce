package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// Report is what Verify has found out.
type Report struct {
	Findings []Finding // errors first, then warnings; of one level, as the plan has them
	Worst    []Worst   // by severity, policy and rank
}

// Worst is the worst case for one severity, policy and rank.
type Worst struct {
	Severity string
	Policy   string
	Rank     int           // 1: until the first human is paged; 2, 3: until the next distinct one
	Wait     time.Duration // from the beginning of the incident; 0 where Never
	Never    bool          // there is none
	At       time.Time     // the earliest beginning for which it is that bad
}

// Level says how bad a finding is.
type Level string

// The levels.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Info    Level = "info"
)

// Finding is one thing that is wrong with the plan, or worth knowing.
type Finding struct {
	Level Level
	Kind  Kind

	// Path is where in the plan it is: a JSON pointer into its document, by index in
	// the slices of Plan, such as "/policies/0/steps/1/else/0".
	Path string

	Severity string // empty: every one that the place concerns
	Policy   string // empty: none

	// From and To are when, half-open, and Example is an instant that shows it. For
	// what becomes of incidents they are when these begin; for a coverage_gap, when
	// they come to the step. Zero where the finding is about no time.
	From, To, Example time.Time

	Text string // one sentence
}

// Failed reports whether any finding is an error.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Error })
}

// Short returns the report with at most so many findings of one kind, at one place
// and for one severity, for people to read: the last of them says how many more
// there are.
func (r Report) Short(times int) Report {
	all := r.Findings
	r.Findings = nil
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].alike(all[0]) {
			n++
		}
		kept := slices.Clone(all[:min(n, max(times, 1))])
		kept[len(kept)-1].Text += andMore(n-len(kept), all[n-1].To)
		r.Findings = append(r.Findings, kept...)
		all = all[n:]
	}
	return r
}

// alike reports whether two findings differ in nothing but their times.
func (f Finding) alike(g Finding) bool {
	return f.Level == g.Level && f.Kind == g.Kind && f.Path == g.Path && f.Severity == g.Severity
}

// String returns the report as text, no longer than people read: the worst cases as
// a table, then the findings, three of each kind, place and severity.
func (r Report) String() string {
	var b strings.Builder
	r = r.Short(3)
	r.table(&b)
	count := map[Level]int{}
	for _, f := range r.Findings {
		count[f.Level]++
		fmt.Fprintf(&b, "%s\n", f)
	}
	fmt.Fprintf(&b, "%s, %s, %s\n", words.Count(count[Error], "error"), words.Count(count[Warning], "warning"), words.Count(count[Info], "remark"))
	return b.String()
}

// String returns the finding in two lines: what it is and where, and the sentence.
func (f Finding) String() string {
	where := f.Path
	if f.Severity != "" {
		where += " " + f.Severity
	}
	return fmt.Sprintf("%s %s %s\n  %s", f.Level, f.Kind, where, f.Text)
}

// table writes the worst cases, one line for each severity and policy.
func (r Report) table(b *strings.Builder) {
	rows := [][]string{{"severity", "policy", "1st person", "2nd", "3rd", "worst for incidents at"}}
	for _, w := range r.Worst {
		if w.Rank == 1 {
			rows = append(rows, []string{w.Severity, w.Policy})
		}
		row := &rows[len(rows)-1]
		if *row = append(*row, w.text()); w.Rank == 3 {
			*row = append(*row, instantText(r.telling(w)))
		}
	}
	if len(rows) == 1 {
		return
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i+1 < len(row) {
				b.WriteString(strings.Repeat(" ", widths[i]-len([]rune(cell))+2))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// telling returns the instant at which the first person comes latest.
func (r Report) telling(w Worst) time.Time {
	i := slices.IndexFunc(r.Worst, func(o Worst) bool { return o.Severity == w.Severity && o.Policy == w.Policy && o.Rank == 1 })
	return r.Worst[i].At
}

func (w Worst) text() string {
	if w.Never {
		return "never"
	}
	return words.Length(w.Wait)
}

// order sorts findings: errors first.
func order(findings []Finding) {
	rank := map[Level]int{Error: 0, Warning: 1, Info: 2}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
}

const instantLayout = "Mon 2006-01-02 15:04 MST"

func instantText(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("Mon 2006-01-02 15:04:05 MST")
	}
	return t.Format(instantLayout)
}
