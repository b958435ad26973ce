package strictjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// FuzzDecode checks that nothing panics, that every problem is in the document,
// and that whatever is accepted is what encoding/json makes of it.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"name": "n", "Plain": 1}`,
		`{"name": "\ud83d\ude00", "Plain": -0, "ratio": 1e-7, "small": -128, "color": "red", "maybe": null}`,
		`{"name": "n", "Plain": 1, "parts": [{"id": "x", "parts": []}], "by_name": {"": {"id": ""}}, "labels": {}}`,
		`{"name": "n", "Plain": 1, "name": 2} x`,
		"{\"name\": \"\xff\\ud800\", \"zzz\": [[[[]]]]}",
		`[1, 2.5, true, null, "`, "\xEF\xBB\xBF", "",
		"name: n\nPlain: 1", "// n\n{}", `{"name": "n", /* n */ "color": 7}`, "\xFF\xFE{", `[]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got := strictjson.Decode[document](doc, strictjson.Limits{MaxBytes: 1 << 12, MaxProblems: 10})
		assert.LessOrEqual(t, len(got.Problems), 10)
		for _, p := range got.Problems {
			assert.Positive(t, p.Line)
			assert.Positive(t, p.Column)
			assert.NotEmpty(t, p.Want)
			line, column := got.Positions.At(p.Path)
			assert.Positive(t, line)
			assert.Positive(t, column)
		}
		if len(got.Problems) > 0 {
			return
		}
		require.True(t, got.Complete)
		var want document
		require.NoError(t, json.Unmarshal(doc, &want))
		require.Equal(t, want, got.Value)
	})
}
