package ical

import (
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// stamp is a DATE or a DATE-TIME as it is written.
type stamp struct {
	local oncall.LocalTime // midnight, for a date
	date  bool
	utc   bool
}

// parseStamp reads 20260105, 20260105T090000 or 20260105T090000Z. A leap second
// is the one before.
func parseStamp(s string) (stamp, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	v := stamp{date: len(s) == len("20060102")}
	if !v.date {
		s, v.utc = strings.CutSuffix(s, "Z")
		if len(s) != len("20060102T150405") || s[8] != 'T' {
			return stamp{}, false
		}
	}
	ok := true
	number := func(from, to int) int {
		n, err := strconv.ParseUint(s[from:to], 10, 16)
		ok = ok && err == nil
		return int(n)
	}
	v.local = oncall.LocalTime{Year: number(0, 4), Month: time.Month(number(4, 6)), Day: number(6, 8)}
	if !v.date {
		v.local.Hour, v.local.Minute, v.local.Second = number(9, 11), number(11, 13), number(13, 15)
		if v.local.Second == 60 {
			v.local.Second = 59
		}
	}
	return v, ok && v.local.Valid()
}

// parseStamps reads a list of stamps, and returns what is none.
func parseStamps(list string) (stamps []stamp, bad []string) {
	for item := range strings.SplitSeq(list, ",") {
		if s, ok := parseStamp(item); ok {
			stamps = append(stamps, s)
		} else {
			bad = append(bad, item)
		}
	}
	return stamps, bad
}

// moment is a stamp on the clock of a zone.
type moment struct {
	stamp
	zone *time.Location
}

// instant returns when the clock shows it; midnight, for a date.
func (m moment) instant() time.Time { return m.local.In(m.zone) }

// wall is what a clock in the zone shows at the moment. A date is midnight
// wherever one is.
func (m moment) wall(zone *time.Location) int64 {
	if m.date || m.zone == zone {
		return wallOf(m.local)
	}
	return wallOf(oncall.LocalOf(m.instant().In(zone)))
}

// length is a DURATION: days count on the wall clock, seconds do not care for it.
type length struct{ days, seconds int64 }

// parseLength reads a duration such as P1W, P1DT12H or PT30M.
func parseLength(s string) (length, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "+")
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return length{}, false
	}
	dates, times, timed := strings.Cut(s, "T")
	if timed && times == "" {
		return length{}, false
	}
	var l length
	ok = readUnits(dates, &l.days, "WD", []int64{7, 1}) && readUnits(times, &l.seconds, "HMS", []int64{3600, 60, 1})
	return l, ok
}

// readUnits adds up numbers that units follow, each once and in their order.
func readUnits(s string, sum *int64, units string, sizes []int64) bool {
	for s != "" {
		digits := strings.IndexAny(s, units)
		if digits <= 0 {
			return false
		}
		n, err := strconv.ParseUint(s[:digits], 10, 31)
		unit := strings.IndexByte(units, s[digits])
		if err != nil || unit < 0 {
			return false
		}
		*sum += int64(n) * sizes[unit]
		units, sizes, s = units[unit+1:], sizes[unit+1:], s[digits+1:]
		if units == "" && s != "" {
			return false
		}
	}
	return true
}

// parseOffset reads an offset from UTC such as +0100 or -045602, in seconds.
func parseOffset(s string) (int64, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:], 10, 31)
	if err != nil {
		return 0, false
	}
	if len(s) == 5 {
		n *= 100
	}
	offset := int64(n/10000)*3600 + int64(n/100%100)*60 + int64(n%100)
	if offset > 26*60*60 || n/100%100 > 59 || n%100 > 59 {
		return 0, false
	}
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
