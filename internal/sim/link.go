package sim

import (
	"context"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
)

// link is the connection of a process to the store, and fails in every way in
// which one can.
type link struct{ p *process }

var _ storage.Store = (*link)(nil)

// call says what may go wrong with a kind of call.
type call struct {
	name                   string
	fails, lost            Fault // lost: it has taken effect
	crashBefore, crashPast Fault
}

const never = faults // a fault that does not occur

var (
	reading    = call{"load", ReadFails, never, never, never}
	listing    = call{"list", ReadFails, never, never, never}
	replaying  = call{"events", ReadFails, never, never, never}
	claiming   = call{"claim", ClaimFails, ClaimAnswerLost, CrashBeforeClaim, CrashAfterClaim}
	committing = call{"commit", CommitFails, CommitAnswerLost, CrashBeforeCommit, CrashAfterCommit}
	settling   = call{"settle", SettleFails, SettleAnswerLost, never, never}
)

// Load implements storage.Store.
func (l *link) Load(ctx context.Context, ref storage.Ref) (head storage.Head, err error) {
	err = l.call(ctx, reading, storage.Stream{Tenant: ref.Tenant, ID: ref.ID}, func() error {
		head, err = l.p.w.store.Load(ctx, ref)
		return err
	})
	return head, err
}

// Events implements storage.Store.
func (l *link) Events(ctx context.Context, s storage.Stream, q storage.EventsQuery) (events []storage.Event, err error) {
	err = l.call(ctx, replaying, s, func() error {
		events, err = l.p.w.store.Events(ctx, s, q)
		return err
	})
	return events, err
}

// List implements storage.Store.
func (l *link) List(ctx context.Context, q storage.ListQuery) (page storage.Page, err error) {
	err = l.call(ctx, listing, storage.Stream{Tenant: q.Tenant}, func() error {
		page, err = l.p.w.store.List(ctx, q)
		return err
	})
	return page, err
}

// Claim implements storage.Store.
func (l *link) Claim(ctx context.Context, q storage.ClaimQuery) (claims storage.Claims, err error) {
	w := l.p.w
	err = l.call(ctx, claiming, storage.Stream{}, func() error {
		if claims, err = w.store.Claim(ctx, q); err != nil {
			return err
		}
		w.next = claims.Next
		if len(claims.Tasks) == 0 {
			return nil
		}
		w.current.claim = w.here()
		for _, t := range claims.Tasks {
			w.claimed(l.p, t)
			if w.next.IsZero() || t.LeaseUntil.Before(w.next) {
				w.next = t.LeaseUntil
			}
		}
		w.expect(w.next, nil)
		return nil
	})
	if err != nil {
		return storage.Claims{}, err
	}
	return claims, nil
}

// Commit implements storage.Store.
func (l *link) Commit(ctx context.Context, c storage.Change) (done storage.Committed, err error) {
	w := l.p.w
	begun := w.here()
	err = l.call(ctx, committing, c.Stream, func() error {
		done, err = w.store.Commit(ctx, c)
		w.wrote(l.p, c, begun, done, err)
		return err
	})
	if err != nil {
		return storage.Committed{}, err
	}
	return done, nil
}

// Settle implements storage.Store.
func (l *link) Settle(ctx context.Context, s storage.Settlement) error {
	w := l.p.w
	begun := w.here()
	return l.call(ctx, settling, s.Stream, func() error {
		err := w.store.Settle(ctx, s)
		w.settled(l.p, s, begun, err)
		return err
	})
}

// call makes one call of the store, with what may go wrong before and after it.
// Whatever else there is in the world may act before it, and between it and its
// answer.
func (l *link) call(ctx context.Context, c call, s storage.Stream, effect func() error) error {
	p, w := l.p, l.p.w
	if p.dead {
		return errGone
	}
	begun := w.here()
	if c.crashBefore != never {
		if r, falls := w.falls(c.crashBefore, p, s); falls {
			w.crash(p, c.crashBefore, r)
			return errGone
		}
	}
	l.maybePause(s)
	if err := l.travel(ctx, c, s, begun); err != nil {
		return err
	}
	if _, falls := w.falls(c.fails, p, s); falls {
		w.blip(p, begun)
		return errReset
	}
	err := effect()
	w.tracef(p, "%s %s: %v", c.name, s, err)
	lost := false
	if c.lost != never {
		_, lost = w.falls(c.lost, p, s)
	}
	l.maybePause(s)
	if failure := l.travel(ctx, c, s, begun); failure != nil {
		return failure
	}
	if c.crashPast != never {
		if r, falls := w.falls(c.crashPast, p, s); falls {
			w.crash(p, c.crashPast, r)
			return errGone
		}
	}
	if lost {
		w.blip(p, begun)
		return errReset
	}
	return err
}

// travel is the way to the store, or back. It takes its time, and may end where the
// store is not to be reached.
func (l *link) travel(ctx context.Context, c call, s storage.Stream, begun oracle.Moment) error {
	p, w := l.p, l.p.w
	if r, falls := w.falls(StoreHangs, p, s); falls {
		w.sleep(ctx, between(r, time.Second, 10*time.Minute))
		w.blip(p, begun)
	} else if r, falls := w.falls(StoreSlow, p, s); falls {
		w.sleep(ctx, between(r, 50*time.Millisecond, p.settings.Lease.D()/2))
		w.blip(p, begun)
	} else {
		w.sleep(ctx, w.dice.trip(p.replica, s.Tenant, s.ID))
	}
	for !p.dead && ctx.Err() == nil && w.now.Before(w.storeDown) && w.hangs {
		w.sleep(ctx, w.storeDown.Sub(w.now))
	}
	switch {
	case p.dead:
		return errGone
	case ctx.Err() != nil:
		w.blip(p, begun)
		w.tracef(p, "%s %s: given up: %v", c.name, s, context.Cause(ctx))
		return ctx.Err()
	case w.now.Before(w.storeDown):
		w.tracef(p, "%s %s: the store is down", c.name, s)
		return errDown
	}
	return nil
}

// maybePause stops the process where it is about to hand the baton on.
func (l *link) maybePause(s storage.Stream) {
	if r, falls := l.p.w.falls(Pause, l.p, s); falls {
		l.p.stop(between(r, l.p.settings.Lease.D()/2, 3*l.p.settings.Lease.D()))
	}
}
