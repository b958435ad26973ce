package terminal_test

import (
	"context"
	"fmt"
	"os"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/terminal"
)

func ExampleNew() {
	notifier, err := terminal.New(terminal.Options{Writer: os.Stdout, Color: terminal.Never})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = notifier.Notify(context.Background(), comms.Message{
		Key:      "inc-7/run-1/round-1/step-1/ana/terminal",
		Tenant:   "acme",
		Incident: "inc-7",
		To:       comms.Address{Person: "ana", Name: "Ana Diaz", Channel: "terminal"},
		Subject:  "Checkout: 12% of payments fail",
		Body:     "Since 10:29 UTC, on shop-eu.",
		Severity: "sev1",
		Attempt:  1,
		Reason:   comms.Reason{Text: "Ana is primary this week; the policy \"payments\" pages the primary at once."},
	})
	if err != nil {
		fmt.Println(comms.Classify(err), err)
	}
	// Output:
	// === PAGE === severity sev1 ===================================================
	//   Checkout: 12% of payments fail
	//
	//   | Since 10:29 UTC, on shop-eu.
	//
	// to        Ana Diaz (ana) by terminal
	// why       Ana is primary this week; the policy "payments" pages the primary at once.
	// incident  inc-7 (tenant acme)
	// key       inc-7/run-1/round-1/step-1/ana/terminal (attempt 1)
	// ==============================================================================
}
