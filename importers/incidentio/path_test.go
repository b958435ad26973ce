package incidentio_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// officeHours are the working hours "UK" of the paths below.
const officeHours = `[{"id": "UK", "name": "UK", "timezone": "Europe/London", "weekday_intervals": [
	{"weekday": "monday", "start_time": "09:00", "end_time": "17:00"}, {"weekday": "sunday", "start_time": "01:30", "end_time": "03:00"}]}]`

// route writes an escalation path p.
func route(nodes ...string) string {
	return `{"escalation_path": {"id": "p", "name": "Urgent", "current_responders": [], "team_ids": ["t"], "path": [` + strings.Join(nodes, ",") + `],
		"working_hours": ` + officeHours + `}}`
}

// rota is the document of the schedule s: ada and ben change each Monday at 09:00
// in rotation r, cy is on call in rotation q on Mondays from 09:00 to 17:00.
var rota = schedule(version{users: []string{"ada", "ben"}}.String(), version{id: "q", users: []string{"cy"}, more: hours("monday 09:00 17:00")}.String())

// level writes a level for targets such as "user ada high".
func level(id, more string, targets ...string) string {
	return fmt.Sprintf(`{"id": %q, "type": "level", "level": {"targets": [%s]%s}}`, id, pagedAt(targets), more)
}

func pagedAt(targets []string) string {
	var list []string
	for _, t := range targets {
		f := append(strings.Fields(t), "high", "", "")
		list = append(list, fmt.Sprintf(`{"type": %q, "id": %q, "urgency": %q, "schedule_mode": %q, "selected_rota_id": %q}`, f[0], f[1], f[2], strings.TrimPrefix(f[3], "high"), strings.TrimPrefix(f[4], "high")))
	}
	return strings.Join(list, ",")
}

func ack(seconds int) string { return fmt.Sprintf(`, "time_to_ack_seconds": %d`, seconds) }

func whenever(condition string) string {
	return fmt.Sprintf(`, "time_to_ack_interval_condition": %q, "time_to_ack_weekday_interval_config_id": "UK"`, condition)
}

func back(to string, times int) string {
	return fmt.Sprintf(`{"id": "again", "type": "repeat", "repeat": {"to_node": %q, "repeat_times": %d}}`, to, times)
}

func either(id, condition string, then, otherwise []string) string {
	return fmt.Sprintf(`{"id": %q, "type": "if_else", "if_else": {"conditions": [%s], "then_path": [%s], "else_path": [%s]}}`, id, condition, strings.Join(then, ","), strings.Join(otherwise, ","))
}

const (
	inHours  = `{"subject": "escalation.working_hours[\"UK\"]", "operation": "is_active", "param_bindings": []}`
	critical = `{"subject": "escalation.priority", "operation": "one_of", "param_bindings": [{"array_value": [{"literal": "01P", "label": "Critical"}, {"literal": "High"}]}]}`
	// As GET answers it.
	labeled = `{"subject": {"label": "Priority", "reference": "escalation.priority"}, "operation": {"label": "is one of", "value": "one_of"},
		"param_bindings": [{"value": {"literal": "01P", "label": "Critical"}}]}`
)

// What incident.io does, reckoned by hand from what its documentation says.
func TestPathCourse(t *testing.T) {
	t.Parallel()
	const monday, evening, tuesday = "2026-01-05T12:00:00Z", "2026-01-05T16:50:00Z", "2026-01-06T12:00:00Z"
	tests := map[string]struct {
		path []string
		at   string
		want []string
	}{
		"levels wait for their time to acknowledge": {
			[]string{level("1", ack(300), "schedule s"), level("2", ack(600), "user dan low")}, tuesday,
			[]string{"0s ada/high", "5m dan/low", "15m exhausted"},
		},
		"a level with nobody on call is passed over at once": {
			[]string{level("1", ack(300), "schedule s high currently_on_call_for_rota q"), level("2", ack(600), "user dan")}, tuesday,
			[]string{"0s dan/high", "10m exhausted"},
		},
		"the modes of schedules": {
			[]string{
				level("1", ack(60), "schedule s"), level("2", ack(60), "schedule s high currently_on_call"), level("3", ack(60), "schedule s high next_on_call"),
				level("4", ack(60), "schedule s high all_users"), level("5", ack(60), "schedule s high currently_on_call_for_rota r"), level("6", ack(60), "schedule s high all_users_for_rota r"),
			}, monday,
			[]string{"0s ada/high cy/high", "1m ada/high cy/high", "2m ben/high", "3m ada/high ben/high cy/high", "4m ada/high", "5m ada/high ben/high", "6m exhausted"},
		},
		"attempts count the first page": {
			[]string{level("1", ack(600)+`, "retry_config": {"attempts": 3, "interval_seconds": 120}`, "user ada"), level("2", ack(60), "user dan")}, monday,
			[]string{"0s ada/high", "2m ada/high", "4m ada/high", "14m dan/high", "15m exhausted"},
		},
		"without a time to acknowledge the last attempt waits as long as the others": {
			[]string{level("1", `, "retry_config": {"attempts": 2, "interval_seconds": 120}`, "user ada"), level("2", ack(60), "user dan")}, monday,
			[]string{"0s ada/high", "2m ada/high", "4m dan/high", "5m exhausted"},
		},
		"round robin pages one": {
			[]string{level("1", ack(300)+`, "round_robin_config": {"enabled": true}`, "user ada", "user ben"), level("2", ack(60), "user dan")}, monday,
			[]string{"0s ada/high", "5m dan/high", "6m exhausted"},
		},
		"round robin rotates until the time to acknowledge is over": {
			[]string{level("1", ack(600)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 120}`, "user ada", "user ben", "user cy"), level("2", ack(60), "user dan")}, monday,
			[]string{"0s ada/high", "2m ben/high", "4m cy/high", "6m ada/high", "8m ben/high", "10m dan/high", "11m exhausted"},
		},
		"round robin that is not enabled": {
			[]string{level("1", ack(300)+`, "round_robin_config": {"enabled": false, "rotate_after_seconds": 120}`, "user ada", "user ben")}, monday,
			[]string{"0s ada/high ben/high", "5m exhausted"},
		},
		"channels": {
			[]string{`{"type": "notify_channel", "notify_channel": {"targets": [` + pagedAt([]string{"slack_channel C1", "msteams_channel T1"}) + `]` + ack(120) + `}}`, level("2", ack(60), "user dan")}, monday,
			[]string{"0s channel C1 channel T1", "2m dan/high", "3m exhausted"},
		},
		"a repeat goes back so many times": {
			[]string{level("1", ack(60), "user dan"), level("2", ack(120), "user ada"), level("3", ack(60), "user ben"), back("2", 2), level("4", ack(60), "user cy")}, monday,
			[]string{"0s dan/high", "1m ada/high", "3m ben/high", "4m ada/high", "6m ben/high", "7m ada/high", "9m ben/high", "10m cy/high", "11m exhausted"},
		},
		"a delay": {
			[]string{`{"type": "delay", "delay": {"delay_seconds": 120}}`, level("1", ack(60), "user dan"), `{"type": "delay", "delay": {"delay_seconds": 90}}`, level("2", ack(60), "user ada")}, monday,
			[]string{"2m dan/high", "4m30s ada/high", "5m30s exhausted"},
		},
		"a branch that is taken": {
			[]string{either("1", inHours, []string{level("2", ack(60), "user dan")}, []string{level("3", ack(60), "user ada")}), level("4", ack(60), "user ben")}, monday,
			[]string{"0s dan/high", "1m ben/high", "2m exhausted"},
		},
		"a branch that is not": {
			[]string{either("1", inHours, []string{level("2", ack(60), "user dan")}, []string{level("3", ack(60), "user ada")}), level("4", ack(60), "user ben")}, tuesday,
			[]string{"0s ada/high", "1m ben/high", "2m exhausted"},
		},
		"a branch that is gone back to is asked again": {
			[]string{either("start", inHours, []string{level("2", ack(300), "user dan"), back("start", 3)}, []string{level("3", ack(60), "user ada")})}, evening,
			[]string{"0s dan/high", "5m dan/high", "10m ada/high", "11m exhausted"}, // 17:00
		},
		"a loop by the id of the branch around it": {
			[]string{either("start", inHours, []string{level("2", ack(60), "user dan"), back("start", 2)}, nil)}, monday,
			[]string{"0s dan/high", "1m dan/high", "2m dan/high", "3m exhausted"},
		},
		"a repetition in the other branch": {
			[]string{level("1", ack(60), "user dan"), either("2", inHours, []string{level("3", ack(60), "user cy")}, []string{level("4", ack(60), "user ada"), back("1", 1)})}, tuesday,
			[]string{"0s dan/high", "1m ada/high", "2m dan/high", "3m ada/high", "4m exhausted"},
		},
		"only the other branch pages somebody": {
			[]string{either("2", inHours, nil, []string{level("4", ack(60), "user ada")})}, tuesday,
			[]string{"0s ada/high", "1m exhausted"},
		},
		"a node with the id of turns": {
			[]string{level("", ack(120)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 60}`, "user ada", "user ben"), level("turns-1", ack(60), "user dan", "user dan"), back("turns-1", 1)}, monday,
			[]string{"0s ada/high", "1m ben/high", "2m dan/high", "3m dan/high", "4m exhausted"},
		},
		"until the working hours begin": {
			[]string{level("1", whenever("active"), "user dan"), level("2", ack(60), "user ada")}, tuesday,
			[]string{"0s dan/high", "109h30m ada/high", "109h31m exhausted"}, // Sunday, 01:30
		},
		"until they end": {
			[]string{level("1", whenever("inactive"), "user dan"), level("2", ack(60), "user ada")}, evening,
			[]string{"0s dan/high", "10m ada/high", "11m exhausted"},
		},
		"a delay until they begin": {
			[]string{`{"type": "delay", "delay": {"delay_interval_condition": "active", "delay_weekday_interval_config_id": "UK"}}`, level("1", ack(60), "user dan")}, "2026-01-05T08:59:00Z",
			[]string{"1m dan/high", "2m exhausted"},
		},
		"another path": {
			[]string{level("1", ack(60), "user dan"), `{"type": "escalation_path", "escalation_path": {"escalation_path_id": "other"}}`}, monday,
			[]string{"0s dan/high", "1m cy/high", "3m exhausted"},
		},
		"hours that begin as the clock skips their time": { // 29 March: 01:00 is 02:00
			[]string{`{"type": "delay", "delay": {"delay_interval_condition": "active", "delay_weekday_interval_config_id": "UK"}}`, level("1", ack(60), "user dan")}, "2026-03-29T00:00:00Z",
			[]string{"1h dan/high", "1h1m exhausted"},
		},
		"hours that end an hour later by the clock": { // 25 October: 02:00 is 01:00 again, and 03:00 is 03:00Z
			[]string{level("1", whenever("inactive"), "user dan"), level("2", ack(60), "user ada")}, "2026-10-25T00:30:00Z",
			[]string{"0s dan/high", "2h30m ada/high", "2h31m exhausted"},
		},
	}
	const other = `{"id": "other", "path": [{"type": "level", "level": {"targets": [{"type": "user", "id": "cy", "urgency": "high"}], "time_to_ack_seconds": 120}}]}`
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := incidentio.Import(importers.Options{}, importtest.Files(rota, route(tt.path...), other)...)
			require.NoError(t, err)
			got, _ := importtest.Play{Policy: "p", At: tt.at}.Course(t, result)
			assert.Equal(t, tt.want, got)
		})
	}
}

// A branch on the priority, which is a severity here.
func TestPriority(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ condition, severity, want string }{
		{critical, "Critical", "dan/high"}, {critical, "High", "dan/high"}, {critical, "01P", "ada/high"}, {critical, "", "ada/high"},
		{labeled, "Critical", "dan/high"}, {labeled, "High", "ada/high"},
		{strings.Replace(critical, "one_of", "not_one_of", 1), "High", "ada/high"}, {strings.Replace(critical, "one_of", "not_one_of", 1), "Low", "dan/high"},
		{strings.Replace(labeled, `"value": {"literal": "01P"`, `"array_value": [{"literal": "High"}], "value": {"literal": "01P"`, 1), "Critical", "ada/high"},
		{critical + "," + inHours, "High", "dan/high"}, {critical + "," + inHours, "Low", "ada/high"},
	} {
		result, err := incidentio.Import(importers.Options{}, importtest.Files(route(either("1", tt.condition, []string{level("2", ack(60), "user dan")}, []string{level("3", ack(60), "user ada")})))...)
		require.NoError(t, err)
		got, _ := importtest.Play{Policy: "p", At: "2026-01-05T12:00:00Z", Facts: escalation.Facts{Severity: tt.severity}}.Course(t, result)
		assert.Equal(t, []string{"0s " + tt.want, "1m exhausted"}, got, "%s of %s", tt.severity, tt.condition)
	}
}

// The pointer of a round robin outlives a run.
func TestRoundRobinGoesOn(t *testing.T) {
	t.Parallel()
	result, err := incidentio.Import(importers.Options{}, importtest.Files(route(level("1", ack(240)+`, "round_robin_config": {"enabled": true, "rotate_after_seconds": 120}`, "user ada", "user ben", "user cy")))...)
	require.NoError(t, err)
	assert.Equal(t, escalation.PickLeastRecent, result.Policies[0].Steps[0].Pick)
	play := importtest.Play{Policy: "p", At: "2026-01-05T12:00:00Z"}
	first, end := play.Course(t, result)
	assert.Equal(t, []string{"0s ada/high", "2m ben/high", "4m exhausted"}, first)
	play.At, play.Turns = "2026-01-05T13:00:00Z", end.Turns
	second, _ := play.Course(t, result)
	assert.Equal(t, []string{"0s cy/high", "2m ada/high", "4m exhausted"}, second)
}

// A rotation that is paged without the others keeps its overrides, and none of theirs.
func TestOneRotation(t *testing.T) {
	t.Parallel()
	cover := func(rotation, user string) string {
		return `{"rotation_id": "` + rotation + `", "layer_id": "l1", "start_at": "2026-01-05T12:00:00Z", "end_at": "2026-01-05T13:00:00Z", "user": {"id": "` + user + `"}}`
	}
	result, err := incidentio.Import(importers.Options{}, importtest.Files(rota, `{"schedule_entries": {"overrides": [`+cover("r", "zoe")+`,`+cover("q", "yan")+`]}}`,
		route(level("1", ack(60), "schedule s high currently_on_call_for_rota r", "schedule s high currently_on_call_for_rota r"), level("2", ack(60), "schedule s high all_users_for_rota r")))...)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 2)
	assert.Equal(t, "s-r", result.Schedules[1].ID)
	assert.Len(t, result.Policies[0].Steps[0].Targets, 1)
	got, _ := importtest.Play{Policy: "p", At: "2026-01-05T12:30:00Z"}.Course(t, result)
	assert.Equal(t, "0s zoe/high", got[0])
}

// With the mode all, the path goes on until everybody has acknowledged.
func TestAckMode(t *testing.T) {
	t.Parallel()
	course := func(mode string) []string {
		result, err := incidentio.Import(importers.Options{}, importtest.Files(route(level("1", ack(300)+`, "ack_mode": "`+mode+`"`, "user ada", "user ben"), level("2", ack(60), "user dan")))...)
		require.NoError(t, err)
		got, _ := importtest.Play{Policy: "p", At: "2026-01-05T12:00:00Z", Script: []escalation.Answer{
			{Kind: escalation.Acknowledge, By: "ada", At: importtest.Time(t, "2026-01-05T12:01:00Z")},
		}}.Course(t, result)
		return got
	}
	assert.Equal(t, []string{"0s ada/high ben/high"}, course("first"))
	assert.Equal(t, []string{"0s ada/high ben/high", "5m dan/high", "6m exhausted"}, course("all"))
}

// An acknowledgement that is not renewed pages again.
func TestRepeatConfig(t *testing.T) {
	t.Parallel()
	doc := strings.Replace(route(level("1", ack(300), "user ada"), level("2", ack(60), "user dan")), `"name"`, `"repeat_config": {"repeat_after_seconds": 1800, "delay_repeat_on_activity": true}, "name"`, 1)
	result, err := incidentio.Import(importers.Options{}, importtest.Files(doc)...)
	require.NoError(t, err)
	assert.Equal(t, 30*time.Minute, result.Policies[0].AckTimeout)
	got, _ := importtest.Play{Policy: "p", At: "2026-01-05T12:00:00Z", Script: []escalation.Answer{
		{Kind: escalation.Acknowledge, By: "ada", At: importtest.Time(t, "2026-01-05T12:01:00Z")},
	}}.Course(t, result)
	assert.Equal(t, []string{"0s ada/high", "31m ada/high", "36m dan/high", "37m exhausted"}, got)
	assert.Equal(t, []string{
		"loss /escalation_path/repeat_config/repeat_after_seconds when the acknowledgement is so old, the level that paged last is paged again and the run goes on after it, while incident.io begins with the first level",
		"loss /escalation_path/repeat_config/delay_repeat_on_activity what happens in the incident does not put this off, only another acknowledgement does",
	}, importtest.Notes(result.Report))
}

func TestPathOfTheAPI(t *testing.T) {
	t.Parallel()
	result, err := incidentio.Import(importers.Options{}, importtest.Read(t, "schedule.json"), importtest.Read(t, "entries.json"), importtest.Read(t, "path.json"))
	require.NoError(t, err)
	urgent := escalation.Facts{Severity: "Urgent"}
	for _, tt := range []struct {
		at    string
		about escalation.Facts
		want  []string
	}{
		{"2026-03-03T10:00:00Z", urgent, []string{ // Tuesday, within the hours
			"0s ada/high", "3m ben/high", "6m channel C0SHOP", "8m cy/low",
			"12m ada/high", "15m ben/high", "18m channel C0SHOP", "20m cy/low", "24m exhausted",
		}},
		{"2026-03-06T22:30:00Z", urgent, []string{ // Friday night, when ada is on call
			"0s ada/high", "2m ada/high", "7m channel C0SHOP", "9m cy/low",
			"13m ada/high", "15m ada/high", "20m channel C0SHOP", "22m cy/low", "26m exhausted",
		}},
		{"2026-03-30T07:50:00Z", escalation.Facts{}, []string{ // Monday, ten minutes before the hours in summer time
			"10m channel C0SHOP", "12m cy/low", "16m ada/high", "19m ben/high", "22m channel C0SHOP", "24m cy/low", "28m exhausted",
		}},
	} {
		got, _ := importtest.Play{Policy: "path-shop", At: tt.at, Facts: tt.about}.Course(t, result)
		assert.Equal(t, tt.want, got, tt.at)
	}
}
