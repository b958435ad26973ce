// Package goalert imports the on-call schedules and escalation policies of GoAlert.
package goalert

import (
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads answers of GoAlert's GraphQL API, in one file or in several, in any
// order. A file is the answer as it came, {"data": {…}}, or what is in it:
//
//   - schedule or schedules: id, name, timeZone, targets{target{id type} rules{…}},
//     temporarySchedules{start end shifts{userID start end}}
//   - rotation or rotations, one for each that a schedule names: id, name, start,
//     timeZone, type, shiftLength, activeUserIndex, userIDs, and nextHandoffTimes
//     to check against
//   - userOverrides: start, end, addUserID, removeUserID, and target{id} where
//     there is more than one schedule
//   - escalationPolicy or escalationPolicies: id, name, repeat,
//     steps{stepNumber delayMinutes targets{id type name}}, or actions{type args}
//     in place of targets
//   - user or users: id, name, email, contactMethods{type value}
//
// GoAlert stores whose turn it is, so the instant of the export is needed: as
// "exportedAt" beside "data", or else in Options.At. The turns before it are
// counted back to Options.From, but no more than ten years, or without From one
// year: that is how it would have been, not what was.
//
// Whoever is on duty for any target is on call. A rotation keeps its id; somebody
// who is a target in person is a rotation with one seat, under the person's id.
// Temporary schedules and overrides are overrides; those without an id of their
// own get one that starts with "temporary-" or "override-".
//
// Each step of an escalation policy becomes one that waits for its delay, also one
// without targets, which pages nobody. A rotation that is a target becomes a
// schedule of its own, under the rotation's id.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), rotations: map[string]*rotation{}}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	for _, n := range im.schedules {
		im.schedule(n)
	}
	for _, n := range im.policies {
		im.policy(n)
	}
	for _, n := range im.people {
		im.person(n)
	}
	for _, id := range im.order {
		if r := im.rotations[id]; !r.used {
			im.Loss(r.node, "no schedule has the rotation %q and no escalation policy pages it, so it puts nobody on call and is left out", id)
			r.node.Skip()
		}
	}
	return im.Result()
}

type importer struct {
	*gather.Import
	schedules []jsondoc.Node
	rotations map[string]*rotation
	order     []string // of their ids
	overrides []jsondoc.Node
	policies  []jsondoc.Node
	people    []jsondoc.Node
}

// rotation is one that schedules and policies may name.
type rotation struct {
	node       jsondoc.Node
	exportedAt time.Time
	used       bool
	alone      bool // it has a schedule of its own
	read       bool // and then, if the document is right, it is:
	oncall.Rotation
}

// sort finds out what a document holds.
func (im *importer) sort(root jsondoc.Node) {
	exportedAt := im.InstantOr(root.Get("exportedAt"))
	if exportedAt.IsZero() && !im.Options.At.IsZero() {
		exportedAt = im.Options.At.UTC().Truncate(time.Second)
		im.Assume(root.Get("exportedAt"), "the document does not say when it was exported; taken is %s, from the options (At), and another instant may put others on call",
			exportedAt.Format(time.RFC3339))
	}
	if errs := root.Get("errors"); errs.Exists() {
		errs.Fail("an answer without errors")
	}
	body := root.Unwrap("data")
	of := func(key string) []jsondoc.Node { return nodes(body.Get(key)) }
	schedules := append(of("schedule"), of("schedules")...)
	rotations := append(of("rotation"), of("rotations")...)
	overrides := of("userOverrides")
	policies := append(of("escalationPolicy"), of("escalationPolicies")...)
	people := append(of("user"), of("users")...)
	if len(schedules)+len(rotations)+len(overrides)+len(policies)+len(people) == 0 {
		root.Fail("an answer of GoAlert's GraphQL API, with schedules, rotations, userOverrides, escalation policies or users")
	}
	im.schedules = append(im.schedules, schedules...)
	im.overrides = append(im.overrides, overrides...)
	im.policies = append(im.policies, policies...)
	im.people = append(im.people, people...)
	for _, n := range rotations {
		im.keep(n, exportedAt)
	}
}

func (im *importer) keep(n jsondoc.Node, exportedAt time.Time) {
	id := n.Get("id").Text()
	if im.rotations[id] != nil {
		n.Get("id").Fail("each rotation once")
		return
	}
	im.rotations[id] = &rotation{node: n, exportedAt: exportedAt}
	im.order = append(im.order, id)
}

// nodes returns what a connection of GraphQL, a list, or a single value holds.
func nodes(n jsondoc.Node) []jsondoc.Node { return n.Unwrap("nodes").Many() }

func (im *importer) schedule(n jsondoc.Node) {
	n.Skip("__typename", "isFavorite", "shifts", "assignedTo")
	s := oncall.Schedule{
		ID:      n.Get("id").Text(),
		Name:    n.Get("name").StrOr(""),
		Zone:    im.Zone(n.Get("timeZone")),
		Overlap: oncall.Add,
	}
	for _, t := range n.Get("targets").Items() {
		if r, ok := im.target(t, s.Zone); ok {
			s.Rotations = append(s.Rotations, r)
		}
	}
	s.Overrides = im.changes(n, s.ID)
	im.Add(n, s)
}

// past is how far back turns are counted from the instant of the export.
func (im *importer) past(exportedAt time.Time) time.Time {
	past, most := im.Options.From, exportedAt.AddDate(-maxYears, 0, 0)
	switch {
	case past.IsZero():
		return exportedAt.AddDate(-1, 0, 0)
	case past.Before(most):
		return most
	case past.After(exportedAt):
		return exportedAt
	}
	return past
}
