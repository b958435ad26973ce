package escalation

import (
	"slices"
	"time"
)

// message is what a person, or a target itself, is told about one page or several,
// by one channel after the other.
type message struct {
	pages   []Effect // in order; the message is about the last, with the others
	urgency Urgency
	to      Responder
	due     time.Time // when the next notice is
	held    bool      // it has not begun: it waits for other pages
	began   time.Time // what the rules count from
	sent    []Sent
	arrived int  // how many notices have
	failed  bool // the run knows that none can be delivered
}

// page tells of a page, at once or when the person's rules want it.
func (g *game) page(e Effect) {
	to := g.responder(e)
	held := g.heldFor(to)
	goes, box := g.now, g.boxes[to.ID]
	if box != nil {
		goes = box.release(to.Rules, g.now, e.Urgency)
	}
	if goes.After(g.now) {
		if held == nil {
			held = &message{to: to, due: goes, held: true}
			g.messages = append(g.messages, held)
		}
		held.pages = append(held.pages, e)
		held.urgency = louder(held.urgency, e.Urgency)
		g.add(Moment{At: g.now, Effect: e, Waits: held.due})
		return
	}
	m := &message{to: to, urgency: e.Urgency}
	if held != nil { // what waits goes with it
		m.pages, m.urgency = held.pages, louder(held.urgency, e.Urgency)
		g.drop(func(m *message) bool { return m == held })
	}
	m.pages = append(m.pages, e)
	g.begin(m)
	first, ok := to.NextNotice(m.began, m.urgency, nil)
	waits := !ok || first.At.After(g.now)
	if waits {
		g.add(Moment{At: g.now, Effect: e, Waits: first.At})
	}
	g.send(m, waits)
}

// remind tells of a reminder, which is one message.
func (g *game) remind(e Effect) {
	to := g.responder(e)
	to.Rules = Rules{}
	m := &message{to: to, urgency: e.Urgency, pages: []Effect{e}, began: g.now, failed: true}
	if len(to.Channels) == 0 {
		g.add(Moment{At: g.now, Effect: e})
		return
	}
	g.send(m, false)
}

// heldFor returns the pages that wait to become one message to somebody; nil: none.
func (g *game) heldFor(to Responder) *message {
	for _, m := range g.messages {
		if m.held && m.to.ID == to.ID {
			return m
		}
	}
	return nil
}

// begin starts the notices of a message.
func (g *game) begin(m *message) {
	m.held, m.began, m.due = false, g.now, g.now
	if !slices.Contains(g.messages, m) {
		g.messages = append(g.messages, m)
	}
	if m.to.Rules.Bundle <= 0 {
		return
	}
	box := g.boxes[m.to.ID]
	if box == nil {
		box = &mailbox{}
		if g.boxes == nil {
			g.boxes = map[string]*mailbox{}
		}
		g.boxes[m.to.ID] = box
	}
	box.sent(g.now, m.urgency)
}

// sendAll sends what is due now.
func (g *game) sendAll() {
	for {
		i := slices.IndexFunc(g.messages, func(m *message) bool { return !m.due.After(g.now) })
		if i < 0 || g.full() {
			return
		}
		m := g.messages[i]
		if m.held {
			g.begin(m)
		}
		g.send(m, true)
	}
}

// send sends those notices of a message that are due now. Follows says that the
// first of them does not come with the page itself.
func (g *game) send(m *message, follows bool) {
	for {
		n, ok := m.to.NextNotice(m.began, m.urgency, m.sent)
		if !ok {
			if m.to.Undelivered(m.sent) {
				g.undelivered(m)
			}
			g.drop(func(other *message) bool { return other == m })
			return
		}
		if n.At.After(g.now) {
			m.due = n.At
			return
		}
		n.At = g.now
		failed := slices.Contains(g.Broken, n.Channel)
		instead := ""
		if n.Rule == 0 { // it follows one that failed
			instead = m.sent[len(m.sent)-1].Channel
		}
		m.sent = append(m.sent, Sent{Notice: n, Failed: failed})
		last := len(m.pages) - 1
		moment := Moment{
			At: g.now, Effect: m.pages[last], With: m.pages[:last:last],
			Channel: n.Channel, Follows: follows, Failed: failed, Instead: instead,
		}
		follows = true
		if !failed {
			m.arrived++
			moment.Arrived = m.arrived
		}
		g.add(moment)
		switch {
		case !failed:
			g.expect(moment)
		case m.to.Undelivered(m.sent):
			g.undelivered(m)
		}
	}
}

// undelivered tells the run that no page of a message can be delivered. Nothing
// comes after the last resort that it could go on to.
func (g *game) undelivered(m *message) {
	if m.failed {
		return
	}
	m.failed = true
	for _, e := range m.pages {
		if e.Kind != Page {
			continue
		}
		a := Answer{Kind: Undelivered, By: e.Person, At: g.now, Round: e.Round, Step: e.Step}
		if e.Person == "" {
			a.Target = e.Target.String()
		}
		g.queue(a)
	}
}

// withdraw drops the messages that an answer makes needless.
func (g *game) withdraw(a Answer, s State) {
	wanted := (s == Running || s == Exhausted) && a.Kind != Reassign && a.Kind != Stop
	g.drop(func(m *message) bool { return !wanted || m.to.ID == a.By })
}

func (g *game) drop(needless func(*message) bool) {
	g.messages = slices.DeleteFunc(g.messages, needless)
}

// responder returns whom an effect is to reach, and how. Whoever is not known is
// reached by a channel without a name.
func (g *game) responder(e Effect) Responder {
	var to Responder
	if e.Person != "" {
		known, ok := g.World.People[e.Person]
		if to = known; !ok {
			to.Channels = []string{""}
		}
		to.ID = e.Person
		return to
	}
	to.Channels = []string{""}
	if e.Target.Type == TargetVendor {
		if s, ok := g.World.Suppliers[e.Target.ID]; ok {
			to.Channels = s.Channels
		}
	} else if place, ok := g.World.Places[e.Target.String()]; ok {
		to.Channels = []string{place}
	}
	// No person has such an id: what is held for the one does not go to the other.
	to.ID = "target " + e.Target.String()
	return to
}
