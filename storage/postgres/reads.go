package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/incidentkit/incidentkit/storage"
)

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, ref storage.Ref) (head storage.Head, err error) {
	err = s.ask(ctx, func() error {
		head, err = s.loadOn(ctx, s.forTenant(ref.Tenant), ref)
		return err
	})
	return head, err
}

func (s *Store) loadOn(ctx context.Context, q querier, ref storage.Ref) (storage.Head, error) {
	if err := ref.Validate(); err != nil {
		return storage.Head{}, err
	}
	text, name := s.sql.loadByID, ref.ID
	if ref.Key != "" {
		text, name = s.sql.loadByKey, ref.Key
	}
	head := storage.Head{Stream: storage.Stream{Tenant: ref.Tenant, ID: ref.ID}}
	var id, kind, status *string
	var version *int64
	var data []byte
	var now int64
	err := q.QueryRow(ctx, text, ref.Tenant, name).Scan(&id, &version, &kind, &status, &data, &now)
	if err != nil {
		return storage.Head{}, failRead(ctx, "load", err)
	}
	head.Now = instant(now)
	if id != nil {
		head.Stream.ID, head.Version = *id, uint64(*version)
		head.Snapshot = storage.Snapshot{Kind: *kind, Status: *status, Data: data}
	}
	return head, nil
}

// Events implements storage.Store.
func (s *Store) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) (events []storage.Event, err error) {
	err = s.ask(ctx, func() error {
		events, err = s.eventsOn(ctx, s.forTenant(st.Tenant), st, q)
		return err
	})
	return events, err
}

func (s *Store) eventsOn(ctx context.Context, on querier, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	if err := errors.Join(st.Validate("Stream"), q.Validate()); err != nil {
		return nil, err
	}
	after := number(q.After)
	if after < 0 {
		return nil, nil // no version is that great
	}
	text, args := s.sql.events, []any{st.Tenant, st.ID, after}
	if q.Limit > 0 {
		text, args = s.sql.someEvents, append(args, q.Limit)
	}
	rows, err := on.Query(ctx, text, args...)
	if err != nil {
		return nil, failRead(ctx, "events", err)
	}
	events, err := pgx.CollectRows(rows, scanEvent)
	if err != nil || len(events) == 0 {
		return nil, failRead(ctx, "events", err)
	}
	return events, nil
}

func scanEvent(row pgx.CollectableRow) (storage.Event, error) {
	var e storage.Event
	var at int64
	err := row.Scan(&e.Version, &e.Type, &at, &e.Data)
	e.RecordedAt = instant(at)
	return e, err
}

// List implements storage.Store.
func (s *Store) List(ctx context.Context, q storage.ListQuery) (page storage.Page, err error) {
	err = s.ask(ctx, func() error {
		page, err = s.listOn(ctx, s.forTenant(q.Tenant), q)
		return err
	})
	return page, err
}

func (s *Store) listOn(ctx context.Context, on querier, q storage.ListQuery) (storage.Page, error) {
	if err := q.Validate(); err != nil {
		return storage.Page{}, err
	}
	after, err := q.After()
	if err != nil {
		return storage.Page{}, err
	}
	text, args := s.listText(q, after)
	rows, err := on.Query(ctx, text, args...)
	if err != nil {
		return storage.Page{}, failRead(ctx, "list", err)
	}
	heads, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.Head, error) {
		head := storage.Head{Stream: storage.Stream{Tenant: q.Tenant}}
		var now int64
		err := row.Scan(&head.Stream.ID, &head.Version, &head.Snapshot.Kind, &head.Snapshot.Status, &head.Snapshot.Data, &now)
		head.Now = instant(now)
		return head, err
	})
	if err != nil {
		return storage.Page{}, failRead(ctx, "list", err)
	}
	page := storage.Page{Heads: heads}
	if limit := q.PageLimit(); len(heads) > limit { // the last is there to show that there is more
		page.Heads = heads[:limit]
		page.Next = q.CursorAfter(heads[limit-1].Stream.ID)
	}
	return page, nil
}

// listText is the query for one page and the head after it.
func (s *Store) listText(q storage.ListQuery, after string) (string, []any) {
	args := []any{q.Tenant, q.Kind, after}
	limit := q.PageLimit() + 1
	switch statuses := slices.Compact(slices.Sorted(slices.Values(q.Statuses))); {
	case len(statuses) > 0 && q.Reverse:
		return s.sql.listReverse, append(args, statuses, limit)
	case len(statuses) > 0:
		return s.sql.list, append(args, statuses, limit)
	case q.Reverse:
		return s.sql.listAnyReverse, append(args, limit)
	}
	return s.sql.listAny, append(args, limit)
}

// Tenants implements storage.TenantLister.
func (s *Store) Tenants(ctx context.Context, after string, limit int) (tenants []string, err error) {
	if err := storage.ValidateTenants(after, limit); err != nil {
		return nil, err
	}
	err = s.ask(ctx, func() error {
		rows, err := s.across().Query(ctx, s.sql.tenants, after, limit)
		if err != nil {
			return err
		}
		tenants, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return tenants, failRead(ctx, "tenants", err)
}
