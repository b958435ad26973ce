package intake

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"unicode"

	"github.com/incidentkit/incidentkit/incident"
)

// Ingester takes alerts and returns once they are durable. The Engine is one.
type Ingester interface {
	Ingest(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error)
}

// DefaultMaxBytes is the largest body taken where Options.MaxBytes is 0.
const DefaultMaxBytes = 1 << 20

// Options configures a handler.
type Options struct {
	// Ingester gets the alerts. An error that is incident.ErrInvalid refuses
	// the body; any other asks the sender to repeat it. Required.
	Ingester Ingester

	// Tenant says which tenant a request is for, by its path, host or
	// credentials. ErrUnknownTenant refuses the request; any other error, and
	// an empty tenant, ask the sender to repeat it. It does not read the body.
	// Required.
	Tenant func(*http.Request) (string, error)

	// Actor is who the alerts are recorded to come from, such as
	// {Kind: incident.Automation, ID: "alertmanager"}. Required.
	Actor incident.Actor

	// MaxBytes is the largest body taken; 0: DefaultMaxBytes. See the package
	// comment on why not to make it smaller.
	MaxBytes int64

	// Token is what the sender must give as a bearer token. Empty: requests are
	// not authenticated here; Tenant, or what is in front of the handler, does.
	Token string

	// Logger gets each refusal as an error, and what was taken at debug level;
	// nil: none.
	Logger *slog.Logger

	// OnRefused is called for every request that is not answered with 200,
	// before the answer is sent. Its context has the request's values, and goes
	// on when the sender hangs up. May be nil.
	OnRefused func(context.Context, Refusal)
}

// Refusal is a request whose alerts were not taken.
type Refusal struct {
	Status int    // of the answer; the sender repeats what got a 503, and drops all else
	Path   string // within the body; may be empty
	Want   string // what would have been right, as the sender was told
	Err    error  // the cause; may be nil

	Tenant string // empty while it was not known
	Remote string // the sender's network address
	Body   []byte // as much as was read of it; the callee may keep it
}

// Alertmanager returns a handler for Alertmanager's webhooks. It reports
// unusable options as a *FieldError. The handler is safe for concurrent use,
// and never answers 200 before the Ingester has returned.
func Alertmanager(o Options) (http.Handler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnRefused == nil {
		o.OnRefused = func(context.Context, Refusal) {}
	}
	return &handler{o}, nil
}

func (o Options) validate() error {
	switch {
	case o.Ingester == nil:
		return &FieldError{"Options.Ingester", "what takes the alerts, such as an Engine; it is nil"}
	case o.Tenant == nil:
		return &FieldError{"Options.Tenant", "a function that names a request's tenant; it is nil"}
	case o.MaxBytes < 0:
		return &FieldError{"Options.MaxBytes", fmt.Sprintf("0 for 1 MiB, or more bytes than 0, not %d", o.MaxBytes)}
	case strings.ContainsFunc(o.Token, unicode.IsSpace):
		// The line break at the end of a secret file: nobody could send it.
		return &FieldError{"Options.Token", "a token without white space"}
	}
	if wrong, ok := errors.AsType[*incident.FieldError](o.Actor.Validate()); ok {
		return &FieldError{"Options." + wrong.Field, wrong.Want}
	}
	return nil
}

type handler struct{ Options }

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	receipts, refusal := h.take(w, r)
	if refusal != nil {
		refusal.Remote = r.RemoteAddr
		h.refuse(w, r, *refusal)
		return
	}
	h.accept(w, r, receipts)
}

// take does the work of a request: either receipts, or the reason for none.
func (h *handler) take(w http.ResponseWriter, r *http.Request) ([]incident.Receipt, *Refusal) {
	if r.Method != http.MethodPost {
		return nil, &Refusal{Status: http.StatusMethodNotAllowed, Want: "the method POST"}
	}
	if !h.authenticated(r) {
		return nil, &Refusal{Status: http.StatusUnauthorized, Want: "the header Authorization with Bearer and the token"}
	}
	tenant, err := h.Tenant(r)
	switch {
	case errors.Is(err, ErrUnknownTenant):
		return nil, &Refusal{Status: http.StatusNotFound, Want: "a tenant that exists", Err: err}
	case err == nil && tenant == "":
		err = errors.New("intake: Options.Tenant returned an empty tenant")
		fallthrough
	case err != nil:
		return nil, &Refusal{Status: http.StatusServiceUnavailable, Want: "another attempt: the tenant could not be looked up", Err: err}
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBytes))
	if err != nil {
		refusal := &Refusal{Status: http.StatusServiceUnavailable, Want: "another attempt: the body broke off"}
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			refusal = &Refusal{Status: http.StatusRequestEntityTooLarge, Want: fmt.Sprintf("a body of at most %d bytes", h.MaxBytes)}
		}
		refusal.Tenant, refusal.Body, refusal.Err = tenant, body, err
		return nil, refusal
	}
	alerts, err := ParseAlertmanager(body)
	if err != nil {
		refusal := &Refusal{Status: http.StatusBadRequest, Tenant: tenant, Body: body, Err: err}
		if bad, ok := errors.AsType[*BodyError](err); ok {
			refusal.Path, refusal.Want = bad.Path, bad.Want
		}
		return nil, refusal
	}
	receipts, err := h.Ingester.Ingest(r.Context(), tenant, h.Actor, alerts)
	if err != nil {
		refusal := &Refusal{Status: http.StatusServiceUnavailable, Want: "another attempt: the alerts could not be stored", Tenant: tenant, Body: body, Err: err}
		if errors.Is(err, incident.ErrInvalid) {
			refusal.Status, refusal.Want = http.StatusBadRequest, "alerts that can be recorded"
			if bad, ok := errors.AsType[*incident.FieldError](err); ok {
				refusal.Path, refusal.Want = bad.Field, bad.Want
			}
		}
		return nil, refusal
	}
	return receipts, nil
}

// authenticated compares hashes, so that the time it takes tells neither the
// token nor its length.
func (h *handler) authenticated(r *http.Request) bool {
	if h.Token == "" {
		return true
	}
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(strings.TrimSpace(given))), sha256.Sum256([]byte(h.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
