package oncall

import (
	"cmp"
	"slices"
)

// cover is a time in which the same overrides apply.
type cover struct {
	start, end int64
	stack      []applied // in the order of the list
	whole      bool      // the first of them replaces everybody, so that what is below does not matter

	sharpStart, sharpEnd bool // whoever an override puts on call here is not on call by it right before, or after
}

// applied is an override with those it puts on call.
type applied struct {
	override *Override
	who      []*member
}

// coverAt returns the cover at an instant, or cuts the segment to the time
// between two.
func coverAt(covers []cover, at int64, s *segment) (*cover, bool) {
	if len(covers) == 0 {
		return nil, false
	}
	return coverAround(covers, coverAfter(covers, at), at, s)
}

// coverAfter returns the index of the first cover that ends after an instant, or
// how many there are.
func coverAfter(covers []cover, at int64) int {
	low, high := 0, len(covers)
	for low < high {
		if mid := int(uint(low+high) / 2); covers[mid].end <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// coverAround is coverAt for the first cover that ends after the instant.
func coverAround(covers []cover, i int, at int64, s *segment) (*cover, bool) {
	if i < len(covers) && covers[i].start <= at {
		c := &covers[i]
		s.cut(c.start, c.end, c.sharpStart, c.sharpEnd)
		return c, true
	}
	if i > 0 {
		s.cut(covers[i-1].end, forever, covers[i-1].whole, false)
	}
	if i < len(covers) {
		s.cut(beginning, covers[i].start, false, covers[i].whole)
	}
	return nil, false
}

// apply changes the duties from n on as the overrides say.
func (c *cover) apply(d *duties, n int, l *line) {
	for i := range c.stack {
		a := &c.stack[i]
		switch {
		case a.override.Adds:
		case a.override.Replaces == "":
			d.n = n
		case !d.remove(n, a.override.Replaces):
			continue
		}
		for _, m := range a.who {
			if !d.holds(n, m.person) {
				d.add(m, l, a.override, 0)
			}
		}
	}
}

// paint returns the covers of overrides, in order of time. It takes n log n time
// for n overrides that replace everybody, however they overlap, and as much more
// as others of them do.
func paint(overrides []*Override, intern func(person, instead string) *member) []cover {
	if len(overrides) == 0 {
		return nil
	}
	p := painter{overrides: overrides}
	edges := make([]int64, 0, 2*len(overrides)) // nothing changes between two of them
	for _, o := range overrides {
		edges = append(edges, o.Start.Unix(), o.End.Unix())
	}
	slices.Sort(edges)
	p.edges = slices.Compact(edges)

	var covers []cover
	tops, partial := p.tops(), p.partial()
	for i, top := range tops {
		stack := p.stack(top, partial[i])
		if len(stack) == 0 {
			continue
		}
		start, end := p.edges[i], p.edges[i+1]
		if n := len(covers); n > 0 && covers[n-1].end == start && sameStack(covers[n-1].stack, stack) {
			covers[n-1].end = end // without a hole: all of its time is taken
			continue
		}
		covers = append(covers, cover{start: start, end: end, stack: stack, whole: top >= 0})
	}
	p.finish(covers, intern)
	return slices.Clip(covers)
}

type painter struct {
	overrides []*Override
	edges     []int64
}

// replacesAll reports whether nothing below an override shows.
func (o *Override) replacesAll() bool { return !o.Adds && o.Replaces == "" }

// tops returns, for the slot between every two edges, the last override in the
// list that replaces everybody, or -1.
func (p *painter) tops() []int {
	// A slot goes to the first that asks for it, and the last in the list asks
	// first. free leads from a slot that is taken towards the next that may not be.
	slots := make([]int, len(p.edges)-1)
	free := make([]int, len(p.edges)+1)
	for i := range free {
		free[i] = i
	}
	for i := range slots {
		slots[i] = -1
	}
	for i, o := range slices.Backward(p.overrides) {
		if !o.replacesAll() {
			continue
		}
		slot, end := p.slots(o)
		for slot = nextFree(free, slot); slot < end; slot = nextFree(free, slot) {
			slots[slot] = i
			free[slot] = slot + 1
		}
	}
	return slots
}

// partial returns, for every slot, the overrides that do not replace everybody.
func (p *painter) partial() [][]int {
	slots := make([][]int, len(p.edges)-1)
	for i, o := range p.overrides {
		if o.replacesAll() {
			continue
		}
		for slot, end := p.slots(o); slot < end; slot++ {
			slots[slot] = append(slots[slot], i)
		}
	}
	return slots
}

func (p *painter) slots(o *Override) (first, end int) {
	first, _ = slices.BinarySearch(p.edges, o.Start.Unix())
	end, _ = slices.BinarySearch(p.edges, o.End.Unix())
	return first, end
}

func (p *painter) stack(top int, partial []int) []applied {
	var stack []applied
	if top >= 0 {
		stack = append(stack, applied{override: p.overrides[top]})
	}
	for _, i := range partial {
		if i > top {
			stack = append(stack, applied{override: p.overrides[i]})
		}
	}
	return stack
}

// finish fills in what can be told only when all covers are there.
func (p *painter) finish(covers []cover, intern func(person, instead string) *member) {
	who := map[*Override][]*member{}
	for i := range covers {
		c := &covers[i]
		for j := range c.stack {
			o := c.stack[j].override
			if _, ok := who[o]; !ok {
				for _, person := range o.People {
					who[o] = append(who[o], intern(person, o.Replaces))
				}
			}
			c.stack[j].who = who[o]
		}
		only := c.whole && len(c.stack) == 1
		c.sharpStart = only && (i == 0 || covers[i-1].end < c.start || !covers[i-1].has(c.stack[0].override))
		c.sharpEnd = only && (i+1 == len(covers) || covers[i+1].start > c.end || !covers[i+1].has(c.stack[0].override))
	}
}

// clip returns the parts of covers between two instants.
func clip(covers []cover, start, end int64) []cover {
	var out []cover
	for _, c := range covers {
		if c.start >= end || c.end <= start {
			continue
		}
		if c.start < start {
			c.start, c.sharpStart = start, false
		}
		if c.end > end {
			c.end, c.sharpEnd = end, false
		}
		out = append(out, c)
	}
	return out
}

func (c *cover) has(o *Override) bool {
	return slices.ContainsFunc(c.stack, func(a applied) bool { return a.override == o })
}

func sameStack(a, b []applied) bool {
	return slices.EqualFunc(a, b, func(a, b applied) bool { return a.override == b.override })
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

// fix returns the times between the starts and ends of a line's fixed shifts.
func fix(l *line, shifts []FixedShift) []fixed {
	type event struct {
		at    int64
		shift int
		ends  bool
	}
	var events []event
	for i, s := range shifts {
		if start, end := max(s.Start.Unix(), l.from), min(s.End.Unix(), l.until); start < end {
			events = append(events, event{start, i, false}, event{end, i, true})
		}
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	var active []int // in the order of the list
	out := []fixed{}
	for i, e := range events {
		at, _ := slices.BinarySearch(active, e.shift)
		if e.ends {
			active = slices.Delete(active, at, at+1)
		} else {
			active = slices.Insert(active, at, e.shift)
		}
		if i+1 < len(events) && events[i+1].at > e.at && len(active) > 0 {
			out = append(out, fixed{start: e.at, end: events[i+1].at, shifts: slices.Clone(active)})
		}
	}
	return out
}
