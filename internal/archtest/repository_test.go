// Package archtest proves what no compiler checks about this repository: that
// packages import only what lies on a floor below their own, that pure packages
// are pure, that a host is given no dependency it did not ask for, and that
// everything exported is explained. It has tests only.
//
// Every check is a function over parsed packages, and each has a test that
// plants what it must find.
package archtest

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const rootModule = "github.com/incidentkit/incidentkit"

// pkg is one directory of Go files, parsed for all platforms and build tags
// alike: a forbidden import is forbidden on Windows too.
type pkg struct {
	Dir   string // relative to the repository's root, with slashes; "." is the root
	Path  string // its import path
	Name  string // "" where there are only tests
	Fset  *token.FileSet
	Files []*ast.File // without tests
	Tests []*ast.File
}

// imports returns the import paths of files, each with where it stands.
func (p *pkg) imports(files []*ast.File) map[string]token.Position {
	all := map[string]token.Position{}
	for _, f := range files {
		for _, spec := range f.Imports {
			all[strings.Trim(spec.Path.Value, `"`)] = p.Fset.Position(spec.Pos())
		}
	}
	return all
}

// repository is what the checks look at.
type repository struct {
	Root    string
	Modules []string // their directories, relative to Root; the root's is "."
	Pkgs    []*pkg
}

// here loads this repository once for all tests.
var here = sync.OnceValues(func() (*repository, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	return load(filepath.Dir(filepath.Dir(dir)))
})

func repo(t *testing.T) *repository {
	t.Helper()
	r, err := here()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// load parses every package of every module below root.
func load(root string) (*repository, error) {
	r := &repository{Root: root}
	prefix := map[string]string{} // a directory's import path
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		prefix[path] = prefix[filepath.Dir(path)] + "/" + d.Name()
		module, err := modulePath(filepath.Join(path, "go.mod"))
		if err != nil {
			return err
		}
		if module != "" {
			r.Modules = append(r.Modules, rel)
			prefix[path] = module
		}
		p, err := parseDir(path, rel, prefix[path])
		if p != nil {
			r.Pkgs = append(r.Pkgs, p)
		}
		return err
	})
	if err == nil && prefix[root] != rootModule {
		err = fmt.Errorf("archtest: %s holds module %q, want %s", root, prefix[root], rootModule)
	}
	return r, err
}

// modulePath returns what a go.mod file calls its module; "" if there is none.
func modulePath(file string) (string, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.Join(err, fmt.Errorf("archtest: %s names no module", file))
}

// parseDir returns the package in a directory, nil where there is none.
func parseDir(dir, rel, path string) (*pkg, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, err
	}
	p := &pkg{Dir: rel, Path: path, Fset: token.NewFileSet()}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := p.add(filepath.Join(rel, filepath.Base(name)), src); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// add parses one more file.
func (p *pkg) add(name string, src []byte) error {
	f, err := parser.ParseFile(p.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, "_test.go") {
		p.Tests = append(p.Tests, f)
		return nil
	}
	p.Name = f.Name.Name
	p.Files = append(p.Files, f)
	return nil
}

// planted is a package made of source text, for the tests of the checks. A file
// name with a folder sets the package's directory.
func planted(t *testing.T, dir string, files map[string]string) *pkg {
	t.Helper()
	p := &pkg{Dir: dir, Path: rootModule + "/" + dir, Fset: token.NewFileSet()}
	for name, src := range files {
		if err := p.add(dir+"/"+name, []byte(src)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// goTool runs the go command in a directory of the repository. What a checkout
// says of its version control is of no interest here, and may not be readable.
func goTool(r *repository, dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(r.Root, filepath.FromSlash(dir))
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s in %s: %w\n%s", strings.Join(args, " "), dir, err, stderr.Bytes())
	}
	return out, nil
}

// report fails the test once for each finding.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

// wantFindings fails the test unless there is one finding for each of want, in
// any order, and each holds the words it should.
func wantFindings(t *testing.T, got []string, want ...string) {
	t.Helper()
	rest := append([]string(nil), got...)
	for _, w := range want {
		found := false
		for i, g := range rest {
			if strings.Contains(g, w) {
				rest = append(rest[:i], rest[i+1:]...)
				found = true
				break
			}
		}
		if !found {
			t.Errorf("nothing was found that says %q; found: %q", w, got)
		}
	}
	for _, g := range rest {
		t.Errorf("found without reason: %s", g)
	}
}
