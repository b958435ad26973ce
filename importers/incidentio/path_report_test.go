package incidentio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

func TestPathReport(t *testing.T) {
	t.Parallel()
	const at = "/escalation_path/path/0"
	dan := level("9", ack(60), "user dan")
	unread := func(condition string) string {
		return either("1", condition, []string{level("2", ack(60), "user ada")}, []string{dan})
	}
	tests := map[string]importtest.Case{
		"nothing to report": {Docs: []string{route(level("1", ack(300)+`, "ack_mode": "first"`, "user ada low", "slack_channel C"))}},
		"a mode of acknowledging": {
			Docs:  []string{route(level("1", ack(300)+`, "ack_mode": "all"`, "user ada"))},
			Notes: []string{"assumption " + at + "/level/ack_mode everybody whom the level pages has to acknowledge, and until all have the path is taken to go on"},
		},
		"turns": {
			Docs: []string{route(level("1", ack(300)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 120}`, "user ada", "user ben"))},
			Notes: []string{
				"assumption " + at + "/level/round_robin_config the document does not say who was paged longest ago",
				"loss " + at + "/level/round_robin_config/rotate_after_seconds the last turn of the level is as long as the others, so the next node follows after 6m0s and not after 5m0s",
			},
			Course: map[string][]string{"p": {"0s person ada", "2m0s person ben", "4m0s person ada", "6m0s exhausted"}},
		},
		"short turns, and attempts besides": {
			Docs: []string{route(level("1", ack(60)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 30}, "retry_config": {"attempts": 2, "interval_seconds": 60}`, "user ada", "user ben"))},
			Notes: []string{
				"assumption " + at + "/level/round_robin_config the document does not say who was paged longest ago",
				"loss " + at + "/level/round_robin_config/rotate_after_seconds a turn lasts at least 1m0s here",
				"loss " + at + "/level/retry_config the level is not paged again, since those who take turns are paged one after the other already",
			},
			Course: map[string][]string{"p": {"0s person ada", "1m0s person ben", "1m30s exhausted"}},
		},
		"turns without end": {
			Docs: []string{route(level("1", `, "round_robin_config": {"enabled": true, "rotate_after_seconds": 30}`, "user ada", "user ben"))},
			Notes: []string{
				"assumption " + at + "/level/round_robin_config the document",
				"assumption " + at + "/level/round_robin_config/rotate_after_seconds without a time to acknowledge one turn is taken to be all",
			},
			Course: map[string][]string{"p": {"0s person ada", "30s exhausted"}},
		},
		"turns, and one attempt": {
			Docs:  []string{route(level("1", ack(120)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 60}, "retry_config": {"attempts": 1, "interval_seconds": 60}`, "user ada", "user ben"))},
			Notes: []string{"assumption " + at + "/level/round_robin_config the document"},
		},
		"an acknowledgement that holds": {
			Docs: []string{strings.Replace(route(dan), `"name"`, `"repeat_config": {"repeat_after_seconds": 0, "delay_repeat_on_activity": false}, "name"`, 1)},
		},
		"not a priority, within hours": {
			Docs: []string{route(unread(strings.Replace(critical, "one_of", "not_one_of", 1)+","+inHours), either("5", inHours+","+strings.Replace(critical, "one_of", "not_one_of", 1), []string{level("6", ack(60), "user cy")}, nil))},
			Notes: []string{
				"assumption " + at + "/if_else/conditions/0 the escalation's priority",
				"loss " + at + "/if_else/conditions the condition cannot be expressed",
				"assumption /escalation_path/path/1/if_else/conditions/1 the escalation's priority",
				"loss /escalation_path/path/1/if_else/conditions the condition cannot be expressed",
			},
			Course: map[string][]string{"p": {"0s person ada", "1m0s person dan", "2m0s person cy", "3m0s exhausted"}},
		},
		"a priority within hours that never are": {
			Docs: []string{strings.Replace(route(unread(inHours+","+critical)), officeHours, `[{"id": "UK", "timezone": "Europe/London", "weekday_intervals": []}]`, 1)},
			Notes: []string{
				"assumption " + at + "/if_else/conditions/1 the escalation's priority",
				"loss " + at + "/if_else/then_path these nodes are never come to",
			},
			Course: map[string][]string{"p": {"0s person dan", "1m0s exhausted"}},
		},
		"a repetition of an empty branch": {
			Docs:  []string{route(either("1", inHours, nil, nil), dan, back("1", 1))},
			Notes: []string{"loss /escalation_path/path/2/repeat/to_node there is no node of this id"},
		},
		"a turn as long as the level": {
			Docs:   []string{route(level("1", ack(60)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 120}`, "user ada", "user ben"))},
			Notes:  []string{"assumption " + at + "/level/round_robin_config the document"},
			Course: map[string][]string{"p": {"0s person ada", "1m0s exhausted"}},
		},
		"attempts": {
			Docs:  []string{route(level("1", ack(300)+`, "retry_config": {"attempts": 2, "interval_seconds": 60}`, "user ada"))},
			Notes: []string{"assumption " + at + "/level/retry_config the time to acknowledge is taken to run from the last attempt"},
		},
		"attempts at once": {
			Docs:   []string{route(level("1", ack(300)+`, "retry_config": {"attempts": 3, "interval_seconds": 0}`, "user ada"))},
			Notes:  []string{"assumption " + at + "/level/retry_config/interval_seconds attempts that follow each other at once are one"},
			Course: map[string][]string{"p": {"0s person ada", "5m0s exhausted"}},
		},
		"no time to acknowledge": {
			Docs:   []string{route(level("1", "", "user ada"), dan)},
			Notes:  []string{"assumption " + at + "/level/time_to_ack_seconds without a time to acknowledge the next node is taken to follow at once"},
			Course: map[string][]string{"p": {"0s person ada, person dan", "1m0s exhausted"}},
		},
		"working hours that begin": {
			Docs: []string{rota, route(level("1", whenever("active"), "schedule s"), dan)},
			Notes: []string{
				"assumption b.json#" + at + "/level/time_to_ack_weekday_interval_config_id where these working hours are active already, the next node is taken to follow at once",
				"loss b.json#" + at + "/level where nobody is on call for this level, these hours are waited for all the same, while incident.io goes on at once",
			},
		},
		"a level of nobody": {
			Docs: []string{route(level("1", ack(60), "catalog_entry X"), dan)},
			Notes: []string{
				"loss " + at + `/level/targets/0 a target of the type "catalog_entry" cannot be paged, so it is left out`,
				"loss " + at + "/level/targets the level pages nobody, so it is left out, and the next node takes its place",
			},
			Course: map[string][]string{"p": {"0s person dan", "1m0s exhausted"}},
		},
		"a template": {
			Docs:   []string{route(strings.Replace(level("1", ack(60), "user dan"), `"targets": [`, `"targets": [{"type": "user", "urgency": "high", "binding": {"value": {"reference": "lead"}}}, `, 1))},
			Notes:  []string{"loss " + at + "/level/targets/0 whom a parameter of a template names is not in the document, so nobody is paged for it"},
			Course: map[string][]string{"p": {"0s person dan", "1m0s exhausted"}},
		},
		"a path of nobody": {
			Docs:  []string{route(`{"type": "delay", "delay": {"delay_seconds": 60}}`)},
			Notes: []string{"loss /escalation_path/path no level of the escalation path pages anybody, so it is left out"},
		},
		"a condition that cannot be expressed": {
			Docs:   []string{route(unread(`{"subject": "alert.title", "operation": "contains", "param_bindings": [{"value": {"literal": "x"}}]}`))},
			Notes:  []string{"loss " + at + "/if_else/conditions the condition cannot be expressed, so both of its paths are taken, the one after the other"},
			Course: map[string][]string{"p": {"0s person ada", "1m0s person dan", "2m0s exhausted"}},
		},
		"two priorities at once": {
			Docs: []string{route(unread(critical + "," + labeled))},
			Notes: []string{
				"loss " + at + "/if_else/conditions the condition cannot be expressed, so both of its paths are taken, the one after the other",
				"assumption " + at + "/if_else/conditions/0 the escalation's priority is taken to be the severity of the incident, by the name Critical or High",
				"assumption " + at + "/if_else/conditions/1 the escalation's priority is taken to be the severity of the incident, by the name Critical",
			},
			Course: map[string][]string{"p": {"0s person ada", "1m0s person dan", "2m0s exhausted"}},
		},
		"ends of branches, of which one waits": {
			Docs: []string{route(dan, either("1", inHours, []string{level("2", "", "user ada")}, []string{level("3", ack(60), "user ben")}))},
			Notes: []string{
				"assumption /escalation_path/path/1/if_else/then_path/0/level/time_to_ack_seconds without a time to acknowledge",
				"assumption /escalation_path/path the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
			Course: map[string][]string{"p": {"0s person dan", "1m0s person ada", "11m0s exhausted"}},
		},
		"a branch at the end that may not be taken": {
			Docs: []string{route(level("1", "", "user ada"), either("2", critical, []string{dan}, nil))},
			Notes: []string{
				"assumption " + at + "/level/time_to_ack_seconds without a time to acknowledge",
				"assumption /escalation_path/path/1/if_else/conditions/0 the escalation's priority is taken to be the severity",
				"assumption /escalation_path/path the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
			Course: map[string][]string{"p": {"0s person ada", "10m0s exhausted"}},
		},
		"another path at the end, which waits": {
			Docs: []string{route(level("1", ack(60), "user ada"), `{"id": "2", "type": "escalation_path", "escalation_path": {"escalation_path_id": "q"}}`),
				strings.Replace(route(dan), `"id": "p"`, `"id": "q"`, 1)},
			Course: map[string][]string{"p": {"0s person ada", "1m0s person dan", "2m0s exhausted"}},
		},
		"an acknowledgement of more than a week": {
			Docs: []string{strings.Replace(route(dan), `"name"`, `"repeat_config": {"repeat_after_seconds": 604801, "delay_repeat_on_activity": false}, "name"`, 1)},
			Notes: []string{
				"loss /escalation_path/repeat_config/repeat_after_seconds the longest time that is kept is 7 days, and stands in place of this one",
				"loss /escalation_path/repeat_config/repeat_after_seconds when the acknowledgement is so old",
			},
		},
		"hours of all week": {
			Docs:   []string{strings.Replace(route(unread(inHours)), officeHours, allHours, 1)},
			Notes:  []string{"loss " + at + "/if_else/else_path these nodes are never come to, since the working hours do not change in a week, so they are left out"},
			Course: map[string][]string{"p": {"0s person ada", "1m0s exhausted"}},
		},
		"hours that never are": {
			Docs: []string{strings.Replace(route(unread(inHours), level("8", whenever("active"), "user ben")), officeHours, `[{"id": "UK", "timezone": "Europe/London", "weekday_intervals": []}]`, 1)},
			Notes: []string{
				"loss " + at + "/if_else/then_path these nodes are never come to",
				"loss /escalation_path/path/1/level/time_to_ack_weekday_interval_config_id what is waited for never comes, so nothing is waited for",
				"assumption /escalation_path/path/1/level/time_to_ack_seconds without a time to acknowledge",
				"assumption /escalation_path/path the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s",
			},
			Course: map[string][]string{"p": {"0s person dan", "1m0s person ben", "11m0s exhausted"}},
		},
		"a repetition of what comes later, of what is in another branch, and of nothing": {
			Docs: []string{route(back("9", 2), either("1", inHours, []string{level("2", ack(60), "user ada")}, []string{back("2", 2)}), dan, back("nothing", 1))},
			Notes: []string{
				"loss " + at + "/repeat/to_node there is no node of this id before this one in the same path or around it, so nothing is repeated",
				"loss /escalation_path/path/1/if_else/else_path/0/repeat/to_node there is no node of this id",
				"loss /escalation_path/path/3/repeat/to_node there is no node of this id",
			},
		},
		"a loop that may page nobody, and one that is short": {
			Docs: []string{rota, route(level("1", ack(60), "schedule s"), back("1", 1), level("2", ack(30), "user ada"), level("3", ack(20), "user ben"), back("2", 1))},
			Notes: []string{
				"loss b.json#/escalation_path/path/1/repeat where nobody could be paged since that node, it is not gone back to, while incident.io tries again",
				"assumption b.json#/escalation_path/path/4/repeat a round of less than 1m0s may be drawn out to that here",
			},
			Course: map[string][]string{"p": {"0s schedule s", "1m0s schedule s", "2m0s person ada", "2m30s person ben", "2m50s person ada", "3m20s person ben", "3m40s exhausted"}},
		},
		"a schedule and a rotation that are not there": {
			Docs: []string{rota, route(level("1", ack(60), "schedule x high all_users_for_rota r", "schedule s high all_users_for_rota nope", "user dan"))},
			Notes: []string{
				"loss b.json#" + at + `/level/targets/0/id the schedule "x" is not among the documents`,
				"loss b.json#" + at + `/level/targets/0/selected_rota_id the rotation "r" cannot be told from others, since its schedule is not among the documents`,
				"loss b.json#" + at + `/level/targets/1/selected_rota_id the schedule "s" has no rotation "nope", so everybody on call on it is paged`,
			},
		},
		"what is not known": {
			Docs:  []string{route(level("1", ack(60)+`, "color": "red"`, "user dan"))},
			Notes: []string{"loss " + at + "/level/color this has no counterpart and was left out"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, incidentio.Import)
		})
	}
}

// allHours are working hours that have no end.
const allHours = `[{"id": "UK", "timezone": "Europe/London", "weekday_intervals": [
	{"weekday": "monday", "start_time": "00:00", "end_time": "24:00"}, {"weekday": "tuesday", "start_time": "00:00", "end_time": "24:00"},
	{"weekday": "wednesday", "start_time": "00:00", "end_time": "24:00"}, {"weekday": "thursday", "start_time": "00:00", "end_time": "24:00"},
	{"weekday": "friday", "start_time": "00:00", "end_time": "24:00"}, {"weekday": "saturday", "start_time": "00:00", "end_time": "24:00"},
	{"weekday": "sunday", "start_time": "00:00", "end_time": "24:00"}]}]`

func TestPathErrors(t *testing.T) {
	t.Parallel()
	const at = "/escalation_path/path/0"
	dan := level("9", ack(60), "user dan")
	tests := map[string]importtest.Case{
		"a node of another type":      {Docs: []string{route(`{"type": "sleep"}`)}, Errors: []string{at + "/type one of level, notify_channel, if_else, repeat, delay, escalation_path"}},
		"a mode of another kind":      {Docs: []string{route(level("1", ack(60), "schedule s high sometimes"))}, Errors: []string{at + "/level/targets/0/schedule_mode one of currently_on_call"}},
		"an urgency of another":       {Docs: []string{route(level("1", ack(60), "user s medium"))}, Errors: []string{at + "/level/targets/0/urgency one of high, low"}},
		"a time below 0":              {Docs: []string{route(level("1", ack(-1), "user s"))}, Errors: []string{at + "/level/time_to_ack_seconds 0 or more"}},
		"too many attempts":           {Docs: []string{route(level("1", ack(60)+`, "retry_config": {"attempts": 11, "interval_seconds": 60}`, "user s"))}, Errors: []string{at + "/level/retry_config/attempts 1 to 10"}},
		"too many turns":              {Docs: []string{route(level("1", ack(60000)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 60}`, "user s"))}, Errors: []string{at + "/level/round_robin_config/rotate_after_seconds at least 600 seconds"}},
		"hours that are not there":    {Docs: []string{route(strings.Replace(level("1", whenever("active"), "user s"), "UK", "US", 1))}, Errors: []string{at + "/level/time_to_ack_weekday_interval_config_id the id of some of the working_hours of the path"}},
		"hours that are not named":    {Docs: []string{route(level("1", `, "time_to_ack_interval_condition": "active"`, "user s"))}, Errors: []string{at + "/level/time_to_ack_weekday_interval_config_id the id of the working hours that the condition is about"}},
		"hours of a branch":           {Docs: []string{route(either("1", strings.Replace(inHours, "UK", "US", 1), []string{dan}, nil))}, Errors: []string{at + "/if_else/conditions/0/subject the id of some of the working_hours"}},
		"hours twice":                 {Docs: []string{strings.Replace(route(dan), officeHours, strings.TrimSuffix(allHours, "]")+","+strings.TrimPrefix(officeHours, "["), 1)}, Errors: []string{"/escalation_path/working_hours/1/id an id that no other working hours have"}},
		"no value":                    {Docs: []string{route(either("1", strings.Replace(labeled, `"literal": "01P", "label": "Critical"`, `"reference": "x"`, 1), []string{dan}, nil))}, Errors: []string{at + "/if_else/conditions/0/param_bindings at least one value"}},
		"repeated too often":          {Docs: []string{route(dan, back("9", 101))}, Errors: []string{"/escalation_path/path/1/repeat/repeat_times 1 to 100"}},
		"an id twice":                 {Docs: []string{route(dan, dan, back("9", 1))}, Errors: []string{"/escalation_path/path/1/id an id that no other node has"}},
		"a path that is not there":    {Docs: []string{route(`{"type": "escalation_path", "escalation_path": {"escalation_path_id": "x"}}`)}, Errors: []string{at + `/escalation_path/escalation_path_id a policy that is among the documents; give that of "x" too`}},
		"a path that leads to itself": {Docs: []string{route(`{"type": "escalation_path", "escalation_path": {"escalation_path_id": "p"}}`)}, Errors: []string{"/escalation_path an escalation policy in which steps[0].targets[0].id is a policy that"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, incidentio.Import)
		})
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	result, err := incidentio.Import(importers.Options{}, importtest.Files(route(level("1", ack(60), "user u", "slack_channel C1", "user v")),
		`{"users": [{"id": "u", "name": "Uma", "email": "uma@example.com", "role": "viewer", "slack_user_id": "U1"}], "pagination_meta": {"after": null}}`)...)
	require.NoError(t, err)
	assert.Empty(t, result.Report)
	assert.Equal(t, []importers.Person{{ID: "u", Name: "Uma", Email: "uma@example.com", Contacts: []importers.Contact{{Channel: "slack", To: "U1"}}}, {ID: "v"}}, result.People)
	assert.Equal(t, []importers.Place{{Type: escalation.TargetChannel, ID: "C1", Channel: "slack", To: "C1"}}, result.Places)
}

// everything is a path with a node of each kind.
var everything = route(
	either("start", inHours, []string{level("2", ack(300)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 120}`, "user ada", "schedule s high all_users"), back("start", 1)},
		[]string{either("3", critical, []string{level("4", whenever("active")+`, "ack_mode": "all"`, "schedule s high next_on_call_for_rota r", "slack_channel C")}, nil)}),
	level("5", ack(60)+`, "retry_config": {"attempts": 2, "interval_seconds": 60}`, "user ben low"),
	`{"type": "delay", "delay": {"delay_seconds": 60}}`)

func TestPathWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, incidentio.Import, everything)
	importtest.Wild(t, incidentio.Import, rota, route(level("1", ack(60), "schedule s high all_users_for_rota r")))
}

// The path of the vendors' shapes.
func TestSharedPath(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "incident_io_escalation_path") {
		result, err := incidentio.Import(importers.Options{}, importtest.Files(doc)...)
		require.NoError(t, err)
		assert.Equal(t, []string{"0s schedule s1", "5m0s schedule s1", "10m0s schedule s1", "15m0s exhausted"}, importtest.Course(t, result, "p1"))
	}
}
