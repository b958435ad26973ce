package oracle

import (
	"slices"
	"time"
)

// onCall returns who is on call on the schedule. The turns are counted from its
// start; then come the overrides, one after the other.
func (s Schedule) onCall(at time.Time) []string {
	var on []string
	if since := at.Sub(s.Start); since >= 0 && s.Turn > 0 && len(s.Members) > 0 {
		on = []string{s.Members[int(since/s.Turn)%len(s.Members)]}
	}
	for _, o := range s.Overrides {
		if at.Before(o.Start) || !at.Before(o.End) {
			continue
		}
		on = o.apply(on)
	}
	return on
}

func (o Override) apply(on []string) []string {
	if o.Replaces == "" {
		return o.People
	}
	if !slices.Contains(on, o.Replaces) {
		return on
	}
	var out []string
	for _, person := range on {
		with := []string{person}
		if person == o.Replaces {
			with = o.People
		}
		for _, p := range with {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// book answers who is behind a target: by the newest plan and, for what that no
// longer has, by the one that the incident is pinned to.
type book struct {
	newest, pinned *Plan
	at             time.Time
}

// recipient is somebody who may be paged: a person, or a target by itself.
type recipient struct {
	person    string // empty: the target itself
	reachable bool
}

// behind returns whom the target leads to. Nobody: the target is passed over.
func (b book) behind(t Target) []recipient {
	switch t.Type {
	case "person":
		return b.people([]string{t.ID})
	case "schedule":
		if s, ok := find(b.newest.Schedules, b.pinned.Schedules, func(s Schedule) bool { return s.ID == t.ID }); ok {
			return b.people(s.onCall(b.at))
		}
	case "team":
		if m, ok := find(b.newest.Teams, b.pinned.Teams, func(m Team) bool { return m.ID == t.ID }); ok {
			return b.people(m.Members)
		}
	case "channel":
		if _, ok := find(b.newest.Places, b.pinned.Places, func(p Place) bool { return p.ID == t.ID }); ok {
			return []recipient{{reachable: true}}
		}
	}
	return nil
}

func (b book) people(ids []string) []recipient {
	out := make([]recipient, len(ids))
	for i, id := range ids {
		p, ok := find(b.newest.People, b.pinned.People, func(p Person) bool { return p.ID == id })
		out[i] = recipient{person: id, reachable: ok && len(p.Contacts) > 0}
	}
	return out
}

func find[T any](newest, pinned []T, is func(T) bool) (T, bool) {
	for _, list := range [][]T{newest, pinned} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i], true
		}
	}
	var none T
	return none, false
}

// contacts returns how somebody whom a page is for is reached.
func (p *Plan) contacts(person, target string) []Contact {
	for _, who := range p.People {
		if who.ID == person {
			return who.Contacts
		}
	}
	for _, place := range p.Places {
		if "channel "+place.ID == target {
			return []Contact{{Channel: place.Channel, To: place.To}}
		}
	}
	return nil
}

// policy returns the policy with the id.
func (p *Plan) policy(id string) (Policy, bool) {
	i := slices.IndexFunc(p.Policies, func(q Policy) bool { return q.ID == id })
	if i < 0 {
		return Policy{}, false
	}
	return p.Policies[i], true
}
