package gather_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// escalations is an importer that makes a policy of each document: a pause, then a
// person, a schedule and another policy, as far as they are named.
func escalations(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := gather.Open(o, files)
	for _, doc := range im.Docs {
		root := doc.Root()
		pause, first := root.Get("pause"), escalation.Step{Wait: 10 * time.Minute}
		p := escalation.Policy{ID: root.Get("id").Str(), Repeat: gather.Repeat(root.Get("repeat"))}
		if d := im.Wait(pause, pause.IntOr(0), time.Minute); d > 0 {
			p.Steps = append(p.Steps, gather.Delay(d))
		}
		if person := root.Get("person"); person.Exists() {
			first.Targets = append(first.Targets, escalation.Person(person.StrOr("")))
		}
		if schedule := root.Get("schedule"); schedule.Exists() {
			first.Targets = append(first.Targets, im.Schedule(schedule, schedule.Str()))
		}
		if other := root.Get("policy"); other.Exists() {
			first.Targets = append(first.Targets, im.Nested(other, other.Str()))
		}
		if root.Get("always").BoolOr(false) {
			im.Add(root, always(root.Get("id").Str()))
			continue
		}
		p.Steps = append(p.Steps, first)
		im.AddPolicy(root, p)
	}
	return im.Result()
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	tests := []importtest.Case{
		{
			Name:   "a pause, in each round",
			Docs:   []string{`{"id": "p", "pause": 5, "person": "ada", "repeat": 1}`},
			Course: map[string][]string{"p": {"5m0s person ada", "20m0s person ada", "30m0s exhausted"}},
		},
		{
			Name: "one that another file has, whatever comes first",
			Docs: []string{`{"id": "p", "policy": "q", "person": "ada"}`, `{"id": "q", "person": "ben", "pause": 1}`},
			Course: map[string][]string{
				"p": {"0s person ada", "1m0s person ben", "21m0s exhausted"}, "q": {"1m0s person ben", "11m0s exhausted"},
			},
		},
		{
			Name:   "a pause of three weeks and a minute",
			Docs:   []string{`{"id": "p", "pause": 30241, "person": "ada"}`},
			Course: map[string][]string{"p": {"504h1m0s person ada", "504h11m0s exhausted"}},
		},
		{
			Name:   "a pause of more than ten weeks",
			Docs:   []string{`{"id": "p", "pause": 100801, "person": "ada"}`},
			Course: map[string][]string{"p": {"1680h0m0s person ada", "1680h10m0s exhausted"}},
			Notes:  []string{"loss /pause the longest time that is kept is 70 days, and stands in place of this one"},
		},
		{
			Name:   "a schedule that another file has",
			Docs:   []string{`{"id": "p", "schedule": "web"}`, `{"id": "web", "always": true}`},
			Course: map[string][]string{"p": {"0s schedule web", "10m0s exhausted"}},
		},
		{
			Name:   "a schedule that is nowhere",
			Docs:   []string{`{"id": "p", "schedule": "web"}`},
			Course: map[string][]string{"p": {"0s schedule web", "10m0s exhausted"}},
			Notes:  []string{`loss /schedule the schedule "web" is not among the documents, so nobody is known to be on call on it`},
		},
		{Name: "one that is nowhere", Docs: []string{`{"id": "p", "policy": "q"}`}, Errors: []string{`/policy a policy that is among the documents; give that of "q" too`}},
		{Name: "each other", Docs: []string{`{"id": "p", "policy": "q"}`, `{"id": "q", "policy": "p"}`},
			Errors: []string{" an escalation policy in which steps[0].targets[0].id is", " an escalation policy in which steps[0].targets[0].id is"}},
		{Name: "no targets", Docs: []string{`{"id": "p", "person": "ada"}`, `{"id": "q"}`}, Errors: []string{" an escalation policy in which steps[0]"}},
		{Name: "one id twice", Docs: []string{`{"id": "p", "person": "ada"}`, `{"id": "p", "person": "ada"}`},
			Errors: []string{` an escalation policy in which id is an id that no other policy has; "p" came before`}},
		{Name: "a pause below 0", Docs: []string{`{"id": "p", "person": "ada", "pause": -1}`}, Errors: []string{"/pause 0 or more"}},
		{Name: "repetitions without end", Docs: []string{`{"id": "p", "person": "ada", "repeat": 101}`}, Errors: []string{"/repeat 0 to 100"}},
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, escalations)
		})
	}
}

func TestTooManyPolicies(t *testing.T) {
	t.Parallel()
	im := gather.Open(importers.Options{}, importtest.Files(`{}`))
	for i := range escalation.MaxPolicies + 1 {
		im.AddPolicy(im.Docs[0].Root(), escalation.Policy{ID: fmt.Sprint(i), Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Person("ada")}}}})
	}
	_, err := im.Result()
	require.EqualError(t, err, "want documents in which policies is at most 1000, not 1001")
}

func TestTeamsAndPlaces(t *testing.T) {
	t.Parallel()
	im := gather.Open(importers.Options{}, importtest.Files(`{}`))
	im.Team(escalation.Group{ID: "b"})
	im.Team(escalation.Group{ID: "a", Members: []string{"ada"}})
	im.Team(escalation.Group{ID: "b", Members: []string{"ben"}, Manager: "cy"})
	im.Team(escalation.Group{ID: "b", Members: []string{"other"}, Manager: "other"})
	im.Team(escalation.Group{Members: []string{"nobody"}})
	room := importers.Place{Type: escalation.TargetChannel, ID: "room"}
	assert.Equal(t, escalation.Target{Type: escalation.TargetWebhook, ID: "hook"}, im.Place(importers.Place{Type: escalation.TargetWebhook, ID: "hook", To: "https://example.com"}))
	im.Place(importers.Place{Type: escalation.TargetWebhook, ID: "room"})
	im.Place(room)
	im.Place(importers.Place{Type: escalation.TargetChannel, ID: "room", Name: "Room", Channel: "slack"})
	im.Place(importers.Place{Type: escalation.TargetChannel, ID: "room", Name: "Other"})
	im.Place(importers.Place{Type: escalation.TargetChannel})
	result, err := im.Result()
	require.NoError(t, err)
	assert.Equal(t, []escalation.Group{{ID: "a", Members: []string{"ada"}}, {ID: "b", Members: []string{"ben"}, Manager: "cy"}}, result.Teams)
	room.Name, room.Channel = "Room", "slack"
	assert.Equal(t, []importers.Place{
		room, {Type: escalation.TargetWebhook, ID: "hook", To: "https://example.com"}, {Type: escalation.TargetWebhook, ID: "room"},
	}, result.Places)
}

func TestHome(t *testing.T) {
	t.Parallel()
	im := gather.Open(importers.Options{}, importtest.Files(`{"a": "Europe/Berlin", "b": "Eastern Time (US & Canada)", "c": "Mars", "d": null, "e": ""}`))
	root := im.Docs[0].Root()
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		im.Person(id, "", "")
		im.Home(root.Get(id), id)
	}
	im.Home(root.Get("a"), "b")
	im.Home(root.Get("a"), "")
	result, err := im.Result()
	require.NoError(t, err)
	assert.Equal(t, []importers.Person{{ID: "a", Zone: "Europe/Berlin"}, {ID: "b", Zone: "America/New_York"}, {ID: "c"}, {ID: "d"}, {ID: "e"}}, result.People)
	assert.Equal(t, []string{
		`assumption /b "Eastern Time (US & Canada)" is taken for the IANA zone America/New_York, in which the nights of "b" are counted`,
		`loss /c "Mars" is not known as a time zone, so the nights of "c" are counted in that of the schedule`,
	}, importtest.Notes(result.Report))
}

func TestContacts(t *testing.T) {
	t.Parallel()
	im := gather.Open(importers.Options{}, importtest.Files(`{}`))
	sms := importers.Contact{Channel: "sms", To: "+15550100"}
	im.Contact("a", sms)
	im.Person("a", "Ada", "ada@example.com")
	im.Contact("a", sms)
	im.Contact("a", importers.Contact{Channel: "email", To: "ada@example.com"})
	im.Contact("", sms)
	im.Person("a", "", "other@example.com")
	result, err := im.Result()
	require.NoError(t, err)
	assert.Equal(t, []importers.Person{{ID: "a", Name: "Ada", Email: "ada@example.com", Contacts: []importers.Contact{sms}}}, result.People)
}
