package webhook_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
	"github.com/incidentkit/incidentkit/comms/webhook"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	var far *farEnd
	status := func(code int32) func() {
		return func() { far.status.Store(code) }
	}
	commstest.Run(t, commstest.Harness{
		New: func(t commstest.T) (comms.Notifier, comms.Address) {
			far = new(farEnd)
			far.taken = make(chan struct{}, 99)
			far.server = httptest.NewServer(far)
			t.Cleanup(far.server.Close)
			n, err := webhook.New(webhook.Options{AllowInsecure: true})
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			return n, comms.Address{To: far.server.URL}
		},
		Received: func() []commstest.Received {
			far.mu.Lock()
			defer far.mu.Unlock()
			return append([]commstest.Received(nil), far.got...)
		},
		CarriesKey: true,
		Refuse:     status(http.StatusNotFound),
		Overload:   status(http.StatusTooManyRequests),
		Cut:        func() { far.server.Close() },
		Hang: func() <-chan struct{} {
			far.hangs.Store(true)
			return far.taken
		},
	})
}

// farEnd is a receiver whose manners can be changed.
type farEnd struct {
	server *httptest.Server
	status atomic.Int32 // 0: 200
	hangs  atomic.Bool
	taken  chan struct{}

	mu  sync.Mutex
	got []commstest.Received
}

func (f *farEnd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Subject, Body string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	f.got = append(f.got, commstest.Received{Key: r.Header.Get("Idempotency-Key"), Text: body.Subject + "\n" + body.Body})
	f.mu.Unlock()
	if f.hangs.Load() {
		f.taken <- struct{}{}
		<-r.Context().Done()
		return
	}
	if code := f.status.Load(); code != 0 {
		w.WriteHeader(int(code))
	}
}
