package incidentio_test

import (
	"fmt"
	"time"

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
