package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid: the document is not a valid plan. The *Error says why.
var ErrInvalid = errors.New("plan: invalid document")

// Error holds everything that is wrong with a document. It is ErrInvalid.
type Error struct {
	Problems []Problem // in the order of the document
	More     bool      // there may be more than these: no more than a hundred are described
}

// Problem is one thing that is wrong with a document.
type Problem struct {
	Path   string `json:"path"`   // RFC 6901 JSON pointer such as "/policies/0/steps"; empty for the whole document
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, in characters
	Want   string `json:"want"`   // what would be right, and what is there instead
}

// Error implements error, with a line for each problem.
func (e *Error) Error() string {
	var b strings.Builder
	noun := "problems"
	if len(e.Problems) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "plan: %d %s in the document:", len(e.Problems), noun)
	for _, p := range e.Problems {
		b.WriteString("\n" + p.String())
	}
	if e.More {
		b.WriteString("\nand possibly more")
	}
	return b.String()
}

// Is reports whether target is ErrInvalid.
func (e *Error) Is(target error) bool { return target == ErrInvalid }

// String returns "line 3, column 12: /severities/0/id: want ...".
func (p Problem) String() string {
	at := fmt.Sprintf("line %d, column %d: ", p.Line, p.Column)
	if p.Path != "" {
		at += p.Path + ": "
	}
	return at + "want " + p.Want
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
