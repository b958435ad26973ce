package pagerduty

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// writeOut makes fixed shifts of a layer whose turns are not made of whole minutes,
// which package oncall does not know, for the time that the options ask for.
func (im *importer) writeOut(n jsondoc.Node, r oncall.Rotation, zone string, seconds int64) (oncall.Rotation, bool) {
	length := n.Get("rotation_turn_length_seconds")
	o := im.Options
	if !o.From.Before(o.To) {
		im.Loss(length, "turns of %d s cannot be kept, so the layer is left out and nobody is on duty in it: they have to be whole minutes, "+
			"or a range has to be given in the options (From, To) in which they are written out", seconds)
		return r, false
	}
	from, to := gather.Later(o.From.Truncate(time.Second), r.From), o.To.Truncate(time.Second)
	if !r.Until.IsZero() && r.Until.Before(to) {
		to = r.Until
	}
	im.Loss(length, "turns of %d s cannot be kept: they are written out from %s to %s, and nobody is on duty outside of that",
		seconds, o.From.UTC().Format(time.RFC3339), o.To.UTC().Format(time.RFC3339))
	fixed := oncall.Rotation{ID: r.ID, Name: r.Name}
	loc := gather.Location(zone)
	start := gather.Wall(r.Start).Unix()
	boundary := func(turn int64) time.Time { return oncall.LocalOf(time.Unix(start+turn*seconds, 0).UTC()).In(loc) }
	for _, duty := range onDuty(r, zone, from, to) {
		turn := (gather.Wall(oncall.LocalOf(duty.Start.In(loc))).Unix() - start) / seconds
		for at := duty.Start; at.Before(duty.End); turn++ {
			end := boundary(turn + 1)
			if !end.After(at) {
				continue
			}
			if end.After(duty.End) {
				end = duty.End
			}
			if seat := r.Seats[turn%int64(len(r.Seats))]; len(seat.People) > 0 {
				fixed.Fixed = append(fixed.Fixed, oncall.FixedShift{Start: at, End: end, People: seat.People})
			}
			if len(fixed.Fixed) > oncall.MaxFixed {
				length.Failf("at most %d turns in the range of the options", oncall.MaxFixed)
				return r, false
			}
			at = end
		}
	}
	return fixed, len(fixed.Fixed) > 0
}

// onDuty returns when a layer is on duty, whoever is.
func onDuty(r oncall.Rotation, zone string, from, to time.Time) []oncall.Shift {
	r.ID, r.Seats, r.Turns = "duty", oncall.Seats("anybody"), oncall.Every(1, oncall.Weeks)
	rota, err := oncall.Compile(oncall.Schedule{ID: "duty", Zone: zone, Rotations: []oncall.Rotation{r}})
	if err != nil || !from.Before(to) {
		return nil // what is wrong with it is already recorded
	}
	var duty []oncall.Shift
	for s := range rota.Shifts(from, to) {
		if len(duty) > oncall.MaxFixed {
			break
		}
		duty = append(duty, s)
	}
	return duty
}
