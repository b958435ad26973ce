package postmortem

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// markup is text in Markdown. Only constants of this package turn into it by
// themselves; any other string has to go through text or line, or it does not
// compile.
type markup string

// document is a Markdown document that is being written.
type document struct{ b strings.Builder }

// String returns the document.
func (d *document) String() string { return d.b.String() }

// block writes one block and the empty line after it.
func (d *document) block(lines ...markup) {
	for _, l := range lines {
		d.b.WriteString(string(l))
		d.b.WriteByte('\n')
	}
	d.b.WriteByte('\n')
}

// table writes a table. Every row has as many cells as there are columns.
func (d *document) table(columns []markup, rows ...[]markup) {
	rule := make([]markup, len(columns))
	for i := range rule {
		rule[i] = "---"
	}
	lines := []markup{row(columns), row(rule)}
	for _, cells := range rows {
		lines = append(lines, row(cells))
	}
	d.block(lines...)
}

func row(cells []markup) markup { return "| " + join(cells, " | ") + " |" }

// ask writes a section that people fill in.
func (d *document) ask(heading markup, questions ...markup) {
	d.block("## " + heading)
	for _, q := range questions {
		d.block(question(q))
	}
}

func question(q markup) markup { return "✎ _" + q + "_" }

func join(parts []markup, separator markup) markup {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(string(separator))
		}
		b.WriteString(string(p))
	}
	return markup(b.String())
}

// text makes text of unknown origin safe in a cell of a table, and anywhere else
// within a line. It keeps line breaks, as <br>. Nothing else in it means anything
// to a reader of Markdown, not even one that knows HTML, formulas or template
// directives; what it says stays the same.
func text(s string) markup {
	s = strings.TrimSpace(clean(s))
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		switch r {
		case '\n':
			b.WriteString("<br>")
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '_':
			// Within a word it is harmless, and names are full of them.
			if !inWord(runes, i) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		case '\\', '`', '*', '[', ']', '{', '}', '|', '~', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return markup(b.String())
}

// line is text on a single line.
func line(s string) markup { return text(strings.Join(strings.Fields(clean(s)), " ")) }

// clean turns line breaks of every kind into "\n" and tabs into spaces. Whatever
// else a reader could not see, or would see in another order than it stands in,
// becomes U+FFFD; so does invalid UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.In(r, unicode.Zl, unicode.Zp), r == '\u0085', '\n' <= r && r <= '\r':
			return '\n'
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
			return unicode.ReplacementChar
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// inWord reports whether there is a letter or a digit on both sides.
func inWord(runes []rune, i int) bool {
	wordy := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	return wordy(i-1) && wordy(i+1)
}

// stamp writes an instant.
func stamp(t time.Time) markup { return markup(t.UTC().Format(time.DateTime)) }

// short writes a duration such as "1d2h" or "4m30s", without fractions of a
// second. It never says 0: something that took place took some time.
func short(d time.Duration) markup {
	if d < time.Second {
		return "under 1s"
	}
	var parts []markup
	left := int64(d / time.Second)
	for _, unit := range []struct {
		name    markup
		seconds int64
	}{{"d", 24 * 60 * 60}, {"h", 60 * 60}, {"m", 60}, {"s", 1}} {
		if n := left / unit.seconds; n > 0 {
			parts = append(parts, number(int(n))+unit.name)
			left %= unit.seconds
		}
	}
	return join(parts, "")
}

func number[N int | uint64](n N) markup { return markup(fmt.Sprint(n)) }

// orElse returns what stands in for something that is missing.
func orElse(m, other markup) markup {
	if m == "" {
		return other
	}
	return m
}
