package intake_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/intake"
)

const (
	oneAlert = `{"status":"firing","groupKey":"{}:{}","alerts":[{"fingerprint":"f1"}]}`
	token    = "s3cret"
)

var alertmanager = incident.Actor{Kind: incident.Automation, ID: "alertmanager"}

// ingester is an Ingester made of a function.
type ingester func(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error)

func (f ingester) Ingest(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
	return f(ctx, tenant, actor, alerts)
}

// accept opens an incident for whatever comes.
func accept(_ context.Context, _ string, _ incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
	return []incident.Receipt{{DedupKey: alerts[0].DedupKey, Incident: "inc-7", Action: incident.Opened, Alerts: len(alerts), Recorded: 1}}, nil
}

func fail(err error) ingester {
	return func(context.Context, string, incident.Actor, []incident.Alert) ([]incident.Receipt, error) {
		return nil, err
	}
}

// server is a handler on a real port, with what it logged and refused.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	log      bytes.Buffer
	refusals []intake.Refusal
}

func (s *server) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

// refused returns what OnRefused was called with.
func (s *server) refused() []intake.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refusals)
}

// entries returns what was logged.
func (s *server) entries(t *testing.T) []map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []map[string]any
	for line := range bytes.Lines(s.log.Bytes()) {
		var e map[string]any
		require.NoError(t, json.Unmarshal(line, &e))
		all = append(all, e)
	}
	return all
}

func serve(t *testing.T, change ...func(*intake.Options)) *server {
	t.Helper()
	s := new(server)
	o := intake.Options{
		Ingester: ingester(accept),
		Tenant:   func(*http.Request) (string, error) { return "acme", nil },
		Actor:    alertmanager,
		MaxBytes: 1000,
		Token:    token,
		Logger:   slog.New(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug})),
		OnRefused: func(_ context.Context, r intake.Refusal) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refusals = append(s.refusals, r)
		},
	}
	for _, c := range change {
		c(&o)
	}
	h, err := intake.Alertmanager(o)
	require.NoError(t, err)
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s *server) request(t *testing.T, method, authorization, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL, strings.NewReader(body))
	require.NoError(t, err)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := s.Client().Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	taken := make(chan []incident.Alert, 1)
	s := serve(t, func(o *intake.Options) {
		o.Tenant = func(r *http.Request) (string, error) { return "tenant-of" + r.URL.Path, nil }
		o.Ingester = ingester(func(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
			taken <- alerts
			assert.Equal(t, "tenant-of/", tenant)
			assert.Equal(t, alertmanager, actor)
			return accept(ctx, tenant, actor, alerts)
		})
	})
	got := s.request(t, http.MethodPost, "Bearer "+token, oneAlert)
	assert.Equal(t, http.StatusOK, got.status)
	assert.JSONEq(t, `{"receipts":[{"dedup_key":"alertmanager:{}:{}","incident":"inc-7","action":"opened","alerts":1,"recorded":1}]}`, got.body)
	want, err := intake.ParseAlertmanager([]byte(oneAlert))
	require.NoError(t, err)
	assert.Equal(t, want, <-taken)
	assert.Empty(t, s.refused())
	entries := s.entries(t)
	require.Len(t, entries, 1)
	assert.Equal(t, "DEBUG", entries[0]["level"])
	assert.Equal(t, "inc-7", entries[0]["incident"])
}

func TestNoReceiptsIsAnEmptyList(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *intake.Options) { o.Ingester = fail(nil) })
	got := s.request(t, http.MethodPost, "Bearer "+token, oneAlert)
	assert.Equal(t, http.StatusOK, got.status)
	assert.JSONEq(t, `{"receipts":[]}`, got.body)
}

// The answer is a promise: it must not be there before the alerts are durable.
func TestTheAnswerWaitsForIngest(t *testing.T) {
	t.Parallel()
	w := &writer{ResponseRecorder: httptest.NewRecorder()}
	h, err := intake.Alertmanager(intake.Options{
		Ingester: ingester(func(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
			assert.Zero(t, w.calls, "answered before Ingest returned")
			return accept(ctx, tenant, actor, alerts)
		}),
		Tenant: func(*http.Request) (string, error) { return "acme", nil },
		Actor:  alertmanager,
	})
	require.NoError(t, err)
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(oneAlert)))
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Positive(t, w.calls)
}

// writer counts what is done to an answer.
type writer struct {
	*httptest.ResponseRecorder
	calls int
}

func (w *writer) WriteHeader(code int) {
	w.calls++
	w.ResponseRecorder.WriteHeader(code)
}

func (w *writer) Write(p []byte) (int, error) {
	w.calls++
	return w.ResponseRecorder.Write(p)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	down := errors.New("the database is down")
	unauthorized := "the header Authorization with Bearer and the token"
	for name, tc := range map[string]struct {
		method, auth, body string // "": POST, the right token, one alert
		change             func(*intake.Options)
		status             int
		path, want         string
		header             [2]string
		err                error // that the refusal wraps
		tenant             string
		read               int // bytes of the body
	}{
		"GET":    {method: http.MethodGet, status: 405, want: "the method POST", header: [2]string{"Allow", "POST"}},
		"PUT":    {method: http.MethodPut, status: 405, want: "the method POST", header: [2]string{"Allow", "POST"}},
		"DELETE": {method: http.MethodDelete, status: 405, want: "the method POST", header: [2]string{"Allow", "POST"}},

		"no token":       {auth: "-", status: 401, want: unauthorized, header: [2]string{"WWW-Authenticate", "Bearer"}},
		"wrong token":    {auth: "Bearer s3cret2", status: 401, want: unauthorized},
		"shorter token":  {auth: "Bearer s3cre", status: 401, want: unauthorized},
		"empty token":    {auth: "Bearer ", status: 401, want: unauthorized},
		"another scheme": {auth: "Basic " + token, status: 401, want: unauthorized},
		"bare token":     {auth: token, status: 401, want: unauthorized},

		"unknown tenant": {change: tenant("", fmt.Errorf("%w: %q", intake.ErrUnknownTenant, "x")), status: 404, want: "a tenant that exists", err: intake.ErrUnknownTenant},
		"tenant look-up fails": {change: tenant("", down), status: 503, want: "another attempt: the tenant could not be looked up",
			header: [2]string{"Retry-After", "5"}, err: down},
		"no tenant, no error": {change: tenant("", nil), status: 503, want: "another attempt: the tenant could not be looked up"},

		"too large":   {body: `{"x":"` + strings.Repeat("x", 1000) + `"}`, status: 413, want: "a body of at most 1000 bytes", tenant: "acme", read: 1000},
		"just enough": {body: `{"x":"` + strings.Repeat("x", 1000-8) + `"}`, status: 400, path: "alerts", want: "an array, not nothing", tenant: "acme", read: 1000, err: intake.ErrBody},
		"empty":       {body: " ", status: 400, want: "one JSON object; it is empty", tenant: "acme", read: 1, err: intake.ErrBody},
		"bad body":    {body: `{"alerts":[{"status":"x"}]}`, status: 400, path: "alerts[0].status", want: `firing or resolved, not "x"`, tenant: "acme", read: 27, err: intake.ErrBody},

		"ingest finds it invalid": {change: ingest(&incident.FieldError{Field: "Alert.Summary", Want: "some text"}), status: 400,
			path: "Alert.Summary", want: "some text", err: incident.ErrInvalid, tenant: "acme", read: len(oneAlert)},
		"invalid without a field": {change: ingest(fmt.Errorf("engine: %w", incident.ErrInvalid)), status: 400,
			want: "alerts that can be recorded", err: incident.ErrInvalid, tenant: "acme", read: len(oneAlert)},
		"ingest fails": {change: ingest(down), status: 503, want: "another attempt: the alerts could not be stored",
			header: [2]string{"Retry-After", "5"}, err: down, tenant: "acme", read: len(oneAlert)},
		"the actor may not": {change: ingest(incident.ErrForbidden), status: 503, want: "another attempt: the alerts could not be stored",
			err: incident.ErrForbidden, tenant: "acme", read: len(oneAlert)},
		"ingest is cancelled": {change: ingest(context.Canceled), status: 503, want: "another attempt: the alerts could not be stored",
			err: context.Canceled, tenant: "acme", read: len(oneAlert)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := tc.change
			if change == nil {
				change = func(*intake.Options) {}
			}
			s := serve(t, change)
			got := s.request(t, orElse(tc.method, http.MethodPost), strings.Trim(orElse(tc.auth, "Bearer "+token), "-"), orElse(tc.body, oneAlert))

			assert.Equal(t, tc.status, got.status)
			if tc.header[0] != "" {
				assert.Equal(t, tc.header[1], got.header.Get(tc.header[0]))
			}
			if tc.status < 500 {
				assert.Empty(t, got.header.Get("Retry-After"))
			}
			var told struct{ Error struct{ Path, Want string } }
			require.NoError(t, json.Unmarshal([]byte(got.body), &told))
			assert.Equal(t, tc.path, told.Error.Path)
			assert.Equal(t, tc.want, told.Error.Want)
			assert.NotContains(t, got.body, "database", "our own troubles are not the sender's business")

			refusals := s.refused()
			require.Len(t, refusals, 1)
			r := refusals[0]
			assert.Equal(t, tc.status, r.Status)
			assert.Equal(t, tc.path, r.Path)
			assert.Equal(t, tc.want, r.Want)
			assert.Equal(t, tc.tenant, r.Tenant)
			assert.Len(t, r.Body, tc.read)
			assert.NotEmpty(t, r.Remote)
			if tc.err != nil {
				require.ErrorIs(t, r.Err, tc.err)
			}

			entries := s.entries(t)
			require.Len(t, entries, 1, "each refusal is logged, once")
			e := entries[0]
			assert.Equal(t, "ERROR", e["level"])
			assert.InDelta(t, tc.status, e["status"], 0)
			assert.Equal(t, tc.want, e["want"])
			assert.Equal(t, r.Err != nil, e["error"] != nil)
			assert.Equal(t, tc.status >= 500, e["msg"] == "alerts not taken; the sender should repeat them")
			assert.NotContains(t, fmt.Sprint(e), token, "a log is no place for tokens, wrong ones included")
		})
	}
}

func tenant(name string, err error) func(*intake.Options) {
	return func(o *intake.Options) { o.Tenant = func(*http.Request) (string, error) { return name, err } }
}

func ingest(err error) func(*intake.Options) {
	return func(o *intake.Options) { o.Ingester = fail(err) }
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func TestSchemeInAnyCase(t *testing.T) {
	t.Parallel()
	s := serve(t)
	got := s.request(t, http.MethodPost, "bearer  "+token, oneAlert)
	assert.Equal(t, http.StatusOK, got.status)
}

func TestWithoutATokenTheHostAuthenticates(t *testing.T) {
	t.Parallel()
	s := serve(t, func(o *intake.Options) { o.Token, o.Logger, o.OnRefused, o.MaxBytes = "", nil, nil, 0 })
	got := s.request(t, http.MethodPost, "", oneAlert)
	assert.Equal(t, http.StatusOK, got.status)
	got = s.request(t, http.MethodPost, "", strings.Repeat(" ", intake.DefaultMaxBytes)+oneAlert)
	assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
}

// A body that breaks off was not the sender's choice: it must come again.
func TestABrokenBodyIsNotRefusedForGood(t *testing.T) {
	t.Parallel()
	s := serve(t)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 500\r\n\r\n%s", token, oneAlert)
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	refusals := s.refused()
	require.Len(t, refusals, 1)
	assert.Len(t, refusals[0].Body, len(oneAlert))
}

// A sender that hangs up must not take the record of the refusal with it.
func TestOnRefusedOutlivesTheSender(t *testing.T) {
	t.Parallel()
	entered, told := make(chan struct{}), make(chan error, 1)
	s := serve(t, func(o *intake.Options) {
		o.Ingester = ingester(func(ctx context.Context, _ string, _ incident.Actor, _ []incident.Alert) ([]incident.Receipt, error) {
			close(entered)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		o.OnRefused = func(ctx context.Context, _ intake.Refusal) {
			assert.NotNil(t, ctx.Value(http.ServerContextKey), "the request's values are there")
			told <- ctx.Err()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-entered
		cancel()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader(oneAlert))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	_, err = s.Client().Do(req) //nolint:bodyclose // there is no answer
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, <-told)
}

func TestConcurrentRequests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			body, status := oneAlert, http.StatusOK
			if i%2 == 1 {
				body, status = "{}", http.StatusBadRequest
			}
			got := s.request(t, http.MethodPost, "Bearer "+token, body)
			assert.Equal(t, status, got.status)
		})
	}
	all.Wait()
	assert.Len(t, s.entries(t), 32)
	assert.Len(t, s.refused(), 16)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	good := intake.Options{Ingester: ingester(accept), Tenant: func(*http.Request) (string, error) { return "acme", nil }, Actor: alertmanager}
	for field, change := range map[string]func(*intake.Options){
		"Options.Ingester":   func(o *intake.Options) { o.Ingester = nil },
		"Options.Tenant":     func(o *intake.Options) { o.Tenant = nil },
		"Options.Actor.Kind": func(o *intake.Options) { o.Actor = incident.Actor{} },
		"Options.Actor.ID":   func(o *intake.Options) { o.Actor.ID = "" },
		"Options.MaxBytes":   func(o *intake.Options) { o.MaxBytes = -1 },
		"Options.Token":      func(o *intake.Options) { o.Token = "from-a-file\n" },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			o := good
			change(&o)
			_, err := intake.Alertmanager(o)
			require.ErrorIs(t, err, intake.ErrInvalid)
			var bad *intake.FieldError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, field, bad.Field)
			assert.Equal(t, "intake: "+field+": want "+bad.Want, err.Error())
		})
	}
}
