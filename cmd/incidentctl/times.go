package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// maxRange bounds how long an answer can become.
const maxRange = 100 * 366 * 24 * time.Hour

// The first and the last second that schedules know.
var (
	earliest = time.Date(oncall.MinYear, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(oncall.MaxYear, time.December, 31, 23, 59, 59, 0, time.UTC)
)

// moments are the times that a command is about.
type moments struct {
	at, from, to time.Time
	marked       bool // at was given, and is not just now
}

// timeFlags are the times as they are written on the command line.
type timeFlags struct {
	At   string `placeholder:"TIME" help:"The instant that the answer is about. Default: now."`
	From string `placeholder:"TIME" help:"Begin of the time that the answer is about. Default: --at."`
	To   string `placeholder:"TIME" help:"End of it. Default: +7d, that is, seven days after --from."`
}

// resolve reads the flags, with what has no zone of its own in the one given.
func (f timeFlags) resolve(now time.Time, zone *time.Location) (moments, error) {
	m, err := f.read(now, zone)
	switch {
	case err != nil:
		return m, err
	case !m.from.Before(m.to):
		return m, fmt.Errorf("--to: want a time after --from, which is %s, not %s", m.from.Format(time.RFC3339), m.to.Format(time.RFC3339))
	case m.to.Sub(m.from) > maxRange:
		return m, fmt.Errorf("--to: want at most 100 years after --from, which is %s, not %s", m.from.Format(time.RFC3339), m.to.Format(time.RFC3339))
	}
	return m, nil
}

// read does what resolve does, but for what depends on several of the times.
func (f timeFlags) read(now time.Time, zone *time.Location) (moments, error) {
	m := moments{marked: f.At != ""}
	for _, flag := range []struct {
		name, text, missing string
		base, into          *time.Time // a distance counts from the base
	}{
		{"--at", f.At, "+0d", &now, &m.at},
		{"--from", f.From, "+0d", &m.at, &m.from},
		{"--to", f.To, "+7d", &m.from, &m.to},
	} {
		var err error
		*flag.into, err = parseTime(cmp.Or(flag.text, flag.missing), flag.base.In(zone), zone)
		switch {
		case err != nil && flag.text == "":
			*flag.into = latest.In(zone) // seven days later there are no more
		case err != nil:
			return m, fmt.Errorf("%s: %w", flag.name, err)
		}
	}
	return m, nil
}

// parseTime reads the forms of a time: an instant, a wall-clock time in the zone,
// or a distance from the base.
func parseTime(text string, base time.Time, zone *time.Location) (time.Time, error) {
	if t, ok := distance(text, base); ok {
		return inRange(text, t)
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return inRange(text, t.In(zone).Truncate(time.Second))
		}
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return inRange(text, oncall.LocalOf(t).In(zone))
		}
	}
	return time.Time{}, fmt.Errorf(
		`want a time such as "2026-01-05T09:00:00+01:00", "2026-01-05T09:00" or "2026-01-05" (in --zone), or a distance such as "+7d" or "-12h", not %q`, text)
}

func inRange(text string, t time.Time) (time.Time, error) {
	if t.Before(earliest) || t.After(latest) {
		return time.Time{}, fmt.Errorf("want a time in the years %d to %d, not %q", oncall.MinYear, oncall.MaxYear, text)
	}
	return t, nil
}

var (
	distances = regexp.MustCompile(`^([+-])((?:[0-9]{1,5}[wdhm])+)$`)
	parts     = regexp.MustCompile(`([0-9]+)([wdhm])`)
)

// distance reads "+7d" or "-1d12h". Days and weeks are counted on the wall clock,
// hours and minutes as they pass.
func distance(text string, base time.Time) (time.Time, bool) {
	match := distances.FindStringSubmatch(text)
	if match == nil {
		return time.Time{}, false
	}
	days, passing := 0, time.Duration(0)
	for _, part := range parts.FindAllStringSubmatch(match[2], -1) {
		n, _ := strconv.Atoi(match[1] + part[1])
		switch part[2] {
		case "w":
			days += 7 * n
		case "d":
			days += n
		case "h":
			passing += time.Duration(n) * time.Hour
		default:
			passing += time.Duration(n) * time.Minute
		}
	}
	if days != 0 {
		clock := oncall.LocalOf(base)
		later := time.Date(clock.Year, clock.Month, clock.Day+days, clock.Hour, clock.Minute, clock.Second, 0, time.UTC)
		base = oncall.LocalOf(later).In(base.Location())
	}
	return base.Add(passing).Truncate(time.Second), true
}

var (
	lengths = regexp.MustCompile(`^\+?((?:[0-9]+(?:\.[0-9]+)?(?:w|d|h|ms|m|s|us|µs|ns))+)$`)
	units   = regexp.MustCompile(`([0-9.]+)([a-zµ]+)`)
)

// length reads "4m", "1h30m", "1.5h" or "90s", in whole seconds, up to maxRange. A day is 24 hours.
func length(text string) (time.Duration, bool) {
	match := lengths.FindStringSubmatch(text)
	if match == nil {
		return 0, text == "0"
	}
	total := time.Duration(0)
	for _, part := range units.FindAllStringSubmatch(match[1], -1) {
		unit, times := part[2], time.Duration(1)
		switch unit { // those that Go does not know
		case "w":
			unit, times = "h", 7*24
		case "d":
			unit, times = "h", 24
		}
		n, err := time.ParseDuration(part[1] + unit)
		if err != nil || n > (maxRange-total)/times {
			return 0, false
		}
		total += n * times //nolint:durationcheck // a number of units
	}
	return total, total%time.Second == 0
}
