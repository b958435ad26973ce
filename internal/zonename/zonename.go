// Package zonename finds the IANA time zone that other products call by names of
// their own: "Eastern Time (US & Canada)", "W. Europe Standard Time",
// "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna".
package zonename

import (
	"strings"
	"time"
)

// IANA returns the IANA time zone that a name stands for, and whether there is
// one. It knows
//
//   - IANA names, which it returns as they are,
//   - the names of ActiveSupport, as in Ruby on Rails,
//   - the ids of Windows zones,
//   - the names that Windows and Outlook show for them, with or without the
//     offset in front.
//
// Other than in IANA names, case, quotes around the name and the offset in
// brackets do not matter: two zones with one offset differ all the same, and
// outside of winter the offset that is shown is not the one that is in force.
// Where a name alone means different zones, that of ActiveSupport is taken, and
// after an offset that of Windows.
//
// Which IANA names there are depends on the zone data of the machine.
func IANA(name string) (zone string, ok bool) {
	if isIANA(name) {
		return name, true
	}
	name, shown := cutOffset(fold(name))
	tables := []map[string]string{rails, windows, display}
	if shown {
		tables = []map[string]string{display, rails, windows}
	}
	for _, table := range tables {
		if zone, ok := table[name]; ok {
			return zone, true
		}
	}
	if name == "z" || shown && name == "" {
		return "Etc/UTC", true
	}
	return "", false
}

// isIANA tells names from what else time.LoadLocation takes: "", "Local", and
// the names of files, which are not capitalized.
func isIANA(name string) bool {
	if name == "" || name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// fold makes names equal that differ in case, in spaces, or in the quotes around
// them.
func fold(name string) string {
	name = strings.Trim(strings.TrimSpace(name), `"'`)
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// cutOffset takes "(utc+01:00) " off the front of a name, and "(rtz 2)", the
// number of a Russian zone, off its end. What is left of "(utc)" is empty; where
// an offset other than none is all there is, it stays.
func cutOffset(name string) (rest string, shown bool) {
	offset, rest, found := strings.Cut(name, ")")
	zone, isUTC := strings.CutPrefix(offset, "(utc")
	if !isUTC {
		zone, isUTC = strings.CutPrefix(offset, "(gmt")
	}
	rest = strings.TrimSpace(rest)
	if !found || !isUTC || rest == "" && strings.Trim(zone, "+-0:") != "" {
		return name, false
	}
	if at := strings.Index(rest, " (rtz "); at >= 0 {
		rest = rest[:at]
	}
	return rest, true
}

func folded(names map[string]string) map[string]string {
	m := make(map[string]string, len(names))
	for name, zone := range names {
		m[fold(name)] = zone
	}
	return m
}
