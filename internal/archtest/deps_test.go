package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Export     string // with -export: the file that holds its types
	Standard   bool
	Imports    []string
}

// goList returns the named packages of the root module and everything that they
// depend on.
func goList(r *repository, args ...string) (map[string]listed, error) {
	out, err := goTool(r, ".", append([]string{"list", "-deps", "-json=ImportPath,Export,Standard,Imports"}, args...)...)
	if err != nil {
		return nil, err
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[l.ImportPath] = l
	}
}

// unwanted is what importing the Engine must not bring along.
var unwanted = []string{
	"database/sql",
	rootModule + "/cmd",
	"github.com/jackc/pgx",
	"github.com/lib/pq",
	"github.com/mattn/go-sqlite3",
	"modernc.org",
	"net/http",
	"testing",
	"github.com/stretchr",
	"pgregory.net",
	rootModule + "/storage/memory",
	rootModule + "/storage/sqlite",
	rootModule + "/comms/terminal",
	rootModule + "/comms/webhook",
	rootModule + "/examples",
	rootModule + "/intake",
	rootModule + "/internal/tools",
}

// excused maps an unwanted package to the only one that may import it.
var excused = map[string]string{
	"database/sql/driver": "github.com/google/uuid", // interfaces alone, so that an id can be a column
}

func checkEngine(all map[string]listed) []string {
	var findings []string
	for _, l := range all {
		for _, path := range l.Imports {
			if within(path, unwanted) && !l.Standard && excused[path] != l.ImportPath {
				findings = append(findings, fmt.Sprintf("importing the Engine brings %s along, through %s", path, l.ImportPath))
			}
		}
	}
	return findings
}

// checkStandardOnly finds what is neither of this module nor of the standard
// library.
func checkStandardOnly(all map[string]listed) []string {
	var findings []string
	for path, l := range all {
		if _, ours := dirOf(path); !l.Standard && !ours {
			findings = append(findings, path+" is not of the standard library")
		}
	}
	return findings
}

func TestEngineBringsNoDriverNoHTTPNoTestLibrary(t *testing.T) {
	t.Parallel()
	all, err := goList(repo(t), ".")
	if err != nil {
		t.Fatal(err)
	}
	report(t, checkEngine(all))
}

func TestSchedulesAndPoliciesNeedOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"./severity", "./oncall", "./escalation"},
		{"./storage", "./storage/memory", "./storage/storagetest"},
		{"./comms", "./comms/commstest"},
	} {
		all, err := goList(repo(t), names...)
		if err != nil {
			t.Fatal(err)
		}
		report(t, checkStandardOnly(all))
	}
}

func TestCheckEngineFindsWhatIsBroughtAlong(t *testing.T) {
	t.Parallel()
	all := map[string]listed{
		rootModule:               {ImportPath: rootModule, Imports: []string{"fmt", "github.com/google/uuid", "testingx", "net/url"}},
		"github.com/google/uuid": {ImportPath: "github.com/google/uuid", Imports: []string{"database/sql/driver", "net"}},
		"database/sql/driver":    {ImportPath: "database/sql/driver", Standard: true, Imports: []string{"reflect"}},
		"net/http/httptrace":     {ImportPath: "net/http/httptrace", Standard: true, Imports: []string{"net/http"}},
	}
	wantFindings(t, checkEngine(all))

	all["x"] = listed{ImportPath: "x", Imports: []string{
		"database/sql", "database/sql/driver", "net/http", "net/http/httptest", "testing/fstest", "modernc.org/sqlite/lib",
		rootModule + "/storage/memory", "github.com/stretchr/testify/assert",
	}}
	wantFindings(t, checkEngine(all),
		"database/sql along, through x", "database/sql/driver along", "net/http along", "net/http/httptest", "testing/fstest",
		"modernc.org", "storage/memory", "testify")
	wantFindings(t, checkStandardOnly(all), "github.com/google/uuid is not", "x is not")
}

func TestEveryModuleIsListed(t *testing.T) {
	t.Parallel()
	r := repo(t)
	out, err := goTool(r, ".", "work", "edit", "-json", "go.work")
	if err != nil {
		t.Fatal(err)
	}
	var work struct {
		Go  string
		Use []struct{ DiskPath string }
	}
	if err := json.Unmarshal(out, &work); err != nil {
		t.Fatal(err)
	}
	// The tools stay outside: their hundreds of dependencies would have a say in
	// the versions that everything else is built with.
	used := []string{"internal/tools"}
	for _, u := range work.Use {
		used = append(used, strings.TrimPrefix(u.DiskPath, "./"))
	}
	for _, m := range r.Modules {
		if !slices.Contains(used, m) {
			t.Errorf("go.work does not use ./%s", m)
		}
		out, err := goTool(r, m, "mod", "edit", "-json")
		if err != nil {
			t.Fatal(err)
		}
		var mod struct{ Go, Toolchain string }
		if err := json.Unmarshal(out, &mod); err != nil {
			t.Fatal(err)
		}
		if mod.Go != work.Go || mod.Toolchain != "" {
			t.Errorf("%s/go.mod: go %q, toolchain %q; want go %q and no toolchain line", m, mod.Go, mod.Toolchain, work.Go)
		}
	}
}
