package incidentkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/postmortem"
	"github.com/incidentkit/incidentkit/storage"
)

// Incident returns one incident as it is now, or ErrNotFound.
func (e *Engine) Incident(ctx context.Context, tenant string, id incident.ID) (incident.Incident, error) {
	head, err := e.head(ctx, tenant, id)
	if err != nil {
		return incident.Incident{}, err
	}
	in, err := decodeHead(head)
	if err != nil {
		return incident.Incident{}, fmt.Errorf("incident %s: %w", id, err)
	}
	return in, nil
}

func (e *Engine) head(ctx context.Context, tenant string, id incident.ID) (storage.Head, error) {
	head, err := e.store.Load(ctx, storage.Ref{Tenant: tenant, ID: string(id)})
	if errors.Is(err, storage.ErrInvalid) {
		return head, fmt.Errorf("%w: incident %q: %w", ErrNotFound, string(id), err)
	}
	if err != nil {
		return head, fmt.Errorf("load incident %s: %w", id, err)
	}
	if head.Version == 0 || head.Snapshot.Kind != kindIncident {
		return head, fmt.Errorf("%w: incident %s", ErrNotFound, id)
	}
	return head, nil
}

// Query selects incidents of a tenant.
type Query struct {
	Statuses    []incident.Status // empty: any
	OldestFirst bool              // default: the newest first
	Limit       int               // page size, up to storage.MaxPage; 0: storage.PageSize
	Cursor      string            // Listing.Next of the page before; empty: the first page
}

// Listing is one page of incidents.
type Listing struct {
	Incidents []incident.Incident
	Next      string // cursor of the next page; empty: this was the last

	// Unreadable lists incidents of the page whose stored state cannot be read,
	// and why. They are not lost: their events are there.
	Unreadable map[incident.ID]error
}

// Incidents lists a tenant's incidents, page by page, in the order of their ids,
// which is that of their opening. A malformed query is a *incident.FieldError, or
// a *storage.InvalidError for its limit and cursor.
func (e *Engine) Incidents(ctx context.Context, tenant string, q Query) (Listing, error) {
	list := storage.ListQuery{Tenant: tenant, Kind: kindIncident, Reverse: !q.OldestFirst, Limit: q.Limit, Cursor: q.Cursor}
	for i, s := range q.Statuses {
		if !slices.Contains(incident.Statuses(), s) {
			return Listing{}, &incident.FieldError{Field: fmt.Sprintf("Query.Statuses[%d]", i), Want: fmt.Sprintf("one of %v, not %q", incident.Statuses(), s)}
		}
		list.Statuses = append(list.Statuses, string(s))
	}
	heads, err := e.store.List(ctx, list)
	if err != nil {
		return Listing{}, fmt.Errorf("list incidents: %w", err)
	}
	page := Listing{Next: heads.Next}
	for _, head := range heads.Heads {
		in, err := decodeHead(head)
		if err != nil {
			if page.Unreadable == nil {
				page.Unreadable = map[incident.ID]error{}
			}
			page.Unreadable[incident.ID(head.Stream.ID)] = err
			continue
		}
		page.Incidents = append(page.Incidents, in)
	}
	return page, nil
}

// Events returns the incident's events in the order in which they were recorded,
// having verified their hash chain.
func (e *Engine) Events(ctx context.Context, tenant string, id incident.ID) ([]incident.Event, error) {
	_, events, err := e.replay(ctx, tenant, id)
	return events, err
}

// Timeline returns what happened, in words, in the order in which it happened.
func (e *Engine) Timeline(ctx context.Context, tenant string, id incident.ID) ([]incident.Entry, error) {
	events, err := e.Events(ctx, tenant, id)
	return incident.Timeline(events), err
}

// Verify checks that the incident's history is what was written: that its hash
// chain holds, and that the stored state is the fold of the events. It returns a
// *incident.ChainError or *incident.CodecError where it is not.
func (e *Engine) Verify(ctx context.Context, tenant string, id incident.ID) error {
	for range maxConflicts {
		head, err := e.head(ctx, tenant, id)
		if err != nil {
			return err
		}
		in, _, err := e.replay(ctx, tenant, id)
		if err != nil {
			return err
		}
		if in.Version > head.Version {
			continue // it went on between the two reads
		}
		data, err := incident.EncodeSnapshot(in)
		if err != nil {
			return err
		}
		if !bytes.Equal(data, head.Snapshot.Data) {
			return &incident.ChainError{Version: head.Version, Why: "the stored state is not what the events lead to"}
		}
		return nil
	}
	return fmt.Errorf("%w: incident %s", ErrBusy, id)
}

func (e *Engine) replay(ctx context.Context, tenant string, id incident.ID) (incident.Incident, []incident.Event, error) {
	if _, err := e.head(ctx, tenant, id); err != nil {
		return incident.Incident{}, nil, err
	}
	stored, err := e.store.Events(ctx, storage.Stream{Tenant: tenant, ID: string(id)}, storage.EventsQuery{})
	if err != nil {
		return incident.Incident{}, nil, fmt.Errorf("load events of incident %s: %w", id, err)
	}
	data := make([][]byte, len(stored))
	for i, ev := range stored {
		data[i] = ev.Data
	}
	in, events, err := incident.Replay(data)
	if err != nil {
		return in, events, fmt.Errorf("incident %s: %w", id, err)
	}
	return in, events, nil
}

// ReviewDraft returns the internal review as far as the timeline tells it, in
// Markdown, with questions where people have to answer.
func (e *Engine) ReviewDraft(ctx context.Context, tenant string, id incident.ID) (string, error) {
	head, err := e.head(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	in, events, err := e.replay(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	p, err := e.pinnedPlan(ctx, in.Plan)
	if err != nil {
		return "", err
	}
	return postmortem.Draft(postmortem.Input{Incident: in, Events: events, Severities: p.Severities(), Now: head.Now})
}

// clip shortens text to n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
