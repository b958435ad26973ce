package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// recurrence reads RRULE, RDATE and EXDATE.
func (im *importer) recurrence(c *component, e *event) error {
	if exrules, _ := c.all("EXRULE"); len(exrules) > 0 {
		im.lose(c.path+"/EXRULE", "the standard has it no more: what it takes out stays in")
	}
	text, err := im.one(c, "RRULE")
	if err != nil {
		return err
	}
	if e.id != nil {
		if text != nil {
			im.lose(c.path+"/RRULE", "want it in the event that recurs, not in one that changes it: it is not followed")
		}
		return nil
	}
	if text != nil {
		if err := im.rule(text.value, c.path+"/RRULE", e); err != nil {
			return err
		}
	}
	if err := im.extras(c, e); err != nil {
		return err
	}
	return im.exceptions(c, e)
}

// rule reads a rule and puts its UNTIL on the clock of the event.
func (im *importer) rule(text, path string, e *event) error {
	r, err := ParseRule(text)
	if bad, ok := errors.AsType[*RuleError](err); ok {
		return &eventError{path, bad.Part + ": " + bad.Want}
	}
	if err != nil {
		return err
	}
	if e.start.date && r.freq > daily {
		return &eventError{path, "a rule of days or longer for an event of whole days"}
	}
	if u := r.until; u != nil && u.date != e.start.date {
		if u.date {
			im.assume(path, "UNTIL is a date, and DTSTART a time: shifts may start until that day ends in %s", e.start.zone)
		} else {
			im.assume(path, "UNTIL is a time, and DTSTART a date: days may start until then, at midnight in %s", e.start.zone)
		}
	}
	e.rule = &r
	return nil
}

// extras reads RDATE: times at which, or periods in which, it happens as well.
func (im *importer) extras(c *component, e *event) error {
	path := c.path + "/RDATE"
	properties, bad := c.all("RDATE")
	for _, b := range bad {
		im.lose(b.Path, "want %s: the dates are left out", b.Want)
	}
	for _, p := range properties {
		var malformed []string
		for item := range strings.SplitSeq(p.value, ",") {
			x, err := im.extra(p, item, path, e.start.zone)
			if _, ok := errors.AsType[*eventError](err); ok {
				malformed = append(malformed, item)
				continue
			}
			if err != nil {
				return err
			}
			e.dates = append(e.dates, x)
		}
		if len(malformed) > 0 {
			im.lose(path, "want times such as 20260105T090000Z, or periods of such a time, a slash, and an end or a duration, not %s", list(malformed))
		}
	}
	return nil
}

func (im *importer) extra(p property, item, path string, zone *time.Location) (extra, error) {
	first, last, period := strings.Cut(item, "/")
	at, err := im.moment(p, first, path, zone)
	if err != nil || !period {
		return extra{at: at}, err
	}
	if l, ok := parseLength(last); ok {
		return extra{at: at, length: &l}, nil
	}
	end, err := im.moment(p, last, path, zone)
	return extra{at: at, end: &end}, err
}

// exceptions reads EXDATE: times at which it does not happen.
func (im *importer) exceptions(c *component, e *event) error {
	path := c.path + "/EXDATE"
	properties, bad := c.all("EXDATE")
	for _, b := range bad {
		im.lose(b.Path, "want %s: the dates stay in", b.Want)
	}
	for _, p := range properties {
		var malformed []string
		for item := range strings.SplitSeq(p.value, ",") {
			m, err := im.moment(p, item, path, e.start.zone)
			if _, ok := errors.AsType[*eventError](err); ok {
				malformed = append(malformed, item)
				continue
			}
			if err != nil {
				return err
			}
			e.without = append(e.without, exception{m, item})
		}
		if len(malformed) > 0 {
			im.lose(path, "want times such as 20260105T090000Z, not %s: nothing is taken out for them", list(malformed))
		}
	}
	return nil
}

// list names a few of many.
func list(items []string) string {
	const most = 3
	named := make([]string, 0, most)
	for _, item := range items[:min(most, len(items))] {
		named = append(named, fmt.Sprintf("%q", shorten(item)))
	}
	s := strings.Join(named, ", ")
	if more := len(items) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}
