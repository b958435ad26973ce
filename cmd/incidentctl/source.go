package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
)

// maxInput bounds the bytes of one document.
const maxInput = 16 << 20

// documentFlags say how documents are to be read, and which schedule is asked about.
type documentFlags struct {
	sourceFlags
	Schedule string `placeholder:"ID" help:"Which schedule, where the documents hold several."`
}

// sourceFlags say how documents are to be read.
type sourceFlags struct {
	Format   string `default:"plan" enum:"${formats}" placeholder:"FORMAT" help:"What the documents are: ${enum}. Default: ${default}."`
	Exported string `placeholder:"TIME" help:"When the documents were exported, for formats that are true only then and do not say. Default: now."`
	zoneFlag
}

type zoneFlag struct {
	Zone string `placeholder:"ZONE" help:"IANA zone of times without one, of the text that is shown, and of the request that the documents are an answer to. Default: the schedule's."`
}

// fileFlag names the documents.
type fileFlag struct {
	File []string `short:"f" required:"" sep:"none" placeholder:"FILE" help:"A document; - is standard input. Several belong together, such as a schedule and its overrides."`
}

// location returns the zone of the flag, or the other where it was not given.
func (f zoneFlag) location(other *time.Location) (*time.Location, error) {
	if f.Zone == "" {
		return other, nil
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil || f.Zone == "Local" {
		return nil, fmt.Errorf(`--zone: want an IANA zone such as "Europe/Berlin", not %q`, f.Zone)
	}
	return zone, nil
}

// question is a schedule and the times that are asked about.
type question struct {
	moments
	rota     *oncall.Rota
	schedule oncall.Schedule
	names    map[string]string // of people, by id
	report   []oncall.Note
	shown    *time.Location // the zone of text output
}

// ask reads the documents and chooses the schedule.
func (f documentFlags) ask(t terminal, times timeFlags, names []string) (*question, error) {
	result, err := f.read(t, times, names)
	if err != nil {
		return nil, err
	}
	schedule, err := choose(result, f.Schedule)
	if err != nil {
		return nil, err
	}
	rotas, err := oncall.CompileAll(result.Schedules)
	if err != nil {
		return nil, err
	}
	q := &question{rota: rotas[schedule.ID], schedule: schedule, names: map[string]string{}, report: result.Report}
	for _, person := range result.People {
		q.names[person.ID] = cmp.Or(person.Name, person.Email)
	}
	if q.shown, err = f.location(q.rota.Zone()); err != nil {
		return nil, err
	}
	q.moments, err = times.resolve(t.now, q.shown)
	return q, err
}

// read reads the documents. Since the zone of the schedule is known only after
// that, the range that the reader expands is wider by what zones may differ.
func (f sourceFlags) read(t terminal, times timeFlags, names []string) (importers.Result, error) {
	zone, err := f.location(time.UTC)
	if err != nil {
		return importers.Result{}, err
	}
	asked, err := times.read(t.now, zone)
	if err != nil {
		return importers.Result{}, err
	}
	exported := t.now.In(zone).Truncate(time.Second)
	if f.Exported != "" {
		if exported, err = parseTime(f.Exported, exported, zone); err != nil {
			return importers.Result{}, fmt.Errorf("--exported: %w", err)
		}
	}
	files, err := open(t, names)
	if err != nil {
		return importers.Result{}, err
	}
	read, err := readerOf(f.Format)
	if err != nil {
		return importers.Result{}, err
	}
	from, to := widen(asked.from, asked.to)
	result, err := read(importers.Options{At: exported, From: from, To: to, Zone: f.Zone}, files...)
	if err != nil {
		return result, &inFlagsError{err}
	}
	for i := range result.Report {
		result.Report[i].Text = inFlags.Replace(result.Report[i].Text)
	}
	return result, nil
}

// inFlags says with which flags the options of an importer are set.
var inFlags = strings.NewReplacer(
	"the options (Zone)", "--zone", "the options (At)", "--exported", "the options (From, To)", "--from and --to",
)

// inFlagsError is the error of an importer, in the words of the command line.
type inFlagsError struct{ error }

func (e *inFlagsError) Error() string { return inFlags.Replace(e.error.Error()) }
func (e *inFlagsError) Unwrap() error { return e.error }

// widen returns a range that contains the one from one reading of the wall clock
// until another, in whatever zone.
func widen(from, to time.Time) (time.Time, time.Time) {
	const margin = 24 * time.Hour
	if to.Before(from) { // an instant and a wall clock, in another zone
		from, to = to, from
	}
	if from = from.Add(-margin); from.Before(earliest) {
		from = earliest
	}
	if to = to.Add(margin); to.After(latest) {
		to = latest
	}
	return from, to
}

// open reads files into memory.
func open(t terminal, names []string) ([]importers.File, error) {
	if n := len(names) - len(slices.Compact(slices.Sorted(slices.Values(names)))); n > 0 {
		return nil, errors.New("want each file once")
	}
	files := make([]importers.File, len(names))
	for i, name := range names {
		data, err := content(t, name)
		if err != nil {
			return nil, err
		}
		if name == "-" {
			name = "stdin"
		}
		files[i] = importers.File{Name: name, Data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	}
	return files, nil
}

func content(t terminal, name string) ([]byte, error) {
	in := t.stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = fmt.Errorf("%s: want at most %d bytes", name, maxInput)
	}
	return data, err
}

// choose returns the schedule with the id, or the only one.
func choose(result importers.Result, id string) (oncall.Schedule, error) {
	schedules := result.Schedules
	ids := make([]string, len(schedules))
	for i, s := range schedules {
		if s.ID == id || id == "" && len(schedules) == 1 {
			return s, nil
		}
		ids[i] = s.ID
	}
	switch {
	case len(ids) == 0:
		return oncall.Schedule{}, noneIn("schedule", result.Report)
	case id == "":
		return oncall.Schedule{}, fmt.Errorf("--schedule: want one of the %d schedules: %s", len(ids), strings.Join(ids, ", "))
	}
	return oncall.Schedule{}, fmt.Errorf("--schedule: want one of %s, not %q", strings.Join(ids, ", "), id)
}

// noneIn is the error of a document that lacks what is asked about. What the import
// reports may be why.
func noneIn(what string, report []oncall.Note) error {
	article := "a"
	if strings.ContainsRune("aeiou", rune(what[0])) {
		article = "an"
	}
	why := []string{fmt.Sprintf("want a document with %s %s; there is none in it", article, what)}
	for _, n := range report {
		why = append(why, fmt.Sprintf("  %s: %s", cmp.Or(n.Path, "/"), n.Text))
	}
	return errors.New(strings.Join(why, "\n"))
}
