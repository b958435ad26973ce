package strictjson

import (
	"bytes"
	"strconv"
	"strings"
)

// encoding takes care of what some editors put before a text. It reports whether
// there is something to read after it.
func (d *decoder) encoding() bool {
	const utf8, utf16LE, utf16BE = "\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"
	switch head := string(d.doc[:min(len(d.doc), len(utf8))]); {
	case head == utf8:
		d.report(0, "plain UTF-8; this starts with a byte order mark, which some editors add")
		d.pos = len(utf8)
	case strings.HasPrefix(head, utf16LE), strings.HasPrefix(head, utf16BE):
		d.report(0, "plain UTF-8; this starts with a byte order mark of UTF-16")
		return false
	}
	return true
}

// foreign reports whether a document in which there is an error does not even
// begin like JSON. A comment does not make it something else.
func (d *decoder) foreign(start int) bool {
	return start < len(d.doc) && !strings.ContainsRune("{[\"/", rune(d.doc[start]))
}

// firstLine shows how a document begins.
func (d *decoder) firstLine(start int) string {
	line, _, _ := bytes.Cut(d.doc[start:], []byte("\n"))
	line = bytes.TrimSpace(line)
	if len(line) > maxExcerpt {
		return strconv.Quote(string(bytes.ToValidUTF8(line[:maxExcerpt], nil))) + "..."
	}
	return strconv.Quote(string(line))
}
