package incidentkit_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage/memory"
)

const examplePlan = `{
	"format": "incidentkit/plan/v1",
	"name": "Example",
	"severities": [{"id": "SEV1", "name": "Critical"}],
	"people": [
		{"id": "ana", "contacts": [{"channel": "print", "to": "ana"}]},
		{"id": "ben", "contacts": [{"channel": "print", "to": "ben"}]}
	],
	"policies": [{"id": "main", "steps": [
		{"targets": [{"type": "person", "id": "ana"}], "wait": "5m"},
		{"targets": [{"type": "person", "id": "ben"}], "wait": "5m"}
	]}],
	"default_policy": "main",
	"last_resort": {"person": "ben"}
}`

// printer is the shortest notifier there is.
var printer = comms.NotifierFunc(func(_ context.Context, m comms.Message) (comms.Receipt, error) {
	fmt.Printf("to %s: %s\n", m.To.Person, m.Subject)
	return comms.Receipt{}, nil
})

// A store, a way to reach people, a plan: then an incident pages whoever the
// plan says. Here the clock is ours, so that five minutes take no time.
func ExampleNew() {
	ctx := context.Background()
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	engine, err := incidentkit.New(incidentkit.Config{
		Store:     memory.New(memory.Options{Clock: func() time.Time { return now }}),
		Notifiers: map[string]comms.Notifier{"print": printer},
	})
	if err != nil {
		log.Fatal(err)
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	if _, err := engine.SavePlan(ctx, "acme", ana, []byte(examplePlan)); err != nil {
		log.Fatal(err)
	}
	in, err := engine.Do(ctx, incident.Command{
		Tenant: "acme", Actor: ana,
		Action: incident.Open{Declare: true, Title: "Payments fail", Severity: "SEV1"},
	})
	if err != nil {
		log.Fatal(err)
	}

	for range 2 { // a service calls engine.Run, which does this by itself
		for {
			if report, err := engine.Step(ctx); err != nil || report.Claimed == 0 {
				break
			}
		}
		now = now.Add(5 * time.Minute)
	}

	ben := incident.Actor{Kind: incident.Person, ID: "ben"}
	in, err = engine.Do(ctx, incident.Command{Tenant: "acme", Incident: in.ID, Actor: ben, Action: incident.Acknowledge{}})
	fmt.Println(in.Status, in.AcknowledgedAt.Format(time.TimeOnly), err)
	// Output:
	// to ana: [SEV1] Payments fail
	// to ben: [SEV1] Payments fail
	// active 03:10:00 <nil>
}

// What the configuration lacks is named.
func ExampleNew_invalid() {
	_, err := incidentkit.New(incidentkit.Config{Store: memory.New(memory.Options{})})
	fmt.Println(err)
	// Output: incidentkit: Config.Notifiers: want at least one notifier: without any, nobody can be paged
}

// Alerts with one key find their way to one incident.
func ExampleEngine_Ingest() {
	ctx := context.Background()
	engine := exampleEngine(ctx)
	monitor := incident.Actor{Kind: incident.Automation, ID: "monitor"}
	alert := incident.Alert{
		Source: "monitor", DedupKey: "checkout-errors", Fingerprint: "eu",
		Status: incident.Firing, Summary: "38 % of payments fail",
	}
	for range 2 {
		receipts, err := engine.Ingest(ctx, "acme", monitor, []incident.Alert{alert})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(receipts[0].Action, receipts[0].Incident)
		alert.Fingerprint = "us"
	}
	// Output:
	// opened inc-1
	// attached inc-1
}

// The lifecycle refuses what makes no sense, and says what would.
func ExampleEngine_Do_refused() {
	ctx := context.Background()
	engine := exampleEngine(ctx)
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	in, err := engine.Do(ctx, incident.Command{Tenant: "acme", Actor: ana, Action: incident.Open{Title: "Odd numbers in a report"}})
	if err != nil {
		log.Fatal(err)
	}
	_, err = engine.Do(ctx, incident.Command{Tenant: "acme", Incident: in.ID, Actor: ana, Action: incident.Accept{}})
	var refused *incident.RefusedError
	fmt.Println(errors.As(err, &refused), refused.Status, refused.Action, refused.Unmet)
	fmt.Println(err)
	// Output:
	// true triage accept [severity-set]
	// incident: accept is refused while triage; it needs a severity: set one first, or with this command (severity-set)
}

// People answer pages with commands. Here ana is paged, cannot take care, and says
// so: the next step does not wait.
func ExampleEngine_Do_declinePage() {
	ctx := context.Background()
	engine := exampleEngine(ctx)
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	in, err := engine.Do(ctx, incident.Command{Tenant: "acme", Actor: ana, Action: incident.Open{Declare: true, Title: "Payments fail", Severity: "SEV1"}})
	if err != nil {
		log.Fatal(err)
	}
	work(ctx, engine)
	_, err = engine.Do(ctx, incident.Command{Tenant: "acme", Incident: in.ID, Actor: ana, Action: incident.DeclinePage{Reason: "no signal"}})
	if err != nil {
		log.Fatal(err)
	}
	work(ctx, engine)
	// Output:
	// to ana: [SEV1] Payments fail
	// to ben: [SEV1] Payments fail
}

// The auditor finds an escalation that has not gone on, here because nothing was
// running for seven minutes, and tells somebody by another path.
func ExampleEngine_Audit() {
	ctx := context.Background()
	now := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	engine, err := incidentkit.New(incidentkit.Config{
		Store:     memory.New(memory.Options{Clock: func() time.Time { return now }}),
		Notifiers: map[string]comms.Notifier{"print": printer},
		Tenants:   func(context.Context) ([]string, error) { return []string{"acme"}, nil },
		NewID:     func() string { return "inc-1" },
		Alarm: func(_ context.Context, a incidentkit.Alarm) error {
			fmt.Println("alarm:", a.Kind, a.Late)
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	if _, err := engine.SavePlan(ctx, "acme", ana, []byte(examplePlan)); err != nil {
		log.Fatal(err)
	}
	_, err = engine.Do(ctx, incident.Command{Tenant: "acme", Actor: ana, Action: incident.Open{Declare: true, Title: "Payments fail", Severity: "SEV1"}})
	if err != nil {
		log.Fatal(err)
	}
	work(ctx, engine)
	now = now.Add(7 * time.Minute)
	report, err := engine.Audit(ctx)
	fmt.Println(report.Looked, report.Alarms, report.Mended, err)
	work(ctx, engine)
	// Output:
	// to ana: [SEV1] Payments fail
	// alarm: overdue 2m0s
	// to ben: ALARM: paging for incident inc-1 is stuck
	// 1 1 1 <nil>
	// to ben: [SEV1] Payments fail
}

// work does what is due.
func work(ctx context.Context, engine *incidentkit.Engine) {
	for {
		if report, err := engine.Step(ctx); err != nil || report.Claimed == 0 {
			return
		}
	}
}

func exampleEngine(ctx context.Context) *incidentkit.Engine {
	n := 0
	engine, err := incidentkit.New(incidentkit.Config{
		Store:     memory.New(memory.Options{}),
		Notifiers: map[string]comms.Notifier{"print": printer},
		NewID:     func() string { n++; return fmt.Sprintf("inc-%d", n) },
	})
	if err != nil {
		log.Fatal(err)
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	if _, err := engine.SavePlan(ctx, "acme", ana, []byte(examplePlan)); err != nil {
		log.Fatal(err)
	}
	return engine
}
