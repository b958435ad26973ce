package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// World returns what the policies are carried out in: who is there, and who is on
// call. It belongs to the plan, and is only read. A host with a directory or with
// schedules of its own makes a copy of the value and fills in what it knows better.
func (p *Plan) World() *escalation.World { return p.world }

// Team returns the team with the id.
func (p *Plan) Team(id string) (Team, bool) {
	team, ok := p.teams[id]
	team.Members = slices.Clone(team.Members)
	return team, ok
}

// Vendor returns the vendor with the id.
func (p *Plan) Vendor(id string) (Vendor, bool) {
	vendor, ok := p.vendors[id]
	vendor.Contacts, vendor.Missed = slices.Clone(vendor.Contacts), slices.Clone(vendor.Missed)
	return vendor, ok
}

// Place is a channel or a webhook.
type Place struct {
	Type    escalation.TargetType // TargetChannel or TargetWebhook
	ID      string
	Name    string // never empty
	Contact Contact
}

// Place returns the channel or the webhook with the id.
func (p *Plan) Place(of escalation.TargetType, id string) (Place, bool) {
	place, ok := p.places[escalation.Target{Type: of, ID: id}]
	return place, ok
}

// Urgency returns how loudly people are paged for a severity: Low where the plan
// says so, and else High, also for an incident that has none yet.
func (p *Plan) Urgency(severity string) escalation.Urgency {
	if p.low[severity] {
		return escalation.Low
	}
	return escalation.High
}

// Facts returns what is known of an incident of which no more is than its severity,
// with the urgency that follows: for simulations and tests. The severity may be
// empty.
func (p *Plan) Facts(severity string) escalation.Facts {
	return escalation.Facts{Severity: severity, Urgency: p.Urgency(severity), Kind: string(Standard)}
}

// defaultWebhook is the channel of a webhook that names none.
const defaultWebhook = "webhook"

// compileWorld fills in whom policies lead to.
func (c *checker) compileWorld(p *Plan) {
	p.world = &escalation.World{
		Schedules: p.schedules, Teams: map[string]escalation.Group{},
		Suppliers: map[string]escalation.Supplier{}, Places: map[string]string{},
	}
	if len(c.spec.People) > 0 {
		p.world.People = make(map[string]escalation.Responder, len(c.spec.People))
	}
	for i, person := range c.spec.People {
		p.world.People[person.ID] = c.responder(at("/people", i), person)
	}
	for _, t := range c.spec.Teams {
		t.Name = cmp.Or(t.Name, t.ID)
		p.teams[t.ID] = t
		p.teamIDs = append(p.teamIDs, t.ID)
		p.world.Teams[t.ID] = escalation.Group{ID: t.ID, Members: slices.Clone(t.Members), Manager: t.Manager}
	}
	for i, v := range c.spec.Vendors {
		v.Name = cmp.Or(v.Name, v.ID)
		p.vendors[v.ID] = v
		p.vendorIDs = append(p.vendorIDs, v.ID)
		p.world.Suppliers[v.ID] = c.supplier(at("/vendors", i), v)
	}
	for _, place := range c.spec.places() {
		target := escalation.Target{Type: place.Type, ID: place.ID}
		p.places[target] = place
		p.world.Places[target.String()] = place.Contact.Channel
	}
	for _, s := range c.spec.Severities {
		p.low[s.ID] = s.Urgency == Urgency(escalation.Low)
	}
}

// places returns the channels and the webhooks.
func (s *Spec) places() []Place {
	var out []Place
	for _, h := range s.Channels {
		out = append(out, Place{escalation.TargetChannel, h.ID, cmp.Or(h.Name, h.ID), Contact{h.Channel, h.To}})
	}
	for _, h := range s.Webhooks {
		out = append(out, Place{escalation.TargetWebhook, h.ID, cmp.Or(h.Name, h.ID), Contact{cmp.Or(h.Channel, defaultWebhook), h.To}})
	}
	return out
}

// responder returns the person as package escalation has people.
func (c *checker) responder(path string, p Person) escalation.Responder {
	out := escalation.Responder{Person: p.onCall(), Channels: channels(p.Contacts), Rules: escalation.Rules{
		High: notifications(p.Rules.High), Low: notifications(p.Rules.Low), Bundle: time.Duration(p.Rules.Bundle),
	}}
	if quiet := p.Rules.Quiet; quiet.there() {
		hours := Hours{cmp.Or(quiet.Zone, p.Zone), quiet.Windows, quiet.Outside}
		unless := slices.Clone(quiet.Unless)
		if len(unless) == 0 && len(c.spec.Severities) > 0 {
			unless = []string{c.spec.Severities[0].ID}
		}
		var err error
		out.Rules.Quiet, err = escalation.NewQuietHours(hours.escalation(), unless...)
		c.below(at(path, "rules", "quiet"), err, c.inWindows)
	}
	c.below(path, errors.Join(out.Validate()...), nil)
	return out
}

// there reports whether quiet hours that may be left out are there, if only with an
// empty list.
func (q QuietHours) there() bool {
	return q.Zone != "" || q.Windows != nil || q.Outside || len(q.Unless) > 0
}

// channels returns the names of the channels of contacts, each once.
func channels(of []Contact) []string {
	var out []string
	for _, contact := range of {
		if contact.Channel != "" && !slices.Contains(out, contact.Channel) {
			out = append(out, contact.Channel)
		}
	}
	return out
}

func notifications(of []Notification) []escalation.Notification {
	var out []escalation.Notification
	for _, n := range of {
		out = append(out, escalation.Notification{Channel: n.Channel, After: time.Duration(n.After)})
	}
	return out
}

// supplier returns the vendor as package escalation has them.
func (c *checker) supplier(path string, v Vendor) escalation.Supplier {
	out := escalation.Supplier{ID: v.ID, Channels: channels(v.Contacts), Response: time.Duration(v.Response), Missed: targets(v.Missed)}
	if len(v.Contacts) == 0 {
		c.bad(at(path, "contacts"), "at least one contact")
	}
	if out.Response < escalation.MinWait || out.Response > escalation.MaxWait {
		c.bad(at(path, "response"), fmt.Sprintf("%s to %s, not %s", Duration(escalation.MinWait), Duration(escalation.MaxWait), v.Response))
	}
	c.missed(path, out.Missed)
	return out
}

// missed checks targets by themselves: a policy that ends in them knows what is
// wrong with them.
func (c *checker) missed(path string, targets []escalation.Target) {
	_, err := escalation.Compile(escalation.Policy{
		ID:    "missed",
		Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Person("anybody")}, Wait: escalation.MinWait}},
		Final: escalation.Final{Targets: targets},
	})
	c.below(path, err, func(path string) string {
		path = strings.Replace(path, "/final/targets", "/missed", 1)
		if target := path[:strings.LastIndexByte(path, '/')]; c.problemIn(target) {
			return "" // it is not the only thing that is wrong with the target
		}
		return path
	})
}
