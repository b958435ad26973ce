package storagetest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var readChecks = []check{
	{name: "events-query", run: eventsQuery,
		doc: "Events reads what comes after a version, in order, up to a limit."},
	{name: "now-advances", run: nowAdvances, needs: manualClock,
		doc: "Load, List and Claim report the store's clock."},
}

func eventsQuery(e *env) {
	e.commit(change(alpha, 0, 7))
	for _, c := range []struct {
		q    storage.EventsQuery
		want string
	}{
		{storage.EventsQuery{}, "1 2 3 4 5 6 7"},
		{storage.EventsQuery{After: 5}, "6 7"},
		{storage.EventsQuery{Limit: 2}, "1 2"},
		{storage.EventsQuery{After: 2, Limit: 3}, "3 4 5"},
		{storage.EventsQuery{After: 5, Limit: 9}, "6 7"},
		{storage.EventsQuery{After: 7}, ""},
		{storage.EventsQuery{After: 1<<64 - 1, Limit: 1}, ""},
	} {
		var got []string
		for _, ev := range e.events(alpha, c.q) {
			got = append(got, fmt.Sprint(ev.Version))
		}
		e.equal(strings.Join(got, " "), c.want, fmt.Sprintf("the versions of Events %+v", c.q))
	}
}

func nowAdvances(e *env) {
	e.commit(change(alpha, 0, 1))
	for range 2 {
		before := e.now()
		e.h.Advance(e.unit)
		want := before.Add(e.unit)
		for what, now := range map[string]time.Time{
			"Load":  e.load(alpha).Now,
			"List":  e.onlyHead().Now,
			"Claim": e.claimNone("of nothing").Now,
		} {
			if wrong := wrongInstant(now, want); wrong != "" {
				e.Errorf("Now of %s, %s later: %s", what, e.unit, wrong)
			}
		}
	}
}

var dataChecks = []check{
	{name: "data-bytes", run: dataBytes,
		doc: "Data is opaque: every byte comes back."},
	{name: "data-names", run: dataNames,
		doc: "Tenants, ids, keys and kinds come back byte for byte, up to MaxNameLen bytes, and are compared so."},
	{name: "data-large", run: dataLarge,
		doc: "A megabyte of data comes back."},
	{name: "data-instants", run: dataInstants,
		doc: "Instants are kept in UTC, to the microsecond, from year 1 to year 9999."},
	{name: "data-copied-in", run: dataCopiedIn,
		doc: "A store copies what it is given: later writes to a slice change nothing."},
	{name: "data-copied-out", run: dataCopiedOut,
		doc: "A store hands out copies: writes to them change nothing."},
}

func dataBytes(e *env) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	c := change(alpha, 0, 3)
	c.Events[0].Data = every
	c.Events[1].Data = []byte{0}
	c.Events[2].Data = []byte("\xff\xfe' \"--\n")
	c.Snapshot.Data = every
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: e.now(), Payload: every}}
	e.commit(c)
	e.holds(alpha, c.Snapshot, c.Events)
	if t := e.claimOne("wake", long); !bytes.Equal(t.Payload, every) {
		e.Errorf("the payload of 256 different bytes came back as %d, changed", len(t.Payload))
	}

	empty := change(alpha, 3, 1)
	empty.Snapshot.Data = []byte{}
	e.commit(empty)
	if data := e.load(alpha).Snapshot.Data; len(data) != 0 {
		e.Errorf("an empty snapshot came back as %q", data)
	}
}

func dataNames(e *env) {
	names := []string{
		"ö", "o\u0308", "Ö", " ", "a ", " a", "a\nb", "'; --", "\"", "%", "_", "\\", "日本", "🚒", "a/b", "a", "A",
		strings.Repeat("n", storage.MaxNameLen), strings.Repeat("ü", storage.MaxNameLen/2),
	}
	for i, name := range names {
		c := change(storage.Stream{Tenant: name, ID: name}, 0, 1)
		c.Operation = name
		c.Events[0].Type = name
		c.Snapshot = storage.Snapshot{Kind: name, Status: name, Data: []byte{byte(i)}}
		c.Take = []string{name}
		c.Schedule = []storage.TaskSpec{{ID: name, Kind: name, Due: e.now()}}
		e.commit(c)
	}
	for i, name := range names {
		st := storage.Stream{Tenant: name, ID: name}
		want := storage.Snapshot{Kind: name, Status: name, Data: []byte{byte(i)}}
		head := e.find(storage.Ref{Tenant: name, Key: name})
		if head.Stream != st || !bytes.Equal(head.Snapshot.Data, want.Data) {
			e.Errorf("the stream named %.20q is found by its key as %.20q with %v", name, head.Stream, head.Snapshot.Data)
		}
		e.holds(st, want, []storage.Event{{
			Version: 1, Type: name, RecordedAt: change(st, 0, 1).Events[0].RecordedAt, Data: change(st, 0, 1).Events[0].Data,
		}})
		page := e.list(storage.ListQuery{Tenant: name, Kind: name, Statuses: []string{name}})
		if len(page.Heads) != 1 || page.Heads[0].Stream != st {
			e.Errorf("the list of the tenant %.20q has %d heads, want its one stream", name, len(page.Heads))
		}
	}
	claimed := map[string]bool{}
	for _, t := range e.claim(storage.MaxClaim, long).Tasks {
		if t.Stream.Tenant != t.ID || t.Stream.ID != t.ID || t.Kind != t.ID {
			e.Errorf("claimed the task %.20q of kind %.20q of %.20q, want one name throughout", t.ID, t.Kind, t.Stream)
		}
		claimed[t.ID] = true
		e.settle(t, storage.Done, 0)
	}
	if len(claimed) != len(names) {
		e.Errorf("claimed %d different task ids, want %d", len(claimed), len(names))
	}
}

func dataLarge(e *env) {
	const size = 1 << 20
	random := rand.NewChaCha8([32]byte{})
	blob := func() []byte {
		b := make([]byte, size)
		_, _ = random.Read(b) // never fails
		return b
	}
	c := change(alpha, 0, 2)
	c.Events[0].Data, c.Events[1].Data, c.Snapshot.Data = blob(), blob(), blob()
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: e.now(), Payload: blob()}}
	e.commit(c)
	e.holds(alpha, c.Snapshot, c.Events)
	if t := e.claimOne("wake", long); !bytes.Equal(t.Payload, c.Schedule[0].Payload) {
		e.Errorf("a payload of %d bytes came back as %d, changed", size, len(t.Payload))
	}
}

func dataInstants(e *env) {
	instants := []time.Time{
		time.Date(2026, 3, 29, 2, 30, 0, 123_456_000, time.FixedZone("CEST", 2*60*60)),
		time.Date(2026, 3, 1, 0, 0, 0, 999_999_999, time.UTC),
		time.Date(2026, 3, 1, 0, 0, 0, 1_000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1, 1, 1, 0, 0, 0, 1_000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
	c := change(alpha, 0, len(instants))
	for i, at := range instants {
		c.Events[i].RecordedAt = at
		if i < len(instants)-1 {
			c.Schedule = append(c.Schedule, task(fmt.Sprint(i), at))
		}
	}
	last := instants[len(instants)-1]
	c.Schedule = append(c.Schedule, task("last", last))
	e.commit(c)
	e.holds(alpha, c.Snapshot, c.Events)

	// Whatever the clock says, the first years are over and the last are not.
	claims := e.claim(storage.MaxClaim, long)
	for _, t := range claims.Tasks {
		for _, spec := range c.Schedule {
			if spec.ID == t.ID && wrongInstant(t.Due, spec.Due) != "" {
				e.Errorf("Due: %s", wrongInstant(t.Due, spec.Due))
			}
		}
	}
	if got := taskIDs(claims.Tasks); !strings.HasPrefix(got, "4 3") || strings.Contains(got, "last") {
		e.Errorf("Claim handed out %q, want the years 1 and 1969 first, and not 9999", got)
	}
}

func dataCopiedIn(e *env) {
	c := change(alpha, 0, 1)
	c.Schedule = []storage.TaskSpec{task("wake", e.now())}
	c.Take = []string{"key"}
	want := change(alpha, 0, 1)
	e.commit(c)

	scribble(c.Snapshot.Data)
	scribble(c.Events[0].Data)
	c.Events[0].Type = "scribbled"
	scribble(c.Schedule[0].Payload)
	c.Schedule[0].ID = "scribbled"
	c.Take[0] = "scribbled"

	e.holds(alpha, want.Snapshot, want.Events)
	e.held("key", "alpha", "after a write to the slice of keys,")
	if t := e.claimOne("wake", long); string(t.Payload) != "payload of wake" {
		e.Errorf("after a write to the slice of tasks the payload is %q", t.Payload)
	}
}

func dataCopiedOut(e *env) {
	c := change(alpha, 0, 1)
	c.Schedule = []storage.TaskSpec{task("wake", e.now())}
	want := change(alpha, 0, 1)
	e.commit(c)

	for range 2 {
		events := e.events(alpha, storage.EventsQuery{})
		for i := range events {
			scribble(events[i].Data)
			events[i].Type = "scribbled"
		}
		scribble(e.load(alpha).Snapshot.Data)
		scribble(e.onlyHead().Snapshot.Data)
		t := e.claimOne("wake", long)
		if string(t.Payload) != "payload of wake" {
			e.Errorf("after a write to a claimed task the payload is %q", t.Payload)
		}
		scribble(t.Payload)
		e.settle(t, storage.Retry, 0)
	}
	e.holds(alpha, want.Snapshot, want.Events)
}

func scribble(b []byte) {
	for i := range b {
		b[i] = '#'
	}
}

// onlyHead lists the things of acme, and wants one.
func (e *env) onlyHead() storage.Head {
	e.Helper()
	page := e.list(things())
	if len(page.Heads) != 1 {
		e.Fatalf("List returned %d heads, want 1", len(page.Heads))
	}
	return page.Heads[0]
}
