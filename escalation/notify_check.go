package escalation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Validate reports everything that is wrong with how the person is to be reached,
// each as a *FieldError whose field is a path such as "rules.high[1].channel".
// Stages and leave are for schedules to check.
func (r Responder) Validate() []error {
	c := responderCheck{who: r}
	if r.ID == "" {
		c.bad("a non-empty id", "id")
	}
	for i, name := range r.Channels {
		switch {
		case name == "":
			c.bad("the name of a channel; it is empty", "channels[%d]", i)
		case slices.Contains(r.Channels[:i], name):
			c.bad(fmt.Sprintf("each channel once; %q is there before", name), "channels[%d]", i)
		}
	}
	c.notifications("rules.high", r.Rules.High)
	c.notifications("rules.low", r.Rules.Low)
	c.quiet()
	if r.Rules.Bundle < 0 || r.Rules.Bundle > MaxBundle {
		c.bad(fmt.Sprintf("0 to %s, not %s", MaxBundle, r.Rules.Bundle), "rules.bundle")
	}
	return c.errs
}

// maxNotifications bounds the messages about one page: more than one a channel and
// minute tells nobody anything.
const maxNotifications = 100

type responderCheck struct {
	who  Responder
	errs []error
}

func (c *responderCheck) bad(want, field string, args ...any) {
	c.errs = append(c.errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

func (c *responderCheck) notifications(field string, rules []Notification) {
	if len(rules) > maxNotifications {
		c.bad(fmt.Sprintf("at most %d notifications, not %d", maxNotifications, len(rules)), "%s", field)
		return
	}
	before := time.Duration(0)
	for i, n := range rules {
		if !slices.Contains(c.who.Channels, n.Channel) {
			c.bad(fmt.Sprintf("one of the person's channels (%s), not %q", list(c.who.Channels), n.Channel), "%s[%d].channel", field, i)
		}
		switch {
		case n.After < 0 || n.After > MaxWait:
			c.bad(fmt.Sprintf("0 to %s, not %s", MaxWait, n.After), "%s[%d].after", field, i)
		case i == 0 && n.After > 0: // a proof counts on it, and so does whoever waits for an answer
			c.bad(fmt.Sprintf("0s, not %s: the first message about a page goes at once", n.After), "%s[0].after", field)
		case n.After < before:
			c.bad(fmt.Sprintf("not less than the %s of the one before, not %s", before, n.After), "%s[%d].after", field, i)
		default:
			before = n.After
		}
	}
}

// list writes names for people.
func list(names []string) string {
	if len(names) == 0 {
		return "there are none"
	}
	return strings.Join(names, ", ")
}

func (c *responderCheck) quiet() {
	q := c.who.Rules.Quiet
	if q == nil {
		return
	}
	if _, errs := compileHours(q.Hours); errs != nil {
		c.errs = append(c.errs, placed("rules.quiet", errors.Join(errs...))...)
	}
	for i, severity := range q.Unless {
		if severity == "" {
			c.bad("a severity; it is empty", "rules.quiet.unless[%d]", i)
		}
	}
}
