package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// readPlan reads a response plan.
func readPlan(_ importers.Options, files ...importers.File) (importers.Result, error) {
	if len(files) != 1 {
		return importers.Result{}, fmt.Errorf("want one plan, not %d files: a plan is one document", len(files))
	}
	var result importers.Result
	p, err := plan.Parse(files[0].Data)
	if err != nil {
		return result, inFile(files[0].Name, err)
	}
	for person := range p.People() {
		result.People = append(result.People, importers.Person{ID: person.ID, Name: person.Name})
	}
	result.Schedules, err = schedulesOf(p)
	return result, err
}

// schedulesOf returns what the schedules of a plan say.
func schedulesOf(p *plan.Plan) ([]oncall.Schedule, error) {
	var spec plan.Spec
	if err := json.Unmarshal(p.Document(), &spec); err != nil {
		return nil, err
	}
	var all []oncall.Schedule
	for _, s := range spec.Schedules {
		schedule := oncall.Schedule{ID: s.ID, Name: s.Name, Zone: s.Zone}
		for _, r := range s.Rotations {
			schedule.Rotations = append(schedule.Rotations, oncall.Rotation{
				ID: r.ID, Start: oncall.LocalTime(r.Start), Turns: []oncall.Turn{oncall.Turn(r.Turn)}, Seats: oncall.Seats(r.Members...),
			})
		}
		for _, o := range s.Overrides {
			schedule.Overrides = append(schedule.Overrides, oncall.Override{
				ID: o.ID, Start: time.Time(o.Start), End: time.Time(o.End), People: []string{o.Person}, Reason: o.Reason,
			})
		}
		all = append(all, schedule)
	}
	return all, nil
}

// inFile says of each problem of a plan in which file it is, the way that
// compilers do.
func inFile(name string, err error) error {
	var invalid *plan.Error
	if !errors.As(err, &invalid) {
		return fmt.Errorf("%s: %w", name, err)
	}
	var all []error
	for _, p := range invalid.Problems {
		path := p.Path
		if path != "" {
			path += ": "
		}
		all = append(all, fmt.Errorf("%s:%d:%d: %swant %s", name, p.Line, p.Column, path, p.Want))
	}
	if invalid.More {
		all = append(all, fmt.Errorf("%s: there may be more", name))
	}
	if slices.ContainsFunc(invalid.Problems, func(p plan.Problem) bool { return p.Path == "/format" }) {
		all = append(all, fmt.Errorf("%s: if this is not a plan but an export of another product, say with --format of which", name))
	}
	return errors.Join(all...)
}
