package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/strictjson"
	"github.com/incidentkit/incidentkit/oncall"
)

// The texts of which a document chooses one. Where package oncall has the values,
// its types say what they mean.
type (
	// Overlap is an [oncall.Overlap] in a document.
	Overlap oncall.Overlap

	// Absence is an [oncall.Absence] in a document.
	Absence oncall.Absence

	// MonthEnd is an [oncall.MonthEnd] in a document.
	MonthEnd oncall.MonthEnd

	// Count is an [oncall.Count] in a document.
	Count oncall.Count

	// Repeated is an [oncall.Repeated] in a document.
	Repeated oncall.Repeated

	// Readiness is an [oncall.Readiness] in a document.
	Readiness oncall.Readiness

	// Mode is an [escalation.Mode] in a document.
	Mode escalation.Mode

	// Urgency is an [escalation.Urgency] in a document.
	Urgency escalation.Urgency

	// Ack is an [escalation.Ack] in a document.
	Ack escalation.Ack

	// Pick is an [escalation.Pick] in a document.
	Pick escalation.Pick

	// Kind is what an incident is for.
	Kind string

	// Status is how an incident starts.
	Status string

	// Weekday is a day of the week in a document: "mon".
	Weekday time.Weekday
)

// The statuses of a new incident.
const (
	Triage Status = "triage" // a human decides whether it is an incident
	Active Status = "active" // it is one; it needs a severity
)

// The kinds of incidents for which people are paged.
const (
	Standard Kind = "standard" // something is wrong now
	Drill    Kind = "drill"    // an exercise
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Overlap) UnmarshalText(text []byte) error {
	return choose((*string)(o), text, string(oncall.Hide), string(oncall.Add), string(oncall.Levels))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Absence) UnmarshalText(text []byte) error {
	return choose((*string)(a), text, string(oncall.Keep), string(oncall.Vacate), string(oncall.NextSeat))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *MonthEnd) UnmarshalText(text []byte) error {
	return choose((*string)(m), text, string(oncall.Overflow))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Count) UnmarshalText(text []byte) error {
	return choose((*string)(c), text, string(oncall.ByTurn), string(oncall.ByHandoff), string(oncall.ByShift))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Repeated) UnmarshalText(text []byte) error {
	return choose((*string)(r), text, string(oncall.EndsLast))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Readiness) UnmarshalText(text []byte) error {
	return choose((*string)(r), text, string(oncall.NotEligible), string(oncall.Shadowing),
		string(oncall.Supervised), string(oncall.Ready), string(oncall.Leading))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *Mode) UnmarshalText(text []byte) error {
	return choose((*string)(m), text, string(escalation.OnCallNow), string(escalation.OnCallNext),
		string(escalation.Everyone), string(escalation.Manager))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *Urgency) UnmarshalText(text []byte) error {
	return choose((*string)(u), text, string(escalation.High), string(escalation.Low))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Ack) UnmarshalText(text []byte) error {
	return choose((*string)(a), text, string(escalation.AckFirst), string(escalation.AckAll))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pick) UnmarshalText(text []byte) error {
	return choose((*string)(p), text, string(escalation.PickAll), string(escalation.PickInTurn), string(escalation.PickLeastRecent))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(text []byte) error {
	return choose((*string)(k), text, string(Standard), string(Drill))
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(text []byte) error {
	return choose((*string)(s), text, string(Triage), string(Active))
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts them

// MarshalText implements encoding.TextMarshaler.
func (w Weekday) MarshalText() ([]byte, error) {
	if w < 0 || int(w) >= len(weekdays) {
		return nil, &textError{want: fmt.Sprintf("a day of the week from 0 to 6, not %d", w)}
	}
	return []byte(weekdays[w]), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Weekday) UnmarshalText(text []byte) error {
	if i := slices.Index(weekdays, string(text)); i >= 0 {
		*w = Weekday(i)
		return nil
	}
	meant := ""
	for i, day := range weekdays {
		if s := strings.ToLower(string(text)); s == day || s == strings.ToLower(time.Weekday(i).String()) {
			meant = day
		}
	}
	return &textError{want: `a day of the week such as "mon"`, meant: meant}
}

// choose reads a text that is one of several.
func choose(into *string, text []byte, choices ...string) error {
	if slices.Contains(choices, string(text)) {
		*into = string(text)
		return nil
	}
	return &textError{want: listing(choices, "or"), meant: strictjson.Closest(string(text), choices)}
}

// listing returns `"a", "b" or "c"`.
func listing(words []string, conjunction string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " " + conjunction + " " + quoted[last]
}
