package main

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// planSchedule writes a schedule in the format of plans, and notes at which place
// of it something could not be said.
func planSchedule(path string, s oncall.Schedule) (plan.Schedule, []oncall.Note) {
	w := planWriter{path: path}
	out := plan.Schedule{ID: s.ID, Name: s.Name, Zone: s.Zone}
	for i, r := range s.Rotations {
		w.rotation(&out, fmt.Sprintf("/rotations/%d", i), r)
	}
	for i, o := range s.Overrides {
		w.override(&out, fmt.Sprintf("/overrides/%d", i), o)
	}
	w.cannot(len(s.People) > 0, "/people", "leave, holidays, skills and stages of people")
	w.cannot(len(s.Shadows) > 0, "/shadows", "shadows")
	w.cannot(len(s.Intended) > 0, "/intended", "gaps that are intended")
	return out, w.notes
}

type planWriter struct {
	path  string
	notes []oncall.Note
}

// cannot notes what the format does not have, where it is there, and returns
// whether it is.
func (w *planWriter) cannot(there bool, path, what string) bool {
	if there {
		w.notes = append(w.notes, oncall.Note{Level: oncall.Loss, Path: w.path + path, Text: "A plan has no " + what + " yet; left out."})
	}
	return there
}

func (w *planWriter) rotation(out *plan.Schedule, path string, r oncall.Rotation) {
	var members []string
	crowded := false
	for _, seat := range r.Seats {
		crowded = crowded || len(seat.People) != 1
		members = append(members, seat.People...)
	}
	lost := w.cannot(len(out.Rotations) > 0, path, "second rotation of a schedule")
	lost = w.cannot(len(r.Fixed) > 0, path+"/fixed", "shifts that are fixed one by one") || lost
	lost = w.cannot(len(r.Fixed) == 0 && (len(r.Turns) != 1 || r.Turns[0].Unit != oncall.Weeks), path+"/turns", "turns but of weeks") || lost
	lost = w.cannot(crowded, path+"/seats", "seats with several people or none") || lost
	lost = w.cannot(len(r.Windows) > 0, path+"/windows", "windows of a rotation") || lost
	lost = w.cannot(bounded(r, out.Zone), path+"/from", "bounds of a rotation") || lost
	lost = w.cannot(r.Zone != "" && r.Zone != out.Zone, path+"/zone", "zone of a rotation") || lost
	if !lost {
		out.Rotations = append(out.Rotations, plan.Rotation{
			ID: r.ID, Start: plan.LocalTime(r.Start), Turn: plan.Turn(r.Turns[0]), Members: members,
		})
	}
}

// bounded reports whether a rotation is on duty for less than from its start on.
func bounded(r oncall.Rotation, zone string) bool {
	if !r.Until.IsZero() || len(r.Fixed) > 0 {
		return !r.Until.IsZero()
	}
	loc, err := time.LoadLocation(zone)
	return !r.From.IsZero() && (err != nil || r.From.After(r.Start.In(loc)))
}

func (w *planWriter) override(out *plan.Schedule, path string, o oncall.Override) {
	narrow := o.Rotation != "" || o.Replaces != "" || o.Adds
	lost := w.cannot(narrow, path, "overrides of one rotation or person, or such that add")
	lost = w.cannot(len(o.People) != 1, path+"/people", "overrides to several people or nobody") || lost
	if !lost {
		out.Overrides = append(out.Overrides, plan.Override{
			ID: o.ID, Start: plan.Instant(o.Start), End: plan.Instant(o.End), Person: o.People[0], Reason: o.Reason,
		})
	}
}
