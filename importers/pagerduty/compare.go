package pagerduty

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Limits of a comparison.
const (
	maxDifferences = 10
	maxCompared    = 100_000 // shifts that are looked at
)

// compare reports where a schedule is not what PagerDuty has rendered of it: a
// sign that one of the assumptions is wrong, or that something is missing.
func (im *importer) compare(n jsondoc.Node, s oncall.Schedule) {
	n.Skip("name", "rendered_coverage_percentage", "id", "type", "self", "html_url", "summary")
	items := n.Get("rendered_schedule_entries").Items()
	if len(items) == 0 {
		return
	}
	rota, err := oncall.Compile(s)
	c := comparison{im: im, rota: rota, left: maxCompared}
	var until time.Time
	for _, item := range items {
		item.Skip("id")
		e, ok := im.entry(item)
		if err != nil || !ok { // what is wrong with the schedule is reported elsewhere
			continue
		}
		if !until.IsZero() && until.Before(e.start) {
			c.check(item, entry{start: until, end: e.start})
		}
		c.check(item, e)
		until = gather.Later(until, e.end)
	}
	if c.differences > maxDifferences {
		im.Assume(n, "of what PagerDuty has rendered, %d entries have others on call than the imported schedule, and the first %d are listed",
			c.differences, maxDifferences)
	}
}

type comparison struct {
	im          *importer
	rota        *oncall.Rota
	differences int
	left        int // shifts that may still be looked at
}

// check compares an entry, or a gap between two, where there is no user.
func (c *comparison) check(n jsondoc.Node, want entry) {
	at := want.start
	for s := range c.rota.Shifts(want.start, want.end) {
		if c.left--; c.left < 0 {
			return
		}
		if want.user != "" && s.Start.After(at) {
			break
		}
		if s.Person != want.user {
			c.differ(n, want, s.Start, s.Person)
			return
		}
		at = s.End
	}
	if want.user != "" && at.Before(want.end) {
		c.differ(n, want, at, "")
	}
}

func (c *comparison) differ(n jsondoc.Node, want entry, at time.Time, got string) {
	if c.differences++; c.differences > maxDifferences {
		return
	}
	c.im.Assume(n, "PagerDuty has rendered %s at %s, and the imported schedule has %s: check the two",
		somebody(want.user), at.UTC().Format(time.RFC3339), somebody(got))
}

func somebody(user string) string {
	if user == "" {
		return "nobody"
	}
	return user
}
