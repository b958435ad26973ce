package postgres

import (
	"cmp"
	"slices"

	"github.com/incidentkit/incidentkit/storage"
)

// changes are the arguments of the function commit_changes: a column for each
// part of a change, with the change's place, from 1, in the columns named Of.
type changes struct {
	tenants, ids     []string
	expects, appends []int64
	kinds, statuses  []string
	snapshots        [][]byte

	operationOf []int32
	operationID []string

	fenceOf    []int32
	fenceTask  []string
	fenceEpoch []int64
	fenceUse   []int32

	eventOf      []int32
	eventVersion []int64
	eventAt      []int64
	eventType    []string
	eventData    [][]byte

	cancelOf    []int32
	cancelTask  []string
	cancelEpoch []int64

	taskOf      []int32
	taskDue     []int64
	taskID      []string
	taskKind    []string
	taskPayload [][]byte
	taskEpoch   []int64

	releaseOf  []int32
	releaseKey []string
	takeOf     []int32
	takeKey    []string
}

// What a change does with the task of its fence, as commit_changes has it.
const (
	fenceKept = iota
	fenceScheduled
	fenceCancelled
)

func (b *changes) add(c storage.Change) {
	b.tenants = append(b.tenants, c.Stream.Tenant)
	b.ids = append(b.ids, c.Stream.ID)
	b.expects = append(b.expects, number(c.Expect))
	b.appends = append(b.appends, int64(len(c.Events)))
	b.kinds = append(b.kinds, c.Snapshot.Kind)
	b.statuses = append(b.statuses, c.Snapshot.Status)
	b.snapshots = append(b.snapshots, blob(c.Snapshot.Data))
	place := int32(len(b.tenants))
	if c.Operation != "" {
		b.operationOf = append(b.operationOf, place)
		b.operationID = append(b.operationID, c.Operation)
	}
	for _, e := range c.Events {
		b.eventOf = append(b.eventOf, place)
		b.eventVersion = append(b.eventVersion, number(e.Version))
		b.eventAt = append(b.eventAt, e.RecordedAt.UnixMicro())
		b.eventType = append(b.eventType, e.Type)
		b.eventData = append(b.eventData, e.Data)
	}
	b.addTasks(place, c)
	b.releaseOf, b.releaseKey = addNames(b.releaseOf, b.releaseKey, place, c.Release)
	b.takeOf, b.takeKey = addNames(b.takeOf, b.takeKey, place, c.Take)
}

// addTasks adds what a change schedules and cancels, and its fence. A task that is
// cancelled and scheduled is a new one.
func (b *changes) addTasks(place int32, c storage.Change) {
	use := int32(fenceKept)
	for i, id := range c.Cancel {
		if slices.Contains(c.Cancel[:i], id) {
			continue
		}
		epoch := int64(0)
		if c.Fence != nil && id == c.Fence.Task {
			epoch, use = number(c.Fence.Epoch), fenceCancelled
		}
		b.cancelOf = append(b.cancelOf, place)
		b.cancelTask = append(b.cancelTask, id)
		b.cancelEpoch = append(b.cancelEpoch, epoch)
	}
	for _, t := range c.Schedule {
		epoch := int64(0)
		if c.Fence != nil && t.ID == c.Fence.Task && use != fenceCancelled {
			epoch, use = number(c.Fence.Epoch), fenceScheduled
		}
		b.taskOf = append(b.taskOf, place)
		b.taskDue = append(b.taskDue, t.Due.UnixMicro())
		b.taskID = append(b.taskID, t.ID)
		b.taskKind = append(b.taskKind, t.Kind)
		b.taskPayload = append(b.taskPayload, t.Payload)
		b.taskEpoch = append(b.taskEpoch, epoch)
	}
	if c.Fence != nil {
		b.fenceOf = append(b.fenceOf, place)
		b.fenceTask = append(b.fenceTask, c.Fence.Task)
		b.fenceEpoch = append(b.fenceEpoch, number(c.Fence.Epoch))
		b.fenceUse = append(b.fenceUse, use)
	}
}

func addNames(of []int32, all []string, place int32, names []string) ([]int32, []string) {
	for range names {
		of = append(of, place)
	}
	return of, append(all, names...)
}

// args are in the order of the function's parameters.
func (b *changes) args(alone bool) []any {
	return []any{
		alone,
		b.tenants, b.ids, b.expects, b.appends, b.kinds, b.statuses, b.snapshots,
		b.operationOf, b.operationID,
		b.fenceOf, b.fenceTask, b.fenceEpoch, b.fenceUse,
		b.eventOf, b.eventVersion, b.eventAt, b.eventType, b.eventData,
		b.cancelOf, b.cancelTask, b.cancelEpoch,
		b.taskOf, b.taskDue, b.taskID, b.taskKind, b.taskPayload, b.taskEpoch,
		b.releaseOf, b.releaseKey,
		b.takeOf, b.takeKey,
	}
}

func compareStreams(a, b storage.Stream) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
}

// blob is data for a column that is never NULL.
func blob(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
