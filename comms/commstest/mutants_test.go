package commstest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
)

// TestMutants runs the suite against notifiers that break one clause each. It
// fails where the check that a mutant names does not notice, and where a check
// notices no mutant at all.
func TestMutants(t *testing.T) {
	t.Parallel()
	checks := map[string]commstest.Check{}
	caught := map[string]bool{}
	for _, c := range commstest.Checks() {
		if c.Name == "" || c.Doc == "" || checks[c.Name].Name != "" {
			t.Errorf("the check %q needs a name of its own, and a doc", c.Name)
		}
		checks[c.Name] = c
	}
	for _, m := range mutants {
		caught[m.caught] = true
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			check, ok := checks[m.caught]
			if !ok {
				t.Fatalf("there is no check %q", m.caught)
			}
			failures := attempt(t, check, newWire(m.spoil).harness())
			if len(failures) == 0 {
				t.Fatalf("the check %s passes on a notifier that %s", m.caught, m.name)
			}
			t.Log(failures[0])
		})
	}
	for name := range checks {
		if !caught[name] {
			t.Errorf("no mutant is there for the check %s", name)
		}
	}
}

// TestSound runs every check against the notifier that the mutants are made of.
func TestSound(t *testing.T) {
	t.Parallel()
	commstest.Run(t, newWire(nil).harness())
}

// mutant is a sound notifier with one fault.
type mutant struct {
	name, caught string
	spoil        func(sound comms.Notifier, w *wire) comms.NotifierFunc
}

// before makes a mutant that changes the message on its way in.
func before(change func(ctx context.Context, m *comms.Message) (comms.Receipt, error, bool)) func(comms.Notifier, *wire) comms.NotifierFunc {
	return func(sound comms.Notifier, _ *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			if r, err, stop := change(ctx, &m); stop {
				return r, err
			}
			return sound.Notify(ctx, m)
		}
	}
}

// after makes a mutant that changes the answer on its way out.
func after(change func(r *comms.Receipt, err error) error) func(comms.Notifier, *wire) comms.NotifierFunc {
	return func(sound comms.Notifier, _ *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			r, err := sound.Notify(ctx, m)
			err = change(&r, err)
			return r, err
		}
	}
}

// edit makes a mutant that only edits the message.
func edit(change func(m *comms.Message)) func(comms.Notifier, *wire) comms.NotifierFunc {
	return before(func(_ context.Context, m *comms.Message) (comms.Receipt, error, bool) {
		change(m)
		return comms.Receipt{}, nil, false
	})
}

var mutants = []mutant{
	{"sends nothing", "delivers", before(func(context.Context, *comms.Message) (comms.Receipt, error, bool) {
		return comms.Receipt{}, nil, true
	})},
	{"sends twice", "delivers", twice(nil)},
	{"leaves the body out", "delivers", edit(func(m *comms.Message) { m.Body = "" })},
	{"reports an error all the same", "delivers", after(func(_ *comms.Receipt, err error) error { return errors.Join(err, errors.New("noise")) })},

	{"panics without a name", "minimal-message", edit(func(m *comms.Message) { _ = m.To.Name[0] })},
	{"insists on a severity", "minimal-message", before(func(_ context.Context, m *comms.Message) (comms.Receipt, error, bool) {
		return comms.Receipt{}, comms.Permanent(errors.New("no severity")), m.Severity == ""
	})},

	{"cuts text between bytes", "any-text", edit(func(m *comms.Message) { m.Body = m.Body[:min(len(m.Body), 101)] })},
	{"refuses long text", "any-text", before(func(_ context.Context, m *comms.Message) (comms.Receipt, error, bool) {
		return comms.Receipt{}, comms.Permanent(errors.New("too long")), len(m.Body) > 1600
	})},
	{"sends ASCII only", "any-text", edit(func(m *comms.Message) { m.Subject = ascii(m.Subject) })},

	{"gives every message one receipt", "receipt", after(func(r *comms.Receipt, err error) error { r.ID = "ok"; return err })},
	{"takes a missing time for 1970", "receipt", after(func(r *comms.Receipt, err error) error { r.At = time.Unix(0, 0); return err })},
	{"keeps the raw answer as receipt", "receipt", after(func(r *comms.Receipt, err error) error { r.ID += "\r\n"; return err })},

	{"makes up a key for each attempt", "key-carried", edit(func(m *comms.Message) { m.Key = fmt.Sprint(m.Key, m.Attempt) })},
	{"uses the incident as key", "key-carried", edit(func(m *comms.Message) { m.Key = m.Incident })},

	{"keeps the message between calls", "concurrent", keeps},

	{"claims to have sent without looking", "context-over", before(func(context.Context, *comms.Message) (comms.Receipt, error, bool) { return comms.Receipt{}, nil, true })},
	{"leaves open what it never sent", "context-over", before(func(ctx context.Context, _ *comms.Message) (comms.Receipt, error, bool) {
		return comms.Receipt{}, ctx.Err(), ctx.Err() != nil
	})},
	{"hides that the context was over", "context-over", after(func(_ *comms.Receipt, err error) error {
		if err != nil {
			return comms.Temporary(errors.New("not now"), 0)
		}
		return nil
	})},
	{"sends in spite of the context", "context-over", func(sound comms.Notifier, _ *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			if _, err := sound.Notify(context.WithoutCancel(ctx), m); err != nil {
				return comms.Receipt{}, err
			}
			if err := ctx.Err(); err != nil {
				return comms.Receipt{}, comms.Temporary(err, 0)
			}
			return comms.Receipt{}, nil
		}
	}},

	{"swallows refusals", "refused", after(func(*comms.Receipt, error) error { return nil })},
	{"does not mark refusals", "refused", unmark},
	{"takes refusals for temporary", "refused", after(func(_ *comms.Receipt, err error) error { return comms.Temporary(errors.New(fmt.Sprint(err)), 0) })},
	{"tries again after a refusal", "refused", twice(comms.ErrPermanent)},

	{"takes overload for a refusal", "overloaded", after(func(_ *comms.Receipt, err error) error { return comms.Permanent(errors.New(fmt.Sprint(err))) })},
	{"asks for a wait into the past", "overloaded", after(func(*comms.Receipt, error) error { return &comms.DeliveryError{RetryAfter: -time.Second} })},
	{"tries again after overload", "overloaded", twice(comms.ErrTemporary)},

	{"does not mark what never left", "unreachable", unmark},
	{"gives a receipt for nothing", "unreachable", after(func(r *comms.Receipt, err error) error { r.ID = "msg-1"; return err })},

	{"takes a missing answer for a failure", "no-answer", after(func(_ *comms.Receipt, err error) error { return comms.Temporary(err, 0) })},
	{"takes a missing answer for success", "no-answer", after(func(*comms.Receipt, error) error { return nil })},
	{"panics when the context ends", "no-answer", after(func(_ *comms.Receipt, err error) error { panic(err) })},
	{"does not wait for an answer", "no-answer", func(sound comms.Notifier, w *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			go func() { _, _ = sound.Notify(ctx, m) }()
			return comms.Receipt{}, errors.New("sent, no idea")
		}
	}},
	{"waits for an answer for ever", "no-answer", func(sound comms.Notifier, w *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			forever, cancel := context.WithCancel(context.WithoutCancel(ctx))
			w.cleanup(cancel)
			return sound.Notify(forever, m)
		}
	}},
}

// twice makes a mutant that sends a second time after the error given; nil:
// after success.
func twice(on error) func(comms.Notifier, *wire) comms.NotifierFunc {
	return func(sound comms.Notifier, _ *wire) comms.NotifierFunc {
		return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
			r, err := sound.Notify(ctx, m)
			if errors.Is(err, on) {
				return sound.Notify(ctx, m)
			}
			return r, err
		}
	}
}

func unmark(sound comms.Notifier, _ *wire) comms.NotifierFunc {
	return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
		r, err := sound.Notify(ctx, m)
		if err != nil {
			err = errors.New(err.Error())
		}
		return r, err
	}
}

// keeps returns a notifier that holds the message in a field on its way out.
// The first call waits until a second has come, so that they do meet.
func keeps(sound comms.Notifier, _ *wire) comms.NotifierFunc {
	var (
		mu    sync.Mutex
		last  comms.Message
		calls int
		met   = make(chan struct{})
	)
	return func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
		mu.Lock()
		last = m
		calls++
		if calls == 2 {
			close(met)
		}
		mu.Unlock()
		<-met
		mu.Lock()
		m = last
		mu.Unlock()
		return sound.Notify(ctx, m)
	}
}

func ascii(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] > 127 {
			b[i] = '?'
		}
	}
	return string(b)
}

// spy is a T that takes failures down instead of failing.
type spy struct {
	*testing.T
	mu       sync.Mutex
	failures []string
}

func (s *spy) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

func (s *spy) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	runtime.Goexit()
}

// attempt runs one check and returns its failures.
func attempt(t *testing.T, c commstest.Check, h commstest.Harness) []string {
	s := &spy{T: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(s, h)
	}()
	<-done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}
