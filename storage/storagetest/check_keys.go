package storagetest

import (
	"errors"

	"github.com/incidentkit/incidentkit/storage"
)

var keyChecks = []check{
	{name: "key-lookup", run: keyLookup,
		doc: "Load finds a stream by a key it holds; a key that nobody holds is no error."},
	{name: "key-taken", run: keyTaken,
		doc: "Taking a key that another stream holds is a *KeyTakenError that names the key and its owner."},
	{name: "key-released", run: keyReleased,
		doc: "A released key is free for any stream of the tenant."},
	{name: "key-hand-over", run: keyHandOver,
		doc: "Releases happen before takes, in one change."},
	{name: "key-own", run: keyOwn,
		doc: "Taking a key the stream holds already changes nothing."},
	{name: "key-release-foreign", run: keyReleaseForeign,
		doc: "Releasing a key the stream does not hold changes nothing."},
	{name: "key-per-tenant", run: keyPerTenant,
		doc: "Keys are unique within a tenant, not across tenants."},
}

// take creates a stream that holds keys.
func (e *env) take(st storage.Stream, keys ...string) {
	e.Helper()
	c := change(st, 0, 1)
	c.Take = keys
	e.commit(c)
}

// held wants a key of the tenant acme to be held by a stream, or by nobody.
func (e *env) held(key, id, when string) {
	e.Helper()
	if owner := e.holder("acme", key); owner.ID != id {
		e.Errorf("%s the key %q is held by %q, want %q", when, key, owner.ID, id)
	}
}

func keyLookup(e *env) {
	head := e.find(storage.Ref{Tenant: "acme", Key: "one"})
	if head.Stream != (storage.Stream{Tenant: "acme"}) || head.Version != 0 || head.Snapshot.Kind != "" {
		e.Errorf("Load by a key that nobody holds: %+v, want the tenant, no id and Version 0", head)
	}
	e.take(alpha, "one", "two")
	e.commit(change(alpha, 1, 1))
	for _, key := range []string{"one", "two"} {
		head := e.find(storage.Ref{Tenant: "acme", Key: key})
		if head.Stream != alpha || head.Version != 2 || string(head.Snapshot.Data) != "acme/alpha at 2" {
			e.Errorf("Load by key %q: %s at version %d with %q, want the head of alpha at 2", key, head.Stream, head.Version, head.Snapshot.Data)
		}
	}
	e.held("alpha", "", "with a stream of that id,")
}

func keyTaken(e *env) {
	e.take(alpha, "one")
	c := change(beta, 0, 1)
	c.Take = []string{"free", "one"}
	_, err := e.s.Commit(e.ctx, c)
	var taken *storage.KeyTakenError
	switch {
	case !errors.Is(err, storage.ErrKeyTaken) || !errors.As(err, &taken):
		e.Errorf("Commit that takes a held key: got the error %v, want a *KeyTakenError", err)
	case taken.Key != "one" || taken.Owner != alpha:
		e.Errorf("the *KeyTakenError names the key %q of %s, want \"one\" of %s", taken.Key, taken.Owner, alpha)
	}
	e.held("one", "alpha", "after a refused take")
	e.held("free", "", "after a refused take")
}

func keyReleased(e *env) {
	e.take(alpha, "one", "two")
	e.amend(alpha, func(c *storage.Change) { c.Release = []string{"one"} })
	e.held("one", "", "after its release")
	e.held("two", "alpha", "after the release of another")
	e.take(beta, "one")
	e.held("one", "beta", "after a new take")
}

func keyHandOver(e *env) {
	e.take(alpha, "one")
	e.amend(alpha, func(c *storage.Change) { c.Release, c.Take = []string{"one"}, []string{"two"} })
	e.held("one", "", "after release and take of another")
	e.held("two", "alpha", "after release of another and take")
	e.amend(alpha, func(c *storage.Change) { c.Release, c.Take = []string{"two"}, []string{"two"} })
	e.held("two", "alpha", "after release and take of the same")
}

func keyOwn(e *env) {
	e.take(alpha, "one")
	e.amend(alpha, func(c *storage.Change) { c.Take = []string{"one", "two", "two"} })
	e.held("one", "alpha", "taken again by its holder,")
	e.held("two", "alpha", "taken twice in one change,")
}

func keyReleaseForeign(e *env) {
	e.take(alpha, "one")
	c := change(beta, 0, 1)
	c.Release = []string{"one", "unknown"}
	e.commit(c)
	e.held("one", "alpha", "after a release by another stream")
	c = change(beta, 1, 1)
	c.Release, c.Take = []string{"one"}, []string{"one"}
	e.refused(c, storage.ErrKeyTaken, "that releases and takes another stream's key")
}

func keyPerTenant(e *env) {
	e.take(alpha, "one")
	e.take(twin, "one")
	for _, st := range []storage.Stream{alpha, twin} {
		if owner := e.holder(st.Tenant, "one"); owner != st {
			e.Errorf("the key of %s is held by %s, want %s", st.Tenant, owner, st)
		}
	}
	c := change(twin, 1, 0)
	c.Release = []string{"one"}
	e.commit(c)
	e.held("one", "alpha", "after its release in another tenant")
}
