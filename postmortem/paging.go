package postmortem

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// lateness is how long after it was due a page may be requested before
// the review calls it late. Less is the ordinary rhythm of workers.
const lateness = time.Minute

// paging is what the events tell about how people were reached.
type paging struct {
	runs     []*run
	attempts []*attempt
	problems []markup

	pages map[string]*page       // by key
	asked map[asked]bool         // to tell skips that did no harm
	byRun map[string]*run        // by id
	tries map[attemptID]*attempt // by what identifies them
}

// run is one escalation.
type run struct {
	started incident.EscalationStarted
	at      time.Time
	ends    []markup
	pages   []*page
}

// page is somebody who was to be paged, or who was passed over.
type page struct {
	at      time.Time
	due     time.Time // zero: not recorded
	step    markup
	target  string
	person  string
	outcome markup
	why     string
}

type asked struct {
	run, person string
	at          time.Time
}

type attemptID struct {
	page, contact string
	number        int
}

// attempt is one message handed to a channel.
type attempt struct {
	at        time.Time
	person    string
	channel   string
	number    int
	duplicate bool
	outcome   markup
}

// readPaging goes through the events in the order in which they were recorded.
func readPaging(events []incident.Event) *paging {
	r := &paging{
		pages: map[string]*page{}, asked: map[asked]bool{},
		byRun: map[string]*run{}, tries: map[attemptID]*attempt{},
	}
	for _, e := range events {
		switch p := e.Payload.(type) {
		case incident.EscalationStarted:
			started := &run{started: p, at: e.At()}
			r.runs, r.byRun[p.Run] = append(r.runs, started), started
		case incident.EscalationAcknowledged:
			how := "Acknowledged by " + line(p.By) + " at " + stamp(e.At())
			if len(p.Awaits) > 0 {
				how += "; still to answer: " + list(p.Awaits)
			}
			r.end(p.Run, how)
		case incident.EscalationEnded:
			r.ended(e, p)
		case incident.PageSkipped:
			r.skipped(e, p)
		case incident.PageRequested:
			r.requested(e, p)
		case incident.PageAttempted:
			r.attempted(e, p)
		case incident.PageDelivered:
			r.settle(p.Page, "delivered by "+line(p.Channel)+" at "+stamp(e.At()))
			r.try(e, attemptID{p.Page, p.Contact, p.Attempt}, p.Channel).outcome = colon("delivered", p.Receipt)
		case incident.PageFailed:
			r.failed(e, p)
		case incident.PageWithdrawn:
			r.settle(p.Page, colon("withdrawn", p.Why))
		case incident.PageUndeliverable:
			r.settle(p.Page, colon("**undeliverable**", p.Why))
			r.problem(e, colon("The page to "+line(r.person(p.Page))+" was undeliverable", p.Why))
		default:
			r.course(e)
		}
	}
	return r
}

// course tells what people did about an escalation, and what it did by itself
// besides paging.
func (r *paging) course(e incident.Event) {
	var run string
	switch p := e.Payload.(type) {
	case incident.PageDeclined:
		run = p.Run
	case incident.EscalationSnoozed:
		run = p.Run
	case incident.EscalationHandedBack:
		run = p.Run
	case incident.EscalationReassigned:
		run = p.Run
	case incident.EscalationRepaged:
		run = p.Run
	case incident.NextStepRequested:
		run = p.Run
	case incident.EscalationHeld:
		run = p.Run
	case incident.EscalationRepeated:
		run = p.Run
	case incident.TierReached:
		run = p.Run
	case incident.EscalationResumed:
		run = p.Run
		if p.Cause == "stale" {
			r.problem(e, told(e))
		}
	case incident.EscalationOverdue:
		run = p.Run
		r.problem(e, told(e))
	default:
		return
	}
	r.end(run, stamp(e.At())+": "+told(e))
}

// told returns what the timeline tells of an event.
func told(e incident.Event) markup {
	var out markup
	for _, entry := range incident.Timeline([]incident.Event{e}) {
		out += line(entry.Text)
	}
	return out
}

func (r *paging) problem(e incident.Event, what markup) {
	r.problems = append(r.problems, "- "+stamp(e.At())+" (entry "+number(e.Version)+"): "+what)
}

func (r *paging) end(id string, how markup) {
	if run := r.byRun[id]; run != nil {
		run.ends = append(run.ends, "- "+how)
	}
}

func (r *paging) ended(e incident.Event, p incident.EscalationEnded) {
	if p.State == incident.Exhausted {
		r.problem(e, colon("Escalation "+line(p.Run)+" was exhausted", p.Why))
		r.end(p.Run, colon("**Exhausted** at "+stamp(e.At()), p.Why))
		return
	}
	r.end(p.Run, colon("Stopped at "+stamp(e.At()), p.Why))
}

func (r *paging) add(id string, p *page) {
	if run := r.byRun[id]; run != nil {
		run.pages = append(run.pages, p)
	}
}

func (r *paging) skipped(e incident.Event, p incident.PageSkipped) {
	r.add(p.Run, &page{at: e.At(), step: step(p.Round, p.Step), target: p.Target, person: p.Person, outcome: "not paged", why: p.Why})
	switch p.Code {
	case "condition", "turn", "declined", "hold", "deferred": // as it is meant
		return
	}
	switch {
	case p.Person == "":
		r.problem(e, colon(line(p.Target)+" led to nobody", p.Why))
	case !r.asked[asked{p.Run, p.Person, e.RecordedAt}]: // else paged at the same time, by another target
		r.problem(e, colon(line(p.Person)+" could not be paged", p.Why))
	}
}

func (r *paging) requested(e incident.Event, p incident.PageRequested) {
	who := incident.Page{Person: p.Person, Target: p.Target}.Recipient()
	requested := &page{
		at: e.At(), due: p.Due, step: step(p.Round, p.Step), target: p.Target, person: who, outcome: "not delivered yet", why: p.Why,
	}
	switch {
	case p.Reminder:
		requested.step = "reminder"
	case p.Follows != "":
		requested.step += ", again"
	}
	r.pages[p.Page], r.asked[asked{p.Run, p.Person, e.RecordedAt}] = requested, true
	r.add(p.Run, requested)
	if late := e.At().Sub(p.Due); !p.Due.IsZero() && late >= lateness {
		r.problem(e, "The page to "+line(who)+" was requested "+short(late)+" after it was due")
	}
}

func (r *paging) attempted(e incident.Event, p incident.PageAttempted) {
	a := r.try(e, attemptID{p.Page, p.Contact, p.Attempt}, p.Channel)
	a.duplicate = p.PossibleDuplicate
	if p.PossibleDuplicate {
		r.problem(e, line(a.person)+" may have been paged twice by "+line(p.Channel)+": the outcome of an earlier attempt is unknown")
	}
}

func (r *paging) failed(e incident.Event, p incident.PageFailed) {
	what := markup("failed")
	if p.Unknown {
		what = "outcome unknown"
	}
	what = colon(what, p.Error)
	switch {
	case p.Spent:
		what += "; not tried there again"
	case p.Retry != "":
		what += "; again in " + line(p.Retry)
	}
	a := r.try(e, attemptID{p.Page, p.Contact, p.Attempt}, p.Channel)
	a.outcome = what
	if p.Unknown {
		r.problem(e, colon("Nobody knows whether the page to "+line(a.person)+" by "+line(p.Channel)+" arrived", p.Error))
	}
}

// try returns an attempt, and notes it where its beginning was not recorded.
func (r *paging) try(e incident.Event, id attemptID, channel string) *attempt {
	a := r.tries[id]
	if a == nil {
		a = &attempt{at: e.At(), person: r.person(id.page), channel: channel, number: id.number, outcome: "outcome not recorded"}
		r.tries[id], r.attempts = a, append(r.attempts, a)
	}
	return a
}

func (r *paging) settle(key string, outcome markup) {
	if p := r.pages[key]; p != nil {
		p.outcome = outcome
	}
}

// person says whom a page is for.
func (r *paging) person(key string) string {
	if p := r.pages[key]; p != nil {
		return p.person
	}
	return "page " + key
}

func step(round, step int) markup {
	switch {
	case step == 0:
		return "last resort"
	case round > 1:
		return number(step) + ", round " + number(round)
	}
	return number(step)
}

func colon(what markup, why string) markup {
	if s := text(why); s != "" {
		return what + ": " + s
	}
	return what
}

// escalation tells whom the policy paged, whom it did not, and why.
func (d *document) escalation(events []incident.Event) {
	r := readPaging(events)
	d.block("## Escalation")
	if len(r.runs) == 0 {
		d.block("Nobody was paged: there was no escalation.")
		return
	}
	for _, run := range r.runs {
		d.run(run)
	}
	d.attempts(r.attempts)
	d.block("### What went wrong with paging")
	if len(r.problems) == 0 {
		d.block("Nothing that the timeline tells.")
		return
	}
	d.block(r.problems...)
}

func (d *document) run(r *run) {
	id, plan := line(r.started.Run), number(r.started.Plan.Version)
	d.block("### Escalation " + id + ": policy " + line(r.started.Policy) + " of plan version " + plan)
	course := slices.Concat([]markup{"- Started at " + stamp(r.at)}, r.ends)
	if len(r.ends) == 0 {
		course = append(course, "- Nobody has answered yet")
	}
	d.block(course...)
	if len(r.pages) == 0 {
		return
	}
	var rows [][]markup
	for _, p := range r.pages {
		at := stamp(p.at)
		if late := p.at.Sub(p.due); !p.due.IsZero() && late >= time.Second {
			at += " (due " + stamp(p.due) + ")"
		}
		rows = append(rows, []markup{at, p.step, line(p.target), orElse(line(p.person), "nobody"), p.outcome, text(p.why)})
	}
	d.table([]markup{"Time (UTC)", "Step", "Target", "Person", "Outcome", "Why"}, rows...)
}

func (d *document) attempts(all []*attempt) {
	if len(all) == 0 {
		return
	}
	d.block("### Attempts to deliver")
	var rows [][]markup
	for _, a := range all {
		outcome := a.outcome
		if a.duplicate {
			outcome = "**possible duplicate**; " + outcome
		}
		rows = append(rows, []markup{stamp(a.at), line(a.person), line(a.channel), number(a.number), outcome})
	}
	d.table([]markup{"Time (UTC)", "Person", "Channel", "Attempt", "Outcome"}, rows...)
}
