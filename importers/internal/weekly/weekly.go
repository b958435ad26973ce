// Package weekly turns the times of the week that other products write into
// windows: from a weekday and a time of day until a weekday and a time of day.
package weekly

import (
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// Window returns the window that opens on one day at one time and closes on
// another. It lasts past the end of the week where the end is not after the
// start, and all week where they are the same.
func Window(startDay time.Weekday, start oncall.TimeOfDay, endDay time.Weekday, end oncall.TimeOfDay) oncall.Window {
	length := sinceSunday(endDay, end) - sinceSunday(startDay, start)
	if length <= 0 {
		length += week
	}
	return oncall.Window{Days: oncall.On(startDay), Opens: start, Length: length}
}

func sinceSunday(d time.Weekday, t oncall.TimeOfDay) time.Duration {
	return time.Duration(d)*day +
		time.Duration(t.Hour)*time.Hour + time.Duration(t.Minute)*time.Minute + time.Duration(t.Second)*time.Second
}

// Weekday reads the English name of a day in any case: "monday" or "Mon".
func Weekday(name string) (d time.Weekday, ok bool) {
	for d = time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()) || strings.EqualFold(name, d.String()[:3]) {
			return d, true
		}
	}
	return 0, false
}

// Join makes one window of those that open at the same time of day for as long,
// in the order of the first of each.
func Join(windows []oncall.Window) []oncall.Window {
	var joined []oncall.Window
	for _, w := range windows {
		same := func(j oncall.Window) bool { return j.Opens == w.Opens && j.Length == w.Length }
		i := slices.IndexFunc(joined, same)
		switch {
		case i < 0:
			joined = append(joined, w)
		case w.Days == 0 || joined[i].Days == 0:
			joined[i].Days = 0 // every day, and so with any other
		default:
			joined[i].Days |= w.Days
		}
	}
	return joined
}
