package postmortem_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/postmortem"
	"github.com/incidentkit/incidentkit/severity"
)

func ExampleDraft() {
	scale, err := severity.New([]severity.Level{
		{ID: "SEV1", Targets: severity.Targets{Acknowledge: 5 * time.Minute, Mitigate: time.Hour}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// Usually an Engine has recorded the events. Here is an incident in short.
	var in incident.Incident
	var events []incident.Event
	do := func(after time.Duration, action incident.Action) {
		now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC).Add(after)
		decided, err := incident.Decide(in, incident.Command{
			Tenant: "acme", Incident: "inc-7", Action: action,
			Actor: incident.Actor{Kind: incident.Person, ID: "ana"},
		}, incident.Env{Now: now, Severities: scale})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, e := range decided {
			in, _ = incident.Apply(in, e)
		}
		events = append(events, decided...)
	}
	do(0, incident.Open{Declare: true, Title: "Checkout fails", Severity: "SEV1"})
	do(75*time.Minute, incident.Mitigate{Summary: "Rolled back <v813>"})

	draft, err := postmortem.Draft(postmortem.Input{
		Incident: in, Events: events, Severities: scale,
		Now: in.RecordedAt.Add(time.Hour),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, targets, _ := strings.Cut(draft, "## Targets\n\n")
	targets, _, _ = strings.Cut(targets, "## Impact")
	_, timeline, _ := strings.Cut(draft, "## Timeline\n\n")
	timeline, _, _ = strings.Cut(timeline, "## Severity")
	fmt.Println(targets + timeline)
	// Output:
	// What SEV1, the severity as it is now, promises:
	//
	// | Target | Promised | Actual | Result |
	// | --- | --- | --- | --- |
	// | acknowledge | 5m | not done | **missed** |
	// | mitigate | 1h | 1h15m | **missed** |
	//
	// | Entry | Time (UTC) | Who | What | Remarks |
	// | --- | --- | --- | --- | --- |
	// | 1 | 2026-03-02 14:00:00 | person ana | Declared at SEV1: Checkout fails |  |
	// | 2 | 2026-03-02 15:15:00 | person ana | Mitigated: Rolled back &lt;v813&gt; |  |
}
