package comms_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/comms"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, text, line string }{
		"plain":             {"disk full", "disk full", "disk full"},
		"empty":             {"", "", ""},
		"breaks":            {"a\r\nb\rc\nd\u2028e\u0085f\vg", "a\nb\nc\nd\ne\nf\ng", "a b c d e f g"},
		"tabs and spaces":   {"  a\t b  ", "  a\t b  ", "a b"},
		"colour escape":     {"\x1b[31mred\x1b[0m", "�[31mred�[0m", "�[31mred�[0m"},
		"title escape":      {"\x1b]0;owned\a", "�]0;owned�", "�]0;owned�"},
		"C1 escape":         {"a\u009b31mb", "a�31mb", "a�31mb"},
		"NUL, DEL":          {"a\x00b\x7fc", "a�b�c", "a�b�c"},
		"override":          {"a\u202egpj.exe", "a�gpj.exe", "a�gpj.exe"},
		"isolate":           {"a\u2067b\u2069", "a�b�", "a�b�"},
		"not UTF-8":         {"a\xffb", "a�b", "a�b"},
		"scripts and emoji": {"Störung 障害 خلل\u200f 👩\u200d🚒", "Störung 障害 خلل\u200f 👩\u200d🚒", "Störung 障害 خلل\u200f 👩\u200d🚒"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.text, comms.CleanText(tc.in))
			assert.Equal(t, tc.line, comms.CleanLine(tc.in))
		})
	}
}

func TestCleanTextHoldsForAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text")
		text, line := comms.CleanText(in), comms.CleanLine(in)
		assert.True(t, utf8.ValidString(text))
		assert.Equal(t, text, comms.CleanText(text))
		assert.Equal(t, line, comms.CleanLine(line))
		assert.False(t, strings.ContainsFunc(line, unicode.IsControl))
		assert.False(t, strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(text), unicode.IsControl))
		if line != "" { // a cleaned line is always a valid subject
			assert.NoError(t, page(func(m *comms.Message) { m.Subject = line }).Validate())
		}
	})
}

func TestReasonString(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 3, 29, 2, 30, 0, 0, time.FixedZone("", 2*3600))
	for name, tc := range map[string]struct {
		r    comms.Reason
		want string
	}{
		"zero":            {comms.Reason{}, ""},
		"text wins":       {comms.Reason{Policy: "payments", Text: "Ana is on call.\x1b"}, "Ana is on call.�"},
		"only the target": {comms.Reason{Target: "person ana"}, "person ana"},
		"composed": {
			comms.Reason{Policy: "payments", PlanVersion: 7, Run: "1", Round: 2, Step: 3, Target: "schedule primary", Rule: "override ov-1", Due: due},
			"escalation policy payments, plan version 7, run 1, round 2, step 3, schedule primary, override ov-1, due 2026-03-29T00:30:00Z",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tc.want, tc.r.String())
		})
	}
}
