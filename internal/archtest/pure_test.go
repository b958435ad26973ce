package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// pure are the packages that only compute: time, ids and everything else they
// depend on come in as arguments, and what is to be done comes out as data.
var pure = []string{
	"severity", "oncall", "incident", "escalation", "escalation/internal/words", "escalation/proof", "comms", "postmortem", "plan", "internal/strictjson",
	"internal/jsondoc", "internal/zonename", "oncall/ical", "importers", "importers/internal/weekly",
	"importers/internal/gather", "importers/betterstack", "importers/datadog", "importers/firehydrant", "importers/goalert",
	"importers/grafanaoncall", "importers/incidentio", "importers/opsgenie", "importers/pagerduty", "importers/rootly", "importers/squadcast",
}

// pureImports is what of the standard library a pure package may import: what
// neither reads nor changes the world outside.
var pureImports = strings.Fields(`
	bytes cmp context crypto/hmac crypto/sha256 crypto/subtle embed encoding encoding/base64 encoding/binary encoding/hex
	encoding/json errors fmt hash io iter maps math math/bits reflect regexp slices sort strconv strings sync text/template
	time unicode unicode/utf8`)

// impure names what those packages hold that is not pure all the same, by
// package and name; a method by its type and name.
var impure = map[string]string{
	"time": "Now Since Until Sleep After AfterFunc Tick NewTicker NewTimer Local Time.Local",
	// The time zone database is read by time.LoadLocation. It is allowed: a zone
	// by its name is a value to everybody but the one who compiles a schedule.
	"fmt":     "Print Printf Println Scan Scanf Scanln",
	"context": "TODO WithCancel WithCancelCause WithDeadline WithDeadlineCause WithTimeout WithTimeoutCause WithoutCancel AfterFunc",
	"sync":    "Mutex RWMutex Map Pool Cond WaitGroup Once Locker NewCond",
}

// constants names the package variables of pure packages that are not evidently
// constant but are meant to be, each with the reason.
var constants = map[string]string{}

// checkPure finds what makes a package depend on anything but its arguments.
func checkPure(p *pkg, info *types.Info, types *types.Package) []string {
	var findings []string
	found := func(pos token.Pos, format string, args ...any) {
		findings = append(findings, fmt.Sprintf("%s: %s", p.Fset.Position(pos), fmt.Sprintf(format, args...)))
	}
	for path, pos := range p.imports(p.Files) {
		if standard(path) && !slices.Contains(pureImports, path) {
			findings = append(findings, fmt.Sprintf("%s: imports %s, which is not in pureImports", pos, path))
		}
	}
	for _, f := range p.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				found(n.Pos(), "starts a goroutine")
			case *ast.ChanType:
				found(n.Pos(), "uses a channel")
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					found(n.Pos(), "has an init function")
				}
			case *ast.Ident:
				if name := impureName(info.Uses[n]); name != "" {
					found(n.Pos(), "uses %s", name)
				}
			}
			return true
		})
	}
	return append(findings, checkVars(p, info, types)...)
}

// impureName returns the full name of an object that no pure package may use,
// or "".
func impureName(obj types.Object) string {
	if obj == nil {
		return ""
	}
	if obj.Pkg() == nil { // a builtin
		if obj.Name() == "print" || obj.Name() == "println" {
			return obj.Name()
		}
		return ""
	}
	name := obj.Name()
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		recv := fn.Signature().Recv().Type()
		if pointer, ok := recv.(*types.Pointer); ok {
			recv = pointer.Elem()
		}
		named, ok := recv.(*types.Named)
		if !ok {
			return ""
		}
		name = named.Obj().Name() + "." + name
	} else if obj.Parent() != obj.Pkg().Scope() {
		return "" // a field or a local variable
	}
	if slices.Contains(strings.Fields(impure[obj.Pkg().Path()]), name) {
		return obj.Pkg().Path() + "." + name
	}
	return ""
}

// checkVars finds package variables that are, or could be, changed after the
// package was initialized.
//
// A variable passes where it is an error (a sentinel); a function, such as a
// sync.OnceValue that compiles a table once; a compiled regular expression; a
// blank one; or an unexported table that nothing in its package writes to. What
// a function does with a table that it was handed is not followed.
func checkVars(p *pkg, info *types.Info, pkgTypes *types.Package) []string {
	vars := map[types.Object]bool{} // true: written to
	for _, name := range pkgTypes.Scope().Names() {
		if v, ok := pkgTypes.Scope().Lookup(name).(*types.Var); ok {
			vars[v] = false
		}
	}
	for _, f := range p.Files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, written := range writes(n, info) {
				if obj := info.Uses[written]; obj != nil {
					if _, ours := vars[obj]; ours {
						vars[obj] = true
					}
				}
			}
			return true
		})
	}
	var findings []string
	for v, written := range vars {
		kind := v.Type().String()
		_, function := v.Type().Underlying().(*types.Signature)
		frozen := kind == "error" || function || kind == "*regexp.Regexp" || !v.Exported()
		if _, explained := constants[p.Dir+"."+v.Name()]; explained {
			frozen = true
		}
		switch {
		case written:
			findings = append(findings, fmt.Sprintf("%s: the package variable %s is written to", p.Fset.Position(v.Pos()), v.Name()))
		case !frozen:
			findings = append(findings, fmt.Sprintf("%s: anybody can change the package variable %s: make it a constant or a function", p.Fset.Position(v.Pos()), v.Name()))
		}
	}
	return findings
}

// writes returns the variables that a node itself changes, or takes the address
// of.
func writes(n ast.Node, info *types.Info) []*ast.Ident {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		targets = n.Lhs
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.RangeStmt:
		targets = []ast.Expr{n.Key, n.Value}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			targets = []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		targets = changedByCall(n, info)
	}
	var names []*ast.Ident
	for _, e := range targets {
		if name := rootOf(e); name != nil {
			names = append(names, name)
		}
	}
	return names
}

// changedByCall returns the arguments or the receiver that a call evidently
// changes.
func changedByCall(call *ast.CallExpr, info *types.Info) []ast.Expr {
	switch fn := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		if _, builtin := info.Uses[fn].(*types.Builtin); builtin && slices.Contains([]string{"clear", "copy", "delete"}, fn.Name) {
			return call.Args[:1]
		}
	case *ast.SelectorExpr:
		if s := info.Selections[fn]; s != nil {
			method, ok := s.Obj().(*types.Func)
			if !ok || method.Signature().Recv() == nil {
				return nil
			}
			_, byPointer := method.Signature().Recv().Type().(*types.Pointer)
			_, isPointer := s.Recv().(*types.Pointer)
			if byPointer && !isPointer { // the call takes the address of the variable
				return []ast.Expr{fn.X}
			}
			return nil
		}
		if obj := info.Uses[fn.Sel]; obj != nil && obj.Pkg() != nil && len(call.Args) > 0 {
			path := obj.Pkg().Path()
			if path == "sort" || path == "slices" && (strings.HasPrefix(obj.Name(), "Sort") || obj.Name() == "Reverse") {
				return call.Args[:1]
			}
		}
	}
	return nil
}

// rootOf returns the variable that an expression such as v[i].f is a part of.
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// checkTypes resolves the names of a package, with the types of its imports
// taken from what the go command compiled.
func checkTypes(p *pkg, all map[string]listed) (*types.Info, *types.Package, error) {
	open := func(path string) (io.ReadCloser, error) {
		l, ok := all[path]
		if !ok || l.Export == "" {
			return nil, errors.New("not listed: " + path)
		}
		return os.Open(l.Export)
	}
	config := types.Config{Importer: importer.ForCompiler(p.Fset, "gc", open), GoVersion: "go1.26"}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	checked, err := config.Check(p.Path, p.Fset, p.Files, info)
	return info, checked, err
}

func TestPurePackagesArePure(t *testing.T) {
	t.Parallel()
	r := repo(t)
	args := []string{"-export"}
	for _, dir := range pure {
		args = append(args, "./"+dir)
	}
	all, err := goList(r, args...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Pkgs {
		if !slices.Contains(pure, p.Dir) {
			continue
		}
		info, checked, err := checkTypes(p, all)
		if err != nil {
			t.Error(err)
			continue
		}
		report(t, checkPure(p, info, checked))
	}
}

func TestCheckPureFindsWhatIsNot(t *testing.T) {
	t.Parallel()
	all, err := goList(repo(t), "-export", "context", "errors", "fmt", "math/rand/v2", "regexp", "slices", "sort", "strings", "sync", "time")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		src  string
		want []string
	}{
		"pure": {src: `import ("errors"; "fmt"; "regexp"; "sync"; "time")
			var ErrX = errors.New("x")
			var table = sync.OnceValue(func() map[string]int { return map[string]int{"a": 1} })
			var names = map[string]int{"a": 1}
			var digits = regexp.MustCompile("[0-9]+")
			var _ fmt.Stringer = time.Second
			type T struct{ Now int }
			func (t *T) Since() { t.Now++ }
			func f(names map[string]int, t T) string { names["b"] = 2; t.Since(); x := names; x["c"] = 3; return fmt.Sprint(len(digits.String())) }
			func g(now time.Time) (int, error) { z, err := time.LoadLocation("UTC"); return now.In(z).Hour() + names["a"] + table()["a"], err }`},
		"clock": {src: `import . "time"
			var a, b = Now, 1
			func f() { Sleep(1) }`, want: []string{"time.Now", "time.Sleep"}},
		"local zone": {src: `import clock "time"
			func f(t clock.Time) clock.Time { return t.Local() }
			func g(t clock.Time) clock.Time { return t.In(clock.Local) }`, want: []string{"time.Time.Local", "time.Local"}},
		"random":    {src: `import "math/rand/v2"; func f() int { return rand.Int() }`, want: []string{"math/rand/v2"}},
		"terminal":  {src: `import "fmt"; func f() { fmt.Println(); println() }`, want: []string{"fmt.Println", "uses println"}},
		"goroutine": {src: `func f() { go f() }`, want: []string{"starts a goroutine"}},
		"channel":   {src: `func f(c chan int) { c <- 1 }`, want: []string{"channel"}},
		"lock":      {src: `import "sync"; type T struct{ mu sync.Mutex }`, want: []string{"sync.Mutex"}},
		"context":   {src: `import "context"; func f() { context.WithCancel(context.Background()) }`, want: []string{"context.WithCancel"}},
		"init":      {src: `func init() {}`, want: []string{"init function"}},
		"exported":  {src: `var Table = []int{1}`, want: []string{"anybody can change the package variable Table"}},
		"assigned":  {src: `var n int; func f() { n = 1 }`, want: []string{"variable n is"}},
		"counted":   {src: `var n int; func f() { n++ }`, want: []string{"variable n is"}},
		"element":   {src: `var m = map[string][]int{}; func f() { m["a"][1] = 2 }`, want: []string{"variable m is"}},
		"field":     {src: `var v struct{ a struct{ b int } }; func f() { v.a.b = 2 }`, want: []string{"variable v is"}},
		"address":   {src: `var n int; func f() *int { return &n }`, want: []string{"variable n is"}},
		"pointer":   {src: `var p = new(int); func f() { *p = 1 }`, want: []string{"variable p is"}},
		"ranged":    {src: `var n int; func f() { for n = range 3 {} }`, want: []string{"variable n is"}},
		"builtin":   {src: `var m = map[int]int{}; func f() { delete(m, 1) }`, want: []string{"variable m is"}},
		"method":    {src: `import "strings"; var b strings.Builder; func f() { b.WriteString("x") }`, want: []string{"variable b is"}},
		"sorted":    {src: `import ("slices"; "sort"); var a, b = []int{2, 1}, []int{2, 1}; func f() { sort.Ints(a); slices.Sort(b) }`, want: []string{"variable a is", "variable b is"}},
		"sentinel":  {src: `import "errors"; var ErrX = errors.New("x"); func f() { ErrX = nil }`, want: []string{"variable ErrX is"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := planted(t, "x", map[string]string{"x.go": "package x\n" + test.src})
			info, checked, err := checkTypes(p, all)
			if err != nil {
				t.Fatal(err)
			}
			wantFindings(t, checkPure(p, info, checked), test.want...)
		})
	}
}
