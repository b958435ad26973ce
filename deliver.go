package incidentkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	maxUnknown  = 2                // sends to one contact whose outcome is unknown: the second is the one possible duplicate
	maxAttempts = 4                // attempts at one contact before it rests
	maxBackoff  = 30 * time.Second // longest wait for one contact while there are others
	maxRetryIn  = 10 * time.Minute // longest wait a channel may ask for
	maxStalled  = 5 * time.Minute  // longest wait between attempts once every contact has rested
	crowded     = time.Second      // wait for a place among the sends over a channel
	maxHandBack = 5 * time.Second  // longest wait for an engine that has a channel
)

// deliver makes one attempt to deliver a page. Before the send it records that
// the attempt begins, on condition that the page is still wanted and the claim
// still holds; afterwards it records the outcome. In between no transaction is
// open. Whatever goes wrong, at any point, the task stays and is claimed again.
//
// The first record carries an operation id of this claim, so that, if its answer
// gets lost, it is not taken for that of a worker that vanished. The second needs
// none: what it does to the task fences its own repetition off.
func (e *Engine) deliver(ctx context.Context, task storage.Task) error {
	var attempt *attempt
	place := seat{lines: &e.lines, places: e.cfg.ChannelWorkers, tenant: task.Stream.Tenant}
	defer place.leave()
	begin := changeOptions{fence: task.Fence(), operation: fmt.Sprintf("attempt %s %d", task.ID, task.Epoch)}
	_, err := e.change(ctx, task.Stream, begin, func(ctx context.Context, t *turn) error {
		var err error
		attempt, err = t.prepare(ctx, task, &place)
		return err
	})
	if err != nil || attempt == nil {
		return err
	}
	e.gather(ctx, task.Stream.Tenant, attempt)
	receipt, failure := e.send(ctx, attempt)
	place.leave()
	err = e.keep(ctx, task, func(ctx context.Context, t *turn) error {
		return t.conclude(ctx, task, attempt, receipt, failure)
	}) // before all else: an outcome that gets lost is a page that is sent twice
	e.mailed(ctx, task.Stream.Tenant, attempt, comms.Classify(failure) == comms.Delivered)
	return err
}

// keep records an outcome. It does not give up at the first failure of the
// store, and has a third of the lease for itself: an outcome that gets lost means
// a page that is sent twice.
func (e *Engine) keep(ctx context.Context, task storage.Task, decide func(context.Context, *turn) error) error {
	ctx, cancel := timing.WithTimeout(context.WithoutCancel(ctx), e.cfg.Lease/3)
	defer cancel()
	var err error
	for try := range 8 { // for about 20 seconds, if the lease is that long
		_, err = e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, decide)
		if err == nil || errors.Is(err, storage.ErrFenced) || ctx.Err() != nil {
			return err
		}
		e.pause(ctx, time.Millisecond<<(2*try))
	}
	return err
}

// attempt is one send that is about to be made.
type attempt struct {
	page    string
	contact contact
	left    []contact // that may still be tried, this one included
	number  int
	message comms.Message

	bundle bool   // the recipient wants several pages as one message
	high   bool   // it tells of a page of high urgency
	with   []mail // pages that it tells of besides
	gone   []mail // that nobody wants told of any more
}

// prepare decides what becomes of a claimed page now. It returns the attempt to
// make; nil where there is nothing to send.
func (t *turn) prepare(ctx context.Context, task storage.Task, place *seat) (*attempt, error) {
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
	run, _ := t.in.Run(page.Run)
	who := t.resolver(ctx, run)
	if err := who.load(); err != nil {
		return nil, err
	}
	if moved, err := t.follow(page, who); moved || err != nil {
		return nil, err
	}
	person, err := who.recipient(page)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, t.stall(task, page, err.Error(), maxBackoff)
	}
	left := t.contacts(page, person)
	if len(left) == 0 {
		if len(person.Contacts) > len(t.engine.reachable(person)) { // another engine may be able to
			why := "there is no notifier for some contact methods (there are: " + t.engine.cfg.channels() + ")"
			return nil, t.stall(task, page, why, spread(t.handBack(page), t.in.ID, page.Key, task.Epoch))
		}
		t.drop(task.ID)
		return nil, t.note(incident.PageUndeliverable{Page: page.Key, Why: whyUndeliverable(page)})
	}
	c := t.choose(ctx, left, func(c contact) int { return page.Try(c.id).Rests })
	if !place.take(ctx, c.channel) {
		t.unnamed = true
		t.deliverAt(page.Key, t.now.Add(spread(crowded, t.in.ID, page.Key, task.Epoch)))
		return nil, nil
	}
	if held, err := t.hold(ctx, page, who); held || err != nil {
		return nil, err
	}
	return t.begin(page, person, c, left, who)
}

// choose returns the contact to try: the one that has rested least often, in the
// person's order, the channel that the page asks for first. One over a channel
// that is broken counts as rested once more, but goes before those that have been.
func (t *turn) choose(ctx context.Context, left []contact, rests func(contact) int) contact {
	counted := func(c contact) int {
		if t.engine.lines.spared(ctx, t.in.Tenant, c.channel) {
			return rests(c) + 1
		}
		return rests(c)
	}
	return slices.MinFunc(left, func(a, b contact) int {
		return cmp.Or(cmp.Compare(counted(a), counted(b)), cmp.Compare(rests(a), rests(b)))
	})
}

// contacts returns how a page may still be delivered: by the channel that it asks
// for first, then in the recipient's order. Another message about a page leaves
// the other channels alone that were tried before.
func (t *turn) contacts(page incident.Page, person plan.Person) []contact {
	left := slices.DeleteFunc(t.engine.reachable(person), func(c contact) bool {
		return page.Try(c.id).Spent || page.Follows != "" && c.channel != page.Channel && t.tried(page, c)
	})
	slices.SortStableFunc(left, func(a, b contact) int {
		return cmp.Compare(rank(a, page), rank(b, page))
	})
	return left
}

// rank puts the channel that a page asks for first.
func rank(c contact, page incident.Page) int {
	if c.channel == page.Channel {
		return 0
	}
	return 1
}

// tried reports whether a contact was tried for another message about the same page.
func (t *turn) tried(page incident.Page, c contact) bool {
	return slices.ContainsFunc(t.in.Pages, func(p incident.Page) bool {
		return p.Key != page.Key && (p.Key == page.Follows || p.Follows == page.Follows) && p.Try(c.id).Attempts > 0
	})
}

// handBack is how long a page waits that another engine may be able to deliver: not
// for long. Each time it is a matter of chance which engine is the first to claim it,
// and the other one may have a lot to do.
func (t *turn) handBack(page incident.Page) time.Duration {
	if !page.Stalled {
		return crowded
	}
	since := page.StalledAt
	if since.IsZero() {
		since = page.Due
	}
	return min(max(t.now.Sub(since)/4, crowded), maxHandBack)
}

// stall puts a page off for which nothing can be done now. The escalation does
// not wait for it.
func (t *turn) stall(task storage.Task, page incident.Page, why string, wait time.Duration) error {
	t.task(storage.TaskSpec{ID: task.ID, Kind: taskDeliver, Due: t.now.Add(wait), Payload: task.Payload})
	if page.Stalled {
		return nil
	}
	return t.note(incident.PageStalled{Page: page.Key, Why: said(why)})
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

// begin records that an attempt is about to be made.
func (t *turn) begin(page incident.Page, person plan.Person, c contact, left []contact, who *resolver) (*attempt, error) {
	try := page.Try(c.id)
	a := &attempt{page: page.Key, contact: c, left: left, number: try.Attempts + 1}
	a.message = t.message(page, person, c, who.pinned)
	_, a.bundle = bundled(page, who)
	a.high = escalation.Urgency(page.Urgency) != escalation.Low
	a.message.Attempt = a.number
	a.message.PossibleDuplicate = try.Unknown > 0
	return a, t.note(incident.PageAttempted{
		Page: page.Key, Contact: c.id, Channel: c.channel, Attempt: a.number,
		PossibleDuplicate: a.message.PossibleDuplicate, Key: a.message.Key,
	})
}

// send hands the message to its channel. A notifier that panics or does not
// answer in time leaves the outcome unknown.
func (e *Engine) send(ctx context.Context, a *attempt) (comms.Receipt, error) {
	if ctx.Err() != nil { // the lease may be over: somebody else may be about to send it
		return comms.Receipt{}, comms.Temporary(fmt.Errorf("not sent: %w", context.Cause(ctx)), 0)
	}
	notifier := e.cfg.Notifiers[a.contact.channel]
	receipt, err := within(ctx, e.cfg.NotifyTimeout, func(ctx context.Context) (comms.Receipt, error) {
		return notifier.Notify(ctx, a.message)
	})
	if p, ok := errors.AsType[*panicError](err); ok {
		e.log.ErrorContext(ctx, "a notifier panicked", "channel", a.contact.channel, "panic", p.value, "stack", string(p.stack))
	}
	if ctx.Err() != nil {
		return receipt, err // stopped with its lease, which says nothing about the channel
	}
	switch broke, mended := e.lines.heard(ctx, a.message.Tenant, a.contact, comms.Classify(err)); {
	case broke:
		e.log.ErrorContext(ctx, "a channel seems to be broken; others go first", "channel", a.contact.channel, "error", err)
	case mended:
		e.log.InfoContext(ctx, "a channel works again", "channel", a.contact.channel)
	}
	return receipt, err
}

// conclude records the outcome of an attempt, and what follows from it.
func (t *turn) conclude(ctx context.Context, task storage.Task, a *attempt, receipt comms.Receipt, failure error) error {
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
	wait := t.retryIn(a, failure)
	switch fate {
	case comms.Refused:
		failed.Spent = true
	case comms.Unknown:
		failed.Spent = try.Unknown+1 >= maxUnknown
	case comms.Delivered, comms.Failed:
		// Somebody is to be reached now, not when this channel has recovered.
		failed.Rest = try.Rests > 0 || a.number >= maxAttempts || wait > maxBackoff
	}
	return t.retry(ctx, task, a, failed, wait)
}

// retry records a failure and schedules the next attempt: at the same contact
// after its wait, at the next one at once or, when all have rested, at longer and
// longer intervals, until the page is delivered or no longer wanted.
func (t *turn) retry(ctx context.Context, task storage.Task, a *attempt, failed incident.PageFailed, wait time.Duration) error {
	before, _ := t.in.Page(a.page)
	left := slices.DeleteFunc(slices.Clone(a.left), func(c contact) bool { return failed.Spent && c.id == a.contact.id })
	rests := func(c contact) int {
		n := before.Try(c.id).Rests
		if failed.Rest && c.id == a.contact.id {
			n++
		}
		return n
	}
	stalled := false
	switch {
	case len(left) == 0:
		wait = 0 // and it will be found undeliverable
	default:
		next := t.choose(ctx, left, rests)
		switch n := rests(next); {
		case n > 0:
			stalled = true
			asked := min(wait, maxRetryIn)
			wait = min(maxBackoff<<min(n-1, 10), maxStalled)
			if next.id == a.contact.id {
				wait = max(wait, asked)
			}
		case next.id != a.contact.id:
			wait = 0
		}
	}
	if wait > 0 {
		failed.Retry = wait.String()
	}
	if err := t.note(failed); err != nil {
		return err
	}
	if stalled {
		return t.stall(task, before, whyStalled(before.Recipient()), wait)
	}
	t.task(storage.TaskSpec{ID: task.ID, Kind: taskDeliver, Due: t.now.Add(wait), Payload: task.Payload})
	return nil
}

func whyStalled(person string) string {
	return "no contact method of " + person + " works; they are tried again"
}

// said is what a channel said, short and clean enough to be kept.
func said(s string) string { return comms.CleanLine(clip(s, 1000)) }

// retryIn returns the wait before the next attempt: doubling from one second, and
// up to a fifth more, or what the channel asked for.
func (t *turn) retryIn(a *attempt, failure error) time.Duration {
	wait := spread(min(time.Second<<min(a.number-1, 10), maxBackoff*4/5), t.in.ID, a.page, a.number)
	if d, ok := errors.AsType[*comms.DeliveryError](failure); ok {
		wait = max(wait, min(d.RetryAfter, maxRetryIn))
	}
	return wait
}

func whyUndeliverable(page incident.Page) string {
	if len(page.Tries) == 0 {
		return "no contact method of " + page.Recipient() + " is usable any more"
	}
	unknown := 0
	for _, t := range page.Tries {
		unknown += t.Unknown
	}
	why := fmt.Sprintf("every contact method of %s has failed", page.Recipient())
	if unknown > 0 {
		why += fmt.Sprintf(" (the outcome of %d attempts is unknown)", unknown)
	}
	return why
}
