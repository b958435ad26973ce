package escalation_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

var update = flag.Bool("update", false, "write what happens into the scenario files")

// TestScenarios plays the stories in testdata. Indented lines say what is to
// come of the line above; go test -run Scenarios -update writes them anew.
func TestScenarios(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got := tell(t, string(want))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			assert.Equal(t, string(want), got)
		})
	}
}

// tell plays a scenario and returns it with what really comes of each event.
func tell(t *testing.T, script string) string {
	t.Helper()
	s := scenario{roster: roster{}}
	var out []string
	for i, line := range strings.Split(script, "\n") {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out = append(out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		said, err := s.play(line)
		require.NoError(t, err, "line %d: %s", i+1, line)
		for _, l := range said {
			out = append(out, "  "+l)
		}
	}
	return strings.Join(out, "\n")
}

// scenario plays the part of a host: it keeps the progress of one run.
type scenario struct {
	policy escalation.Policy
	roster roster
	stored []byte // the progress, as JSON
}

// The sentences that a scenario is written in.
var sentences = []struct {
	pattern *regexp.Regexp
	play    func(s *scenario, words []string) ([]string, error)
}{
	{sentence(`policy (\w+)(?:, repeated (\d+) times?)?`), (*scenario).define},
	{sentence(`step \d+ pages (.+), waits (\S+)`), (*scenario).step},
	{sentence(`(\w+) is out of reach: (.+)`), (*scenario).outOfReach},
	{sentence(`(\w+) is nobody(?: from (\S+))?: (.+)`), (*scenario).nobody},
	{sentence(`(\w+) is (.+?)(?: from (\S+))?`), (*scenario).onCall},
	{sentence(`(\d\S+) the run starts`), (*scenario).start},
	{sentence(`(\d\S+) the run starts, and nobody asks`), (*scenario).startUnasked},
	{sentence(`(\d\S+) the host asks`), (*scenario).ask},
	{sentence(`(\d\S+) (\w+) acknowledges`), on(func(_ escalation.Policy, p escalation.Progress, _ time.Time, words []string) escalation.Progress {
		return p.Acknowledge(words[0])
	})},
	{sentence(`(\d\S+) the run is stopped`), on(func(_ escalation.Policy, p escalation.Progress, _ time.Time, _ []string) escalation.Progress {
		return p.Stop()
	})},
	{sentence(`(\d\S+) step (\d+) of round (\d+) turns out undeliverable`), on(func(policy escalation.Policy, p escalation.Progress, now time.Time, words []string) escalation.Progress {
		step, _ := strconv.Atoi(words[0])
		round, _ := strconv.Atoi(words[1])
		return p.Undeliverable(policy, round, step, now)
	})},
}

func sentence(pattern string) *regexp.Regexp { return regexp.MustCompile(`^` + pattern + `$`) }

func (s *scenario) play(line string) ([]string, error) {
	for _, known := range sentences {
		if words := known.pattern.FindStringSubmatch(line); words != nil {
			return known.play(s, words[1:])
		}
	}
	return nil, fmt.Errorf("no such sentence")
}

func (s *scenario) define(words []string) ([]string, error) {
	s.policy.ID = words[0]
	s.policy.Repeat, _ = strconv.Atoi(words[1])
	return nil, nil
}

func (s *scenario) step(words []string) ([]string, error) {
	wait, err := time.ParseDuration(words[1])
	step := escalation.Step{Wait: wait}
	for target := range strings.SplitSeq(words[0], " and ") {
		typ, id, _ := strings.Cut(target, " ")
		step.Targets = append(step.Targets, escalation.Target{Type: escalation.TargetType(typ), ID: id})
	}
	s.policy.Steps = append(s.policy.Steps, step)
	return nil, err
}

func (s *scenario) outOfReach(words []string) ([]string, error) {
	s.roster.unreachable(words[0], words[1])
	return nil, nil
}

func (s *scenario) nobody(words []string) ([]string, error) {
	return s.duty(words[0], words[1], escalation.Resolution{Why: words[2]})
}

func (s *scenario) onCall(words []string) ([]string, error) {
	var r escalation.Resolution
	for person := range strings.SplitSeq(words[1], " and ") {
		r.People = append(r.People, escalation.Candidate{Person: person, Rule: "rotation weekly"})
	}
	return s.duty(words[0], words[2], r)
}

func (s *scenario) duty(schedule, from string, r escalation.Resolution) ([]string, error) {
	if from == "" {
		from = "00:00"
	}
	at, err := parseClock(from)
	s.roster.from(schedule, at, r)
	return nil, err
}

func (s *scenario) startUnasked(words []string) ([]string, error) {
	for _, err := range s.policy.Validate() {
		return nil, err
	}
	now, err := parseClock(words[0])
	if err != nil {
		return nil, err
	}
	s.stored, err = json.Marshal(escalation.Start(now))
	return nil, err
}

func (s *scenario) start(words []string) ([]string, error) {
	if _, err := s.startUnasked(words); err != nil {
		return nil, err
	}
	return s.ask(words)
}

func (s *scenario) ask(words []string) ([]string, error) {
	return on(func(_ escalation.Policy, p escalation.Progress, _ time.Time, _ []string) escalation.Progress {
		return p
	})(s, words)
}

// on makes a sentence of what happens to a run that has started.
func on(change func(escalation.Policy, escalation.Progress, time.Time, []string) escalation.Progress) func(*scenario, []string) ([]string, error) {
	return func(s *scenario, words []string) ([]string, error) {
		now, err := parseClock(words[0])
		if err != nil {
			return nil, err
		}
		var p escalation.Progress
		if err := json.Unmarshal(s.stored, &p); err != nil {
			return nil, err
		}
		return s.next(change(s.policy, p, now, words[1:]), now)
	}
}

// next asks what is to be done, stores the progress and tells.
func (s *scenario) next(p escalation.Progress, now time.Time) (said []string, err error) {
	r := escalation.Next(s.policy, p, now, s.roster)
	for _, e := range r.Effects {
		said = append(said, describe(e, now))
	}
	switch r.Progress.State {
	case escalation.Running:
		said = append(said, "it waits until "+clock(r.Wake))
	case escalation.Acknowledged:
		said = append(said, "it is over: acknowledged by "+r.Progress.By)
	case escalation.Exhausted, escalation.Stopped:
		said = append(said, "it is over: "+string(r.Progress.State))
	}
	s.stored, err = json.Marshal(r.Progress)
	return said, err
}

func describe(e escalation.Effect, now time.Time) string {
	what := "exhausted"
	switch {
	case e.Kind == escalation.Page:
		what = "page " + e.Person
	case e.Kind == escalation.Skip && e.Person == "":
		what = "skip " + e.Target.String()
	case e.Kind == escalation.Skip:
		what = "skip " + e.Person
	}
	if e.Due.Before(now) {
		what += ", due " + clock(e.Due)
	}
	return what + ": " + e.Reason
}

var midnight = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func parseClock(s string) (time.Time, error) {
	layout := "15:04"
	if strings.Count(s, ":") == 2 {
		layout = "15:04:05"
	}
	t, err := time.Parse(layout, s)
	return midnight.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second), err
}

func clock(t time.Time) string {
	return strings.TrimSuffix(t.Format("15:04:05"), ":00")
}
