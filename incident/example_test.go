package incident_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// An incident from the alert to the end. The host keeps nothing but the records;
// the time, the ids and the severities come from outside.
func Example() {
	severities, err := severity.New([]severity.Level{
		{ID: "SEV1", Name: "Critical", Review: true, Targets: severity.Targets{ReviewDue: 48 * time.Hour}},
		{ID: "SEV2", Name: "Minor"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	monitor := incident.Actor{Kind: incident.Automation, ID: "alertmanager"}
	clock := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)

	var in incident.Incident
	for _, step := range []struct {
		actor  incident.Actor
		action incident.Action
	}{
		{monitor, incident.Open{Title: "Checkout fails"}},
		{ana, incident.Accept{Severity: "SEV1"}},
		{ana, incident.Mitigate{Summary: "Release 41 is live again."}},
		{ana, incident.Resolve{}},
		{ana, incident.Close{}},
	} {
		events, err := incident.Decide(in, incident.Command{
			Tenant: "acme", Incident: "inc-1", Actor: step.actor, Action: step.action,
		}, incident.Env{Now: clock, Severities: severities})
		if err != nil {
			fmt.Println(err)
			continue
		}
		in, _, err = incident.Seal(in, events) // and store the records
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-9s version %d\n", in.Status, in.Version)
		clock = clock.Add(10 * time.Minute)
	}
	fmt.Println("mitigated after", in.MitigatedAt.Sub(in.Detected()), "- review due", in.Review.Due.Format(time.DateTime))
	// Output:
	// triage    version 1
	// active    version 3
	// mitigated version 4
	// resolved  version 5
	// incident: close is refused while resolved; it needs the review that this severity requires: complete it first (review-complete)
	// mitigated after 20m0s - review due 2026-03-04 14:30:00
}

// What Decide refuses, it explains.
func ExampleDecide() {
	in := incident.Incident{Tenant: "acme", ID: "inc-1", Version: 4, Kind: incident.Standard, Status: incident.Triage}
	decide := func(kind incident.ActorKind, action incident.Action) {
		events, err := incident.Decide(in, incident.Command{
			Tenant: "acme", Incident: "inc-1", Actor: incident.Actor{Kind: kind, ID: "ana"}, Action: action,
		}, incident.Env{Now: time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)})

		var refused *incident.RefusedError
		switch {
		case errors.As(err, &refused):
			fmt.Printf("%s: refused, unmet: %v\n", refused.Action, refused.Unmet)
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Printf("%s: %s\n", action.Name(), events[0].Payload.Type())
		}
	}
	decide(incident.Person, incident.Decline{Reason: "a load test"})
	decide(incident.Person, incident.Decline{})
	decide(incident.Person, incident.Resolve{})
	decide(incident.Customer, incident.Decline{Reason: "works for me"})
	decide(incident.Person, incident.AddNote{})
	// Output:
	// decline: incident.status_changed
	// decline: refused, unmet: [reason-given]
	// resolve: refused, unmet: []
	// incident: customer ana may not decline (allowed: person, vendor)
	// incident: AddNote.Text: want some text; it is empty
}

// Apply never touches the state it is given, so that one may look ahead.
func ExampleApply() {
	in := incident.Incident{
		Tenant: "acme", ID: "inc-1", Version: 4, Kind: incident.Standard, Status: incident.Active,
		Roles: map[incident.Role]string{incident.Commander: "ana"},
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	events := incident.Extend(in, ana, now, time.Time{},
		incident.RoleAssigned{Role: incident.Commander, From: "ana", To: "ben"})

	ahead, err := incident.Apply(in, events[0])
	fmt.Println(in.Version, in.Roles[incident.Commander])
	fmt.Println(ahead.Version, ahead.Roles[incident.Commander], err)
	// Output:
	// 4 ana
	// 5 ben <nil>
}

// A stored stream is the whole truth about an incident, and shows when somebody
// has changed it.
func ExampleReplay() {
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	var in incident.Incident
	var stored [][]byte
	for _, action := range []incident.Action{
		incident.Open{Title: "Checkout fails"},
		incident.AddNote{Text: "Only in Europe."},
		incident.Decline{Reason: "a load test"},
	} {
		events, err := incident.Decide(in, incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: action}, incident.Env{Now: now})
		if err != nil {
			fmt.Println(err)
			return
		}
		var records []incident.Record
		in, records, err = incident.Seal(in, events)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, r := range records {
			stored = append(stored, r.Data)
		}
	}

	again, events, err := incident.Replay(stored)
	fmt.Println(len(events), again.Status, again.Head == in.Head, err)

	_, _, err = incident.Replay([][]byte{stored[0], stored[2]})
	fmt.Println(err)
	// Output:
	// 3 declined true <nil>
	// incident: the event chain breaks at version 2: it does not hold the hash of the event before
}

// What was recorded late stands where it happened.
func ExampleTimeline() {
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	var in incident.Incident
	var all []incident.Event
	for _, cmd := range []incident.Command{
		{Action: incident.Open{Title: "Checkout fails"}},
		{Action: incident.AddNote{Text: "Checkout works again."}},
		{Action: incident.AddNote{Text: "Rolled back release 42."}, HappenedAt: now.Add(7 * time.Minute)},
	} {
		cmd.Tenant, cmd.Incident, cmd.Actor = "acme", "inc-1", ana
		events, err := incident.Decide(in, cmd, incident.Env{Now: now})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, e := range events {
			if in, err = incident.Apply(in, e); err != nil {
				fmt.Println(err)
				return
			}
		}
		all = append(all, events...)
		now = now.Add(10 * time.Minute)
	}
	for _, entry := range incident.Timeline(all) {
		fmt.Println(entry)
	}
	// Output:
	// 2026-03-02 14:00:00  person ana                 Opened in triage: Checkout fails
	// 2026-03-02 14:07:00  person ana                 Note: Rolled back release 42. [recorded 2026-03-02 14:20:00]
	// 2026-03-02 14:10:00  person ana                 Note: Checkout works again.
}

// The rules that move an incident. Hosts make buttons and documentation of them.
func ExampleRules() {
	for r := range incident.Rules() {
		if r.From != r.To {
			fmt.Printf("%-9s  %-8s  -> %-9s  by %v if %v\n", r.From, r.Action, r.To, r.By, r.Guards)
		}
	}
	// Output:
	//            open      -> triage     by [person vendor automation customer] if [start-known severity-by-staff]
	//            declare   -> active     by [person automation] if [severity-set start-known]
	// triage     accept    -> active     by [person vendor] if [severity-set severity-by-staff back-dated]
	// triage     decline   -> declined   by [person vendor] if [reason-given]
	// triage     merge     -> merged     by [person] if [other-incident not-taken-over]
	// active     mitigate  -> mitigated  by [person vendor automation] if [back-dated]
	// active     resolve   -> resolved   by [person vendor automation] if [back-dated]
	// active     cancel    -> canceled   by [person] if [reason-given]
	// active     merge     -> merged     by [person] if [other-incident not-taken-over]
	// mitigated  resolve   -> resolved   by [person vendor automation] if [back-dated]
	// mitigated  reopen    -> active     by [person vendor automation] if [reason-given back-dated]
	// mitigated  cancel    -> canceled   by [person] if [reason-given]
	// mitigated  merge     -> merged     by [person] if [other-incident not-taken-over]
	// resolved   close     -> closed     by [person] if [review-complete]
	// resolved   reopen    -> active     by [person vendor automation] if [reason-given back-dated]
	// closed     reopen    -> active     by [person] if [reason-given]
	// declined   reopen    -> triage     by [person] if [reason-given]
	// canceled   reopen    -> triage     by [person] if [reason-given]
	// merged     reopen    -> triage     by [person automation] if [reason-given]
}

// The stored form of an event holds the hash of the one before it.
func ExampleSeal() {
	in := incident.Incident{}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	events := incident.Extend(in, ana, now, time.Time{},
		incident.IncidentOpened{Tenant: "acme", Incident: "inc-1", Kind: incident.Standard, Status: incident.Triage, Title: "Checkout fails"},
		incident.NoteAdded{Text: "Only in Europe."})

	in, records, err := incident.Seal(in, events)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range records {
		_, previous, err := incident.Decode(r.Data)
		fmt.Printf("%d %s %.8s <- %.8s %v\n", r.Version, r.Type, previous, r.Hash, err)
	}
	fmt.Printf("%.8s\n", in.Head)
	// Output:
	// 1 incident.opened 00000000 <- 897365eb <nil>
	// 2 incident.note_added 897365eb <- af569d79 <nil>
	// af569d79
}

// Whoever hands an incident over to the next tier has to tell it what it wants to
// know; the refusal names what is missing.
func ExampleEscalateNext() {
	in := incident.Incident{
		Tenant: "acme", ID: "inc-1", Version: 1, Kind: incident.Standard, Status: incident.Active, Severity: "SEV2", Policy: "main",
		Runs: []incident.Run{{ID: "1", Policy: "main", State: incident.Running}},
	}
	ana := incident.Actor{Kind: incident.Person, ID: "ana"}
	// The engine fills in what the next step's tier wants.
	env := incident.Env{
		Now:        time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC),
		Escalation: incident.Escalation{Tier: "engineering", Missing: []string{"impact"}},
	}
	_, err := incident.Decide(in, incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: incident.EscalateNext{}}, env)
	if refused, ok := errors.AsType[*incident.RefusedError](err); ok {
		fmt.Println(refused.Unmet, refused.Missing)
	}
	events, err := incident.Decide(in, incident.Command{
		Tenant: "acme", Incident: "inc-1", Actor: ana, Action: incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe"}},
	}, env)
	fmt.Println(events[0].Payload.Type(), err)
	// Output:
	// [packet-complete] [impact]
	// incident.packet_recorded <nil>
}
