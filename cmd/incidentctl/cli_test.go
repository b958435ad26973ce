package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is when every command of these tests is run.
var now = time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)

// result is what a command did.
type result struct {
	code           int
	stdout, stderr string
}

// runCLI runs a command line, which has no quotes but around whole arguments.
func runCLI(line, stdin string, change func(*terminal)) result {
	var args []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	var stdout, stderr bytes.Buffer
	t := terminal{stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr, now: now, width: 80}
	if change != nil {
		change(&t)
	}
	code := run(args, t)
	return result{code, stdout.String(), stderr.String()}
}

// golden compares text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", strings.ReplaceAll(name, " ", "-")+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// commands are run, and what they do is in the golden file of their name.
var commands = []struct {
	name string
	line string
	code int
}{
	{"help", "", exitFine},
	{"help oncall", "oncall --help", exitFine},
	{"help shifts", "shifts --help", exitFine},
	{"help gaps", "gaps -h", exitFine},
	{"help load", "load --help", exitFine},
	{"help preview", "preview --help", exitFine},
	{"help import", "import --help", exitFine},
	{"help verify", "verify --help", exitFine},
	{"help simulate", "simulate --help", exitFine},

	{"oncall", "oncall -f testdata/plan.json", exitFine},
	{"oncall override", "oncall -f testdata/plan.json --at 2026-03-13T12:00", exitFine},
	{"oncall nobody", "oncall -f testdata/plan.json --at 2026-03-01", exitFindings},
	{"oncall json", "oncall -f testdata/plan.json --at 2026-03-13T12:00 -o json", exitFine},
	{"oncall nobody json", "oncall -f testdata/plan.json --at 2026-03-01 -o json", exitFindings},
	{"oncall at the end of time", "oncall -f testdata/plan.json --at 9999-12-31T12:00", exitFine},
	{"oncall at the end of time json", "oncall -f testdata/plan.json --at 9999-12-31T12:00 -o json", exitFine},

	{"shifts", "shifts -f testdata/plan.json", exitFine},
	{"shifts at", "shifts -f testdata/plan.json --from 2026-03-02 --to +14d --at '2026-03-04 18:00'", exitFine},
	{"shifts to the end of time json", "shifts -f testdata/plan.json --from 9999-12-30 -o json", exitFine},
	{"shifts zone", "shifts -f testdata/plan.json --from 2026-03-28 --to +3d --zone America/New_York", exitFine},
	{"shifts json", "shifts -f testdata/plan.json --from 2026-03-02 --to +14d -o json", exitFine},
	{"shifts json of an instant", "shifts -f testdata/plan.json --from 2026-03-05T00:00:00-05:00 --to +1h30m -o json", exitFine},
	{"shifts of one of two", "shifts -f testdata/two-schedules.json --schedule secondary --from 2026-03-06 --to +4d", exitFine},
	{"shifts ics", "shifts -f testdata/plan.json --to +21d -o ics", exitFine},

	{"gaps", "gaps -f testdata/plan.json --from 2026-03-01", exitFindings},
	{"gaps none", "gaps -f testdata/plan.json --from 2026-03-05", exitFine},
	{"gaps json", "gaps -f testdata/plan.json --from 2026-03-01 -o json", exitFindings},
	{"gaps none json", "gaps -f testdata/plan.json --from 2026-03-05 -o json", exitFine},

	{"load", "load -f testdata/plan.json --from 2026-03-02 --to +4w", exitFine},
	{"load json", "load -f testdata/plan.json --from 2026-03-02 --to +4w -o json", exitFine},

	{"preview", "preview testdata/plan.json testdata/reordered.json --to +21d", exitFindings},
	{"preview json", "preview testdata/plan.json testdata/reordered.json --to +21d -o json", exitFindings},
	{"preview nothing", "preview testdata/plan.json testdata/./plan.json", exitFine},
	{"preview nothing json", "preview testdata/plan.json testdata/./plan.json -o json", exitFine},

	{"verify", "verify -f testdata/escalation.json", exitFindings},
	{"verify json", "verify -f testdata/escalation.json --from 2026-03-09 --horizon 2w -o json", exitFindings},
	{"verify sound", "verify -f testdata/sound.json --from 2026-03-09", exitFine},
	{"verify sound json", "verify -f testdata/sound.json --from 2026-03-09 -o json", exitFine},
	{"verify pagerduty", "verify --format pagerduty -f testdata/pagerduty-policy.json -f testdata/pagerduty.json -f testdata/pagerduty-users.json --from 2026-03-09 --horizon 2w", exitFindings},

	{"simulate", "simulate -f testdata/escalation.json --at 2026-03-10T18:00", exitFine},
	{"simulate json", "simulate -f testdata/escalation.json --at 2026-03-10T18:00 -o json", exitFine},
	{"simulate ack", "simulate -f testdata/escalation.json --ack ben@7m", exitFine},
	{"simulate ack json", "simulate -f testdata/escalation.json --severity SEV2 --ack ben@7m --ack ana@1m30s -o json", exitFine},
	{"simulate stale", "simulate -f testdata/escalation.json --policy calm --severity SEV2 --at 2026-03-10T18:00 --ack ana@16h", exitFine},
	{"simulate stale json", "simulate -f testdata/escalation.json --policy calm --severity SEV2 --at 2026-03-10T18:00 --ack ana@16h -o json", exitFine},
	{"simulate branches", "simulate -f testdata/branches.json --component database --label provider=cloud --kind drill", exitFine},
	{"simulate pagerduty", "simulate --format pagerduty -f testdata/pagerduty-policy.json -f testdata/pagerduty.json -f testdata/pagerduty-users.json", exitFine},
	{"simulate pagerduty json", "simulate --format pagerduty -f testdata/pagerduty-policy.json -o json", exitFine},
	{"simulate opsgenie json", "simulate --format opsgenie -f testdata/opsgenie-escalation.json --ack u-ben@1h20m -o json", exitFine},
	{"simulate goalert json", "simulate --format goalert -f testdata/goalert-policy.json -o json", exitFine},
	{"simulate incidentio json", "simulate --format incidentio -f testdata/incidentio-path.json --at 2026-03-10T18:00 -o json", exitFine},
	{"simulate grafana-oncall json", "simulate --format grafana-oncall -f testdata/grafana-oncall-chain.json --ack somebody@8m -o json", exitFine},

	{"import", "import pagerduty testdata/pagerduty.json testdata/pagerduty-overrides.json", exitFine},
	{"import of one schedule", "import squadcast testdata/squadcast.json --zone America/New_York --schedule Payments", exitFine},
	{"import without loss json", "import goalert testdata/goalert-weekly.json -o json", exitFine},
	{"import ical", "import ical testdata/calendar.ics --from 2026-03-09 -o json", exitFine},
	{"import of policies", "import pagerduty testdata/pagerduty-policy.json testdata/pagerduty.json testdata/pagerduty-users.json", exitFine},
	{"import of a policy alone", "import opsgenie testdata/opsgenie-escalation.json", exitFindings},
	{"import with loss", "import opsgenie testdata/opsgenie-team.json", exitFindings},

	{"pagerduty", "shifts --format pagerduty -f testdata/pagerduty.json -f testdata/pagerduty-overrides.json --from 2026-03-09", exitFine},
	{"pagerduty json", "shifts --format pagerduty -f testdata/pagerduty.json -f testdata/pagerduty-overrides.json --from 2026-03-09 -o json", exitFine},
	{"pagerduty-v3 json", "shifts --format pagerduty-v3 -f testdata/pagerduty-v3.json --from 2026-03-09 -o json", exitFine},
	{"opsgenie json", "shifts --format opsgenie -f testdata/opsgenie.json --from 2026-03-09 -o json", exitFine},
	{"incidentio json", "shifts --format incidentio -f testdata/incidentio.json --from 2026-03-09 -o json", exitFine},
	{"grafana-oncall json", "shifts --format grafana-oncall -f testdata/grafana-oncall.json -f testdata/grafana-oncall-shifts.json --from 2026-03-09 -o json", exitFine},
	{"goalert json", "shifts --format goalert -f testdata/goalert.json --from 2026-03-09 -o json", exitFine},
	{"ical json", "shifts --format ical -f testdata/calendar.ics --from 2026-03-09 --to +14d -o json", exitFine},
	{"rootly json", "shifts --format rootly -f testdata/rootly.json --from 2026-03-09 -o json", exitFine},
	{"firehydrant json", "shifts --format firehydrant -f testdata/firehydrant.json --exported 2026-03-05 --from 2026-03-09 -o json", exitFine},
	{"squadcast json", "shifts --format squadcast -f testdata/squadcast.json --zone America/New_York --from 2026-03-09 -o json", exitFine},
	{"betterstack json", "shifts --format betterstack -f testdata/betterstack.json --from 2026-03-09 -o json", exitFine},
	{"datadog json", "shifts --format datadog -f testdata/datadog.json --from 2026-03-09 -o json", exitFine},
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for _, test := range commands {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := runCLI(test.line, "", nil)
			assert.Equal(t, test.code, got.code, got.stderr)
			text := fmt.Sprintf("$ incidentctl %s\n%s", test.line, got.stdout)
			if got.stderr != "" {
				text += "--- stderr\n" + got.stderr
			}
			golden(t, test.name, text)
		})
	}
}

// twoPolicies are an answer of PagerDuty.
const twoPolicies = `{"escalation_policies": [
	{"id": "PONE", "name": "One", "escalation_rules": [{"id": "R1", "escalation_delay_in_minutes": 5, "targets": [{"id": "PANA", "type": "user_reference"}]}]},
	{"id": "PTWO", "name": "Two", "escalation_rules": [{"id": "R2", "escalation_delay_in_minutes": 5, "targets": [{"id": "PBEN", "type": "user_reference"}]}]}
]}`

func TestBadInput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		line  string
		stdin string
		want  []string // in what is written to standard error
	}{
		"no such command": {"shift -f x", "", []string{`unexpected argument shift, did you mean "shifts"?`, "incidentctl --help lists"}},
		"no such flag":    {"shifts -f x --too +3d", "", []string{`unknown flag --too, did you mean "--to"?`}},
		"no file":         {"shifts", "", []string{"--file=FILE"}},
		"no such file":    {"shifts -f testdata/none.json", "", []string{"testdata/none.json"}},
		"a folder":        {"shifts -f testdata", "", []string{"testdata"}},
		"a file twice":    {"shifts -f testdata/plan.json -f testdata/plan.json", "", []string{"want each file once"}},
		"no such format":  {"shifts -f testdata/plan.json --format visualops", "", []string{`--format must be one of "plan",`}},
		"no such output":  {"gaps -f testdata/plan.json -o ics", "", []string{`--output must be one of "text","json"`}},
		"too large":       {"shifts -f -", strings.Repeat(" ", maxInput+1), []string{"-: want at most 16777216 bytes"}},

		"several schedules":       {"shifts -f testdata/two-schedules.json", "", []string{"--schedule: want one of the 2 schedules: primary, secondary"}},
		"no such schedule":        {"shifts -f testdata/two-schedules.json --schedule third", "", []string{`--schedule: want one of primary, secondary, not "third"`}},
		"no such schedule of one": {"gaps -f testdata/plan.json --schedule third", "", []string{`--schedule: want one of primary, not "third"`}},
		"no schedule at all":      {"gaps -f testdata/no-schedule.json", "", []string{"there is none in it"}},

		"no such policy":            {"simulate -f testdata/escalation.json --policy defalt", "", []string{`--policy: want one of default, calm, not "defalt"`}},
		"no such severity":          {"simulate -f testdata/escalation.json --severity SEV3", "", []string{`--severity: want one of SEV1, SEV2, not "SEV3"`}},
		"no such person":            {"simulate -f testdata/escalation.json --ack bob@4m", "", []string{`--ack: want the id of a person, one of ana, ben, chi, not "bob"`}},
		"nobody of that name there": {"simulate --format pagerduty -f testdata/pagerduty-policy.json -f testdata/pagerduty.json --ack PBOB@4m", "", []string{"--ack: want the id of a person, one of PANA, PBEN, PCHI, not"}},
		"ack without an offset":     {"simulate -f testdata/escalation.json --ack ben", "", []string{"--ack: want the id of a person, @, and how long after --at, such as ana@4m"}},
		"ack without a person":      {"simulate -f testdata/escalation.json --ack @4m", "", []string{"--ack: want the id of a person, @,"}},
		"ack in the past":           {"simulate -f testdata/escalation.json --ack ben@-4m", "", []string{`--ack: want a length after the @ of 0s to 36600d in whole seconds, such as "4m", "1h30m", "90s" or "2d", not "-4m"`}},
		"ack after 200 years":       {"simulate -f testdata/escalation.json --ack ben@10500w", "", []string{"--ack: want a length after the @ of 0s to 36600d"}},
		"ack of a nanosecond":       {"simulate -f testdata/escalation.json --ack ben@1ns", "", []string{"in whole seconds", `not "1ns"`}},
		"no such component":         {"simulate -f testdata/branches.json --component web", "", []string{`--component: want one of database, cards, not "web"`}},
		"no component":              {"simulate -f testdata/branches.json --component=", "", []string{"--component: want the id of a component"}},
		"no components":             {"simulate -f testdata/escalation.json --component web", "", []string{`--component: want none, since the plan has no components, not "web"`}},
		"no such label":             {"simulate -f testdata/branches.json --label provder=cloud", "", []string{`--label: want a label that the plan asks for, one of provider, team, not "provder"`}},
		"no labels":                 {"simulate -f testdata/sound.json --label a=b", "", []string{`--label: want none, since nothing in the plan depends on a label, not "a=b"`}},
		"label without a value":     {"simulate -f testdata/branches.json --label provider", "", []string{`--label: want the name of a label, =, and its value, such as provider=cloud, not "provider"`}},
		"label twice":               {"simulate -f testdata/branches.json --label provider=a --label provider=b", "", []string{`--label: want each label once, and "provider" is there again`}},
		"no such kind":              {"simulate -f testdata/branches.json --kind exercise", "", []string{`--kind: want one of standard, drill, not "exercise"`}},
		"simulate at":               {"simulate -f testdata/none.json --at noon", "", []string{"--at: want a time"}},
		"simulate zone":             {"simulate -f testdata/none.json --zone Mars", "", []string{"--zone: want"}},
		"simulate no policy":        {"simulate --format pagerduty -f testdata/pagerduty.json", "", []string{"want a document with an escalation policy; there is none in it"}},
		"simulate one of many":      {"simulate --format pagerduty -f -", twoPolicies, []string{"--policy: want one of the 2 policies: PONE (One), PTWO (Two)"}},
		"simulate invalid":          {"simulate -f testdata/invalid.json", "", []string{"incidentctl: testdata/invalid.json:14:15: /schedules/0/zone"}},
		"simulate no document":      {"simulate --format pagerduty -f -", "{", []string{"stdin:1:"}},
		"simulate ics":              {"simulate -f testdata/escalation.json -o ics", "", []string{"--output must be one of"}},

		"verify horizon":        {"verify -f testdata/none.json --horizon soon", "", []string{`--horizon: want a length such as "90d", "12w" or "36h", not "soon"`}},
		"verify no horizon":     {"verify -f testdata/none.json --horizon 0d", "", []string{"--horizon: want a length"}},
		"verify long":           {"verify -f testdata/none.json --horizon 600w", "", []string{"--horizon: want at most 10 years"}},
		"verify from":           {"verify -f testdata/none.json --from never", "", []string{"--from: want a time"}},
		"verify zone":           {"verify -f testdata/none.json --zone Mars", "", []string{"--zone: want"}},
		"verify invalid":        {"verify -f testdata/invalid.json", "", []string{"incidentctl: testdata/invalid.json:14:15: /schedules/0/zone"}},
		"verify an export":      {"verify -f testdata/pagerduty-policy.json", "", []string{"say with --format of which"}},
		"verify two plans":      {"verify -f testdata/plan.json -f testdata/reordered.json", "", []string{"want one plan, not 2 files"}},
		"verify nothing":        {"verify --format pagerduty -f testdata/pagerduty-users.json", "", []string{"want a document with a schedule or an escalation policy; there is none in it"}},
		"verify no document":    {"verify --format pagerduty -f -", "{", []string{"stdin:1:"}},
		"import of users only":  {"import pagerduty testdata/pagerduty-users.json", "", []string{"want a document with a schedule or an escalation policy"}},
		"import of no schedule": {"import pagerduty testdata/pagerduty-policy.json --schedule x", "", []string{"want a document with a schedule; there is none in it"}},

		"zone":             {"shifts -f testdata/plan.json --zone Europe/Berlim", "", []string{`--zone: want an IANA zone such as "Europe/Berlin", not "Europe/Berlim"`}},
		"zone Local":       {"shifts -f testdata/plan.json --zone Local", "", []string{"--zone: want"}},
		"at":               {"oncall -f testdata/plan.json --at tomorrow", "", []string{`--at: want a time such as`, `not "tomorrow"`}},
		"from":             {"shifts -f testdata/plan.json --from 2026-02-30", "", []string{"--from: want"}},
		"to before from":   {"shifts -f testdata/plan.json --to -1d", "", []string{"--to: want a time after --from, which is 2026-03-10T12:00:00+01:00, not 2026-03-09T12:00:00+01:00"}},
		"too long":         {"shifts -f testdata/plan.json --to 2190-01-01", "", []string{"--to: want at most 100 years after"}},
		"before all years": {"oncall -f testdata/plan.json --at 1969-12-31", "", []string{"--at: want a time in the years 1970 to 9999"}},
		"after all years":  {"oncall -f testdata/plan.json --at +99999w99999w99999w99999w99999w", "", []string{"--at: want a time in the years 1970 to 9999"}},
		"import to before": {"import pagerduty testdata/pagerduty.json --to -1d", "", []string{"--to: want a time after --from"}},
		"import zone":      {"import pagerduty testdata/pagerduty.json --zone Mars", "", []string{"--zone: want"}},
		"exported":         {"oncall -f testdata/plan.json --exported never", "", []string{"--exported: want"}},

		"plan": {"gaps -f testdata/invalid.json", "", []string{
			"incidentctl: testdata/invalid.json:14:15: /schedules/0/zone: want an IANA time zone",
			"incidentctl: testdata/invalid.json:15:", `/schedules/0/rotations/0/members/1: want the id of a person`, `"zoe"`,
		}},
		"an export without its format": {"gaps -f testdata/pagerduty.json", "", []string{"incidentctl: testdata/pagerduty.json: if this is not a plan but an export"}},
		"two plans":                    {"gaps -f testdata/plan.json -f testdata/reordered.json", "", []string{"want one plan, not 2 files"}},
		"not JSON":                     {"gaps -f -", "on call: ana", []string{"stdin:1:1: want"}},
		"preview of stdin":             {"preview - -", "", []string{"want OLD or NEW from standard input, not both"}},
		"preview with stdin":           {"preview testdata/plan.json testdata/reordered.json -f -", "", []string{"-f: want a file"}},
		"preview of one file":          {"preview testdata/plan.json", "", []string{"<new>"}},
		"import of a plan":             {"import plan testdata/plan.json", "", []string{`must be one of "pagerduty",`}},
		"an export":                    {"gaps -f - --format pagerduty", `{"schedule": {"id": "P1", "time_zone": "Mars/Olympus", "schedule_layers": []}}`, []string{"stdin:1:", "/schedule/time_zone"}},
		"a calendar":                   {"gaps -f - --format ical", "BEGIN:VCALENDAR", []string{"stdin: ical: line 1: want"}},
		"calendars of a name":          {"gaps -f testdata/calendar.ics -f testdata/../testdata/calendar.ics --format ical", "", []string{`"calendar" is there already`}},
		"import without files":         {"import ical", "", []string{"<file>"}},
		"import of a schedule":         {"import goalert testdata/goalert.json --schedule x", "", []string{`--schedule: want one of S-payments, not "x"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runCLI(test.line, test.stdin, nil)
			assert.Equal(t, exitBadInput, got.code)
			assert.Empty(t, got.stdout)
			for _, want := range test.want {
				assert.Contains(t, got.stderr, want)
			}
			for line := range strings.Lines(got.stderr) {
				assert.True(t, strings.HasPrefix(line, "incidentctl: "), line)
			}
		})
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAnswerThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"shifts -f testdata/plan.json", "shifts -f testdata/plan.json -o json", "gaps -f testdata/plan.json", "--help"} {
		got := runCLI(line, "", func(t *terminal) { t.stdout = fullDisk{} })
		assert.Equal(t, exitBadInput, got.code, line)
		assert.Contains(t, got.stderr, "no space left", line)
	}
}

func TestStandardInput(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/plan.json")
	require.NoError(t, err)
	want := runCLI("shifts -f testdata/plan.json", "", nil)
	assert.Equal(t, want, runCLI("shifts -f -", string(data), nil))
	assert.Equal(t, want, runCLI("shifts -f -", "\ufeff"+string(data), nil), "with the mark that some editors put first")

	edited := runCLI("preview - testdata/reordered.json -o json", string(data), nil)
	assert.Equal(t, runCLI("preview testdata/plan.json testdata/reordered.json -o json", "", nil), edited)
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	wide := runCLI("shifts -f testdata/plan.json --to +14d", "", func(t *terminal) { t.width, t.color = 120, true })
	golden(t, "shifts on a terminal", wide.stdout)
	narrow := runCLI("gaps -f testdata/plan.json --from 2026-03-01", "", func(t *terminal) { t.color = true })
	golden(t, "gaps on a terminal", narrow.stdout)
	course := runCLI("simulate -f testdata/escalation.json --at 2026-03-10T18:00 --ack ana@25m", "", func(t *terminal) { t.width, t.color = 120, true })
	golden(t, "simulate on a terminal", course.stdout)
}

// What goes to no terminal, or where NO_COLOR is set, is plain ASCII for names
// that are.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, test := range commands {
		got := runCLI(test.line, "", nil)
		for _, r := range got.stdout + got.stderr {
			assert.True(t, r == '\n' || r == '\r' || r >= ' ' && r < 0x7f, "%s: %q", test.name, r)
		}
	}
}

// The one test with a process: the binary reads its input, finds its output to be
// no terminal, and exits with the code.
func TestBinary(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "incidentctl")
	out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))

	const line = "gaps -f - --from 2026-03-01 --to +7d"
	data, err := os.ReadFile("testdata/plan.json")
	require.NoError(t, err)
	cmd := exec.Command(binary, strings.Fields(line)...)
	cmd.Stdin = bytes.NewReader(data)
	got, err := cmd.Output()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, exitFindings, exit.ExitCode())
	assert.Equal(t, runCLI(line, string(data), nil).stdout, string(got))
}
