package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AlertStatus says whether an alert's condition holds.
type AlertStatus string

// The statuses of an alert.
const (
	Firing        AlertStatus = "firing"
	AlertResolved AlertStatus = "resolved"
)

// Alert is one signal of a monitoring system, in a form that does not depend on
// which system sent it. All its text together is at most MaxAlertText bytes.
type Alert struct {
	// Source names the system, such as "alertmanager". Required; at most
	// MaxName bytes.
	Source string `json:"source"`

	// DedupKey decides which incident the alert belongs to: as long as an
	// incident is open, alerts with the same key go to it. Required; at most
	// MaxDedupKey bytes.
	DedupKey string `json:"dedup_key"`

	// Fingerprint identifies the alert within its key: the same condition keeps
	// it while it fires, resolves and fires again. Empty: the key is enough.
	// At most MaxDedupKey bytes.
	Fingerprint string `json:"fingerprint,omitempty"`

	Status      AlertStatus       `json:"status"`
	Summary     string            `json:"summary"` // one line; required
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	StartsAt    time.Time         `json:"starts_at,omitzero"` // when the condition began; zero: unknown
	EndsAt      time.Time         `json:"ends_at,omitzero"`   // when it ended; zero: not ended, or unknown
	URL         string            `json:"url,omitempty"`      // where the source shows it
}

// Limits of an alert, in bytes.
const (
	MaxDedupKey  = 400     // DedupKey; hash a longer one
	MaxAlertText = 1 << 20 // all of its text together
)

// Validate reports the first malformed part as a *FieldError.
func (a Alert) Validate() error {
	if err := cmp.Or(
		checkName("Alert.Source", a.Source, MaxName),
		checkName("Alert.DedupKey", a.DedupKey, MaxDedupKey),
		checkText("Alert.Fingerprint", a.Fingerprint, MaxDedupKey, false),
	); err != nil {
		return err
	}
	if a.Status != Firing && a.Status != AlertResolved {
		return &FieldError{"Alert.Status", "firing or resolved, not " + quote(string(a.Status))}
	}
	if err := cmp.Or(
		checkText("Alert.Summary", a.Summary, MaxAlertText, true),
		checkText("Alert.Description", a.Description, MaxAlertText, false),
		checkText("Alert.URL", a.URL, MaxAlertText, false),
		checkYear("Alert.StartsAt", a.StartsAt),
		checkYear("Alert.EndsAt", a.EndsAt),
	); err != nil {
		return err
	}
	size := len(a.Summary) + len(a.Description) + len(a.URL)
	for name, value := range a.Labels {
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return &FieldError{"Alert.Labels[" + quote(name) + "]", "valid UTF-8"}
		}
		size += len(name) + len(value)
	}
	if size > MaxAlertText {
		return &FieldError{"Alert", fmt.Sprintf("at most %d bytes of text, not %d", MaxAlertText, size)}
	}
	return nil
}

// Arrival is a number of alerts that came in at one time.
type Arrival struct {
	At    time.Time `json:"at"`
	Count int       `json:"count"`
}

// Limits of what an incident remembers of its alerts for the conditions of
// policies.
const (
	MaxArrivals = 1000 // alerts
	MaxLabels   = 100  // labels; of MaxName bytes, with values of MaxLabel bytes, longer ones are passed over
	MaxLabel    = 512
)

// arrived returns the arrivals with some more, without those that are too old to
// be among the last MaxArrivals.
func (in Incident) arrived(at time.Time, n int) []Arrival {
	if n == 0 {
		return in.Arrivals
	}
	all := append(slices.Clone(in.Arrivals), Arrival{At: at, Count: min(n, MaxArrivals)})
	rest := MaxArrivals
	for i, a := range slices.Backward(all) {
		if rest -= a.Count; rest <= 0 {
			all[i].Count += rest
			return all[i:]
		}
	}
	return all
}

// freshLabels returns the labels of alerts that fire whose names the incident does
// not know yet.
func (in Incident) freshLabels(alerts []Alert) map[string]string {
	fresh := map[string]string{}
	for _, a := range alerts {
		if a.Status != Firing {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
			_, known := in.Labels[name]
			_, seen := fresh[name]
			if known || seen || len(in.Labels)+len(fresh) >= MaxLabels || len(name) > MaxName || len(a.Labels[name]) > MaxLabel {
				continue
			}
			fresh[name] = a.Labels[name]
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return fresh
}

// recording returns the event that records alerts.
func (in Incident) recording(news []Alert) AlertsRecorded {
	p := AlertsRecorded{Alerts: news, Labels: in.freshLabels(news)}
	for _, a := range news {
		if a.Status == Firing {
			p.Fired++
		}
	}
	return p
}

// identity returns what tells the alert from all others of its incident.
func (a Alert) identity() string { return strconv.Quote(a.DedupKey) + a.Fingerprint }

// recorded returns the alert as it is read back once it is stored, sharing
// nothing with the one given.
func (a Alert) recorded() Alert {
	a.StartsAt, a.EndsAt = a.StartsAt.UTC(), a.EndsAt.UTC()
	a.Labels = maps.Clone(a.Labels)
	if len(a.Labels) == 0 {
		a.Labels = nil
	}
	return a
}

// Receipt says what became of alerts that share a dedup key. It is given only
// once that is durable.
type Receipt struct {
	DedupKey string
	Incident ID     // empty where Action is Ignored
	Action   Intake // what was done
	Alerts   int    // how many of the alerts given carried the key
	Recorded int    // how many of them said something new
}

// Intake is what was done with alerts.
type Intake string

// What can be done with alerts.
const (
	Opened   Intake = "opened"   // a new incident was opened for them
	Attached Intake = "attached" // they were added to the open incident with their key
	Repeated Intake = "repeated" // the open incident knew all of them already
	Ignored  Intake = "ignored"  // only resolved alerts, and no incident is open for them
)
