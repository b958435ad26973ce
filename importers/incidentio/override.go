package incidentio

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// overridesOf converts overrides. One is for a layer of a rotation: whoever has
// that place is replaced, and nobody else.
func (im *importer) overridesOf(rotations []*rotation, entries []entry, zone string) []oncall.Override {
	byID := make(map[string]*rotation)
	for _, r := range rotations {
		byID[r.id] = r
	}
	var overrides []oncall.Override
	ids := gather.IDs{}
	shared := make(map[*rotation][]entry) // for the rotations with several layers
	for i, e := range entries {
		e.id = cmp.Or(e.id, "override-"+strconv.Itoa(i+1))
		r := byID[e.rotation]
		switch {
		case e.rotation == "":
			overrides = append(overrides, override(ids, e))
		case r == nil || len(r.versions) == 0:
			im.Loss(e.node, "the override is for the rotation %q, which the schedule does not have, so nobody is replaced by it", e.rotation)
		case !r.hasLayer(e.layer):
			im.Loss(e.node, "the override is for a layer that the rotation %q does not have, so nobody is replaced by it, here as in incident.io", r.id)
		case r.isSingle():
			overrides = append(overrides, override(ids, e))
		default:
			shared[r] = append(shared[r], e)
		}
	}
	for _, r := range rotations {
		overrides = append(overrides, im.layered(r, shared[r], zone, ids)...)
	}
	return overrides
}

// override replaces everybody in the rotation.
func override(ids gather.IDs, e entry) oncall.Override {
	o := oncall.Override{ID: ids.Unique(e.id), Start: e.start, End: e.end, Rotation: e.rotation}
	if e.user != "" {
		o.People = []string{e.user}
	}
	return o
}

func (r *rotation) hasLayer(id string) bool {
	return id == "" || slices.ContainsFunc(r.versions, func(v version) bool { return slices.Contains(v.layers, id) })
}

func (r *rotation) isSingle() bool {
	return !slices.ContainsFunc(r.versions, func(v version) bool { return len(v.layers) > 1 })
}

// layered converts the overrides of a rotation in which several people are on duty
// at once, piece by piece: in each piece, every layer has one person at most.
func (im *importer) layered(r *rotation, entries []entry, zone string, ids gather.IDs) []oncall.Override {
	if len(entries) == 0 {
		return nil
	}
	layers := r.allLayers()
	rotas := make(map[string]*oncall.Rota)
	for _, l := range layers {
		rotas[l] = rota(zone, r.layer(l))
	}
	cuts := im.cuts(entries, rotas)
	inForce := im.inForce(entries, cuts)
	var overrides []oncall.Override
	for i := range len(cuts) - 1 {
		p := piece{start: cuts[i], end: cuts[i+1]}
		for _, l := range layers {
			p.places = append(p.places, placeOf(rotas[l], inForce[i], l, p.start))
		}
		overrides = append(overrides, p.overrides(r.id, ids)...)
	}
	return overrides
}

func (r *rotation) allLayers() []string {
	var layers []string
	for _, v := range r.versions {
		for _, l := range v.layers {
			if !slices.Contains(layers, l) {
				layers = append(layers, l)
			}
		}
	}
	return layers
}

// cuts returns the instants at which a place may change hands while it is
// overridden, in order.
func (im *importer) cuts(entries []entry, rotas map[string]*oncall.Rota) []time.Time {
	var cuts []time.Time
	for _, e := range entries {
		cuts = append(cuts, e.start, e.end)
		for _, r := range rotas {
			for s := range im.shifts(r, e.start, e.end) {
				cuts = append(cuts, s.Start.UTC(), s.End.UTC())
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	return slices.CompactFunc(cuts, time.Time.Equal)
}

// inForce returns, for the time after each cut, the entries that hold then, in
// order of the list.
func (im *importer) inForce(entries []entry, cuts []time.Time) [][]entry {
	at := make([][]entry, len(cuts))
	for _, e := range entries {
		i, _ := slices.BinarySearchFunc(cuts, e.start, time.Time.Compare)
		for ; i < len(cuts) && cuts[i].Before(e.end) && im.looked <= maxLooked; i++ {
			im.looked++
			at[i] = append(at[i], e)
		}
	}
	return at
}

// place is who has a place in a rotation.
type place struct {
	scheduled string // empty: nobody
	now       string
	override  string // what changed that; empty: nothing
}

func placeOf(r *oncall.Rota, inForce []entry, layer string, at time.Time) place {
	var p place
	if s, err := r.At(at); err == nil {
		p.scheduled, p.now = s.Person, s.Person
	}
	for _, e := range inForce {
		if e.layer == layer || e.layer == "" {
			p.now, p.override = e.user, e.id
		}
	}
	return p
}

// piece is a time in which no place changes hands.
type piece struct {
	start, end time.Time
	places     []place
}

// overrides brings about who is on duty, one replacement at a time. Nobody is
// replaced who is on duty still, in another place.
func (p piece) overrides(rotation string, ids gather.IDs) []oncall.Override {
	stays := make(map[string]bool)
	for _, h := range p.places {
		stays[h.now] = true
	}
	var overrides []oncall.Override
	for _, h := range p.places {
		if h.override == "" || h.now == h.scheduled {
			continue
		}
		o := oncall.Override{Start: p.start, End: p.end, Rotation: rotation}
		if h.now != "" {
			o.People = []string{h.now}
		}
		if h.scheduled == "" || stays[h.scheduled] {
			o.Adds = true
		} else {
			o.Replaces = h.scheduled
		}
		if o.Adds && h.now == "" {
			continue
		}
		o.ID = ids.Unique(h.override)
		overrides = append(overrides, o)
	}
	return overrides
}
