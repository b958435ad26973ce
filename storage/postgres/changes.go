package postgres

import (
	"cmp"

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

	eventOf      []int32
	eventVersion []int64
	eventAt      []int64
	eventType    []string
	eventData    [][]byte

	cancelOf   []int32
	cancelTask []string

	taskOf      []int32
	taskDue     []int64
	taskID      []string
	taskKind    []string
	taskPayload [][]byte

	releaseOf  []int32
	releaseKey []string
	takeOf     []int32
	takeKey    []string
}

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
	if c.Fence != nil {
		b.fenceOf = append(b.fenceOf, place)
		b.fenceTask = append(b.fenceTask, c.Fence.Task)
		b.fenceEpoch = append(b.fenceEpoch, number(c.Fence.Epoch))
	}
	for _, e := range c.Events {
		b.eventOf = append(b.eventOf, place)
		b.eventVersion = append(b.eventVersion, number(e.Version))
		b.eventAt = append(b.eventAt, e.RecordedAt.UnixMicro())
		b.eventType = append(b.eventType, e.Type)
		b.eventData = append(b.eventData, e.Data)
	}
	for _, t := range c.Schedule {
		b.taskOf = append(b.taskOf, place)
		b.taskDue = append(b.taskDue, t.Due.UnixMicro())
		b.taskID = append(b.taskID, t.ID)
		b.taskKind = append(b.taskKind, t.Kind)
		b.taskPayload = append(b.taskPayload, t.Payload)
	}
	b.cancelOf, b.cancelTask = addNames(b.cancelOf, b.cancelTask, place, c.Cancel)
	b.releaseOf, b.releaseKey = addNames(b.releaseOf, b.releaseKey, place, c.Release)
	b.takeOf, b.takeKey = addNames(b.takeOf, b.takeKey, place, c.Take)
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
		b.fenceOf, b.fenceTask, b.fenceEpoch,
		b.eventOf, b.eventVersion, b.eventAt, b.eventType, b.eventData,
		b.cancelOf, b.cancelTask,
		b.taskOf, b.taskDue, b.taskID, b.taskKind, b.taskPayload,
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
