package escalationtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
)

// Every message says what happened instead, with a mark where it should have been
// otherwise, and who was on call then by which rule.
func TestFailureMessages(t *testing.T) {
	t.Parallel()
	const timeline = `
    +0s      01:57  page ben by sms: policy checkout, step 1 of 3; schedule primary leads to ben: rotation primary, turn 12
    +5m      03:02  page carl by app: policy checkout, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to carl: rotation secondary, turn 1
`
	const begin = `
It began on Sunday 29 March 2026 01:57 CET as SEV1, under policy checkout.`
	tests := map[string]struct {
		test func(*escalationtest.Run)
		want string
	}{
		"paged at another time": {
			func(run *escalationtest.Run) { run.RequirePaged("carl", 3*time.Minute) },
			`carl is not paged at +3m, but at +5m

    +0s      01:57  page ben by sms: policy checkout, step 1 of 3; schedule primary leads to ben: rotation primary, turn 12
  > +3m      03:00  << want here: page carl
    +5m      03:02  page carl by app: policy checkout, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to carl: rotation secondary, turn 1

On call at +3m, which is 03:00:
    primary: ben, by rotation primary, turn 12
    secondary: carl, by rotation secondary, turn 1
` + begin,
		},
		"never paged": {
			func(run *escalationtest.Run) { run.RequirePaged("ana", 5*time.Minute) },
			"ana is not paged at +5m, nor at any other time\n" + timeline + `  > +5m      03:02  << want here: page ana

On call at +5m, which is 03:02:
    primary: ben, by rotation primary, turn 12
    secondary: carl, by rotation secondary, turn 1
` + begin,
		},
		"not yet": {
			func(run *escalationtest.Run) { run.RequirePaged("boss", 15*time.Minute) },
			"boss is not paged at +15m: it is only +5m, and time passes by Advance\n",
		},
		"paged all the same": {
			func(run *escalationtest.Run) { run.RequireNotPaged("carl") },
			"carl is paged at +5m, and should not be\n" + timeline + "  > +5m      03:02  << want here: not page carl\n",
		},
		"not quiet": {
			func(run *escalationtest.Run) { run.RequireQuiet(time.Hour) },
			"it should be quiet from +5m to +1h5m, and is not\n" + timeline + "    +15m     03:12  page boss by app:",
		},
		"another state": {
			func(run *escalationtest.Run) { run.RequireState(escalation.Acknowledged) },
			"the run should be acknowledged, and is running\n" + timeline + "\nOn call at +5m,",
		},
		"refused": {
			func(run *escalationtest.Run) { run.HandBack("ben") },
			"at +5m ben hands it back, and that is refused: escalation: hand_back: want ",
		},
		"no such line": {
			func(run *escalationtest.Run) {
				run.RequireLine("+5m page carl")
			},
			"the course should have the line\n\n  - +5m page carl\n" + timeline,
		},
		"another course": {
			func(run *escalationtest.Run) {
				run.RequireCourse(`
					+0s page ben by sms
					+4m page carl by app
				`)
			},
			`the course is another (- is wanted, + is so):

    +0s page ben by sms: policy checkout, step 1 of 3; schedule primary leads to ben: rotation primary, turn 12
  - +4m page carl by app
  + +5m page carl by app: policy checkout, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to carl: rotation secondary, turn 1

On call at +5m, which is 03:02:
    primary: ben, by rotation primary, turn 12
    secondary: carl, by rotation secondary, turn 1
` + begin,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := failureOf(t, func(f *fake) {
				run := escalationtest.Start(f, night())
				run.Advance(5 * time.Minute)
				test.test(run)
			})
			assert.Equal(t, test.want, got[:min(len(got), len(test.want))], "%s", got)
		})
	}
}

func TestFailureSaysUntilWhenNobodyIsOnCall(t *testing.T) {
	t.Parallel()
	got := failureOf(t, func(f *fake) {
		run := escalationtest.Start(f, escalationtest.Setup{
			Given: "policy checkout\nstep 1 pages schedule primary, waits 5m\nprimary is nobody\nprimary is ana from 12:00\nempty is nobody",
			At:    "2026-03-02 08:00 Europe/Berlin",
		})
		run.RequirePaged("ana", 0)
	})
	assert.Contains(t, got, `
On call at +0s, which is 08:00:
    empty: nobody
    primary: nobody until 2026-03-02 12:00 CET
`)
	assert.True(t, strings.HasPrefix(got, "ana is not paged at +0s, nor at any other time\n"))
}
