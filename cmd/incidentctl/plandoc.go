package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/importers"
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
	result.Schedules = p.OnCall()
	return result, nil
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
