package ical

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Options say how a calendar is read.
type Options struct {
	// From and To are the range (half-open) for which events that recur are
	// expanded. The shifts that touch it are in the result, as long as they are.
	// Required; in the years oncall.MinYear to oncall.MaxYear.
	From, To time.Time

	// Zone is the IANA time zone of the schedule, of times without a zone, and of
	// whole days. Empty: the calendar's own (X-WR-TIMEZONE), or else UTC; where
	// it mattered, the report says so.
	Zone string

	// ScheduleID is the id of the result; empty: "calendar".
	ScheduleID string

	// People tells who is on call in an event; nil: PeopleOf. It is called once
	// for each event, also for those outside the range. No people, an empty id, or
	// more than oncall.MaxPerSeat: the event is left out, and the report says so.
	People func(Event) []string

	Limits Limits
}

// Result is a calendar as a schedule.
type Result struct {
	// Schedule has one rotation, "calendar", of fixed shifts in order of time, or
	// none if there are no shifts.
	Schedule oncall.Schedule

	// Report is what was left out, and what could be read in another way. The
	// paths are like "VEVENT[3]/RRULE", counted from 0 in the document.
	Report []oncall.Note
}

// Import reads a calendar. Its error is an *Error if the calendar as a whole is
// malformed or over a limit, and an *oncall.FieldError if the options are wrong;
// everything else is in the report. Events that are cancelled are no shifts.
//
// It is safe for concurrent use, and takes no longer than the limits allow.
func Import(o Options, data []byte) (Result, error) {
	im, err := newImporter(o)
	if err != nil {
		return Result{}, err
	}
	calendar, err := scan(data, im.options.Limits)
	if err != nil {
		return Result{}, err
	}
	if err := im.head(calendar); err != nil {
		return Result{}, err
	}
	events, err := im.events(calendar)
	if err != nil {
		return Result{}, err
	}
	for _, series := range im.group(events) {
		if err := im.expand(series); err != nil {
			return Result{}, err
		}
	}
	im.closingNotes()
	fixed := im.fixed()
	if err := atOnce(fixed); err != nil {
		return Result{}, err
	}
	schedule := oncall.Schedule{
		ID:   cmp.Or(im.options.ScheduleID, "calendar"),
		Name: cmp.Or(strings.TrimSpace(calendar.text("X-WR-CALNAME")), strings.TrimSpace(calendar.text("NAME"))),
		Zone: im.fallback.String(),
	}
	if len(fixed) > 0 {
		schedule.Rotations = []oncall.Rotation{{ID: "calendar", Name: schedule.Name, Fixed: fixed}}
	}
	return Result{Schedule: schedule, Report: im.report}, nil
}

// importer is one import under way.
type importer struct {
	options    Options
	people     func(Event) []string
	fallback   *time.Location // for times without a zone
	vtimezones map[string]*component
	zones      map[string]*time.Location
	named      int // zones that the calendar does not define
	budget     int
	cancelled  bool // the whole calendar is a cancellation
	shifts     []shift
	report     []oncall.Note

	// Where something was assumed of which one note is enough.
	floating, transparent []string
}

// shift is an occurrence that touches the range.
type shift struct {
	interval
	id     string
	path   string
	people []string
}

func newImporter(o Options) (*importer, error) {
	limits, err := o.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	o.Limits = limits
	for name, t := range map[string]time.Time{"from": o.From, "to": o.To} {
		if year := t.UTC().Year(); t.IsZero() || year < oncall.MinYear || year > oncall.MaxYear {
			return nil, &oncall.FieldError{Field: name, Want: fmt.Sprintf("an instant in the years %d to %d", oncall.MinYear, oncall.MaxYear)}
		}
	}
	if !o.To.After(o.From) {
		return nil, &oncall.FieldError{Field: "to", Want: "an instant after from"}
	}
	im := &importer{
		options:    o,
		people:     o.People,
		fallback:   time.UTC,
		vtimezones: map[string]*component{},
		zones:      map[string]*time.Location{},
		budget:     limits.MaxSteps,
	}
	if im.people == nil {
		im.people = PeopleOf
	}
	if o.Zone != "" {
		zone, ok := loadIANA(o.Zone)
		if !ok {
			return nil, &oncall.FieldError{Field: "zone", Want: fmt.Sprintf(`an IANA time zone such as "Europe/Berlin", not %q`, shorten(o.Zone))}
		}
		im.fallback = zone
	}
	return im, nil
}

func (im *importer) lose(path, format string, args ...any) {
	im.note(oncall.Loss, path, format, args...)
}

func (im *importer) assume(path, format string, args ...any) {
	im.note(oncall.Assumption, path, format, args...)
}

func (im *importer) note(level oncall.NoteLevel, path, format string, args ...any) {
	im.report = append(im.report, oncall.Note{Level: level, Path: path, Text: fmt.Sprintf(format, args...)})
}

// head reads what the calendar says about itself, its zones first.
func (im *importer) head(calendar *component) error {
	const path = "VCALENDAR/"
	if scale := strings.TrimSpace(calendar.text("CALSCALE")); scale != "" && !strings.EqualFold(scale, "GREGORIAN") {
		return &Error{Path: path + "CALSCALE", Want: fmt.Sprintf("GREGORIAN, not %q", shorten(scale))}
	}
	switch method := strings.ToUpper(strings.TrimSpace(calendar.text("METHOD"))); method {
	case "", "PUBLISH", "REQUEST", "ADD":
	case "CANCEL":
		im.cancelled = true
		im.assume(path+"METHOD", "the calendar cancels its events: none is a shift")
	default:
		im.assume(path+"METHOD", "%s is a message about a calendar: its events are read as if they were in it", shorten(method))
	}
	others := map[string]int{}
	for _, c := range calendar.children {
		if c.name != "VTIMEZONE" && c.name != "VEVENT" {
			others[c.name]++
			continue
		}
		if tzid := c.text("TZID"); c.name == "VTIMEZONE" && im.vtimezones[tzid] == nil {
			im.vtimezones[tzid] = c
		}
	}
	for _, c := range calendar.children {
		if n := others[c.name]; n > 0 {
			im.lose(c.path, "want VEVENT: only events are shifts, and the %d of %s are not read", n, c.name)
			delete(others, c.name)
		}
	}
	if name := strings.TrimSpace(calendar.text("X-WR-TIMEZONE")); name != "" && im.options.Zone == "" {
		zone, ok := loadZone(name)
		if !ok {
			im.assume(path+"X-WR-TIMEZONE", "the time zone %q is unknown: UTC stands for it", shorten(name))
			return nil
		}
		im.fallback = zone
	}
	return nil
}

// events reads all events. One that is malformed is left out.
func (im *importer) events(calendar *component) ([]*event, error) {
	var events []*event
	for _, c := range calendar.children {
		if c.name != "VEVENT" {
			continue
		}
		e, err := im.event(c)
		if bad, ok := errors.AsType[*eventError](err); ok {
			im.lose(bad.path, "want %s: the event is left out", bad.want)
			continue
		}
		if err != nil {
			return nil, err
		}
		if e.uid == "" {
			im.assume(c.path+"/UID", "it is missing: the event has nothing to do with any other")
		}
		events = append(events, e)
	}
	return events, nil
}

// over says that the rules of a calendar take too long.
func (im *importer) over(path string, err error) error {
	if !errors.Is(err, ErrSteps) {
		return err
	}
	return &Error{Path: path, Limit: "MaxSteps", Want: fmt.Sprintf("rules that take at most %d steps to expand, or a shorter range", im.options.Limits.MaxSteps)}
}

// fixed puts the shifts in order of time, each person's once.
func (im *importer) fixed() (fixed []oncall.FixedShift) {
	slices.SortStableFunc(im.shifts, func(a, b shift) int {
		return cmp.Or(a.start.Compare(b.start), a.end.Compare(b.end))
	})
	type duty struct {
		start, end int64
		person     string
	}
	seen := map[duty]string{}
	for _, s := range im.shifts {
		f := oncall.FixedShift{ID: s.id, Start: s.start.In(im.fallback), End: s.end.In(im.fallback)}
		for _, person := range s.people {
			d := duty{s.start.Unix(), s.end.Unix(), person}
			if other, twice := seen[d]; twice {
				if other != s.path {
					im.assume(s.path, "the shift of %s from %s is in %s too, and counts once", person, f.Start.Format(time.RFC3339), other)
				}
				continue
			}
			seen[d] = s.path
			f.People = append(f.People, person)
		}
		if len(f.People) > 0 {
			fixed = append(fixed, f)
		}
	}
	return fixed
}

// atOnce refuses more shifts at a time than a schedule holds. They are in order.
func atOnce(shifts []oncall.FixedShift) error {
	ends := make([]int64, len(shifts))
	for i, s := range shifts {
		ends[i] = s.End.Unix()
	}
	slices.Sort(ends)
	over := 0 // how many shifts are
	for i, s := range shifts {
		for ends[over] <= s.Start.Unix() {
			over++
		}
		if i+1-over > oncall.MaxAtOnce {
			return overLimit("oncall.MaxAtOnce", 0, "at most %d shifts at any time, as at %s", oncall.MaxAtOnce, s.Start.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// closingNotes say once what is so in many places.
func (im *importer) closingNotes() {
	if n := len(im.floating); n > 0 && im.options.Zone == "" {
		im.assume(im.floating[0], "the time is without a zone%s: it is read in %s", others(n, "time"), im.fallback)
	}
	if n := len(im.transparent); n > 0 {
		im.assume(im.transparent[0], "the event is marked as free time%s: it is a shift all the same", others(n, "event"))
	}
}

// others says how many more there are, after the first.
func others(n int, what string) string {
	switch n {
	case 1:
		return ""
	case 2:
		return " (as is 1 more " + what + ")"
	default:
		return fmt.Sprintf(" (as are %d more %ss)", n-1, what)
	}
}
