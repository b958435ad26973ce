package histories

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkFor bounds the search for an order. A history that takes longer is none
// that the checker can judge, and a failure.
const checkFor = 30 * time.Second

// model is the port, for porcupine.
func model() porcupine.Model {
	seed := maphash.MakeSeed()
	return porcupine.Model{
		Init: func() any { return state{} },
		Step: func(s, input, output any) (bool, any) {
			ok, next := input.(call).apply(s.(state), output)
			return ok, next
		},
		Hash:              func(s any) uint64 { return maphash.Comparable(seed, s.(state)) },
		DescribeOperation: func(input, output any) string { return input.(call).describe(output) },
		DescribeState:     func(s any) string { return s.(state).describe() },
	}
}

// unexplained is a history, or a part of one, that no order was found for.
type unexplained struct {
	model  porcupine.Model
	part   int // of the history
	result porcupine.CheckResult
	calls  []porcupine.Operation
	info   porcupine.LinearizationInfo
}

// unexplained looks for an order of the calls in which the model gives the same
// answers, and returns nil where there is one.
func (r *recorder) unexplained() *unexplained {
	best := r.without(r.calls)
	for _, guess := range r.lost {
		if best == nil {
			break
		}
		u := r.without(append(slices.Clip(r.calls), guess))
		if u == nil || u.reached() > best.reached() {
			best = u
		}
	}
	return best
}

// without returns the first part of a history that is without explanation.
func (r *recorder) without(calls []porcupine.Operation) *unexplained {
	m := model()
	for i, part := range r.parts(calls) {
		result, info := porcupine.CheckOperationsVerbose(m, part, checkFor)
		if result != porcupine.Ok {
			return &unexplained{m, i, result, part, info}
		}
	}
	return nil
}

// longest is the longest order of some of the calls.
func (u *unexplained) longest() []porcupine.Operation {
	var longest []porcupine.Operation
	for _, partial := range slices.Concat(u.info.PartialLinearizationsOperations()...) {
		if len(partial) > len(longest) {
			longest = partial
		}
	}
	return longest
}

// reached tells how far the explanation got.
func (u *unexplained) reached() int { return u.part<<20 + len(u.longest()) }

// verdict says what is wrong with a history; empty: nothing.
func (r *recorder) verdict() string {
	if len(r.faults) > 0 {
		return strings.Join(r.faults, "\n")
	}
	if u := r.unexplained(); u != nil {
		return fmt.Sprintf("no order of these %d calls explains the answers (%s); see %s\nThe longest that does ends with%s",
			len(u.calls), u.result, u.picture(), u.stuck())
	}
	return ""
}

// stuck tells where the longest order ends: the last calls in it, the state they
// lead to, and the first call that cannot come next.
func (u *unexplained) stuck() string {
	longest := u.longest()
	var b strings.Builder
	s, done := state{}, map[int64]bool{}
	for i, op := range longest {
		_, s = op.Input.(call).apply(s, op.Output)
		done[op.Call] = true
		if i >= len(longest)-12 {
			fmt.Fprintf(&b, "\n%5d..%-5d %s", op.Call, op.Return, op.Input.(call).describe(op.Output))
		}
	}
	fmt.Fprintf(&b, "\n%s", s.describe())
	var left []porcupine.Operation
	for _, op := range u.calls {
		if !done[op.Call] {
			left = append(left, op)
		}
	}
	slices.SortFunc(left, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	for _, op := range left[:min(4, len(left))] {
		fmt.Fprintf(&b, "\nthen, not possible: %d..%d %s", op.Call, op.Return, op.Input.(call).describe(op.Output))
	}
	return b.String()
}

// picture writes porcupine's page to a file that outlives the test.
func (u *unexplained) picture() string {
	dir, err := os.MkdirTemp("", "incidentkit-history-")
	if err == nil {
		path := filepath.Join(dir, "history.html")
		if err = porcupine.VisualizePath(u.model, u.info, path); err == nil {
			return path
		}
	}
	return "nothing: " + err.Error()
}

// parts are the histories to be checked apart: one, for a store that is serial;
// one for each tenant, where only that is promised.
func (r *recorder) parts(calls []porcupine.Operation) [][]porcupine.Operation {
	last := r.stamps.Load() + 1
	for i := range calls {
		calls[i].Return = min(calls[i].Return, last) // at any time, or never: which is to say, at the end
	}
	if r.serial {
		return [][]porcupine.Operation{calls}
	}
	parts := make([][]porcupine.Operation, tenants)
	for i := range parts {
		for _, op := range calls {
			if op, ok := r.seenFrom(i, op); ok {
				parts[i] = append(parts[i], op)
			}
		}
	}
	return parts
}

// seenFrom is what a call was to one tenant.
func (r *recorder) seenFrom(tenant int, op porcupine.Operation) (porcupine.Operation, bool) {
	switch c := op.Input.(type) {
	case claimCall:
		c.part, c.excused = tenant, r.disturbed(tenant, op)
		op.Input = c
		return op, true
	case loadCall:
		return op, c.tenant == tenant
	case eventsCall:
		return op, tenantOf(c.stream) == tenant
	}
	return op, touchesTenant(op, tenant)
}

func touchesTenant(op porcupine.Operation, tenant int) bool {
	for i := range streams {
		if tenantOf(i) == tenant && op.Input.(call).touches(i) {
			return true
		}
	}
	return false
}

// disturbed reports whether another call may have held locks on a task of the
// tenant during a claim. One that was given up may hold them for a while.
func (r *recorder) disturbed(tenant int, claim porcupine.Operation) bool {
	for _, op := range slices.Concat(r.calls, r.lost) {
		if op.Call != claim.Call && op.Call < claim.Return && op.Return > claim.Call && touchesTenant(op, tenant) {
			return true
		}
	}
	return false
}
