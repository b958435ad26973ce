package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// document is a plan, and where it comes from.
type document struct {
	plan    *plan.Plan
	name    string
	file    string // empty: it was made of the documents of another product
	report  []oncall.Note
	invalid *invalidPlanError // nil: it is valid, and else there is no plan
}

// at returns the line and the column of a place.
func (d *document) at(path string) (line, column int) {
	if d.invalid == nil {
		p := d.plan.Problem(path, "")
		return p.Line, p.Column
	}
	for _, p := range d.invalid.cause.Problems {
		if p.Path == path {
			return p.Line, p.Column
		}
	}
	return 1, 1
}

// readPlan reads a plan, or makes one of the documents of another product.
func (f sourceFlags) readPlan(t terminal, times timeFlags, names []string) (document, error) {
	if f.Format != defaultFormat {
		result, err := f.read(t, times, names)
		if err != nil {
			return document{}, err
		}
		return compiled(result, f.Format)
	}
	files, err := open(t, names)
	if err != nil {
		return document{}, err
	}
	p, err := parsePlan(files)
	if err != nil {
		return document{}, err
	}
	return document{plan: p, name: p.Name(), file: files[0].Name}, nil
}

// compiled makes a plan of what was imported.
func compiled(result importers.Result, format string) (document, error) {
	written, err := planOf(result, format)
	if err != nil {
		return document{}, err
	}
	return document{plan: written.plan, name: written.plan.Name(), report: written.report}, nil
}

func parsePlan(files []importers.File) (*plan.Plan, error) {
	if len(files) != 1 {
		return nil, fmt.Errorf("want one plan, not %d files: a plan is one document", len(files))
	}
	p, err := plan.Parse(files[0].Data)
	if err != nil {
		return nil, inFile(files[0], err)
	}
	return p, nil
}

// readPlan reads the schedules of a response plan.
func readPlan(_ importers.Options, files ...importers.File) (importers.Result, error) {
	var result importers.Result
	p, err := parsePlan(files)
	if err != nil {
		return result, err
	}
	for person := range p.People() {
		result.People = append(result.People, importers.Person{ID: person.ID, Name: person.Name})
	}
	result.Schedules = p.OnCall()
	return result, nil
}

// invalidPlanError is the error of a document that is no plan.
type invalidPlanError struct {
	cause *plan.Error
	file  string
	text  []byte
}

func inFile(file importers.File, err error) error {
	var invalid *plan.Error
	if !errors.As(err, &invalid) {
		return fmt.Errorf("%s: %w", file.Name, err)
	}
	return &invalidPlanError{invalid, file.Name, file.Data}
}

// Unwrap returns what is wrong with it.
func (e *invalidPlanError) Unwrap() error { return e.cause }

// Error says of each problem in which file it is, the way that compilers do.
func (e *invalidPlanError) Error() string {
	var all []string
	for _, p := range e.cause.Problems {
		path := p.Path
		if path != "" {
			path += ": "
		}
		all = append(all, fmt.Sprintf("%s:%d:%d: %swant %s", e.file, p.Line, p.Column, path, p.Want))
	}
	if e.cause.More {
		all = append(all, e.file+": there may be more")
	}
	if slices.ContainsFunc(e.cause.Problems, func(p plan.Problem) bool { return p.Path == "/format" }) {
		all = append(all, e.file+": if this is not a plan but an export of another product, say with --format of which")
	}
	return strings.Join(all, "\n")
}
