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
	types := textTypes()
	for t, name := range shared {
		types[t] = &jsonschema.Schema{Ref: "#/$defs/" + name}
	}
	schema, err := object(reflect.TypeFor[plan.Spec](), types, comments)
	if err != nil {
		return nil, err
	}
	schema.Defs = map[string]*jsonschema.Schema{}
	for t, name := range shared {
		def, err := object(t, types, comments)
		if err != nil {
			return nil, err
		}
		def.Description = comments[t.Name()][""]
		schema.Defs[name] = def
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

// shared are the objects that are in several places of a document, or in
// themselves, by the names of their definitions.
var shared = map[reflect.Type]string{
	reflect.TypeFor[plan.Step]():         "step",
	reflect.TypeFor[plan.Target]():       "target",
	reflect.TypeFor[plan.Condition]():    "condition",
	reflect.TypeFor[plan.Hours]():        "hours",
	reflect.TypeFor[plan.Window]():       "window",
	reflect.TypeFor[plan.Contact]():      "contact",
	reflect.TypeFor[plan.Notification](): "notification",
}

// object returns the schema of a struct.
func object(t reflect.Type, types map[reflect.Type]*jsonschema.Schema, comments comments) (*jsonschema.Schema, error) {
	fields := reflect.StructOf(reflect.VisibleFields(t)) // without its name, by which types has it
	schema, err := jsonschema.ForType(fields, &jsonschema.ForOptions{TypeSchemas: types})
	if err != nil {
		return nil, err
	}
	return schema, describe(schema, t, comments)
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
		reflect.TypeFor[plan.Wait]():             duration,
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
		reflect.TypeFor[plan.Mode]():             choice(escalation.OnCallNow, escalation.OnCallNext, escalation.Everyone, escalation.Manager),
		reflect.TypeFor[plan.Urgency]():          choice(escalation.High, escalation.Low),
		reflect.TypeFor[plan.Ack]():              choice(escalation.AckFirst, escalation.AckAll),
		reflect.TypeFor[plan.Pick]():             choice(escalation.PickAll, escalation.PickInTurn, escalation.PickLeastRecent),
		reflect.TypeFor[plan.Kind]():             choice(plan.Standard, plan.Drill),
		reflect.TypeFor[escalation.TargetType](): choice(escalation.TargetTypes()...),
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
		if c := comments[t.Elem().Name()][""]; c != "" && s.Items.Ref == "" {
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

	person := root.Properties["people"].Items
	rules := person.Properties["rules"].Properties
	items(rules["quiet"].Properties["windows"], 1, oncall.MaxWindows)
	items(root.Properties["vendors"].Items.Properties["contacts"], 1, 0)

	schedule := root.Properties["schedules"].Items
	rotation(items(schedule.Properties["rotations"], 0, oncall.MaxRotations))
	override := items(schedule.Properties["overrides"], 0, oncall.MaxOverrides)
	items(override.Properties["people"], 0, oncall.MaxPerSeat)
	anyOf(override, "person", "people", "nobody")
	window := root.Defs["window"]
	items(window.Properties["days"], 0, 7)
	window.Properties["days"].UniqueItems = true
	anyOf(window, "closes", "length")

	policy(items(root.Properties["policies"], 1, escalation.MaxPolicies)) // the default policy is one
	step(root.Defs["step"])
	items(root.Defs["hours"].Properties["windows"], 1, oncall.MaxWindows)
	condition := root.Defs["condition"].Properties
	between(condition["alerts"].Properties["at_least"], 1, escalation.MaxAlerts)
	condition["labels"].PropertyNames = &jsonschema.Schema{MinLength: new(1)}

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
	items(p["windows"], 0, oncall.MaxWindows)
	items(p["skills"], 0, plan.MaxSkills)
	items(items(p["fixed"], 0, oncall.MaxFixed).Properties["people"], 1, oncall.MaxPerSeat)

	fixed, turns := &jsonschema.Schema{Required: []string{"fixed"}}, &jsonschema.Schema{Required: []string{"start"}}
	turns.AllOf = []*jsonschema.Schema{anyOf(&jsonschema.Schema{}, "turn", "turns"), anyOf(&jsonschema.Schema{}, "members", "seats")}
	s.AnyOf = []*jsonschema.Schema{fixed, turns}
}

func policy(s *jsonschema.Schema) {
	p := s.Properties
	items(p["steps"], 1, escalation.MaxSteps)
	between(p["repeat"], 0, escalation.MaxRepeat)
	items(p["final"].Properties["targets"], 0, escalation.MaxTargets)
}

func step(s *jsonschema.Schema) {
	p := s.Properties
	items(p["targets"], 0, escalation.MaxTargets)
	items(p["steps"], 0, escalation.MaxSteps)
	items(p["else"], 0, escalation.MaxSteps)
	items(p["skills"], 0, plan.MaxSkills)
	between(p["times"], 0, escalation.MaxRepeat) // 0 is as good as left out
	anyOf(s, "targets", "steps", "else", "until", "back_to")
}

func between(s *jsonschema.Schema, least, most float64) {
	s.Minimum, s.Maximum = new(least), new(most)
}

// items bounds the length of a list, where a bound is not 0, and returns the schema
// of its items.
func items(s *jsonschema.Schema, least, most int) *jsonschema.Schema {
	if least > 0 {
		s.MinItems = new(least)
	}
	if most > 0 {
		s.MaxItems = new(most)
	}
	return s.Items
}

// anyOf requires at least one of several fields.
func anyOf(s *jsonschema.Schema, fields ...string) *jsonschema.Schema {
	for _, f := range fields {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Required: []string{f}})
	}
	return s
}
