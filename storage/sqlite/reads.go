package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/storage"
)

// Every read is one statement, and so sees the file as it was at one moment.
// The clock is read after it: what a head shows was never written later than
// its Now.

// read runs one read. Readers do not wait for writers, but may have to for a
// process that repairs the write-ahead log of one that was killed.
func (s *Store) read(ctx context.Context, what string, do func() error) error {
	if s.closed.Load() {
		return ErrClosed
	}
	return s.fail(ctx, what, untilNotBusy(ctx, s.patience, do))
}

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	if err := ref.Validate(); err != nil {
		return storage.Head{}, err
	}
	stmt, name := s.stmts.loadByID, ref.ID
	if ref.Key != "" {
		stmt, name = s.stmts.loadByKey, ref.Key
	}
	var head storage.Head
	err := s.read(ctx, "load", func() (err error) {
		head, err = scanHead(ref.Tenant, stmt.QueryRowContext(ctx, ref.Tenant, name))
		if errors.Is(err, sql.ErrNoRows) {
			head, err = storage.Head{Stream: storage.Stream{Tenant: ref.Tenant, ID: ref.ID}}, nil
		}
		return err
	})
	if err != nil {
		return storage.Head{}, err
	}
	head.Now = s.now()
	return head, nil
}

// scanHead reads the columns id, version, kind, status and data.
func scanHead(tenant string, r interface{ Scan(...any) error }) (storage.Head, error) {
	head := storage.Head{Stream: storage.Stream{Tenant: tenant}}
	err := r.Scan(&head.Stream.ID, &head.Version, &head.Snapshot.Kind, &head.Snapshot.Status, &head.Snapshot.Data)
	return head, err
}

// Events implements storage.Store.
func (s *Store) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	if err := st.Validate("Stream"); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit == 0 {
		limit = -1 // none
	}
	after := int64(min(q.After, math.MaxInt64))
	var events []storage.Event
	err := s.read(ctx, "events", func() (err error) {
		events, err = s.events(ctx, st.Tenant, st.ID, after, limit)
		return err
	})
	return events, err
}

func (s *Store) events(ctx context.Context, args ...any) ([]storage.Event, error) {
	rows, err := s.stmts.events.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []storage.Event
	for rows.Next() {
		var e storage.Event
		var at int64
		if err := rows.Scan(&e.Version, &e.Type, &at, &e.Data); err != nil {
			return nil, err
		}
		e.RecordedAt = instant(at)
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return events, nil
}

// Tenants implements storage.TenantLister.
func (s *Store) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	if err := storage.ValidateTenants(after, limit); err != nil {
		return nil, err
	}
	var tenants []string
	err := s.read(ctx, "tenants", func() (err error) {
		tenants, err = s.tenants(ctx, after, limit)
		return err
	})
	return tenants, err
}

func (s *Store) tenants(ctx context.Context, after string, limit int) ([]string, error) {
	rows, err := s.stmts.tenants.QueryContext(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var tenants []string
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			return nil, err
		}
		tenants = append(tenants, tenant)
	}
	return tenants, rows.Err()
}

// List implements storage.Store.
func (s *Store) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	if err := q.Validate(); err != nil {
		return storage.Page{}, err
	}
	after, err := q.After()
	if err != nil {
		return storage.Page{}, err
	}
	var page storage.Page
	err = s.read(ctx, "list", func() (err error) {
		page, err = s.list(ctx, q, after)
		return err
	})
	return page, err
}

func (s *Store) list(ctx context.Context, q storage.ListQuery, after string) (storage.Page, error) {
	text, args := listText(q, after)
	rows, err := s.reader.QueryContext(ctx, text, args...)
	if err != nil {
		return storage.Page{}, err
	}
	defer rows.Close()
	var page storage.Page
	for rows.Next() {
		if len(page.Heads) == q.PageLimit() { // this one is there to show that there is more
			page.Next = q.CursorAfter(page.Heads[len(page.Heads)-1].Stream.ID)
			break
		}
		head, err := scanHead(q.Tenant, rows)
		if err != nil {
			return storage.Page{}, err
		}
		page.Heads = append(page.Heads, head)
	}
	now := s.now()
	for i := range page.Heads {
		page.Heads[i].Now = now
	}
	if err := rows.Err(); err != nil {
		return storage.Page{}, err
	}
	return page, nil
}

// listText is the query for one page and the head after it. For each status an
// index has the ids in order, so a page is merged from as many short walks as
// there are statuses; the streams themselves are fetched for the result alone.
func listText(q storage.ListQuery, after string) (string, []any) {
	order, beyond := "", ">"
	if q.Reverse {
		order, beyond = " DESC", "<"
	}
	limit := q.PageLimit() + 1
	var walks []string
	var args []any
	walk := func(extra string, values ...any) {
		where := "tenant = ? AND kind = ?" + extra
		args = append(append(args, q.Tenant, q.Kind), values...)
		if after != "" {
			where += " AND id " + beyond + " ?"
			args = append(args, after)
		}
		args = append(args, limit)
		walks = append(walks, fmt.Sprintf("SELECT * FROM (SELECT id, number FROM stream WHERE %s ORDER BY id%s LIMIT ?)", where, order))
	}
	statuses := slices.Compact(slices.Sorted(slices.Values(q.Statuses)))
	for _, status := range statuses {
		walk(" AND status = ?", status)
	}
	if len(statuses) == 0 {
		walk("")
	}
	text := fmt.Sprintf(`SELECT s.id, s.version, s.kind, s.status, s.data
		FROM (%s ORDER BY id%s LIMIT ?) AS page CROSS JOIN stream AS s ON s.number = page.number ORDER BY s.id%s`,
		strings.Join(walks, " UNION ALL "), order, order)
	return text, append(args, limit)
}
