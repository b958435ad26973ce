package proof_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

// Somebody has put an override into the primary schedule that leaves nobody on call
// on Saturday night. The proof finds it before an incident does.
func ExampleVerify() {
	friday := time.Date(2026, 6, 5, 0, 0, 0, 0, time.UTC)
	primary, err := oncall.Compile(oncall.Schedule{
		ID: "primary", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{ID: "weekly", Start: oncall.Local(2026, 6, 1, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana", "ben")}},
		Overrides: []oncall.Override{{ID: "wedding", Start: friday.Add(44 * time.Hour), End: friday.Add(56 * time.Hour)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := proof.Plan{
		Policies: []escalation.Policy{{
			ID: "checkout",
			Steps: []escalation.Step{
				{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 10 * time.Minute},
				{Targets: []escalation.Target{escalation.Person("cleo")}, Wait: 10 * time.Minute},
			},
			Final: escalation.Final{Targets: []escalation.Target{escalation.Person("dan")}},
		}},
		Schedules:  []*oncall.Rota{primary},
		Severities: []proof.Severity{{ID: "SEV1", Within: 5 * time.Minute, Policies: []string{"checkout"}}},
	}
	report, err := proof.Verify(plan, friday, friday.AddDate(0, 0, 7))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	fmt.Println("failed:", report.Failed())
	// Output:
	// severity  policy    1st person  2nd  3rd    worst for incidents at
	// SEV1      checkout  0s          10m  never  Fri 2026-06-05 00:00 UTC
	//
	// error coverage_gap /policies/0/steps/0 SEV1
	//   from Sat 2026-06-06 20:00 UTC until Sun 2026-06-07 08:00 UTC, step 1 of policy checkout pages nobody: nobody is on call on schedule primary
	// warning single_point_of_failure /policies/0 SEV1
	//   incidents of SEV1 that begin from Sat 2026-06-06 20:00 UTC until Sun 2026-06-07 08:00 UTC reach only one human (cleo), and after that only the last resort
	// 1 error, 1 warning, 0 remarks
	// failed: true
}
