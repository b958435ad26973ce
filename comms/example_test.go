package comms_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// A notifier for a channel of one's own is one method. What matters is to say
// exactly what became of the message.
func ExampleNotifierFunc() {
	var gateway interface {
		Send(ctx context.Context, number, text, idempotencyKey string) (id string, status int, err error)
	} = smsGateway{busy: true}

	sms := comms.NotifierFunc(func(ctx context.Context, m comms.Message) (comms.Receipt, error) {
		id, status, err := gateway.Send(ctx, m.To.To, m.Subject, m.Key)
		switch {
		case err != nil:
			return comms.Receipt{}, err // it may have gone out: leave it unmarked
		case status == 429:
			return comms.Receipt{}, comms.Temporary(errors.New("the gateway is busy"), 30*time.Second)
		case status == 404:
			return comms.Receipt{}, comms.Permanent(errors.New("no such number"))
		}
		return comms.Receipt{ID: id}, nil
	})

	_, err := sms.Notify(context.Background(), comms.Message{Key: "inc-7/1", To: comms.Address{To: "+15550100"}, Subject: "Checkout fails"})
	fmt.Println(err)
	fmt.Println(comms.Classify(err))
	// Output:
	// comms: temporary failure (retry after 30s): the gateway is busy
	// failed
}

func ExampleClassify() {
	for _, err := range []error{
		nil,
		comms.Permanent(errors.New("no such number")),
		comms.Temporary(errors.New("connection refused"), 0),
		context.DeadlineExceeded, // after the message was handed over
	} {
		fmt.Println(comms.Classify(err))
	}
	// Output:
	// delivered
	// refused
	// failed
	// unknown
}

func ExampleMessage_Validate() {
	err := comms.Message{Key: "inc-7/1", Tenant: "acme", Incident: "inc-7"}.Validate()
	fmt.Println(err)
	// Output: comms: Message.To.Person: want the id of the person it is for; it is empty
}

func ExampleCleanLine() {
	fmt.Println(comms.CleanLine("disk full\r\n  on db-1\x1b[2J"))
	// Output: disk full on db-1�[2J
}

type smsGateway struct{ busy bool }

func (g smsGateway) Send(context.Context, string, string, string) (string, int, error) {
	if g.busy {
		return "", 429, nil
	}
	return "id", 200, nil
}
