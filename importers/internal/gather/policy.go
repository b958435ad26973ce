package gather

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// policies are what the documents say of escalation.
type policies struct {
	list      []policy
	nested    []named
	schedules []named
	teams     map[string]escalation.Group
	places    map[string]importers.Place // by type and id
}

// policy is one, and where it comes from.
type policy struct {
	escalation.Policy
	node jsondoc.Node
}

// named is a place that names something else by its id.
type named struct {
	id   string
	node jsondoc.Node
}

// AddPolicy takes down an escalation policy that was read from a place in a
// document. Result checks it, together with those that it nests, which may come
// from other documents, before or after it.
func (im *Import) AddPolicy(n jsondoc.Node, p escalation.Policy) {
	p.Steps = spread(p.Steps)
	im.policies.list = append(im.policies.list, policy{p, n})
}

// Nested returns a target that is another policy. It is an error at the place that
// names it if none of the documents has that policy.
func (im *Import) Nested(n jsondoc.Node, id string) escalation.Target {
	im.policies.nested = append(im.policies.nested, named{id, n})
	return escalation.Target{Type: escalation.TargetPolicy, ID: id}
}

// Schedule returns a target that is whoever is on call on a schedule. That none of
// the documents has that schedule is a loss.
func (im *Import) Schedule(n jsondoc.Node, id string) escalation.Target {
	im.policies.schedules = append(im.policies.schedules, named{id, n})
	return escalation.Schedule(id)
}

// Team takes down a team that a policy pages, with what is known of it; nothing
// without an id. What comes first stays.
func (im *Import) Team(g escalation.Group) {
	if g.ID == "" {
		return
	}
	known := im.policies.teams[g.ID]
	if len(known.Members) == 0 {
		known.Members = g.Members
	}
	known.ID, known.Manager = g.ID, cmp.Or(known.Manager, g.Manager)
	im.policies.teams[g.ID] = known
}

// Place takes down a channel or a webhook that a policy pages, and returns the
// target that it is. What comes first stays.
func (im *Import) Place(p importers.Place) escalation.Target {
	target := escalation.Target{Type: p.Type, ID: p.ID}
	if p.ID == "" {
		return target
	}
	known := im.policies.places[target.String()]
	im.policies.places[target.String()] = importers.Place{
		Type: p.Type, ID: p.ID, Name: cmp.Or(known.Name, p.Name), Channel: cmp.Or(known.Channel, p.Channel), To: cmp.Or(known.To, p.To),
	}
	return target
}

// Repeat reads how many times a policy is gone through again; 0 where it is left
// out.
func Repeat(n jsondoc.Node) int {
	count := n.IntOr(0)
	if count < 0 || count > escalation.MaxRepeat {
		n.Failf("0 to %d", escalation.MaxRepeat)
		return 0
	}
	return int(count)
}

// checkNamed records where a policy is named that no document has, and notes
// where a schedule is.
func (im *Import) checkNamed() {
	known := map[string]bool{}
	for _, s := range im.schedules {
		known[s.ID] = true
	}
	for _, n := range im.policies.schedules {
		if !known[n.id] {
			im.Loss(n.node, "the schedule %q is not among the documents, so nobody is known to be on call on it and to be paged", n.id)
		}
	}
	clear(known)
	for _, p := range im.policies.list {
		known[p.ID] = true
	}
	for _, n := range im.policies.nested {
		if !known[n.id] {
			n.node.Failf("a policy that is among the documents; give that of %q too", n.id)
		}
	}
}

// validatePolicies records what is wrong with the policies, where each came from.
func (im *Import) validatePolicies() {
	_, err := escalation.CompileAll(im.policies.all())
	for _, e := range apart(err) {
		field, ok := errors.AsType[*escalation.FieldError](e)
		if !ok {
			im.errs = append(im.errs, e)
			continue
		}
		i, name := indexed(field.Field)
		if i < 0 || i >= len(im.policies.list) {
			im.errs = append(im.errs, &importers.Error{Want: fmt.Sprintf("documents in which %s is %s", field.Field, field.Want)})
			continue
		}
		im.policies.list[i].node.Failf("an escalation policy in which %s is %s", name, field.Want)
	}
}

// indexed takes "policies[2].steps[0].wait" apart. The index is -1 where there is
// none.
func indexed(field string) (i int, name string) {
	head, name, _ := strings.Cut(field, ".")
	if _, err := fmt.Sscanf(head, "policies[%d]", &i); err != nil {
		return -1, field
	}
	return i, name
}

// apart returns the errors that are joined in one.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, apart(e)...)
	}
	return all
}

func (p *policies) all() []escalation.Policy {
	var all []escalation.Policy
	for _, one := range p.list {
		all = append(all, one.Policy)
	}
	return all
}

func (p *policies) sortedTeams() []escalation.Group {
	return slices.SortedFunc(maps.Values(p.teams), func(a, b escalation.Group) int { return cmp.Compare(a.ID, b.ID) })
}

func (p *policies) sortedPlaces() []importers.Place {
	return slices.SortedFunc(maps.Values(p.places), func(a, b importers.Place) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
}
