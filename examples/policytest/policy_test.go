package policytest

import (
	_ "embed"
	"flag"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/plan"
)

//go:embed plan.json
var document []byte // the same that the product is built with

var update = flag.Bool("update", false, "write what happens into the stories in testdata")

func readPlan(t *testing.T) *plan.Plan {
	t.Helper()
	p, err := plan.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// start begins an incident of a severity under a policy of the plan, with what else
// is known of it. The urgency follows from the severity, as in the product: without
// it, what waits for the morning would be played as if it did not.
func start(t *testing.T, policy, at, severity string, more ...func(*escalation.Facts)) *escalationtest.Run {
	t.Helper()
	p := readPlan(t)
	ladder, ok := p.Ladder(policy)
	if !ok {
		t.Fatalf("the plan has no policy %s", policy)
	}
	facts := p.Facts(severity)
	for _, add := range more {
		add(&facts)
	}
	return escalationtest.Start(t, escalationtest.Setup{Ladder: ladder, World: p.World(), At: at, Facts: facts})
}

// An incident in the night: the phone rings two minutes after the app, and whoever
// is second is paged five minutes after whoever is first.
func TestNobodySleepsThroughSEV1(t *testing.T) {
	t.Parallel()
	run := start(t, "billing", "2026-03-11 03:00 Europe/Berlin", "SEV1")
	run.Advance(6 * time.Minute)
	run.Acknowledge("ben")
	run.RequireQuiet(19 * time.Minute)
	run.RequireCourse(`
		+0s page ana by push: policy billing, step 1 of 3; schedule primary leads to ana: rotation weekly, turn 10
		+2m tell ana by phone
		+5m page ben by push: policy billing, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to ben: rotation weekly, turn 10
		+6m ben acknowledges
	`)
}

// What is minor does not wake anybody: whoever is on call is paged at nine on Monday, after the
// handoff of that minute.
func TestSEV3WaitsForTheMorning(t *testing.T) {
	t.Parallel()
	run := start(t, "billing", "2026-03-06 17:30 Europe/Berlin", "SEV3") // a Friday
	run.RequireQuiet(63*time.Hour + 29*time.Minute)
	run.Advance(time.Minute)
	page := run.RequirePaged("ana", 63*time.Hour+30*time.Minute)
	if page.Effect.Urgency != escalation.Low {
		t.Errorf("the page is of urgency %s", page.Effect.Urgency)
	}
}

// In the night of 29 March the clocks go forward at 02:00. Five minutes stay five
// minutes.
func TestClocksGoForward(t *testing.T) {
	t.Parallel()
	run := start(t, "billing", "2026-03-29 01:57 Europe/Berlin", "SEV1")
	run.Advance(5 * time.Minute)
	if got := run.Now().Format("15:04"); got != "03:02" {
		t.Errorf("it is %s", got)
	}
	run.RequirePaged("ana", 5*time.Minute)
}

// An acknowledgement holds for an hour. If nothing is heard, whoever acknowledged
// is paged again, and then whoever is second.
func TestSilenceAfterAcknowledgement(t *testing.T) {
	t.Parallel()
	run := start(t, "billing", "2026-03-11 03:00 Europe/Berlin", "SEV1")
	run.Acknowledge("ana")
	run.Advance(time.Hour)
	page := run.RequirePaged("ana", time.Hour)
	if page.Effect.Cause != escalation.Stale {
		t.Errorf("ana is paged because of %s", page.Effect.Cause)
	}
	run.Advance(5 * time.Minute)
	run.RequirePaged("ben", time.Hour+5*time.Minute)
}

// The card processor is paged once our own people have had their time, and is told
// what it needs to know.
func TestCardProcessorIsCalledIn(t *testing.T) {
	t.Parallel()
	run := start(t, "card-payments", "2026-03-11 03:00 Europe/Berlin", "SEV1", func(f *escalation.Facts) {
		f.Labels = map[string]string{"provider": "payco"}
		f.Packet = map[string]string{"merchant-id": "4711"}
	})
	run.Advance(65 * time.Minute)
	run.RequireLine("+1h5m hand over to vendor: policy card-payments, step 5 of 5, round 2: it goes from front-line to vendor; the hand-over packet lacks error-rate")
	run.RequireLine("+1h5m page vendor payco by email")
}

// The stories in testdata read like the runbook. After a change of the plan,
// go test -update writes down what is so now, for a colleague to review.
func TestStories(t *testing.T) {
	t.Parallel()
	p := readPlan(t)
	ladders := map[string]*escalation.Ladder{}
	for policy := range p.Policies() {
		ladders[policy.ID], _ = p.Ladder(policy.ID)
	}
	escalationtest.RunFiles(t, "testdata/*.txt", escalationtest.Files{World: p.World(), Ladders: ladders, Update: *update})
}

// What is promised to customers is proved: at every instant of the year, holidays,
// handoffs and clock changes included.
func TestPromises(t *testing.T) {
	t.Parallel()
	year := escalationtest.Prove(t, readPlan(t).Proof(), "2026-01-05 09:00 Europe/Berlin", "2027-01-05 09:00 Europe/Berlin")
	year.RequireNoGaps()
	year.RequireReaches("SEV1", 1, 0)
	year.RequireReaches("SEV1", 2, 5*time.Minute)
	year.RequireReaches("SEV1", 3, 15*time.Minute)
	year.RequireReaches("SEV3", 1, 65*time.Hour) // a weekend, with the hour by which the clocks go back
	year.RequireNoFindings(proof.Warning)
}
