package grafanaoncall_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// policies writes the chain F of these, in order.
func policies(tasks ...string) string {
	list := make([]string, len(tasks))
	for i, task := range tasks {
		list[i] = fmt.Sprintf(`{"id": "E%d", "escalation_chain_id": "F", "position": %d, %s}`, i+1, i, task)
	}
	return `{"escalation_chain": {"id": "F", "name": "Default", "team_id": null}, "escalation_policies": [` + strings.Join(list, ",") + `]}`
}

func wait(seconds int) string { return fmt.Sprintf(`"type": "wait", "duration": %d`, seconds) }

func persons(ids ...string) string {
	return `"type": "notify_persons", "important": false, "persons_to_notify": ["` + strings.Join(ids, `","`) + `"]`
}

func important(task string) string {
	return strings.Replace(task, `"important": false`, `"important": true`, 1)
}

func nextOf(ids ...string) string {
	return `"type": "notify_person_next_each_time", "persons_to_notify_next_each_time": ["` + strings.Join(ids, `","`) + `"]`
}

func between(from, to string) string {
	return fmt.Sprintf(`"type": "notify_if_time_from_to", "notify_if_time_from": %q, "notify_if_time_to": %q`, from, to)
}

const (
	onCall    = `"type": "notify_on_call_from_schedule", "important": false, "notify_on_call_from_schedule": "S1"`
	teamwork  = `"type": "notify_team_members", "important": false, "team_to_notify": "T1"`
	group     = `"type": "notify_user_group", "important": true, "group_to_notify": "G1"`
	webhook   = `"type": "trigger_webhook", "action_to_trigger": "W1"`
	again     = `"type": "repeat_escalation"`
	resolve   = `"type": "resolve"`
	noise     = `"type": "notify_if_num_alerts_in_window", "num_alerts_in_window": 2, "num_minutes_in_window": 10`
	channel   = `"type": "notify_whole_channel"`
	declare   = `"type": "declare_incident", "severity": "critical"`
	usersList = `{"results": [{"id": "zoe", "username": "a.zoe", "email": "zoe@example.com", "role": "user", "teams": ["T1"], "slack": [{"user_id": "U1", "team_id": "X"}]},
		{"id": "ada", "username": "b.ada", "teams": ["T1", "T2"], "slack": null}, {"id": "ben", "username": "c.ben", "teams": []}]}`
	webhooksList = `{"results": [{"id": "W1", "name": "Pager", "url": "https://example.com/w", "http_method": "POST", "trigger_type": "escalation", "is_webhook_enabled": true}]}`
)

// shiftsOf is the schedule S1, on which ada is on call every day from 08:00 to 16:00 in UTC.
const shiftsOf = `{"schedule": {"id": "S1", "name": "Days", "type": "calendar", "time_zone": "UTC", "shifts": ["O1"]},
	"on_call_shifts": [{"id": "O1", "name": "days", "type": "recurrent_event", "start": "2026-01-01T08:00:00", "duration": 28800, "frequency": "daily", "users": ["ada"]}]}`

// What Grafana OnCall does, reckoned by hand from its rules, but for the seconds
// that it takes from one thing to the next.
func TestChainCourse(t *testing.T) {
	t.Parallel()
	const noon, night = "2026-03-02T12:00:00Z", "2026-03-02T22:00:00Z"
	tests := map[string]struct {
		tasks []string
		at    string
		want  []string
	}{
		"what lies between waits happens together": {
			[]string{persons("ada"), onCall, webhook, wait(300), persons("ben", "zoe"), wait(900), persons("cleo")}, noon,
			[]string{"0s ada webhook W1", "5m ben zoe", "20m cleo", "30m exhausted"},
		},
		"a wait before anybody is paged, and waits that follow each other": {
			[]string{wait(60), persons("ada"), wait(300), wait(900), persons("ben")}, noon,
			[]string{"1m ada", "21m ben", "31m exhausted"},
		},
		"a wait at the end": {
			[]string{persons("ada"), wait(60)}, noon, []string{"0s ada", "1m exhausted"},
		},
		"a wait that is not configured is of five minutes": {
			[]string{persons("ada"), `"type": "wait", "duration": null`, persons("ben")}, noon, []string{"0s ada", "5m ben", "15m exhausted"},
		},
		"important rules are loud, and come first": {
			[]string{persons("ada", "ben"), important(persons("ada")), wait(60), important(onCall), wait(60)}, noon,
			[]string{"0s ada/high ben", "1m ada/high", "2m exhausted"},
		},
		"the chain is repeated five times": {
			[]string{persons("ada"), wait(300), again, persons("ben")}, noon,
			[]string{"0s ada", "5m ada", "10m ada", "15m ada", "20m ada", "25m ada", "30m ben", "40m exhausted"},
		},
		"one of those who take turns, by user name, again and again": {
			[]string{nextOf("ada", "ben", "zoe"), wait(60), again}, noon,
			[]string{"0s zoe", "1m ada", "2m ben", "3m zoe", "4m ada", "5m ben", "6m exhausted"},
		},
		"who takes turns is paged together with others, and is waited for": {
			[]string{nextOf("ben", "ada"), onCall, wait(60), persons("cleo")}, night, // nobody is on call
			[]string{"0s ada", "1m cleo", "11m exhausted"},
		},
		"a team": {
			[]string{important(teamwork), wait(60)}, noon, []string{"0s zoe/high ada/high", "1m exhausted"},
		},
		"nobody is on call, which is reported": {
			[]string{onCall, wait(300), persons("ben"), wait(60)}, night, []string{"0s ben", "1m exhausted"},
		},
		"within the time, it goes on": {
			[]string{persons("ada"), wait(60), between("09:00:00Z", "18:00:00Z"), persons("ben"), wait(60)}, noon,
			[]string{"0s ada", "1m ben", "2m exhausted"},
		},
		"outside of it, it holds until then": {
			[]string{persons("ada"), wait(60), between("09:00:00Z", "18:00:00Z"), persons("ben"), wait(60)}, night,
			[]string{"0s ada", "11h ben", "11h1m exhausted"},
		},
		"the end of the time is outside": {
			[]string{between("09:00:00Z", "12:00:00Z"), persons("ben"), wait(60)}, noon, []string{"21h ben", "21h1m exhausted"},
		},
		"a time over midnight": {
			[]string{between("21:30:00Z", "06:00:00Z"), persons("ben"), wait(60)}, night, []string{"0s ben", "1m exhausted"},
		},
		"a time over midnight, before it": {
			[]string{between("21:30:00Z", "06:00:00Z"), persons("ben"), wait(60)}, noon, []string{"9h30m ben", "9h31m exhausted"},
		},
		"an instant of the day": {
			[]string{between("09:00:00Z", "09:00:00Z"), persons("ben"), wait(60)}, noon, []string{"21h ben", "21h1m exhausted"},
		},
		"the very instant": {
			[]string{between("12:00:00Z", "12:00:00Z"), persons("ben"), wait(60)}, noon, []string{"0s ben", "1m exhausted"},
		},
		"the time is in UTC, whatever clocks change": {
			[]string{between("09:00:00Z", "18:00:00Z"), persons("ben"), wait(60)}, "2026-03-28T18:00:00Z", []string{"15h ben", "15h1m exhausted"},
		},
		"a group that is asked for turns with one member": {
			[]string{nextOf("ben"), persons("ada"), wait(60)}, noon, []string{"0s ben ada", "1m exhausted"},
		},
		"the end": {
			[]string{persons("ada"), wait(60), resolve, persons("ben")}, noon, []string{"0s ada", "1m exhausted"},
		},
		"the end comes after a wait: of one who takes turns, with others": {
			[]string{nextOf("ben", "ada"), onCall}, night, []string{"0s ada", "10m exhausted"}, // nobody is on call
		},
		"the end comes after a wait: of a time of day that it is": {
			[]string{persons("ada"), between("09:00:00Z", "18:00:00Z")}, noon, []string{"0s ada", "10m exhausted"},
		},
		"the end comes after a wait: of the last round": {
			[]string{persons("ada"), again}, noon,
			[]string{"0s ada", "1m ada", "2m ada", "3m ada", "4m ada", "5m ada", "15m exhausted"},
		},
		"a wait of more than a week": {
			[]string{persons("ada"), wait(8 * 86400), persons("ben"), wait(60)}, noon, []string{"0s ada", "192h ben", "192h1m exhausted"},
		},
		"nothing that is left out waits": {
			[]string{persons("ada"), channel, declare, `"type": null`, `"type": "dance"`, wait(60), persons("ben")}, noon,
			[]string{"0s ada", "1m ben", "11m exhausted"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := play(t, importtest.Play{At: tt.at}, tt.tasks...)
			assert.Equal(t, tt.want, got)
		})
	}
}

// play imports a chain with the schedule, the users and the webhook.
func play(t *testing.T, p importtest.Play, tasks ...string) ([]string, escalation.Progress) {
	t.Helper()
	result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(shiftsOf, policies(tasks...), usersList, webhooksList)...)
	require.NoError(t, err)
	p.Policy = "F"
	return p.Course(t, result)
}

// More than so many alerts in a window let the chain go on, or else a week.
func TestAlertsInWindow(t *testing.T) {
	t.Parallel()
	tasks := []string{persons("ada"), wait(60), noise, persons("ben"), wait(60)}
	p := importtest.Play{At: "2026-03-02T12:00:00Z"}
	at := importtest.Time(t, p.At)
	got, _ := play(t, p, tasks...)
	assert.Equal(t, []string{"0s ada", "168h1m ben", "168h2m exhausted"}, got, "none")

	p.Facts.Alerts = []time.Time{at.Add(-time.Minute), at, at}
	got, _ = play(t, p, tasks...)
	assert.Equal(t, []string{"0s ada", "1m ben", "2m exhausted"}, got, "enough before")

	p.Facts.Alerts = []time.Time{at.Add(-time.Minute), at}
	third := append(append([]time.Time{}, p.Facts.Alerts...), at.Add(5*time.Minute))
	p.Changes = []escalation.Change{{At: at.Add(5 * time.Minute), Facts: escalation.Facts{Alerts: third}}}
	got, _ = play(t, p, tasks...)
	assert.Equal(t, []string{"0s ada", "5m ben", "6m exhausted"}, got, "enough later")
}

// The pointer outlives a run.
func TestTurnsGoOn(t *testing.T) {
	t.Parallel()
	_, end := play(t, importtest.Play{At: "2026-03-02T12:00:00Z"}, nextOf("ada", "ben", "zoe"), wait(60))
	got, _ := play(t, importtest.Play{At: "2026-03-02T13:00:00Z", Turns: end.Turns}, nextOf("ada", "ben", "zoe"), wait(60))
	assert.Equal(t, []string{"0s ada", "1m exhausted"}, got)
}

// unsaid is the note that a chain ends with a page.
const unsaid = "the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s"

func TestChainReport(t *testing.T) {
	t.Parallel()
	at := func(i int) string { return fmt.Sprintf("/escalation_policies/%d", i) }
	tests := map[string]importtest.Case{
		"nothing to report":                          {Docs: []string{policies(persons("ada"), wait(60), persons("ben"), wait(300), again)}},
		"somebody is on call, or it does not matter": {Docs: []string{shiftsOf, policies(teamwork, wait(60), persons("ben"), wait(60), onCall), usersList}, Notes: []string{"assumption b.json#/escalation_chain " + unsaid}},
		"positions": {
			Docs:   []string{`[{"id": "b", "escalation_chain_id": "F", "position": 1, ` + persons("ben") + `}, {"id": "a", "escalation_chain_id": "F", "position": 0, ` + wait(60) + `}, {"id": "c", "escalation_chain_id": "G", "position": 0, ` + persons("cy") + `}]`},
			Course: map[string][]string{"F": {"1m0s person ben", "11m0s exhausted"}, "G": {"0s person cy", "10m0s exhausted"}},
			Notes:  []string{"assumption /0 " + unsaid, "assumption /2 " + unsaid},
		},
		"turns": {
			Docs: []string{policies(nextOf("ben", "ada"), wait(60))},
			Notes: []string{
				"assumption " + at(0) + "/persons_to_notify_next_each_time turns are taken in the order of the document, while Grafana OnCall takes them in that of user names",
				"assumption " + at(0) + "/persons_to_notify_next_each_time the document does not say whose turn it is, so ben is taken to be next",
			},
		},
		"a wait without a duration": {
			Docs:  []string{policies(persons("ada"), `"type": "wait"`)},
			Notes: []string{"assumption " + at(1) + "/duration without a duration the wait is of 5m0s, as in Grafana OnCall"},
		},
		"important and not": {
			Docs:  []string{policies(persons("ada"), important(persons("ben")), wait(60))},
			Notes: []string{"assumption /escalation_chain whoever is notified by important rules is paged with high urgency, and whoever is by default rules with that of the incident, which may be as loud"},
		},
		"people who may not be there": {
			Docs:  []string{shiftsOf, policies(onCall, wait(60), persons("ben"), wait(60))},
			Notes: []string{"loss b.json#/escalation_chain where nobody stands behind a step, Grafana OnCall waits all the same; here the next is taken at once, and nothing is repeated if nobody could be paged"},
		},
		"a team, a group and a schedule that are not there": {
			Docs: []string{policies(teamwork, group, onCall, persons("ada"), wait(60))},
			Notes: []string{
				"loss " + at(0) + `/team_to_notify no user among the documents is in the team "T1", so nobody is paged until its members are known`,
				"loss " + at(1) + `/group_to_notify the members of the group "G1" are in Slack, so nobody is paged until they are known`,
				"loss " + at(2) + `/notify_on_call_from_schedule the schedule "S1" is not among the documents`,
				"assumption /escalation_chain whoever is notified by important rules",
			},
		},
		"a team that nobody is known to be in": {
			Docs: []string{policies(teamwork, wait(60), persons("ada"), wait(60))},
			Notes: []string{
				"loss /escalation_chain where nobody stands behind a step, Grafana OnCall waits all the same",
				"loss " + at(0) + `/team_to_notify no user among the documents is in the team "T1"`,
			},
		},
		"what is not kept": {
			Docs: []string{policies(persons("ada"), channel, declare, `"type": null`, `"type": "dance"`, `"type": "trigger_webhook", "action_to_trigger": null`, `"type": "notify_persons", "persons_to_notify": []`, wait(60), resolve, persons("ben"), again)},
			Notes: []string{
				"loss " + at(1) + " which channel is paged is not in the document, so none is",
				"loss " + at(2) + " that an incident is declared is not kept, since there is one already where people are paged",
				"loss " + at(3) + " it is not configured and does nothing, so it is left out",
				"loss " + at(4) + ` a step of the type "dance" is not known, so it is left out`,
				"loss " + at(5) + " the step names nobody, so it is left out",
				"loss " + at(6) + " the step names nobody, so it is left out",
				"loss " + at(8) + " Grafana OnCall resolves the alert group here, while here the run only ends, and the incident stays open",
				"loss " + at(9) + " what comes after the end of the chain is never come to, so it is left out",
			},
		},
		"alerts": {
			Docs: []string{policies(noise, persons("ada"), wait(60))},
			Notes: []string{
				"assumption " + at(0) + " alerts are counted back from when the step is due, and in Grafana OnCall from the last of them",
				"loss " + at(0) + " Grafana OnCall waits for so many alerts for good, while here the chain goes on after 7 days all the same",
			},
		},
		"not configured": {
			Docs:   []string{policies(`"type": "notify_if_time_from_to", "notify_if_time_from": "09:00:00Z", "notify_if_time_to": null`, `"type": "notify_if_num_alerts_in_window", "num_alerts_in_window": 3`, persons("ada"), wait(60))},
			Notes:  []string{"loss " + at(0) + " it is not configured and does nothing, so it is left out", "loss " + at(1) + " it is not configured and does nothing, so it is left out"},
			Course: map[string][]string{"F": {"0s person ada", "1m0s exhausted"}},
		},
		"repetitions": {
			Docs: []string{policies(again, persons("ada"), again, wait(60), again)},
			Notes: []string{
				"loss " + at(0) + " there is nothing before it to be repeated",
				"assumption " + at(2) + " a round lasts at least 1m0s here, and in Grafana OnCall only as long as its waits",
				"loss " + at(4) + " the chain is repeated only where it is first, so another 5 rounds are left out",
			},
			Course: map[string][]string{"F": {"0s person ada", "1m0s person ada", "2m0s person ada", "3m0s person ada", "4m0s person ada", "5m0s person ada", "6m0s exhausted"}},
		},
		"nobody": {
			Docs:  []string{`{"escalation_chains": {"results": [{"id": "F", "name": "Empty", "team_id": null}]}}`},
			Notes: []string{`loss /escalation_chains/results/0 the escalation chain "Empty" pages nobody, so it is left out`},
		},
		"what is not known": {
			Docs:  []string{policies(persons("ada")+`, "color": "red"`, wait(60))},
			Notes: []string{"loss " + at(0) + "/color this has no counterpart and was left out"},
		},
		"teams and groups, of which nothing is needed": {
			Docs: []string{`{"results": [{"id": "T1", "name": "Search", "email": null, "avatar_url": "/x"}]}`, `{"results": [{"id": "G1", "type": "slack_based", "slack": {"id": "X", "name": "Group", "handle": "group"}}]}`, webhooksList},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, grafanaoncall.Import)
		})
	}
}

func TestChainResult(t *testing.T) {
	t.Parallel()
	result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(policies(teamwork, webhook, wait(60)), usersList, webhooksList, usersList)...)
	require.NoError(t, err)
	assert.Equal(t, []escalation.Group{{ID: "T1", Members: []string{"zoe", "ada"}}}, result.Teams)
	assert.Equal(t, []importers.Place{{Type: escalation.TargetWebhook, ID: "W1", Name: "Pager", Channel: "webhook", To: "https://example.com/w"}}, result.Places)
	assert.Equal(t, importers.Person{ID: "zoe", Name: "a.zoe", Email: "zoe@example.com", Contacts: []importers.Contact{{Channel: "slack", To: "U1"}}}, result.People[2])
	assert.Equal(t, "Default", result.Policies[0].Name)
	assert.Empty(t, result.Report)
}

// Steps are as few as they can be.
func TestChainSteps(t *testing.T) {
	t.Parallel()
	result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(policies(nextOf("ben", "ada"), wait(60), persons("ada"), persons("ada"), wait(300)))...)
	require.NoError(t, err)
	ada, ben := escalation.Person("ada"), escalation.Person("ben")
	assert.Equal(t, []escalation.Step{
		{Targets: []escalation.Target{ben, ada}, Pick: escalation.PickInTurn, Wait: time.Minute},
		{Targets: []escalation.Target{ada}, Wait: 5 * time.Minute},
	}, result.Policies[0].Steps)
}

func TestChainFile(t *testing.T) {
	t.Parallel()
	year := importers.Options{From: importtest.Time(t, "2026-01-01"), To: importtest.Time(t, "2026-12-31")}
	result, err := grafanaoncall.Import(year, importtest.Read(t, "calendar.json"), importtest.Read(t, "chains.json"))
	require.NoError(t, err)
	got, _ := importtest.Play{Policy: "FSEARCH", At: "2026-03-27T15:58:00Z"}.Course(t, result) // ada and ben hand over to dan at 16:00
	assert.Equal(t, []string{
		"0s ada/high ben/high webhook WH1", "5m eve", "20m dan/high webhook WH1", "25m ben", "40m dan/high webhook WH1", "45m eve",
		"1h dan/high webhook WH1", "1h5m ben", "1h20m dan/high webhook WH1", "1h25m eve", "1h40m dan/high webhook WH1", "1h45m ben", "2h exhausted",
	}, got)
	got, _ = importtest.Play{Policy: "FSEARCH", At: "2026-03-27T19:50:00Z"}.Course(t, result)
	assert.Equal(t, []string{"0s dan/high webhook WH1", "5m eve", "20m dan/high webhook WH1", "10h10m ben", "10h25m dan/high webhook WH1"}, got[:5], "until 06:00")
	assert.Equal(t, []string{
		"assumption chains.json#/escalation_policies/results/3/persons_to_notify_next_each_time the document does not say whose turn it is, so eve is taken to be next",
		"loss chains.json#/escalation_policies/results/7 Grafana OnCall resolves the alert group here, while here the run only ends, and the incident stays open",
		"assumption chains.json#/escalation_chains/results/0 whoever is notified by important rules is paged with high urgency, and whoever is by default rules with that of the incident, which may be as loud",
	}, importtest.Notes(result.Report))
}

func TestChainErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]importtest.Case{
		"a wait below 0":   {Docs: []string{policies(persons("ada"), wait(-1))}, Errors: []string{"/escalation_policies/1/duration 0 or more"}},
		"a time":           {Docs: []string{policies(persons("ada"), between("9am", "18:00:00Z"))}, Errors: []string{"/escalation_policies/1/notify_if_time_from a time of day in UTC such as 09:00:00Z"}},
		"too many alerts":  {Docs: []string{policies(persons("ada"), strings.Replace(noise, "window\": 2", "window\": 1000", 1))}, Errors: []string{"/escalation_policies/1/num_alerts_in_window 0 to 999"}},
		"too short a time": {Docs: []string{policies(persons("ada"), strings.Replace(noise, "window\": 10", "window\": 0", 1))}, Errors: []string{"/escalation_policies/1/num_minutes_in_window at least 1 minute"}},
		"one chain twice":  {Docs: []string{policies(persons("ada")), `{"id": "F", "name": "Other", "team_id": null}`}, Errors: []string{"/id each chain once"}},
		"no chain":         {Docs: []string{`{"escalation_policies": [{"id": "a", "escalation_chain_id": null, "type": "wait"}]}`}, Errors: []string{"/escalation_policies/0/escalation_chain_id a text"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, grafanaoncall.Import)
		})
	}
}

func TestChainWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, grafanaoncall.Import, policies(persons("ada"), nextOf("ben", "zoe"), teamwork, group, webhook, onCall, wait(60), between("09:00:00Z", "18:00:00Z"), noise, again, resolve), usersList, webhooksList)
}
