package proof

import (
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
)

// Where a step picks one of several, whose turn it is depends on earlier
// incidents, and the proof is about all that there may have been. Whoever is picked
// first may be any of them; who follows in the same course depends on that alone.
// So the courses after each possible first pick are played, and of the pages to the
// first, second and third person the latest counts.

// maxPicks is how many picks are tried for one incident. Where there are more, what
// the walk has found counts, which is never better than what happens: all picks
// together are one person, and the same as another page is for.
const maxPicks = 20_000

// judge plays the visits of a course for every possible pick.
type judge struct {
	w    *walker
	left int

	certain int    // how many people are paged in every one of the courses; at most 3
	latest  [3]int // the visit in which each is, at the latest
	leaves  int

	// The course that is being played.
	found  []int // the visits that page somebody who was not before
	paged  []paged
	picked []turn
}

// paged is a person who has been paged.
type paged struct {
	who   int32
	visit int
}

// turn is a pick that has been made.
type turn struct {
	pointer string
	who     int32
	place   int32
	at      int64
}

// judge finds out who is paged for certain, and reports whether it could.
func (w *walker) judge() (*judge, bool) {
	j := &judge{w: w, left: maxPicks}
	j.play(0)
	return j, j.left > 0
}

// settle puts what is certain into the course.
func (j *judge) settle(c *course) {
	c.found, c.steps = j.certain, 0
	for k := range j.certain {
		v := c.visits[j.latest[k]]
		c.marks[k] = v.at
		if v.move >= 0 {
			c.steps = k + 1
		}
	}
}

// play goes on with the visits from one on. It leaves the course as it was.
func (j *judge) play(from int) {
	if j.left--; j.left <= 0 {
		return
	}
	found, known, picked := len(j.found), len(j.paged), len(j.picked)
	defer func() { j.found, j.paged, j.picked = j.found[:found], j.paged[:known], j.picked[:picked] }()
	visits := j.w.course.visits
	for i := from; i < len(visits) && len(j.found) < len(j.latest); i++ {
		v := &visits[i]
		c := &j.w.cast.crews[v.crew]
		if v.move < 0 || !picksOne(j.w.moves[v.move].pick) {
			for _, p := range c.who {
				j.page(i, p)
			}
			continue
		}
		able := j.able(i, c)
		if len(able) == 0 {
			continue
		}
		m := &j.w.moves[v.move]
		for _, a := range j.first(m, able, c.order) {
			found, known := len(j.found), len(j.paged)
			j.page(i, a.who)
			j.picked = append(j.picked, turn{m.pointer, a.who, a.place, v.at.at})
			j.play(i + 1)
			j.found, j.paged, j.picked = j.found[:found], j.paged[:known], j.picked[:len(j.picked)-1]
		}
		return
	}
	j.leaf()
}

// page notes that somebody is paged.
func (j *judge) page(visit int, who int32) {
	if !j.w.cast.human[who] {
		return
	}
	known := false
	for _, p := range j.paged {
		known = known || p.who == who
	}
	if !known {
		j.found = append(j.found, visit)
	}
	j.paged = append(j.paged, paged{who, visit})
}

// leaf notes what comes of a course.
func (j *judge) leaf() {
	n := min(len(j.found), len(j.latest))
	if j.leaves++; j.leaves == 1 || n < j.certain {
		j.certain = n
	}
	for k := range n {
		j.latest[k] = max(j.latest[k], j.found[k])
	}
}

// able returns who may be picked: nobody is paged twice at one instant.
func (j *judge) able(visit int, c *crew) []turn {
	visits := j.w.course.visits
	able := make([]turn, 0, len(c.who))
	for i, who := range c.who {
		twice := false
		for _, p := range j.paged {
			twice = twice || p.who == who && visits[p.visit].at.at == visits[visit].at.at
		}
		if !twice {
			able = append(able, turn{who: who, place: c.places[i]})
		}
	}
	return able
}

// first returns who may be picked next: whoever it has to be, or any of them.
func (j *judge) first(m *move, able []turn, order []int32) []turn {
	if m.pick == escalation.PickLeastRecent {
		return j.leastRecent(m.pointer, able)
	}
	for _, last := range slices.Backward(j.picked) {
		if last.pointer == m.pointer {
			return inTurn(last, able, order)
		}
	}
	return able
}

// inTurn returns who follows the one who was picked last, of all candidates. Where
// that one has gone, it is whoever has the place.
func inTurn(last turn, able []turn, order []int32) []turn {
	all, after := int32(len(order)), last.place-1
	for place, who := range order {
		if who == last.who {
			after = int32(place)
		}
	}
	best, distance := 0, all+1
	for i, a := range able {
		d := (a.place - after - 1) % all
		if d < 0 {
			d += all
		}
		if d < distance {
			best, distance = i, d
		}
	}
	return able[best : best+1]
}

// leastRecent returns those who have not been picked in this course or, where
// there are none, whose pick is longest ago.
func (j *judge) leastRecent(pointer string, able []turn) []turn {
	fresh := make([]turn, 0, len(able))
	best, longest := 0, int64(never)
	for i, a := range able {
		last := int64(-1)
		for _, p := range j.picked {
			if p.pointer == pointer && p.who == a.who {
				last = p.at
			}
		}
		if last < 0 {
			fresh = append(fresh, a)
		} else if last < longest {
			best, longest = i, last
		}
	}
	if len(fresh) > 0 {
		return fresh
	}
	return able[best : best+1]
}
