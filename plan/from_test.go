package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// written returns the plan whose document a Go program writes for schedules.
func written(tb require.TestingT, schedules ...oncall.Schedule) *plan.Plan {
	spec := minimal()
	var known []plan.Person
	var err error
	spec.Schedules, known, err = plan.FromSchedules(schedules...)
	require.NoError(tb, err)
	if len(known) > 0 { // then everybody has to be listed
		for _, id := range append(somebody, "ana") {
			i := slices.IndexFunc(known, func(p plan.Person) bool { return p.ID == id })
			if i < 0 {
				i = len(known)
				known = append(known, plan.Person{ID: id})
			}
			known[i].Contacts = []plan.Contact{{Channel: "sms", To: "1"}}
		}
		slices.SortFunc(known, func(a, b plan.Person) int { return strings.Compare(a.ID, b.ID) })
	}
	spec.People = known
	doc, err := json.Marshal(spec)
	require.NoError(tb, err)
	p, err := plan.Parse(doc)
	require.NoError(tb, err, "%s", doc)
	return p
}

// A document says the same as the schedules it was written for.
func TestFromSchedulesGiveTheSameAnswers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{rt, time.Date(2026, time.March, 29, 1, 0, 0, 0, time.UTC)}
		schedules := d.schedules()
		want, err := oncall.CompileAll(schedules)
		require.NoError(rt, err)
		p := written(rt, schedules...)

		from, to := d.around.AddDate(0, 0, -8), d.around.AddDate(0, 0, 8)
		for _, s := range schedules {
			got, ok := p.Schedule(s.ID)
			require.True(rt, ok)
			assert.Equal(rt, want[s.ID].AppendShifts(nil, from, to), got.AppendShifts(nil, from, to))
			assert.Equal(rt, slices.Collect(want[s.ID].Gaps(from, to)), slices.Collect(got.Gaps(from, to)))
			assert.Equal(rt, slices.Collect(want[s.ID].Shadows(from, to)), slices.Collect(got.Shadows(from, to)))
			assert.Equal(rt, want[s.ID].Zone(), got.Zone())
		}
		assert.Equal(rt, p.OnCall(), written(rt, p.OnCall()...).OnCall())
	})
}

// What the documents of testdata say can be written again.
func TestFromSchedulesOfPlans(t *testing.T) {
	t.Parallel()
	for name, doc := range documents(t, "valid") {
		var spec plan.Spec
		require.NoError(t, json.Unmarshal(doc, &spec))
		schedules, people, err := plan.FromSchedules(parse(t, name).OnCall()...)
		require.NoError(t, err)
		for i := range schedules { // what is optional has been filled in
			schedules[i].Name = spec.Schedules[i].Name
			schedules[i].Absence = spec.Schedules[i].Absence
			for j, r := range spec.Schedules[i].Rotations {
				for k, w := range r.Windows {
					if w.Length != 0 {
						schedules[i].Rotations[j].Windows[k] = w
					}
				}
			}
		}
		want, err := json.MarshalIndent(spec.Schedules, "", " ")
		require.NoError(t, err)
		if spec.Schedules != nil {
			got, err := json.MarshalIndent(schedules, "", " ")
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), name)
		}
		for _, p := range people {
			i := slices.IndexFunc(spec.People, func(q plan.Person) bool { return p.ID == q.ID })
			p.Name, p.Contacts, p.Rules = spec.People[i].Name, spec.People[i].Contacts, spec.People[i].Rules
			assert.Equal(t, spec.People[i], p)
		}
	}
}

func TestFromSchedulesRefuses(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	good := func() oncall.Schedule {
		return oncall.Schedule{ID: "s", Zone: "UTC", Absence: oncall.Keep, Rotations: []oncall.Rotation{{
			ID: "r", Start: oncall.LocalOf(at), Turns: oncall.Every(1, oncall.Days), Seats: oncall.Seats("ana", "ben"),
		}}}
	}
	long := strings.Repeat("x", plan.MaxLine+1)
	leave := []oncall.Leave{{Start: at, End: at.Add(time.Hour)}}
	tests := map[string]struct {
		change func(s, other *oncall.Schedule)
		want   string
	}{
		"an id with a space":        {func(s, _ *oncall.Schedule) { s.ID = "a b" }, `schedules[0].id: want 1 to 100 printable ASCII characters without spaces, not "a b"`},
		"a member":                  {func(s, _ *oncall.Schedule) { s.Rotations[0].Seats = oncall.Seats("ana", "Ben Okoro") }, `schedules[0].rotations[0].members[1]: want 1 to 100`},
		"somebody in a shared seat": {func(s, _ *oncall.Schedule) { s.Rotations[0].Seats[0].People = []string{"ana", "é"} }, `schedules[0].rotations[0].seats[0].people[1]: want 1 to 100`},
		"a fixed shift":             {func(s, _ *oncall.Schedule) { fix(s, at, "a b", "ana") }, `schedules[0].rotations[0].fixed[0].id: want 1 to 100`},
		"an override":               {func(s, _ *oncall.Schedule) { s.Overrides = []oncall.Override{{ID: "a b", Start: at, End: at.Add(1e9)}} }, `schedules[0].overrides[0].id: want 1 to 100`},
		"a long name":               {func(s, _ *oncall.Schedule) { s.Name = long }, `schedules[0].name: want one line of 1 to 500 characters`},
		"many skills": {func(s, _ *oncall.Schedule) {
			s.People = []oncall.Person{{ID: "ana", Skills: slices.Repeat([]string{"x"}, 51)}}
		}, `people[0].skills: want at most 50 skills, not 51`},
		"a schedule that is not good": {func(_, o *oncall.Schedule) { o.Rotations[0].Start = oncall.LocalTime{} }, `schedules[1].rotations[0].start: want a date and time of day`},
		"a fraction of a second":      {func(s, _ *oncall.Schedule) { s.Rotations[0].From = at.Add(1) }, `schedules[0].rotations[0].from: want a whole second`},
		"holidays":                    {func(s, _ *oncall.Schedule) { s.People = []oncall.Person{{ID: "ana", Holidays: oncall.HolidayList{}}} }, `schedules[0].people[0].holidays: want none`},
		"two views of a person": {func(s, o *oncall.Schedule) {
			s.People = []oncall.Person{{ID: "ana", Zone: "UTC"}}
			o.People = []oncall.Person{{ID: "ana", Zone: "Europe/Berlin"}}
		}, `schedules[1].people[0]: want the same of "ana" as in schedules[0]`},
		"somebody whom one does not know": {func(_, o *oncall.Schedule) { o.People = []oncall.Person{{ID: "ana", Leave: leave}} },
			`schedules[0].people: want the same of "ana" as in schedules[1]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedules := []oncall.Schedule{good(), good()}
			schedules[1].ID = "other"
			_, _, err := plan.FromSchedules(schedules...)
			require.NoError(t, err)

			tt.change(&schedules[0], &schedules[1])
			got, people, err := plan.FromSchedules(schedules...)
			require.ErrorContains(t, err, tt.want)
			var field *oncall.FieldError
			require.ErrorAs(t, err, &field)
			assert.Empty(t, got)
			assert.Empty(t, people)
		})
	}
}

func fix(s *oncall.Schedule, at time.Time, id string, people ...string) {
	s.Rotations[0] = oncall.Rotation{ID: "r", Fixed: []oncall.FixedShift{{ID: id, Start: at, End: at.Add(time.Hour), People: people}}}
}

func TestFromSchedulesTidiesText(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.FixedZone("", 3600))
	s := oncall.Schedule{ID: "s", Name: " On\tcall ", Zone: "UTC"}
	s.Overrides = []oncall.Override{{ID: "o", Start: at, End: at.Add(time.Hour), People: []string{"ana"}, Reason: "Ben's\r\ndentist\x00"}}
	got, _, err := plan.FromSchedules(s)
	require.NoError(t, err)
	assert.Equal(t, "On call", got[0].Name)
	assert.Equal(t, "Ben's dentist", got[0].Overrides[0].Reason)
	doc, err := json.Marshal(got[0])
	require.NoError(t, err)
	assert.JSONEq(t, `{"id": "s", "name": "On call", "zone": "UTC", "rotations": [],
		"overrides": [{"id": "o", "start": "2026-03-02T08:00:00Z", "end": "2026-03-02T09:00:00Z", "person": "ana", "reason": "Ben's dentist"}]}`, string(doc))

	nothing, people, err := plan.FromSchedules()
	require.NoError(t, err)
	assert.Empty(t, nothing)
	assert.Empty(t, people)
}

// drawer draws schedules of which something happens around an instant.
type drawer struct {
	*rapid.T
	around time.Time
}

var somebody = []string{"ana", "ben", "cleo", "dan", "eve"}

func (d drawer) number(from, to int) int { return rapid.IntRange(from, to).Draw(d.T, "number") }

func (d drawer) yes() bool { return rapid.Bool().Draw(d.T, "yes") }

func draw[T any](d drawer, values ...T) T { return rapid.SampledFrom(values).Draw(d.T, "one of them") }

func (d drawer) instant() time.Time {
	return d.around.Add(time.Duration(d.number(-150, 150))*time.Hour + time.Duration(d.number(0, 3599))*time.Second)
}

func (d drawer) span() (start, end time.Time) {
	start = d.instant()
	return start, start.Add(time.Duration(d.number(0, 80))*time.Hour + time.Duration(d.number(1, 3600))*time.Second)
}

// bounds draws a start and an end of which either may be left out.
func (d drawer) bounds() (start, end time.Time) {
	start, end = d.span()
	switch d.number(0, 3) {
	case 0:
		start = time.Time{}
	case 1:
		end = time.Time{}
	}
	return start, end
}

func (d drawer) people(from, to int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(somebody), from, to, rapid.ID[string]).Draw(d.T, "people")
}

func (d drawer) zone() string { return draw(d, "Europe/Berlin", "America/New_York", "UTC") }

// schedules draws one to three, each of which may be in seats of those before it.
// They know the same of people.
func (d drawer) schedules() (all []oncall.Schedule) {
	people := d.known()
	for i := range d.number(1, 3) {
		s := oncall.Schedule{
			ID: fmt.Sprint("s", i), Name: draw(d, "", "Primary"), Zone: d.zone(), People: people,
			Overlap: draw(d, oncall.Hide, oncall.Add, oncall.Levels), Absence: draw(d, oncall.Keep, oncall.Vacate, oncall.NextSeat),
		}
		for j := range d.number(0, 3) {
			s.Rotations = append(s.Rotations, d.rotation(fmt.Sprint("r", j), i))
		}
		for j := range d.number(0, 4) {
			s.Overrides = append(s.Overrides, d.override(fmt.Sprint("o", j), s.Rotations))
		}
		for range d.number(0, 2) {
			shadow := oncall.Shadow{Person: "eve", Of: draw(d, "", "ana")}
			shadow.Start, shadow.End = d.bounds()
			s.Shadows = append(s.Shadows, shadow)
			gap := oncall.IntendedGap{Reason: "closed"}
			if gap.Start, gap.End = d.bounds(); d.yes() {
				gap.Window = d.window()
			}
			s.Intended = append(s.Intended, gap)
		}
		all = append(all, s)
	}
	slices.Reverse(all)
	return all
}

func (d drawer) known() (people []oncall.Person) {
	for _, id := range d.people(0, 3) {
		p := oncall.Person{ID: id, Zone: draw(d, "", d.zone()), Skills: []string{"go"}}
		for range d.number(0, 2) {
			start, end := d.span()
			p.Leave = append(p.Leave, oncall.Leave{Start: start, End: end, Reason: draw(d, "", "summer")})
		}
		if d.yes() {
			from := d.instant()
			p.Stages = []oncall.Stage{
				{From: from, Readiness: draw(d, oncall.NotEligible, oncall.Shadowing, oncall.Supervised)},
				{From: from.Add(time.Hour), Readiness: draw(d, oncall.Ready, oncall.Leading)},
			}
		}
		people = append(people, p)
	}
	return people
}

func (d drawer) rotation(id string, nested int) oncall.Rotation {
	r := oncall.Rotation{ID: id, Name: draw(d, "", "Nights"), Level: d.number(-1, 1)}
	r.From, r.Until = d.bounds()
	if d.number(0, 4) == 0 {
		r.Fixed = []oncall.FixedShift{}
		for i := range d.number(0, 2) {
			start, end := d.span()
			r.Fixed = append(r.Fixed, oncall.FixedShift{ID: draw(d, "", fmt.Sprint("f", i)), Start: start, End: end, People: d.people(1, 2)})
		}
		return r
	}
	r.Zone = draw(d, "", d.zone())
	r.Start = oncall.LocalOf(d.around.AddDate(0, -d.number(0, 3), -d.number(0, 8)).Add(time.Duration(d.number(0, 86_399)) * time.Second))
	unit := draw(d, oncall.Minutes, oncall.Hours, oncall.Days, oncall.Weeks)
	for range d.number(1, 2) {
		r.Turns = append(r.Turns, oncall.Turn{N: d.number(1, 3) * map[oncall.Unit]int{oncall.Minutes: 100, oncall.Hours: 5}[unit], Unit: unit})
		if r.Turns[0].N == 0 {
			r.Turns = oncall.Every(d.number(1, 2), draw(d, oncall.Days, oncall.Weeks, oncall.Months))
			break
		}
	}
	r.MonthEnd = draw(d, oncall.LastDay, oncall.Overflow)
	r.Count = draw(d, "", oncall.ByTurn, oncall.ByHandoff, oncall.ByShift)
	for range d.number(0, 2) {
		r.Windows = append(r.Windows, d.window())
		r.Repeated = draw(d, oncall.EndsFirst, oncall.EndsLast)
		r.Count = draw(d, oncall.ByTurn, oncall.ByHandoff, oncall.ByShift)
	}
	if r.Count != oncall.ByShift {
		r.WindowsZone = draw(d, "", d.zone())
	}
	for range d.number(1, 3) {
		r.Seats = append(r.Seats, d.seat(nested))
	}
	return r
}

func (d drawer) seat(nested int) oncall.Seat {
	switch d.number(0, 5) {
	case 0:
		return oncall.Seat{}
	case 1:
		return oncall.Seat{People: d.people(2, 3)}
	case 2:
		if nested > 0 {
			return oncall.Seat{Schedule: fmt.Sprint("s", d.number(0, nested-1))}
		}
	}
	return oncall.Seat{People: d.people(1, 1)}
}

func (d drawer) window() oncall.Window {
	return oncall.Window{
		Days:   oncall.Weekdays(d.number(0, 127)),
		Opens:  oncall.TimeOfDay{Hour: d.number(0, 23), Minute: d.number(0, 59), Second: draw(d, 0, 30)},
		Length: time.Duration(d.number(1, draw(d, 86_400, 7*86_400))) * time.Second,
	}
}

func (d drawer) override(id string, rotations []oncall.Rotation) oncall.Override {
	o := oncall.Override{ID: id, Reason: draw(d, "", "dentist")}
	o.Start, o.End = d.span()
	if len(rotations) > 0 && d.yes() {
		o.Rotation = draw(d, rotations...).ID
	}
	switch d.number(0, 3) {
	case 0:
		o.Adds, o.People = true, d.people(1, 2)
	case 1:
		o.Replaces, o.People = "ana", d.people(0, 2)
	default:
		o.People = d.people(0, 3)
	}
	return o
}
