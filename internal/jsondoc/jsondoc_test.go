package jsondoc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

func parse(t *testing.T, doc string) *jsondoc.Doc {
	t.Helper()
	d, err := jsondoc.Parse("a.json", []byte(doc))
	require.NoError(t, err)
	return d
}

func TestReading(t *testing.T) {
	t.Parallel()
	const doc = `{"text": "a\u00e9", "n": 7, "big": 36e2, "yes": true, "null": null, "no": "12",
		"list": [1, {"a": "x"}], "when": "2026-03-02T09:00:00+01:00", "a/b~c": {"": [0]}}`
	tests := map[string]struct {
		read func(jsondoc.Node) any
		want any
		err  string // part of the error
	}{
		"text":                {func(n jsondoc.Node) any { return n.Get("text").Str() }, "aé", ""},
		"text with default":   {func(n jsondoc.Node) any { return n.Get("text").StrOr("b") }, "aé", ""},
		"null has default":    {func(n jsondoc.Node) any { return n.Get("null").StrOr("b") }, "b", ""},
		"missing text":        {func(n jsondoc.Node) any { return n.Get("gone").Str() }, "", "a.json:1:1: /gone: want a text, not nothing"},
		"null text":           {func(n jsondoc.Node) any { return n.Get("null").Str() }, "", "/null: want a text, not null"},
		"text that is not":    {func(n jsondoc.Node) any { return n.Get("n").StrOr("b") }, "b", "/n: want a text, not 7"},
		"chain of missing":    {func(n jsondoc.Node) any { return n.Get("x").Get("y").Get("z").Str() }, "", "/x/y/z: want a text, not nothing"},
		"key of a text":       {func(n jsondoc.Node) any { return n.Get("text").Get("y").StrOr("") }, "", `/text: want an object, not "a\u00e9"`},
		"id":                  {func(n jsondoc.Node) any { return n.Get("n").Text() + n.Get("no").Text() }, "712", ""},
		"id that is not":      {func(n jsondoc.Node) any { return n.Get("list").Text() }, "", "/list: want a text, not a list"},
		"int":                 {func(n jsondoc.Node) any { return n.Get("n").Int() }, int64(7), ""},
		"int with exponent":   {func(n jsondoc.Node) any { return n.Get("big").Int() }, int64(3600), ""},
		"int in a text":       {func(n jsondoc.Node) any { return n.Get("no").LooseInt() }, int64(12), ""},
		"int not in a text":   {func(n jsondoc.Node) any { return n.Get("text").LooseInt() }, int64(0), "/text: want a whole number"},
		"int, not a text":     {func(n jsondoc.Node) any { return n.Get("no").Int() }, int64(0), `/no: want a whole number, not "12"`},
		"missing int":         {func(n jsondoc.Node) any { return n.Get("gone").IntOr(3) }, int64(3), ""},
		"bool":                {func(n jsondoc.Node) any { return n.Get("yes").Bool() }, true, ""},
		"missing bool":        {func(n jsondoc.Node) any { return n.Get("gone").BoolOr(true) }, true, ""},
		"bool that is not":    {func(n jsondoc.Node) any { return n.Get("n").Bool() }, false, "/n: want true or false, not 7"},
		"one of":              {func(n jsondoc.Node) any { return n.Get("no").OneOf("11", "12") }, "12", ""},
		"none of":             {func(n jsondoc.Node) any { return n.Get("no").OneOf("a", "b") }, "", `/no: want one of a, b, not "12"`},
		"nothing of":          {func(n jsondoc.Node) any { return n.Get("gone").OneOf("a") }, "", "/gone: want a, not nothing"},
		"items":               {func(n jsondoc.Node) any { return n.Get("list").Items()[1].Get("a").Str() }, "x", ""},
		"items of nothing":    {func(n jsondoc.Node) any { return len(n.Get("gone").Items()) }, 0, ""},
		"items of a text":     {func(n jsondoc.Node) any { return len(n.Get("text").Items()) }, 0, "/text: want a list"},
		"path of an item":     {func(n jsondoc.Node) any { return n.Get("list").Items()[1].Get("a").Path() }, "/list/1/a", ""},
		"path with escapes":   {func(n jsondoc.Node) any { return n.Get("a/b~c").Get("").Items()[0].Path() }, "/a~1b~0c//0", ""},
		"path of the root":    {func(n jsondoc.Node) any { return n.Path() }, "", ""},
		"many of a list":      {func(n jsondoc.Node) any { return len(n.Get("list").Many()) }, 2, ""},
		"many of an object":   {func(n jsondoc.Node) any { return n.Get("a/b~c").Many()[0].Path() }, "/a~1b~0c", ""},
		"keys":                {func(n jsondoc.Node) any { return n.Get("a/b~c").Keys() }, []string{""}, ""},
		"keys of a list":      {func(n jsondoc.Node) any { return len(n.Get("list").Keys()) }, 0, "/list: want an object"},
		"unwrap an object":    {func(n jsondoc.Node) any { return n.Unwrap("gone", "text", "a/b~c").Path() }, "/a~1b~0c", ""},
		"unwrap a list":       {func(n jsondoc.Node) any { return n.Unwrap("list").Path() }, "/list", ""},
		"nothing to unwrap":   {func(n jsondoc.Node) any { return n.Unwrap("text").Path() }, "", ""},
		"nothing to unwrap 2": {func(n jsondoc.Node) any { return n.Get("n").Unwrap("text").Path() }, "/n", ""},
		"raw":                 {func(n jsondoc.Node) any { return string(n.Get("list").Raw()) }, `[1, {"a": "x"}]`, ""},
		"raw of nothing":      {func(n jsondoc.Node) any { return n.Get("gone").Raw() }, []byte(nil), ""},
		"exists":              {func(n jsondoc.Node) any { return n.Get("n").Exists() && !n.Get("null").Exists() }, true, ""},
		"kinds": {func(n jsondoc.Node) any {
			return n.IsObject() && n.Get("list").IsList() && n.Get("text").IsText() && !n.Get("gone").IsText()
		}, true, ""},
		"time": {func(n jsondoc.Node) any { return n.Get("when").Time().UTC() },
			time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), ""},
		"missing time": {func(n jsondoc.Node) any { return n.Get("gone").TimeOr(time.Unix(1, 0)) }, time.Unix(1, 0), ""},
		"no time":      {func(n jsondoc.Node) any { return n.Get("text").Time() }, time.Time{}, "/text: want an instant"},
		"fail":         {func(n jsondoc.Node) any { n.Get("list").Items()[0].Failf("at least %d", 2); return 0 }, 0, "a.json:2:12: /list/0: want at least 2, not 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := parse(t, doc)
			assert.Equal(t, test.want, test.read(d.Root()))
			if test.err == "" {
				assert.NoError(t, d.Err())
			} else {
				assert.ErrorContains(t, d.Err(), test.err)
			}
		})
	}
}

func TestTimeReadsWhatVendorsWrite(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, s := range []string{
		"2026-03-02T09:00:00Z", "2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00+0100",
		"2026-03-02T09:00Z", "2026-03-02T10:00+0100", "2026-03-02T09:00:00.000Z", "2026-03-02T09:00:00.000+0000",
		"2026-03-02 09:00:00Z", "2026-03-02 10:00:00 +0100", "2026-03-02 09:00:00 UTC", "2026-03-02 10:00:00+0100",
	} {
		d := parse(t, `["`+s+`"]`)
		got := d.Root().Items()[0].Time()
		require.NoError(t, d.Err(), s)
		assert.True(t, want.Equal(got), "%s is %s", s, got)
	}
	for _, s := range []string{"", "2026-03-02", "2026-03-02T09:00:00", "09:00", "2026-02-30T09:00:00Z"} {
		d := parse(t, `["`+s+`"]`)
		assert.Zero(t, d.Root().Items()[0].Time(), s)
		assert.Error(t, d.Err(), s)
	}
}

func TestErrorsAreJoined(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"a": 1, "b": "x", "c": [1, 2]}`)
	root := d.Root()
	root.Get("a").Str()
	root.Get("a").Bool() // is wrong already
	root.Get("b").Get("x").Str()
	assert.EqualError(t, d.Err(), "a.json:1:7: /a: want a text, not 1\n"+`a.json:1:15: /b: want an object, not "x"`)
	var e *jsondoc.Error
	require.ErrorAs(t, d.Err(), &e)
	assert.Equal(t, jsondoc.Error{File: "a.json", Path: "/a", Line: 1, Column: 7, Want: "a text", Got: "1"}, *e)
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	d := parse(t, "["+strings.Repeat("1,", 3*jsondoc.MaxErrors)+`"`+strings.Repeat("é", 100)+`"]`)
	items := d.Root().Items()
	items[len(items)-1].Fail("less")
	for _, n := range items {
		n.Str()
	}
	errs, ok := d.Err().(interface{ Unwrap() []error })
	require.True(t, ok)
	assert.Len(t, errs.Unwrap(), jsondoc.MaxErrors)
	assert.Less(t, len(errs.Unwrap()[0].Error()), 120)
}

func TestUnread(t *testing.T) {
	t.Parallel()
	d := parse(t, `{"a": {"b": 1, "c": {"d": 1}, "e": [{"f": 1, "g": 2}]}, "h": 0, "i": null, "j": "", "k": [], "l": {},
		"m": {"n": 1}, "o": {"p": {"q": false}, "r": 1}, "s": [1]}`)
	a := d.Root().Get("a")
	a.Get("e").Items()[0].Get("f").Int()
	d.Root().Skip("m", "gone")
	d.Root().Get("o").Get("p").Skip()
	d.Root().Get("s").Raw()
	assert.Equal(t, []string{"/a/b", "/a/c", "/a/e/0/g", "/h", "/o/r"}, d.Unread())
	assert.Equal(t, []string{""}, parse(t, "[1]").Unread())
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	many := "{"
	for i := range 40 {
		many += fmt.Sprintf(`"k%d": 0, `, i)
	}
	tests := map[string]struct{ doc, err string }{
		"nothing":          {"", "a.json:1:1: want a JSON document, not this (unexpected end of JSON input)"},
		"an open list":     {"[1,\n 2", "a.json:2:3: want a JSON document"},
		"a stray word":     {"{\"a\":\n  ü}", "a.json:2:3: want a JSON document"},
		"two documents":    {"{} {}", "a.json:1:4: want a JSON document"},
		"YAML":             {"name: x", "a.json:1:2: want a JSON document"},
		"a key twice":      {`{"a": {"b": 1, "b": 2}}`, "a.json:1:16: /a/b: want each key of an object once, not again"},
		"a key of many":    {many + `"k3": 1}`, "/k3: want each key of an object once"},
		"too deep":         {strings.Repeat("[", 102) + strings.Repeat("]", 102), "/0: want at most 100 levels"},
		"too many values":  {"[" + strings.Repeat("0,", jsondoc.MaxValues) + "0]", "want at most 2000000 values"},
		"too large":        {strings.Repeat(" ", jsondoc.MaxBytes+1), "want at most 16777216 bytes, not 16777217"},
		"too deep for all": {strings.Repeat("[", 20_000), "want a JSON document"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jsondoc.Parse("a.json", []byte(test.doc))
			require.ErrorContains(t, err, test.err)
			var e *jsondoc.Error
			assert.ErrorAs(t, err, &e)
		})
	}
}

func TestParseOverlooksByteOrderMark(t *testing.T) {
	t.Parallel()
	d := parse(t, "\xEF\xBB\xBF"+`{"a": 1}`)
	assert.Equal(t, int64(1), d.Root().Get("a").Int())
	assert.Equal(t, "a.json", d.Name())
}

func TestManyKeysAreFound(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `"k%d": %d,`, i, i)
	}
	root := parse(t, "{"+b.String()+`"last": 1}`).Root()
	for i := range 100 {
		assert.Equal(t, int64(i), root.Get(fmt.Sprint("k", i)).Int())
	}
	assert.False(t, root.Get("k100").Exists())
}

func ExampleParse() {
	doc, err := jsondoc.Parse("export.json", []byte(`{
		"schedule": {"id": "S1", "time_zone": 7, "color": "red"}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	schedule := doc.Root().Unwrap("schedule")
	fmt.Println(schedule.Get("id").Str())
	schedule.Get("time_zone").Str()
	schedule.Get("users").Items()
	fmt.Println(doc.Err())
	fmt.Println("not read:", doc.Unread())
	// Output:
	// S1
	// export.json:2:41: /schedule/time_zone: want a text, not 7
	// not read: [/schedule/color]
}

// FuzzDoc checks that nothing panics whatever is asked, that every path leads
// back to where it comes from, and that positions lie in the document.
func FuzzDoc(f *testing.F) {
	for _, seed := range []string{
		`{"a": {"b/c": [1, -2.5e3, true, null, "x\ud800", "2026-03-02T09:00:00Z"]}, "a~": {}}`,
		`[{"a": 1}, {"a": 1, "a": 2}]`, `"`, "{", "\xEF\xBB\xBF[]", "7", `{"": {"": 1e400}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := jsondoc.Parse("f", data)
		if err != nil {
			var e *jsondoc.Error
			require.ErrorAs(t, err, &e)
			assert.Positive(t, e.Line)
			assert.Positive(t, e.Column)
			return
		}
		seen := map[string]bool{}
		walk(t, doc.Root(), "", seen)
		assert.Empty(t, doc.Unread())
		for _, e := range errorsOf(doc) {
			assert.Positive(t, e.Line)
			assert.NotEmpty(t, e.Want)
			assert.NotEmpty(t, e.Error())
		}
	})
}

func errorsOf(doc *jsondoc.Doc) []*jsondoc.Error {
	var all []*jsondoc.Error
	joined, _ := doc.Err().(interface{ Unwrap() []error })
	if joined == nil {
		return nil
	}
	for _, err := range joined.Unwrap() {
		if e, ok := errors.AsType[*jsondoc.Error](err); ok {
			all = append(all, e)
		}
	}
	return all
}

// walk asks everything of everything.
func walk(t *testing.T, n jsondoc.Node, path string, seen map[string]bool) {
	t.Helper()
	require.Equal(t, path, n.Path())
	require.False(t, seen[path])
	seen[path] = true
	n.Str()
	n.StrOr("")
	n.Text()
	n.OneOf("a", "b")
	n.Int()
	n.IntOr(1)
	n.LooseInt()
	n.Bool()
	n.BoolOr(true)
	n.Time()
	n.TimeOr(time.Time{})
	n.Many()
	n.Unwrap("a", "").Path()
	n.Get("no such key").Get("either").Str()
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, key := range n.Keys() {
		walk(t, n.Get(key), path+"/"+escape.Replace(key), seen)
	}
	for i, item := range n.Items() {
		walk(t, item, fmt.Sprintf("%s/%d", path, i), seen)
	}
}
