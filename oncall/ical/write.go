package ical

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWriter writes content lines: folded at 75 octets, never within a character,
// and ended by CRLF. It keeps the first error and writes nothing after it.
// (The serializer of golang-ical leaves a carriage return in a text as it is, and
// a reader may take that for the end of the line.)
type lineWriter struct {
	w   io.Writer
	err error
}

// maxLine is how many octets a line may have, without its end.
const maxLine = 75

// line writes a property whose value is no text.
func (l *lineWriter) line(name, value string) {
	rest, room := name+":"+value, maxLine
	var b strings.Builder
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		b.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], maxLine-1 // the space counts too
	}
	b.WriteString(rest + "\r\n")
	if l.err == nil {
		_, l.err = io.WriteString(l.w, b.String())
	}
}

var escapeText = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)

// text writes a property whose value is a text. Control characters, which a
// calendar cannot hold, become spaces.
func (l *lineWriter) text(name, value string) {
	value = escapeText.Replace(strings.ToValidUTF8(value, "\uFFFD"))
	l.line(name, strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, value))
}
