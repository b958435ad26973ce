package goalert

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// changes are what GoAlert applies after the rules, from the weakest to the
// strongest: somebody replaced or removed where on call, somebody added, and
// temporary schedules, which replace everybody.
func (im *importer) changes(schedule jsondoc.Node, id string) []oncall.Override {
	var replaced, added []oncall.Override
	ids := gather.IDs{}
	for i, n := range im.overrides {
		if !im.belongs(n, id) {
			continue
		}
		o, ok := im.override(n)
		o.ID = ids.Unique(cmp.Or(n.Get("id").StrOr(""), "override-"+strconv.Itoa(i+1)))
		switch {
		case !ok:
		case o.Adds:
			added = append(added, o)
		default:
			replaced = append(replaced, o)
		}
	}
	im.conflicts(schedule, slices.Concat(replaced, added))
	emptied, filled := im.temporary(schedule.Get("temporarySchedules"), ids)
	return slices.Concat(replaced, added, emptied, filled)
}

// belongs reports whether an override is one of this schedule: it says so, or
// there is no other.
func (im *importer) belongs(n jsondoc.Node, schedule string) bool {
	target := n.Get("target")
	target.Skip("__typename", "type", "name")
	if target.Exists() {
		return target.Get("id").Text() == schedule
	}
	if len(im.schedules) > 1 {
		target.Fail("the schedule of the override, since there are several")
	}
	return true
}

func (im *importer) override(n jsondoc.Node) (o oncall.Override, ok bool) {
	n.Skip("__typename")
	o.Start, o.End, ok = im.span(n)
	adds, removes := im.user(n, "addUser"), im.user(n, "removeUser")
	switch {
	case adds == "" && removes == "":
		n.Get("addUserID").Fail("the id of a user here or in removeUserID")
	case adds == "":
		o.Replaces, o.Reason = removes, "removed"
	case removes == "":
		o.Adds, o.Reason = true, "added"
	default:
		o.Replaces, o.Reason = removes, "replaced"
	}
	if adds != "" {
		o.People = []string{adds}
	}
	return o, ok
}

// user reads an id, which GoAlert also answers as an object.
func (im *importer) user(n jsondoc.Node, key string) string {
	object := n.Get(key)
	object.Skip("__typename")
	id := n.Get(key + "ID").StrOr(object.Get("id").StrOr(""))
	im.Person(id, object.Get("name").StrOr(""), object.Get("email").StrOr(""))
	return id
}

// conflicts reports what GoAlert does not let anybody save: two overrides of one
// person at one time. It would apply both at once; here one follows the other.
func (im *importer) conflicts(n jsondoc.Node, overrides []oncall.Override) {
	of := map[string][]oncall.Override{}
	for _, o := range overrides {
		for _, person := range append([]string{o.Replaces}, o.People...) {
			if person != "" {
				of[person] = append(of[person], o)
			}
		}
	}
	for _, person := range slices.Sorted(maps.Keys(of)) {
		list := of[person]
		slices.SortStableFunc(list, func(a, b oncall.Override) int { return a.Start.Compare(b.Start) })
		for i := range list[1:] {
			if list[i+1].Start.Before(list[i].End) {
				im.Assume(n, "overrides %s and %s are about %s at one time, which GoAlert does not allow, so who is on call is what comes of one after the other",
					list[i].ID, list[i+1].ID, person)
			}
		}
	}
}

// temporary reads the temporary schedules: nobody is on call while they last, but
// those in their shifts.
func (im *importer) temporary(n jsondoc.Node, ids gather.IDs) (emptied, filled []oncall.Override) {
	for i, t := range n.Items() {
		t.Skip("__typename")
		start, end, ok := im.span(t)
		if !ok {
			continue
		}
		id := "temporary-" + strconv.Itoa(i+1)
		emptied = append(emptied, oncall.Override{ID: ids.Unique(id), Start: start, End: end, Reason: "temporary schedule"})
		for j, shift := range t.Get("shifts").Items() {
			shift.Skip("__typename", "truncated")
			person := im.user(shift, "user")
			if person == "" {
				shift.Get("userID").Fail("the id of a user")
			}
			o := oncall.Override{ID: ids.Unique(id + "-shift-" + strconv.Itoa(j+1)), Adds: true, People: []string{person}, Reason: "temporary schedule"}
			o.Start, o.End, ok = im.span(shift)
			if ok = ok && im.clip(shift, &o, start, end); ok {
				filled = append(filled, o)
			}
		}
	}
	return emptied, filled
}

// clip cuts a shift to its temporary schedule, outside of which it does not count.
func (im *importer) clip(n jsondoc.Node, o *oncall.Override, start, end time.Time) bool {
	if o.Start.Before(start) || o.End.After(end) {
		im.Loss(n, "a shift counts only within its temporary schedule, so nobody is on call by it outside")
	}
	if o.Start.Before(start) {
		o.Start = start
	}
	if o.End.After(end) {
		o.End = end
	}
	return o.Start.Before(o.End)
}

// span reads a start and an end. GoAlert knows only whole minutes.
func (im *importer) span(n jsondoc.Node) (start, end time.Time, ok bool) {
	start, end = im.minute(n.Get("start")), im.minute(n.Get("end"))
	if start.IsZero() || end.IsZero() {
		return start, end, false
	}
	if !end.After(start) {
		n.Get("end").Fail("an instant at least a minute after the start")
		return start, end, false
	}
	return start, end, true
}

func (im *importer) minute(n jsondoc.Node) time.Time {
	t := im.Instant(n)
	if m := t.Truncate(time.Minute); !m.Equal(t) {
		im.Assume(n, "GoAlert does not count seconds, so duty changes on the minute")
		return m
	}
	return t
}
