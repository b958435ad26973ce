package incidentkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/plan"
)

// directory is the host's Directory for the length of one change, however often
// that is decided anew: a directory that is slow, hangs or panics must not keep
// anybody from being paged. All its answers together get a tenth of the lease,
// none is asked for twice, and after a failure nothing is asked for any more.
type directory struct {
	engine  *Engine
	ctx     context.Context // with the deadline; nil until the first question
	cancel  context.CancelFunc
	known   map[string]plan.Person
	unknown map[string]bool
	failure error
}

func (e *Engine) newDirectory() *directory {
	return &directory{engine: e, cancel: func() {}, known: map[string]plan.Person{}, unknown: map[string]bool{}}
}

func (d *directory) person(ctx context.Context, tenant, id string) (plan.Person, error) {
	if p, ok := d.known[id]; ok {
		return p, nil
	}
	switch {
	case d.engine.cfg.Directory == nil || d.unknown[id]:
		return plan.Person{}, fmt.Errorf("%w: person %s", ErrNotFound, id)
	case d.failure != nil:
		return plan.Person{}, d.failure
	case d.ctx == nil:
		d.ctx, d.cancel = timing.WithTimeout(ctx, d.engine.cfg.Lease/10)
	}
	p, err := within(d.ctx, d.engine.cfg.Lease/10, func(ctx context.Context) (plan.Person, error) {
		return d.engine.cfg.Directory.Person(ctx, tenant, id)
	})
	switch {
	case err == nil:
		d.known[id] = p
	case errors.Is(err, ErrNotFound):
		d.unknown[id] = true
	default:
		err = fmt.Errorf("directory: person %s: %w", id, err)
		d.failure = err
		d.engine.log.ErrorContext(ctx, "the directory fails; using the people in the plan", "tenant", tenant, "person", id, "error", err)
	}
	return p, err
}

// contact is one way to reach a person for which there is a notifier.
type contact struct {
	id      string // what events call it: it must not tell the address
	channel string
	to      string
}

// reachable returns a person's contacts for which there is a notifier, in the
// person's order.
func (e *Engine) reachable(p plan.Person) []contact {
	var out []contact
	for _, c := range p.Contacts {
		if _, ok := e.cfg.Notifiers[c.Channel]; ok {
			sum := sha256.Sum256([]byte(c.To))
			out = append(out, contact{id: c.Channel + "-" + hex.EncodeToString(sum[:4]), channel: c.Channel, to: c.To})
		}
	}
	return out
}
