package oncall

import "slices"

// cover is a time for which one override decides.
type cover struct {
	start, end int64
	override   *Override
}

// paint resolves overlaps, of which the later in the list wins. The covers are
// in order of time and do not overlap; they point into the overrides. It takes
// n log n time for n overrides, however they overlap.
func paint(overrides []Override) []cover {
	edges := make([]int64, 0, 2*len(overrides)) // nothing changes between two of them
	for _, o := range overrides {
		edges = append(edges, o.Start.Unix(), o.End.Unix())
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)

	// The slot between edges i and i+1 goes to the first that asks for it, and
	// the last in the list asks first. free leads from a slot that is taken
	// towards the next that may not be.
	slots := make([]*Override, len(edges))
	free := make([]int, len(edges)+1)
	for i := range free {
		free[i] = i
	}
	for i := range slices.Backward(overrides) {
		o := &overrides[i]
		slot, _ := slices.BinarySearch(edges, o.Start.Unix())
		end, _ := slices.BinarySearch(edges, o.End.Unix())
		for slot = nextFree(free, slot); slot < end; slot = nextFree(free, slot) {
			slots[slot] = o
			free[slot] = slot + 1
		}
	}

	var covers []cover
	for i, o := range slots {
		n := len(covers)
		switch {
		case o == nil:
		case n > 0 && covers[n-1].override == o: // without a hole: all of its time is taken
			covers[n-1].end = edges[i+1]
		default:
			covers = append(covers, cover{edges[i], edges[i+1], o})
		}
	}
	return slices.Clip(covers)
}

// nextFree follows free from a slot to the next that is not taken, and shortens
// the way for those who come after.
func nextFree(free []int, slot int) int {
	for free[slot] != slot {
		free[slot] = free[free[slot]]
		slot = free[slot]
	}
	return slot
}
