package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// character is what kind of trouble a world has.
type character struct {
	name    string
	weights map[MoveKind]int // of its moves
	rates   map[Fault]int
	storms  int // in a hundred worlds, how many have a big one
}

// everyday is what happens in every world.
var everyday = map[MoveKind]int{MoveAlert: 30, MoveOpen: 8, MoveAct: 20, MovePlan: 4}

// people answer in every world.
var people = map[Fault]int{AlarmFails: 1500, Acknowledges: 2200, Declines: 300, Snoozes: 200, HandsBack: 200, Reassigns: 150, AsksNext: 150, Repages: 100}

var characters = []character{
	{name: "calm"},
	{name: "silent", rates: map[Fault]int{Acknowledges: 1, Declines: 1, Snoozes: 1, HandsBack: 1, Reassigns: 1, AsksNext: 1, Repages: 1}},
	{
		name:    "crashes",
		weights: map[MoveKind]int{MoveKill: 25},
		rates: map[Fault]int{
			CrashBeforeClaim: 40, CrashAfterClaim: 200, CrashBeforeCommit: 150, CrashAfterCommit: 150, CrashBeforeSend: 700, CrashAfterSend: 700,
		},
	},
	{
		name:    "lost answers",
		weights: map[MoveKind]int{MoveStoreDown: 4},
		rates: map[Fault]int{
			CommitFails: 300, CommitAnswerLost: 500, ClaimFails: 200, ClaimAnswerLost: 200, ReadFails: 150, SettleFails: 300, SettleAnswerLost: 300,
			StoreSlow: 100, StoreHangs: 40,
		},
	},
	{
		name:    "pauses",
		weights: map[MoveKind]int{MovePause: 14, MoveClock: 4},
		rates:   map[Fault]int{Pause: 200, StoreSlow: 150},
	},
	{
		name:    "providers",
		weights: map[MoveKind]int{MoveProvider: 12},
		rates: map[Fault]int{
			SendSlow: 600, SendTimesOutBefore: 300, SendTimesOutAfter: 400, SendAnswerLost: 400, SendLost: 300, SendArrivesLate: 200,
			SendLater: 500, SendFails: 500, SendRefused: 300, SendPanics: 150, SendPanicsAfter: 150, DirectoryFails: 300, DirectoryPanics: 100,
		},
	},
	{
		name:    "failover",
		weights: map[MoveKind]int{MoveFailover: 8, MoveStoreDown: 6, MoveStoreHangs: 4},
		rates:   map[Fault]int{CommitAnswerLost: 100, StoreSlow: 100},
	},
	{
		name:    "clocks",
		weights: map[MoveKind]int{MoveClock: 12, MoveStoreClock: 8, MovePause: 4},
		rates:   map[Fault]int{StoreSlow: 200, Pause: 50, SendSlow: 300},
	},
	{
		name:    "upgrades",
		weights: map[MoveKind]int{MoveReplace: 14, MovePlan: 8},
		rates:   map[Fault]int{SendSlow: 400, StoreSlow: 100},
	},
	{
		name:    "plans",
		weights: map[MoveKind]int{MovePlan: 25},
		rates:   map[Fault]int{StoreSlow: 200, SendFails: 300},
	},
	{
		name:    "poison",
		weights: map[MoveKind]int{MovePoison: 8, MoveLose: 25, MoveKill: 3},
		rates:   map[Fault]int{AlarmFails: 2000, ReadFails: 50},
	},
	{name: "storm", weights: map[MoveKind]int{MoveStorm: 6, MoveProvider: 2}, rates: map[Fault]int{SendLater: 500, CrashAfterCommit: 20}, storms: 2},
	{
		name: "hostile",
		weights: map[MoveKind]int{
			MoveKill: 5, MovePause: 4, MoveReplace: 3, MoveClock: 2, MoveStoreDown: 2, MoveStoreHangs: 1, MoveFailover: 2, MoveStoreClock: 2,
			MoveProvider: 5, MovePoison: 1, MoveLose: 2, MoveStorm: 1,
		},
		rates: map[Fault]int{
			CommitFails: 100, CommitAnswerLost: 200, ClaimFails: 50, ClaimAnswerLost: 100, ReadFails: 50, SettleFails: 100, SettleAnswerLost: 100,
			StoreSlow: 80, StoreHangs: 20, CrashBeforeClaim: 10, CrashAfterClaim: 50, CrashBeforeCommit: 40, CrashAfterCommit: 50,
			CrashBeforeSend: 200, CrashAfterSend: 300, Pause: 50, SendSlow: 200, SendTimesOutBefore: 100, SendTimesOutAfter: 200,
			SendAnswerLost: 200, SendLost: 100, SendArrivesLate: 100, SendLater: 200, SendFails: 200, SendRefused: 150, SendPanics: 60,
			SendPanicsAfter: 60, AlarmFails: 300, DirectoryFails: 200, DirectoryPanics: 50,
		},
	},
}

// Generate makes the world of a seed.
func Generate(seed uint64) Scenario {
	r := rand.New(rand.NewPCG(seed, 0))
	c := characters[r.IntN(len(characters))]
	if oneIn(r, 4) { // more often than its share
		c = characters[len(characters)-1]
	}
	sc := Scenario{Seed: seed, Character: c.name}
	for f, rate := range people {
		sc.Rates[f] = rate
	}
	harsh := pick(r, 1, 2, 4)
	for f := range faults {
		if rate := c.rates[f]; rate > 0 {
			sc.Rates[f] = harsh * (rate/2 + r.IntN(rate+1))
		}
	}
	for _, name := range []string{"umbra", "vexil", "wolfram"}[:1+min(r.IntN(3), r.IntN(3))] {
		sc.Tenants = append(sc.Tenants, generateTenant(r, name))
	}
	for range 2 + min(r.IntN(3), r.IntN(3)) {
		sc.Replicas = append(sc.Replicas, generateReplica(r, c.name == "clocks" || c.name == "hostile", false))
	}
	sc.Moves = generateMoves(r, c, &sc)
	if c.weights[MoveLose] > 0 {
		sc.Replicas[0].Audits = true
		for i := range sc.Moves {
			if sc.Moves[i].New != nil {
				sc.Moves[i].New.Audits = true
			}
		}
	}
	return sc
}

func generateReplica(r *rand.Rand, skewed, newer bool) Replica {
	lease := between(r, 5*time.Second, time.Minute).Truncate(time.Second)
	out := Replica{
		Lease: Span(lease), Poll: Span(pick(r, time.Second, time.Second, 3*time.Second, 10*time.Second)),
		Timeout: Span(pick(r, lease/10, lease/3, lease/3, min(lease, 30*time.Second), 2*lease).Truncate(10 * time.Millisecond)),
		Overdue: Span(pick(r, 2*time.Minute, 10*time.Minute, 30*time.Minute)),
		Batch:   pick(r, 1, 1, 2, 4, 8), Loops: pick(r, 1, 1, 2, 3), Pace: 100,
		Directory: oneIn(r, 5),
		Audits:    oneIn(r, 8),
		Lines:     pick(r, 0, 0, 1, 2),
	}
	if skewed && oneIn(r, 2) {
		out.Pace = 80 + r.IntN(50)
	}
	if newer {
		out.Deaf = oneIn(r, 4)
	}
	return out
}

// generateMoves draws what happens, in the order in which it does.
func generateMoves(r *rand.Rand, c character, sc *Scenario) []Move {
	weights := map[MoveKind]int{}
	total := 0
	for _, kind := range MoveKinds() {
		weights[kind] = everyday[kind] + c.weights[kind]
		total += weights[kind]
	}
	draw := func() MoveKind {
		n := r.IntN(total)
		for _, kind := range MoveKinds() {
			if n -= weights[kind]; n < 0 {
				return kind
			}
		}
		return MoveAlert
	}
	n := 1 + r.IntN(4) // small worlds, and many of them
	if oneIn(r, 8) {
		n += r.IntN(16)
	}
	moves := make([]Move, n)
	span := between(r, time.Minute, time.Duration(2+n)*time.Minute)
	for i := range moves {
		moves[i] = Move{At: Span(between(r, 0, span)), Kind: draw()}
	}
	moves[0].At, moves[0].Kind = 0, MoveAlert
	slices.SortStableFunc(moves, func(a, b Move) int { return int(a.At - b.At) })
	openers := map[int][]int{} // by tenant
	for i := range moves {
		m := &moves[i]
		m.ID, m.Tenant, m.Replica = i+1, min(r.IntN(len(sc.Tenants)), r.IntN(len(sc.Tenants))), r.IntN(len(sc.Replicas))
		fillIn(r, m, c, openers[m.Tenant])
		if m.Kind == MoveAlert || m.Kind == MoveOpen || m.Kind == MoveStorm {
			openers[m.Tenant] = append(openers[m.Tenant], m.ID)
		}
	}
	return moves
}

var names = []string{"ana", "ben", "caro", "dora"}

// acts are what people do, the likely ones more often.
var acts = []incident.ActionName{
	incident.AcknowledgeAction, incident.AcknowledgeAction, incident.AcknowledgeAction, incident.DeclinePageAction, incident.SnoozeAction,
	incident.HandBackAction, incident.ReassignAction, incident.RepageAction, incident.EscalateNextAction, incident.EscalateAction,
	incident.EscalateAction, incident.AcceptAction, incident.DeclineAction, incident.CancelAction, incident.MitigateAction, incident.MitigateAction, incident.MitigateAction,
	incident.ResolveAction, incident.ResolveAction, incident.ReopenAction, incident.ReopenAction, incident.CloseAction,
	incident.SetSeverityAction, incident.AddNoteAction, incident.MergeAction, incident.MergeAction,
}

// fillIn draws the rest of a move.
func fillIn(r *rand.Rand, m *Move, c character, openers []int) {
	m.Who = pick(r, names...)
	switch m.Kind {
	case MoveAlert:
		m.Key, m.What, m.N = pick(r, "db", "web", "api"), pick(r, "critical", "critical", "minor", "unknown", "resolved"), 1
	case MoveStorm:
		m.Key, m.What, m.N = "storm", pick(r, "critical", "minor"), 4+r.IntN(12)
		if r.IntN(100) < c.storms {
			m.N = 100 + r.IntN(100)
		}
	case MoveOpen:
		m.What = pick(r, "SEV1", "SEV2")
		if oneIn(r, 3) {
			m.Key = pick(r, "db", "web", "api")
		}
	case MoveAct:
		m.What, m.For, m.N = string(pick(r, acts...)), Span(between(r, time.Minute, 10*time.Minute)), r.IntN(3)
		if len(openers) > 0 {
			m.Of, m.Into = pick(r, openers...), pick(r, openers...)
		}
	case MoveLose:
		m.N = r.IntN(10)
	case MoveKill:
		m.For = Span(between(r, time.Second, pick(r, 10*time.Second, 5*time.Minute)))
	case MovePause:
		m.For = Span(between(r, time.Second, 3*time.Minute))
	case MoveReplace:
		newer := generateReplica(r, false, true)
		m.New = &newer
	case MoveClock:
		m.For = Span(between(r, 0, 10*time.Minute) - 5*time.Minute)
	case MoveStoreDown, MoveStoreHangs:
		m.For = Span(between(r, time.Second, pick(r, 20*time.Second, 3*time.Minute)))
	case MoveFailover:
		m.For, m.N = Span(between(r, time.Second, time.Minute)), r.IntN(6000)-3000
	case MoveStoreClock:
		m.For = Span(between(r, 0, 20*time.Second) - 10*time.Second)
	case MoveProvider:
		m.Key, m.For, m.N = pick(r, channels...), Span(between(r, 10*time.Second, 10*time.Minute)), r.IntN(2)*r.IntN(300)
		m.What = pick(r, SendSlow, SendFails, SendFails, SendLater, SendRefused, SendLost, SendTimesOutBefore, SendAnswerLost).String()
		if oneIn(r, 4) { // slow for one tenant
			m.What, m.N = SendSlow.String(), -1
		}
	case MovePoison:
		m.N = 1 + r.IntN(6)
	case MovePlan:
	}
}
