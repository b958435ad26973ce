package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

// Canary is a synthetic incident that goes the whole way, from the store to the
// channel, at an interval. Where its page is not delivered in time, the alarm is
// raised: whatever broke, the next real page would meet it, too.
//
// Its incidents are drills of a tenant that should be there for nothing else, with
// a plan that pages a device or an inbox of the host's. They end as soon as a
// channel has taken the page.
type Canary struct {
	Tenant   string        // whose plan it is; required
	Policy   string        // that pages for it; empty: the plan's default
	Severity string        // that it is declared with; empty: the plan's least
	Every    time.Duration // how often there is one, by the store's clock. 1m to 24h
	Late     time.Duration // until when its page must be delivered. 1s to Every; 0: half of Every, at most 5m
}

const (
	canaryTitle = "Canary: a test of the way a page goes"
	maxOpen     = 10 * time.Second // that one stays open whose page has arrived: its escalation must not go on
)

func (c *Canary) withDefaults() *Canary {
	if c == nil || c.Late != 0 {
		return c
	}
	d := *c
	d.Late = min(d.Every/2, 5*time.Minute)
	return &d
}

func (c *Canary) validate() error {
	switch {
	case c == nil:
		return nil
	case c.Tenant == "":
		return &ConfigError{"Canary.Tenant", "a tenant with a plan of its own; it is empty"}
	case c.Every < time.Minute || c.Every > 24*time.Hour:
		return &ConfigError{"Canary.Every", fmt.Sprintf("1m to 24h, not %s", c.Every)}
	case c.Late < time.Second || c.Late > c.Every:
		return &ConfigError{"Canary.Late", fmt.Sprintf("1s to Every (%s), not %s", c.Every, c.Late)}
	}
	return nil
}

// trial is what an engine remembers of the canary.
type trial struct {
	pass sync.Mutex // one at a time
	good time.Time  // when the store last let it look, by this machine's clock
}

// TryCanary opens the canary's incident of this interval, unless an engine has, and
// looks at those that are open: it ends the ones whose page was delivered, and
// raises the alarm for the ones that are late. It also does when for as long the
// store has not let it look. Run calls it; hosts that drive the engine by Step call
// it besides, a few times in Canary.Late. Without Config.Canary it does nothing.
func (e *Engine) TryCanary(ctx context.Context) error {
	c := e.cfg.Canary
	if c == nil {
		return nil
	}
	e.canary.pass.Lock()
	defer e.canary.pass.Unlock()
	began := timing.From(ctx).Now()
	if e.canary.good.IsZero() {
		e.canary.good = began
	}
	looking, cancel := timing.WithTimeout(ctx, e.cfg.Lease)
	defer cancel()
	err := e.lookAtCanaries(looking, c)
	if err == nil {
		e.canary.good = began
		return nil
	}
	if blind := began.Sub(e.canary.good); blind > c.Late {
		_, failure := e.raise(ctx, Alarm{
			Tenant: c.Tenant, Kind: AlarmCanary, Late: blind,
			Text: fmt.Sprintf("For %s no canary could be sent: %v", blind.Round(time.Second), err),
		}, fmt.Sprintf("%s:blind:%s", AlarmCanary, stampOf(e.canary.good.Truncate(c.Every)))) // the same one for all engines, mostly
		if !errors.Is(failure, errRinging) {
			err = errors.Join(err, failure)
		}
	}
	return fmt.Errorf("canary: %w", err)
}

func (e *Engine) lookAtCanaries(ctx context.Context, c *Canary) error {
	open, now, err := e.canaries(ctx, c)
	if err != nil {
		return err
	}
	var errs []error
	for _, in := range open {
		errs = append(errs, e.judgeCanary(ctx, c, in, now))
	}
	return errors.Join(append(errs, e.openCanary(ctx, c, now))...)
}

// openCanary opens the incident of an interval. The operation's id sees to it that
// there is one, whoever is first.
func (e *Engine) openCanary(ctx context.Context, c *Canary, now time.Time) error {
	open := incident.Open{Kind: incident.Drill, Declare: true, Title: canaryTitle, Policy: c.Policy, Severity: c.Severity}
	if open.Severity == "" {
		p, _, err := e.currentPlan(ctx, c.Tenant)
		if err != nil {
			return err
		}
		for level := range p.Severities().All() {
			open.Severity = level.ID // the last is the least
		}
	}
	slot := now.UTC().Truncate(c.Every)
	_, err := e.Do(ctx, incident.Command{Tenant: c.Tenant, Actor: self, Operation: "canary " + stampOf(slot), Action: open})
	return err
}

// canaries returns those that are open, and the store's time.
func (e *Engine) canaries(ctx context.Context, c *Canary) (open []incident.Incident, now time.Time, err error) {
	head, err := e.store.Load(ctx, storage.Ref{Tenant: c.Tenant, ID: streamPlan})
	if err != nil {
		return nil, now, err
	}
	q := storage.ListQuery{Tenant: c.Tenant, Kind: kindIncident, Statuses: []string{string(incident.Active)}}
	for {
		page, err := e.store.List(ctx, q)
		if err != nil {
			return nil, now, err
		}
		for _, h := range page.Heads {
			in, err := decodeHead(h)
			if err == nil && in.Kind == incident.Drill && in.Title == canaryTitle { // what cannot be read the auditor reports
				open = append(open, in)
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return open, head.Now, nil
		}
	}
}

// judgeCanary ends a canary that has arrived or is late.
func (e *Engine) judgeCanary(ctx context.Context, c *Canary, in incident.Incident, now time.Time) error {
	arrived, late := false, now.Sub(in.OpenedAt)
	var ways []string
	for _, page := range in.Pages {
		if page.State == incident.Delivered {
			arrived = true
		}
		ways = append(ways, fmt.Sprintf("page to %s is %s", page.Recipient(), page.State))
	}
	outcome := "the page was delivered"
	switch {
	case !arrived && late <= c.Late:
		return nil
	case !arrived:
		if len(ways) == 0 {
			ways = []string{"nobody was paged"}
		}
		text := fmt.Sprintf("The canary %s has not come through in %s: %s", in.ID, late.Round(time.Second), strings.Join(ways, "; "))
		_, err := e.raise(ctx, Alarm{Tenant: c.Tenant, Incident: in.ID, Kind: AlarmCanary, Due: in.OpenedAt.Add(c.Late), Late: late, Text: text}, string(AlarmCanary))
		if errors.Is(err, errRinging) {
			return nil // another engine sees to it
		}
		if err != nil {
			return err // and it stays open, to be looked at again
		}
		outcome = "nobody was reached in time"
	}
	_, err := e.Do(ctx, incident.Command{Tenant: c.Tenant, Incident: in.ID, Actor: self, Action: incident.Resolve{Summary: outcome}})
	if errors.Is(err, incident.ErrRefused) { // another engine was quicker
		return nil
	}
	return err
}

// keepTrying tries the canary until ctx ends.
func (e *Engine) keepTrying(ctx context.Context) {
	if e.cfg.Canary == nil {
		return
	}
	for ctx.Err() == nil {
		if err := e.safely(context.WithoutCancel(ctx), e.TryCanary); err != nil {
			e.log.ErrorContext(ctx, "the canary failed", "error", err)
		}
		timing.From(ctx).Sleep(ctx, max(min(e.cfg.Canary.Late/4, maxOpen), e.cfg.Poll))
	}
}
