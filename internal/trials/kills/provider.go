//go:build linux || darwin

package kills

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/internal/oracle"
)

// provider is a notifier that tells the world what it was asked to send and what
// became of it. What becomes of a message depends on its key and attempt alone, so
// that every process agrees.
type provider struct {
	tell   func(Line)
	halter *halter
	flaw   Flaw
	calls  atomic.Int64
}

// Flaw is what is wrong with a worker, on purpose, so that it can be seen that the
// trial notices.
type Flaw string

// The flaws.
const (
	SendsTwice   Flaw = "sends twice"   // each message is sent again, and nothing is said of it
	SendsNothing Flaw = "sends nothing" // messages are said to be delivered that were never sent
)

// fate is what becomes of a message.
type fate struct {
	before, after time.Duration // how long until it arrives, and until that is answered
	arrives       bool
	answer        oracle.Answer
	panics        bool // instead of answering
}

// fateOf mostly lets a message arrive. The third attempt always does, or a page
// would rest for longer than a trial lasts.
func fateOf(key string, attempt int) fate {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s#%d", key, attempt)
	n := h.Sum64() >> 8 % 1000
	pause := time.Duration(n%30) * time.Millisecond
	switch n %= 100; {
	case attempt >= 3 || n < 70:
		return fate{arrives: true, answer: oracle.Delivered}
	case n < 82:
		return fate{before: pause, after: pause, arrives: true, answer: oracle.Delivered}
	case n < 89:
		return fate{before: pause / 2, answer: oracle.Failed}
	case n < 91:
		return fate{before: pause / 2, answer: oracle.Refused}
	case n < 94:
		return fate{before: pause, arrives: true, answer: oracle.Unknown}
	case n < 96:
		return fate{arrives: true, answer: oracle.Unknown, panics: true}
	case n < 98:
		return fate{arrives: true, after: time.Hour, answer: oracle.Unknown}
	}
	return fate{before: time.Hour, answer: oracle.Unknown}
}

// Notify implements comms.Notifier.
func (p *provider) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	if p.flaw == SendsTwice {
		_, _ = p.notify(ctx, m)
	}
	return p.notify(ctx, m)
}

func (p *provider) notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	call := int(p.calls.Add(1))
	late := ctx.Err() != nil
	p.tell(Line{What: SendBegun, Call: call, Abandoned: late, Message: &Message{
		Key: m.Key, Tenant: m.Tenant, Incident: m.Incident, Person: m.To.Person, Channel: m.To.Channel, To: m.To.To,
		Attempt: m.Attempt, Duplicate: m.PossibleDuplicate, PlanVersion: m.Reason.PlanVersion, Text: m.Subject + "\n" + m.Body,
	}})
	p.halter.at(Sending)
	f := fateOf(m.Key, m.Attempt)
	if p.flaw == SendsNothing {
		f = fate{answer: oracle.Delivered}
	}
	arrived := false
	if rest(ctx, f.before) && f.arrives {
		arrived = true
		p.tell(Line{What: Arrived, Call: call})
		p.halter.at(Sent)
	}
	if !rest(ctx, f.after) {
		f.answer, f.panics = oracle.Unknown, false
	}
	p.tell(Line{What: SendEnded, Call: call, Arrived: arrived, Answer: f.answer})
	if f.panics {
		panic("the provider's library has a fault") //nolint:forbidigo // that is what is tried
	}
	switch f.answer {
	case oracle.Delivered:
		return comms.Receipt{ID: m.Key}, nil
	case oracle.Failed:
		return comms.Receipt{}, comms.Temporary(errors.New("try again"), 0)
	case oracle.Refused:
		return comms.Receipt{}, comms.Permanent(errors.New("no such number"))
	case oracle.NoAnswer, oracle.Unknown:
	}
	return comms.Receipt{}, fmt.Errorf("no answer: %w", context.DeadlineExceeded)
}

// rest waits for d; false where ctx ends before.
func rest(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil || d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
