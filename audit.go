package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

// auditBudget is how many incidents one Audit looks at. A tenant without any counts
// as one: of those there may be many, and the others must not wait for them.
const auditBudget = 1000

// AuditReport is what one Audit found.
type AuditReport struct {
	Looked int  // incidents that were looked at
	Alarms int  // alarms that were raised
	Mended int  // escalations that had not gone on and do now
	More   bool // there are incidents that were not looked at: call again
}

// Audit looks at what is stored of open incidents and raises an alarm (see
// Config.Alarm) for those in which something should have happened longer than
// Config.Overdue ago; then it does what should have happened. It needs neither
// the tasks of the store nor the workers, so that it also finds tasks that are
// stuck, poisoned or lost. Each stuck step is alarmed once, by one of the engines
// that share a store.
//
// One call looks at up to 1,000 incidents; the next goes on where it ended. Run
// calls it; hosts that drive the engine by Step call it besides, every half
// minute or so. The error joins what went wrong; it does not keep Audit from the
// other incidents.
func (e *Engine) Audit(ctx context.Context) (AuditReport, error) {
	e.audits.pass.Lock()
	defer e.audits.pass.Unlock()
	tenants, err := e.tenants(ctx)
	report, errs := AuditReport{}, []error{err}
	at := e.audits.at
	for left := auditBudget; left > 0; {
		i, found := slices.BinarySearch(tenants, at.tenant)
		if i == len(tenants) {
			e.audits.at = place{}
			return report, errors.Join(errs...)
		}
		if !found {
			at = place{tenant: tenants[i]}
		}
		before := report.Looked + len(errs)
		if at, errs = e.auditPage(ctx, at, &report, errs); report.Looked+len(errs) == before {
			left--
		} else {
			left -= storage.PageSize
		}
	}
	e.audits.at, report.More = at, true
	return report, errors.Join(errs...)
}

// auditor is what an engine remembers between audits.
type auditor struct {
	pass sync.Mutex // one at a time
	at   place      // where the next begins

	mu   sync.Mutex
	seen map[string]bool // tenants that the engine has worked for
}

// place is a page of a tenant's incidents.
type place struct{ tenant, cursor string }

// saw remembers a tenant for the auditor.
func (e *Engine) saw(tenant string) {
	e.audits.mu.Lock()
	defer e.audits.mu.Unlock()
	if e.audits.seen == nil {
		e.audits.seen = map[string]bool{}
	}
	e.audits.seen[tenant] = true
}

// tenants returns those that there are, as far as the engine knows.
func (e *Engine) tenants(ctx context.Context) ([]string, error) {
	e.audits.mu.Lock()
	all := maps.Clone(e.audits.seen)
	e.audits.mu.Unlock()
	if all == nil {
		all = map[string]bool{}
	}
	var failure error
	list := e.cfg.Tenants
	if lister, ok := e.store.(storage.TenantLister); ok && list == nil {
		list = func(ctx context.Context) ([]string, error) { return listTenants(ctx, lister) }
	}
	if list != nil {
		listed, err := within(ctx, e.cfg.NotifyTimeout, list)
		if err != nil {
			failure = fmt.Errorf("list tenants: %w", err)
		}
		for _, tenant := range listed {
			all[tenant] = true
		}
	}
	return slices.Sorted(maps.Keys(all)), failure
}

func listTenants(ctx context.Context, from storage.TenantLister) (all []string, err error) {
	for after := ""; ; after = all[len(all)-1] {
		page, err := from.Tenants(ctx, after, storage.MaxPage)
		if all = append(all, page...); err != nil || len(page) < storage.MaxPage {
			return all, err
		}
	}
}

// auditPage looks at one page of a tenant's open incidents, and says what comes
// next.
func (e *Engine) auditPage(ctx context.Context, at place, report *AuditReport, errs []error) (place, []error) {
	listing, cancel := timing.WithTimeout(ctx, e.cfg.Lease/3) // a store that hangs must not end the auditing
	defer cancel()
	page, err := e.store.List(listing, storage.ListQuery{
		Tenant: at.tenant, Kind: kindIncident, Cursor: at.cursor,
		Statuses: []string{string(incident.Triage), string(incident.Active)},
	})
	next := place{tenant: at.tenant, cursor: page.Next}
	if err != nil || page.Next == "" {
		next = place{tenant: at.tenant + "\x00"} // the first that comes after it
	}
	if err != nil {
		return next, append(errs, fmt.Errorf("audit of %s: %w", at.tenant, err))
	}
	for _, head := range page.Heads {
		report.Looked++
		for _, f := range e.inspect(head) {
			if err := e.treat(ctx, head, f, report); err != nil {
				errs = append(errs, fmt.Errorf("audit of incident %s: %w", head.Stream, err))
			}
		}
	}
	return next, errs
}

// finding is something that should have happened in an incident.
type finding struct {
	Alarm Alarm  `json:"alarm"`
	Key   string `json:"key"` // what the alarm is raised once for
	mend  bool   // by doing it now
}

// inspect says what is wrong with an incident.
func (e *Engine) inspect(head storage.Head) []finding {
	in, err := decodeHead(head)
	if err != nil {
		return []finding{{Key: fmt.Sprintf("%s:%d", AlarmUnreadable, head.Version), Alarm: Alarm{
			Tenant: head.Stream.Tenant, Incident: incident.ID(head.Stream.ID), Kind: AlarmUnreadable,
			Text: fmt.Sprintf("What is stored of the open incident %s cannot be read, so that nobody is paged for it: %v", head.Stream.ID, err),
		}}}
	}
	var out []finding
	add := func(kind AlarmKind, key, run string, due time.Time, late time.Duration, text string) {
		out = append(out, finding{Key: string(kind) + ":" + key, mend: kind != AlarmClock, Alarm: Alarm{
			Tenant: in.Tenant, Incident: in.ID, Kind: kind, Run: run, Due: due, Late: late,
			Text: fmt.Sprintf("Incident %s (%s): %s", in.ID, in.Title, text),
		}})
	}
	due, run := nextDue(in)
	if behind := in.RecordedAt.Sub(head.Now); behind > e.cfg.Overdue && !due.IsZero() {
		add(AlarmClock, stampOf(in.RecordedAt), run, due, behind, fmt.Sprintf(
			"the store's clock is %s behind what it said before; what is due at %s will come late by that", behind.Round(time.Second), stampOf(due)))
	}
	if late := head.Now.Sub(due); !due.IsZero() && late > e.cfg.Overdue {
		add(AlarmOverdue, run+":"+stampOf(due), run, due, late, fmt.Sprintf(
			"escalation %s should have gone on at %s, %s ago, and has not", run, stampOf(due), late.Round(time.Second)))
	}
	for _, page := range in.Pages {
		if len(out) > 0 { // one alarm is enough; what else is late is mended with it
			break
		}
		due := sendDue(page)
		if late := head.Now.Sub(due); !due.IsZero() && late > e.cfg.Overdue {
			add(AlarmOverdue, page.Key, page.Run, due, late, fmt.Sprintf(
				"page %s to %s should have been sent at %s, %s ago, and nobody has tried to", page.Key, page.Recipient(), stampOf(due), late.Round(time.Second)))
		}
	}
	if e.cfg.Alarm == nil {
		return out
	}
	for _, r := range in.Runs {
		if newest, _ := in.VendorRun(r.Vendor); newest.ID == r.ID && r.State == incident.Exhausted {
			out = append(out, exhausted(in, r, r.Why))
		}
	}
	return out
}

// sendDue returns until when somebody should have tried to deliver a page: when its
// first message is due, or the longest that a channel may ask for after the last
// attempt. Zero: it is delivered or gone, or nobody can tell.
func sendDue(page incident.Page) time.Time {
	switch {
	case page.State != incident.Pending:
		return time.Time{}
	case len(page.Tries) == 0 && !page.Stalled:
		return page.Send
	case page.Tried.IsZero():
		return time.Time{}
	}
	return page.Tried.Add(maxRetryIn)
}

func stampOf(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// treat raises the alarm that a finding calls for, and mends what can be mended.
func (e *Engine) treat(ctx context.Context, head storage.Head, f finding, report *AuditReport) error {
	raised, err := e.raise(ctx, f.Alarm, f.Key)
	if raised {
		report.Alarms++
	}
	if errors.Is(err, errRinging) {
		err = nil
	}
	if !f.mend {
		return err
	}
	mended, failure := e.mend(ctx, head.Stream, f.Alarm)
	if mended {
		report.Mended++
	}
	return errors.Join(err, failure)
}

// mend does what should have happened in an incident, and schedules what comes
// next anew, if that is still so.
func (e *Engine) mend(ctx context.Context, stream storage.Stream, a Alarm) (mended bool, err error) {
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease*2/3)
	defer cancel()
	_, err = e.change(ctx, stream, changeOptions{}, func(ctx context.Context, t *turn) error {
		mended = false
		due, run := nextDue(t.in)
		late := !due.IsZero() && t.now.Sub(due) > e.cfg.Overdue
		pages := slices.Clone(t.in.Pages)
		pages = slices.DeleteFunc(pages, func(p incident.Page) bool { return sendDue(p).IsZero() || t.now.Sub(sendDue(p)) <= e.cfg.Overdue })
		if !late && len(pages) == 0 {
			return nil
		}
		mended = true
		overdue := incident.EscalationOverdue{Run: a.Run, Due: a.Due, Late: a.Late, Why: a.Text}
		if late {
			overdue.Run, overdue.Due, overdue.Late = run, due, t.now.Sub(due)
		}
		for _, p := range pages {
			overdue.Pages = append(overdue.Pages, p.Key)
			t.deliverAt(p.Key, p.Send) // it keeps its place in the queue, if there is one
		}
		if err := t.note(overdue); err != nil {
			return err
		}
		return t.wakeAgain(ctx)
	})
	return mended && err == nil, err
}

// keepAuditing audits until ctx ends.
func (e *Engine) keepAuditing(ctx context.Context) {
	pause := e.cfg.Overdue / 2
	for {
		timing.From(ctx).Sleep(ctx, pause)
		if ctx.Err() != nil {
			return
		}
		var report AuditReport
		err := e.safely(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
			report, err = e.Audit(ctx)
			return err
		})
		if err != nil {
			e.log.ErrorContext(ctx, "audit failed in part", "error", err)
		}
		if pause = e.cfg.Overdue / 2; report.More {
			pause = min(pause, e.cfg.Poll)
		}
	}
}
