package severity

import (
	"fmt"
	"slices"
	"time"
)

// Limits of a scale.
const (
	MaxLevels = 100
	MinTarget = time.Second
	MaxTarget = 366 * 24 * time.Hour
)

// Validate reports every malformed field of a scale, each as a *FieldError;
// levels are listed most severe first.
//
// A more severe level may not promise less than a milder one: no later time and
// not none where the milder level promises one, and it needs a review where the
// milder level does. Raising an incident's severity therefore only ever brings a
// deadline forward. The time for the review itself is free, since a larger
// incident may well deserve a longer look.
func Validate(levels []Level) []error {
	var c checker
	if len(levels) == 0 || len(levels) > MaxLevels {
		c.bad(fmt.Sprintf("1 to %d levels, not %d", MaxLevels, len(levels)), "levels")
		return c.errs
	}
	c.ids(levels)
	for i, l := range levels {
		for _, target := range order() {
			if d := l.Targets.For(target); d != 0 && (d < MinTarget || d > MaxTarget) {
				c.bad(fmt.Sprintf("%s to %d days, or 0 for no promise, not %s", MinTarget, MaxTarget/(24*time.Hour), d),
					"levels[%d].targets.%s", i, target)
			}
		}
	}
	for _, target := range order() {
		if target != ReviewDue {
			c.promises(levels, target)
		}
	}
	c.reviews(levels)
	return c.errs
}

type checker struct{ errs []error }

func (c *checker) bad(want, field string, args ...any) {
	for i, arg := range args {
		if t, ok := arg.(Target); ok {
			args[i] = string(t) // a path has the document's name, not the one for people
		}
	}
	c.errs = append(c.errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

func (c *checker) ids(levels []Level) {
	seen := make(map[string]bool, len(levels))
	for i, l := range levels {
		switch {
		case l.ID == "":
			c.bad("a non-empty id", "levels[%d].id", i)
		case seen[l.ID]:
			c.bad(fmt.Sprintf("an id used once, not %q again", l.ID), "levels[%d].id", i)
		}
		seen[l.ID] = true
	}
}

// promises compares what each level promises with the tightest promise of any
// milder one.
func (c *checker) promises(levels []Level, target Target) {
	var limit time.Duration // 0: no milder level promises anything
	var milder string       // the level that promises it
	for i, l := range slices.Backward(levels) {
		d := l.Targets.For(target)
		switch {
		case d < 0: // already reported; nothing can be compared with it
		case limit == 0 || 0 < d && d <= limit:
			limit, milder = d, l.ID
		case d == 0:
			c.bad(fmt.Sprintf("a promise of at most %s, since the milder %q makes one", limit, milder),
				"levels[%d].targets.%s", i, target)
		default:
			c.bad(fmt.Sprintf("at most %s, what the milder %q promises, not %s", limit, milder, d),
				"levels[%d].targets.%s", i, target)
		}
	}
}

func (c *checker) reviews(levels []Level) {
	needed, milder := false, ""
	for i, l := range slices.Backward(levels) {
		if l.Review {
			needed, milder = true, l.ID
		} else if needed {
			c.bad(fmt.Sprintf("true, since the milder %q needs a review", milder), "levels[%d].review", i)
		}
	}
}
