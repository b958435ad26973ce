package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// Config is what an Engine works with. Store and Notifiers are required; the
// zero value of everything else is a sensible default.
type Config struct {
	// Store keeps everything. Its clock is the engine's clock.
	Store storage.Store

	// Notifiers reach people, by the name of the channel: the one that the
	// contacts in the plan use, such as "sms".
	Notifiers map[string]comms.Notifier

	// Directory knows people whom the plan does not list. May be nil.
	Directory Directory

	// PlanTenant is the tenant whose plan serves every tenant that has saved
	// none of its own. Empty: each tenant needs one.
	PlanTenant string

	// Alarm is told what the pages may not have told: an escalation that is overdue or
	// cannot be read, a policy that is exhausted. It should reach a human by a path
	// that depends neither on the store nor on the notifiers, such as another
	// company's service. An error means that nobody was told: it is called again.
	// It must be safe for concurrent use, and has NotifyTimeout. Nil: the last resort
	// is told, by the notifiers.
	Alarm func(ctx context.Context, a Alarm) error

	// Tenants lists the tenants whose incidents the auditor looks at (see
	// Engine.Audit). Nil: those that the store lists, where it can (see
	// storage.TenantLister), and those that this engine has worked for.
	Tenants func(ctx context.Context) ([]string, error)

	// Overdue is how late something in an escalation may be before the auditor
	// raises the alarm. Lease to 1h; 0: a minute and Lease.
	Overdue time.Duration

	// Logger gets structured logs. Nil: none are written.
	Logger *slog.Logger

	// Link returns where people find an incident in the host's product; pages say
	// it. Nil: they do not. It must be safe for concurrent use.
	Link func(tenant string, id incident.ID) string

	// Worker names this engine among those that share the store, in logs. Empty:
	// the host's name and the process id.
	Worker string

	// Lease is how long a claimed task is this worker's alone; after a crash it
	// is taken up again when the lease ends. At a third of it, it is renewed, and at
	// two thirds without that the work stops. 100ms to 1h; 0: 30s.
	Lease time.Duration

	// NotifyTimeout limits one attempt to notify. 10ms to 5m: while it goes on, the
	// lease is renewed. 0: a third of Lease, at most 10s.
	NotifyTimeout time.Duration

	// Poll is the longest that Run sleeps before it looks for due tasks of
	// other replicas. 1ms to 1m; 0: 1s.
	Poll time.Duration

	// Workers is how many tasks Run does side by side, so that a slow channel does
	// not hold up the others. 1 to 1000; 0: 32.
	Workers int

	// TenantWorkers is how many of them work for one tenant at most, so that no storm
	// of one keeps the others waiting. 1 to Workers; 0: three quarters of Workers.
	TenantWorkers int

	// ChannelWorkers is how many sends go over one channel side by side, of this
	// engine. A page beyond them waits for about a second. 1 to 1000; 0: half of
	// Workers, so that a channel that hangs leaves some to the others, also of those
	// that one tenant may have.
	ChannelWorkers int

	// Canary asks for a synthetic incident now and then. Nil: there is none.
	Canary *Canary

	// Batch is how many tasks are claimed at once, by Run and by Step, which does
	// them side by side. 1 to 1000; 0: 8.
	Batch int

	// NewID makes the ids of incidents: unique, 1 to 128 bytes, best in
	// ascending order. Nil: UUIDs of version 7.
	NewID func() string
}

// Directory looks up people in the host's own system.
//
// Implementations are safe for concurrent use.
type Directory interface {
	// Person returns the person with the id, ErrNotFound where there is none,
	// or another error where it cannot tell. In the last case the engine falls
	// back on the people in the plan.
	Person(ctx context.Context, tenant, id string) (plan.Person, error)
}

// Engine runs incidents. It is safe for concurrent use, and any number of
// engines may share one store.
type Engine struct {
	cfg   Config
	store storage.Store
	log   *slog.Logger
	plans planCache

	audits auditor
	bell   bell
	lines  lines
	canary trial
	record record

	poke  chan struct{} // wakes Run up when something has become due
	pause func(context.Context, time.Duration)
}

// New returns an engine, or a *ConfigError that names the field at fault. It
// does not touch the store.
func New(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return build(cfg), nil
}

// With returns an engine like this one on another store: on the same one within a
// transaction of the host's, for one. It shares nothing with this one but its
// configuration. The store must not be nil.
func (e *Engine) With(store storage.Store) *Engine {
	cfg := e.cfg
	cfg.Store = store
	return build(cfg)
}

// build makes an engine of a configuration that has been checked.
func build(cfg Config) *Engine {
	return &Engine{
		cfg:   cfg,
		store: cfg.Store,
		log:   cfg.Logger,
		plans: planCache{byRef: map[incident.PlanRef]*plan.Plan{}},
		poke:  make(chan struct{}, 1),
		pause: func(ctx context.Context, d time.Duration) { timing.From(ctx).Sleep(ctx, d) },
	}
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Worker == "" {
		host, _ := os.Hostname()
		c.Worker = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	if c.Lease == 0 {
		c.Lease = 30 * time.Second
	}
	if c.NotifyTimeout == 0 {
		c.NotifyTimeout = min(c.Lease/3, 10*time.Second)
	}
	if c.Overdue == 0 {
		c.Overdue = min(time.Minute+c.Lease, time.Hour)
	}
	if c.Poll == 0 {
		c.Poll = time.Second
	}
	if c.Workers == 0 {
		c.Workers = 32
	}
	if c.TenantWorkers == 0 {
		c.TenantWorkers = max(1, c.Workers*3/4)
	}
	if c.ChannelWorkers == 0 {
		c.ChannelWorkers = max(1, c.Workers/2)
	}
	if c.Batch == 0 {
		c.Batch = 8
	}
	c.Canary = c.Canary.withDefaults()
	if c.NewID == nil {
		c.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	return c
}

func (c Config) validate() error {
	if c.Store == nil {
		return &ConfigError{"Store", "a store, such as postgres.Open, sqlite.Open or memory.New; it is nil"}
	}
	if len(c.Notifiers) == 0 {
		return &ConfigError{"Notifiers", "at least one notifier: without any, nobody can be paged"}
	}
	for channel, n := range c.Notifiers {
		if channel == "" {
			return &ConfigError{"Notifiers", "a channel name for every notifier; one is empty"}
		}
		if n == nil {
			return &ConfigError{fmt.Sprintf("Notifiers[%q]", channel), "a notifier; it is nil"}
		}
	}
	if c.PlanTenant != "" && checkStream("", storage.Stream{Tenant: c.PlanTenant, ID: streamPlan}) != nil {
		return &ConfigError{"PlanTenant", fmt.Sprintf("the id of a tenant: printable UTF-8 of at most %d bytes, not %q", storage.MaxNameLen, c.PlanTenant)}
	}
	for _, check := range []struct {
		field        string
		got, lo, top time.Duration
	}{
		{"Lease", c.Lease, 100 * time.Millisecond, time.Hour},
		{"NotifyTimeout", c.NotifyTimeout, 10 * time.Millisecond, 5 * time.Minute},
		{"Poll", c.Poll, time.Millisecond, time.Minute},
		{"Overdue", c.Overdue, c.Lease, time.Hour},
	} {
		if check.got < check.lo || check.got > check.top {
			return &ConfigError{check.field, fmt.Sprintf("%s to %s, not %s", check.lo, check.top, check.got)}
		}
	}
	for _, check := range []struct {
		field    string
		got, top int
	}{
		{"Workers", c.Workers, 1000},
		{"TenantWorkers", c.TenantWorkers, c.Workers},
		{"ChannelWorkers", c.ChannelWorkers, 1000},
		{"Batch", c.Batch, storage.MaxClaim},
	} {
		if check.got < 1 || check.got > check.top {
			return &ConfigError{check.field, fmt.Sprintf("1 to %d, not %d", check.top, check.got)}
		}
	}
	return c.Canary.validate()
}

// channels returns the names of the notifiers, for messages.
func (c Config) channels() string {
	return strings.Join(slices.Sorted(maps.Keys(c.Notifiers)), ", ")
}

// Conditions that the engine reports, besides those of package incident. Test
// for them with errors.Is.
var (
	// ErrNotFound: there is no such incident, person or plan for this tenant.
	ErrNotFound = errors.New("incidentkit: not found")

	// ErrNoPlan: neither the tenant nor Config.PlanTenant has saved a plan.
	ErrNoPlan = errors.New("incidentkit: no response plan has been saved")

	// ErrConfig: the configuration is not usable; the *ConfigError says why.
	ErrConfig = errors.New("incidentkit: configuration")

	// ErrBusy: the incident changed so often that this call never got through.
	// Try again.
	ErrBusy = errors.New("incidentkit: too many changes at once")
)

// ConfigError names a field of the configuration and what would be right in it.
// It is ErrConfig.
type ConfigError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *ConfigError) Error() string { return "incidentkit: Config." + e.Field + ": want " + e.Want }

// Is reports whether target is ErrConfig.
func (e *ConfigError) Is(target error) bool { return target == ErrConfig }

// self is the actor of what the engine does of its own accord.
var self = incident.Actor{Kind: incident.Automation, ID: "incidentkit"}
