package postmortem

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// hostile draws text that wants to be more than text.
var hostile = rapid.OneOf(
	rapid.String(),
	rapid.StringOf(rapid.RuneFrom([]rune("|\\`*_[](){}<>&~$#!-=+.:\"' \n\r\t\x00\x1b\u0085\u2028\u202e\u2067ab1é日"))),
	rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
)

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]markup{
		"":                           "",
		" plain  text ":              "plain  text",
		"a|b":                        `a\|b`,
		`a\|b\`:                      `a\\\|b\\`,
		"<script>alert(1)</script>":  "&lt;script&gt;alert(1)&lt;/script&gt;",
		"&lt;b&gt; &#124;":           "&amp;lt;b&amp;gt; &amp;#124;",
		"*bold* _it_ `code` ~~no~~":  "\\*bold\\* \\_it\\_ \\`code\\` \\~\\~no\\~\\~",
		"payments_eu __init__ _":     `payments_eu \_\_init\_\_ \_`,
		"[x](javascript:y) ![z]":     `\[x\](javascript:y) !\[z\]`,
		"$x$ {{ .Secret }}":          `\$x\$ \{\{ .Secret \}\}`,
		"one\ntwo\r\nthree\rfour":    "one<br>two<br>three<br>four",
		"a\u2028b\u0085c\vd":         "a<br>b<br>c<br>d",
		"\n# heading\n\n- item\n":    "# heading<br><br>- item",
		"a\tb\x1b[31m\x00\u202e\xff": "a b\ufffd\\[31m\ufffd\ufffd\ufffd",
		"https://a.example/?q=1#x":   "https://a.example/?q=1#x",
		"שלום \u200f 👩\u200d🚒":       "שלום \u200f 👩\u200d🚒",
	} {
		assert.Equal(t, want, text(in), "%q", in)
	}
	assert.Equal(t, markup(`one two \| three`), line(" one\n\n two\t|\r\nthree "))
}

var escaped = regexp.MustCompile(`\\([\\` + "`" + `*_\[\]{}|~$])`)

// unescape reads Markdown as a program that shows it does.
func unescape(m markup) string {
	s := strings.ReplaceAll(string(m), "<br>", "\n")
	s = escaped.ReplaceAllString(s, "$1")
	return html.UnescapeString(s)
}

func TestTextIsShownAsItIs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "text")
		require.Equal(t, strings.TrimSpace(clean(s)), unescape(text(s)))
		require.Equal(t, strings.Join(strings.Fields(clean(s)), " "), unescape(line(s)))
	})
}

func TestTextStaysInItsCell(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := hostile.Draw(t, "a"), hostile.Draw(t, "b")
		r := string(row([]markup{text(a), line(b), "end"}))
		// Some programs take any bar after a backslash for escaped, others know
		// that the backslash may itself be.
		require.Equal(t, 4, bars(r, false), r)
		require.Equal(t, 4, bars(r, true), r)
		require.NotContains(t, strings.ReplaceAll(r, "<br>", ""), "<")
		require.NotContains(t, r, ">\n")
		require.Equal(t, -1, strings.IndexFunc(r, func(c rune) bool {
			return unicode.IsControl(c) || unicode.In(c, unicode.Zl, unicode.Zp) || '\u202a' <= c && c <= '\u202e' || '\u2066' <= c && c <= '\u2069'
		}), "%q", r)
		require.NotContains(t, string(line(a)), "<br>")
	})
}

// bars counts those that separate cells.
func bars(row string, pairs bool) int {
	n, quoted := 0, false
	for _, c := range row {
		if c == '|' && !quoted {
			n++
		}
		quoted = c == '\\' && (!pairs || !quoted)
	}
	return n
}

func TestShort(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]markup{
		0:                             "under 1s",
		time.Second - 1:               "under 1s",
		time.Second:                   "1s",
		90*time.Second + 999_999_999:  "1m30s",
		2 * time.Hour:                 "2h",
		24*time.Hour + time.Second:    "1d1s",
		51*time.Hour + 30*time.Minute: "2d3h30m",
	} {
		assert.Equal(t, want, short(d), "%s", d)
	}
}
