// First is the shortest useful program: it declares an incident, and pages
// whoever the plan says.
package main

import (
	"context"
	"log"
	"os"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/terminal"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage/memory"
)

const plan = `{
  "format": "incidentkit/plan/v1", "name": "First",
  "severities": [{"id": "SEV1", "name": "Critical"}],
  "people": [{"id": "ana", "contacts": [{"channel": "terminal", "to": "ana"}]}],
  "policies": [{"id": "main", "steps": [{"targets": [{"type": "person", "id": "ana"}], "wait": "5m"}]}],
  "default_policy": "main", "last_resort": {"person": "ana"}
}`

func main() {
	ctx := context.Background()
	console := must(terminal.New(terminal.Options{Writer: os.Stdout}))
	engine := must(incidentkit.New(incidentkit.Config{
		Store:     memory.New(memory.Options{}), // a service uses postgres.Open or sqlite.Open
		Notifiers: map[string]comms.Notifier{"terminal": console},
	}))
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	must(engine.SavePlan(ctx, "acme", ana, []byte(plan)))
	must(engine.Do(ctx, incident.Command{
		Tenant: "acme", Actor: ana,
		Action: incident.Open{Declare: true, Title: "Payments fail", Severity: "SEV1"},
	}))
	must(engine.Step(ctx)) // a service calls engine.Run instead
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
