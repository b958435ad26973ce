package storage

import (
	"fmt"
	"time"
)

// Limits of the port. A store may not accept less.
const (
	MaxClaim   = 1000             // tasks a claim may ask for
	MaxPage    = 1000             // heads a page may hold
	PageSize   = 100              // heads a page holds where the query names no limit
	MinLease   = time.Millisecond // shortest lease
	MaxNameLen = 512              // bytes of a tenant, id, key, kind, status or operation
)

// Validate reports the first malformed field as an *InvalidError. Stores call
// it before anything else, so that every store refuses the same changes.
func (c Change) Validate() error {
	if err := c.Stream.Validate("Change.Stream"); err != nil {
		return err
	}
	if len(c.Operation) > MaxNameLen {
		return tooLong("Change.Operation")
	}
	if c.Expect == 0 && len(c.Events) == 0 {
		return &InvalidError{"Change.Events", "at least one event for a new stream"}
	}
	for i, e := range c.Events {
		field := fmt.Sprintf("Change.Events[%d]", i)
		if want := c.Expect + uint64(i) + 1; e.Version != want {
			return &InvalidError{field + ".Version", fmt.Sprintf("%d, one more than the event before, not %d", want, e.Version)}
		}
		if err := name(field+".Type", e.Type); err != nil {
			return err
		}
		if e.RecordedAt.IsZero() {
			return &InvalidError{field + ".RecordedAt", "an instant"}
		}
		if len(e.Data) == 0 {
			return &InvalidError{field + ".Data", "the encoded event"}
		}
	}
	if err := c.validateSnapshot(); err != nil {
		return err
	}
	return c.validateTasksAndKeys()
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
		field := fmt.Sprintf("Change.Schedule[%d]", i)
		if err := name(field+".ID", t.ID); err != nil {
			return err
		}
		if err := name(field+".Kind", t.Kind); err != nil {
			return err
		}
		if t.Due.IsZero() {
			return &InvalidError{field + ".Due", "an instant"}
		}
		for j := range c.Schedule[:i] {
			if c.Schedule[j].ID == t.ID {
				return &InvalidError{field + ".ID", fmt.Sprintf("an id used once, not %q again", t.ID)}
			}
		}
	}
	for i, k := range c.Take {
		if err := name(fmt.Sprintf("Change.Take[%d]", i), k); err != nil {
			return err
		}
	}
	if c.Fence != nil {
		return name("Change.Fence.Task", c.Fence.Task)
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
	return nil
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

// Validate reports a malformed query as an *InvalidError.
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
	return nil
}

func name(field, s string) error {
	if s == "" {
		return &InvalidError{field, "a non-empty string"}
	}
	if len(s) > MaxNameLen {
		return tooLong(field)
	}
	return nil
}

func tooLong(field string) error {
	return &InvalidError{field, fmt.Sprintf("at most %d bytes", MaxNameLen)}
}
