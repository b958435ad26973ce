package strictjson_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// document has a field of every kind that can be decoded.
type document struct {
	Name    string            `json:"name"`
	Count   int               `json:"count,omitempty"`
	Small   int8              `json:"small,omitempty"`
	Size    uint16            `json:"size,omitempty"`
	Ratio   float32           `json:"ratio,omitempty"`
	On      bool              `json:"on,omitempty"`
	Color   color             `json:"color,omitzero"`
	Maybe   *int              `json:"maybe,omitempty"`
	Tags    []string          `json:"tags,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Parts   []part            `json:"parts,omitempty"`
	ByName  map[string]part   `json:"by_name,omitempty"`
	Plain   int
	Hidden  int `json:"-"`
	private int
}

type part struct {
	ID    string `json:"id"`
	Parts []part `json:"parts,omitempty"`
}

// color is a text such as "red".
type color struct{ name string }

type colorError struct{ meant string }

func (colorError) Error() string   { return "unknown color" }
func (colorError) Want() string    { return "red or blue" }
func (e colorError) Meant() string { return e.meant }

func (c *color) UnmarshalText(text []byte) error {
	c.name = string(text)
	if c.name != "red" && c.name != "blue" {
		meant := map[string]string{"RED": "red", "7": "red"}
		return fmt.Errorf("color: %w", colorError{meant[c.name]})
	}
	return nil
}

// anything is a text that takes every string.
type anything string

func (a *anything) UnmarshalText(text []byte) error { *a = anything(text); return nil }

// mute is a text whose error does not say what would be right.
type mute string

func (*mute) UnmarshalText([]byte) error { return errors.New("a secret") }

func problems(ps []strictjson.Problem) string {
	var lines []string
	for _, p := range ps {
		lines = append(lines, fmt.Sprintf("%d:%d %s: %s", p.Line, p.Column, p.Path, p.Want))
	}
	return strings.Join(lines, "\n")
}

func TestDecode(t *testing.T) {
	t.Parallel()
	doc := ` {"name": "\u00e9\ud83d\ude00\n", "count": -0, "small": -128, "size": 65535, "ratio": 2.5e1,
		"on": true, "color": "red", "maybe": null, "tags": [], "labels": {"a/b": "~"},
		"parts": [{"id": "x", "parts": [{"id": "y"}]}], "by_name": {"z": {"id": "z"}}, "Plain": 7} `

	got := strictjson.Decode[document]([]byte(doc), strictjson.Limits{})

	require.Empty(t, problems(got.Problems))
	assert.True(t, got.Complete)
	var want document
	require.NoError(t, json.Unmarshal([]byte(doc), &want))
	assert.Equal(t, want, got.Value)
	assert.Zero(t, got.Value.private)
	assert.Equal(t, "é😀\n", got.Value.Name)

	five := strictjson.Decode[document]([]byte(`{"name": "", "Plain": 0, "maybe": 5}`), strictjson.Limits{})
	require.Empty(t, five.Problems)
	assert.Equal(t, 5, *five.Value.Maybe)
}

func TestDecodeReports(t *testing.T) {
	t.Parallel()
	const ok = `"name": "n", "Plain": 1`
	tests := map[string]struct {
		doc      string
		want     string // a line for each problem
		complete bool
	}{
		"unknown field": {"{" + ok + ",\n \"colr\": 1}", `2:2 /colr: a known field; did you mean "color"?`, true},
		"other case":    {`{"Name": "n", "Plain": 1}`, "1:2 /Name: a known field; did you mean \"name\"?\n1:25 /name: this field, which is missing", true},
		"no idea": {`{` + ok + `, "parts": [{"id": "x", "zzzzz": {"a": 1, "a": null}}]}`,
			`1:49 /parts/0/zzzzz: a known field: id, parts`, true},
		"hidden fields": {`{` + ok + `, "Hidden": 1, "private": 1}`,
			"1:27 /Hidden: a known field: name, count, small, size, ratio, on, color, maybe, tags, labels, parts, by_name, Plain\n" +
				"1:40 /private: a known field: name, count, small, size, ratio, on, color, maybe, tags, labels, parts, by_name, Plain", true},
		"key twice":           {"{" + ok + ",\n\"labels\": {\"a\": \"1\",\n\"\\u0061\": 2}, \"name\": 3}", "3:1 /labels/a: each key once; line 2 has it already\n3:15 /name: each key once; line 1 has it already", true},
		"several":             {`{"name": 1, "Plain": "x", "tags": {}, "on": 0}`, "1:10 /name: a string, not 1\n1:22 /Plain: a whole number, not \"x\"\n1:35 /tags: a list, not an object\n1:45 /on: true or false, not 0", true},
		"null":                {`{"name": null, "Plain": null, "tags": null, "labels": {"a": null}}`, "1:10 /name: a string, not null\n1:25 /Plain: a whole number, not null\n1:39 /tags: a list, not null\n1:61 /labels/a: a string, not null", true},
		"out of range":        {`{` + ok + `, "small": 128, "size": -1, "ratio": 1e39}`, "1:36 /small: a whole number from -128 to 127, not 128\n1:49 /size: a whole number from 0 to 65535, not -1\n1:62 /ratio: a number that fits float32, not 1e39", true},
		"fraction":            {`{"name": "n", "Plain": 1.0}`, `1:24 /Plain: a whole number, not 1.0`, true},
		"64 bits":             {`{"name": "n", "Plain": 9223372036854775808, "ratio": true}`, "1:24 /Plain: a whole number from -9223372036854775808 to 9223372036854775807, not 9223372036854775808\n1:54 /ratio: a number, not true", true},
		"text":                {`{` + ok + `, "color": "green"}`, `1:36 /color: red or blue, not "green"`, true},
		"text that is close":  {`{` + ok + `, "color": "RED"}`, `1:36 /color: red or blue, not "RED"; did you mean "red"?`, true},
		"text of other kind":  {`{` + ok + `, "color": 5}`, `1:36 /color: red or blue, not 5`, true},
		"text from a list":    {`{` + ok + `, "color": [5]}`, `1:36 /color: red or blue, not a list`, true},
		"list for an object":  {`[{` + ok + `}]`, `1:1 : an object, not a list`, false},
		"string for a struct": {`"x"`, `1:1 : an object, not "x"`, false},
		"long value":          {`{"name": "n", "Plain": "` + strings.Repeat("é", 100) + `"}`, `1:24 /Plain: a whole number, not "` + strings.Repeat("é", 29) + "...", true},
		"pointer escapes":     {`{` + ok + `, "a/b~c": 1}`, `1:27 /a~1b~0c: a known field: name, count, small, size, ratio, on, color, maybe, tags, labels, parts, by_name, Plain`, true},
		"missing inside":      {"{" + ok + ",\n \"parts\": [{\"id\": \"x\", \"parts\": [\n  {}]}]}", `3:4 /parts/0/parts/0/id: this field, which is missing`, true},
		"map of structs":      {`{` + ok + `, "by_name": {"z": {}}}`, `1:45 /by_name/z/id: this field, which is missing`, true},

		"trailing data":   {`{` + ok + `} {}`, `1:27 : nothing after the document, not '{'`, true},
		"byte order mark": {"\xEF\xBB\xBF{" + ok + `}`, `1:1 : plain UTF-8; this starts with a byte order mark, which some editors add`, true},
		"list and more":   {`[] []`, "1:1 : an object, not a list\n1:4 : nothing after the document, not '['", false},
		"number":          {`5`, `1:1 : an object, not 5`, false},
		"comment after":   {`{` + ok + `} # x`, `1:27 : nothing after the document, not a comment; JSON has no comments`, true},
		"invalid UTF-8":   {"{\"name\": \"é\xff\", \"Plain\": 1}", `1:12 /name: text in UTF-8, not the byte 0xff`, true},
		"UTF-8 in a key":  {"{" + ok + ", \"\xff\": 1}", "1:27 /\uFFFD: text in UTF-8, not the byte 0xff", true},
		"high surrogate":  {`{"name": "\ud800", "Plain": 1}`, `1:11 /name: text; \ud800 is one half of a surrogate pair without the other`, true},
		"low surrogate":   {`{"name": "\uDC00x", "Plain": 1}`, `1:11 /name: text; \uDC00 is one half of a surrogate pair without the other`, true},
		"two high halves": {`{"name": "\ud83d\ud83d\ude00", "Plain": 1}`, `1:11 /name: text; \ud83d is one half of a surrogate pair without the other`, true},

		"empty":            {``, `1:1 : a JSON value, not the end of the document`, false},
		"only space":       {" \n ", `2:2 : a JSON value, not the end of the document`, false},
		"half a word":      {`{"name": tru`, `1:10 /name: a JSON value, not 't'`, false},
		"single quotes":    {`{'name': 1}`, `1:2 : a key in double quotes, not '\''`, false},
		"comma at the end": {`{"name": "n",}`, `1:14 : a key in double quotes, not '}'`, false},
		"comma in a list":  {`{"tags": ["a",]}`, `1:15 /tags/1: a JSON value, not ']'`, false},
		"no colon":         {`{"name" 1}`, `1:9 : a colon after the key, not '1'`, false},
		"no comma":         {"{\"name\": \"n\"\n \"Plain\": 1}", `2:2 : a comma or the closing "}", not '"'`, false},
		"no comma in list": {`{"tags": ["a" "b"]}`, `1:15 /tags: a comma or the closing "]", not '"'`, false},
		"unclosed":         {`{"name": 1, "tags": ["a"`, "1:10 /name: a string, not 1\n1:25 /tags: a comma or the closing \"]\", not the end of the document", false},
		"unclosed string":  {`{"name": "n`, `1:12 /name: a closing quote, not the end of the document`, false},
		"line in a string": {"{\"name\": \"a\nb\"}", `1:12 /name: a closing quote, or an escape such as \n, not '\n'`, false},
		"escape":           {`{"name": "\x41"}`, `1:12 /name: an escape: one of \" \\ \/ \b \f \n \r \t \u, not 'x'`, false},
		"short escape":     {`{"name": "\u12"}`, `1:15 /name: four hexadecimal digits after \u, not '"'`, false},
		"short low half":   {`{"name": "\ud83d\u1"}`, `1:20 /name: four hexadecimal digits after \u, not '"'`, false},
		"bad key":          {`{"na\me": 1}`, `1:6 : an escape: one of \" \\ \/ \b \f \n \r \t \u, not 'm'`, false},
		"bad member":       {`{"labels": {"a": }}`, `1:18 /labels/a: a JSON value, not '}'`, false},
		"bad skipped":      {`{"other": {"a": }}`, "1:2 /other: a known field: name, count, small, size, ratio, on, color, maybe, tags, labels, parts, by_name, Plain\n1:17 /other/a: a JSON value, not '}'", false},
		"leading zero":     {`{"Plain": 01}`, `1:12 /Plain: a number without leading zeros, not '1'`, false},
		"lone minus":       {`{"Plain": -}`, `1:12 /Plain: a digit, not '}'`, false},
		"no fraction":      {`{"Plain": 1.}`, `1:13 /Plain: a digit, not '}'`, false},
		"no exponent":      {`{"Plain": 1e+}`, `1:14 /Plain: a digit, not '}'`, false},
		"comment first":    {"// x\n{}", `1:1 : a JSON value, not a comment; JSON has no comments`, false},
		"comment in front": {"{\n // x\n}", `2:2 : a key in double quotes, not a comment; JSON has no comments`, false},
		"comment between":  {`{"tags": ["a" /* x */]}`, `1:15 /tags: a comma or the closing "]", not a comment; JSON has no comments`, false},
		"comment as value": {"{\"tags\": # x\n[]}", `1:10 /tags: a JSON value, not a comment; JSON has no comments`, false},
		"half a comment":   {`{"name": /`, `1:10 /name: a JSON value, not '/'`, false},
		"YAML":             {"name: x\r\nPlain: 1\n", `1:1 : a JSON document (YAML and other formats are not read), not "name: x"`, false},
		"YAML, separated":  {"\n---\nname: x", `2:1 : a JSON document (YAML and other formats are not read), not "---"`, false},
		"YAML, commented":  {"# plan\nname: x", `1:1 : a JSON document (YAML and other formats are not read), not "# plan"`, false},
		"long line":        {strings.Repeat("é", 100), `1:1 : a JSON document (YAML and other formats are not read), not "` + strings.Repeat("é", 30) + `"...`, false},
		"UTF-16":           {"\xFF\xFE{\x00", `1:1 : plain UTF-8; this starts with a byte order mark of UTF-16`, false},
		"UTF-16, swapped":  {"\xFE\xFF\x00{", `1:1 : plain UTF-8; this starts with a byte order mark of UTF-16`, false},
		"bad byte":         {"\xff", `1:1 : a JSON document (YAML and other formats are not read), not "\xff"`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strictjson.Decode[document]([]byte(tt.doc), strictjson.Limits{})
			assert.Equal(t, tt.want, problems(got.Problems))
			assert.Equal(t, tt.complete, got.Complete)
		})
	}
}

func TestDecodeTypes(t *testing.T) {
	t.Parallel()
	report := func(doc string, decode func([]byte) []strictjson.Problem) string {
		return problems(decode([]byte(doc)))
	}
	assert.Equal(t, `1:1 : a string, not 5; did you mean "5"?`, report(`5`, decodeAs[anything]))
	assert.Equal(t, "1:1 : a string, not true", report(`true`, decodeAs[anything]))
	assert.Equal(t, `1:1 : red or blue, not 7; did you mean "red"?`, report(`7`, decodeAs[color]))
	assert.Equal(t, `1:1 : a secret, not "x"`, report(`"x"`, decodeAs[mute]))
	assert.Equal(t, "1:2 /x: no field here", report(`{"x": 1}`, decodeAs[struct{}]))
	assert.Equal(t, `1:1 : nothing: interface {} cannot be decoded, not 5`, report(`5`, decodeAs[any]))
	assert.Equal(t, `1:1 : nothing: []uint8 cannot be decoded, not "AA=="`, report(`"AA=="`, decodeAs[[]byte]))
	assert.Equal(t, `1:1 : nothing: map[int]string cannot be decoded, not an object`, report(`{"1": "x"}`, decodeAs[map[int]string]))
	assert.Equal(t, "1:1 : a whole number from 0 to 18446744073709551615, not 18446744073709551616",
		report(`18446744073709551616`, decodeAs[uint64]))
}

func decodeAs[T any](doc []byte) []strictjson.Problem {
	return strictjson.Decode[T](doc, strictjson.Limits{}).Problems
}

func TestLimits(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc    string
		limits strictjson.Limits
		want   string
	}{
		"bytes":          {`{"id": "four"}`, strictjson.Limits{MaxBytes: 13}, "1:1 : at most 13 bytes, not 14"},
		"just fits":      {`{"id": "four"}`, strictjson.Limits{MaxBytes: 14}, ""},
		"depth":          {`{"id": "x", "parts": [{"id": "y"}]}`, strictjson.Limits{MaxDepth: 2}, "1:23 /parts/0: at most 2 levels of lists and objects"},
		"just as deep":   {`{"id": "x", "parts": [{"id": "y"}]}`, strictjson.Limits{MaxDepth: 3}, ""},
		"depth, skipped": {`{"id": "x", "zzzzz": [[[[]]]]}`, strictjson.Limits{MaxDepth: 4}, "1:13 /zzzzz: a known field: id, parts\n1:25 /zzzzz/0/0/0: at most 4 levels of lists and objects"},
		"problems":       {`{"id": 1, "x": 1, "y": 1}`, strictjson.Limits{MaxProblems: 2}, "1:8 /id: a string, not 1\n1:11 /x: a known field: id, parts"},
		"foreign":        {"\xEF\xBB\xBFid: x", strictjson.Limits{MaxProblems: 1}, "1:1 : plain UTF-8; this starts with a byte order mark, which some editors add"},
		"default bytes":  {`{"id": "x"}` + strings.Repeat(" ", 1<<20), strictjson.Limits{}, "1:1 : at most 1048576 bytes, not 1048587"},
		"default depth":  {`{"id": "x", "zzzzz": ` + strings.Repeat("[", 100), strictjson.Limits{}, "1:13 /zzzzz: a known field: id, parts\n1:85 /zzzzz" + strings.Repeat("/0", 63) + ": at most 64 levels of lists and objects"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strictjson.Decode[part]([]byte(tt.doc), tt.limits)
			assert.Equal(t, tt.want, problems(got.Problems))
		})
	}
}

func TestPositions(t *testing.T) {
	t.Parallel()
	doc := "\n {\"a/b\": [10,\n  {\"0\": \"é\", \"~\": 7}],\n \"0\": true}"
	at := strictjson.Locate([]byte(doc))
	tests := map[string][2]int{
		"":              {2, 2},
		"/a~1b":         {2, 10},
		"/a~1b/0":       {2, 11},
		"/a~1b/1":       {3, 3},
		"/a~1b/1/0":     {3, 9},
		"/a~1b/1/~0":    {3, 19},
		"/a~1b/2":       {3, 21}, // missing: where the list that should have it ends
		"/a~1b/1/x/y/z": {3, 20},
		"/zzz":          {4, 11},
		"/a~1b/1/~0/x":  {3, 19}, // nothing can be put into a number
		"/0":            {4, 7},
	}
	for pointer, want := range tests {
		line, column := at.At(pointer)
		assert.Equal(t, want, [2]int{line, column}, pointer)
	}

	unclosed := strictjson.Locate([]byte("\n{\"a\": [{\"b\": "))
	line, column := unclosed.At("/a/0/c")
	assert.Equal(t, [2]int{2, 8}, [2]int{line, column})

	for _, doc := range []string{"", "x", "\xFF\xFE{\x00", strings.Repeat(" ", 2<<20), `{"a`} {
		broken := strictjson.Decode[struct{}]([]byte(doc), strictjson.Limits{}).Positions
		line, column := broken.At("/a/b")
		assert.Equal(t, [2]int{1, 1}, [2]int{line, column})
	}
}

func TestPointer(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "/a/x~1y~0z/0", strictjson.Pointer("/a", "x/y~z", "0"))
}

func TestClosest(t *testing.T) {
	t.Parallel()
	names := []string{"first_update", "acknowledge", "ana", "be", "SEV1", "SEV2"}
	for name, want := range map[string]string{
		"firstUpdate":            "first_update",
		"First-Update":           "first_update",
		"aknowledge":             "acknowledge",
		"acknowlegde":            "acknowledge",
		"anna":                   "ana",
		"ann":                    "ana",
		"nia":                    "",
		"b":                      "", // too short to guess
		"BE":                     "be",
		"SEV3":                   "SEV1",
		"mitigate":               "",
		strings.Repeat("x", 100): "",
		"":                       "",
	} {
		assert.Equal(t, want, strictjson.Closest(name, names), name)
	}
	long := strings.Repeat("x", 65)
	assert.Empty(t, strictjson.Closest("xxx", []string{long}))
}
