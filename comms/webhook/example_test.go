package webhook_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/webhook"
)

func ExampleNew() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("received", r.Header.Get("Idempotency-Key"), "attempt", r.Header.Get("Incidentkit-Attempt"))
		fmt.Fprint(w, `{"id": "msg_42"}`)
	}))
	defer receiver.Close()

	notifier, err := webhook.New(webhook.Options{
		Secret:        []byte("32 bytes shared with the receiver"),
		AllowInsecure: true, // the receiver of this example has no certificate
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := notifier.Notify(context.Background(), comms.Message{
		Key:      "inc-7/run-1/round-1/step-1/ana/webhook",
		Tenant:   "acme",
		Incident: "inc-7",
		To:       comms.Address{Person: "ana", Channel: "webhook", To: receiver.URL},
		Subject:  "Checkout: 12% of payments fail",
		Attempt:  1,
	})
	fmt.Println(receipt.ID, comms.Classify(err))
	// Output:
	// received inc-7/run-1/round-1/step-1/ana/webhook attempt 1
	// msg_42 delivered
}

// Where customers set the URL, a request must not reach the vendor's network.
func ExamplePublicOnly() {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: webhook.PublicOnly}
	notifier, err := webhook.New(webhook.Options{
		Client: &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = notifier.Notify(context.Background(), comms.Message{
		Key: "k", Tenant: "acme", Incident: "inc-7", Subject: "Checkout fails", Attempt: 1,
		To: comms.Address{Person: "ana", Channel: "webhook", To: "https://169.254.169.254/latest/meta-data"},
	})
	fmt.Println(comms.Classify(err))
	// Output: refused
}
