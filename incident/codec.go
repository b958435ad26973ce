package incident

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

var zeroTime time.Time

// Hash is a SHA-256 in lower-case hexadecimal.
type Hash string

// Genesis is what the first event of a stream points back to.
const Genesis Hash = "0000000000000000000000000000000000000000000000000000000000000000"

// Record is an event in the form it is stored in.
type Record struct {
	Version    uint64
	Type       EventType
	RecordedAt time.Time
	Data       []byte // the encoded event, which holds the hash of the one before
	Hash       Hash   // of Data
}

// envelope is the stored form of an event. A change to it, or to a payload,
// that old readers would misread needs a new version and an upcast in decode.
type envelope struct {
	Format      int             `json:"v"`
	Type        EventType       `json:"type"`
	Version     uint64          `json:"seq"`
	RecordedAt  time.Time       `json:"recorded_at"`
	HappenedAt  time.Time       `json:"happened_at,omitzero"`
	ClockBehind time.Duration   `json:"clock_behind_ns,omitempty"`
	Actor       Actor           `json:"actor"`
	Prev        Hash            `json:"prev"`
	Data        json.RawMessage `json:"data"`
}

// format is the version of the stored form that this package writes.
const format = 1

// Seal encodes events as the next ones of an incident, chains each to the one
// before by its hash, and folds them in. Events that do not follow the state, and
// a state that has no Head to chain to, are a *ChainError; an event that could
// not be read back is an error too. With an error it returns the state given.
func Seal(in Incident, events []Event) (Incident, []Record, error) {
	out := in
	if in.Version == 0 {
		out.Head = Genesis
	}
	records := make([]Record, len(events))
	for i, e := range events {
		if out.Head == "" {
			return in, nil, &ChainError{Version: e.Version, Why: "the state before it was not sealed"}
		}
		next, err := Apply(out, e)
		if err != nil {
			return in, nil, err
		}
		if records[i], err = encode(e, out.Head); err != nil {
			return in, nil, err
		}
		next.Head = records[i].Hash
		out = next
	}
	return out, records, nil
}

func encode(e Event, prev Hash) (Record, error) {
	if err := checkPayload(e.Payload); err != nil {
		return Record{}, fmt.Errorf("incident: encode %s: %w", e.Payload.Type(), err)
	}
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		return Record{}, fmt.Errorf("incident: encode %s: %w", e.Payload.Type(), err)
	}
	data, err := json.Marshal(envelope{
		Format: format, Type: e.Payload.Type(), Version: e.Version,
		RecordedAt: e.RecordedAt, HappenedAt: e.HappenedAt, ClockBehind: e.ClockBehind,
		Actor: e.Actor, Prev: prev, Data: payload,
	})
	if err != nil {
		return Record{}, fmt.Errorf("incident: encode %s: %w", e.Payload.Type(), err)
	}
	return Record{Version: e.Version, Type: e.Payload.Type(), RecordedAt: e.RecordedAt, Data: data, Hash: hashOf(data)}, nil
}

func hashOf(data []byte) Hash {
	sum := sha256.Sum256(data)
	return Hash(hex.EncodeToString(sum[:]))
}

// Decode reads a stored event, and the hash of the one before that it holds.
// What it cannot read is a *CodecError.
func Decode(data []byte) (Event, Hash, error) {
	var env envelope
	if err := strict(data, &env); err != nil {
		return Event{}, "", &CodecError{What: "event", Got: string(data), Want: "an encoded event", Err: err}
	}
	if env.Format != format {
		return Event{}, "", &CodecError{What: "event format", Got: fmt.Sprint(env.Format), Want: fmt.Sprint(format)}
	}
	read, ok := readers[env.Type]
	if !ok {
		return Event{}, "", &CodecError{What: "event type", Got: string(env.Type), Want: "a type this version knows"}
	}
	payload, err := read(env.Data)
	if err == nil {
		err = checkPayload(payload)
	}
	if err != nil {
		return Event{}, "", &CodecError{What: string(env.Type) + " event", Got: string(env.Data), Err: err}
	}
	return Event{
		Version: env.Version, RecordedAt: env.RecordedAt, HappenedAt: env.HappenedAt,
		ClockBehind: env.ClockBehind, Actor: env.Actor, Payload: payload,
	}, env.Prev, nil
}

// readers knows how to read the payload of every type of event.
var readers = map[EventType]func([]byte) (Payload, error){
	TypeOpened:              readAs[IncidentOpened],
	TypeStatusChanged:       readAs[StatusChanged],
	TypeSeverityChanged:     readAs[SeverityChanged],
	TypeRoleAssigned:        readAs[RoleAssigned],
	TypeNoteAdded:           readAs[NoteAdded],
	TypeAlertsRecorded:      readAs[AlertsRecorded],
	TypeReviewCompleted:     readAs[ReviewCompleted],
	TypeAbsorbed:            readAs[IncidentAbsorbed],
	TypeEscalationRequested: readAs[EscalationRequested],
	TypePageStalled:         readAs[PageStalled],
	TypePageHeld:            readAs[PageHeld],
	TypeEscalationStarted:   readAs[EscalationStarted],
	TypeEscalationAdvanced:  readAs[EscalationAdvanced],
	TypeAcknowledged:        readAs[EscalationAcknowledged],
	TypeEscalationEnded:     readAs[EscalationEnded],
	TypePageSkipped:         readAs[PageSkipped],
	TypePacketRecorded:      readAs[PacketRecorded],
	TypePageDeclined:        readAs[PageDeclined],
	TypeSnoozed:             readAs[EscalationSnoozed],
	TypeHandedBack:          readAs[EscalationHandedBack],
	TypeReassigned:          readAs[EscalationReassigned],
	TypeRepaged:             readAs[EscalationRepaged],
	TypeNextStepRequested:   readAs[NextStepRequested],
	TypeResumed:             readAs[EscalationResumed],
	TypeHeld:                readAs[EscalationHeld],
	TypeRepeated:            readAs[EscalationRepeated],
	TypeTierReached:         readAs[TierReached],
	TypeOverdue:             readAs[EscalationOverdue],
	TypePageRequested:       readAs[PageRequested],
	TypePageAttempted:       readAs[PageAttempted],
	TypePageDelivered:       readAs[PageDelivered],
	TypePageFailed:          readAs[PageFailed],
	TypePageWithdrawn:       readAs[PageWithdrawn],
	TypePageUndeliverable:   readAs[PageUndeliverable],
}

// checkPayload refuses what no version of this package would have written.
func checkPayload(p Payload) error {
	switch p := p.(type) {
	case IncidentOpened:
		return cmp.Or(known("status", p.Status, Triage, Active), p.Kind.check())
	case StatusChanged:
		if p.From == None || p.To == None {
			return &CodecError{What: "status", Want: "that of an incident that has been opened"}
		}
		return cmp.Or(p.From.check(), p.To.check())
	case AlertsRecorded:
		for _, a := range p.Alerts {
			if err := a.Status.check(); err != nil {
				return err
			}
		}
	case EscalationEnded:
		return known("run state", p.State, Exhausted, Stopped)
	}
	return nil
}

// known refuses a value that is not one of those that can stand there.
func known[T ~string](what string, got T, can ...T) error {
	if slices.Contains(can, got) {
		return nil
	}
	return &CodecError{What: what, Got: string(got), Want: "one that this version knows: " + join(can)}
}

func (k Kind) check() error { return known("kind", k, Standard, Drill, Retrospective) }

func (s AlertStatus) check() error { return known("alert status", s, Firing, AlertResolved) }

func readAs[P Payload](data []byte) (Payload, error) {
	var p P
	if err := strict(data, &p); err != nil {
		return nil, err
	}
	return p, nil
}

// strict refuses fields it does not know: an event of a newer version must not
// lose a part of its meaning unnoticed.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// Replay folds a whole stream from its stored form, and verifies on the way that
// each event holds the hash of the one before. An event that was altered,
// removed, added or moved is a *ChainError, one that cannot be read a
// *CodecError; the state and the events before it come with the error. What the
// chain by itself cannot show is what was done to its end, where no hash follows:
// a last event altered, events cut off or added. Compare the Head of the result
// with that of the snapshot, or one kept elsewhere.
func Replay(data [][]byte) (Incident, []Event, error) {
	var in Incident
	events := make([]Event, 0, len(data))
	prev := Genesis
	for i, d := range data {
		e, points, err := Decode(d)
		if err != nil {
			return in, events, err
		}
		if points != prev {
			return in, events, &ChainError{Version: uint64(i) + 1, Why: "it does not hold the hash of the event before"}
		}
		next, err := Apply(in, e)
		if err != nil {
			return in, events, err
		}
		prev = hashOf(d)
		next.Head = prev
		in, events = next, append(events, e)
	}
	return in, events, nil
}

// EncodeSnapshot encodes the state, to be stored as a cache of the fold.
func EncodeSnapshot(in Incident) ([]byte, error) { return json.Marshal(in) }

// DecodeSnapshot reads an encoded state. What it cannot read is a *CodecError: a
// field, status or kind it does not know included, for a newer version has
// written it, and would miss what this one dropped.
func DecodeSnapshot(data []byte) (Incident, error) {
	var in Incident
	if err := strict(data, &in); err != nil {
		return Incident{}, &CodecError{What: "snapshot", Got: string(data), Want: "an encoded incident", Err: err}
	}
	if in.Version == 0 || in.Status == None {
		return Incident{}, &CodecError{What: "snapshot", Got: string(data), Want: "an incident that has been opened"}
	}
	if err := in.checkStates(); err != nil {
		return Incident{}, err
	}
	return in, nil
}

// checkStates refuses whatever decisions depend on and this version does not
// know.
func (in Incident) checkStates() error {
	if err := cmp.Or(in.Status.check(), in.Kind.check()); err != nil {
		return err
	}
	for _, a := range in.Alerts {
		if err := a.Status.check(); err != nil {
			return err
		}
	}
	for _, r := range in.Runs {
		if err := known("run state", r.State, Running, Acknowledged, Snoozed, Exhausted, Stopped); err != nil {
			return err
		}
	}
	for _, p := range in.Pages {
		if err := known("page state", p.State, Pending, Delivered, Withdrawn, Undeliverable); err != nil {
			return err
		}
	}
	return nil
}
