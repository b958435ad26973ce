package postmortem_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/postmortem"
	"github.com/incidentkit/incidentkit/severity"
)

// story makes the events of an incident. Everything in it happens at the minute
// of a day that is given first.
type story struct {
	t      require.TestingT
	in     incident.Incident
	events []incident.Event
	scale  *severity.Scale
}

func scale(t require.TestingT) *severity.Scale {
	const day = 24 * time.Hour
	s, err := severity.New([]severity.Level{
		{ID: "SEV1", Name: "Critical", Review: true, Targets: severity.Targets{
			Acknowledge: 5 * time.Minute, FirstUpdate: 15 * time.Minute, Cadence: 30 * time.Minute, Mitigate: time.Hour, ReviewDue: 5 * day,
		}},
		{ID: "SEV2", Name: "Major", Review: true, Targets: severity.Targets{Acknowledge: 15 * time.Minute, Mitigate: 4 * time.Hour}},
		{ID: "SEV3"},
	})
	require.NoError(t, err)
	return s
}

func at(minute float64) time.Time {
	return time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC).Add(time.Duration(minute * float64(time.Minute)))
}

var (
	alertmanager = incident.Actor{Kind: incident.Automation, ID: "alertmanager"}
	engine       = incident.Actor{Kind: incident.Automation, ID: "incidentkit"}
)

func person(id string) incident.Actor { return incident.Actor{Kind: incident.Person, ID: id} }

// do carries out a command. happened: see incident.Command.
func (s *story) do(minute float64, actor incident.Actor, action incident.Action, happened ...float64) {
	cmd := incident.Command{Tenant: "acme", Incident: "inc-7", Actor: actor, Action: action}
	for _, h := range happened {
		cmd.HappenedAt = at(h)
	}
	events, err := incident.Decide(s.in, cmd, incident.Env{
		Now: at(minute), Severities: s.scale, Plan: incident.PlanRef{Tenant: "acme", Version: 3},
	})
	require.NoError(s.t, err)
	s.record(events)
}

// note records what the engine does.
func (s *story) note(minute float64, payloads ...incident.Payload) {
	s.record(incident.Extend(s.in, engine, at(minute), time.Time{}, payloads...))
}

func (s *story) record(events []incident.Event) {
	for _, e := range events {
		next, err := incident.Apply(s.in, e)
		require.NoError(s.t, err)
		s.in, s.events = next, append(s.events, e)
	}
}

func (s *story) input(minute float64) postmortem.Input {
	return postmortem.Input{Incident: s.in, Events: s.events, Severities: s.scale, Now: at(minute)}
}

// checkout is an incident in which nearly everything about paging goes wrong.
func checkout(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, alertmanager, incident.Open{
		Title: "Checkout fails", Severity: "SEV2", Components: []string{"checkout", "payments_eu"}, Policy: "checkout",
		StartedAt: at(-4), DedupKeys: []string{"checkout"},
		Alerts: []incident.Alert{
			{Source: "alertmanager", DedupKey: "checkout", Status: incident.Firing, Summary: "5xx > 5 % on /pay"},
			{Source: "alertmanager", DedupKey: "checkout", Fingerprint: "eu", Status: incident.Firing, Summary: "latency"},
		},
	})
	s.note(0, incident.EscalationStarted{Run: "1", Policy: "checkout", Plan: s.in.Plan})
	s.note(0,
		requested("ana", 1, 1, 0, "policy checkout, step 1 of 2; schedule primary leads to ana: rotation weekly, turn 9"),
		incident.PageSkipped{Run: "1", Round: 1, Step: 1, Target: "schedule secondary", Person: "ana", Why: "paged a moment ago for the same incident"},
		incident.PageSkipped{Run: "1", Round: 1, Step: 1, Target: "schedule database", Why: "nobody is on call until 18:00"},
		incident.EscalationAdvanced{Run: "1", Wake: at(5)},
	)
	s.attempt(0.1, "ana", 1, 1, false)
	s.note(0.6, incident.PageFailed{Page: "1.1.1.ana", Contact: "c-ana", Channel: "sms", Attempt: 1, Unknown: true, Error: "no answer in 30s", Retry: "1s"})
	s.attempt(0.7, "ana", 1, 2, true)
	s.note(0.8, incident.PageDelivered{Page: "1.1.1.ana", Contact: "c-ana", Channel: "sms", Attempt: 2, Receipt: "SM42"})
	s.do(2, alertmanager, incident.RecordAlerts{Alerts: []incident.Alert{
		{Source: "alertmanager", DedupKey: "checkout", Fingerprint: "us", Status: incident.Firing, Summary: "latency in us, too"},
	}})
	s.note(7.5, // late
		requested("ben", 1, 2, 5, "policy checkout, step 2 of 2, because nobody answered step 1 within 5m; person ben leads to ben: named by the policy"),
		incident.PageSkipped{Run: "1", Round: 1, Step: 2, Target: "person carl", Person: "carl", Why: "no contact method"},
	)
	s.attempt(7.6, "ben", 2, 1, false)
	s.note(7.6, incident.PageFailed{Page: "1.1.2.ben", Contact: "c-ben", Channel: "sms", Attempt: 1, Error: "no such number", Spent: true})
	s.note(7.6, incident.PageUndeliverable{Page: "1.1.2.ben", Why: "every contact method of ben has failed"})
	s.note(7.6, incident.EscalationEnded{Run: "1", State: incident.Exhausted, Why: "policy checkout is exhausted: nobody answered in 1 round"})
	last := requested("dora", 1, 0, 7.6, "the plan's last resort is dora")
	last.Target = "last resort"
	s.note(7.6, last)
	s.attempt(7.6, "dora", 0, 1, false)
	s.note(7.7, incident.PageDelivered{Page: "1.1.0.dora", Contact: "c-dora", Channel: "sms", Attempt: 1})
	s.do(9.25, person("dora"), incident.Acknowledge{})
	s.do(10, person("dora"), incident.AssignRole{Role: incident.Commander, Person: "dora"})
	s.do(11, person("dora"), incident.Accept{Severity: "SEV1"})
	s.do(14, person("dora"), incident.AddNote{Text: "Deploy 812 of payments_eu went out at 13:55.\nRolling back."})
	s.do(30, person("eve"), incident.AddNote{Text: "Called the payment provider"}, 20)
	s.do(31, person("dora"), incident.AddNote{Text: "It was deploy 813", Corrects: s.in.Version - 1})
	s.do(40, person("dora"), incident.Mitigate{Summary: "Rolled back"}, 35)
	s.do(39, person("dora"), incident.AssignRole{Role: incident.Scribe, Person: "eve"}) // by a clock that is behind
	s.do(100, person("dora"), incident.Resolve{Summary: "No errors for an hour"})
	return s
}

func requested(who string, round, step int, due float64, why string) incident.PageRequested {
	p := incident.PageRequested{
		Page: key(who, step), Run: "1", Round: round, Step: step, Target: "person " + who, Person: who,
		Rule: "named by the policy", Due: at(due), Why: why,
	}
	if who == "ana" {
		p.Target = "schedule primary"
	}
	return p
}

func key(who string, step int) string { return "1.1." + string(rune('0'+step)) + "." + who }

func (s *story) attempt(minute float64, who string, step, n int, duplicate bool) {
	s.note(minute, incident.PageAttempted{
		Page: key(who, step), Contact: "c-" + who, Channel: "sms", Attempt: n, PossibleDuplicate: duplicate, Key: "k",
	})
}

// drill is an exercise in which all is well, with two runs since it was reopened.
func drill(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, person("ana"), incident.Open{Declare: true, Kind: incident.Drill, Title: "Drill: the database is gone", Severity: "SEV2", Policy: "database"})
	s.note(0, incident.EscalationStarted{Run: "1", Policy: "database", Plan: s.in.Plan})
	s.note(0, requested("ana", 1, 1, 0, "policy database, step 1 of 1"))
	s.attempt(0, "ana", 1, 1, false)
	s.note(0.05, incident.PageDelivered{Page: key("ana", 1), Contact: "c-ana", Channel: "sms", Attempt: 1})
	s.do(0.51, person("ana"), incident.Acknowledge{})
	s.do(5, person("ana"), incident.Resolve{Summary: "Failed over"})
	s.do(6, person("ben"), incident.Reopen{Reason: "The replica is behind"})
	s.note(6, incident.EscalationStarted{Run: "2", Policy: "database", Plan: s.in.Plan})
	again := requested("ana", 2, 1, 6, "policy database, step 1 of 1")
	again.Run, again.Page = "2", "2.2.1.ana"
	s.note(6, again)
	s.do(7, person("ben"), incident.Mitigate{})
	s.note(7, incident.EscalationEnded{Run: "2", State: incident.Stopped, Why: "the incident is mitigated"})
	s.note(7, incident.PageWithdrawn{Page: "2.2.1.ana", Why: "the incident is mitigated"})
	s.do(8, person("ben"), incident.Resolve{})
	s.do(9, person("ben"), incident.CompleteReview{Reference: "https://wiki.example/drill_7"})
	s.do(10, person("ben"), incident.Close{})
	return s
}

// retrospective is an incident that nobody recorded while it lasted.
func retrospective(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(3000, person("ana"), incident.Open{
		Declare: true, Kind: incident.Retrospective, Title: "Invoices were sent twice", Severity: "SEV1", StartedAt: at(0),
	})
	s.do(3001, person("ana"), incident.Mitigate{Summary: "Stopped the job"}, 90)
	s.do(3002, person("ana"), incident.Resolve{}, 1500)
	return s
}

// unfinished is an incident of which little is known yet.
func unfinished(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, incident.Actor{Kind: incident.Customer, ID: "c-12", OnBehalfOf: "shop-3"}, incident.Open{Title: "Login is slow"})
	return s
}

// declined is one that turned out to be none.
func declined(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, person("ana"), incident.Open{Title: "Odd graph", Severity: "SEV2", Policy: "checkout"})
	s.note(0, incident.EscalationStarted{Run: "1", Policy: "checkout", Plan: s.in.Plan})
	s.do(1, person("ana"), incident.Decline{Reason: "A load test"})
	s.note(1, incident.EscalationEnded{Run: "1", State: incident.Stopped, Why: "the incident is declined"})
	return s
}

// answered is an incident that goes from hand to hand.
func answered(t require.TestingT) *story {
	s := &story{t: t, scale: scale(t)}
	s.do(0, person("ana"), incident.Open{Declare: true, Title: "Search is slow", Severity: "SEV2", Policy: "search"})
	s.note(0, incident.EscalationStarted{Run: "1", Policy: "search", Plan: s.in.Plan}, requested("ana", 1, 1, 0, "policy search, step 1 of 2"))
	s.note(0, incident.PageSkipped{Run: "1", Round: 1, Step: 1, Target: "person ben", Person: "ben", Code: "turn", Why: "it is the turn of ana"},
		incident.PageSkipped{Run: "1", Round: 1, Step: 2, Code: "condition", Why: "it is taken only if the severity is SEV1"})
	again := requested("ana", 1, 1, 1, "policy search, step 1 of 2")
	again.Page, again.Follows, again.Channel = "1.1.1.ana#2", "1.1.1.ana", "voice"
	s.note(1, again)
	s.do(2, person("ana"), incident.DeclinePage{Reason: "no signal"})
	s.note(2, incident.EscalationHeld{Run: "1", Round: 1, Step: 2, Code: "deferred", Until: at(10), Why: "it is night"})
	s.do(3, person("ben"), incident.Snooze{Until: at(9)})
	s.note(9, incident.EscalationResumed{Run: "1", Cause: "snooze_over", Why: "the time for which ben snoozed is over"})
	s.do(10, person("ben"), incident.Acknowledge{})
	remind := requested("ben", 1, 1, 20, "reminder: ben has acknowledged")
	remind.Page, remind.Reminder = "1.reminder.ben", true
	s.note(20, remind)
	s.do(21, person("ben"), incident.HandBack{Reason: "my shift ends"})
	s.do(22, person("ana"), incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe"}})
	s.do(22, person("ana"), incident.EscalateNext{})
	s.note(22, incident.TierReached{Run: "1", Tier: "engineering", Missing: []string{"logs"}, Why: "step 2"},
		incident.EscalationStarted{Run: "2", Policy: "vendor payco", Plan: s.in.Plan, Vendor: "payco"},
		incident.PageRequested{Page: "2.1.1.vendor payco", Run: "2", Round: 1, Step: 1, Target: "vendor payco", Due: at(22), Why: "step 2 names it"})
	s.do(23, person("ana"), incident.Repage{})
	s.do(24, person("ana"), incident.Reassign{To: []incident.Target{{Type: "team", ID: "db"}}})
	s.note(30, incident.EscalationRepeated{Run: "1", Round: 2, Why: "nobody answered"},
		incident.EscalationOverdue{Run: "1", Due: at(28), Late: 2 * time.Minute, Why: "its wake-up was lost"})
	s.note(30, incident.EscalationResumed{Run: "1", Cause: "stale", Why: "the acknowledgement of ana was not renewed in time"})
	s.do(31, person("ana"), incident.Acknowledge{Vendor: "payco"})
	s.note(32, incident.EscalationAcknowledged{Run: "1", By: "ana", Awaits: []string{"ben"}})
	return s
}

var stories = map[string]func(require.TestingT) *story{
	"checkout": checkout, "drill": drill, "retrospective": retrospective, "unfinished": unfinished, "declined": declined, "answered": answered,
}
