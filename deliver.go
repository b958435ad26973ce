package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	maxUnknown  = 2                // sends to one contact whose outcome is unknown: the second is the one possible duplicate
	maxAttempts = 4                // attempts at one contact
	maxBackoff  = 30 * time.Second // longest wait between attempts, unless the channel asks for more
	maxRetryIn  = 10 * time.Minute // longest wait a channel may ask for
)

// deliver makes one attempt to deliver a page. Before the send it records that
// the attempt begins, on condition that the page is still wanted and the claim
// still holds; afterwards it records the outcome. In between no transaction is
// open. Whatever goes wrong, at any point, the task stays and is claimed again.
func (e *Engine) deliver(ctx context.Context, task storage.Task) error {
	var attempt *attempt
	_, err := e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, func(ctx context.Context, t *turn) error {
		var err error
		attempt, err = t.prepare(ctx, task)
		return err
	})
	if err != nil || attempt == nil {
		return err
	}
	receipt, failure := e.send(ctx, attempt)
	return e.keep(ctx, task, func(_ context.Context, t *turn) error {
		return t.conclude(task, attempt, receipt, failure)
	})
}

// keep records an outcome, and does not give up at the first failure of the
// store: an outcome that gets lost means a page that is sent twice.
func (e *Engine) keep(ctx context.Context, task storage.Task, decide func(context.Context, *turn) error) error {
	var err error
	for range 3 {
		_, err = e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, decide)
		if err == nil || errors.Is(err, storage.ErrFenced) || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// attempt is one send that is about to be made.
type attempt struct {
	page    string
	contact contact
	number  int
	others  bool // the person has other contacts that have not been tried
	message comms.Message
}

// prepare decides what becomes of a claimed page now. It returns the attempt to
// make; nil where there is nothing to send.
func (t *turn) prepare(ctx context.Context, task storage.Task) (*attempt, error) {
	page, ok := t.in.Page(string(task.Payload))
	if !ok || page.State != incident.Pending {
		t.drop(task.ID)
		return nil, nil
	}
	if page.InFlight != "" {
		if err := t.lost(page); err != nil {
			return nil, err
		}
		page, _ = t.in.Page(page.Key)
	}
	if why := t.unwanted(page); why != "" {
		t.drop(task.ID)
		return nil, t.note(incident.PageWithdrawn{Page: page.Key, Why: why})
	}
	run, _ := t.in.CurrentRun()
	who, err := t.engine.resolver(ctx, t.in, run)
	if err != nil {
		return nil, err
	}
	if moved, err := t.follow(page, who); moved || err != nil {
		t.drop(task.ID)
		return nil, err
	}
	person, err := t.engine.person(ctx, t.in.Tenant, who.current, who.pinned, page.Person)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	left := slices.DeleteFunc(t.engine.reachable(person), func(c contact) bool { return page.Try(c.id).Spent })
	if len(left) == 0 {
		t.drop(task.ID)
		return nil, t.note(incident.PageUndeliverable{Page: page.Key, Why: whyUndeliverable(page)})
	}
	return t.begin(page, person, left, who)
}

// lost records that nobody knows what became of the attempt that was under way.
func (t *turn) lost(page incident.Page) error {
	try := page.Try(page.InFlight)
	return t.note(incident.PageFailed{
		Page: page.Key, Contact: try.Contact, Channel: try.Channel, Attempt: try.Attempts,
		Unknown: true, Spent: try.Unknown+1 >= maxUnknown,
		Error: "the worker stopped before it could record the outcome",
	})
}

// follow hands a page on that was meant for whoever is on call, if somebody else
// is on call by the time it can be delivered.
func (t *turn) follow(page incident.Page, who *resolver) (moved bool, err error) {
	target, ok := scheduleTarget(page.Target)
	if !ok || len(page.Tries) > 0 {
		return false, nil
	}
	now := who.Resolve(target, t.now)
	if who.err != nil {
		return false, who.err
	}
	for _, c := range now.People {
		if c.Person == page.Person || c.Unreachable != "" {
			return false, nil
		}
	}
	if len(now.People) == 0 {
		return false, nil
	}
	next := now.People[0]
	if err := t.note(incident.PageWithdrawn{Page: page.Key, Why: page.Person + " was no longer on call; " + next.Person + " is"}); err != nil {
		return true, err
	}
	asked := slices.ContainsFunc(t.in.Pages, func(p incident.Page) bool {
		return p.Run == page.Run && p.Round == page.Round && p.Step == page.Step && p.Person == next.Person
	})
	if asked {
		return true, nil
	}
	return true, t.page(incident.PageRequested{
		Run: page.Run, Round: page.Round, Step: page.Step, Target: page.Target,
		Person: next.Person, Rule: next.Rule, ScheduleVersion: who.version, Due: page.Due,
		Why: page.Why + "; at delivery " + next.Person + " was on call: " + next.Rule,
	})
}

// scheduleTarget reads the schedule back from a page's target.
func scheduleTarget(target string) (escalation.Target, bool) {
	prefix := string(escalation.TargetSchedule) + " "
	if len(target) <= len(prefix) || target[:len(prefix)] != prefix {
		return escalation.Target{}, false
	}
	return escalation.Schedule(target[len(prefix):]), true
}

// begin records that an attempt at the first contact left is about to be made.
func (t *turn) begin(page incident.Page, person plan.Person, left []contact, who *resolver) (*attempt, error) {
	c := left[0]
	try := page.Try(c.id)
	a := &attempt{page: page.Key, contact: c, number: try.Attempts + 1, others: len(left) > 1}
	a.message = t.message(page, person, c, who.pinned)
	a.message.Attempt = a.number
	a.message.PossibleDuplicate = try.Unknown > 0
	return a, t.note(incident.PageAttempted{
		Page: page.Key, Contact: c.id, Channel: c.channel, Attempt: a.number,
		PossibleDuplicate: a.message.PossibleDuplicate, Key: a.message.Key,
	})
}

// send hands the message to its channel. A notifier that panics leaves the
// outcome unknown, like one that does not answer in time.
func (e *Engine) send(ctx context.Context, a *attempt) (receipt comms.Receipt, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.NotifyTimeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil { //nolint:forbidigo // the host's code: its bug must not stop other pages
			err = fmt.Errorf("the notifier of channel %s panicked: %v", a.contact.channel, r)
		}
	}()
	return e.cfg.Notifiers[a.contact.channel].Notify(ctx, a.message)
}

// conclude records the outcome of an attempt, and what follows from it.
func (t *turn) conclude(task storage.Task, a *attempt, receipt comms.Receipt, failure error) error {
	page, ok := t.in.Page(a.page)
	if !ok || page.State != incident.Pending {
		t.drop(task.ID)
		return nil
	}
	fate := comms.Classify(failure)
	if fate == comms.Delivered {
		t.drop(task.ID)
		return t.note(incident.PageDelivered{
			Page: a.page, Contact: a.contact.id, Channel: a.contact.channel, Attempt: a.number,
			Receipt: said(receipt.ID),
		})
	}
	failed := incident.PageFailed{
		Page: a.page, Contact: a.contact.id, Channel: a.contact.channel, Attempt: a.number,
		Unknown: fate == comms.Unknown, Error: said(failure.Error()),
	}
	try := page.Try(a.contact.id)
	wait := retryIn(a.number, failure)
	failed.Spent = fate == comms.Refused || a.number >= maxAttempts ||
		fate == comms.Unknown && try.Unknown+1 >= maxUnknown ||
		a.others && wait > maxBackoff // somebody is to be reached now, not when this channel has recovered
	if failed.Spent {
		wait = 0
	} else {
		failed.Retry = wait.String()
	}
	t.task(storage.TaskSpec{ID: task.ID, Kind: taskDeliver, Due: t.now.Add(wait), Payload: task.Payload})
	return t.note(failed)
}

// said is what a channel said, short and clean enough to be kept.
func said(s string) string { return comms.CleanLine(clip(s, 1000)) }

// retryIn returns the wait before the next attempt: doubling from one second, or
// what the channel asked for.
func retryIn(attempt int, failure error) time.Duration {
	wait := min(time.Second<<min(attempt-1, 10), maxBackoff)
	if d, ok := errors.AsType[*comms.DeliveryError](failure); ok {
		wait = max(wait, min(d.RetryAfter, maxRetryIn))
	}
	return wait
}

func whyUndeliverable(page incident.Page) string {
	if len(page.Tries) == 0 {
		return "no contact method of " + page.Person + " is usable any more"
	}
	unknown := 0
	for _, t := range page.Tries {
		unknown += t.Unknown
	}
	why := fmt.Sprintf("every contact method of %s has failed", page.Person)
	if unknown > 0 {
		why += fmt.Sprintf(" (the outcome of %d attempts is unknown)", unknown)
	}
	return why
}
