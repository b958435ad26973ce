package incident_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// step is what an incident is asked to do where.
type step struct {
	from   incident.Status
	action incident.ActionName
}

// lifecycle reads the rules that testdata/lifecycle.txt expects.
func lifecycle(t testing.TB) map[step]incident.Rule {
	t.Helper()
	text, err := os.ReadFile("testdata/lifecycle.txt")
	require.NoError(t, err)
	out := map[step]incident.Rule{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		columns := strings.Split(line, "|")
		require.Len(t, columns, 3, line)
		move := strings.Fields(columns[0])
		require.Len(t, move, 4, line)
		r := incident.Rule{From: status(move[0]), Action: incident.ActionName(move[1]), To: status(move[3])}
		for g := range strings.FieldsSeq(columns[1]) {
			r.Guards = append(r.Guards, incident.Guard(g))
		}
		for k := range strings.FieldsSeq(columns[2]) {
			r.By = append(r.By, incident.ActorKind(k))
		}
		require.NotContains(t, out, step{r.From, r.Action}, line)
		out[step{r.From, r.Action}] = r
	}
	return out
}

func status(word string) incident.Status {
	if word == "none" {
		return incident.None
	}
	return incident.Status(word)
}

// attempt is a command, and the incident that it is for.
type attempt struct {
	in  incident.Incident
	cmd incident.Command

	missing []string // what the next tier wants to be told and was not
}

// env is what a decision on the attempt knows.
func (a attempt) env(t testing.TB) incident.Env {
	e := env(t, after(20))
	e.Escalation = incident.Escalation{Tier: "engineering", Missing: a.missing}
	return e
}

// fitting returns an attempt that meets every condition.
func fitting(s incident.Status, action incident.ActionName, kind incident.Kind, actor incident.Actor) attempt {
	a := attempt{cmd: incident.Command{Tenant: "acme", Incident: "inc-1", Actor: actor}}
	if s != incident.None {
		a.in = incident.Incident{
			Tenant: "acme", ID: "inc-1", Version: 7, Head: incident.Genesis,
			Kind: kind, Status: s, Title: "Checkout fails", Severity: "SEV2", Policy: "default",
			OpenedAt: t0, StatusAt: t0, RecordedAt: t0,
			Roles: map[incident.Role]string{incident.Commander: "ana"},
			Runs:  []incident.Run{{ID: "1", Policy: "default", State: incident.Running}},
		}
	}
	started := time.Time{}
	if kind == incident.Retrospective {
		started, a.cmd.HappenedAt = t0.Add(-time.Hour), after(10)
	}
	level := "SEV1"
	if actor.Kind == incident.Vendor || actor.Kind == incident.Customer {
		level = ""
	}
	a.cmd.Action = map[incident.ActionName]incident.Action{
		"open":    incident.Open{Kind: kind, Title: "Checkout fails", Severity: level, StartedAt: started},
		"declare": incident.Open{Declare: true, Kind: kind, Title: "Checkout fails", Severity: "SEV1", StartedAt: started},

		"accept":   incident.Accept{Severity: level},
		"decline":  incident.Decline{Reason: "a test"},
		"cancel":   incident.Cancel{Reason: "a mistake"},
		"merge":    incident.Merge{Into: "inc-2"},
		"mitigate": incident.Mitigate{},
		"resolve":  incident.Resolve{},
		"close":    incident.Close{},
		"reopen":   incident.Reopen{Reason: "it is back"},

		"acknowledge":     incident.Acknowledge{},
		"decline_page":    incident.DeclinePage{Reason: "no signal"},
		"snooze":          incident.Snooze{Until: after(80)},
		"hand_back":       incident.HandBack{Reason: "my shift ends"},
		"reassign":        incident.Reassign{To: []incident.Target{{Type: "person", ID: "cleo"}}},
		"repage":          incident.Repage{},
		"escalate_next":   incident.EscalateNext{},
		"record_packet":   incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe"}},
		"set_severity":    incident.SetSeverity{Severity: "SEV1", Reason: "worse than it looked"},
		"assign_role":     incident.AssignRole{Role: incident.Commander, Person: "ben"},
		"add_note":        incident.AddNote{Text: "The dashboard was wrong.", Corrects: 7},
		"record_alerts":   incident.RecordAlerts{Alerts: []incident.Alert{alert("checkout", "fp1", incident.Firing, t0)}},
		"complete_review": incident.CompleteReview{Reference: "https://reviews.example/1"},
		"absorb":          incident.Absorb{From: "inc-2"},
		"escalate":        incident.Escalate{Reason: "nobody answered"},
	}[action]
	if action == incident.HandBackAction && s != incident.None {
		a.in.Runs[0].State, a.in.Runs[0].AcknowledgedBy = incident.Acknowledged, actor.ID
	}
	return a
}

func alert(key, fingerprint string, s incident.AlertStatus, starts time.Time) incident.Alert {
	return incident.Alert{Source: "alertmanager", DedupKey: key, Fingerprint: fingerprint, Status: s, Summary: "Checkout fails", StartsAt: starts}
}

// breakers says for every condition in which ways an attempt can fail it.
var breakers = map[incident.Guard][]func(*attempt){
	"severity-set": {func(a *attempt) {
		a.in.Severity = ""
		a.set("", func(_, severity *string) { *severity = "" })
	}},
	"severity-by-staff": {func(a *attempt) { a.set("", func(_, severity *string) { *severity = "SEV3" }) }},
	"start-known": {func(a *attempt) {
		o := a.cmd.Action.(incident.Open)
		o.StartedAt = time.Time{}
		a.cmd.Action = o
	}},
	"back-dated": {func(a *attempt) { a.cmd.HappenedAt = time.Time{} }},
	"reason-given": {
		func(a *attempt) { a.set("", func(reason, _ *string) { *reason = "" }) },
		func(a *attempt) { a.set("", func(reason, _ *string) { *reason = " \t\n" }) },
	},
	"other-incident": {
		func(a *attempt) { a.set("inc-1", func(_, _ *string) {}) },
		func(a *attempt) { a.set("", func(_, _ *string) {}) },
	},
	"review-complete": {func(a *attempt) { a.in.Review = incident.Review{Required: true} }},
	"review-open":     {func(a *attempt) { a.in.Review.CompletedAt = t0 }},
	"awaiting-answer": {
		func(a *attempt) { a.in.Runs = nil },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Acknowledged}} },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Stopped}} },
		func(a *attempt) { // the newest run counts
			a.in.Runs = []incident.Run{{ID: "1", State: incident.Running}, {ID: "2", State: incident.Acknowledged}}
		},
	},
	"still-paging": {
		func(a *attempt) { a.in.Runs = nil },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Acknowledged}} },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Exhausted}} },
	},
	"run-known": {
		func(a *attempt) { a.in.Runs = nil },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Stopped}} },
	},
	"run-goes-on": {
		func(a *attempt) { a.in.Runs = nil },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Exhausted}} },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Stopped}} },
	},
	"taken-by-actor": {
		func(a *attempt) { a.in.Runs = nil },
		func(a *attempt) { a.in.Runs = []incident.Run{{ID: "1", State: incident.Running}} },
		func(a *attempt) {
			a.in.Runs = []incident.Run{{ID: "1", State: incident.Acknowledged, AcknowledgedBy: "somebody else"}}
		},
	},
	"packet-complete": {
		func(a *attempt) { a.missing = []string{"impact"} }, // SEV2, and no reason
		func(a *attempt) {
			a.missing, a.cmd.Action = []string{"impact"}, incident.EscalateNext{Reason: "it burns"}
		}, // SEV2
		func(a *attempt) { a.missing, a.in.Severity = []string{"impact"}, "SEV1" }, // no reason
		func(a *attempt) {
			a.missing, a.in.Severity, a.cmd.Action = []string{"impact"}, "SEV1", incident.EscalateNext{Reason: " \t\n"}
		}, // none either
	},
	"severity-changes":  {func(a *attempt) { a.in.Severity = "SEV1" }},
	"reason-for-change": {func(a *attempt) { a.set("", func(reason, _ *string) { *reason = "" }) }},
	"role-moves": {
		func(a *attempt) { a.in.Roles = map[incident.Role]string{incident.Commander: "ben"} },
		func(a *attempt) {
			a.in.Roles = nil
			a.cmd.Action = incident.AssignRole{Role: incident.Commander}
		},
	},
	"not-taken-over": {func(a *attempt) {
		a.in.Absorbed = []incident.ID{"inc-9", a.cmd.Action.(incident.Merge).Into}
	}},
	"pages-people":   {func(a *attempt) { a.in.Policy = "" }},
	"corrects-known": {func(a *attempt) { a.cmd.Action = incident.AddNote{Text: "Wrong.", Corrects: 8} }},
}

// set changes the reason, the severity and the other incident of an action, as
// far as it has them.
func (a *attempt) set(other incident.ID, change func(reason, severity *string)) {
	var none string
	switch action := a.cmd.Action.(type) {
	case incident.Open:
		change(&none, &action.Severity)
		a.cmd.Action = action
	case incident.Accept:
		change(&none, &action.Severity)
		a.cmd.Action = action
	case incident.SetSeverity:
		change(&action.Reason, &action.Severity)
		a.cmd.Action = action
	case incident.Decline:
		change(&action.Reason, &none)
		a.cmd.Action = action
	case incident.Cancel:
		change(&action.Reason, &none)
		a.cmd.Action = action
	case incident.Escalate:
		change(&action.Reason, &none)
		a.cmd.Action = action
	case incident.Reopen:
		change(&action.Reason, &none)
		a.cmd.Action = action
	case incident.Merge:
		action.Into = other
		a.cmd.Action = action
	case incident.Absorb:
		action.From = other
		a.cmd.Action = action
	}
}

// possible reports whether these conditions of a rule, and no others, can fail for
// a kind of incident and of actor.
func possible(rule incident.Rule, broken []incident.Guard, kind incident.Kind, by incident.ActorKind) bool {
	fails := func(g incident.Guard) bool { return slices.Contains(broken, g) }
	switch {
	case fails("start-known") && kind != incident.Retrospective, fails("back-dated") && kind != incident.Retrospective:
		return false // they ask for something of retrospective incidents alone
	case slices.Contains(rule.Guards, incident.PagesPeople) && kind == incident.Retrospective:
		return fails("pages-people") // nothing else can be had of them
	case fails("severity-by-staff"):
		return (by == incident.Vendor || by == incident.Customer) && !fails("severity-set") // it fails on a severity that is given
	}
	return true
}

// subsets returns all sets of the guards.
func subsets(all []incident.Guard) [][]incident.Guard {
	out := [][]incident.Guard{nil}
	for _, g := range all {
		for _, s := range out {
			out = append(out, append(slices.Clone(s), g))
		}
	}
	return out
}

// TestLifecycle asks for every action in every status, of every kind of incident,
// by every kind of actor, with every set of conditions unmet.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	table := lifecycle(t)
	statuses := constants[incident.Status](t, "Status")
	actions := constants[incident.ActionName](t, "ActionName")
	kinds := constants[incident.Kind](t, "Kind")
	for _, s := range statuses {
		var allowed []incident.ActionName
		for _, a := range actions {
			if _, ok := table[step{s, a}]; ok {
				allowed = append(allowed, a)
			}
		}
		assert.ElementsMatch(t, allowed, incident.ActionsIn(s), "ActionsIn(%q)", s)
		for _, action := range actions {
			t.Run(fmt.Sprintf("%s/%s", cmp.Or(string(s), "none"), action), func(t *testing.T) {
				t.Parallel()
				rule, ok := table[step{s, action}]
				led, broke := false, map[incident.Guard]bool{}
				for _, kind := range kinds {
					for by, actor := range actors {
						a := fitting(s, action, kind, actor)
						require.NotNil(t, a.cmd.Action, "add the new action to fitting and to lifecycle.txt")
						require.Equal(t, action, a.cmd.Action.Name())
						switch {
						case !ok:
							mustRefuse(t, a, nil, allowed)
						case !slices.Contains(rule.By, by):
							mustForbid(t, a, rule)
						default:
							for _, broken := range subsets(rule.Guards) {
								switch {
								case !possible(rule, broken, kind, by):
								case len(broken) == 0:
									mustLead(t, a, rule)
									led = true
								default:
									mustGuard(t, a, rule, broken, allowed)
									for _, g := range broken {
										broke[g] = true
									}
								}
							}
						}
					}
				}
				assert.Equal(t, ok, led, "what is allowed was done")
				assert.Len(t, broke, len(rule.Guards), "every condition was put to the test")
			})
		}
	}
}

func mustRefuse(t *testing.T, a attempt, unmet []incident.Guard, allowed []incident.ActionName) {
	t.Helper()
	events, err := incident.Decide(a.in, a.cmd, a.env(t))
	var refused *incident.RefusedError
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, incident.ErrRefused)
	require.NotErrorIs(t, err, incident.ErrForbidden)
	assert.Empty(t, events)
	assert.Equal(t, a.in.Status, refused.Status)
	assert.Equal(t, a.cmd.Action.Name(), refused.Action)
	assert.ElementsMatch(t, unmet, refused.Unmet)
	assert.ElementsMatch(t, allowed, refused.Allowed)
	assert.Contains(t, err.Error(), string(refused.Action)+" is ")
	assert.Contains(t, err.Error(), "while "+cmp.Or(string(refused.Status), "not opened"))
	for _, g := range unmet {
		assert.NotEmpty(t, g.Want())
		assert.Contains(t, err.Error(), g.Want()+" ("+string(g)+")")
	}
	if len(unmet) == 0 {
		_, fires := incident.FireMachine(a.in, a.cmd, a.env(t))
		assert.False(t, fires, "the machine fires what the table does not have")
	}
}

func mustForbid(t *testing.T, a attempt, rule incident.Rule) {
	t.Helper()
	events, err := incident.Decide(a.in, a.cmd, a.env(t))
	var forbidden *incident.ForbiddenError
	require.ErrorAs(t, err, &forbidden)
	require.ErrorIs(t, err, incident.ErrForbidden)
	require.NotErrorIs(t, err, incident.ErrRefused)
	assert.Empty(t, events)
	assert.Equal(t, a.cmd.Actor, forbidden.Actor)
	assert.Equal(t, rule.Action, forbidden.Action)
	assert.ElementsMatch(t, rule.By, forbidden.Allowed)
}

func mustLead(t *testing.T, a attempt, rule incident.Rule) {
	t.Helper()
	events, err := incident.Decide(a.in, a.cmd, a.env(t))
	require.NoError(t, err)
	require.NotEmpty(t, events)
	in, _, err := incident.Seal(a.in, events)
	require.NoError(t, err)
	assert.Equal(t, rule.To, in.Status)
	var moves []incident.StatusChanged
	for _, e := range events {
		if m, ok := e.Payload.(incident.StatusChanged); ok {
			moves = append(moves, incident.StatusChanged{Action: m.Action, From: m.From, To: m.To})
		}
	}
	if rule.From != rule.To && rule.From != incident.None {
		assert.Equal(t, []incident.StatusChanged{{Action: rule.Action, From: rule.From, To: rule.To}}, moves)
	} else {
		assert.Empty(t, moves)
	}
	to, fires := incident.FireMachine(a.in, a.cmd, a.env(t))
	assert.True(t, fires)
	assert.Equal(t, rule.To, to)
}

// mustGuard breaks conditions, in each way there is.
func mustGuard(t *testing.T, a attempt, rule incident.Rule, broken []incident.Guard, allowed []incident.ActionName) {
	t.Helper()
	ways := 1
	for _, g := range broken {
		require.NotEmpty(t, breakers[g], "add the new guard %s to breakers", g)
		ways = max(ways, len(breakers[g]))
	}
	for way := range ways {
		a := a
		for _, g := range broken {
			breakers[g][way%len(breakers[g])](&a)
		}
		mustRefuse(t, a, broken, allowed)
		_, fires := incident.FireMachine(a.in, a.cmd, a.env(t))
		assert.False(t, fires)
		for _, actor := range actors { // who may not do it learns that first
			if !slices.Contains(rule.By, actor.Kind) {
				a.cmd.Actor = actor
				mustForbid(t, a, rule)
			}
		}
	}
}

// TestRules checks that the table that hosts can read is the one expected.
func TestRules(t *testing.T) {
	t.Parallel()
	want := lifecycle(t)
	for r := range incident.Rules() {
		expected, ok := want[step{r.From, r.Action}]
		require.True(t, ok, "lifecycle.txt has no line for %s in %q", r.Action, r.From)
		assert.Equal(t, expected.To, r.To)
		assert.ElementsMatch(t, expected.Guards, r.Guards, "%s in %q", r.Action, r.From)
		assert.ElementsMatch(t, expected.By, r.By, "%s in %q", r.Action, r.From)
		delete(want, step{r.From, r.Action})

		for i := range r.Guards {
			r.Guards[i] = "overwritten"
		}
		for i := range r.By {
			r.By[i] = "overwritten"
		}
	}
	assert.Empty(t, want, "rules that lifecycle.txt has and the code has not")
	for r := range incident.Rules() {
		assert.NotContains(t, r.Guards, incident.Guard("overwritten"))
		assert.NotContains(t, r.By, incident.ActorKind("overwritten"))
		break // a caller may stop anywhere
	}
	for _, g := range constants[incident.Guard](t, "Guard") {
		assert.NotEmpty(t, g.Want(), g)
		assert.NotEmpty(t, breakers[g], "no rule uses guard %s, or no test breaks it", g)
	}
	assert.Len(t, actors, len(constants[incident.ActorKind](t, "ActorKind")))
}

// TestEveryActionIsKnown checks that no type that a command can carry is missing
// in the matrix, or refused as a stranger.
func TestEveryActionIsKnown(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, name := range constants[incident.ActionName](t, "ActionName") {
		a := fitting(incident.Active, name, incident.Standard, ana)
		seen[strings.TrimPrefix(fmt.Sprintf("%T", a.cmd.Action), "incident.")] = true
		_, err := incident.Decide(a.in, a.cmd, a.env(t))
		require.NotErrorIs(t, err, incident.ErrInvalid, name)
	}
	for _, typ := range implementing(t, "Name") {
		assert.True(t, seen[typ], "action type %s", typ)
	}
}

// TestUnknownStatus asks for every action on an incident that a newer version has
// written.
func TestUnknownStatus(t *testing.T) {
	t.Parallel()
	for _, name := range constants[incident.ActionName](t, "ActionName") {
		a := fitting("paused", name, incident.Standard, ana)
		events, err := incident.Decide(a.in, a.cmd, a.env(t))
		var unknown *incident.CodecError
		require.ErrorAs(t, err, &unknown, name)
		require.ErrorIs(t, err, incident.ErrCorrupt)
		assert.Equal(t, "status", unknown.What)
		assert.Equal(t, "paused", unknown.Got)
		assert.Empty(t, events)
	}
}

// TestDecideAtOnce shares the one state machine among many goroutines: each gets
// the answer to its own question.
func TestDecideAtOnce(t *testing.T) {
	t.Parallel()
	good := fitting(incident.Active, incident.ResolveAction, incident.Standard, ana)
	bad := fitting(incident.Triage, incident.AcceptAction, incident.Standard, ana)
	breakers[incident.SeveritySet][0](&bad)
	e := env(t, after(20))
	var all sync.WaitGroup
	wrong := make(chan error, 8)
	for i := range 8 {
		all.Go(func() {
			for range 200 {
				if i%2 == 0 {
					if events, err := incident.Decide(good.in, good.cmd, e); err != nil || len(events) != 1 {
						wrong <- fmt.Errorf("resolve: %d events, %w", len(events), err)
						return
					}
					continue
				}
				var refused *incident.RefusedError
				if _, err := incident.Decide(bad.in, bad.cmd, e); !errors.As(err, &refused) || len(refused.Unmet) != 1 {
					wrong <- fmt.Errorf("accept: %w", err)
					return
				}
			}
		})
	}
	all.Wait()
	close(wrong)
	for err := range wrong {
		t.Error(err)
	}
}
