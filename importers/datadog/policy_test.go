package datadog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/importers/datadog"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// policy is an answer with an escalation policy of these attributes and steps. The
// targets s1_next and so on are on the schedule s1.
func policy(attributes string, pages ...string) string {
	var named, held []string
	for i, p := range pages {
		named = append(named, fmt.Sprintf(`{"id": "step%d", "type": "steps"}`, i))
		held = append(held, fmt.Sprintf(`{"id": "step%d", "type": "steps", %s}`, i, p))
	}
	for _, position := range []string{"current", "next", "previous"} {
		if !strings.Contains(strings.Join(pages, ""), "s1_"+position) {
			continue
		}
		held = append(held, fmt.Sprintf(`{"id": "s1_%s", "type": "schedule_target", "attributes": {"position": %q}, "relationships": {"schedule": {"data": {"id": "s1", "type": "schedules"}}}}`, position, position))
	}
	held = append(held, `{"id": "s1", "type": "schedules", "attributes": {"name": "Core"}}`, `{"id": "t1", "type": "teams", "attributes": {"name": "Core"}}`)
	if attributes != "" {
		attributes = ", " + attributes
	}
	return fmt.Sprintf(`{"data": {"id": "p1", "type": "policies", "attributes": {"name": "Web"%s},
		"relationships": {"steps": {"data": [%s]}, "teams": {"data": [{"id": "t1", "type": "teams"}]}}}, "included": [%s]}`,
		attributes, strings.Join(named, ","), strings.Join(held, ","))
}

// page is what a step has beside its name, for targets such as "users ada".
func page(seconds int, assignment string, targets ...string) string {
	var all []string
	for _, t := range targets {
		kind, id, _ := strings.Cut(t, " ")
		all = append(all, fmt.Sprintf(`{"id": %q, "type": %q}`, id, kind))
	}
	return fmt.Sprintf(`"attributes": {"assignment": %q, "escalate_after_seconds": %d}, "relationships": {"targets": {"data": [%s]}}`,
		assignment, seconds, strings.Join(all, ","))
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	on := layer(`"interval": {"days": 1}, "rotation_start": "2026-03-02T08:00:00Z"`) // whose id is s1
	tests := []importtest.Case{
		{
			Name: "steps one after the other, and again",
			Docs: []string{policy(`"retries": 1, "description": "x"`, page(300, "default", "users ada"), page(90, "default", "users ben", "users cy"))},
			Course: map[string][]string{"p1": {
				"0s person ada", "5m0s person ben, person cy", "6m30s person ada", "11m30s person ben, person cy", "13m0s exhausted",
			}},
		},
		{
			Name: "of a schedule: those on call now, next and before",
			Docs: []string{policy("", page(60, "default", "schedules s1"), page(120, "default", "schedule_target s1_previous"),
				page(180, "default", "schedule_target s1_next", "schedule_target s1_previous"), page(240, "default", "schedule_target s1_current")), on},
			Course: map[string][]string{"p1": {"0s schedule s1", "1m0s schedule s1 (next)", "4m0s schedule s1", "8m0s exhausted"}},
			Notes: []string{
				"loss a.json#/included/1/relationships/targets/data/0 that whoever was on call before is paged has no counterpart",
				"loss a.json#/included/1/relationships/targets/data the step pages nobody",
				"loss a.json#/included/2/relationships/targets/data/1 that whoever was on call before is paged has no counterpart",
			},
		},
		{
			Name:   "a schedule that is not there",
			Docs:   []string{policy("", page(60, "default", "schedules s1"))},
			Course: map[string][]string{"p1": {"0s schedule s1", "1m0s exhausted"}},
			Notes:  []string{`loss /included/0/relationships/targets/data/0 the schedule "s1" is not among the documents`},
		},
		{
			Name: "round robin, a page at its end, and a team",
			Docs: []string{policy(`"retries": 2, "resolve_page_on_policy_end": true`, page(60, "round-robin", "users ada", "users ben", "teams t1"))},
			Course: map[string][]string{"p1": {
				"0s person ada", "1m0s person ben", "2m0s team t1", "3m0s exhausted",
			}},
			Notes: []string{
				"loss /data/attributes/resolve_page_on_policy_end after the last step the page is resolved",
				`loss /included/0/relationships/targets/data/2 the members of the team "t1" are not in the document`,
				"assumption /included/0/attributes/assignment the document does not say whose turn it is",
				"loss /included/0/attributes/assignment the turn of a team is everybody's in it",
			},
		},
		{
			Name:   "round robin of one",
			Docs:   []string{policy(`"retries": 1`, page(60, "round-robin", "schedules s1")), on},
			Course: map[string][]string{"p1": {"0s schedule s1", "1m0s schedule s1", "2m0s exhausted"}},
			Notes:  []string{"assumption a.json#/included/0/attributes/assignment the only target is taken to be paged each time"},
		},
		{
			Name: "what is only named",
			Docs: []string{`{"data": {"id": "p1", "type": "policies", "attributes": {"name": "Web"}, "relationships": {"steps": {"data": [{"id": "x", "type": "steps"}, {"id": "y", "type": "steps"}]}}},
				"included": [{"id": "y", "type": "steps", ` + page(60, "default", "users ada", "schedule_target z") + `}]}`},
			Course: map[string][]string{"p1": {"0s person ada", "1m0s exhausted"}},
			Notes: []string{
				"loss /data/relationships/steps/data/0 the answer names the step x but does not hold it",
				"loss /included/0/relationships/targets/data/1 the answer names the target z but does not hold it",
			},
		},
		{
			Name:  "nobody at all",
			Docs:  []string{policy("")},
			Notes: []string{"loss /data/relationships/steps/data no step of the escalation policy pages anybody"},
		},
		{
			Name:   "no wait after the last step, and one of more than a week",
			Docs:   []string{policy("", page(8*86400, "default", "users ada"), page(0, "default", "users ben"))},
			Course: map[string][]string{"p1": {"0s person ada", "192h0m0s person ben", "192h10m0s exhausted"}},
			Notes:  []string{"assumption /data/relationships/steps/data the document does not say how long an answer to the last page is waited for: it is taken to be 10m0s"},
		},
		{
			Name: "wrong values",
			Docs: []string{policy(`"retries": -1`, page(-1, "lottery", "users ada"), page(60, "default", "robots r"))},
			Errors: []string{
				"/data/attributes/retries 0 to 100", "/included/0/attributes/escalate_after_seconds 0 or more",
				"/included/0/attributes/assignment one of default, round-robin",
				"/included/1/relationships/targets/data/0/type one of users, schedules, teams, schedule_target",
			},
		},
	}
	if docs := importtest.Shared("payloads/datadog/oncall-escalation-policy.json", ""); docs != nil {
		const team, schedule, user = "team bf2fad34-c495-4de0-b1ec-c5727a2ae216", "schedule d8834350-ae3c-45eb-ad84-9f9a3cef46f3", "person fa8dbd27-cb9a-11f0-84fc-d6e063989c3f"
		all := " " + team + ", " + schedule + ", " + user
		tests = append(tests, importtest.Case{
			Name: "the vendor's recorded answer",
			Docs: docs,
			Course: map[string][]string{"7e36daf1-25ef-46af-ba33-23aac9271dc5": {
				"0s" + all, "1h0m0s " + team, "2h0m0s" + all, "3h0m0s " + team, "4h0m0s" + all, "5h0m0s " + team, "6h0m0s exhausted",
			}},
			Notes: []string{
				"loss /data/attributes/resolve_page_on_policy_end after the last step the page is resolved",
				"loss /included/0/relationships/targets/data/0 the members of the team",
				"loss /included/0/relationships/targets/data/2 that whoever was on call before is paged has no counterpart",
				"loss /included/2/relationships/targets/data/0 the members of the team",
				"assumption /included/2/attributes/assignment the only target is taken to be paged each time",
				"loss /included/0/relationships/targets/data/1 the schedule",
			},
		})
	}
	for _, tt := range tests {
		t.Run(tt.Name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, datadog.Import)
		})
	}
}
