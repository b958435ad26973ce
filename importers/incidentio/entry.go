package incidentio

import (
	"cmp"
	"time"

	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// entry is a shift as incident.io has worked it out, or an override.
type entry struct {
	node            jsondoc.Node
	id              string
	rotation, layer string
	start, end      time.Time
	user            string // empty: nobody
}

// entry reads an entry. It is not ok if there is nothing to read.
func (im *importer) entry(n jsondoc.Node) (e entry, ok bool) {
	fingerprint := n.Get("fingerprint").StrOr("")
	e = entry{
		node:     n,
		id:       cmp.Or(n.Get("entry_id").StrOr(""), fingerprint),
		rotation: n.Get("rotation_id").StrOr(""),
		layer:    n.Get("layer_id").StrOr(""),
		start:    im.Instant(n.Get("start_at")),
		end:      im.Instant(n.Get("end_at")),
		user:     im.user(n.Get("user")),
	}
	if e.start.IsZero() || e.end.IsZero() {
		return e, false // an error by now
	}
	if !e.end.After(e.start) {
		im.Loss(n, "the entry ends before it starts, so it puts nobody on call and is left out")
		return e, false
	}
	return e, true
}

// entries are all that there are of a schedule.
type entries struct {
	scheduled []entry // by the rotations
	overrides []entry
	final     []entry // by both
}

func (im *importer) list(n jsondoc.Node) []entry {
	var list []entry
	for _, item := range n.Items() {
		if e, ok := im.entry(item); ok {
			list = append(list, e)
		}
	}
	return list
}
