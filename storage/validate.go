package storage

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the port. A store may not accept less.
//
// A name is a tenant, id, key, kind, type, status, operation or worker: valid
// UTF-8 of 1 to MaxNameLen bytes without a NUL, since not every database can
// keep other text. Stores compare names byte by byte.
//
// An instant lies in the years 1 to 9999, and is not the zero time.
const (
	MaxClaim    = 1000             // tasks a claim may ask for
	MaxPage     = 1000             // heads a page may hold
	PageSize    = 100              // heads a page holds where the query names no limit
	MaxStatuses = 100              // statuses a list may ask for
	MaxExcept   = 100              // tenants a claim may leave out
	MinLease    = time.Millisecond // shortest lease
	MaxNameLen  = 512              // bytes of a name
)

// Validate reports the first malformed field as an *InvalidError. Stores call
// it before anything else, so that every store refuses the same changes.
func (c Change) Validate() error {
	if err := c.Stream.Validate("Change.Stream"); err != nil {
		return err
	}
	if c.Operation != "" {
		if err := name("Change.Operation", c.Operation); err != nil {
			return err
		}
	}
	if c.Expect == 0 && len(c.Events) == 0 {
		return &InvalidError{"Change.Events", "at least one event for a new stream"}
	}
	for i, e := range c.Events {
		if err := e.validate(c.Expect + uint64(i) + 1); err != nil {
			return within("Change.Events", i, err)
		}
	}
	if err := c.validateSnapshot(); err != nil {
		return err
	}
	return c.validateTasksAndKeys()
}

func (e Event) validate(version uint64) error {
	if e.Version != version {
		return &InvalidError{"Version", fmt.Sprintf("%d, one more than the event before, not %d", version, e.Version)}
	}
	if err := name("Type", e.Type); err != nil {
		return err
	}
	if err := instant("RecordedAt", e.RecordedAt); err != nil {
		return err
	}
	if len(e.Data) == 0 {
		return &InvalidError{"Data", "the encoded event"}
	}
	return nil
}

func (c Change) validateSnapshot() error {
	if len(c.Events) == 0 && c.Snapshot.Kind == "" && c.Snapshot.Status == "" && c.Snapshot.Data == nil {
		return nil
	}
	if err := name("Change.Snapshot.Kind", c.Snapshot.Kind); err != nil {
		return err
	}
	return name("Change.Snapshot.Status", c.Snapshot.Status)
}

func (c Change) validateTasksAndKeys() error {
	for i, t := range c.Schedule {
		if err := t.validate(c.Schedule[:i]); err != nil {
			return within("Change.Schedule", i, err)
		}
	}
	for _, list := range []struct {
		field string
		names []string
	}{
		{"Change.Cancel", c.Cancel},
		{"Change.Release", c.Release},
		{"Change.Take", c.Take},
	} {
		if err := names(list.field, list.names); err != nil {
			return err
		}
	}
	if c.Fence != nil {
		return name("Change.Fence.Task", c.Fence.Task)
	}
	return nil
}

func (t TaskSpec) validate(before []TaskSpec) error {
	if err := name("ID", t.ID); err != nil {
		return err
	}
	if err := name("Kind", t.Kind); err != nil {
		return err
	}
	if err := instant("Due", t.Due); err != nil {
		return err
	}
	for i := range before {
		if before[i].ID == t.ID {
			return &InvalidError{"ID", fmt.Sprintf("an id used once, not %q again", t.ID)}
		}
	}
	return nil
}

// ValidateTenants reports a malformed call of TenantLister as an *InvalidError.
func ValidateTenants(after string, limit int) error {
	if after != "" {
		if err := name("after", after); err != nil {
			return err
		}
	}
	if limit < 1 || limit > MaxPage {
		return &InvalidError{"limit", fmt.Sprintf("1 to %d, not %d", MaxPage, limit)}
	}
	return nil
}

// Validate reports an empty or overlong part as an *InvalidError whose field
// starts with the given name.
func (s Stream) Validate(field string) error {
	if err := name(field+".Tenant", s.Tenant); err != nil {
		return err
	}
	return name(field+".ID", s.ID)
}

// Validate reports a malformed reference as an *InvalidError.
func (r Ref) Validate() error {
	if err := name("Ref.Tenant", r.Tenant); err != nil {
		return err
	}
	switch {
	case r.ID != "" && r.Key != "":
		return &InvalidError{"Ref", "an ID or a Key, not both"}
	case r.Key != "":
		return name("Ref.Key", r.Key)
	}
	return name("Ref.ID", r.ID)
}

// Validate reports a malformed query as an *InvalidError.
func (q ClaimQuery) Validate() error {
	if err := name("ClaimQuery.Worker", q.Worker); err != nil {
		return err
	}
	if q.Limit < 1 || q.Limit > MaxClaim {
		return &InvalidError{"ClaimQuery.Limit", fmt.Sprintf("1 to %d, not %d", MaxClaim, q.Limit)}
	}
	if q.Lease < MinLease {
		return &InvalidError{"ClaimQuery.Lease", fmt.Sprintf("at least %s, not %s", MinLease, q.Lease)}
	}
	if len(q.Except) > MaxExcept {
		return &InvalidError{"ClaimQuery.Except", fmt.Sprintf("at most %d, not %d", MaxExcept, len(q.Except))}
	}
	return names("ClaimQuery.Except", q.Except)
}

// Validate reports a malformed settlement as an *InvalidError.
func (s Settlement) Validate() error {
	if err := s.Stream.Validate("Settlement.Stream"); err != nil {
		return err
	}
	if err := name("Settlement.Fence.Task", s.Fence.Task); err != nil {
		return err
	}
	switch {
	case s.Outcome != Done && s.Outcome != Retry && s.Outcome != Extend:
		return &InvalidError{"Settlement.Outcome", "Done, Retry or Extend"}
	case s.Outcome == Retry && s.Delay < 0:
		return &InvalidError{"Settlement.Delay", fmt.Sprintf("at least 0, not %s", s.Delay)}
	case s.Outcome == Extend && s.Delay < MinLease:
		return &InvalidError{"Settlement.Delay", fmt.Sprintf("at least %s, not %s", MinLease, s.Delay)}
	}
	return nil
}

// Validate reports a malformed query as an *InvalidError.
func (q EventsQuery) Validate() error {
	if q.Limit < 0 {
		return &InvalidError{"EventsQuery.Limit", fmt.Sprintf("0 for all, or more, not %d", q.Limit)}
	}
	return nil
}

// Validate reports a malformed query as an *InvalidError, its cursor included.
func (q ListQuery) Validate() error {
	if err := name("ListQuery.Tenant", q.Tenant); err != nil {
		return err
	}
	if err := name("ListQuery.Kind", q.Kind); err != nil {
		return err
	}
	if q.Limit < 0 || q.Limit > MaxPage {
		return &InvalidError{"ListQuery.Limit", fmt.Sprintf("0 to %d, not %d", MaxPage, q.Limit)}
	}
	if len(q.Statuses) > MaxStatuses {
		return &InvalidError{"ListQuery.Statuses", fmt.Sprintf("at most %d, not %d", MaxStatuses, len(q.Statuses))}
	}
	if err := names("ListQuery.Statuses", q.Statuses); err != nil {
		return err
	}
	_, err := q.After()
	return err
}

// PageLimit is the size of the query's pages: Limit, or PageSize where it is 0.
func (q ListQuery) PageLimit() int {
	if q.Limit == 0 {
		return PageSize
	}
	return q.Limit
}

// A cursor is the id of the last stream that was handed out. Ids never change
// and streams are never removed, so no write can move it.

// CursorAfter returns the cursor of the page that follows the stream with this
// id, for a store to put into Page.Next.
func (q ListQuery) CursorAfter(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(q.direction() + id))
}

// After returns the id that the page begins after (before, with Reverse), as
// CursorAfter encoded it; empty for the first page. Any other cursor, and that
// of a list in the other direction, is an *InvalidError.
func (q ListQuery) After() (string, error) {
	if q.Cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(q.Cursor)
	id, ok := strings.CutPrefix(string(raw), q.direction())
	if err != nil || !ok || name("", id) != nil {
		return "", &InvalidError{"ListQuery.Cursor", "Page.Next of a page of the same list"}
	}
	return id, nil
}

func (q ListQuery) direction() string {
	if q.Reverse {
		return "<"
	}
	return ">"
}

func names(field string, list []string) error {
	for i, s := range list {
		if err := name("", s); err != nil {
			return within(field, i, err)
		}
	}
	return nil
}

// within names the field of a list in which something is malformed. The text is only
// put together then: each write is validated.
func within(list string, i int, err error) error {
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	field := fmt.Sprintf("%s[%d]", list, i)
	if invalid.Field != "" {
		field += "." + invalid.Field
	}
	return &InvalidError{field, invalid.Want}
}

func name(field, s string) error {
	switch {
	case s == "":
		return &InvalidError{field, "a non-empty string"}
	case len(s) > MaxNameLen:
		return &InvalidError{field, fmt.Sprintf("at most %d bytes, not %d", MaxNameLen, len(s))}
	case !utf8.ValidString(s):
		return &InvalidError{field, "valid UTF-8"}
	case strings.IndexByte(s, 0) >= 0:
		return &InvalidError{field, "a string without NUL bytes"}
	}
	return nil
}

func instant(field string, t time.Time) error {
	if y := t.UTC().Year(); t.IsZero() || y < 1 || y > 9999 {
		return &InvalidError{field, "an instant in the years 1 to 9999"}
	}
	return nil
}
