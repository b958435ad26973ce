package examples_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// Every Go block of docs/adapters.md is in this file, where it is compiled and
// run.
func TestGuideShowsWhatIsTested(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/adapters.md")
	require.NoError(t, err)
	code, err := os.ReadFile("adapters_test.go")
	require.NoError(t, err)
	blocks := strings.Split(string(guide), "```go\n")[1:]
	require.Len(t, blocks, 4)
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		require.Contains(t, string(code), block)
	}
}

// Gateway sends text messages through a provider's HTTP API.
type Gateway struct {
	Client *http.Client
	URL    string
}

// Notify implements comms.Notifier.
func (g *Gateway) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return comms.Receipt{}, comms.Temporary(err, 0) // it was not even begun: certainly not sent
	}
	form := url.Values{"to": {m.To.To}, "text": {m.Subject + "\n" + m.Body}, "key": {m.Key}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return comms.Receipt{}, comms.Permanent(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	resp, err := g.Client.Do(req)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return comms.Receipt{}, comms.Temporary(err, 0) // no connection: certainly not sent, tried again
	}
	if err != nil {
		return comms.Receipt{}, err // nobody knows: tried once more, marked as a possible duplicate
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return comms.Receipt{ID: resp.Header.Get("Message-Id")}, nil
	case http.StatusTooManyRequests:
		return comms.Receipt{}, comms.Temporary(errors.New(resp.Status), 5*time.Second) // turned away: tried again
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusNotFound:
		return comms.Receipt{}, comms.Permanent(errors.New(resp.Status)) // never: the person's next contact is tried at once
	}
	return comms.Receipt{}, fmt.Errorf("the gateway answers %s", resp.Status) // nobody knows
}

func TestGateway(t *testing.T) {
	t.Parallel()
	var far *provider // a stand-in for the other side
	commstest.Run(t, commstest.Harness{
		New: func(t commstest.T) (comms.Notifier, comms.Address) {
			far = newProvider(t)
			return &Gateway{Client: far.Client(), URL: far.URL}, comms.Address{To: "+15550100"}
		},
		Received:   func() []commstest.Received { return far.received() },
		CarriesKey: true,
		Refuse:     func() { far.answer(http.StatusNotFound) },
		Overload:   func() { far.answer(http.StatusTooManyRequests) },
		Cut:        func() { far.Close() },
		Hang:       func() <-chan struct{} { return far.hang() },
	})
}

func newEngine(store storage.Store, gateway *Gateway) (*incidentkit.Engine, error) {
	return incidentkit.New(incidentkit.Config{
		Store:     store,
		Notifiers: map[string]comms.Notifier{"sms": gateway},
	})
}

func TestGatewayInAnEngine(t *testing.T) {
	t.Parallel()
	_, err := newEngine(memory.New(memory.Options{}), &Gateway{Client: http.DefaultClient})
	require.NoError(t, err)
}

func openMyStore(_ storagetest.T, now func() time.Time) storage.Store {
	return memory.New(memory.Options{Clock: now})
}

func TestMyStore(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	storagetest.Run(t, storagetest.Harness{
		Open:    func(t storagetest.T) storage.Store { return openMyStore(t, clock.Now) },
		Advance: clock.Advance,
	})
}

// provider is the far end of a Gateway.
type provider struct {
	*httptest.Server

	mu     sync.Mutex
	got    []commstest.Received
	status int
	taken  chan struct{} // nil: it answers
}

func newProvider(t commstest.T) *provider {
	p := &provider{status: http.StatusOK}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// ServeHTTP takes one message.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.got = append(p.got, commstest.Received{Key: r.FormValue("key"), Text: r.FormValue("text")})
	status, taken := p.status, p.taken
	w.Header().Set("Message-Id", fmt.Sprint(len(p.got)))
	p.mu.Unlock()
	if taken != nil {
		close(taken)
		<-r.Context().Done() // until the client gives up
		return
	}
	w.WriteHeader(status)
}

func (p *provider) received() []commstest.Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]commstest.Received(nil), p.got...)
}

func (p *provider) answer(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

func (p *provider) hang() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = make(chan struct{})
	return p.taken
}
