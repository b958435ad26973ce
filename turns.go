package incidentkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	kindTurns   = "turns"  // storage.Snapshot.Kind of the streams that say whose turn it was
	streamTurns = "turns/" // prefix of their ids; the policy follows
	turnMoved   = "turn.moved"
)

// moved says whose turn it was at a step that picks one of several, and when.
type moved struct {
	Policy string          `json:"policy"`
	Step   string          `json:"step"` // key of escalation.Progress.Turns
	Turn   escalation.Turn `json:"turn"`
	At     time.Time       `json:"at"`
}

// turnsOf returns whose turn it was last at the steps of a policy. It is better to
// page the wrong one of several than to page nobody: where the store cannot tell,
// it was nobody's.
func (e *Engine) turnsOf(ctx context.Context, tenant string, ladder *escalation.Ladder) map[string]escalation.Turn {
	policies := map[string]bool{}
	for step := range ladder.Len() {
		place := ladder.Place(step + 1)
		if place.Step.Pick == escalation.PickInTurn || place.Step.Pick == escalation.PickLeastRecent {
			policies[place.Policy] = true
		}
	}
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease/10) // no page waits for a store that hangs
	defer cancel()
	var out map[string]escalation.Turn
	for _, policy := range slices.Sorted(maps.Keys(policies)) {
		_, turns, err := e.loadTurns(ctx, storage.Stream{Tenant: tenant, ID: streamTurns + policy})
		if err != nil {
			e.log.ErrorContext(ctx, "whose turn it is cannot be read; the first is paged", "tenant", tenant, "policy", policy, "error", err)
			continue
		}
		if out == nil && len(turns) > 0 {
			out = map[string]escalation.Turn{}
		}
		for step, m := range turns {
			out[step] = m.Turn
		}
	}
	return out
}

func (e *Engine) loadTurns(ctx context.Context, stream storage.Stream) (storage.Head, map[string]moved, error) {
	turns := map[string]moved{}
	head, err := e.store.Load(ctx, storage.Ref{Tenant: stream.Tenant, ID: stream.ID})
	if err != nil || head.Version == 0 {
		return head, turns, err
	}
	if err := json.Unmarshal(head.Snapshot.Data, &turns); err != nil {
		return head, nil, &incident.CodecError{What: "turns", Got: string(head.Snapshot.Data), Want: "encoded turns", Err: err}
	}
	return head, turns, nil
}

// turned sees to it that whose turn it was outlives the run. That is a task of its
// own, scheduled together with the pages: it gets lost no more than they do, and
// they never wait for it.
func (t *turn) turned(before, after escalation.Progress) error {
	for _, step := range slices.Sorted(maps.Keys(after.Turns)) {
		if reflect.DeepEqual(before.Turns[step], after.Turns[step]) {
			continue
		}
		policy, _, _ := strings.Cut(step, " ")
		payload, err := json.Marshal(moved{Policy: policy, Step: step, Turn: after.Turns[step], At: t.now})
		if err != nil {
			return err
		}
		t.task(storage.TaskSpec{ID: taskTurn + ":" + step, Kind: taskTurn, Due: t.now, Payload: payload})
	}
	return nil
}

// keepTurn stores whose turn it was, unless somebody's was later.
func (e *Engine) keepTurn(ctx context.Context, task storage.Task) error {
	var m moved
	if err := json.Unmarshal(task.Payload, &m); err != nil {
		return &incident.CodecError{What: "turn", Got: string(task.Payload), Want: "an encoded turn", Err: err}
	}
	if err := e.moveTurn(ctx, storage.Stream{Tenant: task.Stream.Tenant, ID: streamTurns + m.Policy}, m, task.Payload); err != nil {
		return err
	}
	return e.store.Settle(ctx, storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Done})
}

func (e *Engine) moveTurn(ctx context.Context, stream storage.Stream, m moved, data []byte) error {
	for range maxConflicts {
		head, turns, err := e.loadTurns(ctx, stream)
		if err != nil {
			return err
		}
		if last, ok := turns[m.Step]; ok && !last.At.Before(m.At) {
			return nil
		}
		turns[m.Step] = m
		snapshot, err := json.Marshal(turns)
		if err != nil {
			return err
		}
		_, err = e.store.Commit(ctx, storage.Change{
			Stream: stream, Expect: head.Version,
			Events:   []storage.Event{{Version: head.Version + 1, Type: turnMoved, RecordedAt: head.Now, Data: data}},
			Snapshot: storage.Snapshot{Kind: kindTurns, Status: "current", Data: snapshot},
		})
		if err == nil || !errors.Is(err, storage.ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s", ErrBusy, stream)
}
