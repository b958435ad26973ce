package goalert

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// handoffs are the times at which a rotation passes duty on. They are numbered
// from its start, which is 0; those before have negative numbers.
type handoffs struct {
	start  oncall.LocalTime
	wall   int64 // the start, in seconds on the wall clock
	length int   // of a turn: seconds on the wall clock, or months
	months bool
	zone   *time.Location
}

func newHandoffs(start time.Time, length int, unit oncall.Unit, zone *time.Location) handoffs {
	h := handoffs{start: oncall.LocalOf(start.Truncate(time.Minute).In(zone)), length: length, zone: zone}
	h.wall = gather.Wall(h.start).Unix()
	if unit == oncall.Months {
		h.months = true
		return h
	}
	hours := map[oncall.Unit]int{oncall.Hours: 1, oncall.Days: 24, oncall.Weeks: 7 * 24}
	h.length *= hours[unit] * 60 * 60
	return h
}

// local returns when a handoff is on the wall clock. A day that a month does not
// have is counted into the next.
func (h handoffs) local(n int) oncall.LocalTime {
	if !h.months {
		return oncall.LocalOf(time.Unix(h.wall+int64(n)*int64(h.length), 0).UTC())
	}
	s := h.start
	return oncall.LocalOf(time.Date(s.Year, s.Month+time.Month(n*h.length), s.Day, s.Hour, s.Minute, 0, 0, time.UTC))
}

func (h handoffs) at(n int) time.Time { return h.local(n).In(h.zone) }

// turn returns the handoff with which the turn began that holds an instant.
func (h handoffs) turn(t time.Time) int {
	local := oncall.LocalOf(t.In(h.zone))
	n := 0
	if h.months {
		n = (12*(local.Year-h.start.Year) + int(local.Month-h.start.Month)) / h.length
	} else {
		n = int((gather.Wall(local).Unix() - h.wall) / int64(h.length))
	}
	for h.at(n).After(t) {
		n--
	}
	for !h.at(n + 1).After(t) {
		n++
	}
	return n
}

// after returns the next handoff that passes duty on. One that the clock skips
// happens together with the next, and does not.
func (h handoffs) after(n int) int {
	n++
	for h.at(n).Equal(h.at(n + 1)) {
		n++
	}
	return n
}

// before returns the last handoff before another that passed duty on.
func (h handoffs) before(n int) int {
	end := h.at(n)
	for h.at(n).Equal(end) {
		n--
	}
	return n
}

// back counts back from a turn and whose it is, to a turn that began before some
// time. It returns its beginning and whose it is: the first user's, except where
// no such turn begins on the day of the month of the start.
func (h handoffs) back(n, user, users int, past time.Time) (start oncall.LocalTime, first int) {
	round := users
	if h.months {
		round *= 12 // after which the same months come again
	}
	for since := 0; ; {
		local := h.local(n)
		if local.Day == h.start.Day || !h.months {
			if at := h.at(n); !at.After(past) {
				since++
				if since == 1 || user == 0 {
					start, first = local, user
				}
				if user == 0 || since > round {
					return start, first
				}
			}
		}
		if local.Year <= oncall.MinYear {
			return start, first
		}
		n = h.before(n)
		user = (user + users - 1) % users
	}
}
