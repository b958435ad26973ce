package escalationtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
)

const simple = "policy checkout\nstep 1 pages person ana, waits 5m\n"

// Whatever is wrong with a story is named by its line, with what would be right.
func TestStoriesThatAreWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ story, want string }{
		"no sentence":                 {"ana sleeps", `line 1: "ana sleeps": want one of these sentences:` + "\n\tpolicy ID[, repeated N time[s]][ from step N]\n"},
		"no event":                    {simple + "00:00 the run starts\nana sleeps", `line 4: "ana sleeps": want one of these sentences, since the run has started:` + "\n\tTIME the run starts\n"},
		"no run":                      {simple + "00:00 ana acknowledges", `line 3: "00:00 ana acknowledges": want "00:00 the run starts" before it`},
		"no policy":                   {"00:00 the run starts", `want a policy before a run: "policy checkout", with its steps or as the host has it`},
		"no steps":                    {"policy checkout\n00:00 the run starts", "steps: want 1 to 200 steps"},
		"step before its policy":      {"step 1 pages person ana", `want a sentence such as "policy checkout" before it`},
		"end before its policy":       {"at the end page person ana", `want a sentence such as "policy checkout" before it`},
		"step of a vendor's policy":   {"policy of vendor acme\nstep 1 pages person ana", `want a sentence such as "policy checkout" before it`},
		"no such vendor":              {"policy of vendor acme\n00:00 the run starts", `policy of vendor acme: want a vendor of the world`},
		"step number":                 {simple + "step 3 pages person ben", `want step 2 here`},
		"step part":                   {"policy checkout\nstep 1 pages person ana, sings", `want parts such as these, with commas between them, not "sings":` + "\n\tpages TARGETS\n"},
		"target":                      {"policy checkout\nstep 1 pages people ana", `want a target such as "schedule primary", not "people ana"`},
		"branch before":               {simple + "step 2 takes step 1\n00:00 the run starts", "step 2: want steps from 3 to 2 for it to take, not steps 1 to 1"},
		"branch numbers":              {"policy checkout\nstep 1 takes steps 3 to 2", `want "step 3" or "steps 3 to 5", not "steps 3 to 2"`},
		"condition":                   {"policy checkout\nstep 1 pages person ana, if the moon is full", `want conditions such as these, with "and" between them, not "the moon is full":`},
		"hours":                       {"policy checkout\nstep 1 pages person ana, if it is noon in UTC", `want hours such as "Mon to Fri 09:00 to 17:00`},
		"hours without a zone":        {"ana is quiet daily 22:00 to 07:00", `want hours such as "Mon to Fri 09:00 to 17:00`},
		"hours that no clock has":     {"ana is quiet daily 22:00 to 27:00 in UTC", `want hours such as "Mon to Fri 09:00 to 17:00`},
		"zone":                        {"ana is quiet daily 22:00 to 07:00 in Europe/Ber", `zone`},
		"length":                      {"policy checkout\nstep 1 pages person ana, waits long", `want a length of time such as 30s, 5m, 1h30m or 2d, not "long"`},
		"length in days":              {"policy checkout\nstep 1 pages person ana, waits xd", `want a length of time such as 30s, 5m, 1h30m or 2d, not "xd"`},
		"wait":                        {"policy checkout\nstep 1 pages person ana, waits 8d\n00:00 the run starts", "steps[0].wait: want"},
		"time":                        {simple + "25:00 the run starts", `want a time such as 09:00, 09:00:30 or 2026-03-03 09:00, not "25:00"`},
		"time of another zone":        {simple + "02:00 CET the run starts", `want a time in a zone that the clocks of UTC have then, not "CET"`},
		"time before":                 {simple + "01:00 the run starts\n00:30 ana acknowledges", `want a time that is not before 01:00`},
		"day too late":                {"primary is ana\nthe day is 2026-03-29 in Europe/Berlin", `want the day before everything that has a time`},
		"day":                         {"the day is tomorrow in Europe/Berlin", `want a day such as 2026-03-29 in a zone such as Europe/Berlin`},
		"duty back in time":           {"primary is ana from 02:00\nprimary is ben from 01:00", `want a time after 2026-03-02 02:00:00`},
		"rotation":                    {"primary passes from ana to ben every year from 2026-01-05 09:00 in UTC", `want a rotation such as: primary passes from ana`},
		"schedule":                    {simple + "primary passes from ana to ben every week from 2026-01-05 09:00 in Mars\n00:00 the run starts", `schedule primary: oncall:`},
		"person":                      {simple + "ana is told by phone\n00:00 the run starts", `ana: escalation: rules.high[0].channel: want one of the person's channels (app)`},
		"notification":                {"ana is told by sms, then by phone", `want channels such as "sms, then by phone after 2m"`},
		"facts":                       {simple + "the incident has colour blue", `want facts such as severity SEV1`},
		"host that knows no messages": {simple + "push takes no messages\n00:00 the run starts\n00:05 the host asks", `want no habits and no broken channels in a story in which the host asks`},
		"label without a value":       {simple + "the incident has label env", `want facts such as severity SEV1`},
		"facts without a time":        {simple + "00:00 the run starts\nthe incident has severity SEV1", `want a time before it, once the run has started`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := escalationtest.Tell(test.story, escalationtest.Files{})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestWrongSentenceIsATypedError(t *testing.T) {
	t.Parallel()
	_, err := escalationtest.Tell(simple+"ana sleeps", escalationtest.Files{})
	var wrong *escalationtest.SentenceError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "ana sleeps", wrong.Text)
}

func TestFileIsComparedOrWritten(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "story.txt")
	write := func(text string) { require.NoError(t, os.WriteFile(name, []byte(text), 0o600)) }
	const right = simple + "00:00 the run starts\n" +
		"  00:00 page ana: policy checkout, step 1 of 1; it names ana\n" +
		"  00:05 exhausted: policy checkout is exhausted: nobody answered in 1 round\n" +
		"  it is over: exhausted\n"

	write(strings.Replace(right, "page ana", "page ben", 1))
	assert.Equal(t, name+`: what really happens is another story (- is wanted, + is so):

    policy checkout
    step 1 pages person ana, waits 5m
    00:00 the run starts
  -   00:00 page ben: policy checkout, step 1 of 1; it names ana
  +   00:00 page ana: policy checkout, step 1 of 1; it names ana
      00:05 exhausted: policy checkout is exhausted: nobody answered in 1 round
      it is over: exhausted
    
`, failureOf(t, func(f *fake) { escalationtest.RunFile(f, name, escalationtest.Files{}) }))

	assert.Empty(t, failureOf(t, func(f *fake) { escalationtest.RunFile(f, name, escalationtest.Files{Update: true}) }))
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, right, string(text))

	write(strings.ReplaceAll(right, "\n", "\r\n"))
	assert.Empty(t, failureOf(t, func(f *fake) { escalationtest.RunFile(f, name, escalationtest.Files{}) }), "as an editor on Windows leaves it")

	write("ana sleeps\n")
	assert.Contains(t, failureOf(t, func(f *fake) { escalationtest.RunFile(f, name, escalationtest.Files{Update: true}) }), "story.txt: line 1: ")
	assert.Contains(t, failureOf(t, func(f *fake) { escalationtest.RunFile(f, name+"x", escalationtest.Files{}) }), "no such file")
}

// A long story is shown only near what differs.
func TestLongDifferencesAreShort(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "story.txt")
	require.NoError(t, os.WriteFile(name, []byte(strings.Repeat("# a comment\n", 100)+simple+"00:00 the run starts\n"+strings.Repeat("# a comment\n", 100)), 0o600))
	got := failureOf(t, func(f *fake) { escalationtest.RunFile(f, name, escalationtest.Files{}) })
	assert.Equal(t, 2, strings.Count(got, "    …\n"), got)
	assert.Equal(t, 7, strings.Count(got, "# a comment"), got)
}

func TestStoryOfTheHostsOwnPolicy(t *testing.T) {
	t.Parallel()
	ladder, err := escalation.Compile(escalation.Policy{ID: "mine", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Schedule("primary"), escalation.Person("boss")}, Wait: escalation.MinWait},
	}})
	require.NoError(t, err)
	got, err := escalationtest.Tell("policy mine\nana is reached by phone\nprimary is ana\n00:00 the run starts\n", escalationtest.Files{
		Ladders: map[string]*escalation.Ladder{"mine": ladder},
		World:   &escalation.World{Teams: map[string]escalation.Group{"db": {}}},
	})
	require.NoError(t, err)
	assert.Contains(t, got, "  00:00 page ana by phone: policy mine, step 1 of 1; schedule primary leads to ana: rotation primary, turn 1\n")
	assert.Contains(t, got, "  00:00 page boss by app: policy mine, step 1 of 1; it names boss\n", "whom the policy names is there")
}

// Telling a story that was told already changes nothing.
func FuzzTell(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, story string) {
		if strings.ContainsRune(story, '\r') { // it is not kept: a line ends with \n
			return
		}
		once, err := escalationtest.Tell(story, escalationtest.Files{})
		if err != nil {
			return
		}
		twice, err := escalationtest.Tell(once, escalationtest.Files{})
		require.NoError(t, err)
		require.Equal(t, once, twice)
	})
}
