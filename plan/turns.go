package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Turn is the length of a turn in a document: "8 hours", "1 day", "2 weeks".
type Turn oncall.Turn

// turnUnits are the units of turns, the longest first. Each is called by its own
// name, or without the last letter.
var turnUnits = [...]struct {
	unit   oncall.Unit
	most   int
	length time.Duration // 0: no fixed one
}{
	{oncall.Months, oncall.MaxTurnWeeks / 52 * 12, 0},
	{oncall.Weeks, oncall.MaxTurnWeeks, week},
	{oncall.Days, oncall.MaxTurnWeeks * 7, 24 * time.Hour},
	{oncall.Hours, oncall.MaxTurnWeeks * 7 * 24, time.Hour},
	{oncall.Minutes, oncall.MaxTurnWeeks * 7 * 24 * 60, time.Minute},
}

// String returns the text.
func (t Turn) String() string {
	if t.N == 1 {
		return "1 " + strings.TrimSuffix(string(t.Unit), "s")
	}
	return fmt.Sprintf("%d %s", t.N, t.Unit)
}

// MarshalText implements encoding.TextMarshaler.
func (t Turn) MarshalText() ([]byte, error) {
	for _, u := range turnUnits {
		if t.Unit != u.unit {
			continue
		}
		if t.N < 1 || t.N > u.most {
			return nil, &textError{want: fmt.Sprintf("1 to %d %s, not %d", u.most, t.Unit, t.N)}
		}
		return []byte(t.String()), nil
	}
	return nil, &textError{want: fmt.Sprintf("minutes, hours, days, weeks or months, not %q", t.Unit)}
}

// UnmarshalText implements encoding.TextUnmarshaler. How long a turn may be, it
// leaves to those who know where it is.
func (t *Turn) UnmarshalText(text []byte) error {
	number, unit, _ := strings.Cut(string(text), " ")
	n, err := strconv.Atoi(number)
	if err == nil && n >= 1 && strconv.Itoa(n) == number {
		for _, u := range turnUnits {
			if unit == string(u.unit) || unit+"s" == string(u.unit) {
				*t = Turn{N: n, Unit: u.unit}
				return nil
			}
		}
	}
	return &textError{want: `a turn such as "8 hours", "1 day", "2 weeks" or "1 month"`, meant: turnMeant(string(text))}
}

// turnMeant returns how a document would write what a text likely means, or "":
// "7d" means "1 week".
func turnMeant(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "hourly":
		return "1 hour"
	case "daily":
		return "1 day"
	case "weekly":
		return "1 week"
	case "monthly":
		return "1 month"
	}
	length, ok := lengthMeant(text)
	if !ok || length == 0 {
		return ""
	}
	for _, u := range turnUnits {
		if u.length == 0 || length%u.length != 0 {
			continue
		}
		if n := length / u.length; n <= time.Duration(u.most) {
			return Turn{N: int(n), Unit: u.unit}.String()
		}
	}
	return ""
}
