package goalert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/oncall"
)

// export writes a document with one schedule in New York.
type export struct {
	at        string // exportedAt
	zone      string // of the schedule
	targets   string
	rotations string
	overrides string
	temporary string
}

func (e export) file() importers.File {
	zone := e.zone
	if zone == "" {
		zone = "America/New_York"
	}
	return importers.File{Name: "export.json", Data: fmt.Appendf(nil, `{"exportedAt": %q, "data": {
		"schedule": {"id": "S", "name": "Primary", "timeZone": %q, "targets": [%s], "temporarySchedules": [%s]},
		"rotations": [%s], "userOverrides": {"nodes": [%s]}}}`, e.at, zone, e.targets, e.temporary, e.rotations, e.overrides)}
}

var (
	weekdays = filter("-MTWTF-")
	weekend  = filter("S-----S")
	everyDay = filter("SMTWTFS")
	always   = rule("00:00", "00:00", everyDay)
)

// filter writes days of the week, from Sunday on, where there is no dash.
func filter(days string) string {
	list := make([]bool, len(days))
	for i, d := range days {
		list[i] = d != '-'
	}
	return strings.ReplaceAll(fmt.Sprint(list), " ", ",")
}

func rule(start, end, filter string) string {
	return fmt.Sprintf(`{"start": %q, "end": %q, "weekdayFilter": %s}`, start, end, filter)
}

func target(kind, id string, rules ...string) string {
	return fmt.Sprintf(`{"target": {"id": %q, "type": %q}, "rules": [%s]}`, id, kind, strings.Join(rules, ","))
}

// rotation writes R in New York, with two users.
func rotation(start, kind string, length, active int) string {
	return rotationIn("America/New_York", start, kind, length, active, "a", "b")
}

func rotationIn(zone, start, kind string, length, active int, users ...string) string {
	return fmt.Sprintf(`{"id": "R", "name": "r", "start": %q, "timeZone": %q, "type": %q, "shiftLength": %d, "activeUserIndex": %d, "userIDs": %s}`,
		start, zone, kind, length, active, strings.ReplaceAll(fmt.Sprintf("%q", users), " ", ","))
}

func replace(start, end, adds, removes string) string {
	return fmt.Sprintf(`{"start": %q, "end": %q, "addUserID": %q, "removeUserID": %q}`, start, end, adds, removes)
}

// duty lists who is on call, and whether in a rotation or alone.
func duty(t *testing.T, s oncall.Schedule, from, to string) []string {
	t.Helper()
	lines := importtest.Duty(t, s, from, to)
	for i, line := range lines {
		if f := strings.Fields(line); len(f) == 4 && f[2] == f[3] {
			lines[i] = strings.Join(append(f[:3], "alone"), " ")
		}
	}
	return lines
}

func TestDuty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		export
		from, to string
		want     []string
	}{
		"the active user has the turn that holds the export, though the start lies ahead": {
			export: export{at: "2026-01-05T09:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 1)},
			from:   "2026-01-01T00:00:00Z", to: "2026-01-20T00:00:00Z",
			want: []string{"01-01T00:00 01-05T14:00 b R", "01-05T14:00 01-12T14:00 a R", "01-12T14:00 01-19T14:00 b R", "01-19T14:00 01-20T00:00 a R"},
		},
		"and though it lies long ago": {
			export: export{at: "2026-01-05T14:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2019-07-01T13:00:00Z", "weekly", 1, 1)},
			from:   "2026-01-04T00:00:00Z", to: "2026-01-13T00:00:00Z",
			want: []string{"01-04T00:00 01-05T14:00 a R", "01-05T14:00 01-12T14:00 b R", "01-12T14:00 01-13T00:00 a R"},
		},
		"handoffs keep their wall-clock time": {
			export: export{at: "2026-03-05T09:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T14:00:00Z", "weekly", 1, 0)},
			from:   "2026-03-05T00:00:00Z", to: "2026-03-17T00:00:00Z",
			want: []string{"03-05T00:00 03-09T13:00 a R", "03-09T13:00 03-16T13:00 b R", "03-16T13:00 03-17T00:00 a R"},
		},
		"a rule past midnight belongs to the day on which it begins": {
			export: export{at: "2026-01-05T09:00:00Z", targets: target("user", "u", rule("18:00", "08:00", weekdays))},
			from:   "2026-01-09T12:00:00Z", to: "2026-01-13T15:00:00Z", // Friday to Tuesday
			want: []string{"01-09T12:00 01-09T13:00 u alone", "01-09T23:00 01-10T13:00 u alone", "01-12T23:00 01-13T13:00 u alone"},
		},
		"the filter begins with Sunday, and 24 hours chain over the days": {
			export: export{at: "2026-01-05T09:00:00Z", targets: target("user", "u", rule("09:00", "09:00", weekend))},
			from:   "2026-01-08T00:00:00Z", to: "2026-01-16T00:00:00Z",
			want: []string{"01-10T14:00 01-12T14:00 u alone"}, // Saturday to Monday
		},
		"a repeated hour belongs to the rule that begins in it and to the one that ends": {
			export: export{at: "2026-10-20T09:00:00Z", targets: target("user", "u", rule("01:30", "05:00", everyDay)) + "," + target("user", "v", rule("22:00", "01:30", everyDay))},
			from:   "2026-10-31T12:00:00Z", to: "2026-11-01T12:00:00Z",
			want: []string{"11-01T02:00 11-01T06:30 v alone", "11-01T05:30 11-01T10:00 u alone"},
		},
		"a rule begins and ends as the clock skips its times": {
			export: export{at: "2026-03-05T09:00:00Z", targets: target("user", "u", rule("02:30", "05:00", everyDay)) + "," + target("user", "v", rule("22:00", "02:30", everyDay))},
			from:   "2026-03-08T00:00:00Z", to: "2026-03-08T12:00:00Z",
			want: []string{"03-08T03:00 03-08T07:00 v alone", "03-08T07:00 03-08T09:00 u alone"},
		},
		"a handoff at a repeated time is at the first": {
			export: export{at: "2026-10-31T12:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T06:30:00Z", "daily", 1, 0)},
			from:   "2026-10-31T12:00:00Z", to: "2026-11-02T12:00:00Z",
			want: []string{"10-31T12:00 11-01T05:30 a R", "11-01T05:30 11-02T06:30 b R", "11-02T06:30 11-02T12:00 a R"},
		},
		"an export in the second of two repeated hours is after the handoff in the first": {
			export: export{at: "2026-11-01T06:15:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T06:30:00Z", "daily", 1, 0)},
			from:   "2026-11-01T00:00:00Z", to: "2026-11-02T12:00:00Z",
			want: []string{"11-01T00:00 11-01T05:30 b R", "11-01T05:30 11-02T06:30 a R", "11-02T06:30 11-02T12:00 b R"},
		},
		"a block of 24 hours ends at the last of two equal times": {
			export: export{at: "2026-10-20T09:00:00Z", targets: target("user", "u", rule("01:30", "01:30", filter("------S")))},
			from:   "2026-10-31T00:00:00Z", to: "2026-11-03T00:00:00Z",
			want: []string{"10-31T05:30 11-01T06:30 u alone"},
		},
		"and chains over them": {
			export: export{at: "2026-10-20T09:00:00Z", targets: target("user", "u", rule("01:30", "01:30", weekend))},
			from:   "2026-10-31T00:00:00Z", to: "2026-11-03T00:00:00Z",
			want: []string{"10-31T05:30 11-02T06:30 u alone"},
		},
		"a handoff at a time that the clock skips is as it does": {
			export: export{at: "2026-03-07T12:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T07:30:00Z", "daily", 1, 0)},
			from:   "2026-03-07T12:00:00Z", to: "2026-03-09T12:00:00Z",
			want: []string{"03-07T12:00 03-08T07:00 a R", "03-08T07:00 03-09T06:30 b R", "03-09T06:30 03-09T12:00 a R"},
		},
		"an hour that the clock repeats is one turn": {
			export: export{at: "2026-11-01T04:30:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T05:00:00Z", "hourly", 1, 0)},
			from:   "2026-11-01T04:00:00Z", to: "2026-11-01T08:00:00Z",
			want: []string{"11-01T04:00 11-01T05:00 a R", "11-01T05:00 11-01T07:00 b R", "11-01T07:00 11-01T08:00 a R"},
		},
		"an hour that the clock skips is nobody's turn": {
			export: export{at: "2026-03-08T05:30:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T05:00:00Z", "hourly", 1, 0)},
			from:   "2026-03-08T05:00:00Z", to: "2026-03-08T10:00:00Z",
			want: []string{"03-08T05:00 03-08T06:00 a R", "03-08T06:00 03-08T07:00 b R", "03-08T07:00 03-08T08:00 a R", "03-08T08:00 03-08T09:00 b R", "03-08T09:00 03-08T10:00 a R"},
		},
		"nor when counted back from a later export": {
			export: export{at: "2026-03-08T09:30:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T05:00:00Z", "hourly", 1, 0)},
			from:   "2026-03-08T05:00:00Z", to: "2026-03-08T10:00:00Z",
			want: []string{"03-08T05:00 03-08T06:00 a R", "03-08T06:00 03-08T07:00 b R", "03-08T07:00 03-08T08:00 a R", "03-08T08:00 03-08T09:00 b R", "03-08T09:00 03-08T10:00 a R"},
		},
		"nor under rules, whose closed hours count as turns": {
			export: export{at: "2026-03-08T05:30:00Z", targets: target("rotation", "R", rule("04:00", "06:00", everyDay)), rotations: rotation("2026-01-05T05:00:00Z", "hourly", 1, 0)},
			from:   "2026-03-08T05:00:00Z", to: "2026-03-08T12:00:00Z",
			want: []string{"03-08T08:00 03-08T09:00 b R", "03-08T09:00 03-08T10:00 a R"},
		},
		"hours keep their clock times across a change": {
			export: export{at: "2026-03-07T14:30:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-05T14:00:00Z", "hourly", 12, 0)},
			from:   "2026-03-07T14:30:00Z", to: "2026-03-09T00:00:00Z",
			want: []string{"03-07T14:30 03-08T02:00 a R", "03-08T02:00 03-08T13:00 b R", "03-08T13:00 03-09T00:00 a R"},
		},
		"months overflow": {
			export: export{at: "2026-02-15T00:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-31T14:00:00Z", "monthly", 1, 0)},
			from:   "2026-01-15T00:00:00Z", to: "2026-06-15T00:00:00Z",
			want: []string{"01-15T00:00 01-31T14:00 b R", "01-31T14:00 03-03T14:00 a R", "03-03T14:00 03-31T13:00 b R",
				"03-31T13:00 05-01T13:00 a R", "05-01T13:00 05-31T13:00 b R", "05-31T13:00 06-15T00:00 a R"},
		},
		"quarters that never begin on the day of the start with the first user": {
			export: export{at: "2026-05-15T00:00:00Z", targets: target("rotation", "R", always),
				rotations: rotationIn("America/New_York", "2026-01-31T14:00:00Z", "monthly", 3, 0, "a", "b", "c", "d")},
			from: "2026-01-15T00:00:00Z", to: "2026-12-15T00:00:00Z",
			want: []string{"01-15T00:00 01-31T14:00 c R", "01-31T14:00 05-01T13:00 d R", "05-01T13:00 07-31T13:00 a R", "07-31T13:00 10-31T13:00 b R", "10-31T13:00 12-15T00:00 c R"},
		},
		"a rotation in another zone than its schedule": {
			export: export{at: "2026-01-05T00:00:00Z", targets: target("rotation", "R", rule("09:00", "17:00", weekdays)),
				rotations: rotationIn("Europe/Berlin", "2026-01-01T16:00:00Z", "daily", 1, 0, "a", "b")},
			from: "2026-01-05T12:00:00Z", to: "2026-01-06T00:00:00Z", // handoff at 17:00 in Berlin, open from 14:00Z to 22:00Z
			want: []string{"01-05T14:00 01-05T16:00 a R", "01-05T16:00 01-05T22:00 b R"},
		},
		"turns pass on outside the rules too": {
			export: export{at: "2026-01-09T15:00:00Z", targets: target("rotation", "R", rule("09:00", "17:00", weekdays)), rotations: rotation("2026-01-05T14:00:00Z", "daily", 1, 0)},
			from:   "2026-01-09T12:00:00Z", to: "2026-01-13T00:00:00Z", // Friday to Monday
			want: []string{"01-09T14:00 01-09T22:00 a R", "01-12T14:00 01-12T22:00 b R"},
		},
		"several targets are on call together, and one may have several rules": {
			export: export{at: "2026-01-05T00:00:00Z", targets: target("user", "u", rule("09:00", "12:00", everyDay), rule("13:00", "15:00", everyDay)) + "," + target("user", "v", always)},
			from:   "2026-01-05T12:00:00Z", to: "2026-01-06T00:00:00Z",
			want: []string{"01-05T12:00 01-06T00:00 v alone", "01-05T14:00 01-05T17:00 u alone", "01-05T18:00 01-05T20:00 u alone"},
		},
		"overrides replace and remove where somebody is on call, and add always": {
			export: export{
				at: "2026-01-05T00:00:00Z", targets: target("user", "u", rule("09:00", "17:00", everyDay)),
				overrides: strings.Join([]string{
					replace("2026-01-05T12:00:00Z", "2026-01-05T15:00:00Z", "x", "u"), // from before the rule on
					replace("2026-01-05T16:00:00Z", "2026-01-05T17:00:00Z", "", "u"),
					replace("2026-01-05T20:00:00Z", "2026-01-05T23:00:00Z", "y", ""), // until after it
					replace("2026-01-05T18:00:00Z", "2026-01-05T19:00:00Z", "z", "nobody"),
				}, ","),
			},
			from: "2026-01-05T00:00:00Z", to: "2026-01-06T00:00:00Z",
			want: []string{"01-05T14:00 01-05T15:00 x", "01-05T15:00 01-05T16:00 u alone", "01-05T17:00 01-05T22:00 u alone", "01-05T20:00 01-05T23:00 y"},
		},
		"somebody is removed on one day, where nothing else is changed": {
			export: export{
				at: "2026-01-05T00:00:00Z", targets: target("user", "u", always) + "," + target("user", "v", rule("12:00", "13:00", everyDay)),
				overrides: replace("2026-01-05T16:00:00Z", "2026-01-05T19:00:00Z", "", "v"),
			},
			from: "2026-01-05T16:00:00Z", to: "2026-01-06T20:00:00Z", // and v is on call the next day
			want: []string{"01-05T16:00 01-06T20:00 u alone", "01-06T17:00 01-06T18:00 v alone"},
		},
		"somebody who is on call already and replaces another is on call once": {
			export: export{
				at: "2026-01-05T00:00:00Z", targets: target("user", "u", always) + "," + target("user", "v", always),
				overrides: replace("2026-01-05T16:00:00Z", "2026-01-05T19:00:00Z", "v", "u"),
			},
			from: "2026-01-05T15:00:00Z", to: "2026-01-05T20:00:00Z",
			want: []string{"01-05T15:00 01-05T16:00 u alone", "01-05T15:00 01-05T20:00 v alone", "01-05T19:00 01-05T20:00 u alone"},
		},
		"a temporary schedule replaces everything, overrides too, and even without shifts": {
			export: export{
				at: "2026-01-05T00:00:00Z", targets: target("user", "u", always),
				overrides: replace("2026-01-05T09:00:00Z", "2026-01-05T13:00:00Z", "x", ""),
				temporary: `{"start": "2026-01-05T12:00:00Z", "end": "2026-01-05T18:00:00Z", "shifts": [
						{"userID": "p", "start": "2026-01-05T12:00:00Z", "end": "2026-01-05T16:00:00Z"},
						{"userID": "q", "start": "2026-01-05T14:00:00Z", "end": "2026-01-05T17:00:00Z"}]},
					{"start": "2026-01-05T20:00:00Z", "end": "2026-01-05T21:00:00Z", "shifts": []}`,
			},
			from: "2026-01-05T08:00:00Z", to: "2026-01-05T22:00:00Z",
			want: []string{"01-05T08:00 01-05T12:00 u alone", "01-05T09:00 01-05T12:00 x", "01-05T12:00 01-05T16:00 p",
				"01-05T14:00 01-05T17:00 q", "01-05T18:00 01-05T20:00 u alone", "01-05T21:00 01-05T22:00 u alone"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := goalert.Import(importers.Options{}, tt.file())
			require.NoError(t, err)
			require.Len(t, result.Schedules, 1)
			assert.Equal(t, tt.want, duty(t, result.Schedules[0], tt.from, tt.to))
		})
	}
}
