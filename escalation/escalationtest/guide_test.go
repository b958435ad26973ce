package escalationtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// read returns a file, and all files that match a pattern.
func read(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, names, pattern)
	var all strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
}

// blocks returns the blocks of the guide in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	parts := strings.Split(read(t, "../../docs/escalation.md"), "```"+language+"\n")[1:]
	require.NotEmpty(t, parts, language)
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], "```")
	}
	return parts
}

// Every Go block of docs/escalation.md is in a test, where it is compiled and run;
// every output of one is what that really prints, and every story is one of those in
// testdata, word for word.
func TestGuideShowsWhatIsTested(t *testing.T) {
	t.Parallel()
	code := read(t, "guide_test.go") + read(t, "../../examples/policytest/policy_test.go")
	code += strings.ReplaceAll(code, "\n\t", "\n") // the guide leaves the function out
	for _, block := range blocks(t, "go") {
		assert.Contains(t, code, block)
	}
	var printed strings.Builder
	for line := range strings.Lines(read(t, "guide_test.go")) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
			printed.WriteString(strings.TrimPrefix(text, " ") + "\n")
		}
	}
	stories := read(t, "testdata/*.txt") + read(t, "../../examples/policytest/testdata/*.txt")
	for _, block := range blocks(t, "text") {
		if !strings.Contains(stories, block) {
			assert.Contains(t, printed.String(), block)
		}
	}
}

func TestGuideListsEverySentence(t *testing.T) {
	t.Parallel()
	for group, forms := range escalationtest.Sentences() {
		assert.Contains(t, read(t, "../../docs/escalation.md"), "\n"+strings.Join(forms, "\n")+"\n```\n", group)
	}
}

func TestGuideListsEveryKindOfFinding(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| kind | level | what it means |\n|---|---|---|\n")
	for _, k := range proof.Kinds() {
		levels := make([]string, len(k.Levels))
		for i, level := range k.Levels {
			levels[i] = string(level)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", k.Kind, strings.Join(levels, ", "), k.Meaning)
	}
	assert.Contains(t, read(t, "../../docs/escalation.md"), "\n\n"+table.String()+"\n", "want the table to be\n%s", table.String())
}

func Example_model() {
	policy := escalation.Policy{
		ID: "checkout",
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("dora")}, Wait: 10 * time.Minute},
		},
		Repeat: 1,
	}
	ladder, err := escalation.Compile(policy)
	if err != nil {
		fmt.Println(err) // names every field that is wrong, and what would be right
		return
	}
	primary, err := oncall.Compile(oncall.Schedule{
		ID: "primary", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID: "weekly", Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana", "ben"),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	world := &escalation.World{Schedules: map[string]*oncall.Rota{"primary": primary}}

	now := time.Date(2026, time.January, 7, 3, 0, 0, 0, primary.Zone())
	progress := escalation.Start(now, nil)
	for range 2 {
		result := ladder.Next(progress, now, escalation.Facts{Severity: "SEV1"}, world)
		for _, effect := range result.Effects {
			fmt.Println(now.Format("15:04"), effect.Kind, effect.Person, "-", effect.Reason())
		}
		progress, now = result.Progress, result.Wake // stored together with the effects
	}
	// Output:
	// 03:00 page ana - policy checkout, step 1 of 2; schedule primary leads to ana: rotation weekly, turn 1
	// 03:05 page dora - policy checkout, step 2 of 2, because nobody answered step 1 within 5m; it names dora
}

// printer is a test that prints why it fails.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Fatalf(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// billing returns the plan of examples/policytest.
func billing(t escalationtest.T) *plan.Plan {
	document, err := os.ReadFile("../../examples/policytest/plan.json")
	if err != nil {
		t.Fatalf("%v", err)
	}
	p, err := plan.Parse(document)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return p
}

// policyOf returns that plan, and a policy of it.
func policyOf(t escalationtest.T, policy string) (*plan.Plan, *escalation.Ladder) {
	p := billing(t)
	ladder, _ := p.Ladder(policy)
	return p, ladder
}

func Example_proof() {
	t := printer{}
	from := time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)
	report, err := proof.Verify(billing(t).Proof(), from, from.AddDate(1, 0, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	// Output:
	// severity  policy         1st person  2nd    3rd     worst for incidents at
	// SEV1      billing        0s          5m     15m     Mon 2026-01-05 08:00 UTC
	// SEV1      card-payments  0s          5m     15m     Mon 2026-01-05 08:00 UTC
	// SEV2      billing        0s          5m     15m     Mon 2026-01-05 08:00 UTC
	// SEV2      card-payments  0s          5m     15m     Mon 2026-01-05 08:00 UTC
	// SEV3      billing        65h         65h5m  65h30m  Fri 2026-10-23 15:00 UTC
	// SEV3      card-payments  0s          5m     1h5m    Mon 2026-01-05 08:00 UTC
	//
	// info single_channel /people/3
	//   dev can only be reached by phone: when that fails, not at all
	// 0 errors, 0 warnings, 1 remark
}

func Example_failure() {
	t := printer{} // a *testing.T

	p, ladder := policyOf(t, "billing")
	run := escalationtest.Start(t, escalationtest.Setup{
		Ladder: ladder, World: p.World(),
		At:    "2026-03-29 01:57 Europe/Berlin",
		Facts: p.Facts("SEV1"),
	})
	run.Advance(15 * time.Minute)
	run.RequirePaged("ben", 5*time.Minute)
	// Output:
	// ben is not paged at +5m, but at +15m
	//
	//     +0s      01:57  page chi by push: policy billing, step 1 of 3; schedule primary leads to chi: rotation weekly, turn 12
	//     +5m      03:02  page ana by push: policy billing, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to ana: rotation weekly, turn 12
	//   > +5m      03:02  << want here: page ben
	//     +7m      03:04  tell ana by phone: again, as nobody has answered the page of step 2
	//     +15m     03:12  page ana by push: policy billing, step 3 of 3, because nobody answered step 2 within 10m; team billing leads to ana: member of team billing
	//     +15m     03:12  page ben by push: policy billing, step 3 of 3, because nobody answered step 2 within 10m; team billing leads to ben: member of team billing
	//     +15m     03:12  page chi by push: policy billing, step 3 of 3, because nobody answered step 2 within 10m; team billing leads to chi: member of team billing
	//
	// On call at +5m, which is 03:02:
	//     primary: chi, by rotation weekly, turn 12
	//     secondary: ana, by rotation weekly, turn 12
	//
	// It began on Sunday 29 March 2026 01:57 CET as SEV1, under policy billing.
}

func Example_courseOfAnother() {
	t := printer{} // a *testing.T

	p, ladder := policyOf(t, "billing")
	run := escalationtest.Start(t, escalationtest.Setup{
		Ladder: ladder, World: p.World(),
		At:    "2026-03-11 03:00 Europe/Berlin",
		Facts: p.Facts("SEV1"),
	})
	run.Advance(6 * time.Minute)
	run.Acknowledge("ben")
	run.RequireCourse(`
		+0s page ana by phone
		+5m page ben by push
		+6m ben acknowledges
	`)
	// Output:
	// the course is another (- is wanted, + is so):
	//
	//   - +0s page ana by phone
	//   + +0s page ana by push: policy billing, step 1 of 3; schedule primary leads to ana: rotation weekly, turn 10
	//   + +2m tell ana by phone: again, as nobody has answered the page of step 1
	//     +5m page ben by push: policy billing, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to ben: rotation weekly, turn 10
	//     +6m ben acknowledges
	//
	// On call at +0s, which is 03:00:
	//     primary: ana, by rotation weekly, turn 10
	//     secondary: ben, by rotation weekly, turn 10
	//
	// It began on Wednesday 11 March 2026 03:00 CET as SEV1, under policy billing.
}

func Example_byHand() {
	t := printer{} // a *testing.T

	run := escalationtest.Start(t, escalationtest.Setup{
		Given: `
			policy checkout
			step 1 pages schedule primary, waits 5m
			step 2 pages person boss, waits 10m, if severity is SEV1
			primary passes from ana to ben every week from 2026-01-05 09:00 in Europe/Berlin
			ana is on leave from 2026-03-02 00:00 to 2026-03-09 00:00`,
		At:    "2026-03-03 12:00 Europe/Berlin",
		Facts: escalation.Facts{Severity: "SEV1"},
	})
	run.Advance(5 * time.Minute)
	fmt.Print(run.Text())
	// Output:
	// +0s skip schedule primary: nobody is on call on schedule "primary" at 2026-03-03T12:00:00+01:00, until 2026-03-09T00:00:00+01:00
	// +0s page boss by app: policy checkout, step 2 of 2, because step 1 reached nobody; it names boss
}

func Example_simulate() {
	t := printer{}
	p, ladder := policyOf(t, "billing")
	course := escalation.Simulate(escalation.Setting{
		Ladder: ladder, World: *p.World(),
		Start:     time.Date(2026, time.March, 11, 2, 0, 0, 0, time.UTC),
		Until:     time.Date(2026, time.March, 11, 2, 30, 0, 0, time.UTC),
		Facts:     p.Facts("SEV1"),
		Broken:    []string{"push"},
		Behaviour: escalation.AckAfter(4*time.Minute, "ben"),
	})
	fmt.Print(course)
	// Output:
	// Wed 2026-03-11 UTC
	//    +0s  02:00  1.1  page     ana  push   policy billing, step 1 of 3; schedule primary leads to ana: rotation weekly, turn 10; the channel does not take it
	//    +0s  02:00  1.1  message  ana  phone  in place of push, which failed
	//    +2m  02:02  1.1  message  ana  phone  again, as nobody has answered the page of step 1
	//    +5m  02:05  1.2  page     ben  push   policy billing, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to ben: rotation weekly, turn 10; the channel does not take it
	//    +5m  02:05  1.2  message  ben  phone  in place of push, which failed
	//    +7m  02:07  1.2  message  ben  phone  again, as nobody has answered the page of step 2
	//    +9m  02:09       answer   ben         acknowledge
	//   +29m  02:29  1.2  remind   ben  push   reminder: ben has acknowledged, and the incident is still open; the channel does not take it
	//   +29m  02:29  1.2  message  ben  phone  in place of push, which failed
	// cut off: still acknowledged by ben
}
