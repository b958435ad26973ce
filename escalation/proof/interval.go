package proof

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// maxIntervals is how many findings there are of one kind, at one place and for one
// severity. Whether there are more is said with the last.
const maxIntervals = 1000

// interval is a time in which something is wrong.
type interval struct {
	from, to int64
	at       int64 // when it is worst, or first seen
	wait     int64 // how bad it is there; never: for good
	by       *program
}

// merge joins intervals that touch, and keeps the worst instant of each.
func merge(all []interval) []interval {
	slices.SortStableFunc(all, func(a, b interval) int { return cmp.Compare(a.from, b.from) })
	merged := all[:0]
	for _, i := range all {
		if n := len(merged); n > 0 && i.from <= merged[n-1].to {
			last := &merged[n-1]
			last.to = max(last.to, i.to)
			if i.wait > last.wait {
				last.at, last.wait, last.by = i.at, i.wait, i.by
			}
			continue
		}
		merged = append(merged, i)
	}
	return merged
}

// findAll makes findings of intervals.
func (v *prover) findAll(f Finding, all []interval, text func(i *interval) string) {
	for n := range all[:min(len(all), maxIntervals)] {
		i := &all[n]
		f.From, f.To, f.Example = v.span.instant(i.from), v.span.instant(i.to), v.span.instant(i.at)
		f.Text = text(i)
		if n == maxIntervals-1 {
			f.Text += andMore(len(all)-maxIntervals, v.span.instant(all[len(all)-1].to))
		}
		v.find(f)
	}
}

// andMore says how many more times there are than those that are told.
func andMore(n int, until time.Time) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("; and %s, the last until %s", words.Count(n, "more such time"), instantText(until))
}

func (v *prover) find(f Finding) { v.report.Findings = append(v.report.Findings, f) }

// between writes the time of an interval.
func (v *prover) between(i *interval) string {
	return fmt.Sprintf("from %s until %s", instantText(v.span.instant(i.from)), instantText(v.span.instant(i.to)))
}
