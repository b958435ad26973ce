package archtest

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// mirrors names the interfaces whose methods another type explains.
var mirrors = map[string]string{
	"storage/storagetest.T": "testing.T",
	"comms/commstest.T":     "testing.T",
}

// checkDocs finds exported names that no comment explains.
func checkDocs(p *pkg) []string {
	var findings []string
	missing := func(pos token.Pos, what string) {
		findings = append(findings, fmt.Sprintf("%s: %s has no doc comment", p.Fset.Position(pos), what))
	}
	packageDoc := false
	for _, f := range p.Files {
		packageDoc = packageDoc || f.Doc.Text() != ""
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() && decl.Doc.Text() == "" && (decl.Recv == nil || ast.IsExported(receiver(decl))) {
					missing(decl.Pos(), strings.TrimPrefix(receiver(decl)+"."+decl.Name.Name, "."))
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					undocumented(p.Dir, decl, spec, missing)
				}
			}
		}
	}
	if len(p.Files) > 0 && !packageDoc {
		findings = append(findings, fmt.Sprintf("%s: package %s has no package comment", p.Dir, p.Name))
	}
	return findings
}

// undocumented calls missing for every exported name of one specification that
// no comment explains. Of constants and variables the comment of the group is
// enough. An interface is a contract, so each of its exported methods needs its
// own, but for a single one, which the comment of the interface is about.
func undocumented(dir string, decl *ast.GenDecl, spec ast.Spec, missing func(token.Pos, string)) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() && decl.Doc.Text() == "" && spec.Doc.Text() == "" && spec.Comment.Text() == "" {
				missing(name.Pos(), name.Name)
			}
		}
	case *ast.TypeSpec:
		if !spec.Name.IsExported() {
			return
		}
		if spec.Doc.Text() == "" && (decl.Lparen.IsValid() || decl.Doc.Text() == "") {
			missing(spec.Pos(), spec.Name.Name)
		}
		contract, ok := spec.Type.(*ast.InterfaceType)
		if _, elsewhere := mirrors[dir+"."+spec.Name.Name]; !ok || elsewhere {
			return
		}
		var exported, silent []*ast.Ident
		for _, m := range contract.Methods.List {
			for _, name := range m.Names {
				if !name.IsExported() {
					continue
				}
				exported = append(exported, name)
				if m.Doc.Text() == "" && m.Comment.Text() == "" {
					silent = append(silent, name)
				}
			}
		}
		if len(exported) > 1 {
			for _, name := range silent {
				missing(name.Pos(), spec.Name.Name+"."+name.Name)
			}
		}
	}
}

// receiver returns the name of a method's type; "" for a function.
func receiver(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return ""
	}
	return typeName(decl.Recv.List[0].Type)
}

// typeName returns the name of a type of the same package that an expression
// stands for, be it behind a pointer, in a slice or with type arguments; "" for
// any other type.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.ParenExpr:
		return typeName(e.X)
	case *ast.ArrayType:
		return typeName(e.Elt)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	}
	return ""
}

var constructor = regexp.MustCompile(`^(New|Open|Compile|Parse)([A-Z].*)?$`)

// checkExamples finds constructors (New…, Open…, Compile… and Parse… that return
// a type of their package) that no runnable example shows.
func checkExamples(p *pkg) []string {
	if p.Name == "main" || strings.Contains(p.Dir+"/", "internal/") { // what users cannot import
		return nil
	}
	runnable := map[string]bool{}
	for _, e := range doc.Examples(p.Tests...) {
		name, _, _ := strings.Cut(e.Name, "_")
		runnable[name] = runnable[name] || e.Output != "" || e.EmptyOutput
	}
	declared := map[string]bool{}
	for _, f := range p.Files {
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() {
					declared[spec.Name.Name] = true
				}
			}
		}
	}
	var findings []string
	for _, f := range p.Files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || fn.Type.Results == nil || !constructor.MatchString(fn.Name.Name) || runnable[fn.Name.Name] {
				continue
			}
			for _, result := range fn.Type.Results.List {
				if declared[typeName(result.Type)] {
					findings = append(findings, fmt.Sprintf("%s: %s has no Example%[2]s with an Output comment", p.Fset.Position(fn.Pos()), fn.Name.Name))
					break
				}
			}
		}
	}
	return findings
}

func TestEverythingExportedIsExplained(t *testing.T) {
	t.Parallel()
	for _, p := range repo(t).Pkgs {
		report(t, checkDocs(p))
	}
}

func TestEveryConstructorHasAnExample(t *testing.T) {
	t.Parallel()
	for _, p := range repo(t).Pkgs {
		report(t, checkExamples(p))
	}
}

func TestCheckDocsFindsWhatIsUnexplained(t *testing.T) {
	t.Parallel()
	const src = `package x
type Bare struct{ Field int }
// Port is explained.
type Port interface {
	Silent()
	// Said is explained.
	Said()
	hidden()
}
// Single is explained.
type Single interface{ Method(); hidden() }
type (
	Grouped int // a line comment does not make a page of documentation
)
func Func() {}
func (*Bare) Method() {}
func (b Bare) hidden() {}
func (hidden) Exported() {}
type hidden struct{}
const Constant = 1
// Some.
const (
	One = 1
	Two = 2
)
var (
	Said = 1 // said
	Unsaid, AlsoUnsaid = 1, 2
)
//go:noinline
func Directive() {}
`
	p := planted(t, "x", map[string]string{"x.go": src})
	wantFindings(t, checkDocs(p), "Bare has", "Port.Silent", "Grouped", "Func", "Bare.Method", "Constant", "Unsaid has", "AlsoUnsaid has",
		"Directive", "package x has no package comment")
}

func TestCheckExamplesFindsConstructorsWithoutOne(t *testing.T) {
	t.Parallel()
	const src = `package x
type T[V any] struct{}
func New() *T[int] { return nil }
func NewShown() (T[int], error) { return T[int]{}, nil }
func NewSuffix() T[int] { return T[int]{} }
func OpenNotRun() (T[int], error) { return T[int]{}, nil }
func CompileAll() ([]*T[int], error) { return nil, nil }
func ParseInt() (int, error) { return 0, nil }
func Newer() T[int] { return T[int]{} }
func newHidden() T[int] { return T[int]{} }
func (T[V]) New() T[int] { return T[int]{} }
`
	const examples = `package x_test
func ExampleNewShown() {
	// Output: x
}
func ExampleNewSuffix_inTheDark() {
	// Output:
}
func ExampleOpenNotRun() {}
`
	p := planted(t, "x", map[string]string{"x.go": src, "x_test.go": examples})
	wantFindings(t, checkExamples(p), "ExampleNew with", "ExampleOpenNotRun", "ExampleCompileAll")

	p.Name = "main"
	wantFindings(t, checkExamples(p))
}
