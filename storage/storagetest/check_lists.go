package storagetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/storage"
)

var listChecks = []check{
	{name: "list-heads", run: listHeads,
		doc: "A listed head is the one that Load reads, Now included."},
	{name: "list-order", run: listOrder,
		doc: "Streams are listed in the byte order of their ids, and descending with Reverse."},
	{name: "list-kind", run: listKind,
		doc: "Only streams whose snapshot is of the kind are listed."},
	{name: "list-statuses", run: listStatuses,
		doc: "Statuses filters by the current status; empty means any."},
	{name: "list-pages", run: listPages,
		doc: "Pages hold at most Limit heads, 100 where it is 0, and together every stream once."},
	{name: "list-cursor-stable", run: listCursorStable,
		doc: "A stream that exists and matches from the first page to the last is listed exactly once, whatever is written between the pages."},
	{name: "list-cursor-malformed", run: listCursorMalformed,
		doc: "A cursor that no page gave out is an *InvalidError."},
}

func inTenant(id string) storage.Stream { return storage.Stream{Tenant: "acme", ID: id} }

// things is the query that most checks start from.
func things() storage.ListQuery { return storage.ListQuery{Tenant: "acme", Kind: "thing"} }

// pages lists everything a query matches, page by page, and calls between
// before each next page.
func (e *env) pages(q storage.ListQuery, between func(page storage.Page)) []string {
	e.Helper()
	var ids []string
	for range 1000 {
		page := e.list(q)
		if limit := q.PageLimit(); len(page.Heads) > limit {
			e.Errorf("a page holds %d heads, want at most %d", len(page.Heads), limit)
		}
		for _, h := range page.Heads {
			ids = append(ids, h.Stream.ID)
		}
		if page.Next == "" {
			return ids
		}
		if between != nil {
			between(page)
		}
		q.Cursor = page.Next
	}
	e.Fatalf("List does not come to an end: %d pages", 1000)
	return nil
}

func (e *env) lists(q storage.ListQuery, want string) {
	e.Helper()
	e.equal(strings.Join(e.pages(q, nil), " "), want, fmt.Sprintf("the list %+v", q))
}

func listHeads(e *env) {
	e.commit(change(alpha, 0, 3))
	e.commit(change(beta, 0, 1))
	page := e.list(things())
	if len(page.Heads) != 2 {
		e.Fatalf("List returned %d heads, want 2", len(page.Heads))
	}
	for i, st := range []storage.Stream{alpha, beta} {
		got, want := page.Heads[i], e.load(st)
		if got.Stream != st || got.Version != want.Version || got.Snapshot.Kind != "thing" ||
			got.Snapshot.Status != "open" || string(got.Snapshot.Data) != string(want.Snapshot.Data) {
			e.Errorf("listed %+v, want the head that Load reads, %+v", got, want)
		}
		if got.Now.IsZero() || got.Now.After(want.Now) {
			e.Errorf("Now of a listed head is %s, want the store's clock at the read", stamp(got.Now))
		}
	}
}

func listOrder(e *env) {
	ids := []string{"a", "B", "ab", "a-b", "ä", "Z", "10", "9", "a b", "z", "日", "_", "A"}
	for _, id := range ids {
		e.commit(change(inTenant(id), 0, 1))
	}
	slices.Sort(ids)
	e.lists(things(), strings.Join(ids, " "))
	slices.Reverse(ids)
	q := things()
	q.Reverse = true
	e.lists(q, strings.Join(ids, " "))
	q.Limit = 2
	e.lists(q, strings.Join(ids, " "))
}

func listKind(e *env) {
	e.commit(change(alpha, 0, 1))
	other := change(beta, 0, 1)
	other.Snapshot.Kind = "other"
	e.commit(other)
	e.lists(things(), "alpha")
	e.lists(storage.ListQuery{Tenant: "acme", Kind: "other"}, "beta")
	e.lists(storage.ListQuery{Tenant: "acme", Kind: "none"}, "")
}

func listStatuses(e *env) {
	for id, status := range map[string]string{"a": "open", "b": "closed", "c": "open", "d": "merged", "e": "closed"} {
		c := change(inTenant(id), 0, 1)
		c.Snapshot.Status = status
		e.commit(c)
	}
	with := func(statuses ...string) storage.ListQuery {
		q := things()
		q.Statuses = statuses
		return q
	}
	e.lists(with(), "a b c d e")
	e.lists(with("open"), "a c")
	e.lists(with("closed", "open"), "a b c e")
	e.lists(with("merged", "merged", "none"), "d")
	e.lists(with("none"), "")
	reverse := with("closed", "merged")
	reverse.Reverse, reverse.Limit = true, 1
	e.lists(reverse, "e d b")

	moved := change(inTenant("a"), 1, 1)
	moved.Snapshot.Status = "closed"
	e.commit(moved)
	e.amend(inTenant("b"), func(c *storage.Change) { c.Snapshot = snapshot("open", "") })
	e.lists(with("open"), "b c")
	e.lists(with("closed"), "a e")
}

func listPages(e *env) {
	var ids []string
	for i := range storage.PageSize + 5 {
		ids = append(ids, fmt.Sprintf("%04d", i))
		e.commit(change(inTenant(ids[i]), 0, 1))
	}
	all := strings.Join(ids, " ")
	e.lists(things(), all)
	if first := e.list(things()); len(first.Heads) != storage.PageSize || first.Next == "" {
		e.Errorf("a page without a limit holds %d heads and the cursor %q, want %d and a cursor", len(first.Heads), first.Next, storage.PageSize)
	}
	for _, limit := range []int{7, len(ids), storage.MaxPage} {
		q := things()
		q.Limit = limit
		e.lists(q, all)
		if page := e.list(q); limit == storage.MaxPage && page.Next != "" {
			e.Errorf("the last page has the cursor %q, want none", page.Next)
		}
	}
}

// listCursorStable writes everything that could upset a cursor: streams before
// and behind it appear, change, and stop to match.
func listCursorStable(e *env) {
	var stay []string
	for i := range 30 {
		id := fmt.Sprintf("%02d", i)
		c := change(inTenant(id), 0, 1)
		switch {
		case i%3 == 2:
			c.Snapshot.Status = "closed"
		case i%3 == 0:
			stay = append(stay, id)
		}
		e.commit(c)
	}
	round := 0
	for _, q := range []storage.ListQuery{
		{Tenant: "acme", Kind: "thing", Limit: 3, Statuses: []string{"open"}},
		{Tenant: "acme", Kind: "thing", Limit: 3, Statuses: []string{"open", "merged"}, Reverse: true},
	} {
		ids := e.pages(q, func(page storage.Page) {
			round++
			for i, near := range page.Heads {
				// A new stream close behind what was just handed out, one before
				// everything, and an event for the old one.
				e.commit(change(inTenant(fmt.Sprintf("%.2s-%03d-%d", near.Stream.ID, round, i)), 0, 1))
				e.commit(change(inTenant(fmt.Sprintf("!%03d-%d", round, i)), 0, 1))
				e.commit(change(near.Stream, near.Version, 1))
			}
			// One that does not stay leaves, or comes back.
			id := inTenant(fmt.Sprintf("%02d", (round%10)*3+1))
			e.amend(id, func(c *storage.Change) {
				c.Snapshot = snapshot([]string{"closed", "open"}[round%2], "")
			})
		})
		seen := map[string]int{}
		for _, id := range ids {
			seen[id]++
			if seen[id] == 2 {
				e.Errorf("the stream %q was listed twice (Reverse: %t)", id, q.Reverse)
			}
		}
		for _, id := range stay {
			if seen[id] == 0 {
				e.Errorf("the stream %q, which matched all the time, was not listed (Reverse: %t)", id, q.Reverse)
			}
		}
	}
}

func listCursorMalformed(e *env) {
	e.commit(change(alpha, 0, 1))
	for _, cursor := range []string{"not a cursor", "\x00", strings.Repeat("x", 10_000)} {
		q := things()
		q.Cursor = cursor
		e.invalid(func() error { return e.tryList(q) }, fmt.Sprintf("List with the cursor %.20q", cursor))
	}
}
