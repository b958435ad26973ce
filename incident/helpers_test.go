package incident_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// t0 is a Monday afternoon.
var t0 = time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)

// after returns the time so many minutes after t0.
func after(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }

var (
	ana    = incident.Actor{Kind: incident.Person, ID: "ana"}
	ben    = incident.Actor{Kind: incident.Person, ID: "ben"}
	robot  = incident.Actor{Kind: incident.Automation, ID: "alertmanager"}
	kit    = incident.Actor{Kind: incident.Automation, ID: "incidentkit"}
	deskco = incident.Actor{Kind: incident.Vendor, ID: "deskco"}
	client = incident.Actor{Kind: incident.Customer, ID: "globex"}
)

// actors holds one of every kind.
var actors = map[incident.ActorKind]incident.Actor{
	incident.Person: ana, incident.Automation: robot, incident.Vendor: deskco, incident.Customer: client,
}

// scale has a severity that needs a review within two days, one that needs one
// without a date, and one that needs none.
func scale(t testing.TB) *severity.Scale {
	t.Helper()
	s, err := severity.New([]severity.Level{
		{ID: "SEV1", Name: "Critical", Review: true, Targets: severity.Targets{ReviewDue: 48 * time.Hour}},
		{ID: "SEV2", Name: "Major", Review: true},
		{ID: "SEV3", Name: "Minor"},
	})
	require.NoError(t, err)
	return s
}

// env is what a decision at t0 knows.
func env(t testing.TB, now time.Time) incident.Env {
	t.Helper()
	return incident.Env{Now: now, Severities: scale(t), Plan: incident.PlanRef{Tenant: "acme", Version: 3}}
}

// story is an incident that a test leads through its life.
type story struct {
	t      testing.TB
	now    time.Time
	in     incident.Incident
	events []incident.Event
	data   [][]byte // the events as they are stored
}

func newStory(t testing.TB) *story { return &story{t: t, now: t0} }

// at sets the clock to so many minutes after t0.
func (s *story) at(minutes int) *story {
	s.now = after(minutes)
	return s
}

// try decides on a command and records what follows.
func (s *story) try(cmd incident.Command) ([]incident.Event, error) {
	s.t.Helper()
	cmd.Tenant, cmd.Incident = "acme", "inc-1"
	events, err := incident.Decide(s.in, cmd, env(s.t, s.now))
	if err == nil {
		s.record(events)
	}
	return events, err
}

// do is try for an action that must be possible.
func (s *story) do(actor incident.Actor, action incident.Action) []incident.Event {
	s.t.Helper()
	return s.doAt(actor, action, time.Time{})
}

// doAt is do for what happened before now.
func (s *story) doAt(actor incident.Actor, action incident.Action, happened time.Time) []incident.Event {
	s.t.Helper()
	events, err := s.try(incident.Command{Actor: actor, Action: action, HappenedAt: happened})
	require.NoError(s.t, err)
	return events
}

// note records what an escalation does.
func (s *story) note(payloads ...incident.Payload) {
	s.t.Helper()
	s.record(incident.Extend(s.in, kit, s.now, time.Time{}, payloads...))
}

func (s *story) record(events []incident.Event) {
	s.t.Helper()
	in, records, err := incident.Seal(s.in, events)
	require.NoError(s.t, err)
	s.in, s.events = in, append(s.events, events...)
	for _, r := range records {
		s.data = append(s.data, r.Data)
	}
}

// payloads strips events down to what they say.
func payloads(events []incident.Event) []incident.Payload {
	var out []incident.Payload
	for _, e := range events {
		out = append(out, e.Payload)
	}
	return out
}

// constants returns the values of all constants that the package declares with
// the type, so that a new one cannot be forgotten in a test.
func constants[T ~string](t testing.TB, typ string) []T {
	t.Helper()
	var out []T
	for _, f := range sources(t) {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			for _, spec := range gen.Specs {
				v := spec.(*ast.ValueSpec)
				if name, ok := v.Type.(*ast.Ident); !ok || name.Name != typ {
					continue
				}
				for _, value := range v.Values {
					s, err := strconv.Unquote(value.(*ast.BasicLit).Value)
					require.NoError(t, err)
					out = append(out, T(s))
				}
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// implementing returns the names of the types that have the method.
func implementing(t testing.TB, method string) []string {
	t.Helper()
	var out []string
	for _, f := range sources(t) {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == method {
				if typ, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
					out = append(out, typ.Name)
				}
			}
		}
	}
	require.NotEmpty(t, out)
	return out
}

// sources parses the package.
func sources(t testing.TB) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	var out []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
			require.NoError(t, err)
			out = append(out, f)
		}
	}
	return out
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *incident.Update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run the test with -update, and look at what it wrote")
	assert.Equal(t, string(want), got, "%s: run with -update if the change is meant", path)
}
