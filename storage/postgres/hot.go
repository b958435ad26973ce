package postgres

import (
	"github.com/incidentkit/incidentkit/storage"
)

// The bounds of what goes out together. A few round trips side by side keep the
// server busy while others wait for its disk; with more of them groups get small.
const (
	maxLanes      = 4
	worthwhile    = 8 // a lane
	maxGroup      = 128
	maxGroupBytes = 1 << 20
)

// loneWait is how long a call that is made alone waits for a lock before it lets
// others have its lane.
const loneWait = "100ms"

// aloneFor is forTenant for such a call.
func (s *Store) aloneFor(tenant string) querier {
	before := []statement{{sql: "SELECT set_config('lock_timeout', '" + loneWait + "', true)"}}
	if s.secured {
		before = append(before, setTenant(tenant))
	}
	return pipeline{on: s.pool, before: before}
}

// hot is what concurrent callers of a Store share.
type hot struct {
	commits *group[storage.Change, storage.Committed]
	settles *group[storage.Settlement, struct{}]
	floor   floor
}

// startHot makes the groups. Together they leave some of the pool's connections
// to reads and claims, whatever waits for a lock.
func (s *Store) startHot() {
	connections := int(s.pool.Config().MaxConns)
	lanes := min(max(connections/4, 1), maxLanes)
	lone := make(chan struct{}, max(connections/4, 1))
	s.hot = &hot{}
	s.hot.commits = &group[storage.Change, storage.Committed]{
		lanes: lanes, worthwhile: worthwhile, size: maxGroup, bytes: maxGroupBytes, loneLanes: lone, apart: s.secured,
		names: changeNames, weigh: changeBytes,
		together: s.commitTogether, alone: s.commitAlone,
		taken: map[name]struct{}{},
	}
	s.hot.settles = &group[storage.Settlement, struct{}]{
		lanes: lanes, worthwhile: worthwhile, size: maxGroup, bytes: maxGroupBytes, loneLanes: lone, apart: s.secured,
		names: settlementNames, weigh: func(storage.Settlement) int { return 0 },
		together: s.settleTogether, alone: s.settleAlone,
		taken: map[name]struct{}{},
	}
}

// stopHot waits for the writes under way.
func (s *Store) stopHot() {
	s.hot.commits.close()
	s.hot.settles.close()
}
