package ical

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Rule says when something recurs: an RRULE of RFC 5545, section 3.3.10. It is
// immutable. [ParseRule] makes one; the zero Rule never recurs.
type Rule struct {
	freq     frequency
	interval int64 // 1 or more
	count    int64 // 0: no end by number
	until    *until

	months    []int // 1 to 12
	weeks     []int // 1 to 53, or negative from the end
	yearDays  []int // 1 to 366, or negative
	monthDays []int // 1 to 31, or negative
	days      []ruleDay
	hours     []int
	minutes   []int
	seconds   []int
	positions []int // BYSETPOS
	weekStart time.Weekday
}

// frequency is the unit in which a rule recurs, from the longest to the shortest.
type frequency int

const (
	never frequency = iota
	yearly
	monthly
	weekly
	daily
	hourly
	minutely
	secondly
)

var frequencies = map[string]frequency{
	"YEARLY": yearly, "MONTHLY": monthly, "WEEKLY": weekly, "DAILY": daily,
	"HOURLY": hourly, "MINUTELY": minutely, "SECONDLY": secondly,
}

// ruleDay is a day of BYDAY: every one of a month or year, or the nth (from the
// end if negative).
type ruleDay struct {
	nth int // 0: every one
	day time.Weekday
}

// until is the last time at which something may recur.
type until struct {
	at   oncall.LocalTime // the end of the day, for a date
	date bool
	utc  bool
}

// RuleError says which part of a rule is wrong and what would be right.
type RuleError struct {
	Part string // such as "BYDAY"
	Want string
}

// Error implements error.
func (e *RuleError) Error() string { return "ical: RRULE: " + e.Part + ": want " + e.Want }

// ParseRule reads a rule such as FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR. Upper and
// lower case are the same, and so is the order of its parts. Its error is a
// *RuleError.
func ParseRule(text string) (Rule, error) {
	r := Rule{interval: 1, weekStart: time.Monday}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimSpace(text)), ";") {
		if part == "" { // some programs end a rule with a semicolon
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		want := ""
		if seen[name] {
			want = "it once"
		} else {
			want = r.set(name, value)
		}
		if want != "" {
			return Rule{}, &RuleError{Part: shorten(name), Want: fmt.Sprintf("%s, not %q", want, shorten(value))}
		}
		seen[name] = true
	}
	if err := r.check(); err != nil {
		return Rule{}, err
	}
	return r, nil
}

// set reads one part, and says what it should have been if it is malformed.
func (r *Rule) set(name, value string) (want string) {
	switch name {
	case "FREQ":
		if r.freq = frequencies[value]; r.freq == never {
			return "YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY"
		}
	case "INTERVAL":
		return setNumber(&r.interval, value)
	case "COUNT":
		return setNumber(&r.count, value)
	case "UNTIL":
		return r.setUntil(value)
	case "WKST":
		day, ok := weekdays[value]
		if !ok {
			return "a day such as MO"
		}
		r.weekStart = day
	case "BYDAY":
		return r.setDays(value)
	case "BYMONTH":
		return setList(&r.months, value, 1, 12, false)
	case "BYMONTHDAY":
		return setList(&r.monthDays, value, 1, 31, true)
	case "BYYEARDAY":
		return setList(&r.yearDays, value, 1, 366, true)
	case "BYWEEKNO":
		return setList(&r.weeks, value, 1, 53, true)
	case "BYSETPOS":
		return setList(&r.positions, value, 1, 366, true)
	case "BYHOUR":
		return setList(&r.hours, value, 0, 23, false)
	case "BYMINUTE":
		return setList(&r.minutes, value, 0, 59, false)
	case "BYSECOND":
		return setList(&r.seconds, value, 0, 59, false)
	default:
		return "a part of RFC 5545, such as FREQ, INTERVAL or BYDAY"
	}
	return ""
}

// check refuses parts that do not go together.
func (r *Rule) check() error {
	nth := slices.ContainsFunc(r.days, func(d ruleDay) bool { return d.nth != 0 })
	switch {
	case r.freq == never:
		return &RuleError{Part: "FREQ", Want: "it; it is missing"}
	case len(r.weeks) > 0 && r.freq != yearly:
		return &RuleError{Part: "BYWEEKNO", Want: "it in a YEARLY rule only"}
	case len(r.yearDays) > 0 && (r.freq == monthly || r.freq == weekly || r.freq == daily):
		return &RuleError{Part: "BYYEARDAY", Want: "it in no MONTHLY, WEEKLY or DAILY rule"}
	case len(r.monthDays) > 0 && r.freq == weekly:
		return &RuleError{Part: "BYMONTHDAY", Want: "it in no WEEKLY rule"}
	case nth && (r.freq != yearly && r.freq != monthly || len(r.weeks) > 0):
		return &RuleError{Part: "BYDAY", Want: "days without a number, which only MONTHLY rules and YEARLY ones without BYWEEKNO may have"}
	}
	return nil
}

func setNumber(to *int64, value string) (want string) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return fmt.Sprintf("a number from 1 to %d", math.MaxInt32)
	}
	*to = n
	return ""
}

// setList reads numbers from low to high, in order and each once; with signs, also
// those from -high to -low.
func setList(to *[]int, value string, low, high int, signs bool) (want string) {
	for item := range strings.SplitSeq(value, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(item))
		size := n
		if signs && n < 0 {
			size = -n
		}
		if err != nil || size < low || size > high {
			want = fmt.Sprintf("numbers from %d to %d", low, high)
			if signs {
				want += fmt.Sprintf(", or from -%d to -%d", high, low)
			}
			return want
		}
		*to = append(*to, n)
	}
	slices.Sort(*to)
	*to = slices.Compact(*to)
	return ""
}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday,
	"TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday,
}

func (r *Rule) setDays(value string) (want string) {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		name := max(0, len(item)-2)
		day, ok := weekdays[item[name:]]
		d := ruleDay{day: day}
		if name > 0 {
			n, err := strconv.Atoi(item[:name])
			ok = ok && err == nil && n != 0 && -53 <= n && n <= 53
			d.nth = n
		}
		if !ok {
			return "days such as MO, 2TU or -1FR"
		}
		if !slices.Contains(r.days, d) {
			r.days = append(r.days, d)
		}
	}
	return ""
}

func (r *Rule) setUntil(value string) (want string) {
	v, ok := parseStamp(value)
	if !ok {
		return "a date or a time such as 20260105 or 20260105T090000Z"
	}
	r.until = &until{at: v.local, date: v.date, utc: v.utc}
	if v.date {
		r.until.at.Hour, r.until.at.Minute, r.until.at.Second = 23, 59, 59
	}
	return ""
}
