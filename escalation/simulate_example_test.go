package escalation_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// What happens at 3 a.m. if the push service is down, and ana sleeps through her
// phone? Ben, who is next, acknowledges what reaches him.
func ExampleSimulate() {
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 10 * time.Minute},
		{Targets: []escalation.Target{escalation.Person("ben")}, Wait: 10 * time.Minute},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	course := escalation.Simulate(escalation.Setting{
		Ladder: ladder,
		Start:  time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC),
		World: escalation.World{People: map[string]escalation.Responder{
			"ana": {
				Person: oncall.Person{ID: "ana"}, Channels: []string{"push", "phone"},
				Rules: escalation.Rules{High: []escalation.Notification{{Channel: "push"}, {Channel: "phone", After: 5 * time.Minute}}},
			},
			"ben": {Person: oncall.Person{ID: "ben"}, Channels: []string{"phone"}},
		}},
		Broken:    []string{"push"},
		Behaviour: escalation.AckAfter(90*time.Second, "ben"),
	})
	fmt.Print(course)
	for _, reached := range course.Paged() {
		fmt.Println(reached.Person, "is reached after", reached.After)
	}
	// Output:
	// Mon 2026-03-02 UTC
	//       +0s  03:00     1.1  page     ana  push   policy checkout, step 1 of 2; it names ana; the channel does not take it
	//       +0s  03:00     1.1  message  ana  phone  in place of push, which failed
	//       +5m  03:05     1.1  message  ana  phone  again, as nobody has answered the page of step 1
	//      +10m  03:10     1.2  page     ben  phone  policy checkout, step 2 of 2, because nobody answered step 1 within 10m; it names ben
	//   +11m30s  03:11:30       answer   ben         acknowledge
	// ends acknowledged by ben
	// ana is reached after 0s
	// ben is reached after 10m0s
}

// Somebody declines, and somebody else wakes up only when the second round comes.
func ExampleReact() {
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Repeat: 1, Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana"), escalation.Person("ben")}, Wait: 10 * time.Minute},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	course := escalation.Simulate(escalation.Setting{
		Ladder: ladder,
		Start:  time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC),
		Behaviour: escalation.React(map[string][]escalation.Reaction{
			"ana": {{Kind: escalation.Decline, After: time.Minute}},
			"ben": {{Kind: escalation.Acknowledge, After: 2 * time.Minute, Round: 2}},
		}),
	})
	for _, m := range course.Moments {
		fmt.Println(m.At.Format("15:04"), m.Person(), m.Action())
	}
	// Output:
	// 03:00 ana page
	// 03:00 ben page
	// 03:01 ana answer
	// 03:10  repeat
	// 03:10 ana page
	// 03:10 ben page
	// 03:11 ana answer
	// 03:12 ben answer
}

// The push service is down: the phone rings at once, and not only after five
// minutes.
func ExampleResponder_NextNotice() {
	ana := escalation.Responder{
		Person: oncall.Person{ID: "ana"}, Channels: []string{"push", "phone"},
		Rules: escalation.Rules{High: []escalation.Notification{{Channel: "push"}, {Channel: "phone", After: 5 * time.Minute}}},
	}
	page := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	var sent []escalation.Sent
	for {
		next, ok := ana.NextNotice(page, escalation.High, sent)
		if !ok {
			break
		}
		failed := next.Channel == "push"
		fmt.Println(next.At.Format("15:04"), next.Channel, "failed:", failed)
		sent = append(sent, escalation.Sent{Notice: next, Failed: failed})
	}
	fmt.Println("undelivered:", ana.Undelivered(sent))
	// Output:
	// 03:00 push failed: true
	// 03:00 phone failed: false
	// 03:05 phone failed: false
	// undelivered: false
}

// A storm of pages becomes two messages: the first goes at once, the second when ten
// minutes have passed.
func ExampleRules_Bundles() {
	rules := escalation.Rules{Bundle: 10 * time.Minute}
	start := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	var pages []escalation.BundlePage
	for minute := range 8 {
		pages = append(pages, escalation.BundlePage{At: start.Add(time.Duration(minute) * time.Minute), Urgency: escalation.High})
	}
	for _, b := range rules.Bundles(pages) {
		fmt.Println(b.At.Format("15:04"), len(b.Pages))
	}
	// Output:
	// 03:00 1
	// 03:10 7
}

// Nobody knows what people will do; the same seed does the same again.
func ExampleRandom() {
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Repeat: 2, Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana"), escalation.Person("ben")}, Wait: 10 * time.Minute},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ends := map[escalation.State]int{}
	for seed := range uint64(1000) {
		ends[escalation.Simulate(escalation.Setting{
			Ladder: ladder, Start: time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC), Behaviour: escalation.Random(seed),
		}).Progress.State]++
	}
	fmt.Println(ends)
	// Output: map[acknowledged:731 exhausted:269]
}
