package oracle

import (
	"slices"

	"github.com/incidentkit/incidentkit/incident"
)

// judgeActs judges that what people were told is true: what was answered with OK is
// stored (I11), nothing was done more often than it was asked for (I9), and one
// dedup key has one open incident at a time (I11).
func (c *court) judgeActs() {
	for i := range c.h.Acts {
		if a := &c.h.Acts[i]; a.Result == OK {
			c.judgeAct(a)
		}
	}
	c.judgeOperations()
	c.judgeDoubled()
	c.judgeKeys()
}

// judgeOperations sees that a request to open an incident that is sent again opens
// no second one.
func (c *court) judgeOperations() {
	opened := map[[2]string]*Act{}
	for i := range c.h.Acts {
		a := &c.h.Acts[i]
		if a.Result != OK || a.Operation == "" || eventOf(a.Kind) != incident.TypeOpened {
			continue
		}
		id := [2]string{a.Tenant, a.Operation}
		if first := opened[id]; first != nil && first.Incident != a.Incident {
			c.blame("I11", c.at[place{a.Tenant, a.Incident}], a.Ended.At, "operation %s of %s opened incident %s, and again %s", a.Operation, a.Tenant, first.Incident, a.Incident)
			continue
		}
		opened[id] = a
	}
}

func (c *court) judgeAct(a *Act) {
	switch a.Kind {
	case "save_plan":
		if c.plan(a.Tenant, a.Version) == nil {
			c.blame("I11", nil, a.Ended.At, "version %d of the plan of %s was said to be saved at %s, and is not there", a.Version, a.Tenant, clock(a.Ended.At))
		}
	case "ingest":
		c.judgeIngest(a)
	default:
		s := c.at[place{a.Tenant, a.Incident}]
		switch {
		case s == nil:
			c.blame("I11", nil, a.Ended.At, "%s for incident %s of %s was answered with OK at %s, and it is not there", a.Kind, a.Incident, a.Tenant, clock(a.Ended.At))
		case s.closed:
		case a.Version > uint64(len(s.events)):
			c.blame("I11", s, a.Ended.At, "%s was answered with version %d at %s, and there are %d events", a.Kind, a.Version, clock(a.Ended.At), len(s.events))
		case !c.done(s, a):
			c.blame("I11", s, a.Ended.At, "%s by %s was answered with OK at %s, and there is no event of it", a.Kind, a.Actor, clock(a.Ended.At))
		}
	}
}

// done reports whether the act left an event, before it was answered.
func (c *court) done(s *story, a *Act) bool {
	if eventOf(a.Kind) == "" {
		return true
	}
	return slices.ContainsFunc(s.events, func(e event) bool { return isOf(e, a) && !c.before(a.Ended, e.committed()) })
}

// eventOf names the event that every command of a kind leaves; empty: there is no
// such one.
func eventOf(kind string) incident.EventType {
	switch incident.ActionName(kind) {
	case incident.OpenAction, incident.DeclareAction:
		return incident.TypeOpened
	case incident.AcceptAction, incident.DeclineAction, incident.CancelAction, incident.MergeAction, incident.MitigateAction,
		incident.ResolveAction, incident.CloseAction, incident.ReopenAction:
		return incident.TypeStatusChanged
	case incident.AcknowledgeAction:
		return incident.TypeAcknowledged
	case incident.DeclinePageAction:
		return incident.TypePageDeclined
	case incident.SnoozeAction:
		return incident.TypeSnoozed
	case incident.HandBackAction:
		return incident.TypeHandedBack
	case incident.ReassignAction:
		return incident.TypeReassigned
	case incident.RepageAction:
		return incident.TypeRepaged
	case incident.EscalateNextAction:
		return incident.TypeNextStepRequested
	case incident.AddNoteAction:
		return incident.TypeNoteAdded
	case incident.SetSeverityAction:
		return incident.TypeSeverityChanged
	case incident.EscalateAction:
		return incident.TypeEscalationRequested
	default:
		return ""
	}
}

// isOf reports whether an event is one that the act would leave.
func isOf(e event, a *Act) bool {
	if e.Actor.ID != a.Actor || e.Payload.Type() != eventOf(a.Kind) {
		return false
	}
	p, ok := e.Payload.(incident.StatusChanged)
	return !ok || string(p.Action) == a.Kind
}

// judgeIngest sees that each key has its incident, and that it says so.
func (c *court) judgeIngest(a *Act) {
	for _, key := range a.Keys {
		i := slices.IndexFunc(a.Receipts, func(r incident.Receipt) bool { return r.DedupKey == key })
		if i < 0 {
			c.blame("I11", nil, a.Ended.At, "alerts of %s with key %q were taken at %s without a receipt", a.Tenant, key, clock(a.Ended.At))
			continue
		}
		s := c.at[place{a.Tenant, a.Receipts[i].Incident}]
		switch {
		case s == nil:
			c.blame("I11", nil, a.Ended.At, "alerts of %s with key %q were taken at %s for incident %s, which is not there", a.Tenant, key, clock(a.Ended.At), a.Receipts[i].Incident)
		case s.closed:
		case !slices.ContainsFunc(s.events, func(e event) bool { return tells(e, key) && !c.before(a.Ended, e.committed()) }):
			c.blame("I11", s, a.Ended.At, "alerts with key %q were taken at %s, and it knows of none by then", key, clock(a.Ended.At))
		}
	}
}

// tells reports whether an event records an alert with the key.
func tells(e event, key string) bool {
	p, ok := e.Payload.(incident.AlertsRecorded)
	return ok && slices.ContainsFunc(p.Alerts, func(a incident.Alert) bool { return a.DedupKey == key })
}

// judgeDoubled sees that no incident has more events of a command than there were
// commands that may have left one.
func (c *court) judgeDoubled() {
	type kind struct {
		place
		actor, kind string
	}
	asked := map[kind]int{}
	for _, a := range c.h.Acts {
		if a.Result != Rejected && eventOf(a.Kind) != "" {
			asked[kind{place{a.Tenant, a.Incident}, a.Actor, a.Kind}]++
			if a.Kind == string(incident.AcceptAction) { // it may set the severity, too
				asked[kind{place{a.Tenant, a.Incident}, a.Actor, string(incident.SetSeverityAction)}]++
			}
		}
	}
	for k, n := range asked {
		s := c.at[k.place]
		if s == nil || s.closed {
			continue
		}
		left := 0
		a := Act{Kind: k.kind, Actor: k.actor}
		for _, e := range s.events {
			if isOf(e, &a) {
				left++
			}
		}
		if left > n {
			c.blame("I9", s, s.in.RecordedAt, "%s asked %d times for %s, and there are %d events of it", k.actor, n, k.kind, left)
		}
	}
}

// judgeKeys sees that no two incidents hold one key at one time.
func (c *court) judgeKeys() {
	type held struct {
		s        *story
		from, to Moment // to is zero where it still is
	}
	holders := map[[2]string][]held{}
	for _, s := range c.stories {
		if s.closed {
			continue
		}
		for _, span := range c.holding(s) {
			for _, key := range s.in.DedupKeys {
				id := [2]string{s.tenant, key}
				for _, other := range holders[id] {
					if other.s != s && c.overlap(other.from, other.to, span[0], span[1]) {
						c.blame("I11", s, span[0].At, "alerts with key %q go to it from %s on, and incident %s was open for them", key, clock(span[0].At), other.s.incident)
					}
				}
				holders[id] = append(holders[id], held{s, span[0], span[1]})
			}
		}
	}
}

// overlap reports whether two spans surely have an instant in common.
func (c *court) overlap(a, aEnd, b, bEnd Moment) bool {
	ends := func(end, begin Moment) bool { return end != (Moment{}) && !c.before(begin, end) }
	return !ends(aEnd, b) && !ends(bEnd, a)
}

// holding returns the spans in which the incident holds its keys.
func (c *court) holding(s *story) [][2]Moment {
	var spans [][2]Moment
	if s.in.Kind != incident.Standard {
		return nil
	}
	was := false
	for i := range s.events {
		e := &s.events[i]
		now := was
		switch p := e.Payload.(type) {
		case incident.IncidentOpened:
			now = true
		case incident.StatusChanged:
			now = p.To.Open() || p.To == incident.Merged && !c.overEver(place{s.tenant, p.Into})
		}
		switch {
		case now && !was:
			spans = append(spans, [2]Moment{e.committed()})
		case was && !now:
			spans[len(spans)-1][1] = e.committed()
		}
		was = now
	}
	return spans
}

// overEver reports whether an incident was over at some time: it gives away the keys
// of those that were merged into it.
func (c *court) overEver(at place) bool {
	s := c.at[at]
	return s == nil || slices.ContainsFunc(s.events, func(e event) bool {
		p, ok := e.Payload.(incident.StatusChanged)
		return ok && !p.To.Open()
	})
}
