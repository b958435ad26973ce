package oncall

import "time"

// HolidayLeave turns the public holidays of a place into leave, so that a
// schedule's [Absence] decides about them: one for each holiday of which some lies
// between from and to, in order, from the first instant of the day in the zone to
// the first instant of the next. It looks from [MinYear] to [MaxYear]. A nil zone
// is UTC; nil holidays give no leave.
func HolidayLeave(h Holidays, zone *time.Location, from, to time.Time) []Leave {
	if h == nil || !from.Before(to) {
		return nil
	}
	if zone == nil {
		zone = time.UTC
	}
	if earliest := time.Date(MinYear, 1, 1, 0, 0, 0, 0, time.UTC); from.Before(earliest) {
		from = earliest
	}
	var leave []Leave
	p := newPlace(zone, from.Unix())
	for day := p.dayAt(from.Unix()); dateOf(day).Year <= MaxYear; day++ {
		start, end := stretch{p.midnight(day), p.midnight(day + 1)}.times(zone)
		if !start.Before(to) {
			break
		}
		name, ok := h.Holiday(dateOf(day))
		if ok && start.Before(end) { // a day that the clock skips is no holiday
			leave = append(leave, Leave{Start: start, End: end, Reason: name})
		}
	}
	return leave
}
