package plan

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/incidentkit/incidentkit/internal/strictjson"
	"github.com/incidentkit/incidentkit/oncall"
)

// FromSchedules returns what a document says for schedules that come from
// elsewhere, such as an import, and the people of whom they know more than the
// id. A document with both says who is on call when exactly as they do.
//
// Line breaks and the like in names and reasons become spaces. Its error joins an
// [*oncall.FieldError] for everything that a document cannot say: whatever
// [oncall.Validate] refuses; ids with spaces or other characters that an id does
// not have; holidays, of which only the leave that follows from them can be there;
// and a person of whom two of the schedules know different things. Their fields
// begin with "schedules[2]".
func FromSchedules(schedules ...oncall.Schedule) ([]Schedule, []Person, error) {
	f := from{index: map[string]int{}}
	var errs []error
	for i, s := range schedules {
		for _, err := range oncall.Validate(s) {
			if field, ok := errors.AsType[*oncall.FieldError](err); ok {
				err = &oncall.FieldError{Field: fmt.Sprintf("schedules[%d].%s", i, field.Field), Want: field.Want}
			}
			errs = append(errs, err)
		}
	}
	if errs != nil {
		return nil, nil, errors.Join(errs...)
	}
	for i, s := range schedules {
		f.schedules = append(f.schedules, fromSchedule(s))
		f.known(i, s)
	}
	for i, s := range schedules {
		f.agrees(i, s)
	}
	f.texts()
	if f.errs != nil {
		return nil, nil, errors.Join(f.errs...)
	}
	return f.schedules, f.people, nil
}

type from struct {
	schedules []Schedule
	people    []Person
	index     map[string]int // of people
	first     []int          // the schedule that each was found in
	errs      []error
}

func (f *from) bad(want, field string, args ...any) {
	f.errs = append(f.errs, &oncall.FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

// known takes over what a schedule knows of its people.
func (f *from) known(i int, s oncall.Schedule) {
	for j, p := range s.People {
		if p.Holidays != nil {
			f.bad("none, since a document has no holidays; oncall.HolidayLeave returns the leave that follows from them",
				"schedules[%d].people[%d].holidays", i, j)
		}
		_, ok := f.index[p.ID]
		if person := fromPerson(p); !ok && !reflect.DeepEqual(person, Person{ID: p.ID}) {
			f.index[p.ID] = len(f.people)
			f.people = append(f.people, person)
			f.first = append(f.first, i)
		}
	}
}

// agrees refuses people of whom the schedule knows something else than another
// does, or nothing: in a document all know the same.
func (f *from) agrees(i int, s oncall.Schedule) {
	told := map[string]bool{}
	same := func(person Person, field string) {
		k, ok := f.index[person.ID]
		if ok && !told[person.ID] && !reflect.DeepEqual(f.people[k], person) {
			f.bad(fmt.Sprintf("the same of %q as in schedules[%d], since a document says it once for all schedules", person.ID, f.first[k]), "%s", field)
		}
		told[person.ID] = true
	}
	for j, p := range s.People {
		same(fromPerson(p), fmt.Sprintf("schedules[%d].people[%d]", i, j))
	}
	for id := range f.schedules[i].people {
		same(Person{ID: id}, fmt.Sprintf("schedules[%d].people", i))
	}
}

// texts checks what a string in a document may hold.
func (f *from) texts() {
	c := newChecker(&Spec{Schedules: f.schedules, People: f.people}, strictjson.Locate(nil), nil)
	c.texts(reflect.ValueOf(f.schedules), "/schedules")
	c.texts(reflect.ValueOf(f.people), "/people")
	c.skills()
	for _, p := range c.problems {
		f.bad(p.Want, "%s", fieldOf(p.Path))
	}
}

// fieldOf turns "/rotations/0/start" into "rotations[0].start".
func fieldOf(path string) string {
	var b strings.Builder
	for token := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		switch _, err := strconv.Atoi(token); {
		case err == nil:
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	return b.String()
}

func fromSchedule(s oncall.Schedule) Schedule {
	out := Schedule{
		ID: s.ID, Name: oneLine(s.Name), Zone: s.Zone, Overlap: Overlap(s.Overlap), Absence: Absence(s.Absence),
		Rotations: make([]Rotation, len(s.Rotations)), // the field is there also if it is empty
	}
	for i, r := range s.Rotations {
		out.Rotations[i] = fromRotation(r)
	}
	for _, o := range s.Overrides {
		override := Override{
			ID: o.ID, Start: instantOf(o.Start), End: instantOf(o.End),
			Rotation: o.Rotation, Replaces: o.Replaces, Adds: o.Adds, Reason: oneLine(o.Reason),
		}
		switch len(o.People) {
		case 0:
			override.Nobody = true
		case 1:
			override.Person = o.People[0]
		default:
			override.People = slices.Clone(o.People)
		}
		out.Overrides = append(out.Overrides, override)
	}
	for _, f := range s.Shadows {
		out.Shadows = append(out.Shadows, Shadow{Person: f.Person, Rotation: f.Rotation, Of: f.Of, Start: instantOf(f.Start), End: instantOf(f.End)})
	}
	for _, g := range s.Intended {
		gap := IntendedGap{Start: instantOf(g.Start), End: instantOf(g.End), Reason: oneLine(g.Reason)}
		if g.Window != (oncall.Window{}) {
			gap.Window = fromWindow(g.Window)
		}
		out.IntendedGaps = append(out.IntendedGaps, gap)
	}
	return out
}

func fromRotation(r oncall.Rotation) Rotation {
	out := Rotation{
		ID: r.ID, Name: oneLine(r.Name), Level: r.Level, Zone: r.Zone,
		Skills: slices.Clone(r.Skills), From: instantOf(r.From), Until: instantOf(r.Until),
	}
	if r.Fixed != nil { // the rest has no meaning
		out.Fixed = make([]FixedShift, len(r.Fixed))
		for i, f := range r.Fixed {
			out.Fixed[i] = FixedShift{ID: f.ID, Start: instantOf(f.Start), End: instantOf(f.End), People: slices.Clone(f.People)}
		}
		return out
	}
	out.Start, out.MonthEnd, out.Count = LocalTime(r.Start), MonthEnd(r.MonthEnd), Count(r.Count)
	out.WindowsZone, out.Repeated = r.WindowsZone, Repeated(r.Repeated)
	if len(r.Turns) == 1 {
		out.Turn = Turn(r.Turns[0])
	} else {
		for _, t := range r.Turns {
			out.Turns = append(out.Turns, Turn(t))
		}
	}
	if simple := !slices.ContainsFunc(r.Seats, func(s oncall.Seat) bool { return len(s.People) != 1 }); simple {
		for _, s := range r.Seats {
			out.Members = append(out.Members, s.People[0])
		}
	} else {
		for _, s := range r.Seats {
			out.Seats = append(out.Seats, Seat{
				People: slices.Clone(s.People), Schedule: s.Schedule, Vacant: len(s.People) == 0 && s.Schedule == "",
			})
		}
	}
	for _, w := range r.Windows {
		out.Windows = append(out.Windows, fromWindow(w))
	}
	return out
}

func fromWindow(w oncall.Window) Window {
	out := Window{Opens: TimeOfDay(w.Opens.String())}
	if w.Length <= 24*time.Hour {
		opens := time.Date(2000, time.January, 1, w.Opens.Hour, w.Opens.Minute, w.Opens.Second, 0, time.UTC)
		out.Closes = TimeOfDay(oncall.LocalOf(opens.Add(w.Length)).TimeOfDay().String())
	} else {
		out.Length = Duration(w.Length)
	}
	for i := range 7 {
		if day := time.Weekday(i+1) % 7; w.Days.Has(day) { // from Monday on
			out.Days = append(out.Days, Weekday(day))
		}
	}
	return out
}

func fromPerson(p oncall.Person) Person {
	out := Person{ID: p.ID, Zone: p.Zone}
	out.Skills = append(out.Skills, p.Skills...) // none: nil
	for _, s := range p.Stages {
		out.Stages = append(out.Stages, Stage{From: instantOf(s.From), Readiness: Readiness(s.Readiness)})
	}
	for _, l := range p.Leave {
		out.Leave = append(out.Leave, Leave{Start: instantOf(l.Start), End: instantOf(l.End), Reason: oneLine(l.Reason)})
	}
	return out
}

// oneLine returns a text as a line has it.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}
