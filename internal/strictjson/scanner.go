package strictjson

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner reads the tokens of a document.
type scanner struct {
	doc []byte
	pos int // of the next byte
}

// fault is something wrong at an offset.
type fault struct {
	at   int
	want string
}

// unexpected says that something else is needed at the current position.
func (s *scanner) unexpected(want string) *fault {
	return &fault{s.pos, want + ", not " + s.found(s.pos)}
}

func (s *scanner) found(at int) string {
	if at >= len(s.doc) {
		return "the end of the document"
	}
	r, size := utf8.DecodeRune(s.doc[at:])
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("the byte %#x", s.doc[at])
	}
	return strconv.QuoteRune(r)
}

// misplaced is unexpected where a token should begin, which a comment is not.
func (s *scanner) misplaced(want string) *fault {
	for _, opening := range []string{"//", "/*", "#"} {
		if strings.HasPrefix(string(s.doc[s.pos:min(s.pos+2, len(s.doc))]), opening) {
			return &fault{s.pos, want + ", not a comment; JSON has no comments"}
		}
	}
	return s.unexpected(want)
}

// peek returns the next byte, or 0 at the end: no token begins with it.
func (s *scanner) peek() byte {
	if s.pos < len(s.doc) {
		return s.doc[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.doc) {
		switch s.doc[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// text reads a string. The flaw, if any, is a character that cannot be decoded;
// reading can go on after it.
func (s *scanner) text() (value string, flaw, err *fault) {
	start := s.pos
	s.pos++ // the opening quote
	escaped := false
	for {
		switch c := s.peek(); {
		case s.pos >= len(s.doc):
			return "", nil, s.unexpected("a closing quote")
		case c == '"':
			s.pos++
			return s.unquote(start, escaped || flaw != nil), flaw, nil
		case c < ' ':
			return "", nil, s.unexpected(`a closing quote, or an escape such as \n`)
		case c == '\\':
			escaped = true
			at := s.pos
			paired, err := s.escape()
			if err != nil {
				return "", nil, err
			}
			if !paired && flaw == nil {
				flaw = &fault{at, `text; ` + string(s.doc[at:s.pos]) + ` is one half of a surrogate pair without the other`}
			}
		case c < utf8.RuneSelf:
			s.pos++
		default:
			r, size := utf8.DecodeRune(s.doc[s.pos:])
			if r == utf8.RuneError && size == 1 && flaw == nil {
				flaw = s.unexpected("text in UTF-8")
			}
			s.pos += size
		}
	}
}

func (s *scanner) unquote(start int, encoded bool) string {
	if !encoded {
		return string(s.doc[start+1 : s.pos-1])
	}
	var value string
	// It cannot fail, since text has checked every escape. What cannot be
	// decoded becomes U+FFFD.
	_ = json.Unmarshal(s.doc[start:s.pos], &value)
	return value
}

// escape reads an escape sequence. It is not paired if it is half of a
// surrogate pair whose other half does not follow.
func (s *scanner) escape() (paired bool, err *fault) {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true, nil
	case 'u':
	default:
		return false, s.unexpected(`an escape: one of \" \\ \/ \b \f \n \r \t \u`)
	}
	unit, err := s.codeUnit()
	if err != nil || unit < 0xD800 || unit > 0xDFFF {
		return true, err
	}
	if unit >= 0xDC00 || s.peek() != '\\' || s.pos+1 >= len(s.doc) || s.doc[s.pos+1] != 'u' {
		return false, nil
	}
	second := s.pos
	s.pos++
	low, err := s.codeUnit()
	if err != nil {
		return false, err
	}
	if low < 0xDC00 || low > 0xDFFF {
		s.pos = second // it is a character of its own
		return false, nil
	}
	return true, nil
}

// codeUnit reads the "u" and the four digits of an escape.
func (s *scanner) codeUnit() (uint64, *fault) {
	s.pos++
	start := s.pos
	for s.pos < start+4 {
		if !isHex(s.peek()) {
			return 0, s.unexpected(`four hexadecimal digits after \u`)
		}
		s.pos++
	}
	unit, _ := strconv.ParseUint(string(s.doc[start:s.pos]), 16, 16)
	return unit, nil
}

// number reads a number and returns it as it is written.
func (s *scanner) number() (literal string, err *fault) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
		if isDigit(s.peek()) {
			return "", s.unexpected("a number without leading zeros")
		}
	} else if err := s.digits(); err != nil {
		return "", err
	}
	if s.peek() == '.' {
		s.pos++
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	return string(s.doc[start:s.pos]), nil
}

func (s *scanner) digits() *fault {
	if !isDigit(s.peek()) {
		return s.unexpected("a digit")
	}
	for isDigit(s.peek()) {
		s.pos++
	}
	return nil
}

// word reads true, false or null.
func (s *scanner) word() (string, *fault) {
	for _, w := range []string{"true", "false", "null"} {
		if end := s.pos + len(w); end <= len(s.doc) && string(s.doc[s.pos:end]) == w {
			s.pos = end
			return w, nil
		}
	}
	return "", s.misplaced("a JSON value")
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
