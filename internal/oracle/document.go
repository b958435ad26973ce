package oracle

import (
	"encoding/json"
	"fmt"
	"time"
)

// Document renders the plan as the document that Engine.SavePlan takes. It has two
// severities, SEV1 and SEV2, both of high urgency.
func (p Plan) Document() []byte {
	doc := object{
		"format":         "incidentkit/plan/v1",
		"name":           p.Name,
		"severities":     []object{{"id": "SEV1"}, {"id": "SEV2"}},
		"people":         each(p.People, Person.document),
		"schedules":      each(p.Schedules, Schedule.document),
		"teams":          each(p.Teams, Team.document),
		"channels":       each(p.Places, Place.document),
		"policies":       each(p.Policies, Policy.document),
		"routes":         each(p.Routes, Route.document),
		"default_policy": p.DefaultPolicy,
		"last_resort":    object{"person": p.LastResort},
	}
	data, err := json.Marshal(doc)
	if err != nil {
		panic(err) //nolint:forbidigo // never: there is nothing in it but texts, numbers, lists and objects
	}
	return data
}

type object = map[string]any

func each[T any](list []T, render func(T) object) []object {
	out := make([]object, len(list))
	for i, v := range list {
		out[i] = render(v)
	}
	return out
}

func (p Person) document() object {
	return object{"id": p.ID, "contacts": each(p.Contacts, func(c Contact) object {
		return object{"channel": c.Channel, "to": c.To}
	})}
}

func (s Schedule) document() object {
	return object{
		"id": s.ID, "zone": "UTC",
		"rotations": []object{{
			"id": "turns", "start": s.Start.UTC().Format("2006-01-02T15:04:05"),
			"turn": fmt.Sprintf("%d minutes", s.Turn/time.Minute), "members": s.Members,
		}},
		"overrides": each(s.Overrides, Override.document),
	}
}

func (o Override) document() object {
	doc := object{
		"id": o.ID, "start": o.Start.UTC().Format(time.RFC3339), "end": o.End.UTC().Format(time.RFC3339),
	}
	if o.Replaces != "" {
		doc["replaces"] = o.Replaces
	}
	if len(o.People) == 0 {
		doc["nobody"] = true
	} else {
		doc["people"] = o.People
	}
	return doc
}

func (t Team) document() object { return object{"id": t.ID, "members": t.Members} }

func (p Place) document() object { return object{"id": p.ID, "channel": p.Channel, "to": p.To} }

func (p Policy) document() object {
	doc := object{"id": p.ID, "repeat": p.Repeat, "steps": each(p.Steps, Step.document)}
	if p.AckTimeout > 0 {
		doc["ack_timeout"] = seconds(p.AckTimeout)
	}
	if p.RemindEvery > 0 {
		doc["remind_every"] = seconds(p.RemindEvery)
	}
	return doc
}

func (s Step) document() object {
	doc := object{"wait": seconds(s.Wait), "targets": each(s.Targets, Target.document)}
	if s.AckAll {
		doc["ack"] = "all"
	}
	return doc
}

func (t Target) document() object { return object{"type": t.Type, "id": t.ID} }

func (r Route) document() object {
	doc := object{"match": object{r.Label: r.Value}}
	if r.Severity != "" {
		doc["severity"] = r.Severity
	}
	if r.Policy != "" {
		doc["policy"] = r.Policy
	}
	return doc
}

// seconds writes a length as the document wants it: at most five digits of each
// unit.
func seconds(d time.Duration) string {
	d = d.Truncate(time.Second)
	if d < 24*time.Hour {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return fmt.Sprintf("%dd%ds", d/(24*time.Hour), d%(24*time.Hour)/time.Second)
}
