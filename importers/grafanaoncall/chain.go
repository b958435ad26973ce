package grafanaoncall

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// chain is an escalation chain with what Grafana OnCall calls its policies: what it
// does, one after the other.
type chain struct {
	node  jsondoc.Node // the chain's, or that of its first policy
	id    string
	name  string
	tasks []jsondoc.Node
}

// chainOf returns the chain of an id, from now on.
func (im *importer) chainOf(n jsondoc.Node, id string) *chain {
	i := slices.IndexFunc(im.chains, func(c *chain) bool { return c.id == id })
	if i < 0 {
		im.chains = append(im.chains, &chain{node: n, id: id})
		i = len(im.chains) - 1
	}
	return im.chains[i]
}

// task keeps what is called an escalation policy.
func (im *importer) task(n jsondoc.Node) {
	c := im.chainOf(n, n.Get("escalation_chain_id").Str())
	c.tasks = append(c.tasks, n)
}

// named keeps an escalation chain.
func (im *importer) named(n jsondoc.Node) {
	n.Skip("team_id")
	c := im.chainOf(n, n.Get("id").Str())
	if c.name != "" {
		n.Get("id").Fail("each chain once")
	}
	c.node, c.name = n, n.Get("name").Str()
}

// escalate adds the chains.
func (im *importer) escalate() {
	for _, c := range im.chains {
		im.chain(c)
	}
}

func (im *importer) chain(c *chain) {
	b := &builder{importer: im}
	tasks := c.ordered()
	for i, n := range tasks {
		n.Skip("id", "escalation_chain_id", "position")
		if !b.task(n) {
			b.unreached(tasks[i+1:])
			break
		}
	}
	b.flush(0)
	if !slices.ContainsFunc(b.steps, func(s escalation.Step) bool { return len(s.Targets) > 0 }) {
		im.Loss(c.node, "the escalation chain %q pages nobody, so it is left out", cmp.Or(c.name, c.id))
		return
	}
	if b.mayMiss {
		im.Loss(c.node, "where nobody stands behind a step, Grafana OnCall waits all the same; here the next is taken at once, and nothing is repeated if nobody could be paged")
	}
	if b.usual && b.important {
		im.Assume(c.node, "whoever is notified by important rules is paged with high urgency, and whoever is by default rules with that of the incident, which may be as loud")
	}
	im.AddPolicy(c.node, escalation.Policy{ID: c.id, Name: c.name, Steps: im.Awaited(c.node, b.steps)})
}

// ordered returns what the chain does, by position.
func (c *chain) ordered() []jsondoc.Node {
	position := map[jsondoc.Node]int64{}
	for i, n := range c.tasks {
		position[n] = n.Get("position").IntOr(int64(i))
	}
	sorted := slices.Clone(c.tasks)
	slices.SortStableFunc(sorted, func(a, b jsondoc.Node) int { return cmp.Compare(position[a], position[b]) })
	return sorted
}

// builder makes steps of what a chain does. What is not followed by a wait happens
// together with what comes next.
type builder struct {
	*importer
	steps []escalation.Step
	group []escalation.Step // pages since the last wait

	mayMiss          bool // a step that is waited for may page nobody
	usual, important bool // people are notified by these rules
	repeats          bool
}

// first is the step that a chain begins again with.
const first = "start"

// rounds is how often a chain is repeated.
const rounds = 5

// flush adds the pages that happen together, and what is waited for an answer.
func (b *builder) flush(wait time.Duration) {
	group := b.group
	b.group = nil
	if slices.ContainsFunc(group, func(s escalation.Step) bool { return s.Pick != "" }) && len(group) > 1 {
		b.steps = append(b.steps, group...)
		group = nil
	}
	if len(group) > 0 {
		s := together(group)
		s.Wait = wait
		b.steps = append(b.steps, s)
		b.mayMiss = b.mayMiss || wait > 0 && !slices.ContainsFunc(s.Targets, b.isSure)
		return
	}
	if wait > 0 {
		b.steps = append(b.steps, gather.Delay(wait))
	}
}

// together makes one step of several: whoever is notified by important rules as
// well as by others is paged loudly.
func together(group []escalation.Step) escalation.Step {
	s := escalation.Step{Pick: group[0].Pick}
	for _, page := range group {
		for _, t := range page.Targets {
			if !slices.Contains(s.Targets, t) {
				s.Targets = append(s.Targets, t)
			}
		}
	}
	slices.SortStableFunc(s.Targets, func(a, b escalation.Target) int { return -cmp.Compare(a.Urgency, b.Urgency) })
	return s
}

// isSure reports whether a target always leads to somebody or something.
func (b *builder) isSure(t escalation.Target) bool {
	switch t.Type {
	case escalation.TargetSchedule:
		return false
	case escalation.TargetTeam:
		return len(b.members[t.ID]) > 0
	case escalation.TargetPerson, escalation.TargetChannel, escalation.TargetVendor, escalation.TargetWebhook, escalation.TargetPolicy:
	}
	return true
}

// unreached reports what comes after the end of a chain.
func (b *builder) unreached(rest []jsondoc.Node) {
	for _, n := range rest {
		n.Skip()
	}
	if len(rest) > 0 {
		b.Loss(rest[0], "what comes after the end of the chain is never come to, so it is left out")
	}
}

// repeat goes back to the beginning.
func (b *builder) repeat(n jsondoc.Node) {
	b.flush(0)
	switch {
	case len(b.steps) == 0:
		b.Loss(n, "there is nothing before it to be repeated")
		return
	case b.repeats:
		b.Loss(n, "the chain is repeated only where it is first, so another %d rounds are left out", rounds)
		return
	}
	var round time.Duration
	for _, s := range b.steps {
		round += s.Wait
	}
	if round < escalation.MinRound {
		b.Assume(n, "a round lasts at least %s here, and in Grafana OnCall only as long as its waits", escalation.MinRound)
	}
	b.repeats = true
	b.steps[0].ID = first
	b.steps = append(b.steps, escalation.Step{BackTo: first, Times: rounds})
}

// member notes to which teams a user belongs.
func (im *importer) member(n jsondoc.Node, user string) {
	for _, team := range n.Items() {
		if id := team.Str(); !slices.Contains(im.members[id], user) {
			im.members[id] = append(im.members[id], user)
		}
	}
}

// inTurn puts people in the order in which Grafana OnCall takes turns.
func (im *importer) inTurn(n jsondoc.Node, ids []string) []string {
	for _, id := range ids {
		if im.usernames[id] == "" {
			im.Assume(n, "turns are taken in the order of the document, while Grafana OnCall takes them in that of user names, which are not all among the documents")
			return ids
		}
	}
	return slices.SortedStableFunc(slices.Values(ids), func(a, b string) int {
		return cmp.Or(strings.Compare(im.usernames[a], im.usernames[b]), strings.Compare(a, b))
	})
}
