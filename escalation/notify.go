package escalation

import (
	"slices"
	"time"
)

// Notice is one message to a person about a page.
type Notice struct {
	Channel string    // one of the person's
	At      time.Time // when it is due

	// Rule is which of the person's rules for the urgency asks for it, from 1. 0: none
	// does; it takes the place of one that failed.
	Rule int
}

// Sent is a notice that was tried. Its At is when.
type Sent struct {
	Notice
	Failed bool // the channel did not take it
}

// Notices returns what the person wants to be told about a page that was made at
// an instant, in order, if every channel works and nobody answers.
func (r Responder) Notices(page time.Time, u Urgency) []Notice {
	var out []Notice
	for i, n := range r.notifications(u) {
		out = append(out, Notice{Channel: n.Channel, At: page.Add(n.After), Rule: i + 1})
	}
	slices.SortStableFunc(out, func(a, b Notice) int { return a.At.Compare(b.At) })
	return out
}

// NextNotice returns what is to be sent next about a page, given what was tried so
// far, in order. It is false where nothing is left to be sent.
//
// Where the last message failed, the next one goes at once, by the first of the
// person's channels that was not tried yet. Otherwise it is what the next of the
// rules says; one that asks for no more than a message that has arrived since is
// passed over.
func (r Responder) NextNotice(page time.Time, u Urgency, sent []Sent) (next Notice, ok bool) {
	if n := len(sent); n > 0 && sent[n-1].Failed {
		for _, c := range r.Channels {
			if !slices.ContainsFunc(sent, func(s Sent) bool { return s.Channel == c }) {
				return Notice{Channel: c, At: sent[n-1].At}, true
			}
		}
	}
	for i, n := range r.notifications(u) {
		notice := Notice{Channel: n.Channel, At: page.Add(n.After), Rule: i + 1}
		if !notice.done(sent) && (!ok || notice.At.Before(next.At)) {
			next, ok = notice, true
		}
	}
	return next, ok
}

// Undelivered reports whether no message about a page can be delivered: every
// channel of the person was tried, and none has taken one. The engine then gives
// the run that answer.
func (r Responder) Undelivered(sent []Sent) bool {
	if slices.ContainsFunc(sent, func(s Sent) bool { return !s.Failed }) {
		return false
	}
	return !slices.ContainsFunc(r.Channels, func(c string) bool {
		return !slices.ContainsFunc(sent, func(s Sent) bool { return s.Channel == c })
	})
}

// notifications returns the person's rules for an urgency. Without any, that is
// the favorite channel at once; the others follow only where it fails.
func (r Responder) notifications(u Urgency) []Notification {
	rules := r.Rules.High
	if u == Low {
		rules = r.Rules.Low
	}
	if len(rules) == 0 && len(r.Channels) > 0 {
		return []Notification{{Channel: r.Channels[0]}}
	}
	return rules
}

// done reports whether a notice was tried, or a message came by its channel when
// it was due or later.
func (n Notice) done(sent []Sent) bool {
	return slices.ContainsFunc(sent, func(s Sent) bool {
		return s.Rule == n.Rule || !s.Failed && s.Channel == n.Channel && !s.At.Before(n.At)
	})
}
