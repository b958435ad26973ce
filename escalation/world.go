package escalation

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// World is what policies are carried out in: who is there, and who is on call. It
// is a [Resolver]. It is plain data, made once and then read only; then any number
// of goroutines may use it at once. In the zero World everybody can be reached, and
// there are no schedules.
type World struct {
	// Schedules are the compiled ones, by id.
	Schedules map[string]*oncall.Rota

	// People are by id. Nil: everybody exists, is ready and can be reached by a channel
	// that has no name.
	People map[string]Responder

	Teams     map[string]Group
	Suppliers map[string]Supplier

	// Places are the channels and webhooks, by Target.String, with the name of the
	// channel by which each is reached. Nil: every one exists.
	Places map[string]string
}

// Resolve implements Resolver.
func (w *World) Resolve(dst []Candidate, t Target, at time.Time) (found []Candidate, why string) {
	switch t.Type {
	case TargetPerson:
		return w.append(dst, t.ID, "", at), ""
	case TargetSchedule:
		return w.schedule(dst, t, at)
	case TargetTeam:
		return w.team(dst, t, at)
	case TargetChannel, TargetWebhook:
		if _, ok := w.Places[t.String()]; !ok && w.Places != nil {
			return dst, "there is no " + t.String()
		}
	case TargetVendor:
		supplier, ok := w.Suppliers[t.ID]
		if !ok && w.Suppliers != nil {
			return dst, "there is no " + t.String()
		}
		if ok && len(supplier.Channels) == 0 {
			return append(dst, Candidate{Itself: true, Code: SkipUnreachable, Why: noContact}), ""
		}
	default:
		return dst, fmt.Sprintf("a target of type %q leads to nobody", t.Type)
	}
	return append(dst, Candidate{Itself: true}), ""
}

const noContact = "no contact method"

func (w *World) schedule(dst []Candidate, t Target, at time.Time) (found []Candidate, why string) {
	rota := w.Schedules[t.ID]
	if rota == nil {
		return dst, fmt.Sprintf("there is no schedule %q", t.ID)
	}
	n := len(dst)
	switch t.Mode {
	case Everyone:
		for _, p := range rota.People() {
			dst = w.append(dst, p.ID, "in the rotations of schedule "+t.ID, at)
			w.judge(&dst[len(dst)-1], p, at)
		}
		if len(dst) == n {
			why = fmt.Sprintf("schedule %q has nobody in its rotations", t.ID)
		}
		return dst, why
	case OnCallNext:
		shift, err := rota.Next(at)
		if err != nil {
			return dst, strings.TrimPrefix(err.Error(), "oncall: ")
		}
		if dst = w.onCall(dst, n, &shift); len(dst) > n { // duty is to come, and the page comes now
			w.judge(&dst[n], rota.Person(shift.Person), at)
			w.judge(&dst[n], w.People[shift.Person].Person, at)
		}
		return dst, ""
	default:
		return w.OnCall(dst, rota, at)
	}
}

// OnCall appends who is on call on a schedule: everybody, and each person once, by
// the rule that comes first. Where that is nobody it says why.
func (w *World) OnCall(dst []Candidate, rota *oncall.Rota, at time.Time) (found []Candidate, why string) {
	var buf [4]oncall.Shift
	n := len(dst)
	shifts := rota.AppendAt(buf[:0], at)
	for i := range shifts {
		dst = w.onCall(dst, n, &shifts[i])
	}
	if len(dst) == n {
		_, err := rota.At(at)
		return dst, strings.TrimPrefix(err.Error(), "oncall: ")
	}
	return dst, ""
}

// onCall appends somebody who is on call, if they are not there from n on.
func (w *World) onCall(dst []Candidate, n int, shift *oncall.Shift) []Candidate {
	for i := n; i < len(dst); i++ {
		if dst[i].Person == shift.Person {
			return dst
		}
	}
	dst = append(dst, Candidate{Person: shift.Person, Shift: *shift})
	w.know(&dst[len(dst)-1])
	return dst
}

func (w *World) team(dst []Candidate, t Target, at time.Time) (found []Candidate, why string) {
	team, ok := w.Teams[t.ID]
	if !ok {
		return dst, fmt.Sprintf("there is no team %q", t.ID)
	}
	if t.Mode == Manager {
		if team.Manager == "" {
			return dst, fmt.Sprintf("team %q has no manager", t.ID)
		}
		return w.append(dst, team.Manager, "manager of team "+t.ID, at), ""
	}
	n := len(dst)
	var seen names
	for _, id := range team.Members {
		if !seen.has(id) {
			seen.add(id)
			dst = w.append(dst, id, "member of team "+t.ID, at)
		}
	}
	if len(dst) == n {
		return dst, fmt.Sprintf("team %q has no members", t.ID)
	}
	return dst, ""
}

// append adds somebody whom no schedule has looked at.
func (w *World) append(dst []Candidate, id, rule string, at time.Time) []Candidate {
	c := Candidate{Person: id, Rule: rule}
	if person, ok := w.know(&c); ok {
		w.judge(&c, person, at)
	}
	return append(dst, c)
}

// know fills in what is known of a person.
func (w *World) know(c *Candidate) (p oncall.Person, ok bool) {
	if w.People == nil {
		return p, false
	}
	r, ok := w.People[c.Person]
	switch {
	case !ok:
		c.Code, c.Why = SkipUnreachable, "nobody knows this person"
	case len(r.Channels) == 0:
		c.Code, c.Why = SkipUnreachable, noContact
	}
	c.Skills, c.Quiet = r.Skills, r.Rules.Quiet
	return r.Person, ok
}

// judge says of somebody whether they may be paged now.
func (w *World) judge(c *Candidate, p oncall.Person, at time.Time) {
	if c.Code != "" {
		return
	}
	for _, l := range p.Leave {
		if !l.Start.After(at) && l.End.After(at) {
			c.Code, c.Why = SkipAbsent, "on leave until "+l.End.Format(time.RFC3339)
			return
		}
	}
	if r := readiness(p, at); r != oncall.Ready && r != oncall.Leading {
		c.Code, c.Why = SkipNotReady, "the stage is "+string(r)
	}
}

// readiness returns how far a person has come.
func readiness(p oncall.Person, at time.Time) oncall.Readiness {
	if len(p.Stages) == 0 {
		return oncall.Ready
	}
	r := oncall.NotEligible
	for _, s := range p.Stages {
		if !s.From.After(at) {
			r = s.Readiness
		}
	}
	return r
}

// Policy returns the supplier's own escalation, which begins as it is paged: it is
// paged, and when it has not answered within the promised time, those who are to be
// told are.
func (s Supplier) Policy() Policy {
	p := Policy{ID: "vendor " + s.ID, Steps: []Step{{Targets: []Target{{Type: TargetVendor, ID: s.ID}}, Wait: s.Response}}}
	if len(s.Missed) > 0 {
		p.Steps = append(p.Steps, Step{Targets: s.Missed, Wait: s.Response})
	}
	return p
}
