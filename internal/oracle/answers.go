package oracle

import (
	"slices"
	"time"
)

// What people do about a run. Whoever calls these has seen that it was accepted.

// counts returns when an answer counts as given that came at an instant. Where the
// clock was set back, it is not before the last answer, nor before the step that
// paged last was due.
func (c *course) counts(at time.Time) time.Time { return later(at, later(c.answered, c.paged)) }

// acknowledge: the person takes care. Whom it still awaits: where a step wants
// everybody's answer.
func (c *course) acknowledge(by string, at time.Time) (awaits []string) {
	if awaits = c.awaits(by); len(awaits) > 0 {
		c.by = by
		c.acked = append(c.acked, by)
		c.waiting = slices.DeleteFunc(slices.Clone(c.waiting), func(w waiting) bool { return w.person == by })
		return awaits
	}
	c.state, c.by, c.due, c.remind = acknowledged, by, time.Time{}, time.Time{}
	c.waiting, c.to = nil, nil
	if c.policy.AckTimeout > 0 {
		c.due = at.Add(c.policy.AckTimeout)
	}
	if c.policy.RemindEvery > 0 {
		c.remind = at.Add(c.policy.RemindEvery)
	}
	return nil
}

// awaits returns who would still have to answer after this person.
func (c *course) awaits(by string) []string {
	if c.state != running || c.last == 0 || !c.policy.Steps[c.last-1].AckAll {
		return nil
	}
	var others []string
	asked := false
	for _, w := range c.waiting {
		switch w.person {
		case "":
		case by:
			asked = true
		default:
			others = append(others, w.person)
		}
	}
	if !asked && !slices.Contains(c.acked, by) {
		return nil // somebody whom it did not page answers for all
	}
	return others
}

// decline: the person is not paged again in this round.
func (c *course) decline(by string, at time.Time) {
	c.by = by
	if !slices.Contains(c.declined, by) {
		c.declined = append(c.declined, by)
	}
	c.gone(waiting{person: by}, at, true)
}

// undelivered: no page to the recipient can be delivered.
func (c *course) undelivered(who waiting, round, step int, at time.Time) {
	if c.state == running && (round == c.round && step == c.last || slices.Contains(c.twice, who)) {
		c.gone(who, at, false)
	}
}

// gone drops somebody who is not waited for any more. The next step is due at once
// when all people have declined: nobody need read what else was told. Or when
// nothing could be delivered, but then not at the end of a round, for channels that
// are down need time.
func (c *course) gone(who waiting, at time.Time, declined bool) {
	was := len(c.waiting)
	c.waiting = slices.DeleteFunc(slices.Clone(c.waiting), func(w waiting) bool { return w == who })
	if len(c.waiting) == was || c.state != running || c.missed || len(c.acked) > 0 {
		return
	}
	if declined {
		if slices.ContainsFunc(c.waiting, func(w waiting) bool { return w.person != "" }) {
			return
		}
	} else if len(c.waiting) > 0 || c.step > len(c.policy.Steps) {
		return
	}
	if c.due.After(at) && !c.due.Equal(c.began) { // a round that has yet to begin does so when it would have
		c.due, c.missed = at, true
	}
}

// snooze: nobody is paged until then.
func (c *course) snooze(by string, until time.Time) {
	c.state, c.by, c.due, c.remind = snoozed, by, until, time.Time{}
	c.waiting, c.to = nil, nil
}

// handBack: the step that paged last is due again, without the person.
func (c *course) handBack(by string, at time.Time) {
	c.resumeAt(by, at)
	c.declined = append(c.declined, by)
	c.again()
}

// repage: the step that paged last is due again.
func (c *course) repage(by string, at time.Time) {
	c.resumeAt(by, at)
	c.again()
}

// escalate: the next step is due at once.
func (c *course) escalate(by string, at time.Time) {
	c.resumeAt(by, at)
	c.waiting, c.to = nil, nil
}

// reassign: others are paged at once.
func (c *course) reassign(by string, to []Target, at time.Time) {
	c.resumeAt(by, at)
	c.waiting, c.to = nil, to
}

func (c *course) resumeAt(by string, at time.Time) {
	c.state, c.by, c.due, c.remind, c.missed = running, by, at, time.Time{}, false
}
