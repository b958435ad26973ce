package commstest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
)

// wire is a far end in memory.
type wire struct {
	spoil func(sound comms.Notifier, w *wire) comms.NotifierFunc // nil: sound

	mu      sync.Mutex
	mode    mode
	got     []commstest.Received
	taken   chan struct{}
	cleanup func(func())
}

type mode int

const (
	works mode = iota
	refuses
	overloaded
	cut
	hangs
)

func newWire(spoil func(comms.Notifier, *wire) comms.NotifierFunc) *wire { return &wire{spoil: spoil} }

// harness gives each check the wire anew.
func (w *wire) harness() commstest.Harness {
	set := func(m mode) func() {
		return func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.mode = m
		}
	}
	h := commstest.Harness{
		New: func(t commstest.T) (comms.Notifier, comms.Address) {
			set(works)()
			w.got, w.taken, w.cleanup = nil, make(chan struct{}, 99), t.Cleanup
			var n comms.Notifier = comms.NotifierFunc(w.notify)
			if w.spoil != nil {
				n = w.spoil(n, w)
			}
			return n, comms.Address{To: "+15550100"}
		},
		Received: func() []commstest.Received {
			w.mu.Lock()
			defer w.mu.Unlock()
			return append([]commstest.Received(nil), w.got...)
		},
		CarriesKey: true,
		Refuse:     set(refuses),
		Overload:   set(overloaded),
		Cut:        set(cut),
		Hang: func() <-chan struct{} {
			set(hangs)()
			return w.taken
		},
	}
	if w.spoil != nil {
		h.Patience = 200 * time.Millisecond // a mutant may be stuck
	}
	return h
}

// notify is a notifier that keeps the contract.
func (w *wire) notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return comms.Receipt{}, comms.Temporary(err, 0)
	}
	n, status := w.put(m)
	switch status {
	case refuses:
		return comms.Receipt{}, comms.Permanent(errors.New("unknown number"))
	case overloaded:
		return comms.Receipt{}, comms.Temporary(errors.New("busy"), time.Second)
	case cut:
		return comms.Receipt{}, comms.Temporary(errors.New("no line"), 0)
	case hangs:
		w.taken <- struct{}{}
		<-ctx.Done()
		return comms.Receipt{}, fmt.Errorf("no answer: %w", ctx.Err())
	}
	return comms.Receipt{ID: fmt.Sprint("msg-", n)}, nil
}

func (w *wire) put(m comms.Message) (int, mode) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mode != cut {
		w.got = append(w.got, commstest.Received{Key: m.Key, Text: m.Subject + "\n" + m.Body})
	}
	return len(w.got), w.mode
}
