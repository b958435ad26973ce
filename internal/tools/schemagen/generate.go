package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/severity"
)

// generate returns the schema as it is to be in the file.
func generate(dir string) ([]byte, error) {
	comments, err := readComments(dir)
	if err != nil {
		return nil, err
	}
	spec := reflect.TypeFor[plan.Spec]()
	schema, err := jsonschema.ForType(spec, &jsonschema.ForOptions{TypeSchemas: textTypes()})
	if err != nil {
		return nil, err
	}
	if err := describe(schema, spec, comments); err != nil {
		return nil, err
	}
	bound(schema)
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.ID = "urn:incidentkit:plan:v1"
	schema.Title = "Incident response plan"
	schema.Description = "A response plan of incidentkit, format " + plan.Format + "."
	if _, err := schema.Resolve(nil); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// textTypes are the types that are strings in a document.
func textTypes() map[reflect.Type]*jsonschema.Schema {
	text := func(pattern string, examples ...any) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Pattern: pattern, Examples: examples}
	}
	duration := text(`^([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$`, "5m", "1h30m", "3d")
	duration.MinLength = new(2)
	instant := text(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$`, "2026-01-05T10:00:00+01:00")
	instant.Format = "date-time"
	return map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[plan.Duration]():         duration,
		reflect.TypeFor[plan.Turn]():             text(`^[1-9][0-9]{0,6} (minute|hour|day|week|month)s?$`, "8 hours", "1 day", "2 weeks", "1 month"),
		reflect.TypeFor[plan.LocalTime]():        text(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$`, "2026-01-05T09:00"),
		reflect.TypeFor[plan.TimeOfDay]():        text(`^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$`, "09:00"),
		reflect.TypeFor[plan.Instant]():          instant,
		reflect.TypeFor[plan.Status]():           choice(plan.Triage, plan.Active),
		reflect.TypeFor[plan.Overlap]():          choice(oncall.Hide, oncall.Add, oncall.Levels),
		reflect.TypeFor[plan.Absence]():          choice(oncall.Keep, oncall.Vacate, oncall.NextSeat),
		reflect.TypeFor[plan.MonthEnd]():         choice(oncall.Overflow),
		reflect.TypeFor[plan.Count]():            choice(oncall.ByTurn, oncall.ByHandoff, oncall.ByShift),
		reflect.TypeFor[plan.Repeated]():         choice(oncall.EndsLast),
		reflect.TypeFor[plan.Readiness]():        choice(oncall.NotEligible, oncall.Shadowing, oncall.Supervised, oncall.Ready, oncall.Leading),
		reflect.TypeFor[plan.Weekday]():          choice("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
		reflect.TypeFor[escalation.TargetType](): choice(escalation.TargetPerson, escalation.TargetSchedule),
	}
}

// choice is one of several texts.
func choice[T ~string](texts ...T) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, t := range texts {
		s.Enum = append(s.Enum, string(t))
	}
	return s
}

// describe completes what the types alone do not say. It goes through the
// schema and the type side by side.
func describe(s *jsonschema.Schema, t reflect.Type, comments comments) error {
	switch t.Kind() {
	case reflect.Slice:
		s.Type, s.Types = "array", nil // a Go slice may be nil, a list in a document may not
		if c := comments[t.Elem().Name()][""]; c != "" {
			s.Items.Description = c
		}
		return describe(s.Items, t.Elem(), comments)
	case reflect.Struct:
		if s.Type != "object" {
			return nil // one of textTypes
		}
		for field := range t.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := s.Properties[name]
			property.Description = comments[t.Name()][field.Name]
			if property.Description == "" {
				return fmt.Errorf("%s.%s has no comment", t.Name(), field.Name)
			}
			if err := describe(property, field.Type, comments); err != nil {
				return err
			}
			target, optional := property, options != ""
			if field.Type.Kind() == reflect.Slice {
				target, optional = property.Items, false
			}
			if err := limit(target, field.Tag.Get("text"), optional); err != nil {
				return fmt.Errorf("%s.%s: %w", t.Name(), field.Name, err)
			}
		}
	default:
	}
	return nil
}

// limit says what a string with a "text" tag may hold. Where a field may be left
// out, an empty string is the same.
func limit(s *jsonschema.Schema, kind string, optional bool) error {
	switch kind {
	case "":
	case "id":
		least := 1
		if optional {
			least = 0
		}
		s.Pattern = fmt.Sprintf(`^[!-~]{%d,%d}$`, least, plan.MaxID)
	case "line":
		if !optional {
			s.MinLength = new(1)
		}
		s.MaxLength = new(plan.MaxLine)
		s.Pattern = `^[^\x00-\x1f\x7f-\x9f]*$`
	case "text":
		s.MaxLength = new(plan.MaxText)
	case "zone":
		s.Pattern = fmt.Sprintf(`^[A-Z][!-~]{0,%d}$`, plan.MaxID-1)
		if optional {
			s.Pattern = fmt.Sprintf(`^([A-Z][!-~]{0,%d})?$`, plan.MaxID-1)
		}
	default:
		return fmt.Errorf("unknown kind of text %q", kind)
	}
	return nil
}

// bound sets the bounds that the packages below the plan check.
func bound(root *jsonschema.Schema) {
	items(root.Properties["severities"], 1, severity.MaxLevels)
	items(root.Properties["people"].Items.Properties["skills"], 0, plan.MaxSkills)

	schedule := root.Properties["schedules"].Items
	rotation(items(schedule.Properties["rotations"], 0, oncall.MaxRotations))
	override := items(schedule.Properties["overrides"], 0, oncall.MaxOverrides)
	items(override.Properties["people"], 0, oncall.MaxPerSeat)
	anyOf(override, "person", "people", "nobody")
	window(schedule.Properties["intended_gaps"].Items.Properties["window"])

	policy := root.Properties["policies"].Items
	root.Properties["policies"].MinItems = new(1) // the default policy is one
	step := items(policy.Properties["steps"], 1, escalation.MaxSteps)
	items(step.Properties["targets"], 1, escalation.MaxTargets)
	repeat := policy.Properties["repeat"]
	repeat.Minimum, repeat.Maximum = new(0.0), new(float64(escalation.MaxRepeat))

	route := items(root.Properties["routes"], 0, plan.MaxRoutes)
	route.Properties["match"].PropertyNames = &jsonschema.Schema{MinLength: new(1)}

	root.Properties["format"].Const = new(any(plan.Format))
}

func rotation(s *jsonschema.Schema) {
	p := s.Properties
	items(p["turns"], 0, oncall.MaxTurns)
	items(p["members"], 0, oncall.MaxSeats)
	seat := items(p["seats"], 0, oncall.MaxSeats)
	items(seat.Properties["people"], 0, oncall.MaxPerSeat)
	anyOf(seat, "people", "schedule", "vacant")
	window(items(p["windows"], 0, oncall.MaxWindows))
	items(p["skills"], 0, plan.MaxSkills)
	items(items(p["fixed"], 0, oncall.MaxFixed).Properties["people"], 1, oncall.MaxPerSeat)

	fixed, turns := &jsonschema.Schema{Required: []string{"fixed"}}, &jsonschema.Schema{Required: []string{"start"}}
	turns.AllOf = []*jsonschema.Schema{anyOf(&jsonschema.Schema{}, "turn", "turns"), anyOf(&jsonschema.Schema{}, "members", "seats")}
	s.AnyOf = []*jsonschema.Schema{fixed, turns}
}

func window(s *jsonschema.Schema) {
	items(s.Properties["days"], 0, 7)
	s.Properties["days"].UniqueItems = true
	anyOf(s, "closes", "length")
}

// items bounds the length of a list, and returns the schema of its items.
func items(s *jsonschema.Schema, least, most int) *jsonschema.Schema {
	if least > 0 {
		s.MinItems = new(least)
	}
	s.MaxItems = new(most)
	return s.Items
}

// anyOf requires at least one of several fields.
func anyOf(s *jsonschema.Schema, fields ...string) *jsonschema.Schema {
	for _, f := range fields {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Required: []string{f}})
	}
	return s
}
