package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// provider is a channel, as a process reaches it.
type provider struct{ p *process }

// sendFaults are what may become of a send, but for the crash of its process.
var sendFaults = []Fault{
	SendSlow, SendTimesOutBefore, SendTimesOutAfter, SendAnswerLost, SendLost, SendArrivesLate,
	SendLater, SendFails, SendRefused, SendPanics, SendPanicsAfter,
}

// Notify implements comms.Notifier.
func (n *provider) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	p, w := n.p, n.p.w
	stream := storage.Stream{Tenant: m.Tenant, ID: m.Incident}
	if p.dead {
		return comms.Receipt{}, errGone
	}
	if r, falls := w.falls(CrashBeforeSend, p, stream); falls {
		w.crash(p, CrashBeforeSend, r)
		return comms.Receipt{}, errGone
	}
	if r, falls := w.falls(Pause, p, stream); falls {
		p.stop(between(r, p.settings.Lease.D()/2, 3*p.settings.Lease.D()))
		w.sleep(ctx, 0) // it has looked at its clock, and now it is stopped
		if p.dead {
			return comms.Receipt{}, errGone
		}
	}
	s := &sending{w: w, p: p, ctx: ctx, m: m, place: len(w.history.Sends)}
	w.history.Sends = append(w.history.Sends, oracle.Send{
		Replica: p.String(), Key: m.Key, Tenant: m.Tenant, Incident: incident.ID(m.Incident),
		Person: m.To.Person, Channel: m.To.Channel, To: m.To.To,
		Attempt: m.Attempt, PossibleDuplicate: m.PossibleDuplicate, PlanVersion: m.Reason.PlanVersion,
		Text: m.Subject + "\n" + m.Body, Begun: w.here(),
	})
	w.tracef(p, "sends %s to %s by %s, attempt %d, possible duplicate: %t", m.Key, m.To.Person, m.To.Channel, m.Attempt, m.PossibleDuplicate)
	if m.PossibleDuplicate {
		w.count("marked")
	}
	err := s.try(stream)
	if p.dead {
		return comms.Receipt{}, errGone
	}
	s.answered(err)
	return comms.Receipt{ID: fmt.Sprintf("receipt-%d", s.place)}, err
}

// sending is one call of a provider.
type sending struct {
	w     *world
	p     *process
	ctx   context.Context
	m     comms.Message
	place int // in the history
}

// try makes the call, with what goes wrong in it.
func (s *sending) try(stream storage.Stream) error {
	w, p := s.w, s.p
	if o := w.providers[s.m.To.Channel]; o != nil && w.now.Before(o.until) && (o.tenant == "" || o.tenant == s.m.Tenant) {
		w.tracef(p, "provider %s is down: %s", s.m.To.Channel, o.how)
		w.sleep(s.ctx, w.dice.trip(p.replica, stream.Tenant, stream.ID))
		return s.fail(o.how, nil, o.after)
	}
	for _, f := range sendFaults {
		if r, falls := w.falls(f, p, stream); falls {
			return s.fail(f, r, 0)
		}
	}
	if d := w.dice.trip(p.replica, stream.Tenant, stream.ID) * 20; !s.wait(d) {
		return s.ctx.Err()
	}
	s.arrives()
	if r, falls := w.falls(CrashAfterSend, p, stream); falls {
		w.crash(p, CrashAfterSend, r)
		return errGone
	}
	s.wait(w.dice.trip(p.replica, stream.Tenant, stream.ID))
	return nil
}

// fail is a call that goes wrong.
func (s *sending) fail(f Fault, r *rand.Rand, after time.Duration) error {
	w := s.w
	if r == nil {
		r = rand.New(rand.NewPCG(w.scenario.Seed, uint64(s.place)))
	}
	timeout := s.p.settings.Timeout.D()
	switch f {
	case SendSlow:
		if !s.wait(between(r, timeout/4, timeout*3/2)) {
			return s.ctx.Err()
		}
		s.arrives()
		return nil
	case SendTimesOutBefore:
		s.wait(time.Hour)
		return s.ctx.Err()
	case SendTimesOutAfter:
		s.wait(between(r, 0, timeout/2))
		s.arrives()
		s.wait(time.Hour)
		return s.ctx.Err()
	case SendAnswerLost:
		s.arrives()
		s.wait(between(r, 0, timeout/2))
		return errReset
	case SendArrivesLate:
		w.at(w.now.Add(between(r, time.Second, 3*time.Minute)), s.arrives)
		return errReset
	case SendLater:
		if after == 0 {
			after = between(r, time.Second, 2*time.Minute)
		}
		return comms.Temporary(errDown, after)
	case SendFails:
		return comms.Temporary(errDown, 0)
	case SendRefused:
		return comms.Permanent(errDown)
	case SendPanics:
		s.answered(errReset)
		panic("the provider's library has a bug") //nolint:forbidigo // the engine has to survive it
	case SendPanicsAfter:
		s.arrives()
		s.answered(errReset)
		panic("the provider's library has a bug") //nolint:forbidigo // the engine has to survive it
	default: // SendLost
		s.wait(between(r, 0, timeout/2))
		return errReset
	}
}

// wait lets time pass, and reports whether the call still goes on.
func (s *sending) wait(d time.Duration) bool {
	s.w.sleep(s.ctx, d)
	return !s.p.dead && s.ctx.Err() == nil
}

// arrives hands the message to its recipient.
func (s *sending) arrives() {
	w := s.w
	w.history.Sends[s.place].Arrived = true
	w.tracef(s.p, "ARRIVES: %s with %s by %s", s.m.Key, s.m.To.Person, s.m.To.Channel)
	w.answers(s.m)
}

// answered enters what the engine is told.
func (s *sending) answered(err error) {
	send := &s.w.history.Sends[s.place]
	send.Ended = s.w.here()
	send.Answer = map[comms.Fate]oracle.Answer{
		comms.Delivered: oracle.Delivered, comms.Refused: oracle.Refused, comms.Failed: oracle.Failed, comms.Unknown: oracle.Unknown,
	}[comms.Classify(err)]
	if failed, ok := errors.AsType[*comms.DeliveryError](err); ok {
		send.RetryAfter = failed.RetryAfter
	}
	s.w.count("send " + comms.Classify(err).String())
	s.w.tracef(s.p, "provider %s answers: %v", s.m.To.Channel, err)
}

// directory is the host's own system, which knows the people of the plans.
type directory struct{ p *process }

// Person implements incidentkit.Directory.
func (d directory) Person(_ context.Context, tenant, id string) (plan.Person, error) {
	w := d.p.w
	stream := storage.Stream{Tenant: tenant, ID: id}
	if d.p.dead {
		return plan.Person{}, errGone
	}
	if _, falls := w.falls(DirectoryPanics, d.p, stream); falls {
		panic("the directory has a bug") //nolint:forbidigo // the engine has to survive it
	}
	if _, falls := w.falls(DirectoryFails, d.p, stream); falls {
		return plan.Person{}, errDown
	}
	for _, saved := range slices.Backward(w.history.Plans) { // what people have told the host last
		if saved.Tenant != tenant {
			continue
		}
		for _, p := range saved.Plan.People {
			if p.ID == id {
				return person(p), nil
			}
		}
		break
	}
	return plan.Person{}, incidentkit.ErrNotFound
}

func person(p oracle.Person) plan.Person {
	out := plan.Person{ID: p.ID}
	for _, c := range p.Contacts {
		out.Contacts = append(out.Contacts, plan.Contact{Channel: c.Channel, To: c.To})
	}
	return out
}
