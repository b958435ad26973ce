package severity_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/severity"
)

func ExampleNew() {
	scale, err := severity.New([]severity.Level{
		{ID: "SEV1", Name: "Critical", Description: "Customers cannot use the service.", Review: true},
		{ID: "SEV2", Name: "Major", Description: "Customers are hindered, and have no workaround."},
		{ID: "SEV3", Name: "Minor", Description: "Customers are hindered, and have a workaround."},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	worst, _ := scale.Worst("SEV3", "SEV2")
	fmt.Println(worst.Name)

	page, _ := scale.AtLeast("SEV3", "SEV2")
	fmt.Println("page at night:", page)

	_, err = scale.Level("P1")
	fmt.Println(err)
	// Output:
	// Major
	// page at night: false
	// severity: unknown level "P1" (want one of: SEV1, SEV2, SEV3)
}

// Every problem is reported, each at its field.
func ExampleValidate() {
	for _, err := range severity.Validate([]severity.Level{
		{ID: "SEV1", Targets: severity.Targets{Acknowledge: 30 * time.Minute}},
		{ID: "SEV2", Targets: severity.Targets{Acknowledge: 15 * time.Minute}},
		{ID: "SEV2"},
	}) {
		fmt.Println(err)
	}
	// Output:
	// severity: levels[2].id: want an id used once, not "SEV2" again
	// severity: levels[0].targets.acknowledge: want at most 15m0s, what the milder "SEV2" promises, not 30m0s
}

func ExampleTargets_Clocks() {
	promised := severity.Targets{
		Acknowledge: 5 * time.Minute,
		FirstUpdate: 15 * time.Minute,
		Mitigate:    4 * time.Hour,
	}
	opened := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	now := opened.Add(20 * time.Minute)

	clocks := promised.Clocks(severity.Moments{Opened: opened, Acknowledged: opened.Add(3 * time.Minute)})
	for _, c := range clocks {
		if c.Promised != 0 {
			fmt.Printf("%-12s by %s: %s\n", c.Target, c.Deadline().Format("15:04"), c.State(now))
		}
	}
	// Output:
	// acknowledge  by 14:05: met
	// first update by 14:15: missed
	// mitigate     by 18:00: running
}
