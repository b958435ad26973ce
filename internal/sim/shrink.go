package sim

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// maxShrinks is how many worlds Shrink runs at most.
const maxShrinks = 1500

// Shrink cuts a scenario down as long as it still fails: to the moves and the faults
// that it takes, to fewer replicas and tenants, of a plainer make. It returns one
// that fails, in which nothing is left to the seed but how long calls take.
func Shrink(sc Scenario, fails func(Result) bool) Scenario {
	s := &shrinker{best: sc, fails: fails}
	result := Run(Config{Scenario: &sc})
	if !fails(result) {
		return sc
	}
	s.script(result.Thrown)
	for before := -1; before != s.cuts && s.runs < maxShrinks; {
		before = s.cuts
		cutList(s, func(sc *Scenario) *[]Move { return &sc.Moves })
		cutList(s, func(sc *Scenario) *[]Place { return &sc.Faults })
		s.fewer()
		s.plainer()
	}
	return s.best
}

type shrinker struct {
	best  Scenario
	fails func(Result) bool
	runs  int
	cuts  int
}

// try keeps a change if what is left still fails.
func (s *shrinker) try(change func(*Scenario)) bool {
	if s.runs >= maxShrinks {
		return false
	}
	candidate := clone(s.best)
	change(&candidate)
	s.runs++
	if !s.fails(Run(Config{Scenario: &candidate})) {
		return false
	}
	s.best = candidate
	s.cuts++
	return true
}

// script writes down which faults occur, so that they can be left out one by one.
func (s *shrinker) script(thrown []Place) {
	s.try(func(sc *Scenario) {
		sc.Faults = slices.Clone(thrown)
		var needed Rates
		for _, p := range thrown {
			needed[p.Fault] = max(1, sc.Rates[p.Fault])
		}
		sc.Rates = needed
	})
}

// cutList leaves out parts of a list: halves first, then less and less.
func cutList[T any](s *shrinker, of func(*Scenario) *[]T) {
	for size := (len(*of(&s.best)) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(*of(&s.best)); {
			cut := func(sc *Scenario) {
				list := of(sc)
				*list = slices.Delete(*list, from, min(from+size, len(*list)))
				sc.trim()
			}
			if !s.try(cut) {
				from += size
			}
		}
	}
}

// trim forgets the rates of faults that do not occur any more.
func (sc *Scenario) trim() {
	for f := range sc.Rates {
		if !slices.ContainsFunc(sc.Faults, func(p Place) bool { return p.Fault == Fault(f) }) {
			sc.Rates[f] = 0
		}
	}
}

// fewer leaves out replicas, tenants and plans, from the end.
func (s *shrinker) fewer() {
	shorten(s, func(sc *Scenario) *[]Replica { return &sc.Replicas })
	shorten(s, func(sc *Scenario) *[]Tenant { return &sc.Tenants })
	for i := range s.best.Tenants {
		shorten(s, func(sc *Scenario) *[]oracle.Plan { return &sc.Tenants[i].Plans })
	}
}

// shorten leaves out the last of a list, again and again, down to one.
func shorten[T any](s *shrinker, of func(*Scenario) *[]T) {
	for fails := true; fails && len(*of(&s.best)) > 1; {
		fails = s.try(func(sc *Scenario) {
			list := of(sc)
			*list = (*list)[:len(*list)-1]
		})
	}
}

// plainer makes replicas, policies and times plainer.
func (s *shrinker) plainer() {
	for i := range s.best.Replicas {
		for _, change := range []func(*Replica){
			func(r *Replica) { r.Batch = 1 },
			func(r *Replica) { r.Loops = 1 },
			func(r *Replica) { r.Pace = 100 },
			func(r *Replica) { r.Directory = false },
			func(r *Replica) { r.Audits = false },
			func(r *Replica) { r.Poll = Span(time.Second) },
		} {
			plain := s.best.Replicas[i]
			if change(&plain); plain != s.best.Replicas[i] {
				s.try(func(sc *Scenario) { sc.Replicas[i] = plain })
			}
		}
	}
	for i := range s.best.Moves {
		if m := s.best.Moves[i]; m.N > 1 {
			s.try(func(sc *Scenario) { sc.Moves[i].N = m.N / 2 })
		}
	}
	for i := range s.best.Tenants {
		s.plainerPlans(i)
	}
}

// plainerPlans leaves steps and targets of a tenant's policies out.
func (s *shrinker) plainerPlans(tenant int) {
	for v, p := range s.best.Tenants[tenant].Plans {
		for i, policy := range p.Policies {
			for n := len(policy.Steps) - 1; n > 0; n-- {
				if !s.try(func(sc *Scenario) {
					last := &sc.Tenants[tenant].Plans[v].Policies[i]
					last.Steps = last.Steps[:n]
				}) {
					break
				}
			}
			if policy.Repeat > 0 {
				s.try(func(sc *Scenario) { sc.Tenants[tenant].Plans[v].Policies[i].Repeat = 0 })
			}
		}
	}
}

// clone copies a scenario, by the way in which it is kept.
func clone(sc Scenario) Scenario {
	data, err := json.Marshal(sc)
	must(err)
	var out Scenario
	must(json.Unmarshal(data, &out))
	return out
}
