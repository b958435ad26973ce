package rootly

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// overrides reads the override shifts of a schedule, which are also among its
// shifts.
func (im *importer) overrides(of *plan) []oncall.Override {
	var list []oncall.Override
	seen := map[string]bool{}
	add := func(p piece) {
		o, ok := im.override(p, of, len(list))
		if ok && !seen[o.ID] {
			seen[o.ID] = true
			list = append(list, o)
		}
	}
	for _, p := range im.pieces[override] {
		add(p)
	}
	for _, p := range im.pieces[shift] {
		if p.Get("is_override").BoolOr(false) {
			add(p)
		}
	}
	return list
}

// override reads an override of a schedule; it reports false for one of another.
func (im *importer) override(p piece, of *plan, index int) (oncall.Override, bool) {
	p.Skip("is_override", "shift_override")
	if p.Get("schedule_id").Text() != of.id {
		return oncall.Override{}, false
	}
	o := oncall.Override{ID: fmt.Sprintf("override-%d", index+1)}
	if p.id.Exists() {
		o.ID = p.id.Text()
	}
	if n := p.Get("rotation_id"); n.Exists() {
		o.Rotation = n.Text()
	}
	o.Start, o.End = im.span(p)
	o.People = im.userOf(p)
	if o.Rotation != "" && !of.ids[o.Rotation] {
		im.Loss(p.Node, "the override is for the rotation %s, which is not among the documents, so it replaces nobody and is left out", o.Rotation)
		return oncall.Override{}, false
	}
	return o, true
}

func (im *importer) span(p piece) (start, end time.Time) {
	start, end = im.Instant(p.Get("starts_at")), im.Instant(p.Get("ends_at"))
	if !end.After(start) {
		p.Get("ends_at").Fail("an instant after the start")
	}
	return start, end
}

// shadows reads who follows those on call.
func (im *importer) shadows(of *plan) []oncall.Shadow {
	var list []oncall.Shadow
	for _, p := range im.pieces[shadow] {
		whom := gather.First(p.Node, "shadowable_id")
		everybody := p.Get("shadowable_type").OneOf("User", "Schedule") == "Schedule"
		at := p.Get("schedule_id")
		if everybody && !at.Exists() {
			at = whom
		}
		if at.Text() != of.id {
			continue
		}
		s := oncall.Shadow{Person: p.Get("shadow_user_id").Text()}
		im.Person(s.Person, "", "")
		if !everybody {
			s.Of = whom.Text()
			im.Person(s.Of, "", "")
		}
		s.Start, s.End = im.span(p)
		list = append(list, s)
	}
	return list
}

// userOf returns the user of a piece, by its id or as a resource; none where it
// has none.
func (im *importer) userOf(p piece) []string {
	n, u := p.Get("user_id"), p.Get("user")
	if !n.Exists() && u.IsObject() {
		n = u.Unwrap("data").Get("id")
	}
	u.Skip()
	if !n.Exists() {
		return nil
	}
	im.Person(n.Text(), "", "")
	return []string{n.Text()}
}
