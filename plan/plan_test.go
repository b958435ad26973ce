package plan_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

var update = flag.Bool("update", false, "write the golden files anew")

// documents returns the documents of a folder in testdata, by their names.
func documents(tb testing.TB, folder string) map[string][]byte {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	require.NoError(tb, err)
	require.NotEmpty(tb, paths)
	docs := map[string][]byte{}
	for _, path := range paths {
		doc, err := os.ReadFile(path)
		require.NoError(tb, err)
		docs[strings.TrimSuffix(filepath.Base(path), ".json")] = doc
	}
	return docs
}

func parse(tb testing.TB, name string) *plan.Plan {
	tb.Helper()
	p, err := plan.Parse(documents(tb, "valid")[name])
	require.NoError(tb, err)
	return p
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t, "invalid") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.Parse(doc)
			require.ErrorIs(t, err, plan.ErrInvalid)
			assert.Nil(t, p)

			var invalid *plan.Error
			require.ErrorAs(t, err, &invalid)
			assert.True(t, slices.IsSortedFunc(invalid.Problems, func(a, b plan.Problem) int { return a.Line - b.Line }))
			places := map[string]bool{}
			for _, problem := range invalid.Problems {
				assert.False(t, places[problem.Path] && problem.Path != "", "two problems at %s", problem.Path)
				places[problem.Path] = true
			}

			golden := filepath.Join("testdata", "invalid", name+".golden")
			got := err.Error() + "\n"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}

func TestParseAccepts(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t, "valid") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.Parse(doc)
			require.NoError(t, err)
			assert.Equal(t, doc, p.Document())
		})
	}
}

func TestParseLimitsSize(t *testing.T) {
	t.Parallel()
	doc := documents(t, "valid")["minimal"]
	padded := append(slices.Clone(doc), []byte(strings.Repeat(" ", plan.MaxSize-len(doc)))...)
	_, err := plan.Parse(padded)
	require.NoError(t, err)

	_, err = plan.Parse(append(padded, ' '))
	require.EqualError(t, err, "plan: 1 problem in the document:\nline 1, column 1: want at most 1048576 bytes, not 1048577")
}

// A document full of mistakes costs no more than one with a few.
func TestParseLimitsProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"unknown fields": `{` + strings.Repeat(`"x":{"default_polic":1},`, 5000) + `"y":1}`,
		"dangling names": `{"format":"incidentkit/plan/v1","name":"x","severities":[{"id":"SEV1"}],"default_policy":"a","last_resort":{"person":"a"},"policies":[` +
			strings.Repeat(`{"id":"a","steps":[{"targets":[{"type":"schedule","id":"nobody-knows-this-one"}],"wait":"5m"}]},`, 5000) + `{"id":"z","steps":[]}]}`,
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plan.Parse([]byte(doc))
			var invalid *plan.Error
			require.ErrorAs(t, err, &invalid)
			assert.Len(t, invalid.Problems, 100)
			assert.True(t, invalid.More)
			assert.True(t, strings.HasPrefix(err.Error(), "plan: 100 problems in the document:\n"), err.Error()[:50])
			assert.True(t, strings.HasSuffix(err.Error(), "\nand possibly more"))
		})
	}
}

func TestParseLimitsRoutes(t *testing.T) {
	t.Parallel()
	routes := make([]plan.Route, plan.MaxRoutes)
	for i := range routes {
		routes[i] = plan.Route{Match: map[string]string{"service": fmt.Sprint(i)}}
	}
	spec := minimal()
	spec.Routes = routes
	require.NoError(t, parseSpec(t, spec))

	spec.Routes = append(spec.Routes, plan.Route{Match: map[string]string{}})
	require.ErrorContains(t, parseSpec(t, spec), "/routes: want at most 1000 routes, not 1001")
}

// minimal returns the smallest plan.
func minimal() plan.Spec {
	return plan.Spec{
		Format: plan.Format, Name: "minimal", Severities: []plan.Severity{{ID: "SEV1"}},
		Policies: []plan.Policy{{ID: "default", Steps: []plan.Step{{
			Targets: []plan.Target{{Type: escalation.TargetPerson, ID: "ana"}}, Wait: plan.Wait(time.Minute),
		}}}},
		DefaultPolicy: "default", LastResort: plan.LastResort{Person: "ana"},
	}
}

func parseSpec(tb testing.TB, spec plan.Spec) error {
	tb.Helper()
	doc, err := json.Marshal(spec)
	require.NoError(tb, err)
	_, err = plan.Parse(doc)
	return err
}

func TestLimitsOfText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		set  func(*plan.Spec, string)
		most int
	}{
		"id":   {func(s *plan.Spec, text string) { s.Severities[0].ID = text }, plan.MaxID},
		"line": {func(s *plan.Spec, text string) { s.Name = text }, plan.MaxLine},
		"text": {func(s *plan.Spec, text string) { s.Severities[0].Description = text }, plan.MaxText},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			letter := "é"
			if name == "id" {
				letter = "~"
			}
			spec := minimal()
			tt.set(&spec, strings.Repeat(letter, tt.most))
			require.NoError(t, parseSpec(t, spec))
			tt.set(&spec, strings.Repeat(letter, tt.most+1))
			require.ErrorContains(t, parseSpec(t, spec), fmt.Sprint(tt.most, " "))
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	p := parse(t, "full")

	assert.Equal(t, "Acme Cloud", p.Name())
	assert.Equal(t, "default", p.DefaultPolicy())
	assert.Equal(t, "chloe@acme.example", p.LastResort())

	sev2, err := p.Severities().Level("SEV2")
	require.NoError(t, err)
	assert.Equal(t, "Major", sev2.Name)
	assert.Equal(t, 24*time.Hour, sev2.Targets.Mitigate)
	assert.Equal(t, 10*24*time.Hour, sev2.Targets.ReviewDue)
	assert.Equal(t, []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour},
		[]time.Duration{sev2.Targets.Acknowledge, sev2.Targets.FirstUpdate, sev2.Targets.Cadence})
	assert.True(t, sev2.Review)
	assert.Equal(t, "An important function fails for many customers.", sev2.Description)

	people := slices.Collect(p.People())
	require.Len(t, people, 5)
	assert.Equal(t, plan.Person{ID: "ana", Name: "Ana Silva", Contacts: []plan.Contact{{"sms", "+4915112345678"}, {"chat", "@ana"}}}, people[0])
	assert.Equal(t, "dev", people[3].Name, "the id stands in for a name")
	for person := range p.People() {
		assert.Equal(t, "ana", person.ID)
		break
	}
	dev, ok := p.Person("dev")
	assert.True(t, ok)
	assert.Equal(t, people[3], dev)
	_, ok = p.Person("nobody")
	assert.False(t, ok)

	storage, ok := p.Policy("storage")
	assert.True(t, ok)
	assert.Equal(t, escalation.Policy{ID: "storage", Name: "storage", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Schedule("database")}, Wait: 150 * time.Second},
		{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 5 * time.Minute},
	}, Final: escalation.Final{Targets: []escalation.Target{escalation.Person("chloe@acme.example")}}}, storage, "it ends in the last resort")
	standard, _ := p.Policy("default")
	assert.Equal(t, "Everything else", standard.Name)
	assert.Equal(t, 2, standard.Repeat)
	assert.Equal(t, escalation.Person("ana"), standard.Steps[1].Targets[1])
	_, ok = p.Policy("nothing")
	assert.False(t, ok)

	db, ok := p.Component("db")
	assert.True(t, ok)
	assert.Equal(t, plan.Component{ID: "db", Name: "Databases", Policy: "storage"}, db)
	_, ok = p.Component("nothing")
	assert.False(t, ok)

	primary, ok := p.Schedule("primary")
	require.True(t, ok)
	for at, want := range map[string]string{
		"2026-01-05T08:00:00Z": "ana rotation weekly, turn 1",
		"2026-01-12T08:00:00Z": "ben rotation weekly, turn 2",
		"2026-02-03T08:00:00Z": "dev override o1 (Ben's dentist)",
		"2026-02-03T12:00:00Z": "ana rotation weekly, turn 5",
		"2026-12-24T00:00:00Z": "ben override o2",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		shift, err := primary.At(instant)
		require.NoError(t, err)
		assert.Equal(t, want, shift.Person+" "+shift.Rule(), at)
	}
	_, ok = p.Schedule("nothing")
	assert.False(t, ok)

	nobody := parse(t, "minimal")
	assert.Empty(t, slices.Collect(nobody.People()))
}

// Everything that a schedule can say reaches the calculator.
func TestSchedules(t *testing.T) {
	t.Parallel()
	p := parse(t, "schedules")
	var ids []string
	for rota := range p.Schedules() {
		ids = append(ids, rota.ID())
		same, _ := p.Schedule(rota.ID())
		assert.Same(t, same, rota)
	}
	assert.Equal(t, []string{"primary", "elsewhere", "by-hand"}, ids)
	for rota := range p.Schedules() {
		assert.Equal(t, "primary", rota.ID())
		break
	}

	primary, _ := p.Schedule("primary")
	for at, want := range map[string]string{
		"2026-01-05T10:00:00Z": "ana rotation day, turn 1",
		"2026-01-12T10:00:00Z": "ben rotation day, turn 2",
		"2026-01-16T13:30:00Z": "ben rotation day, turn 2",
		"2026-01-16T14:30:00Z": "nobody",                                            // on Friday it is half past three
		"2026-02-01T00:00:00Z": "dan rotation night, turn 1",                        // cleo is not ready
		"2026-03-03T23:00:00Z": "ben rotation night, turn 2, by schedule elsewhere", // 31 February
		"2026-03-01T23:00:00Z": "dan rotation night, turn 1",
		"2026-04-15T23:00:00Z": "nobody", // vacant
		"2026-05-20T23:00:00Z": "dan rotation night, turn 4; cleo rotation night, turn 4",
		"2026-06-02T00:00:00Z": "dan rotation night, turn 124",
		"2026-04-01T07:00:00Z": "ana rotation launch, turn 1; ben rotation launch, turn 1",
		"2026-02-03T09:00:00Z": "ana rotation day, turn 5",
		"2026-02-04T09:00:00Z": "ana override o2 of rotation day; ben override o2 of rotation day",
		"2026-02-05T09:00:00Z": "ana rotation day, turn 5; dan override o3",
		"2026-12-25T10:00:00Z": "nobody",
		"2026-08-04T10:00:00Z": "ben rotation day, turn 31, for ana",
	} {
		instant, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		var got []string
		for _, s := range primary.AppendAt(nil, instant) {
			got = append(got, s.Person+" "+s.Rule())
		}
		if got == nil {
			got = []string{"nobody"}
		}
		assert.Equal(t, want, strings.Join(got, "; "), at)
	}

	assert.Equal(t, "Europe/Lisbon", primary.Person("ana").Zone)
	assert.Len(t, primary.Person("ana").Leave, 1)
	elsewhere, _ := p.Schedule("elsewhere")
	assert.Len(t, elsewhere.Person("ana").Leave, 1, "an override names her")
	assert.Equal(t, []string{"postgres"}, elsewhere.Person("ben").Skills)
	assert.Empty(t, elsewhere.Person("cleo").Stages, "the schedule does not name her")
}

// Whatever a person's leave adds up to over all schedules is bounded.
func TestParseLimitsLeave(t *testing.T) {
	t.Parallel()
	spec := minimal()
	ana := plan.Person{ID: "ana", Contacts: []plan.Contact{{Channel: "sms", To: "1"}}}
	for i := range 1000 {
		start := time.Date(2026, time.January, 1, i, 0, 0, 0, time.UTC)
		ana.Leave = append(ana.Leave, plan.Leave{Start: plan.Instant(start), End: plan.Instant(start.Add(time.Hour))})
	}
	spec.People = []plan.Person{ana}
	for i := range 100 {
		s := weekly(fmt.Sprint("s", i), 2026)
		s.Absence = "keep"
		spec.Schedules = append(spec.Schedules, s)
	}
	require.NoError(t, parseSpec(t, spec))

	one := weekly("one", 2026)
	one.Absence = "keep"
	spec.Schedules = append(spec.Schedules, one)
	require.ErrorContains(t, parseSpec(t, spec), "/people: want at most 100000 stages and times of leave, each counted once for every schedule that names the person, not 101000")
}

func TestParseLimitsSkills(t *testing.T) {
	t.Parallel()
	spec := minimal()
	spec.People = []plan.Person{{ID: "ana", Contacts: []plan.Contact{{Channel: "sms", To: "1"}}, Skills: slices.Repeat([]string{"go"}, plan.MaxSkills)}}
	spec.Schedules = []plan.Schedule{weekly("s", 2026)}
	spec.Schedules[0].Rotations[0].Skills = spec.People[0].Skills
	require.NoError(t, parseSpec(t, spec))

	spec.People[0].Skills = append(spec.People[0].Skills, "c")
	spec.Schedules[0].Rotations[0].Skills = spec.People[0].Skills
	err := parseSpec(t, spec)
	require.ErrorContains(t, err, "/people/0/skills: want at most 50 skills, not 51")
	require.ErrorContains(t, err, "/schedules/0/rotations/0/skills: want at most 50 skills, not 51")
}

// What a plan hands out is the caller's: a change to it changes no plan.
func TestPlanNeverChanges(t *testing.T) {
	t.Parallel()
	p := parse(t, "full")
	doc := p.Document()

	p.Document()[0] = 'x'
	plan.Schema()[0] = 'x'
	policy, _ := p.Policy("default")
	policy.Steps[0].Targets[0].ID = "x"
	policy.Steps[0].Wait = 0
	person, _ := p.Person("ana")
	person.Contacts[0].To = "x"
	for person := range p.People() {
		if len(person.Contacts) > 0 {
			person.Contacts[0].To = "x"
		}
	}

	assert.Equal(t, doc, p.Document())
	assert.Equal(t, byte('{'), plan.Schema()[0])
	policy, _ = p.Policy("default")
	assert.Equal(t, "primary", policy.Steps[0].Targets[0].ID)
	assert.Equal(t, 5*time.Minute, policy.Steps[0].Wait)
	person, _ = p.Person("ana")
	assert.Equal(t, "+4915112345678", person.Contacts[0].To)

	full := parse(t, "schedules")
	full.OnCall()[0].Rotations[0].Seats[0].People[0] = "x"
	full.OnCall()[0].People[0].Leave[0].Reason = "x"
	assert.Equal(t, "ana", full.OnCall()[0].Rotations[0].Seats[0].People[0])
	assert.Equal(t, "Summer", full.OnCall()[1].People[0].Leave[0].Reason)
	ana, _ := full.Person("ana")
	ana.Skills[0], ana.Leave[0].Reason = "x", "x"
	cleo, _ := full.Person("cleo")
	cleo.Stages[0].Readiness = "x"
	ana, _ = full.Person("ana")
	cleo, _ = full.Person("cleo")
	assert.Equal(t, "postgres Summer shadow", ana.Skills[0]+" "+ana.Leave[0].Reason+" "+string(cleo.Stages[0].Readiness))

	doc[0] = 'x'
	again := append([]byte(nil), p.Document()...)
	_, err := plan.Parse(again)
	require.NoError(t, err)
}

// One plan serves every goroutine at once; the race detector watches.
func TestPlanIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p := parse(t, "full")
	want := p.Problem("/people", "x")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			policy, _ := p.Policy(p.Route(map[string]string{"severity": "critical"}).Policy)
			policy.Steps[0].Targets[0].ID = "x"
			for person := range p.People() {
				clear(person.Contacts)
			}
			assert.Equal(t, want, p.Problem("/people", "x"))
		})
	}
	wg.Wait()
}

func TestRoute(t *testing.T) {
	t.Parallel()
	p := parse(t, "full")
	tests := map[string]struct {
		labels map[string]string
		want   plan.Routing
	}{
		"without severity it is triage":        {map[string]string{"env": "staging", "severity": "critical"}, plan.Routing{Policy: "quiet", Rule: "route 1"}},
		"component's policy":                   {map[string]string{"severity": "critical", "service": "postgres", "team": "a"}, plan.Routing{Severity: "SEV1", Component: "db", Policy: "storage", Active: true, Rule: "route 2"}},
		"default policy, active with severity": {map[string]string{"severity": "critical", "service": "web"}, plan.Routing{Severity: "SEV1", Component: "api", Policy: "default", Active: true, Rule: "route 3"}},
		"triage when the plan says so":         {map[string]string{"severity": "warning", "service": "postgres"}, plan.Routing{Severity: "SEV2", Component: "db", Policy: "storage", Rule: "route 4"}},
		"an empty value matches no label":      {map[string]string{"service": "web"}, plan.Routing{Policy: "quiet", Rule: "route 5"}},
		"everything else":                      {map[string]string{"team": "x"}, plan.Routing{Severity: "SEV3", Policy: "default", Active: true, Rule: "route 6"}},
		"no labels":                            {nil, plan.Routing{Policy: "quiet", Rule: "route 5"}},
		"values are compared exactly":          {map[string]string{"team": "x", "env": "Staging"}, plan.Routing{Severity: "SEV3", Policy: "default", Active: true, Rule: "route 6"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, p.Route(tt.labels))
		})
	}

	small := parse(t, "small")
	assert.Equal(t, plan.Routing{Policy: "default", Rule: "no route"}, small.Route(map[string]string{"severity": "warning"}))
}

func TestProblem(t *testing.T) {
	t.Parallel()
	p := parse(t, "small")
	got := p.Problem("/people/1/contacts/0/channel", "a channel, not \"sms\"")
	assert.Equal(t, plan.Problem{Path: "/people/1/contacts/0/channel", Line: 24, Column: 65, Want: "a channel, not \"sms\""}, got)
	assert.Equal(t, `line 24, column 65: /people/1/contacts/0/channel: want a channel, not "sms"`, got.String())

	missing := parse(t, "minimal").Problem("/people", "people")
	assert.Equal(t, [2]int{8, 1}, [2]int{missing.Line, missing.Column}, "the closing brace, before which it can be put in")
}

func TestErrorIsInvalid(t *testing.T) {
	t.Parallel()
	var err error = &plan.Error{}
	assert.ErrorIs(t, err, plan.ErrInvalid)
	assert.NotErrorIs(t, err, errors.ErrUnsupported)
}
