package rootly

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// overrides reads the override shifts of a schedule, which are also among its
// shifts.
func (r *reader) overrides(of *plan) []oncall.Override {
	var list []oncall.Override
	seen := map[string]bool{}
	add := func(p piece) {
		o, ok := r.override(p, of, len(list))
		if ok && !seen[o.ID] {
			seen[o.ID] = true
			list = append(list, o)
		}
	}
	for _, p := range r.pieces[override] {
		add(p)
	}
	for _, p := range r.pieces[shift] {
		if p.Get("is_override").BoolOr(false) {
			add(p)
		}
	}
	return list
}

// override reads an override of a schedule; it reports false for one of another.
func (r *reader) override(p piece, of *plan, index int) (oncall.Override, bool) {
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
	o.Start, o.End = r.span(p)
	o.People = r.userOf(p)
	if o.Rotation != "" && !of.ids[o.Rotation] {
		r.Loss(p.Node, "the override is for the rotation %s, which is not in the documents, and is left out", o.Rotation)
		return oncall.Override{}, false
	}
	return o, true
}

func (r *reader) span(p piece) (start, end time.Time) {
	start, end = r.Instant(p.Get("starts_at")), r.Instant(p.Get("ends_at"))
	if !end.After(start) {
		p.Get("ends_at").Fail("an instant after the start")
	}
	return start, end
}

// shadows reads who follows those on call.
func (r *reader) shadows(of *plan) []oncall.Shadow {
	var list []oncall.Shadow
	for _, p := range r.pieces[shadow] {
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
		r.Person(s.Person, "", "")
		if !everybody {
			s.Of = whom.Text()
			r.Person(s.Of, "", "")
		}
		s.Start, s.End = r.span(p)
		list = append(list, s)
	}
	return list
}

// userOf returns the user of a piece, by its id or as a resource; none where it
// has none.
func (r *reader) userOf(p piece) []string {
	n, u := p.Get("user_id"), p.Get("user")
	if !n.Exists() && u.IsObject() {
		n = u.Unwrap("data").Get("id")
	}
	u.Skip()
	if !n.Exists() {
		return nil
	}
	r.Person(n.Text(), "", "")
	return []string{n.Text()}
}
