package incidentkit

import (
	"maps"
	"slices"
	"sync"

	"github.com/incidentkit/incidentkit/storage"
)

// crew is the workers of one Run: how many are free, and whom the others work
// for. No tenant gets all of them, however much it has to do.
type crew struct {
	size  int // of it
	share int // of one tenant

	mu     sync.Mutex
	busy   int
	tenant map[string]int // workers by tenant
	freed  chan struct{}  // a worker has become free
}

func newCrew(size, share int) *crew {
	return &crew{size: size, share: share, tenant: map[string]int{}, freed: make(chan struct{}, 1)}
}

// room returns how many tasks may be claimed now, at most n, and the tenants that
// have their share at hand. Whatever the claim returns, no tenant gets more, unless
// there are more of these than a claim can leave out.
func (c *crew) room(n int) (free int, except []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	free = min(n, c.size-c.busy)
	for _, tenant := range slices.Sorted(maps.Keys(c.tenant)) {
		if left := c.share - c.tenant[tenant]; left > 0 {
			free = min(free, left)
		} else {
			except = append(except, tenant)
		}
	}
	free = min(free, c.share)
	return free, except[:min(len(except), storage.MaxExcept)]
}

func (c *crew) begin(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	c.tenant[tenant]++
}

func (c *crew) end(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
	if c.tenant[tenant]--; c.tenant[tenant] == 0 {
		delete(c.tenant, tenant)
	}
	select {
	case c.freed <- struct{}{}:
	default:
	}
}
