package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// floors is the house, bottom up: a package imports only what lies on a floor
// below its own, and the package that its folder lies in (storage/memory may
// import storage). A key that ends in "/" stands for every package below it.
var floors = map[string]int{
	"internal/strictjson": 0, // reads documents that people write
	"internal/jsondoc":    0, // reads documents that other products write
	"internal/zonename":   0, // the names that those have for time zones
	"internal/timing":     0, // the engine's own waits
	"internal/pgtest":     0, // starts a PostgreSQL for tests
	"severity":            0,
	"oncall":              0,

	"incident":    1,
	"escalation":  1,
	"oncall/ical": 1,

	"escalation/internal/words": 0,
	"escalation/proof":          1,
	"escalation/escalationtest": 2,

	"importers":                     2,
	"importers/internal/weekly":     1,
	"importers/internal/gather":     2,
	"importers/internal/importtest": 2,
	"importers/":                    3,

	"storage":             2,
	"storage/memory":      2,
	"storage/storagetest": 2,
	"comms":               2,
	"comms/commstest":     2,
	"postmortem":          2,
	"plan":                2,

	"storage/sqlite":   3,
	"storage/postgres": 3,
	"comms/webhook":    3,
	"comms/terminal":   3,

	".": 4,

	"intake": 5,

	"internal/oracle":  5, // judges what came of it from outside
	"internal/sim":     6,
	"internal/sim/":    7, // plants bugs, and has the simulator find them
	"internal/trials/": 6,
	"internal/bench":   6,

	"examples/":                 6,
	"cmd/":                      6,
	"cmd/incidentctl/internal/": 5,
	"internal/tools/":           6, // programs for working on the repository; nobody imports them
}

// narrower names, for some packages, the only packages of this repository that
// they may import, where their floor would let them see more.
var narrower = map[string][]string{
	"escalation":                {"oncall", "escalation/internal/words"}, // a policy can be tested without incidents and severities
	"escalation/proof":          {"oncall", "escalation", "escalation/internal/words"},
	"escalation/escalationtest": {"oncall", "escalation", "escalation/proof", "escalation/internal/words"},
	"storage":                   {}, // a store is written without knowing what an incident is
	"storage/memory":            {"storage"},
	"storage/storagetest":       {"storage"},
	"storage/sqlite":            {"storage"},
	"storage/postgres":          {"storage", "internal/pgtest"},
	"comms/commstest":           {"comms"},
	"comms/webhook":             {"comms"},
	"comms/terminal":            {"comms"},
	".":                         {"severity", "oncall", "incident", "escalation", "storage", "comms", "postmortem", "plan", "internal/timing"}, // ports, no adapters
	"intake":                    {"incident"},                                                                                                  // the Engine meets its interface; it does not import it
}

// thirdParty names every module from elsewhere that a package may import
// outside its tests. Each is there for what this project does not exist for.
var thirdParty = map[string][]string{
	".":                {"github.com/google/uuid"},        // v7 ids, made by the Engine only
	"incident":         {"github.com/qmuntal/stateless"},  // runs the transition table
	"oncall/ical":      {"github.com/arran4/golang-ical"}, // reads and writes the lines of calendars
	"storage/sqlite":   {"modernc.org/sqlite"},            // the driver, without cgo
	"storage/postgres": {"github.com/jackc/pgx/v5"},       // the driver
}

// testParty names the modules that any test may import.
var testParty = []string{"github.com/stretchr/testify", "pgregory.net/rapid"}

func floorOf(dir string) (int, bool) {
	if f, ok := floors[dir]; ok {
		return f, true
	}
	longest, floor := "", 0
	for prefix, f := range floors {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(dir+"/", prefix) && len(prefix) > len(longest) {
			longest, floor = prefix, f
		}
	}
	return floor, longest != ""
}

// dirOf returns the folder of a package of this repository.
func dirOf(path string) (string, bool) {
	if path == rootModule {
		return ".", true
	}
	return strings.CutPrefix(path, rootModule+"/")
}

// standard reports whether an import path is of the standard library.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func checkFloors(p *pkg) []string {
	if len(p.Files) == 0 {
		return nil
	}
	floor, ok := floorOf(p.Dir)
	if !ok {
		return []string{fmt.Sprintf("%s has no floor: give it one in floors (internal/archtest/floors_test.go)", p.Dir)}
	}
	var findings []string
	for path, pos := range p.imports(p.Files) {
		if target, ours := dirOf(path); ours {
			if why := mayNotImport(p.Dir, floor, target); why != "" {
				findings = append(findings, fmt.Sprintf("%s: %s may not import %s: %s", pos, p.Dir, target, why))
			}
			continue
		}
		if !standard(path) && !within(path, thirdParty[p.Dir]) && floor < floors["examples/"] {
			findings = append(findings, fmt.Sprintf("%s: %s may not import %s: it is not in thirdParty", pos, p.Dir, path))
		}
	}
	for path, pos := range p.imports(p.Tests) {
		if target, ours := dirOf(path); ours {
			if f, ok := floorOf(target); ok && f > floor {
				findings = append(findings, fmt.Sprintf("%s: the tests of %s (floor %d) may not import %s (floor %d)", pos, p.Dir, floor, target, f))
			}
			continue
		}
		if !standard(path) && !within(path, testParty) && !within(path, thirdParty[p.Dir]) && floor < floors["examples/"] {
			findings = append(findings, fmt.Sprintf("%s: the tests of %s may not import %s: it is in neither testParty nor thirdParty", pos, p.Dir, path))
		}
	}
	return findings
}

// mayNotImport returns why the package in dir may not import the one in target,
// or "".
func mayNotImport(dir string, floor int, target string) string {
	targetFloor, ok := floorOf(target)
	nested := targetFloor == floor && strings.HasPrefix(dir, target+"/")
	switch {
	case !ok:
		return "it has no floor"
	case strings.HasPrefix(target, "internal/tools/"):
		return "it is a tool"
	case targetFloor >= floor && !nested:
		return fmt.Sprintf("that is on floor %d, and this on floor %d", targetFloor, floor)
	}
	if only, ok := narrower[dir]; ok && !slices.Contains(only, target) {
		return fmt.Sprintf("of this repository it may import only %q", only)
	}
	return ""
}

// within reports whether path is one of the modules or lies inside one.
func within(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, p := range repo(t).Pkgs {
		report(t, checkFloors(p))
	}
}

func TestFloorsAreOfPackagesThatExist(t *testing.T) {
	t.Parallel()
	r := repo(t)
	for dir := range floors {
		exists := slices.ContainsFunc(r.Pkgs, func(p *pkg) bool {
			return p.Dir == dir || strings.HasPrefix(p.Dir+"/", dir) && strings.HasSuffix(dir, "/")
		})
		if !exists {
			t.Errorf("floors names %s, which is not there", dir)
		}
	}
}

func TestCheckFloorsFindsUpwardImports(t *testing.T) {
	t.Parallel()
	const ours = rootModule + "/"
	tests := map[string]struct {
		dir  string
		file string // its name; a.go where empty
		path string // what it imports
		want string // "" for nothing
	}{
		"downward":                     {dir: "incident", path: ours + "severity"},
		"upward":                       {dir: "incident", path: ours + "plan", want: "floor 2"},
		"sideways":                     {dir: "incident", path: ours + "escalation", want: "floor 1"},
		"the port of a store":          {dir: "storage/memory", path: ours + "storage"},
		"a store from its port":        {dir: "storage", path: ours + "storage/memory", want: "floor 2"},
		"a store beside":               {dir: "storage/memory", path: ours + "storage/storagetest", want: "floor 2"},
		"incidents from a store":       {dir: "storage/sqlite", path: ours + "incident", want: "may import only"},
		"an adapter from the engine":   {dir: ".", path: ours + "comms/webhook", want: "may import only"},
		"the engine from the intake":   {dir: "intake", path: rootModule, want: "may import only"},
		"no floor":                     {dir: "billing", path: "fmt", want: "has no floor"},
		"onto no floor":                {dir: "plan", path: ours + "billing", want: "has no floor"},
		"a tool":                       {dir: "examples/quickstart", path: ours + "internal/tools/x", want: "is a tool"},
		"an example may all":           {dir: "examples/quickstart", path: ours + "storage/sqlite"},
		"an unknown dependency":        {dir: "incident", path: "github.com/other/thing", want: "not in thirdParty"},
		"a known dependency elsewhere": {dir: "plan", path: "github.com/google/uuid", want: "not in thirdParty"},
		"a known dependency":           {dir: "incident", path: "github.com/qmuntal/stateless"},
		"testify in a library":         {dir: "incident", path: "github.com/stretchr/testify/assert", want: "not in thirdParty"},
		"testify in a test":            {dir: "incident", file: "a_test.go", path: "github.com/stretchr/testify/assert"},
		"upward in a test":             {dir: "incident", file: "a_test.go", path: ours + "plan", want: "floor 2"},
		"sideways in a test":           {dir: "storage/memory", file: "a_test.go", path: ours + "storage/storagetest"},
		"unknown dependency in a test": {dir: "incident", file: "a_test.go", path: "github.com/other/thing", want: "neither"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"doc.go": "package x"}
			if test.file == "" {
				test.file = "a.go"
			}
			files[test.file] = fmt.Sprintf("package x\nimport _ %q", test.path)
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			wantFindings(t, checkFloors(planted(t, test.dir, files)), want...)
		})
	}
}
