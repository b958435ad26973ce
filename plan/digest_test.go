package plan_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/plan"
)

// The digest of a document is stored beside it, so it may not change with a new
// version of this package.
func TestDigestIsStable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"minimal":    "c868e550de637df1f224e0aedef2caffec6282a805e1847ea7b410fe9251c0f7",
		"small":      "1850e6a90313c1398f7b0b45bca3239087b4fd0434a43aa3881a31673a770ca8",
		"full":       "bfa0f7f2e65e7b432d7f6f3bc68047d818deb9355aac512f0eaaca9d6f16c119",
		"escalation": "40594be8fb1a81592addf8e30796b810ef6049d2a64939f718ac6bc2d7ff1f26",
		"schedules":  "298866b4b3bbadb523f92d98f228a82e74b88acbe299a870a91109baac97c822",
	} {
		assert.Equal(t, want, parse(t, name).Digest(), name)
	}
}

func TestDigestIgnoresSpelling(t *testing.T) {
	t.Parallel()
	doc := string(documents(t, "valid")["small"])
	want := parse(t, "small").Digest()
	for _, edit := range [][2]string{
		{`"5m"`, `"300s"`},
		{`"4h"`, `"3h60m"`},
		{`"5d"`, `"120h"`},
		{`"1 week"`, `"1 weeks"`},
		{"2026-02-03T10:00:00+01:00", "2026-02-03T09:00:00Z"},
		{`"routes"`, `"components": [], "routes"`},
		{`"targets": {"acknowledge": "15m"}`, `"targets": {"acknowledge": "15m", "cadence": "0s"}, "review": false`},
		{`"default_policy"`, `"default\u005fpolicy"`},
		{`"../../plan.schema.json"`, `"https://example.com/plan.schema.json"`},
	} {
		p, err := plan.Parse([]byte(strings.ReplaceAll(doc, edit[0], edit[1])))
		require.NoError(t, err, edit[1])
		assert.Equal(t, want, p.Digest(), edit[1])
	}
}

func TestDigestIgnoresLayout(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t, "valid") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := decode(t, doc)
			want := parse(t, name).Digest()
			rapid.Check(t, func(rt *rapid.T) {
				var b strings.Builder
				write(rt, &b, tree)
				p, err := plan.Parse([]byte(b.String()))
				require.NoError(rt, err)
				assert.Equal(rt, want, p.Digest())
			})
		})
	}
}

// Whatever value is changed, the document then says something else, or nothing.
func TestDigestSeesEveryChange(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"full", "schedules", "escalation"} {
		doc := documents(t, "valid")[name]
		want := parse(t, name).Digest()
		n := 0
		edit(decode(t, doc), &n, -1)
		require.Greater(t, n, 100)
		for i := range n {
			tree, count := decode(t, doc), 0
			tree = edit(tree, &count, i)
			changed, err := json.Marshal(tree)
			require.NoError(t, err)
			p, err := plan.Parse(changed)
			if err != nil {
				require.ErrorIs(t, err, plan.ErrInvalid)
				continue
			}
			if decode(t, changed)["$schema"] == "../../plan.schema.json" {
				assert.NotEqual(t, want, p.Digest(), "%s", changed)
			}
		}
	}
}

func decode(tb testing.TB, doc []byte) map[string]any {
	tb.Helper()
	var tree map[string]any
	require.NoError(tb, json.Unmarshal(doc, &tree))
	return tree
}

// edit changes the value whose number is given, and counts the values.
func edit[T any](tree T, n *int, number int) T {
	edited, _ := editAny(tree, n, number).(T)
	return edited
}

func editAny(tree any, n *int, number int) any {
	switch v := tree.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = editAny(v[key], n, number)
		}
		return v
	case []any:
		for i := range v {
			v[i] = editAny(v[i], n, number)
		}
		return v
	}
	*n++
	if *n-1 != number {
		return tree
	}
	switch v := tree.(type) {
	case string:
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	}
	return tree
}

// write writes JSON with keys in any order and white space anywhere.
func write(t *rapid.T, b *strings.Builder, tree any) {
	space := func() { b.WriteString(rapid.SampledFrom([]string{"", "", " ", "\n", "\r\n\t"}).Draw(t, "space")) }
	space()
	defer space()
	switch v := tree.(type) {
	case map[string]any:
		b.WriteByte('{')
		for i, key := range rapid.Permutation(slices.Sorted(maps.Keys(v))).Draw(t, "keys") {
			if i > 0 {
				b.WriteByte(',')
			}
			space()
			b.WriteString(strconv.Quote(key))
			space()
			b.WriteByte(':')
			write(t, b, v[key])
		}
		space()
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			write(t, b, v[i])
		}
		b.WriteByte(']')
	default:
		leaf, err := json.Marshal(v)
		require.NoError(t, err)
		b.Write(leaf)
	}
}
