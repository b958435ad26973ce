package incidentio

import (
	"slices"

	"github.com/incidentkit/incidentkit/oncall"
)

// reading is one way to read what the configuration of a rotation leaves open.
type reading struct {
	// shared lets a handover pass on one place of several: whoever had the second
	// gets the first. Otherwise every handover passes on all of them.
	shared bool

	// count says whether turns outside the working hours count.
	count oncall.Count
}

// readings returns the ways in which the rotation can be read, the likeliest
// first.
func (r *rotation) readings() []reading {
	likeliest := reading{count: oncall.ByTurn}
	ways := []reading{likeliest}
	if slices.ContainsFunc(r.versions, func(v version) bool { return len(v.layers) > 1 && len(v.users) > 1 }) {
		ways = append(ways, reading{shared: true, count: oncall.ByTurn})
	}
	if slices.ContainsFunc(r.versions, func(v version) bool { return len(v.base.Windows) > 0 && len(v.users) > 1 }) {
		for _, w := range slices.Clone(ways) {
			ways = append(ways, reading{shared: w.shared, count: oncall.ByShift})
		}
	}
	return ways
}

// all returns the rotation as the calculator takes it: its versions, with all
// layers.
func (r *rotation) all() []oncall.Rotation { return r.with(func(string) bool { return true }) }

// layer returns the rotation with only one of its layers.
func (r *rotation) layer(id string) []oncall.Rotation {
	return r.with(func(layer string) bool { return layer == id })
}

// with returns the rotation with some of its layers.
func (r *rotation) with(layers func(id string) bool) []oncall.Rotation {
	if r.fixed != nil {
		return r.fixedWith(layers)
	}
	var rotations []oncall.Rotation
	for _, v := range r.versions {
		rotation := v.base
		rotation.Seats = v.seats(r.reading, layers)
		if len(rotation.Windows) > 0 {
			rotation.Count = r.reading.count
		}
		rotations = append(rotations, rotation)
	}
	return rotations
}

func (r *rotation) fixedWith(layers func(id string) bool) []oncall.Rotation {
	rotation := oncall.Rotation{ID: r.id, Name: r.versions[0].base.Name}
	for _, e := range r.fixed {
		if e.user != "" && layers(e.layer) {
			rotation.Fixed = append(rotation.Fixed, oncall.FixedShift{
				ID: e.id, Start: e.start, End: e.end, People: []string{e.user},
			})
		}
	}
	if rotation.Fixed == nil {
		return nil
	}
	return []oncall.Rotation{rotation}
}

// seats deals the users out to the layers, turn by turn, until it begins again.
func (v version) seats(way reading, layers func(id string) bool) []oncall.Seat {
	if len(v.users) == 0 {
		return []oncall.Seat{{}}
	}
	step := len(v.layers)
	if way.shared {
		step = 1
	}
	var seats []oncall.Seat
	for first := 0; first == 0 || first%len(v.users) != 0; first += step {
		var seat oncall.Seat
		for i, layer := range v.layers {
			user := v.users[(first+i)%len(v.users)]
			if user != "" && layers(layer) && !slices.Contains(seat.People, user) {
				seat.People = append(seat.People, user)
			}
		}
		seats = append(seats, seat)
	}
	return seats
}

// isCertain reports whether the configuration alone tells who is on duty: fair and
// sequential are the same as long as all turns are equal, and nobody joins or
// leaves.
func (r *rotation) isCertain() bool {
	users := make(map[string]bool)
	even := len(r.versions) == 1
	fair := false
	for _, v := range r.versions {
		fair = fair || v.isFair
		for _, u := range v.users {
			users[u] = true
		}
		same := func(t oncall.Turn) bool { return t == v.base.Turns[0] }
		uneven := slices.ContainsFunc(v.base.Turns, func(t oncall.Turn) bool { return !same(t) })
		even = even && !uneven && len(v.base.Windows) == 0
	}
	return !fair || even || len(users) <= 1
}

// settle chooses how to read a rotation, with the help of its scheduled entries.
func (im *importer) settle(r *rotation, scheduled []entry, zone string) {
	if len(r.versions) == 0 {
		return
	}
	mode := r.node.Get("scheduling_mode")
	ways := r.readings()
	r.reading = ways[0]
	switch {
	case r.isCertain():
		im.choose(r, ways, scheduled, zone)
	case len(scheduled) > 0:
		r.fixed = scheduled
		im.Loss(mode, "the mode fair depends on shifts of the past, so rotation %q is taken from its scheduled entries, and before the first and after the last nobody is on duty in it", r.id)
	default:
		im.Loss(mode, "the mode fair depends on shifts of the past, which are not among the documents, so rotation %q is taken for sequential, and others may be on duty in incident.io; its schedule_entries would tell", r.id)
	}
}

// choose takes the first reading that agrees with what is scheduled, or else the
// likeliest.
func (im *importer) choose(r *rotation, ways []reading, scheduled []entry, zone string) {
	if len(ways) == 1 {
		return
	}
	if len(scheduled) == 0 {
		im.Assume(r.node, "each handover is taken to pass on all layers of rotation %q, and to count also outside its working intervals, so others may be on duty in incident.io; schedule_entries would tell", r.id)
		return
	}
	for _, way := range ways {
		r.reading = way
		if im.agrees(r, scheduled, zone) {
			return
		}
	}
	r.reading = ways[0]
}
