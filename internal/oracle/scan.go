package oracle

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/incident"
)

// decode reads a stored event, and the hash that it holds. The kinds of which there
// are most are read by the few lines below, for a trial has thousands of them and
// there are thousands of trials; all others, and whatever looks in any way unusual,
// by package incident.
func decode(data []byte) (incident.Event, string, error) {
	if e, prev, ok := scanEvent(data); ok {
		return e, prev, nil
	}
	e, prev, err := incident.Decode(data)
	return e, string(prev), err
}

// scanEvent reads an event of one of the frequent kinds; false: it is none.
func scanEvent(data []byte) (incident.Event, string, bool) {
	var (
		e       incident.Event
		payload []byte
		kind    incident.EventType
		prev    string
		known   bool // its format is
	)
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "v":
			known = string(value) == "1"
			ok = known
		case "type":
			kind = incident.EventType(text(value, &ok))
		case "seq":
			e.Version = uint64(max(number(value, &ok), 0))
		case "recorded_at":
			e.RecordedAt = instant(value, &ok)
		case "clock_behind_ns":
			e.ClockBehind = time.Duration(number(value, &ok))
		case "actor":
			e.Actor, ok = scanActor(value)
		case "prev":
			prev = text(value, &ok)
		case "data":
			payload, ok = value, true
		}
		return ok
	})
	if ok = ok && known; ok {
		e.Payload, ok = scanPayload(kind, payload)
	}
	return e, prev, ok
}

func scanActor(data []byte) (incident.Actor, bool) {
	var a incident.Actor
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "kind":
			a.Kind = incident.ActorKind(text(value, &ok))
		case "id":
			a.ID = text(value, &ok)
		}
		return ok
	})
	return a, ok
}

func scanPayload(kind incident.EventType, data []byte) (incident.Payload, bool) {
	switch kind {
	case incident.TypePageRequested:
		return scanRequested(data)
	case incident.TypePageAttempted:
		return scanAttempted(data)
	case incident.TypePageDelivered:
		return scanDelivered(data)
	case incident.TypePageFailed:
		return scanFailed(data)
	case incident.TypeEscalationAdvanced:
		return scanAdvanced(data)
	case incident.TypePageSkipped:
		return scanSkipped(data)
	default:
		return nil, false
	}
}

func scanRequested(data []byte) (incident.Payload, bool) {
	var p incident.PageRequested
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "page":
			p.Page = text(value, &ok)
		case "run":
			p.Run = text(value, &ok)
		case "round":
			p.Round = int(number(value, &ok))
		case "step":
			p.Step = int(number(value, &ok))
		case "target":
			p.Target = text(value, &ok)
		case "person":
			p.Person = text(value, &ok)
		case "rule":
			p.Rule = text(value, &ok)
		case "schedule_version":
			p.ScheduleVersion = uint64(max(number(value, &ok), 0))
		case "due":
			p.Due = instant(value, &ok)
		case "why":
			p.Why = text(value, &ok)
		case "send":
			p.Send = instant(value, &ok)
		case "urgency":
			p.Urgency = text(value, &ok)
		case "take":
			p.Take = int(number(value, &ok))
		}
		return ok
	})
	return p, ok
}

func scanAttempted(data []byte) (incident.Payload, bool) {
	var p incident.PageAttempted
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "page":
			p.Page = text(value, &ok)
		case "contact":
			p.Contact = text(value, &ok)
		case "channel":
			p.Channel = text(value, &ok)
		case "attempt":
			p.Attempt = int(number(value, &ok))
		case "possible_duplicate":
			p.PossibleDuplicate = truth(value, &ok)
		case "key":
			p.Key = text(value, &ok)
		}
		return ok
	})
	return p, ok
}

func scanDelivered(data []byte) (incident.Payload, bool) {
	var p incident.PageDelivered
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "page":
			p.Page = text(value, &ok)
		case "contact":
			p.Contact = text(value, &ok)
		case "channel":
			p.Channel = text(value, &ok)
		case "attempt":
			p.Attempt = int(number(value, &ok))
		case "receipt":
			p.Receipt = text(value, &ok)
		}
		return ok
	})
	return p, ok
}

func scanFailed(data []byte) (incident.Payload, bool) {
	var p incident.PageFailed
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "page":
			p.Page = text(value, &ok)
		case "contact":
			p.Contact = text(value, &ok)
		case "channel":
			p.Channel = text(value, &ok)
		case "attempt":
			p.Attempt = int(number(value, &ok))
		case "unknown":
			p.Unknown = truth(value, &ok)
		case "error":
			p.Error = text(value, &ok)
		case "spent":
			p.Spent = truth(value, &ok)
		case "rest":
			p.Rest = truth(value, &ok)
		case "retry_in":
			p.Retry = text(value, &ok)
		}
		return ok
	})
	return p, ok
}

func scanAdvanced(data []byte) (incident.Payload, bool) {
	var p incident.EscalationAdvanced
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "run":
			p.Run = text(value, &ok)
		case "progress":
			p.Progress, ok = bytes.Clone(value), true
		case "wake":
			p.Wake = instant(value, &ok)
		}
		return ok
	})
	return p, ok
}

func scanSkipped(data []byte) (incident.Payload, bool) {
	var p incident.PageSkipped
	ok := members(data, func(name string, value []byte) bool {
		var ok bool
		switch name {
		case "run":
			p.Run = text(value, &ok)
		case "round":
			p.Round = int(number(value, &ok))
		case "step":
			p.Step = int(number(value, &ok))
		case "target":
			p.Target = text(value, &ok)
		case "person":
			p.Person = text(value, &ok)
		case "code":
			p.Code = text(value, &ok)
		case "why":
			p.Why = text(value, &ok)
		}
		return ok
	})
	return p, ok
}

// text reads a JSON string without escapes.
func text(value []byte, ok *bool) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return ""
	}
	inner := value[1 : len(value)-1]
	if *ok = bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner); !*ok {
		return ""
	}
	return string(inner)
}

func number(value []byte, ok *bool) int64 {
	n, err := strconv.ParseInt(string(value), 10, 64)
	*ok = err == nil
	return n
}

func truth(value []byte, ok *bool) bool {
	*ok = string(value) == "true" || string(value) == "false"
	return string(value) == "true"
}

func instant(value []byte, ok *bool) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text(value, ok))
	*ok = *ok && err == nil
	return at
}

// members hands out the members of an object as it is written without white space.
// It is false where the data is anything else, or something comes twice: that is
// left to others.
func members(data []byte, member func(name string, value []byte) bool) bool {
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
		return false
	}
	rest := data[1 : len(data)-1]
	for seen := 0; len(rest) > 0; seen++ {
		end := extent(rest)
		if end < 2 || end+1 >= len(rest) || rest[0] != '"' || rest[end] != ':' || seen > maxMembers {
			return false
		}
		name := string(rest[1 : end-1])
		rest = rest[end+1:]
		if end = extent(rest); end == 0 || !member(name, rest[:end]) {
			return false
		}
		switch rest = rest[end:]; {
		case len(rest) == 0:
			return true
		case rest[0] != ',' || len(rest) == 1:
			return false
		}
		rest = rest[1:]
	}
	return true
}

// maxMembers is more than any object has that is read here.
const maxMembers = 20

// extent returns how long the value at the beginning of the data is: to the comma,
// colon or end after it. 0: there is none.
func extent(data []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted:
			if b == '\\' {
				i++
			}
			quoted = b != '"'
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			depth++
		case b == '}' || b == ']':
			depth--
		case depth == 0 && (b == ',' || b == ':'):
			return i
		}
		if depth < 0 {
			return 0
		}
	}
	if quoted || depth != 0 {
		return 0
	}
	return len(data)
}
