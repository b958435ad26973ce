package plan

import (
	"fmt"
	"strings"

	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// ids are the ids of one list of the document.
type ids struct {
	noun  string // what each of them is the id of
	in    string // what they are in: "the plan"
	list  []string
	index map[string]int

	// doubtful says that some id could not be read, so that one nobody knows may
	// well be it.
	doubtful bool
}

// collect gathers the ids of the list at a path, and checks that each is there
// once.
func (c *checker) collect(noun, path string, n int, id func(int) string) ids {
	s := ids{noun: noun, in: "the plan", index: make(map[string]int, n), doubtful: c.hasProblem(path)}
	for i := range n {
		here := at(path, i, "id")
		if c.hasProblem(here) {
			s.doubtful = true
			continue
		}
		if first, ok := s.index[id(i)]; ok {
			line, _ := c.positions.At(at(path, first, "id"))
			c.bad(here, fmt.Sprintf("an id of its own; %s is also that of the %s on line %d", quote(id(i)), noun, line))
			continue
		}
		s.index[id(i)] = i
		s.list = append(s.list, id(i))
	}
	return s
}

// refer checks that an id is one of those; empty names nothing.
func (c *checker) refer(path, id string, to ids) (index int, ok bool) {
	if index, ok = to.index[id]; ok || id == "" || to.doubtful || c.hasProblem(path) {
		return index, ok
	}
	if c.full() {
		return 0, false // nobody would see the likely id
	}
	want := fmt.Sprintf("the id of a %s, not %s", to.noun, quote(id))
	if meant := strictjson.Closest(id, to.list); meant != "" {
		want += fmt.Sprintf("; did you mean %q?", meant)
	} else if n := len(to.list); n == 0 {
		want += "; " + to.in + " has none"
	} else if n <= 10 {
		want += "; " + to.in + " has " + strings.Join(to.list, ", ")
	}
	c.bad(path, want)
	return 0, false
}

// names are the ids of everything that is named from elsewhere.
type names struct {
	severities, schedules, policies, components ids
	people, teams, vendors, channels, webhooks  ids
}

func (c *checker) names() names {
	s := c.spec
	return names{
		severities: c.collect("severity", "/severities", len(s.Severities), func(i int) string { return s.Severities[i].ID }),
		schedules:  c.collect("schedule", "/schedules", len(s.Schedules), func(i int) string { return s.Schedules[i].ID }),
		policies:   c.collect("policy", "/policies", len(s.Policies), func(i int) string { return s.Policies[i].ID }),
		components: c.collect("component", "/components", len(s.Components), func(i int) string { return s.Components[i].ID }),
		people:     c.collect("person", "/people", len(s.People), func(i int) string { return s.People[i].ID }),
		teams:      c.collect("team", "/teams", len(s.Teams), func(i int) string { return s.Teams[i].ID }),
		vendors:    c.collect("vendor", "/vendors", len(s.Vendors), func(i int) string { return s.Vendors[i].ID }),
		channels:   c.collect("channel", "/channels", len(s.Channels), func(i int) string { return s.Channels[i].ID }),
		webhooks:   c.collect("webhook", "/webhooks", len(s.Webhooks), func(i int) string { return s.Webhooks[i].ID }),
	}
}

// references checks that ids are unique and that whatever is named is there.
func (c *checker) references() {
	s, names := c.spec, c.names()
	c.refer("/default_policy", s.DefaultPolicy, names.policies)
	c.mistaken("/last_resort/person", s.LastResort.Person, names.people, names.schedules, alwaysPerson)
	c.person("/last_resort/person", s.LastResort.Person, names.people)
	for i, schedule := range s.Schedules {
		(&duty{c, names.people, names.schedules}).schedule(at("/schedules", i), schedule)
	}
	(&paging{checker: c, names: names}).all()
	for i, component := range s.Components {
		c.refer(at("/components", i, "policy"), component.Policy, names.policies)
	}
	for i, route := range s.Routes {
		c.refer(at("/routes", i, "severity"), route.Severity, names.severities)
		c.refer(at("/routes", i, "component"), route.Component, names.components)
		c.refer(at("/routes", i, "policy"), route.Policy, names.policies)
	}
}

// mistaken says so where an id is that of something else. Without a list of
// people nobody can tell who is not there.
func (c *checker) mistaken(path, id string, want, instead ids, advice string) {
	_, right := want.index[id]
	_, wrong := instead.index[id]
	if right || !wrong || want.doubtful || want.noun == "person" && len(c.spec.People) == 0 {
		return
	}
	c.bad(path, fmt.Sprintf("the id of a %s; %s is a %s; %s", want.noun, quote(id), instead.noun, advice))
}

// person checks somebody who may be paged. Without a list of people the host's
// directory knows them.
func (c *checker) person(path, id string, people ids) {
	if len(c.spec.People) == 0 {
		return
	}
	if i, ok := c.refer(path, id, people); ok && c.paged[i] == "" {
		c.paged[i] = path
	}
}

// routes checks what references cannot.
func (c *checker) routes() {
	routes := c.spec.Routes
	if len(routes) > MaxRoutes {
		c.bad("/routes", fmt.Sprintf("at most %d routes, not %d", MaxRoutes, len(routes)))
		return
	}
	for i, route := range routes {
		path := at("/routes", i)
		if route.Status == Active && route.Severity == "" {
			c.bad(at(path, "severity"), "the id of a severity, which an active incident needs")
		}
		if _, ok := route.Match[""]; ok {
			c.bad(at(path, "match", ""), "the name of a label; it is empty")
		}
		for j, earlier := range routes[:i] {
			if covers(earlier.Match, route.Match) && !c.hasProblem(at("/routes", j, "match")) {
				line, _ := c.positions.At(at("/routes", j))
				c.bad(at(path, "match"), fmt.Sprintf("labels that no earlier route covers: the one on line %d takes every alert that this one would", line))
				break
			}
		}
	}
}

// covers reports whether every alert that has the narrow labels has the wide
// ones.
func covers(wide, narrow map[string]string) bool {
	for name, value := range wide {
		if v, ok := narrow[name]; !ok || v != value {
			return false
		}
	}
	return true
}
