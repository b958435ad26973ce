package incidentkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// page asks for a page and schedules its messages. It takes the place of earlier
// pages to the same recipient that have not been delivered yet.
func (t *turn) page(p incident.PageRequested, who *resolver) error {
	p.Page = t.pageKey(p)
	var soonest time.Time // when they would have heard of it
	for _, earlier := range t.in.Pages {
		if earlier.Recipient() != recipient(p) || earlier.Run != p.Run || earlier.Reminder != p.Reminder ||
			earlier.State != incident.Pending || earlier.InFlight != "" {
			continue
		}
		if soonest.IsZero() || earlier.Send.Before(soonest) {
			soonest = earlier.Send
		}
		if err := t.withdraw(earlier, "page "+p.Page+" takes its place"); err != nil {
			return err
		}
	}
	notices := t.notices(p.Person, p.Urgency, t.now, who)
	if p.Reminder {
		notices = nil // one message is enough
	}
	due := t.now
	if len(notices) > 0 {
		p.Channel, due = notices[0].Channel, notices[0].At
		if !soonest.IsZero() && soonest.Before(due) { // or each page puts the first message off anew
			due = soonest
		}
		if due.Before(t.now) {
			due = t.now
		}
	}
	p.Send = due.UTC()
	if err := t.note(p); err != nil {
		return err
	}
	t.deliverAt(p.Page, due)
	if len(notices) > 1 {
		return t.schedulesNotices(p.Page, notices[1:])
	}
	return nil
}

func recipient(p incident.PageRequested) string {
	return incident.Page{Person: p.Person, Target: p.Target}.Recipient()
}

// pageKey names a page. Where a step is taken again in the same round, its pages
// are numbered, so that each has an idempotency key of its own.
func (t *turn) pageKey(p incident.PageRequested) string {
	key := fmt.Sprintf("%s.%d.%d.%s", p.Run, p.Round, p.Step, recipient(p))
	if p.Reminder {
		run, _ := t.in.Run(p.Run)
		key = fmt.Sprintf("%s.reminder%d.%s", p.Run, run.Reminders+1, recipient(p))
	}
	for n, numbered := 1, key; ; numbered = fmt.Sprintf("%s#%d", key, n) {
		if _, taken := t.in.Page(numbered); !taken {
			return numbered
		}
		n++
	}
}

// notices returns the messages that somebody with rules of their own wants about
// a page; none: all contacts are tried, one after the other, until one takes it.
func (t *turn) notices(person, loud string, from time.Time, who *resolver) []escalation.Notice {
	if person == "" {
		return nil
	}
	responder, ok := who.responder(person)
	urgency := escalation.Urgency(loud)
	rules := responder.Rules.High
	if urgency == escalation.Low {
		rules = responder.Rules.Low
	}
	if !ok || len(rules) == 0 {
		return nil
	}
	return responder.Notices(from, urgency)
}

// noticesFrom has the messages that follow a page counted from another time: one
// that has waited counts as made when it goes.
func (t *turn) noticesFrom(page incident.Page, from time.Time, who *resolver) error {
	notices := t.notices(page.Person, page.Urgency, from, who)
	if len(notices) < 2 {
		return nil
	}
	return t.schedulesNotices(page.Key, notices[1:])
}

// notice is the payload of the task that tells somebody again.
type notice struct {
	Page    string `json:"page"`
	Channel string `json:"channel"`
}

func (t *turn) schedulesNotices(page string, notices []escalation.Notice) error {
	for i, n := range notices {
		payload, err := json.Marshal(notice{Page: page, Channel: n.Channel})
		if err != nil {
			return err
		}
		t.task(storage.TaskSpec{ID: fmt.Sprintf("%s:%d:%s", taskNotice, i+2, page), Kind: taskNotice, Due: n.At, Payload: payload})
	}
	return nil
}

// tellAgain asks for another message about a page, if nobody has answered it. A
// notice that is no longer wanted ends without a trace: nothing was to be sent.
func (t *turn) tellAgain(task storage.Task, who *resolver) error {
	t.drop(task.ID)
	var n notice
	if err := json.Unmarshal(task.Payload, &n); err != nil {
		return &incident.CodecError{What: "notice", Got: string(task.Payload), Want: "an encoded notice", Err: err}
	}
	page, ok := t.in.Page(n.Page)
	if !ok || page.State == incident.Withdrawn || t.unwanted(page) != "" || t.superseded(page) {
		return nil
	}
	if err := who.load(); err != nil {
		return err
	}
	again := incident.PageRequested{
		Run: page.Run, Round: page.Round, Step: page.Step, Target: page.Target, Person: page.Person, Rule: page.Rule,
		ScheduleVersion: who.version, Due: t.now, Why: page.Why, Urgency: page.Urgency, Channel: n.Channel, Follows: page.Key, Send: t.now, Take: page.Take,
	}
	again.Page = t.pageKey(again)
	if err := t.note(again); err != nil {
		return err
	}
	t.deliverAt(again.Page, t.now)
	return nil
}

// superseded reports whether the recipient has been paged anew since, by rules that
// began anew.
func (t *turn) superseded(page incident.Page) bool {
	for _, later := range slices.Backward(t.in.Pages) {
		if later.Key == page.Key {
			return false
		}
		if later.Run == page.Run && later.Recipient() == page.Recipient() && later.Follows == "" && !later.Reminder {
			return true
		}
	}
	return false
}

// withdraw takes a page back, together with its task.
func (t *turn) withdraw(page incident.Page, why string) error {
	t.drop(deliveryTask(page.Key))
	return t.note(incident.PageWithdrawn{Page: page.Key, Why: why})
}

func deliveryTask(page string) string { return taskDeliver + ":" + page }

// withdrawPages takes back the pages that nobody needs any more and that are
// not on their way.
func (t *turn) withdrawPages() error {
	return t.withdrawWhere(func(page incident.Page) string { return t.unwanted(page) })
}

// withdrawWhere takes back the pages for which there is a reason, and that are not
// on their way.
func (t *turn) withdrawWhere(reason func(incident.Page) string) error {
	for _, page := range t.in.Pages {
		if page.State != incident.Pending || page.InFlight != "" {
			continue
		}
		if why := reason(page); why != "" {
			if err := t.withdraw(page, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// unwanted says why a page is not to be delivered any more; empty: it is.
func (t *turn) unwanted(page incident.Page) string {
	run, _ := t.in.Run(page.Run)
	newest, _ := t.in.VendorRun(run.Vendor)
	taken := run.State == incident.Acknowledged || run.State == incident.Snoozed
	switch {
	case !paging(t.in.Status):
		return "the incident is " + string(t.in.Status)
	case newest.ID != run.ID:
		return "the incident is escalated anew"
	case run.State == incident.Stopped:
		return run.Why
	case page.Reminder && (!taken || run.AcknowledgedBy != page.Person):
		return "there is nothing to remind of any more"
	case page.Reminder:
		return ""
	case run.State == incident.Acknowledged:
		return "acknowledged by " + run.AcknowledgedBy
	case run.State == incident.Snoozed:
		return "snoozed by " + run.AcknowledgedBy
	case page.Answered:
		return page.Recipient() + " has answered, or others are paged instead"
	}
	return ""
}
