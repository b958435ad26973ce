package opsgenie_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
	"github.com/incidentkit/incidentkit/oncall"
)

func ExampleImport() {
	document := `{"data": {
	  "id": "web", "name": "Web", "timezone": "Europe/Berlin", "enabled": true,
	  "rotations": [{
	    "id": "office", "startDate": "2026-01-05T08:00:00Z", "type": "weekly", "length": 1,
	    "participants": [
	      {"type": "user", "id": "ada", "username": "ada@example.com"},
	      {"type": "team", "id": "network"}
	    ]
	  }]
	}}`
	result, err := opsgenie.Import(importers.Options{}, importers.File{Name: "web.json", Data: []byte(document)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path)
		fmt.Println(note.Text)
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, err := rota.At(time.Date(2026, 7, 6, 7, 0, 0, 0, time.UTC)) // Monday, 09:00 in Berlin in summer
	fmt.Println(shift.Person, shift.End, err)
	// Output:
	// loss /data/rotations/0/participants/1
	// the document does not say who is on call for the team "network", so nobody is on duty in its turns
	// ada 2026-07-13 09:00:00 +0200 CEST <nil>
}

// The delays of an escalation's rules are counted from its beginning; those of a
// policy's steps from the step before.
func ExampleImport_escalation() {
	document := `{"data": {
	  "id": "web", "name": "Web",
	  "rules": [
	    {"condition": "if-not-acked", "notifyType": "default", "delay": {"timeAmount": 0, "timeUnit": "minutes"}, "recipient": {"type": "user", "id": "ada"}},
	    {"condition": "if-not-acked", "notifyType": "default", "delay": {"timeAmount": 10, "timeUnit": "minutes"}, "recipient": {"type": "user", "id": "ben"}},
	    {"condition": "if-not-closed", "notifyType": "default", "delay": {"timeAmount": 1, "timeUnit": "hours"}, "recipient": {"type": "user", "id": "cleo"}}
	  ],
	  "repeat": {"waitInterval": 30, "count": 2}
	}}`
	result, err := opsgenie.Import(importers.Options{}, importers.File{Name: "web.json", Data: []byte(document)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path)
		fmt.Println(note.Text)
	}
	policy := result.Policies[0]
	for _, step := range policy.Steps {
		fmt.Println(step.Targets[0], step.Wait)
	}
	fmt.Println("repeated", policy.Repeat, "times")
	// Output:
	// loss /data/rules/2/condition
	// the rule pages until the alert is closed; here an acknowledgement ends the run, and then the rule pages nobody
	// person ada 10m0s
	// person ben 50m0s
	// person cleo 30m0s
	// repeated 2 times
}
