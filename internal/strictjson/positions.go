package strictjson

import (
	"reflect"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Positions tells where each part of a document is. It is built when it is
// first asked, so that a document without a problem pays nothing; it is not
// safe for concurrent use.
type Positions struct {
	doc      []byte
	maxDepth int
	lines    []int // offset at which each line begins
	tree     *tree
}

// Locate returns the positions of a document that was decoded before, with the
// default limit of depth.
func Locate(doc []byte) *Positions { return &Positions{doc: doc, maxDepth: defaultDepth} }

// step leads from a value to one that it holds.
type step struct {
	name  string // key in an object
	index int    // in a list; -1 in an object
}

type edge struct {
	parent int
	step   step
}

// tree holds the offset of every value of a document. Values are numbered; 0 is
// the whole document. It has no paths, because their length times their number
// is not bounded by the size of the document.
type tree struct {
	ids     map[edge]int
	offsets []int
	ends    []int // of the byte after each value; 0 where it has no end
}

func (t *tree) add(offset int) (node int) {
	t.offsets = append(t.offsets, offset)
	t.ends = append(t.ends, 0)
	return len(t.offsets) - 1
}

// At returns the line and the column, both from 1, of the value that a JSON
// pointer names. Where there is no such value it is the place where it is
// missing: the end of the innermost list or object on the way to it.
func (p *Positions) At(pointer string) (line, column int) {
	if p.tree == nil {
		p.tree = &tree{ids: map[edge]int{}}
		d := decoder{scanner: scanner{doc: p.doc}, limits: Limits{MaxDepth: p.maxDepth}, tree: p.tree}
		d.document(reflect.Value{})
	}
	at := 0
	for _, token := range tokens(pointer) {
		next, ok := p.tree.ids[edge{at, step{token, -1}}]
		if index, err := strconv.Atoi(token); !ok && err == nil {
			next, ok = p.tree.ids[edge{at, step{"", index}}]
		}
		if !ok {
			return p.lineColumn(p.insertion(at))
		}
		at = next
	}
	return p.lineColumn(p.tree.offsets[at])
}

// insertion returns where something can be put into a value: before the closing
// bracket.
func (p *Positions) insertion(node int) int {
	if end := p.tree.ends[node]; end > 0 && strings.IndexByte("}]", p.doc[end-1]) >= 0 {
		return end - 1
	}
	return p.tree.offsets[node]
}

func (p *Positions) lineColumn(offset int) (line, column int) {
	if p.lines == nil {
		p.lines = []int{0}
		for i, c := range p.doc {
			if c == '\n' {
				p.lines = append(p.lines, i+1)
			}
		}
	}
	line = sort.SearchInts(p.lines, offset+1)
	start := p.lines[line-1]
	return line, 1 + utf8.RuneCount(p.doc[start:min(offset, len(p.doc))])
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~0", "~", "~1", "/")
)

// Pointer appends keys and indexes to a JSON pointer.
func Pointer(pointer string, tokens ...string) string {
	for _, t := range tokens {
		pointer += "/" + escape.Replace(t)
	}
	return pointer
}

func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	ts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range ts {
		ts[i] = unescape.Replace(t)
	}
	return ts
}
