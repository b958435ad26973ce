package oracle

import "time"

// taskBackoff is the longest that a task which failed waits before it is tried
// again.
const taskBackoff = time.Minute

// outage is an Outage with what it costs.
type outage struct {
	*Outage
	from, to time.Time
	bonus    time.Duration // what may come after it: leases that end, attempts that wait
}

// listOutages works out what each outage costs.
func (c *court) listOutages() {
	s := c.h.Settings
	for i := range c.h.Outages {
		o := outage{Outage: &c.h.Outages[i], bonus: s.Lease + s.Poll}
		o.from, o.to = o.From.At, o.To.At
		if o.To.At.IsZero() {
			o.to = c.h.Ended.At
		}
		if o.to.Before(o.from) { // a clock that was set back
			o.from, o.to = o.to, o.from
		}
		switch o.Kind {
		case Store, Provider:
			o.bonus += taskBackoff
		case Lost:
			o.bonus += s.Overdue + s.AuditEvery
		default:
		}
		c.outages = append(c.outages, o)
	}
	for i := range c.h.Streams {
		c.poisoned = c.poisoned || c.h.Streams[i].Poisoned
	}
	for i := range c.h.Tasks {
		c.poisoned = c.poisoned || c.h.Tasks[i].Poisoned
	}
}

// lateBy returns by how much longer something took than it may: due, and then the
// lease of a worker that died, the time between two looks, and whatever did not
// work meanwhile. Not more than 0: it was in time.
func (c *court) lateBy(tenant string, due, done time.Time) time.Duration {
	s := c.h.Settings
	by := done.Sub(due) - s.Lease - s.Poll - s.Slack
	if by <= 0 {
		return by
	}
	for i := range c.outages {
		o := &c.outages[i]
		if o.Tenant != "" && o.Tenant != tenant || o.from.After(done) || o.Kind != Lost && o.to.Add(o.bonus).Before(due) { // a task may be lost long before it is due
			continue
		}
		by -= overlap(o.from, o.to, due, done) + o.bonus
	}
	for i := 0; by > 0 && i < len(c.h.Sends); i++ { // whoever waits for a channel does nothing else
		by -= min(overlap(c.h.Sends[i].Begun.At, c.h.Sends[i].Ended.At, due, done), 2*s.NotifyTimeout)
	}
	return by
}

// overlap returns how long two spans have in common.
func overlap(from, to, due, done time.Time) time.Duration {
	from = later(from, due)
	if to.After(done) {
		to = done
	}
	return max(to.Sub(from), 0)
}

// lateness says which promise is broken when something is late: where somebody
// else's row or tenant is broken, it is that nobody else waits for it.
func (c *court) lateness() string {
	if c.poisoned {
		return "I8"
	}
	return "I2"
}
