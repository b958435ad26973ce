package storage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

var (
	atNoon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	longest = strings.Repeat("n", storage.MaxNameLen)
	tooLong = longest + "n"
)

// validChange uses every field of a Change.
func validChange() storage.Change {
	return storage.Change{
		Stream:    storage.Stream{Tenant: "acme", ID: "inc-1"},
		Operation: "ack-1",
		Expect:    1,
		Events: []storage.Event{
			{Version: 2, Type: "acknowledged", RecordedAt: atNoon, Data: []byte("{}")},
			{Version: 3, Type: "mitigated", RecordedAt: atNoon, Data: []byte("{}")},
		},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "mitigated", Data: []byte("{}")},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: atNoon}, {ID: "page", Kind: "deliver", Due: atNoon}},
		Cancel:   []string{"remind"},
		Release:  []string{"dedup:db"},
		Take:     []string{"dedup:web"},
		Fence:    &storage.Fence{Task: "wake", Epoch: 1},
	}
}

func TestChangeValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field string // of the error; empty: none
		edit  func(c *storage.Change)
	}{
		{"", func(*storage.Change) {}},
		{"", func(c *storage.Change) { c.Operation, c.Fence = "", nil }},
		{"", func(c *storage.Change) { c.Events, c.Snapshot = nil, storage.Snapshot{} }},
		{"", func(c *storage.Change) { c.Events, c.Snapshot.Data = nil, nil }},
		{"", func(c *storage.Change) { c.Snapshot.Data = nil }},
		{"", func(c *storage.Change) { c.Stream = storage.Stream{Tenant: longest, ID: longest} }},
		{"", func(c *storage.Change) { c.Schedule[0].Due = time.Unix(0, 0) }},
		{"", func(c *storage.Change) { c.Take = []string{"a", "a"}; c.Release = c.Take; c.Cancel = c.Take }},

		{"Change.Stream.Tenant", func(c *storage.Change) { c.Stream.Tenant = "" }},
		{"Change.Stream.Tenant", func(c *storage.Change) { c.Stream.Tenant = tooLong }},
		{"Change.Stream.ID", func(c *storage.Change) { c.Stream.ID = "" }},
		{"Change.Stream.ID", func(c *storage.Change) { c.Stream.ID = "a\x00b" }},
		{"Change.Operation", func(c *storage.Change) { c.Operation = tooLong }},
		{"Change.Operation", func(c *storage.Change) { c.Operation = "\xff" }},
		{"Change.Events", func(c *storage.Change) { c.Expect, c.Events = 0, nil }},
		{"Change.Events[0].Version", func(c *storage.Change) { c.Expect = 0 }},
		{"Change.Events[0].Version", func(c *storage.Change) { c.Expect = 2 }},
		{"Change.Events[1].Version", func(c *storage.Change) { c.Events[1].Version = 4 }},
		{"Change.Events[1].Version", func(c *storage.Change) { c.Events[1].Version = 2 }},
		{"Change.Events[1].Type", func(c *storage.Change) { c.Events[1].Type = "" }},
		{"Change.Events[0].RecordedAt", func(c *storage.Change) { c.Events[0].RecordedAt = time.Time{} }},
		{"Change.Events[0].RecordedAt", func(c *storage.Change) { c.Events[0].RecordedAt = time.Unix(1<<55, 0) }},
		{"Change.Events[0].Data", func(c *storage.Change) { c.Events[0].Data = []byte{} }},
		{"Change.Snapshot.Kind", func(c *storage.Change) { c.Snapshot = storage.Snapshot{} }},
		{"Change.Snapshot.Kind", func(c *storage.Change) { c.Events, c.Snapshot.Kind = nil, "" }},
		{"Change.Snapshot.Status", func(c *storage.Change) { c.Snapshot.Status = "" }},
		{"Change.Schedule[0].ID", func(c *storage.Change) { c.Schedule[0].ID = "" }},
		{"Change.Schedule[1].ID", func(c *storage.Change) { c.Schedule[1].ID = "wake" }},
		{"Change.Schedule[1].Kind", func(c *storage.Change) { c.Schedule[1].Kind = tooLong }},
		{"Change.Schedule[0].Due", func(c *storage.Change) { c.Schedule[0].Due = time.Time{} }},
		{"Change.Schedule[0].Due", func(c *storage.Change) { c.Schedule[0].Due = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"Change.Schedule[0].Due", func(c *storage.Change) { c.Schedule[0].Due = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"Change.Cancel[0]", func(c *storage.Change) { c.Cancel[0] = "" }},
		{"Change.Release[0]", func(c *storage.Change) { c.Release[0] = tooLong }},
		{"Change.Take[1]", func(c *storage.Change) { c.Take = append(c.Take, "") }},
		{"Change.Fence.Task", func(c *storage.Change) { c.Fence.Task = "" }},
	} {
		change := validChange()
		c.edit(&change)
		invalid(t, c.field, change.Validate())
	}
}

// invalid wants the error to be an *InvalidError for a field, or none for none.
func invalid(t *testing.T, field string, err error) {
	t.Helper()
	if field == "" {
		assert.NoError(t, err)
		return
	}
	var got *storage.InvalidError
	if assert.ErrorAs(t, err, &got, field) {
		assert.Equal(t, field, got.Field)
		assert.ErrorIs(t, err, storage.ErrInvalid)
		assert.Contains(t, err.Error(), field+": want "+got.Want)
	}
}

func TestValidateSaysWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	c := validChange()
	c.Events[1].Version = 7
	assert.EqualError(t, c.Validate(), "storage: Change.Events[1].Version: want 3, one more than the event before, not 7")
}

func TestCallsValidate(t *testing.T) {
	t.Parallel()
	type call interface{ Validate() error }
	claim := func(limit int, lease time.Duration) storage.ClaimQuery {
		return storage.ClaimQuery{Worker: "w", Limit: limit, Lease: lease}
	}
	except := func(tenants ...string) storage.ClaimQuery {
		return storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour, Except: tenants}
	}
	settle := func(o storage.Outcome, delay time.Duration) storage.Settlement {
		return storage.Settlement{
			Stream: storage.Stream{Tenant: "acme", ID: "inc-1"}, Fence: storage.Fence{Task: "wake", Epoch: 1}, Outcome: o, Delay: delay,
		}
	}
	list := func(edit func(q *storage.ListQuery)) storage.ListQuery {
		q := storage.ListQuery{Tenant: "acme", Kind: "incident"}
		edit(&q)
		return q
	}
	for _, c := range []struct {
		field string
		call  call
	}{
		{"", storage.Ref{Tenant: "acme", ID: "inc-1"}},
		{"", storage.Ref{Tenant: "acme", Key: "dedup:web"}},
		{"Ref.Tenant", storage.Ref{ID: "inc-1"}},
		{"Ref.ID", storage.Ref{Tenant: "acme"}},
		{"Ref.Key", storage.Ref{Tenant: "acme", Key: tooLong}},
		{"Ref", storage.Ref{Tenant: "acme", ID: "inc-1", Key: "dedup:web"}},

		{"", claim(1, storage.MinLease)},
		{"", claim(storage.MaxClaim, time.Hour)},
		{"ClaimQuery.Worker", storage.ClaimQuery{Limit: 1, Lease: time.Hour}},
		{"ClaimQuery.Limit", claim(0, time.Hour)},
		{"ClaimQuery.Limit", claim(storage.MaxClaim+1, time.Hour)},
		{"ClaimQuery.Lease", claim(1, storage.MinLease-1)},

		{"", except("acme", "acme", longest)},
		{"", except(slices.Repeat([]string{"acme"}, storage.MaxExcept)...)},
		{"ClaimQuery.Except", except(slices.Repeat([]string{"acme"}, storage.MaxExcept+1)...)},
		{"ClaimQuery.Except[1]", except("acme", "")},
		{"ClaimQuery.Except[0]", except(tooLong)},

		{"", settle(storage.Done, 0)},
		{"", settle(storage.Retry, 0)},
		{"", settle(storage.Extend, storage.MinLease)},
		{"Settlement.Outcome", settle(0, 0)},
		{"Settlement.Outcome", settle(storage.Extend+1, time.Hour)},
		{"Settlement.Delay", settle(storage.Retry, -1)},
		{"Settlement.Delay", settle(storage.Extend, 0)},
		{"Settlement.Stream.ID", storage.Settlement{Stream: storage.Stream{Tenant: "acme"}}},
		{"Settlement.Fence.Task", storage.Settlement{Stream: storage.Stream{Tenant: "acme", ID: "inc-1"}, Outcome: storage.Done}},

		{"", storage.EventsQuery{After: 7, Limit: 1}},
		{"EventsQuery.Limit", storage.EventsQuery{Limit: -1}},

		{"", list(func(*storage.ListQuery) {})},
		{"", list(func(q *storage.ListQuery) { q.Limit, q.Statuses = storage.MaxPage, make([]string, 0) })},
		{"ListQuery.Tenant", list(func(q *storage.ListQuery) { q.Tenant = "" })},
		{"ListQuery.Kind", list(func(q *storage.ListQuery) { q.Kind = "" })},
		{"ListQuery.Limit", list(func(q *storage.ListQuery) { q.Limit = -1 })},
		{"ListQuery.Limit", list(func(q *storage.ListQuery) { q.Limit = storage.MaxPage + 1 })},
		{"ListQuery.Statuses[1]", list(func(q *storage.ListQuery) { q.Statuses = []string{"active", ""} })},
		{"ListQuery.Statuses", list(func(q *storage.ListQuery) { q.Statuses = make([]string, storage.MaxStatuses+1) })},
		{"ListQuery.Cursor", list(func(q *storage.ListQuery) { q.Cursor = "not a cursor" })},
	} {
		invalid(t, c.field, c.call.Validate())
	}
}

func TestValidateTenants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, after string
		limit        int
	}{
		{"", "", 1},
		{"", longest, storage.MaxPage},
		{"after", tooLong, 1},
		{"after", "a\x00b", 1},
		{"limit", "", 0},
		{"limit", "", -1},
		{"limit", "acme", storage.MaxPage + 1},
	} {
		invalid(t, c.field, storage.ValidateTenants(c.after, c.limit))
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	for _, reverse := range []bool{false, true} {
		q := storage.ListQuery{Tenant: "acme", Kind: "incident", Reverse: reverse}
		after, err := q.After()
		require.NoError(t, err)
		assert.Empty(t, after, "of the first page")
		for _, id := range []string{"a", "inc-1", "ü", ">", "<", longest} {
			q.Cursor = q.CursorAfter(id)
			require.NoError(t, q.Validate())
			after, err := q.After()
			require.NoError(t, err)
			assert.Equal(t, id, after)

			other := q
			other.Reverse = !reverse
			invalid(t, "ListQuery.Cursor", other.Validate())
		}
	}
	assert.Equal(t, storage.PageSize, storage.ListQuery{}.PageLimit())
	assert.Equal(t, 7, storage.ListQuery{Limit: 7}.PageLimit())
}

// FuzzCursor: whatever comes in from a URL, a cursor is an id or an error.
func FuzzCursor(f *testing.F) {
	f.Add("", false)
	f.Add("not a cursor", true)
	f.Add(storage.ListQuery{}.CursorAfter("inc-1"), false)
	f.Fuzz(func(t *testing.T, cursor string, reverse bool) {
		q := storage.ListQuery{Tenant: "acme", Kind: "incident", Cursor: cursor, Reverse: reverse}
		id, err := q.After()
		if err != nil {
			invalid(t, "ListQuery.Cursor", err)
			return
		}
		if cursor != "" {
			require.NoError(t, storage.Stream{Tenant: "acme", ID: id}.Validate("Stream"))
			again := q
			again.Cursor = q.CursorAfter(id)
			same, err := again.After()
			require.NoError(t, err)
			assert.Equal(t, id, same)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	taken := &storage.KeyTakenError{Key: "dedup:web", Owner: storage.Stream{Tenant: "acme", ID: "inc-1"}}
	assert.ErrorIs(t, taken, storage.ErrKeyTaken)
	assert.EqualError(t, taken, `storage: key "dedup:web" is held by stream acme/inc-1`)
	assert.NotErrorIs(t, taken, storage.ErrConflict)
	assert.NotErrorIs(t, &storage.InvalidError{}, storage.ErrConflict)
}

func TestWords(t *testing.T) {
	t.Parallel()
	for o, want := range map[storage.Outcome]string{
		storage.Done: "done", storage.Retry: "retry", storage.Extend: "extend", 0: "unknown", 9: "unknown",
	} {
		assert.Equal(t, want, o.String())
	}
	assert.Equal(t, &storage.Fence{Task: "wake", Epoch: 7}, storage.Task{ID: "wake", Epoch: 7}.Fence())
}
