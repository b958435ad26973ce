package oncall_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

func ExamplePreview() {
	before := schedule()
	after := schedule()
	after.Rotations[0].Seats = oncall.Seats("ana", "ben", "cleo", "dan")
	old, err := oncall.Compile(before)
	if err != nil {
		fmt.Println(err)
		return
	}
	edited, err := oncall.Compile(after)
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 30, 0, 0, 0, 0, time.UTC)
	for change := range oncall.Preview(old, edited, from, from.AddDate(0, 0, 21)) {
		fmt.Println(change.Start.Format("2 Jan 15:04"), "to", change.End.Format("2 Jan 15:04"), change.Before, "→", change.After)
	}
	// Output:
	// 6 Apr 09:00 to 13 Apr 09:00 [ana] → [dan]
	// 13 Apr 09:00 to 20 Apr 02:00 [ben] → [ana]
}

// The changes are the difference of before and after, minute by minute, and each
// is as long as can be.
func TestPreviewIsTheDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawer(t)
		before := d.schedule("s", "")
		after := before
		switch d.number(0, 3) {
		case 0:
			after = d.schedule("s", "")
		case 1:
			after.Overrides = append(slices.Clone(before.Overrides), d.override("another", before.Rotations))
		case 2:
			after.Rotations = slices.Clone(before.Rotations)
			if n := d.number(0, len(after.Rotations)-1); after.Rotations[n].Fixed == nil {
				after.Rotations[n].Seats = append(slices.Clone(after.Rotations[n].Seats), oncall.Seats("fay")...)
			}
		}
		old, edited := compile(t, before), compile(t, after)
		changes := slices.Collect(oncall.Preview(old, edited, d.from, d.to))
		if d.number(0, 3) == 3 && len(changes) > 0 { // to stop early is fine
			for first := range oncall.Preview(old, edited, d.from, d.to) {
				require.Equal(t, changes[0], first)
				break
			}
		}
		checkChanges(t, old, edited, changes, d.from, d.to)
	})
}

func checkChanges(t *rapid.T, old, edited *oncall.Rota, changes []oncall.Change, from, to time.Time) {
	for i, c := range changes {
		require.True(t, c.Start.Before(c.End), "no change is empty")
		require.NotEqual(t, c.Before, c.After)
		if i > 0 {
			last := changes[i-1]
			require.False(t, c.Start.Before(last.End), "they are in order")
			require.False(t, c.Start.Equal(last.End) && slices.Equal(c.Before, last.Before) && slices.Equal(c.After, last.After),
				"each is as long as can be")
		}
	}
	var shifts []oncall.Shift
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		for len(changes) > 0 && !at.Before(changes[0].End) {
			changes = changes[1:]
		}
		shifts = old.AppendAt(shifts[:0], at)
		before := peopleOf(shifts)
		shifts = edited.AppendAt(shifts[:0], at)
		after := peopleOf(shifts)
		if len(changes) > 0 && !at.Before(changes[0].Start) {
			require.Equal(t, changes[0].Before, before, "at %s", at)
			require.Equal(t, changes[0].After, after, "at %s", at)
		} else {
			require.Equal(t, before, after, "at %s", at)
		}
	}
}

// peopleOf returns who is in shifts, in alphabetical order and once; nil: nobody.
func peopleOf(shifts []oncall.Shift) (people []string) {
	for _, s := range shifts {
		people = append(people, s.Person)
	}
	slices.Sort(people)
	return slices.Compact(people)
}

func TestPreviewBounds(t *testing.T) {
	t.Parallel()
	old, edited := compile(t, primary()), compile(t, func() oncall.Schedule {
		s := primary()
		s.Overrides = []oncall.Override{override(t, "o", "2026-01-06T10:00Z", "2026-01-06T12:00Z", "dan")}
		return s
	}())
	preview := func(old, edited *oncall.Rota, from, to time.Time) string {
		var lines []string
		for c := range oncall.Preview(old, edited, from, to) {
			lines = append(lines, fmt.Sprint(c.Start.UTC().Format("15:04:05.9"), "–", c.End.UTC().Format("15:04:05.9"), c.Before, c.After))
		}
		return strings.Join(lines, "; ")
	}
	from, to := utc(t, "2026-01-06T11:00Z"), utc(t, "2026-01-06T11:30Z")
	assert.Empty(t, preview(old, old, from, to))
	assert.Empty(t, preview(old, edited, to, from))
	assert.Empty(t, preview(old, edited, from, from))
	assert.Equal(t, "11:00:00–11:30:00[ana] [dan]", preview(old, edited, from, to))
	assert.Equal(t, "11:00:00.5–11:00:00.6[dan] [ana]", preview(edited, old, from.Add(500*time.Millisecond), from.Add(600*time.Millisecond)))
	assert.Equal(t, "11:00:00–12:00:00[] [dan]", preview(&oncall.Rota{}, edited, from, from.Add(time.Hour)))
	assert.Equal(t, "Europe/Berlin", first(oncall.Preview(old, edited, from, to)).Start.Location().String())
}

func first[T any](seq func(yield func(T) bool)) (out T) {
	for out = range seq {
		break
	}
	return out
}
