package commstest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
)

// A test of paging code scripts what each channel does, and looks afterwards at
// who has what.
func ExampleRecorder() {
	var phone commstest.Recorder
	phone.Script(commstest.Match{Person: "ana"}, commstest.Fail(30*time.Second), commstest.LoseAnswer())

	for attempt := 1; attempt <= 3; attempt++ {
		_, err := phone.Notify(context.Background(), comms.Message{
			Key: "inc-7/step-1/ana", Tenant: "acme", Incident: "inc-7", Subject: "Checkout fails", Attempt: attempt,
			To: comms.Address{Person: "ana", Channel: "phone"},
		})
		fmt.Println(attempt, comms.Classify(err))
	}
	fmt.Println("ana's phone rang", len(phone.To("ana")), "times")
	// Output:
	// 1 failed
	// 2 unknown
	// 3 delivered
	// ana's phone rang 2 times
}

// A notifier's own test hands the suite a way to make one, and as many holds of
// the far end as it can give. In a test function this is commstest.Run(t, h).
func ExampleChecks() {
	var far commstest.Recorder
	h := commstest.Harness{
		New: func(commstest.T) (comms.Notifier, comms.Address) {
			return &far, comms.Address{To: "+15550100"}
		},
		Refuse: func() { far.Always(commstest.Match{}, commstest.Refuse()) },
	}
	for _, c := range commstest.Checks() {
		if missing := c.Missing(h); missing != "" {
			fmt.Println(c.Name, "needs", missing)
		}
	}
	// Output:
	// key-carried needs Harness.Received with CarriesKey
	// overloaded needs Harness.Overload
	// unreachable needs Harness.Cut
	// no-answer needs Harness.Hang
}
