package incidentkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	kindMailbox   = "mailbox"  // storage.Snapshot.Kind of the streams that bundle the pages to a person
	streamMailbox = "mailbox/" // prefix of their ids; the person follows
	mailboxMoved  = "mailbox.moved"
	maxHeld       = 100 // pages that wait in one mailbox; what comes on top does not wait
)

// mailbox is what is kept of the messages to a person who wants several pages as
// one message. It only ever spares messages: each page has a task of its own that
// sends it, unless it is on record that another message told of it. So nothing is
// lost with a mailbox, and where the store has trouble with one, nothing waits.
type mailbox struct {
	Any  time.Time `json:"any,omitzero"`  // when the last message went
	High time.Time `json:"high,omitzero"` // when the last went that told of a page of high urgency

	// Sending is the page whose message is being sent; the others leave it alone
	// until then.
	Sending mail      `json:"sending,omitzero"`
	Until   time.Time `json:"until,omitzero"`

	Waiting []mail `json:"waiting,omitempty"` // pages that are held
	Told    []mail `json:"told,omitempty"`    // those that another message told of
}

// mail is a page to the person.
type mail struct {
	Incident string `json:"incident"`
	Page     string `json:"page"`
	With     string `json:"with,omitempty"` // which message told of it
	Contact  string `json:"contact,omitempty"`
	Channel  string `json:"channel,omitempty"`
	Low      bool   `json:"low,omitempty"` // it is of low urgency
}

func (m mail) same(o mail) bool { return m.Incident == o.Incident && m.Page == o.Page }

func (b *mailbox) remove(m mail) {
	b.Waiting = slices.DeleteFunc(b.Waiting, m.same)
	b.Told = slices.DeleteFunc(b.Told, m.same)
}

// last returns when the last message went that told of a page at least as urgent.
func (b *mailbox) last(u string) time.Time {
	if escalation.Urgency(u) == escalation.Low {
		return b.Any
	}
	return b.High
}

// openMailbox lets a mailbox be changed, again and again until there is no
// conflict. Change reports whether it did.
func (e *Engine) openMailbox(ctx context.Context, tenant, person string, change func(*mailbox, time.Time) bool) error {
	stream := storage.Stream{Tenant: tenant, ID: streamMailbox + person}
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease/10) // no page waits for a store that hangs
	defer cancel()
	for range maxConflicts {
		head, err := e.store.Load(ctx, storage.Ref{Tenant: tenant, ID: stream.ID})
		if err != nil {
			return err
		}
		var box mailbox
		if head.Version > 0 {
			if err := json.Unmarshal(head.Snapshot.Data, &box); err != nil {
				return &incident.CodecError{What: "mailbox", Got: string(head.Snapshot.Data), Want: "an encoded mailbox", Err: err}
			}
		}
		if !change(&box, head.Now) {
			return nil
		}
		data, err := json.Marshal(box)
		if err != nil {
			return err
		}
		_, err = e.store.Commit(ctx, storage.Change{
			Stream: stream, Expect: head.Version,
			Events:   []storage.Event{{Version: head.Version + 1, Type: mailboxMoved, RecordedAt: head.Now, Data: data}},
			Snapshot: storage.Snapshot{Kind: kindMailbox, Status: "current", Data: data},
		})
		if err == nil || !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s", ErrBusy, stream)
}

// bundled reports whether pages to the recipient wait for each other.
func bundled(page incident.Page, who *resolver) (rules escalation.Rules, ok bool) {
	if page.Person == "" || page.Reminder {
		return rules, false
	}
	responder, _ := who.responder(page.Person)
	return responder.Rules, responder.Rules.Bundle > 0
}

// hold looks into the recipient's mailbox before the first attempt at a page, and
// reports whether there is nothing to send now: another message has told of the
// page, is just being sent, or went a moment ago.
func (t *turn) hold(ctx context.Context, page incident.Page, who *resolver) (bool, error) {
	rules, ok := bundled(page, who)
	if !ok || page.Follows != "" || page.Step == 0 || len(page.Tries) > 0 {
		return false, nil
	}
	me := mail{Incident: string(t.in.ID), Page: page.Key, Low: escalation.Urgency(page.Urgency) == escalation.Low}
	busy := 2 * t.engine.cfg.NotifyTimeout
	var told mail
	var wait, held time.Time
	err := t.engine.openMailbox(ctx, t.in.Tenant, page.Person, func(box *mailbox, _ time.Time) bool {
		told, wait, held = mail{}, time.Time{}, time.Time{}
		if i := slices.IndexFunc(box.Told, me.same); i >= 0 {
			told = box.Told[i]
			return false
		}
		if box.Until.After(t.now) && !box.Until.After(t.now.Add(busy)) && !box.Sending.same(me) && (me.Low || !box.Sending.Low) {
			wait = box.Until
			return false
		}
		if goes := rules.Release(t.now, box.last(page.Urgency)); goes.After(t.now) && len(box.Waiting) < maxHeld {
			held = goes
			if slices.ContainsFunc(box.Waiting, me.same) {
				return false
			}
			box.Waiting = append(box.Waiting, me)
			return true
		}
		box.remove(me)
		box.Sending, box.Until = me, t.now.Add(busy)
		return true
	})
	switch {
	case err != nil:
		t.engine.log.ErrorContext(ctx, "a mailbox cannot be used; the page goes by itself", "tenant", t.in.Tenant, "person", page.Person, "error", err)
		return false, nil
	case told.With != "":
		return true, t.toldBy(told, page, who)
	case !wait.IsZero():
		t.deliverAt(page.Key, wait)
		return true, nil
	case !held.IsZero():
		return true, t.holdUntil(page, held, who)
	}
	return false, nil
}

// holdUntil puts a page off, together with the messages that follow it.
func (t *turn) holdUntil(page incident.Page, goes time.Time, who *resolver) error {
	t.deliverAt(page.Key, goes)
	if page.Send.Equal(goes) {
		return nil
	}
	why := page.Person + " was paged a moment ago and wants what comes within " + plan.Duration(goes.Sub(t.now).Round(time.Second)).String() + " as one message"
	if err := t.note(incident.PageHeld{Page: page.Key, Until: goes.UTC(), Why: why}); err != nil {
		return err
	}
	return t.noticesFrom(page, goes, who)
}

// toldBy records that another message has told of a page.
func (t *turn) toldBy(m mail, page incident.Page, who *resolver) error {
	t.drop(deliveryTask(page.Key))
	if err := t.note(incident.PageDelivered{Page: page.Key, Contact: m.Contact, Channel: m.Channel, Attempt: 1, Receipt: said("in one message with page " + m.With)}); err != nil {
		return err
	}
	return t.noticesFrom(page, t.now, who)
}

// gather returns what waits for the same recipient and is still wanted, to go with
// a message.
func (e *Engine) gather(ctx context.Context, tenant string, a *attempt) {
	if !a.bundle {
		return
	}
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease/10)
	defer cancel()
	var waiting, gone []mail
	me := mail{Incident: a.message.Incident, Page: a.page}
	err := e.openMailbox(ctx, tenant, a.message.To.Person, func(box *mailbox, _ time.Time) bool {
		waiting = slices.DeleteFunc(slices.Clone(box.Waiting), me.same)
		return false
	})
	if err != nil {
		return // they go by themselves
	}
	for _, m := range waiting {
		in, err := e.Incident(ctx, tenant, incident.ID(m.Incident))
		if err != nil {
			continue
		}
		t := turn{engine: e, in: in}
		page, ok := in.Page(m.Page)
		switch {
		case !ok || page.State != incident.Pending || t.unwanted(page) != "":
			gone = append(gone, m)
			continue
		case page.InFlight != "" || !a.high && escalation.Urgency(page.Urgency) != escalation.Low:
			continue // it goes by itself: at the latest when it is due, by the way chosen for what is urgent
		}
		m.With, m.Contact, m.Channel = a.page+" of incident "+me.Incident, a.contact.id, a.contact.channel
		a.with = append(a.with, m)
		if len(a.with) == 1 {
			a.message.Body += "\n\nWith it, as you want one message:"
		}
		a.message.Body += "\n- " + subject(in) + " (" + m.Incident + ")"
	}
	a.gone = gone
	if n := len(a.with); n > 0 {
		a.message.Subject += fmt.Sprintf(" (and %d more)", n)
	}
}

// mailed closes the recipient's mailbox after a message, and records what it has
// told of besides. What cannot be recorded now is when those pages are due.
func (e *Engine) mailed(ctx context.Context, tenant string, a *attempt, arrived bool) {
	if !a.bundle {
		return
	}
	ctx, cancel := timing.WithTimeout(context.WithoutCancel(ctx), e.cfg.Lease/3)
	defer cancel()
	person, me := a.message.To.Person, mail{Incident: a.message.Incident, Page: a.page}
	err := e.openMailbox(ctx, tenant, person, func(box *mailbox, now time.Time) bool {
		if box.Sending.same(me) {
			box.Sending, box.Until = mail{}, time.Time{}
		}
		for _, m := range a.gone {
			box.remove(m)
		}
		if !arrived {
			return true
		}
		box.remove(me)
		if box.Any = now; a.high {
			box.High = now
		}
		for _, m := range a.with {
			box.remove(m)
			box.Told = append(box.Told, m)
		}
		return true
	})
	if err != nil {
		e.log.ErrorContext(ctx, "a mailbox cannot be used; pages may go once more", "tenant", tenant, "person", person, "error", err)
		return
	}
	if !arrived || len(a.with) == 0 {
		return
	}
	for _, m := range a.with {
		if err := e.recordTold(ctx, tenant, m); err != nil {
			e.log.WarnContext(ctx, "recorded later: a page was told of with another", "tenant", tenant, "incident", m.Incident, "page", m.Page, "error", err)
			continue
		}
		_ = e.openMailbox(ctx, tenant, person, func(box *mailbox, _ time.Time) bool { // else it stays there for nothing
			box.remove(m)
			return true
		})
	}
}

func (e *Engine) recordTold(ctx context.Context, tenant string, m mail) error {
	_, err := e.change(ctx, storage.Stream{Tenant: tenant, ID: m.Incident}, changeOptions{}, func(ctx context.Context, t *turn) error {
		page, ok := t.in.Page(m.Page)
		if !ok || page.State != incident.Pending || page.InFlight != "" {
			return nil
		}
		run, _ := t.in.Run(page.Run)
		return t.toldBy(m, page, t.resolver(ctx, run))
	})
	return err
}
