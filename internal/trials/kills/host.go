//go:build linux || darwin

package kills

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
)

// Host is what the ISV's service does in a world: it takes alerts in, saves plans,
// and passes on what people answer to their pages. It keeps what it asked for and
// what it was told, and asks again until it is told something.
type Host struct {
	engine  *incidentkit.Engine
	log     *logbook
	tenants []string
	began   time.Time

	mu         sync.Mutex
	acts       []oracle.Act
	saved      map[string][]oracle.Plan // by tenant; the first is version 1
	waiting    map[incident.ID]bool     // nobody has been reached so far
	unforeseen []string                 // refusals that should not have been
}

const hostName = "host"

func newHost(store Store, log *logbook, tenants []string) (*Host, error) {
	h := &Host{
		log: log, tenants: tenants, began: time.Now().UTC().Truncate(time.Second),
		saved: map[string][]oracle.Plan{}, waiting: map[incident.ID]bool{},
	}
	nobody := comms.NotifierFunc(func(_ context.Context, m comms.Message) (comms.Receipt, error) {
		h.wrong("the host's engine, which does not run, sent %s", m.Key)
		return comms.Receipt{}, nil
	})
	var err error
	t := &teller{worker: hostName, life: 1, out: log.write}
	h.engine, err = incidentkit.New(incidentkit.Config{
		Store: watch(store, &halter{}, t.tell), Worker: hostName,
		Notifiers: map[string]comms.Notifier{"sms": nobody, "push": nobody},
	})
	return h, err
}

func (h *Host) wrong(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unforeseen = append(h.unforeseen, fmt.Sprintf(format, args...))
}

// do carries out an act, again and again until the outcome is certain, and keeps
// each attempt. It is false where ctx ended before.
func (h *Host) do(ctx context.Context, act oracle.Act, call func(context.Context, *oracle.Act) error) bool {
	for {
		try := act
		try.Replica, try.Begun = hostName, oracle.Moment{At: time.Now()}
		limited, cancel := context.WithTimeout(ctx, 3*time.Second)
		err := call(limited, &try)
		cancel()
		try.Ended, try.Result = oracle.Moment{At: time.Now()}, resultOf(err)
		h.mu.Lock()
		h.acts = append(h.acts, try)
		h.mu.Unlock()
		if try.Result != oracle.Uncertain {
			if err != nil && !errors.Is(err, incident.ErrRefused) {
				h.wrong("%s of %s %s: %v", act.Kind, act.Tenant, act.Incident, err)
			}
			return err == nil
		}
		if !rest(ctx, 100*time.Millisecond) {
			return false
		}
	}
}

func resultOf(err error) oracle.Result {
	switch {
	case err == nil:
		return oracle.OK
	case errors.Is(err, incident.ErrRefused), errors.Is(err, incident.ErrInvalid), errors.Is(err, incident.ErrForbidden),
		errors.Is(err, incident.ErrCorrupt), errors.Is(err, incidentkit.ErrNotFound), errors.Is(err, incidentkit.ErrNoPlan):
		return oracle.Rejected
	}
	return oracle.Uncertain
}

// savePlan saves the next version of a tenant's plan: another person is on call
// instead of the one whose turn it is.
func (h *Host) savePlan(ctx context.Context, tenant string) bool {
	h.mu.Lock()
	n := len(h.saved[tenant])
	h.mu.Unlock()
	plan := planOf(tenant, n, h.began)
	act := oracle.Act{Kind: "save_plan", Tenant: tenant, Actor: "admin"}
	return h.do(ctx, act, func(ctx context.Context, a *oracle.Act) error {
		ref, err := h.engine.SavePlan(ctx, tenant, incident.Actor{Kind: incident.Person, ID: "admin"}, plan.Document())
		if err != nil {
			return err
		}
		a.Version = ref.Version
		h.mu.Lock()
		defer h.mu.Unlock()
		if ref.Version != uint64(n)+1 {
			h.unforeseen = append(h.unforeseen, fmt.Sprintf("plan %d of %s was saved as version %d", n+1, tenant, ref.Version))
		}
		h.saved[tenant] = append(h.saved[tenant], plan)
		return nil
	})
}

// planOf is the nth plan of a tenant, from 0. The policies of all are alike.
func planOf(tenant string, n int, now time.Time) oracle.Plan {
	person := func(name string) oracle.Person {
		id := tenant + "-" + name
		return oracle.Person{ID: id, Contacts: []oracle.Contact{{Channel: "push", To: id + "-phone"}, {Channel: "sms", To: id + "-number"}}}
	}
	ana, ben, chris, dora, lena := person("ana"), person("ben"), person("chris"), person("dora"), person("lena")
	team := []string{ana.ID, ben.ID, chris.ID}
	plan := oracle.Plan{
		Name:   fmt.Sprintf("%s, version %d", tenant, n+1),
		People: []oracle.Person{ana, ben, chris, dora, lena},
		Schedules: []oracle.Schedule{{
			ID: "primary", Start: now.Add(-30 * time.Minute).Truncate(time.Minute), Turn: time.Hour, Members: team,
		}},
		Teams: []oracle.Team{{ID: "leads", Members: []string{dora.ID, chris.ID}}},
		Policies: []oracle.Policy{{ID: "main", Steps: []oracle.Step{
			{Targets: []oracle.Target{{Type: "schedule", ID: "primary"}}, Wait: time.Second},
			{Targets: []oracle.Target{{Type: "person", ID: ben.ID}}, Wait: time.Second},
			{Targets: []oracle.Target{{Type: "team", ID: "leads"}}, Wait: time.Second},
		}}},
		Routes:        []oracle.Route{{Label: "loud", Value: "yes", Severity: "SEV1"}},
		DefaultPolicy: "main",
		LastResort:    lena.ID,
	}
	if n > 0 {
		plan.Schedules[0].Overrides = []oracle.Override{{
			ID: "cover", Start: now.Add(-time.Hour), End: now.Add(24 * time.Hour), People: []string{team[n%len(team)]},
		}}
	}
	return plan
}

// alert sends the nth alert. Some come twice under one key, and some several at once.
func (h *Host) alert(ctx context.Context, n int) {
	tenant := h.tenants[n%len(h.tenants)]
	alerts := []incident.Alert{alertOf(tenant, n)}
	if n%5 == 0 {
		alerts = append(alerts, alertOf(tenant, n+1_000_000))
	}
	if n%4 == 0 && n > len(h.tenants) {
		alerts = append(alerts, alertOf(tenant, n-len(h.tenants))) // as the one before
	}
	act := oracle.Act{Kind: "ingest", Tenant: tenant, Actor: "monitor"}
	for _, a := range alerts {
		act.Keys = append(act.Keys, a.DedupKey)
	}
	h.do(ctx, act, func(ctx context.Context, a *oracle.Act) error {
		receipts, err := h.engine.Ingest(ctx, tenant, incident.Actor{Kind: incident.Automation, ID: "monitor"}, alerts)
		a.Receipts = receipts
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, r := range receipts {
			if r.Action == incident.Opened {
				h.waiting[r.Incident] = true
			}
		}
		return err
	})
}

func alertOf(tenant string, n int) incident.Alert {
	a := incident.Alert{
		Source: "monitor", DedupKey: fmt.Sprintf("%s-alert-%d", tenant, n), Status: incident.Firing,
		Summary: fmt.Sprintf("%s: alert %d", tenant, n),
	}
	if n%2 == 0 {
		a.Labels = map[string]string{"loud": "yes"}
	}
	return a
}

// busy returns how many incidents there are of which nobody has heard yet.
func (h *Host) busy() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.waiting)
}

// feed sends alerts, and saves a plan now and then, until ctx ends. It does not send
// more while many are waiting: the faults decide how fast the world can be.
func (h *Host) feed(ctx context.Context, every time.Duration, most int) {
	for n := 0; rest(ctx, every); n++ {
		if h.busy() < most {
			h.alert(context.WithoutCancel(ctx), n)
		}
		if n%40 == 39 {
			h.savePlan(context.WithoutCancel(ctx), h.tenants[n/40%len(h.tenants)])
		}
	}
}

// answer has people answer their pages, as they arrive, until ctx ends. What they do
// depends on the incident alone.
func (h *Host) answer(ctx context.Context) {
	var answers sync.WaitGroup
	defer answers.Wait()
	begun := map[string]*Message{}
	arrivals := map[incident.ID]int{}
	for n := 0; ; {
		lines, news := h.log.since(n)
		n += len(lines)
		for _, l := range lines {
			call := fmt.Sprint(l.Worker, l.Life, l.Call)
			switch l.What {
			case SendBegun:
				begun[call] = l.Message
			case Arrived:
				m := begun[call]
				id := incident.ID(m.Incident)
				arrivals[id]++
				times := arrivals[id]
				h.mu.Lock()
				delete(h.waiting, id)
				h.mu.Unlock()
				answers.Go(func() { h.react(ctx, m, times) })
			default:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-news:
		}
	}
}

// react is what the recipient of the nth message about an incident does.
func (h *Host) react(ctx context.Context, m *Message, times int) {
	f := fnv.New32a()
	_, _ = f.Write([]byte(m.Incident))
	var first incident.Action
	switch character := f.Sum32() >> 4 % 8; {
	case character < 4 && times == 1, character < 6 && times == 3:
		first = incident.Acknowledge{}
	case character == 6 && times == 2:
		first = incident.Resolve{Summary: "It was nothing."}
	default:
		return
	}
	person := incident.Actor{Kind: incident.Person, ID: m.Person}
	if h.command(ctx, m, person, first) && f.Sum32()%2 == 0 && first == (incident.Action)(incident.Acknowledge{}) {
		h.command(ctx, m, person, incident.Resolve{Summary: "Mended."})
	}
}

// command sends a command under an operation id of its own.
func (h *Host) command(ctx context.Context, m *Message, actor incident.Actor, action incident.Action) bool {
	name := string(action.Name())
	act := oracle.Act{
		Kind: name, Tenant: m.Tenant, Actor: actor.ID, Incident: incident.ID(m.Incident),
		Operation: fmt.Sprintf("%s by %s of %s", name, actor.ID, m.Incident),
	}
	return h.do(ctx, act, func(ctx context.Context, a *oracle.Act) error {
		in, err := h.engine.Do(ctx, incident.Command{
			Tenant: m.Tenant, Incident: a.Incident, Operation: a.Operation, Actor: actor, Action: action,
		})
		a.Version = in.Version
		return err
	})
}

// history returns the host's part of the history.
func (h *Host) history() []oracle.Act {
	h.mu.Lock()
	defer h.mu.Unlock()
	acts := slices.Clone(h.acts)
	slices.SortStableFunc(acts, func(a, b oracle.Act) int { return a.Begun.At.Compare(b.Begun.At) })
	return acts
}
