package oracle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// read decodes a stream and sees whether it is what was written: versions without
// holes, a chain of hashes, times that do not run back, and a snapshot that is the
// fold of the events (I9, I14). It is false where there is
// no whole story to be judged further.
func (c *court) read(s *story) bool {
	s.events, s.anew = make([]event, 0, len(s.stream.Records)), map[uint64]bool{}
	prev := string(incident.Genesis)
	var last time.Time
	for i := range s.stream.Records {
		r := &s.stream.Records[i]
		e, points, err := decode(r.Data)
		if err != nil {
			c.blame("I9", s, r.RecordedAt, "event %d cannot be read: %v", i+1, err)
			return false
		}
		switch {
		case e.Version != uint64(i)+1 || r.Version != e.Version:
			c.blame("I9", s, r.RecordedAt, "event %d is stored as version %d and says %d", i+1, r.Version, e.Version)
			return false
		case points != prev:
			c.blame("I9", s, r.RecordedAt, "event %d does not hold the hash of the one before", e.Version)
			return false
		case e.RecordedAt.Before(last):
			c.blame("I9", s, r.RecordedAt, "event %d is recorded at %s, before the one before it at %s", e.Version, clock(e.RecordedAt), clock(last))
			return false
		case string(e.Payload.Type()) != r.Type || !e.RecordedAt.Equal(r.RecordedAt):
			c.blame("I9", s, r.RecordedAt, "event %d is stored as %s of %s and says %s of %s", e.Version, r.Type, clock(r.RecordedAt), e.Payload.Type(), clock(e.RecordedAt))
			return false
		}
		if !c.fold(s, e) {
			return false
		}
		last, prev = e.RecordedAt, hash(r.Data)
		s.events = append(s.events, event{Event: e, record: r})
	}
	return c.compareSnapshot(s, prev)
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// fold applies an event, after it has seen that it says something new: one event
// for each transition.
func (c *court) fold(s *story, e incident.Event) bool {
	if why := twice(s.in, e.Payload); why != "" {
		c.blame("I9", s, e.RecordedAt, "event %d, %s: %s", e.Version, e.Payload.Type(), why)
	}
	if p, ok := e.Payload.(incident.AlertsRecorded); ok && firesAnew(s.in, p) {
		s.anew[e.Version] = true
	}
	next, err := incident.Apply(s.in, e)
	if err != nil {
		c.blame("I9", s, e.RecordedAt, "event %d does not follow: %v", e.Version, err)
		return false
	}
	s.in = next
	return true
}

// twice returns why an event cannot follow on a state, or "".
func twice(in incident.Incident, p incident.Payload) string {
	switch p := p.(type) {
	case incident.StatusChanged:
		if p.From != in.Status || p.To == p.From {
			return "the status goes from " + string(p.From) + " to " + string(p.To) + ", and it was " + string(in.Status)
		}
	case incident.SeverityChanged:
		if p.From != in.Severity || p.To == p.From {
			return "the severity goes from " + p.From + " to " + p.To + ", and it was " + in.Severity
		}
	case incident.EscalationStarted:
		if _, ok := in.Run(p.Run); ok {
			return "run " + p.Run + " begins a second time"
		}
	case incident.EscalationEnded:
		if r, ok := in.Run(p.Run); !ok || r.State == p.State {
			return "run " + p.Run + " was " + string(p.State) + " already, or never began"
		}
	case incident.PageRequested:
		if _, ok := in.Page(p.Page); ok {
			return "page " + p.Page + " is asked for a second time"
		}
	case incident.PageDelivered:
		return outcomeTwice(in, p.Page, p.Contact, p.Attempt)
	case incident.PageFailed:
		return outcomeTwice(in, p.Page, p.Contact, p.Attempt)
	case incident.PageWithdrawn:
		return overTwice(in, p.Page)
	case incident.PageUndeliverable:
		return overTwice(in, p.Page)
	}
	return ""
}

func outcomeTwice(in incident.Incident, key, contact string, attempt int) string {
	p, ok := in.Page(key)
	if !ok || p.InFlight != contact || p.Try(contact).Attempts != attempt {
		return "it is the outcome of an attempt at " + contact + " about page " + key + " that is not under way"
	}
	return ""
}

func overTwice(in incident.Incident, key string) string {
	if p, ok := in.Page(key); !ok || p.State != incident.Pending {
		return "page " + key + " was over already, or was never asked for"
	}
	return ""
}

// compareSnapshot sees whether the stored state is the fold.
func (c *court) compareSnapshot(s *story, head string) bool {
	if len(s.events) == 0 {
		c.blame("I9", s, c.h.Ended.At, "the stream has no events")
		return false
	}
	if s.stream.Version != uint64(len(s.events)) {
		c.blame("I9", s, s.in.RecordedAt, "the stream is stored as version %d and has %d events", s.stream.Version, len(s.events))
		return false
	}
	want := s.in
	want.Head = incident.Hash(head)
	text, err := incident.EncodeSnapshot(want)
	if err == nil && bytes.Equal(text, s.stream.Snapshot) {
		return true
	}
	got, err := incident.DecodeSnapshot(s.stream.Snapshot)
	if err != nil {
		c.blame("I14", s, s.in.RecordedAt, "the snapshot cannot be read: %v", err)
		return true
	}
	if again, err := incident.DecodeSnapshot(text); err != nil || !reflect.DeepEqual(got, again) {
		c.blame("I14", s, s.in.RecordedAt, "the snapshot of version %d is not the fold of the events: %s", got.Version, differ(again, got))
	}
	return true
}

// differ names the fields in which two states differ.
func differ(want, got incident.Incident) string {
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	var names []string
	for i := range w.NumField() {
		if !reflect.DeepEqual(w.Field(i).Interface(), g.Field(i).Interface()) {
			names = append(names, w.Type().Field(i).Name)
		}
	}
	return "they differ in " + strings.Join(names, ", ")
}
