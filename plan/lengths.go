package plan

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// inWords finds one number with its unit, such as "1.5 hours", in lower case.
var inWords = regexp.MustCompile(`^(\d{1,5}(?:\.\d{1,5})?) ?(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?:$|[ ,]+|(\d))`)

// lengthMeant guesses the length of time that a text names in a way that a
// document does not: "5 min", "1 hour 30 minutes", "1.5h", "2w". No unit may be
// there twice.
func lengthMeant(text string) (time.Duration, bool) {
	const longest = 50          // characters; nobody means anything by more
	const most = 99_999 * 86400 // seconds, the most that a document can say
	if len(text) > longest {
		return 0, false
	}
	rest := strings.ToLower(strings.TrimSpace(text))
	seconds := 0.0
	seen := map[byte]bool{}
	for rest != "" {
		found := inWords.FindStringSubmatch(rest)
		if len(found) == 0 {
			return 0, false
		}
		unit := found[2][0]
		if seen[unit] {
			return 0, false
		}
		seen[unit] = true
		n, _ := strconv.ParseFloat(found[1], 64) // the pattern has no other numbers
		seconds += n * unitLength(unit).Seconds()
		rest = rest[len(found[0])-len(found[3]):]
	}
	seconds = math.Round(seconds*1000) / 1000 // 1.1h is not a round number in binary
	whole := seconds == math.Trunc(seconds)
	if len(seen) == 0 || !whole || seconds > most {
		return 0, false
	}
	return time.Duration(seconds) * time.Second, true
}

// unitLength returns the length of the unit whose name begins with the letter.
func unitLength(letter byte) time.Duration {
	for _, unit := range durationUnits {
		if unit.letter == letter {
			return unit.length
		}
	}
	return week
}

const week = 7 * 24 * time.Hour

// durationMeant returns how a document would write what a text likely means, or
// "". A number without a unit is taken for seconds, but not one so small that it
// may well stand for minutes.
func durationMeant(text string) string {
	length, ok := lengthMeant(text)
	if !ok {
		if length, ok = lengthMeant(text + "s"); !ok || 0 < length && length < time.Minute {
			return ""
		}
	}
	return Duration(length).String()
}

// spelled finds the lengths of time in what a lower package wants, and the ids,
// which are quoted, so that they can be left alone.
var spelled = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\b\d+ days\b|\b(?:\d+h)?(?:\d+m)?\d+s\b`)

// inOwnSpelling rewrites what a lower package wants as a document would say it:
// "7d" for Go's "168h0m0s".
func inOwnSpelling(want string) string {
	return spelled.ReplaceAllStringFunc(want, func(s string) string {
		if days, ok := strings.CutSuffix(s, " days"); ok {
			return days + "d"
		}
		if length, err := time.ParseDuration(s); err == nil {
			return Duration(length).String()
		}
		return s
	})
}
