package oncall

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests need no zone data on the machine

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Without the care that ask takes, a walk over the changes of a zone never ends:
// past a zone's explicit changes, time.Time.ZoneBounds can return an end that is
// not after the instant.
func TestAskAlwaysMovesOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Tokyo"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		for _, year := range []int{2008, 2024, 2040, 2060, 2400} {
			for hour := range 96 {
				at := time.Date(year, time.December, 29, hour, 0, 0, 0, time.UTC)
				s := ask(zone, at.Unix())
				assert.Greater(t, s.end, at.Unix(), "%s at %s", name, at)

				_, want := at.In(zone).Zone()
				assert.EqualValues(t, want, s.offset)
				if s.end != forever {
					_, atEnd := time.Unix(s.end-1, 0).In(zone).Zone()
					assert.EqualValues(t, atEnd, s.offset, "%s: the offset holds until %d", name, s.end)
				}
			}
		}
	}
}

// The table, its edges and the time beyond it say the same as the time package.
func TestClockAgreesWithTheTimePackage(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "America/Sao_Paulo"} {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		for _, from := range []int64{0, 1_700_000_000, tableEnd - 1, tableEnd, tableEnd + 1} {
			c := newClock(zone, from)
			for i := 1; i < len(c.changes); i++ {
				assert.NotEqual(t, c.changes[i-1].offset, c.changes[i].offset, "the table holds no more than it must")
			}
			for _, around := range []int64{from, tableEnd, 1_720_000_000, 3_000_000_000, 6_000_000_000} {
				for day := range int64(400) {
					at := around + (day-200)*secondsPerDay
					_, want := time.Unix(at, 0).In(zone).Zone()
					s := c.span(at)
					assert.EqualValues(t, want, s.offset, "%s from %d at %d", name, from, at)
					assert.True(t, s.start <= at && at < s.end)
					for _, wall := range []int64{at, s.start + s.offset, min(s.end, 1<<40) + s.offset} {
						assert.Equal(t, c.first(wall), c.firstNear(wall, s), "%s from %d: %d", name, from, wall)
					}
				}
			}
		}
	}
}
