package oracle

import (
	"bytes"
	"strings"
)

// judgeTenants looks for the canaries of one tenant in what another has or is told
// (I13).
func (c *court) judgeTenants() {
	for tenant, canary := range c.h.Settings.Canaries {
		if canary == "" {
			continue
		}
		text := []byte(canary)
		for _, s := range c.stories {
			if s.tenant == tenant {
				continue
			}
			for i := range s.stream.Records {
				if r := &s.stream.Records[i]; bytes.Contains(r.Data, text) {
					c.blame("I13", s, r.RecordedAt, "event %d of tenant %s has %q, which is of tenant %s", r.Version, s.tenant, canary, tenant)
				}
			}
		}
		for i := range c.h.Sends {
			send := &c.h.Sends[i]
			if send.Tenant == tenant {
				continue
			}
			for _, text := range []string{send.Key, send.Person, send.To, string(send.Incident), send.Text} {
				if strings.Contains(text, canary) {
					c.blame("I13", nil, send.Begun.At, "%s of tenant %s was told of %q, which is of tenant %s", send.Person, send.Tenant, canary, tenant)
					break
				}
			}
		}
	}
}

// judgeTasks sees that nothing that is due is left in the store (I12).
func (c *court) judgeTasks() {
	end := c.h.Ended.At
	for _, t := range c.h.Tasks {
		if t.Poisoned || t.Due.IsZero() || c.lateBy(t.Tenant, t.Due, end) <= 0 {
			continue
		}
		c.found = append(c.found, Violation{
			Invariant: "I12", Tenant: t.Tenant, At: end,
			Text: "task " + t.ID + " of stream " + t.Stream + " was due at " + clock(t.Due) + " and is still there at " + clock(end),
		})
	}
}
