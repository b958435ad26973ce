package escalationtest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// condition reads "severity is SEV1 or SEV2 and it is daily 22:00 to 07:00 in
// Europe/Berlin".
func condition(text string) (*escalation.Condition, error) {
	c := &escalation.Condition{}
	for _, part := range list(text) {
		known, err := hear(conditionParts, c, part)
		if !known {
			return nil, fmt.Errorf("conditions such as these, with \"and\" between them, not %q:%s", part, forms(conditionParts))
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// conditionParts are what can be asked for.
var conditionParts = []sentence[*escalation.Condition]{
	sentenceOf("severity is SEVERITIES", func(c *escalation.Condition, w []string) error {
		c.Severities = strings.Split(w[0], " or ")
		return nil
	}),
	sentenceOf("urgency is ID", func(c *escalation.Condition, w []string) error {
		c.Urgency = escalation.Urgency(w[0])
		return nil
	}),
	sentenceOf("kind is KINDS", func(c *escalation.Condition, w []string) error {
		c.Kinds = strings.Split(w[0], " or ")
		return nil
	}),
	sentenceOf("component is COMPONENTS", func(c *escalation.Condition, w []string) error {
		c.Components = strings.Split(w[0], " or ")
		return nil
	}),
	sentenceOf("label ID is ID", func(c *escalation.Condition, w []string) error {
		if c.Labels == nil {
			c.Labels = map[string]string{}
		}
		c.Labels[w[0]] = w[1]
		return nil
	}),
	sentenceOf("it is HOURS", func(c *escalation.Condition, w []string) error {
		h, err := hours(w[0])
		c.Hours = &h
		return err
	}),
	sentenceOf("N alerts came within LENGTH", func(c *escalation.Condition, w []string) error {
		n, err := strconv.Atoi(w[0])
		if err != nil {
			return fmt.Errorf("a number of alerts, not %q", w[0])
		}
		within, err := duration(w[1])
		c.Alerts = &escalation.AlertCount{AtLeast: n, Within: within}
		return err
	}),
}

var weekdays = map[string]time.Weekday{
	"Sun": time.Sunday, "Mon": time.Monday, "Tue": time.Tuesday, "Wed": time.Wednesday,
	"Thu": time.Thursday, "Fri": time.Friday, "Sat": time.Saturday,
}

var windowForm = regexp.MustCompile(`^(?:daily|(Sun|Mon|Tue|Wed|Thu|Fri|Sat)(?: to (Sun|Mon|Tue|Wed|Thu|Fri|Sat))?) (\d\d:\d\d) to (\d\d:\d\d)$`)

// hours reads "Mon to Fri 09:00 to 17:00 or Sat 10:00 to 14:00 in Europe/Berlin",
// or "outside" of that.
func hours(text string) (escalation.Hours, error) {
	const want = `hours such as "Mon to Fri 09:00 to 17:00 or Sat 10:00 to 14:00 in Europe/Berlin", "daily 22:00 to 07:00 in UTC", or "outside" of such, not %q`
	var h escalation.Hours
	rest, outside := strings.CutPrefix(text, "outside ")
	windows, zone, ok := strings.Cut(rest, " in ")
	if !ok {
		return h, fmt.Errorf(want, text)
	}
	h.Zone, h.Outside = zone, outside
	for part := range strings.SplitSeq(windows, " or ") {
		w := windowForm.FindStringSubmatch(part)
		if w == nil {
			return h, fmt.Errorf(want, text)
		}
		opens, err := oncall.ParseTimeOfDay(w[3])
		closes, bad := oncall.ParseTimeOfDay(w[4])
		if err != nil || bad != nil {
			return h, fmt.Errorf(want, text)
		}
		h.Windows = append(h.Windows, oncall.Daily(opens, closes, days(w[1], w[2])...))
	}
	return h, nil
}

// days returns those from one day to another, or the one; none: all.
func days(from, to string) []time.Weekday {
	if from == "" {
		return nil
	}
	first := weekdays[from]
	out := []time.Weekday{first}
	for d := first; to != "" && d != weekdays[to]; {
		d = (d + 1) % 7
		out = append(out, d)
	}
	return out
}
