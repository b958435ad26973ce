package proof_test

import (
	"flag"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
)

// The reference: it begins an incident of every kind at every minute, plays its
// course with escalation.Ladder.Next, and counts.

// never is longer than every course.
const never = time.Duration(1<<63 - 1)

// waits plays one course, and returns how long it takes until the first, second and
// third person is paged.
func waits(ladder *escalation.Ladder, who *escalation.World, start time.Time, turns map[string]escalation.Turn, facts func(time.Time) escalation.Facts) (out [3]time.Duration) {
	out = [3]time.Duration{never, never, never}
	var seen []string
	p := escalation.Start(start, turns)
	for now := start; ; {
		r := ladder.Next(p, now, facts(now), who)
		for _, e := range r.Effects {
			if e.Person == "" || e.Kind != escalation.Page && e.Kind != escalation.Fallback || slices.Contains(seen, e.Person) {
				continue
			}
			if e.Kind == escalation.Fallback && !able(who, e, now) {
				continue
			}
			if out[len(seen)] = now.Sub(start); len(seen) == 2 {
				return out
			}
			seen = append(seen, e.Person)
		}
		p = r.Progress
		if r.Wake.IsZero() || r.Wake.Sub(start) > 366*24*time.Hour {
			return out
		}
		now = r.Wake
	}
}

// able reports whether somebody who is paged as the last resort can be.
func able(who *escalation.World, e escalation.Effect, now time.Time) bool {
	found, _ := who.Resolve(nil, e.Target, now)
	return slices.ContainsFunc(found, func(c escalation.Candidate) bool { return c.Person == e.Person && c.Code == "" })
}

// kinds returns all kinds of incident that the facts of a drawn plan can tell apart.
func kinds(s proof.Severity, asks map[string]bool) (all []func(time.Time) escalation.Facts) {
	facts := []escalation.Facts{{Severity: s.ID, Urgency: s.Urgency}}
	vary := func(fact string, set ...func(f *escalation.Facts)) {
		if !asks[fact] {
			return
		}
		for _, f := range slices.Clone(facts) {
			for _, do := range set {
				with := f
				do(&with)
				facts = append(facts, with)
			}
		}
	}
	vary("kind", func(f *escalation.Facts) { f.Kind = "db" }, func(f *escalation.Facts) { f.Kind = "net" })
	vary("component",
		func(f *escalation.Facts) { f.Components = []string{"api"} },
		func(f *escalation.Facts) { f.Components = []string{"web"} },
		func(f *escalation.Facts) { f.Components = []string{"api", "web"} })
	vary("label",
		func(f *escalation.Facts) { f.Labels = map[string]string{"env": "prod"} },
		func(f *escalation.Facts) { f.Labels = map[string]string{"env": "test"} })
	for _, f := range facts {
		for _, rate := range []struct{ now, before int }{{0, 0}, {3, 0}, {3, 2}, {0, 5}} {
			if rate.now+rate.before > 0 && !asks["alerts"] {
				continue
			}
			all = append(all, func(now time.Time) escalation.Facts {
				f := f
				for range rate.before {
					f.Alerts = append(f.Alerts, now.Add(-59*time.Minute))
				}
				for range rate.now {
					f.Alerts = append(f.Alerts, now)
				}
				return f
			})
		}
	}
	return all
}

// pointers returns all that may be stored of whose turn it is.
func pointers(ladder *escalation.Ladder) []map[string]escalation.Turn {
	all := []map[string]escalation.Turn{nil}
	for i := range ladder.Len() {
		place := ladder.Place(i + 1)
		key := place.Policy + " " + place.Path
		if _, done := all[0][key]; done || place.Step.Pick == "" || place.Step.Pick == escalation.PickAll {
			continue
		}
		var next []map[string]escalation.Turn
		for _, turns := range all {
			for _, turn := range possible(place.Step) {
				with := maps.Clone(turns)
				if with == nil {
					with = map[string]escalation.Turn{}
				}
				with[key] = turn
				next = append(next, with)
			}
		}
		all = next
	}
	return all
}

// possible returns what may be stored for one step.
func possible(s escalation.Step) (turns []escalation.Turn) {
	names, places := slices.Clone(somebody), 0
	for _, t := range s.Targets {
		places++
		if t.Type == escalation.TargetSchedule || t.Type == escalation.TargetTeam {
			places += len(somebody) - 1
		}
		if !t.Type.Human() && !slices.Contains(names, t.String()) {
			names = append(names, t.String())
		}
	}
	if s.Pick == escalation.PickInTurn {
		for i := range places { // whoever has gone leaves the turn to any place
			turns = append(turns, escalation.Turn{Person: "gone", Index: i})
		}
		return turns
	}
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	var permute func(order []string)
	permute = func(order []string) {
		if len(order) == len(names) {
			picked := map[string]time.Time{}
			for i, name := range order {
				picked[name] = long.Add(time.Duration(i) * time.Hour)
			}
			turns = append(turns, escalation.Turn{Picked: picked})
			return
		}
		for _, name := range names {
			if !slices.Contains(order, name) {
				permute(append(slices.Clip(order), name))
			}
		}
	}
	permute(nil)
	return turns
}

// brute returns the worst waits for a severity, for each the earliest minute at
// which it is that bad, and the minutes at which an incident waits too long for the
// first person.
func brute(d *drawn, s proof.Severity, ladder *escalation.Ladder) (worst [3]time.Duration, at [3]time.Time, late []time.Time) {
	who := d.Plan.World()
	worst = [3]time.Duration{-1, -1, -1}
	all, turns := kinds(s, d.Asks), pointers(ladder)
	for t := d.From; t.Before(d.To); t = t.Add(time.Minute) {
		first := time.Duration(0)
		for _, facts := range all {
			for _, turn := range turns {
				for k, wait := range waits(ladder, who, t, turn, facts) {
					if wait > worst[k] {
						worst[k], at[k] = wait, t
					}
					if k == 0 {
						first = max(first, wait)
					}
				}
			}
		}
		if s.Within > 0 && first > s.Within {
			late = append(late, t)
		}
	}
	return worst, at, late
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// requireLate requires that the findings say of the same minutes that a promise is
// broken, as far as they say it of all.
func requireLate(t *rapid.T, d *drawn, severity string, r proof.Report, late []time.Time) {
	found := slices.DeleteFunc(slices.Clone(r.Findings), func(f proof.Finding) bool {
		return f.Kind != proof.TargetMissed || f.Severity != severity
	})
	last := d.To
	if n := len(found); n == 3 {
		last = found[n-1].To
	}
	for at := d.From; at.Before(last); at = at.Add(time.Minute) {
		missed := slices.ContainsFunc(found, func(f proof.Finding) bool { return !at.Before(f.From) && at.Before(f.To) })
		require.Equal(t, slices.ContainsFunc(late, at.Equal), missed, "at %s: %s", at, r)
	}
}

// minutes returns how many are tried of each plan, all kinds of incident together:
// an hour where somebody asks for many plans, and less in the run of every day,
// which is to be short.
func minutes() int {
	if checks := flag.Lookup("rapid.checks"); checks != nil && checks.Value.String() != checks.DefValue {
		return 60
	}
	return 20
}

// The worst case is exactly the one that trying every minute finds.
func TestVerifyAgreesWithEveryMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		ladder, err := escalation.Compile(d.Plan.Policies[0], d.Plan.Policies[1])
		require.NoError(t, err)
		// Where incidents are of many kinds, there are fewer minutes to try.
		n := len(pointers(ladder)) * len(kinds(d.Plan.Severities[0], d.Asks))
		if n > 10*minutes() { // too many to try them all
			return
		}
		d.To = earlier(d.To, d.From.Add(time.Duration(max(1, minutes()/n))*time.Minute))
		report, err := proof.Verify(d.Plan, d.From, d.To)
		require.NoError(t, err)
		require.Len(t, report.Worst, 6)
		for i, s := range d.Plan.Severities {
			want, at, late := brute(&d, s, ladder)
			for k, w := range report.Worst[3*i : 3*i+3] {
				expected := proof.Worst{Severity: s.ID, Policy: "outer", Rank: k + 1, Wait: want[k], At: at[k]}
				if want[k] == never {
					expected.Wait, expected.Never = 0, true
				}
				require.Equal(t, expected, w, "from %s to %s: %+v\n%+v", d.From, d.To, d.Plan, d.Plain)
			}
			requireLate(t, &d, s.ID, report, late)
		}
	})
}
