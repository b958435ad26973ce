package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

const leaseOfFloor = 30 * time.Second

// begun is where a claim begins.
func begun(f *floor, at time.Time) [2]int64 {
	l := f.begin(at, leaseOfFloor)
	f.abandon(l)
	return [2]int64{l.due, l.lease}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := start.UnixMicro()
	slack := floorSlack.Microseconds()
	everywhere := [2]int64{lowest, lowest}
	known := func(due, lease int64) *floor {
		f := &floor{}
		f.end(f.begin(start, leaseOfFloor), sight{at: now, due: due, lease: lease}, start)
		return f
	}

	t.Run("the first claim looks everywhere, the next where it has seen something", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, everywhere, begun(&floor{}, start))
		assert.Equal(t, [2]int64{now - 9_000_000, now + 5}, begun(known(now-9_000_000, now+5), start))
	})
	t.Run("others may be scheduling what is due about now, and leasing", func(t *testing.T) {
		t.Parallel()
		leased := now + leaseOfFloor.Microseconds() - slack
		assert.Equal(t, [2]int64{now - slack, leased}, begun(known(highest, highest), start))
		assert.Equal(t, [2]int64{now - slack, leased}, begun(known(now+10, leased+1), start))
		assert.Equal(t, [2]int64{now - slack, leased - 1}, begun(known(now+10, leased-1), start))
	})
	t.Run("also for a shorter time, while a claim is under way", func(t *testing.T) {
		t.Parallel()
		f := known(highest, highest)
		l := f.begin(start, leaseOfFloor)
		f.end(f.begin(start, time.Second), sight{at: now, due: highest, lease: highest}, start)
		f.end(l, sight{at: now, due: highest, lease: highest}, start)
		assert.Equal(t, now+time.Second.Microseconds()-slack, begun(f, start)[1])
	})
	t.Run("every second a claim looks everywhere, one at a time", func(t *testing.T) {
		t.Parallel()
		f := known(now-9_000_000, now)
		assert.NotEqual(t, everywhere, begun(f, start.Add(floorPeriod-1)))
		whole := f.begin(start.Add(floorPeriod), leaseOfFloor)
		assert.Equal(t, search{due: lowest, lease: lowest}, search{due: whole.due, lease: whole.lease})
		assert.NotEqual(t, everywhere, begun(f, start.Add(floorPeriod)))
		f.abandon(whole)
		assert.Equal(t, everywhere, begun(f, start.Add(floorPeriod)), "one that failed is made up for")
	})
	t.Run("less often where it takes long", func(t *testing.T) {
		t.Parallel()
		f := &floor{}
		f.end(f.begin(start, leaseOfFloor), sight{at: now, due: now, lease: now}, start.Add(400*time.Millisecond))
		assert.NotEqual(t, everywhere, begun(f, start.Add(8*time.Second)))
		assert.Equal(t, everywhere, begun(f, start.Add(8400*time.Millisecond)))
	})
	t.Run("but not for long after a server that hung", func(t *testing.T) {
		t.Parallel()
		f := &floor{}
		f.end(f.begin(start, leaseOfFloor), sight{at: now, due: now, lease: now}, start.Add(time.Minute))
		assert.Equal(t, everywhere, begun(f, start.Add(time.Minute+floorLongest)))
	})
	t.Run("what this process writes lowers it at once", func(t *testing.T) {
		t.Parallel()
		f := known(now-1_000_000, now)
		f.lower(now-5_000_000, now-7)
		assert.Equal(t, [2]int64{now - 5_000_000, now - 7}, begun(f, start))
		f.lower(now, now)
		assert.Equal(t, [2]int64{now - 5_000_000, now - 7}, begun(f, start))
		f = known(highest, highest)
		f.lowerExtended(1000)
		assert.Equal(t, [2]int64{now - slack, now + 1000}, begun(f, start))
	})
	t.Run("also for claims that are under way and may not see it", func(t *testing.T) {
		t.Parallel()
		f := known(now-9_000_000, now-9_000_000)
		l := f.begin(start, leaseOfFloor)
		f.lower(now-8_000_000, now-7)
		f.end(l, sight{at: now, due: now - 1_000_000, lease: now}, start)
		assert.Equal(t, [2]int64{now - 8_000_000, now - 7}, begun(f, start))
	})
	t.Run("also what another claim finds", func(t *testing.T) {
		t.Parallel()
		f := known(now-1_000_000, now)
		l := f.begin(start, leaseOfFloor)
		f.end(f.begin(start, leaseOfFloor), sight{at: now, due: now - 2_000_000, lease: now - 3}, start)
		f.end(l, sight{at: now, due: now - 1_000_000, lease: now}, start)
		assert.Equal(t, [2]int64{now - 2_000_000, now - 3}, begun(f, start))
	})
}

// TestLeaseOfAnother: a claim that saw no lease does not lose sight of one that
// another process was just taking, and which ends before its own.
func TestLeaseOfAnother(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	other := openTest(t, Options{Schema: s.Schema()})
	for _, id := range []string{"own", "foreign"} {
		c := changeOf(storage.Stream{Tenant: "acme", ID: id}, 0)
		c.Schedule = []storage.TaskSpec{{ID: id, Kind: "wake", Due: time.Now()}}
		mustCommit(t, s, c)
	}
	claim := func(by *Store) storage.Claims {
		t.Helper()
		got, err := by.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: leaseOfFloor})
		require.NoError(t, err)
		return got
	}
	foreign := claim(other).Tasks
	require.Len(t, foreign, 1)
	// As it looked to a claim whose snapshot was a moment older than that lease.
	from := s.hot.floor.begin(time.Now(), leaseOfFloor)
	s.hot.floor.end(from, sight{at: time.Now().UnixMicro(), due: highest, lease: highest}, time.Now())
	s.hot.floor.whole = time.Now().Add(time.Hour) // not by looking everywhere
	require.Len(t, claim(s).Tasks, 1)
	assert.Equal(t, foreign[0].LeaseUntil, claim(s).Next)
}

// TestTaskBelowTheFloor: what another process schedules for a time in the past is
// found within floorPeriod, and what this one does, at once.
func TestTaskBelowTheFloor(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	other := openTest(t, Options{Schema: s.Schema()})
	late := func(by *Store, id string) {
		c := changeOf(storage.Stream{Tenant: "acme", ID: id}, 0)
		c.Schedule = []storage.TaskSpec{{ID: id, Kind: "wake", Due: time.Now().Add(-time.Hour)}}
		mustCommit(t, by, c)
	}
	mustClaim(t, s)
	late(s, "own")
	assert.Len(t, mustClaim(t, s).Tasks, 1)

	mustClaim(t, s)
	late(other, "foreign")
	s.hot.floor.whole = time.Now().Add(time.Hour)
	assert.Empty(t, mustClaim(t, s).Tasks, "nothing is looked for below the floor")
	s.hot.floor.whole = time.Time{}
	assert.Len(t, mustClaim(t, s).Tasks, 1)
	require.Less(t, time.Since(s.hot.floor.whole), time.Duration(0), "the next look everywhere is to come")
}
