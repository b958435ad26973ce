package incidentio_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/oncall"
)

func ExampleImport() {
	schedule := `{"schedule": {
	  "id": "web", "name": "Web", "timezone": "Europe/London",
	  "config": {"rotations": [{
	    "id": "primary", "name": "Primary",
	    "handover_start_at": "2026-01-05T09:00:00Z",
	    "handovers": [{"interval": 1, "interval_type": "weekly"}],
	    "layers": [{"id": "l1", "name": "Layer 1"}],
	    "users": [{"id": "ada"}, {"id": "ben"}],
	    "scheduling_mode": "sequential"
	  }]}
	}}`
	entries := `{"schedule_entries": {"overrides": [{
	  "entry_id": "cover", "rotation_id": "primary", "layer_id": "l1", "user": {"id": "cy"},
	  "start_at": "2026-01-06T12:00:00Z", "end_at": "2026-01-06T18:00:00Z"
	}]}}`
	result, err := incidentio.Import(importers.Options{},
		importers.File{Name: "schedule.json", Data: []byte(schedule)},
		importers.File{Name: "entries.json", Data: []byte(entries)})
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, err := rota.At(time.Date(2026, 1, 6, 15, 0, 0, 0, time.UTC))
	fmt.Println(shift.Person, "by", shift.Rule(), err)
	// Output:
	// cy by override cover of rotation primary <nil>
}

func ExampleImport_path() {
	path := `{"escalation_path": {"id": "urgent", "name": "Urgent", "path": [
	  {"id": "first", "type": "level", "level": {
	    "targets": [{"type": "user", "id": "ada", "urgency": "high"}], "time_to_ack_seconds": 300}},
	  {"id": "second", "type": "level", "level": {
	    "targets": [{"type": "user", "id": "ben", "urgency": "high"}, {"type": "user", "id": "cy", "urgency": "low"}], "time_to_ack_seconds": 600}},
	  {"id": "again", "type": "repeat", "repeat": {"to_node": "second", "repeat_times": 1}}
	]}}`
	result, err := incidentio.Import(importers.Options{}, importers.File{Name: "path.json", Data: []byte(path)})
	if err != nil {
		fmt.Println(err)
		return
	}
	ladder, err := escalation.Compile(result.Policies[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, 1, 6, 15, 0, 0, 0, time.UTC)
	for _, m := range escalation.Simulate(escalation.Setting{Ladder: ladder, Start: start}).Moments {
		if m.Effect.Kind == escalation.Page {
			fmt.Println(m.At.Format("15:04"), m.Effect.Person, m.Effect.Urgency)
		}
	}
	// Output:
	// 15:00 ada high
	// 15:05 ben high
	// 15:05 cy low
	// 15:15 ben high
	// 15:15 cy low
}
