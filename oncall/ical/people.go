package ical

import "strings"

// propPerson is the property in which Write says who is on call. Empty, it marks
// a gap.
const propPerson = "X-INCIDENTKIT-PERSON"

// Event is what an event says that helps to tell who is on call. Texts are
// unescaped.
type Event struct {
	UID         string
	Summary     string
	Description string
	Location    string

	// Attendees are the mail addresses of those who are invited and have not
	// declined; for those without one, their names.
	Attendees []string

	// Person is the id that Write put there; empty in other calendars.
	Person string
}

// PeopleOf is the rule that Import follows unless the options have another: see
// the package comment. No people: nobody can be made out.
func PeopleOf(e Event) []string {
	switch summary := strings.TrimSpace(e.Summary); {
	case e.Person != "":
		return []string{e.Person}
	case len(e.Attendees) > 0:
		return e.Attendees
	case summary == "":
		return nil
	default:
		return []string{onCallName(summary)}
	}
}

// onCallName returns NAME of "On Call - NAME - SCHEDULE", and any other summary as
// it is. Names of schedules have dashes in them more often than those of people.
func onCallName(summary string) string {
	const prefix = "on call - "
	if len(summary) <= len(prefix) || !strings.EqualFold(summary[:len(prefix)], prefix) {
		return summary
	}
	name, _, _ := strings.Cut(summary[len(prefix):], " - ")
	if name = strings.TrimSpace(name); name == "" {
		return summary
	}
	return name
}

// about reads what tells who is on call. It reports false for what is no duty: a
// gap that Write wrote.
func (im *importer) about(c *component) (Event, bool) {
	e := Event{
		UID:         c.text("UID"),
		Summary:     c.text("SUMMARY"),
		Description: c.text("DESCRIPTION"),
		Location:    c.text("LOCATION"),
	}
	if ours, _ := c.all(propPerson); len(ours) > 0 {
		e.Person = ours[0].value
		if e.Person == "" {
			return e, false
		}
	}
	properties, bad := c.all("ATTENDEE")
	for _, b := range bad {
		im.lose(b.Path, "want %s: who is invited there is not on call", b.Want)
	}
	seen := map[string]bool{}
	for _, p := range properties {
		kind, name := strings.ToUpper(p.param("CUTYPE")), attendee(p)
		switch {
		case name == "" || kind == "ROOM" || kind == "RESOURCE":
		case strings.EqualFold(p.param("PARTSTAT"), "DECLINED"):
			im.assume(c.path+"/ATTENDEE", "%s has declined, and is not taken to be on call", name)
		case !seen[name]:
			seen[name] = true
			e.Attendees = append(e.Attendees, name)
		}
	}
	return e, true
}

// attendee returns the mail address of somebody who is invited, or else the name.
func attendee(p property) string {
	address := strings.TrimSpace(p.value)
	if scheme := len("mailto:"); len(address) >= scheme && strings.EqualFold(address[:scheme], "mailto:") {
		address = strings.TrimSpace(address[scheme:])
	}
	if mail := strings.TrimSpace(p.param("EMAIL")); mail != "" {
		return mail
	}
	if name := strings.TrimSpace(p.param("CN")); !strings.Contains(address, "@") && name != "" {
		return name
	}
	return address
}
