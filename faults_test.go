package incidentkit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// TestPromiseHoldsUnderFaults lets two engines work on one store while commits
// fail, answers get lost, processes die in the middle of a send and providers
// misbehave. When the faults end and the work has drained, what was sent and
// what was recorded must keep the promise.
func TestPromiseHoldsUnderFaults(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, rt)
		for range rapid.IntRange(30, 120).Draw(rt, "moves") {
			w.move()
		}
		w.drain()
		w.judge()
	})
}

// demanding is the team's plan, but ana wants several messages about a page, and
// many pages as one message.
var demanding = strings.Replace(team, `"to": "+351 1"}]`,
	`"to": "+351 1"}], "rules": {"bundle": "10m", "high": [{"channel": "push"}, {"channel": "sms", "after": "2m"}]}`, 1)

// world is two replicas, one store, one provider, and somebody who wishes them
// ill.
type world struct {
	t           *testing.T
	rt          *rapid.T
	clock       *clock
	store       storage.Store // without faults
	replicas    []*replica
	sends       []send
	healing     bool                 // no more faults
	down        map[string]time.Time // until when a channel is down
	fired       int
	downUnknown map[string]bool
	after       time.Duration
	audits      int
}

type send struct {
	message comms.Message
	arrived bool
}

// replica is one process.
type replica struct {
	*incidentkit.Engine
	w    *world
	dead bool // until somebody starts it again
}

// link is a replica's connection to the store.
type link struct {
	storage.Store
	r *replica
}

var (
	errGone  = errors.New("the process is gone")
	errReset = errors.New("connection reset")
)

func newWorld(t *testing.T, rt *rapid.T) *world {
	w := &world{t: t, rt: rt, clock: &clock{now: night}, down: map[string]time.Time{}, downUnknown: map[string]bool{}}
	store := memory.New(memory.Options{Clock: w.clock.Now})
	w.store = store
	ids := 0
	for range 2 {
		r := &replica{w: w}
		var err error
		r.Engine, err = incidentkit.New(incidentkit.Config{
			Store:     link{store, r},
			Notifiers: map[string]comms.Notifier{"push": provider{r}, "sms": provider{r}},
			Batch:     1,
			Tenants:   func(context.Context) ([]string, error) { return []string{acme}, nil },
			Directory: lookup(func(_ context.Context, id string) (plan.Person, error) {
				if w.ill("directory fails", 6) {
					if w.ill("directory panics", 3) {
						panic("directory")
					}
					return plan.Person{}, errDown
				}
				if w.ill("directory does not know", 10) {
					return plan.Person{}, incidentkit.ErrNotFound
				}
				if id == "ben" { // not in the plan any more than in name
					return plan.Person{ID: id, Contacts: []plan.Contact{{Channel: "push", To: "ben-p"}, {Channel: "sms", To: "+351 2"}}}, nil
				}
				return plan.Person{}, incidentkit.ErrNotFound
			}),
			NewID: func() string { ids++; return fmt.Sprintf("inc-%04d", ids) },
		})
		require.NoError(rt, err)
		r.SkipPauses()
		w.replicas = append(w.replicas, r)
	}
	w.healing = true
	_, err := w.replicas[0].SavePlan(t.Context(), acme, ana, []byte(demanding))
	require.NoError(rt, err)
	w.healing = false
	return w
}

// ill draws whether something goes wrong, in about one of n cases.
func (w *world) ill(what string, n int) bool {
	return !w.healing && rapid.IntRange(1, n).Draw(w.rt, what) == 1
}

// Commit fails before or after it takes effect, and the process may be gone.
func (l link) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if l.r.dead {
		return storage.Committed{}, errGone
	}
	if l.r.w.ill("commit fails", 12) {
		return storage.Committed{}, errReset
	}
	done, err := l.Store.Commit(ctx, c)
	switch {
	case l.r.w.ill("answer lost", 12):
		return storage.Committed{}, errReset
	case l.r.w.ill("dies after commit", 15):
		l.r.dead = true
		return storage.Committed{}, errGone
	}
	return done, err
}

func (l link) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if l.r.dead {
		return storage.Claims{}, errGone
	}
	claims, err := l.Store.Claim(ctx, q)
	if l.r.w.ill("dies after claim", 15) {
		l.r.dead = true
		return storage.Claims{}, errGone
	}
	return claims, err
}

func (l link) Settle(ctx context.Context, s storage.Settlement) error {
	if l.r.dead {
		return errGone
	}
	return l.Store.Settle(ctx, s)
}

// provider is a channel that misbehaves.
type provider struct{ *replica }

func (p provider) Notify(_ context.Context, m comms.Message) (comms.Receipt, error) {
	w := p.w
	if p.dead {
		return comms.Receipt{}, errGone // a process that is gone sends nothing
	}
	arrived, err := true, error(nil)
	if w.clock.Now().Before(w.down[m.To.Channel]) {
		w.sends = append(w.sends, send{m, false})
		if w.downUnknown[m.To.Channel] {
			return comms.Receipt{}, errReset
		}
		return comms.Receipt{}, comms.Temporary(errDown, w.after)
	}
	if !w.healing {
		switch rapid.IntRange(1, 10).Draw(w.rt, "provider") {
		case 1:
			arrived, err = false, comms.Temporary(errDown, 0)
		case 2:
			arrived, err = false, comms.Permanent(errDown)
		case 3:
			err = errReset // it arrived, but the answer did not
		case 4:
			arrived, err = false, errReset
		case 5:
			p.dead = true
		case 6:
			w.sends = append(w.sends, send{m, true})
			panic("the provider's library has a bug")
		case 7: // slow: the lease is over, and another replica looks
			w.sends = append(w.sends, send{m, true})
			w.clock.Advance(31 * time.Second)
			_, _ = w.other(p.replica).Step(w.t.Context())
			return comms.Receipt{}, nil
		}
	}
	w.sends = append(w.sends, send{m, arrived})
	return comms.Receipt{}, err
}

func (w *world) live() *replica { return w.replicas[0] }

func (w *world) other(r *replica) *replica {
	if w.replicas[0] == r {
		return w.replicas[1]
	}
	return w.replicas[0]
}

// move is one thing that happens.
func (w *world) move() {
	ctx := w.t.Context()
	r := w.replicas[rapid.IntRange(0, 1).Draw(w.rt, "replica")]
	ids := []incident.ID{"inc-0001", "inc-0002", "inc-0003"}
	id := rapid.SampledFrom(ids).Draw(w.rt, "incident")
	switch rapid.IntRange(1, 22).Draw(w.rt, "move") {
	case 1:
		_, _ = r.Ingest(ctx, acme, monitor, []incident.Alert{alert(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(w.rt, "key"))})
	case 2, 3, 4, 5, 6:
		_, _ = r.Step(ctx)
	case 7, 8:
		w.clock.Advance(time.Duration(rapid.IntRange(1, 400).Draw(w.rt, "seconds")) * time.Second)
	case 9:
		r.dead = false
	case 10:
		_, _ = r.Do(ctx, incident.Command{Tenant: acme, Incident: id, Actor: ben, Action: incident.Acknowledge{}})
	case 11:
		action := rapid.SampledFrom([]incident.Action{incident.Mitigate{}, incident.Resolve{}, incident.Reopen{Reason: "again"}}).Draw(w.rt, "action")
		_, _ = r.Do(ctx, incident.Command{Tenant: acme, Incident: id, Actor: ana, Action: action})
	case 13:
		c := rapid.SampledFrom([]string{"push", "sms"}).Draw(w.rt, "channel")
		w.down[c] = w.clock.Now().Add(time.Duration(rapid.IntRange(1, 10000).Draw(w.rt, "outage")) * time.Second)
		w.downUnknown[c] = rapid.IntRange(1, 5).Draw(w.rt, "unknown") == 1
		w.after = time.Duration(rapid.IntRange(0, 1000).Draw(w.rt, "after")) * time.Second
	case 14:
		for _, c := range []string{"push", "sms"} {
			w.down[c] = w.clock.Now().Add(time.Duration(rapid.IntRange(1, 40000).Draw(w.rt, "outage")) * time.Second)
			w.downUnknown[c] = false
		}
	case 15:
		_, _ = r.Do(ctx, incident.Command{Tenant: acme, Incident: id, Actor: ana, Action: incident.Escalate{Reason: "anew"}})
	case 16:
		_, _ = r.Do(ctx, incident.Command{Tenant: acme, Incident: id, Actor: ana, Action: incident.Merge{Into: rapid.SampledFrom(ids).Draw(w.rt, "into")}})
	case 17, 18:
		w.fired++
		key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(w.rt, "key")
		sev := rapid.SampledFrom([]string{"critical", "minor"}).Draw(w.rt, "sev")
		a := alert(key, func(a *incident.Alert) {
			a.StartsAt = night.Add(time.Duration(w.fired) * time.Minute) // always anew, whatever the clock does
			a.Labels = map[string]string{"severity": sev}
			if w.fired%3 == 0 {
				a.Status = incident.AlertResolved
			}
		})
		rec, err := r.Ingest(ctx, acme, monitor, []incident.Alert{a})
		if err == nil && a.Status == incident.Firing {
			was := w.healing
			w.healing = true
			in, err := w.live().Incident(ctx, acme, rec[0].Incident)
			w.healing = was
			require.NoError(w.rt, err)
			require.True(w.rt, in.Status == incident.Triage || in.Status == incident.Active, "an alert that fires is in %s, which is %s", in.ID, in.Status)
			run, ok := in.CurrentRun()
			require.True(w.rt, ok)
			require.NotEqual(w.rt, incident.Stopped, run.State)
		}
	case 19, 20:
		_, _ = r.Do(ctx, incident.Command{Tenant: acme, Incident: id, Actor: ana, Action: w.answer()})
	case 21:
		_, _ = r.Audit(ctx)
	case 22: // the store loses a task
		w.lose(id)
	case 12:
		w.clock.Advance(-time.Duration(rapid.IntRange(1, 5).Draw(w.rt, "back")) * time.Second)
	}
}

// answer is one that somebody gives to an escalation.
func (w *world) answer() incident.Action {
	return rapid.SampledFrom([]incident.Action{
		incident.DeclinePage{}, incident.HandBack{}, incident.Repage{}, incident.EscalateNext{}, incident.Acknowledge{},
		incident.Snooze{Until: w.clock.Now().Add(10 * time.Minute)},
		incident.Reassign{To: []incident.Target{{Type: "person", ID: "chris"}}},
	}).Draw(w.rt, "answer")
}

// lose takes a wake-up or a page's delivery out of the store.
func (w *world) lose(id incident.ID) {
	was := w.healing
	w.healing = true
	defer func() { w.healing = was }()
	in, err := w.live().Incident(w.t.Context(), acme, id)
	if err != nil {
		return
	}
	lost := "wake"
	for _, p := range in.Pages {
		if p.State == incident.Pending && len(p.Tries) == 0 && !p.Stalled && rapid.Bool().Draw(w.rt, "page") {
			lost = "deliver:" + p.Key
		}
	}
	_, err = w.store.Commit(w.t.Context(), storage.Change{
		Stream: storage.Stream{Tenant: acme, ID: string(id)}, Expect: in.Version, Cancel: []string{lost},
	})
	require.NoError(w.rt, err)
}

// drain ends the faults, starts the processes again and lets a day pass.
func (w *world) drain() {
	w.healing = true
	for _, r := range w.replicas {
		r.dead = false
	}
	end := w.clock.Now().Add(24 * time.Hour)
	for range 10_000 {
		report, err := w.replicas[0].Step(w.t.Context())
		require.NoError(w.rt, err)
		require.Zero(w.rt, report.Failed)
		switch {
		case report.Claimed > 0:
		case report.Next.IsZero() || report.Next.After(end):
			if !w.audited() {
				return
			}
		default:
			w.clock.Advance(max(report.Next.Sub(w.clock.Now()), 0))
		}
	}
	w.rt.Fatal("the work does not drain")
}

// audited lets the auditor look when nothing else is left to do, and reports whether
// there may be something now.
func (w *world) audited() bool {
	report, err := w.replicas[0].Audit(w.t.Context())
	if err != nil {
		require.True(w.rt, errors.Is(err, errReset) || errors.Is(err, errDown), "%v", err) // the channels may still be down
	}
	if report.Mended > 0 {
		return true
	}
	w.clock.Advance(20 * time.Minute)
	w.audits++
	return w.audits < 4
}

// judge holds what was sent against what was recorded.
func (w *world) judge() {
	ctx := w.t.Context()
	r := w.replicas[0]
	page, err := r.Incidents(ctx, acme, incidentkit.Query{})
	require.NoError(w.rt, err)
	recorded := map[string]int{} // attempts by message key
	for _, in := range page.Incidents {
		require.NoError(w.rt, r.Verify(ctx, acme, in.ID))
		events, err := r.Events(ctx, acme, in.ID)
		require.NoError(w.rt, err)
		w.judgeEvents(in, events, recorded)
		for _, p := range in.Pages {
			require.NotEqual(w.rt, incident.Pending, p.State, "page %s of %s was left behind:\n%s", p.Key, in.ID, telling{w, in.ID})
			if p.State == incident.Delivered {
				require.True(w.rt, slices.ContainsFunc(w.sends, func(s send) bool {
					return s.arrived && (s.message.Incident == string(in.ID) || strings.Contains(s.message.Body, "("+string(in.ID)+")")) && s.message.To.Person == p.Person
				}), "page %s is said to be delivered, but nothing arrived", p.Key)
			}
		}
		require.LessOrEqual(w.rt, in.Version, uint64(3000))
		if paging := in.Status == incident.Triage || in.Status == incident.Active; paging {
			require.Len(w.rt, in.Runs, in.Escalations)
			run, _ := in.CurrentRun()
			if run.State != incident.Acknowledged {
				require.Equal(w.rt, incident.Exhausted, run.State)
				got, resort := 0, 0
				for _, p := range in.Pages {
					if p.Run != run.ID {
						continue
					}
					if p.Step == 0 {
						resort++
					}
					if p.State == incident.Delivered || p.State == incident.Undeliverable {
						got++
					}
				}
				require.Positive(w.rt, got, "nobody was paged for %s", in.ID)
				require.Positive(w.rt, resort)
				require.LessOrEqual(w.rt, resort, 2*(run.Resumed+1), "once in a round, each time that it is taken up")
			}
		}
		for next, n := in, 0; next.Status == incident.Merged; n++ {
			require.Less(w.rt, n, 10)
			next, err = r.Incident(ctx, acme, next.MergedInto)
			require.NoError(w.rt, err)
		}
		if run, ok := in.CurrentRun(); ok && run.State == incident.Running {
			w.rt.Fatalf("the escalation of %s still runs a day later: %+v", in.ID, run)
		}
	}
	w.judgeSends(recorded)
}

func (w *world) judgeEvents(in incident.Incident, events []incident.Event, recorded map[string]int) {
	quiet := map[string]bool{} // runs that were answered
	step := map[string]int{}   // the last one of each run
	over := map[string]bool{}  // pages whose recipients have answered for themselves
	var asked []incident.PageRequested
	done := func(run, by string) {
		for _, p := range asked {
			if p.Run == run && !p.Reminder && (by == "" || p.Person == by) {
				over[p.Page] = true
			}
		}
	}
	for _, e := range events {
		switch p := e.Payload.(type) {
		case incident.EscalationAcknowledged:
			quiet[p.Run] = true
		case incident.EscalationSnoozed:
			quiet[p.Run] = true
		case incident.PageDeclined:
			done(p.Run, p.By)
		case incident.EscalationHandedBack:
			done(p.Run, p.By)
			quiet[p.Run], step[p.Run] = false, 0
		case incident.EscalationReassigned:
			done(p.Run, "")
			quiet[p.Run], step[p.Run] = false, 0
		case incident.EscalationRepaged:
			quiet[p.Run], step[p.Run] = false, 0
		case incident.NextStepRequested:
			quiet[p.Run] = false
		case incident.EscalationResumed:
			quiet[p.Run], step[p.Run] = false, 0
		case incident.PageRequested:
			asked = append(asked, p)
			require.False(w.rt, over[p.Follows], "%s tells %s again after the answer:\n%s", in.ID, p.Person, telling{w, in.ID})
			require.False(w.rt, quiet[p.Run], "%s asks for page %s after the answer:\n%s", in.ID, p.Page, telling{w, in.ID})
			at := p.Round*1000 + p.Step
			if p.Step == 0 {
				at += 999
			}
			if !strings.Contains(p.Why, "reassigned it") && p.Follows == "" { // which is no step
				require.GreaterOrEqual(w.rt, at, step[p.Run], "steps of %s are out of order:\n%s", in.ID, telling{w, in.ID})
				step[p.Run] = at
			}
			if p.Target == "schedule primary" && p.Follows == "" {
				require.Equal(w.rt, onCall(w.rt, e.RecordedAt), p.Person)
			}
		case incident.PageAttempted:
			recorded[p.Key]++
			require.False(w.rt, over[p.Page], "%s attempts page %s after its recipient has answered:\n%s", in.ID, p.Page, telling{w, in.ID})
			requested, _ := in.Page(p.Page)
			require.False(w.rt, quiet[requested.Run], "%s attempts page %s after the answer", in.ID, p.Page)
		}
	}
}

// telling is the story of an incident, read only once something is wrong with it.
type telling struct {
	w  *world
	id incident.ID
}

func (t telling) String() string { return t.w.story(t.id) }

// story is what the timeline tells.
func (w *world) story(id incident.ID) string {
	entries, err := w.live().Timeline(w.t.Context(), acme, id)
	require.NoError(w.rt, err)
	lines := make([]string, len(entries))
	for i, e := range entries {
		lines[i] = e.String()
	}
	return strings.Join(lines, "\n")
}

func (w *world) judgeSends(recorded map[string]int) {
	arrived, sent := map[string]int{}, map[string]int{}
	for _, s := range w.sends {
		if strings.Contains(s.message.Key, "/alarm/") {
			continue
		}
		sent[s.message.Key]++
		if !s.arrived {
			continue
		}
		arrived[s.message.Key]++
		if arrived[s.message.Key] == 2 {
			require.True(w.rt, s.message.PossibleDuplicate, "%s arrived twice, and the second is not marked", s.message.Key)
		}
		require.LessOrEqual(w.rt, arrived[s.message.Key], 2, "%s arrived more than twice", s.message.Key)
	}
	for key, n := range sent {
		require.GreaterOrEqual(w.rt, recorded[key], n, "%s was sent more often than is on record", key)
	}
}

// onCall is an independent answer to who has the primary schedule.
func onCall(rt *rapid.T, at time.Time) string {
	p, err := plan.Parse([]byte(team))
	require.NoError(rt, err)
	rota, _ := p.Schedule("primary")
	shift, err := rota.At(at)
	require.NoError(rt, err)
	return shift.Person
}
