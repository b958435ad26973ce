package pagerduty

import (
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// entry is an override, or a piece of one as it was rendered.
type entry struct {
	start, end time.Time
	user       string
}

// overrides reads the overrides of a schedule of version 2, and what is rendered
// of them. The list is taken to be in the order in which they were made, since it
// does not say when that was, so that the newest wins. What is rendered says who
// won, and has the last word where the two differ.
func (im *importer) overrides(d *draft) []oncall.Override {
	var list []oncall.Override
	listed := map[entry]bool{}
	seen := map[string]entry{}
	for _, n := range slices.Concat(d.node.Get("overrides").Items(), d.overrides) {
		e, ok := im.entry(n)
		if !ok {
			continue
		}
		id := n.Get("id").Text()
		if before, again := seen[id]; again {
			if before != e {
				n.Get("id").Failf("an id used once; %q is that of another override", id)
			}
			continue // answers for ranges that meet have the same one twice
		}
		seen[id], listed[e] = e, true
		list = append(list, oncall.Override{ID: id, Start: e.start, End: e.end, People: []string{e.user}})
	}
	if at, some := overlap(list); some && len(d.overrides) > 0 {
		im.Assume(d.overrides[0], "overrides overlap, of which the newest wins, and the list is taken to have the oldest first "+
			"(it is about %s)", at.Format(time.RFC3339))
	}
	return append(list, im.rendered(d.node.Get("overrides_subschedule"), listed, seen)...)
}

// entry reads who is on call from when until when. It is not ok where nobody is,
// which is reported, or where something is wrong.
func (im *importer) entry(n jsondoc.Node) (e entry, ok bool) {
	n.Skip("type", "self", "html_url", "summary", "schedule")
	e = entry{start: im.Instant(n.Get("start")), end: im.Instant(n.Get("end")), user: im.user(n.Get("user"))}
	if e.start.IsZero() || e.end.IsZero() {
		return e, false
	}
	if !e.end.After(e.start) {
		n.Get("end").Fail("an instant after the start")
		return e, false
	}
	if e.user == "" {
		n.Skip()
		im.Loss(n, "the document does not say who this was, so it puts nobody on call and is left out")
	}
	return e, e.user != ""
}

// rendered reads the overrides that are rendered, unless they say the same as the
// list.
func (im *importer) rendered(n jsondoc.Node, listed map[entry]bool, ids map[string]entry) []oncall.Override {
	n.Skip("name", "rendered_coverage_percentage", "id", "type", "self", "html_url", "summary")
	entries := n.Get("rendered_schedule_entries")
	var list []oncall.Override
	same := len(listed) > 0
	for i, item := range entries.Items() {
		item.Skip("id")
		e, ok := im.entry(item)
		if !ok {
			continue
		}
		same = same && listed[e]
		id := fmt.Sprintf("rendered-%d", i+1)
		for _, taken := ids[id]; taken; _, taken = ids[id] {
			id += "'"
		}
		list = append(list, oncall.Override{ID: id, Start: e.start, End: e.end, People: []string{e.user}})
	}
	switch {
	case len(list) == 0 || same:
		return nil
	case len(listed) > 0:
		im.Assume(entries, "what is rendered of the overrides is not the same as their list, and is taken to be right about who is on call in the time that it covers")
	default:
		im.Assume(entries, "the overrides are known only as they were rendered, so outside of the range of the request nobody is replaced")
	}
	return list
}

// overlap returns where two overrides overlap.
func overlap(list []oncall.Override) (at time.Time, some bool) {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b oncall.Override) int { return a.Start.Compare(b.Start) })
	for i := 1; i < len(sorted); i++ {
		if sorted[i].Start.Before(sorted[i-1].End) {
			return sorted[i].Start, true
		}
	}
	return time.Time{}, false
}
