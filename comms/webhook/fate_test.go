package webhook_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/webhook"
)

func TestStatuses(t *testing.T) {
	t.Parallel()
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, err := fmt.Sscan(r.Header.Get("Idempotency-Key"), &code)
		assert.NoError(t, err)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		if code >= 400 {
			_, _ = io.WriteString(w, "no\x1b[31m\n such hook")
		}
	})
	n := insecure(t)
	for fate, codes := range map[comms.Fate][]int{
		comms.Delivered: {200, 201, 202, 204, 226, 299},
		comms.Failed:    {408, 425, 429, 503},
		comms.Refused:   {300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 451, 499, 501, 505},
		comms.Unknown:   {500, 502, 504, 507, 508, 511, 520, 599, 600, 999},
	} {
		for _, code := range codes {
			m := page(url)
			m.Key = fmt.Sprint(code)
			_, err := n.Notify(t.Context(), m)
			assert.Equal(t, fate, comms.Classify(err), "%d: %v", code, err)
			if fate == comms.Delivered {
				continue
			}
			var status *webhook.StatusError
			if assert.ErrorAs(t, err, &status) {
				assert.Equal(t, code, status.Code)
				assert.NotContains(t, err.Error(), "s3cret")
				if code >= 400 {
					assert.Equal(t, "no�[31m such hook", status.Answer)
					assert.Contains(t, err.Error(), ": no�[31m such hook")
				}
			}
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var visited atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited.Add(1) }))
	t.Cleanup(inside.Close)
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
	})
	follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	_, err := insecure(t, func(o *webhook.Options) { o.Client = follow }).Notify(t.Context(), page(url))
	require.ErrorIs(t, err, comms.ErrPermanent)
	assert.Zero(t, visited.Load())
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"7":                              7 * time.Second,
		" 7 ":                            7 * time.Second,
		"3600":                           time.Hour,
		"3601":                           time.Hour,
		"99999999999999999999999":        time.Hour,
		"-1":                             0,
		"+5":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Sun, 22 Nov 2026 12:00:30 GMT":  30 * time.Second,
		"Sunday, 22-Nov-26 12:00:30 GMT": 30 * time.Second,
		"Sun, 22 Nov 2026 11:00:00 GMT":  0,
		"Sun, 22 Nov 2099 12:00:30 GMT":  time.Hour,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", value)
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			_, err := insecure(t).Notify(t.Context(), page(url))
			var delivery *comms.DeliveryError
			require.ErrorAs(t, err, &delivery)
			assert.False(t, delivery.Permanent)
			assert.Equal(t, want, delivery.RetryAfter)
		})
	}
}

// Nothing reached a server: another attempt cannot be a duplicate.
func TestNotSent(t *testing.T) {
	t.Parallel()
	dialing := func(dial func(ctx context.Context) (net.Conn, error)) *http.Client {
		return &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		}}
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close()) // the port is free again, so nobody listens
		_, err = insecure(t).Notify(t.Context(), page("http://"+l.Addr().String()+"/s3cret"))
		assert.Equal(t, comms.Failed, comms.Classify(err), "%v", err)
		assert.NotContains(t, err.Error(), "s3cret")
		assert.Contains(t, err.Error(), "http://"+l.Addr().String())
	})
	t.Run("name not found", func(t *testing.T) {
		t.Parallel()
		unknown := dialing(func(context.Context) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "hooks.example.com", IsNotFound: true}
		})
		_, err := insecure(t, func(o *webhook.Options) { o.Client = unknown }).Notify(t.Context(), page("http://hooks.example.com"))
		assert.Equal(t, comms.Failed, comms.Classify(err), "%v", err)
	})
	t.Run("cancelled while connecting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		slow := dialing(func(ctx context.Context) (net.Conn, error) {
			cancel()
			<-ctx.Done()
			return nil, ctx.Err()
		})
		_, err := insecure(t, func(o *webhook.Options) { o.Client = slow }).Notify(ctx, page("http://hooks.example.com"))
		assert.Equal(t, comms.Failed, comms.Classify(err), "%v", err)
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("cancelled before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		url, got := receiver(t, nil)
		_, err := insecure(t).Notify(ctx, page(url))
		assert.Equal(t, comms.Failed, comms.Classify(err), "%v", err)
		require.ErrorIs(t, err, context.Canceled)
		assert.Empty(t, got)
	})
}

// The request may have been read: nobody can know.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]string{
		"hangs up after reading":  "",
		"hangs up in the header":  "HTTP/1.1 200 O",
		"answers something else":  "220 mail.example.com ESMTP\r\n",
		"hangs up in its headers": "HTTP/1.1 200 OK\r\nContent-Le",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, requests := rawServer(t, reply)
			_, err := insecure(t).Notify(t.Context(), page(url))
			assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
			assert.EqualValues(t, 1, requests.Load(), "one call is one request")
		})
	}
	t.Run("context ends after the request was read", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		url, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		_, err := insecure(t).Notify(ctx, page(url))
		assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
		require.ErrorIs(t, err, context.Canceled)
		assert.NotContains(t, err.Error(), "s3cret")
	})
	t.Run("the deadline passes while the server thinks", func(t *testing.T) {
		t.Parallel()
		ctx := &deadline{Context: t.Context(), done: make(chan struct{})}
		url, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
			close(ctx.done)
			<-r.Context().Done()
		})
		_, err := insecure(t).Notify(ctx, page(url))
		assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("a transport that says nothing about its progress", func(t *testing.T) {
		t.Parallel()
		opaque := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})}
		_, err := insecure(t, func(o *webhook.Options) { o.Client = opaque }).Notify(t.Context(), page("http://example.com"))
		assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
	})
}

// A status is an answer, even if the rest of it never comes.
func TestABrokenBodyChangesNothing(t *testing.T) {
	t.Parallel()
	for reply, fate := range map[string]comms.Fate{
		"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{\"id\"": comms.Delivered,
		"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nno":     comms.Refused,
	} {
		url, _ := rawServer(t, reply)
		_, err := insecure(t).Notify(t.Context(), page(url))
		assert.Equal(t, fate, comms.Classify(err), "%v", err)
	}
}

// net/http replays a request that has an Idempotency-Key when a kept connection
// dies under it, and delivers twice without a word.
func TestNothingIsReplayedOnAKeptConnection(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			posts.Add(1)
			panic(http.ErrAbortHandler) // hang up
		}
	}))
	t.Cleanup(srv.Close)
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(srv.URL) // the host uses its client, which keeps the connection
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())

	_, err = insecure(t, func(o *webhook.Options) { o.Client = client }).Notify(t.Context(), page(srv.URL))
	assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
	assert.EqualValues(t, 1, posts.Load())
}

func TestAPageLeavesNoConnectionToTheNext(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]*http.Client{
		"own client":    nil,
		"host's client": {Transport: &http.Transport{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var connections atomic.Int32
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				if s == http.StateNew {
					connections.Add(1)
				}
			}
			srv.Start()
			t.Cleanup(srv.Close)
			n := insecure(t, func(o *webhook.Options) { o.Client = client })
			for range 3 {
				_, err := n.Notify(t.Context(), page(srv.URL))
				require.NoError(t, err)
			}
			assert.EqualValues(t, 3, connections.Load())
		})
	}
}

func TestPublicOnly(t *testing.T) {
	t.Parallel()
	for address, public := range map[string]bool{
		"93.184.215.14:443":            true,
		"[2606:2800:21f:cb07::1]:443":  true,
		"[::ffff:93.184.215.14]:443":   true,
		"127.0.0.1:443":                false,
		"10.1.2.3:443":                 false,
		"172.16.0.1:443":               false,
		"192.168.1.1:443":              false,
		"169.254.169.254:80":           false,
		"100.64.0.1:443":               false,
		"0.0.0.0:443":                  false,
		"0.1.2.3:443":                  false,
		"192.0.0.8:443":                false,
		"198.18.0.1:443":               false,
		"224.0.0.1:443":                false,
		"240.0.0.1:443":                false,
		"255.255.255.255:443":          false,
		"[::1]:443":                    false,
		"[::]:443":                     false,
		"[::127.0.0.1]:443":            false,
		"[::ffff:127.0.0.1]:443":       false,
		"[fd00::1]:443":                false,
		"[fe80::1%eth0]:443":           false,
		"[ff02::1]:443":                false,
		"[64:ff9b::7f00:1]:443":        false,
		"[64:ff9b:1::a00:1]:443":       false,
		"[2002:7f00:1::]:443":          false,
		"[2001:0:7f00:1::]:443":        false,
		"no address":                   false,
		"/run/docker.sock":             false,
		"[2001:4860:4860::8888]:443":   true,
		"[2001:db8::1]:443":            true, // documentation: leads nowhere, certainly not inside
		"[::ffff:169.254.169.254]:443": false,
	} {
		err := webhook.PublicOnly("tcp", address, nil)
		assert.Equal(t, public, err == nil, "%s: %v", address, err)
	}
}

func TestABlockedAddressIsRefused(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	guarded := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Control: webhook.PublicOnly}).DialContext}}
	_, err := insecure(t, func(o *webhook.Options) { o.Client = guarded }).Notify(t.Context(), page(url))
	require.ErrorIs(t, err, comms.ErrPermanent)
	var blocked *webhook.AddressError
	require.ErrorAs(t, err, &blocked)
	assert.True(t, strings.HasPrefix(blocked.Address, "127.0.0.1:"))
	assert.Empty(t, got)
}

// rawServer reads one request on each connection, writes the reply, if any, and
// hangs up.
func rawServer(t *testing.T, reply string) (url string, requests *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	requests = new(atomic.Int32)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				requests.Add(1)
			}
			_, _ = io.WriteString(conn, reply)
			_ = conn.Close()
		}
	}()
	return "http://" + l.Addr().String(), requests
}

// deadline is a context whose deadline passes when the test says so.
type deadline struct {
	context.Context
	done chan struct{}
}

func (d *deadline) Done() <-chan struct{} { return d.done }

func (d *deadline) Err() error {
	select {
	case <-d.done:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
