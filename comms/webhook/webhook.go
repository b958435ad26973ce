package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// Options configures a notifier. The zero value is usable.
type Options struct {
	// Client sends the requests; nil: one that waits at most 30 s for an
	// answer and keeps no connections. A copy is used, which never follows
	// redirects.
	Client *http.Client

	// Secret signs each request; 24 to 64 bytes, without any "whsec_" prefix
	// or encoding. Empty: requests are not signed.
	Secret []byte

	// Header is added to every request, such as Authorization. It must not
	// name a header that the driver or net/http sets.
	Header http.Header

	// MaxResponse is how many bytes of an answer are read; 0: 64 KiB.
	MaxResponse int64

	// AllowInsecure permits http URLs. Anyone on the way can read and forge
	// such a page.
	AllowInsecure bool

	// Now is the clock for signatures and Retry-After dates; nil: time.Now.
	Now func() time.Time
}

// MaxRetryAfter is the longest wait taken over from a Retry-After header.
const MaxRetryAfter = time.Hour

// Notifier posts messages. Make one with [New].
type Notifier struct {
	client      *http.Client
	secret      []byte
	header      http.Header
	maxResponse int64
	insecure    bool
	now         func() time.Time
}

// New returns a notifier. It reports unusable options as a *comms.FieldError.
func New(o Options) (*Notifier, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	n := &Notifier{
		client:      newClient(o.Client),
		secret:      bytes.Clone(o.Secret),
		header:      o.Header.Clone(),
		maxResponse: o.MaxResponse,
		insecure:    o.AllowInsecure,
		now:         o.Now,
	}
	if n.maxResponse == 0 {
		n.maxResponse = 64 << 10
	}
	if n.now == nil {
		n.now = time.Now
	}
	return n, nil
}

func newClient(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	} else {
		c = http.Client{
			Timeout: 30 * time.Second, // a net under the context's deadline
			Transport: &http.Transport{
				Proxy:               http.ProxyFromEnvironment,
				DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
				TLSHandshakeTimeout: 10 * time.Second,
				DisableKeepAlives:   true,
				ForceAttemptHTTP2:   true,
			},
		}
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// Notify posts the message and classifies what came of it; the package comment
// has the table. Safe for concurrent use.
//
// Errors name the receiver's scheme and host only. An answer that is not 2xx is
// a *StatusError.
func (n *Notifier) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return comms.Receipt{}, comms.Temporary(err, 0)
	}
	if err := m.Validate(); err != nil {
		return comms.Receipt{}, comms.Permanent(err)
	}
	target, err := n.target(m.To.To)
	if err != nil {
		return comms.Receipt{}, comms.Permanent(err)
	}

	var reached progress
	req, err := n.request(httptrace.WithClientTrace(ctx, reached.trace()), target, m)
	if err != nil {
		return comms.Receipt{}, comms.Permanent(err)
	}
	resp, err := n.client.Do(req)
	if err != nil {
		return comms.Receipt{}, noAnswer(target, err, reached.certainlyNotSent())
	}
	defer resp.Body.Close()
	return n.answer(target, resp)
}

// target parses the recipient's URL. The errors do not repeat it.
func (n *Notifier) target(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, &comms.FieldError{Field: "Message.To.To", Want: "an absolute https URL"}
	}
	if u.Scheme == "http" && !n.insecure {
		return nil, &comms.FieldError{Field: "Message.To.To", Want: "an https URL; http needs Options.AllowInsecure"}
	}
	return u, nil
}

// noAnswer classifies a request that got no answer.
func noAnswer(target *url.URL, err error, notSent bool) error {
	if withURL, ok := errors.AsType[*url.Error](err); ok {
		err = withURL.Err
	}
	err = fmt.Errorf("webhook: no answer from %s: %w", site(target), err)
	_, blocked := errors.AsType[*AddressError](err)
	switch {
	case notSent && blocked:
		return comms.Permanent(err)
	case notSent:
		return comms.Temporary(err, 0)
	}
	return err
}

// site is the part of a URL that is no secret.
func site(u *url.URL) string { return u.Scheme + "://" + u.Host }

// progress watches how far a request gets. It may be asked once Do has returned.
type progress struct{ asked, connected atomic.Bool }

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.connected.Store(true) },
	}
}

// certainlyNotSent reports whether the request was never given to a connection.
// A RoundTripper of the host's own may ignore traces; then nothing is certain.
func (p *progress) certainlyNotSent() bool { return p.asked.Load() && !p.connected.Load() }

func (o Options) validate() error {
	if n := len(o.Secret); n != 0 && (n < 24 || n > 64) {
		return &comms.FieldError{Field: "Options.Secret", Want: "24 to 64 bytes, or none, not " + strconv.Itoa(n)}
	}
	if o.MaxResponse < 0 {
		return &comms.FieldError{Field: "Options.MaxResponse", Want: "0 for 64 KiB, or more bytes than 0, not " + strconv.FormatInt(o.MaxResponse, 10)}
	}
	return validHeader(o.Header)
}
