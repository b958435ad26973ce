package timeline

import (
	"strings"
	"unicode"
)

// style is the characters that a chart is made of.
type style struct {
	cells   [gap + 1]string
	pointer string
	more    string // at the end of a label that was too long
}

var (
	plain = style{
		cells:   [...]string{blank: " ", grid: ".", marker: ":", duty: "=", handoff: "|", meant: "-", gap: "!"},
		pointer: "v",
		more:    "~",
	}
	blocks = style{
		cells:   [...]string{blank: " ", grid: "┊", marker: "│", duty: "█", handoff: "▐", meant: "░", gap: "▒"},
		pointer: "▼",
		more:    "…",
	}
)

// color returns that of a cell in a row with a color of its own.
func (s style) color(k kind, row string) string {
	switch k {
	case grid, meant:
		return Dim
	case marker:
		return Bold
	case gap:
		return Red
	default:
		return row
	}
}

// Colors, as ANSI codes for Paint.
const (
	Bold = "1"
	Dim  = "2"
	Red  = "31"
)

// people are the colors of rows. Red is for gaps.
var people = [...]string{"36", "33", "35", "32", "34", "96", "93", "95", "92", "94"}

func palette(row int) string { return people[row%len(people)] }

// Paint returns text between the ANSI codes that set a color and end it.
func Paint(color, text string) string { return "\x1b[" + color + "m" + text + "\x1b[0m" }

// Clean returns text without what would do something to a terminal instead of
// being shown: control and format characters, each of which becomes "?".
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return '?'
		}
		return r
	}, text)
}

// Cells returns how many columns of a terminal a text takes.
func Cells(text string) int {
	n := 0
	for _, r := range text {
		n += cellsOf(r)
	}
	return n
}

// wide are the scripts and signs whose characters take two columns.
var wide = []*unicode.RangeTable{
	unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana,
	{
		R16: []unicode.Range16{{Lo: 0x3000, Hi: 0x303e, Stride: 1}, {Lo: 0xff01, Hi: 0xff60, Stride: 1}},
		R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}},
	},
}

func cellsOf(r rune) int {
	switch {
	case r < 0x300: // most text
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, wide...):
		return 2
	}
	return 1
}

// shorten returns a text of at most so many columns.
func shorten(text string, width int, more string) string {
	if Cells(text) <= width {
		return text
	}
	n := Cells(more)
	for i, r := range text {
		if n += cellsOf(r); n > width {
			return text[:i] + more
		}
	}
	return text
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Cells(text)))
}
