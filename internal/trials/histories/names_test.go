package histories

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/incidentkit/incidentkit/storage"
)

// The world of a history is small, so that its calls meet, and of a fixed size,
// so that the model's states are plain values. Everything in it goes by number.
const (
	tenants    = 2
	perTenant  = 2 // streams
	streams    = tenants * perTenant
	perStream  = 2 // tasks
	keys       = 2 // of each tenant
	operations = 6 // ids, of each stream
)

var tenantNames = [tenants]string{"acme", "globex"}

func tenantOf(stream int) int { return stream / perTenant }

func streamName(n int) storage.Stream {
	return storage.Stream{Tenant: tenantNames[tenantOf(n)], ID: fmt.Sprint("s", n%perTenant)}
}

func taskName(n int) string      { return fmt.Sprint("t", n) }
func keyName(n int) string       { return fmt.Sprint("k", n) }
func operationName(n int) string { return fmt.Sprint("o", n) }

// streamNumber is the number of a stream; -1 for one that no history has.
func streamNumber(st storage.Stream) int {
	return slices.IndexFunc(numbers(streams), func(n int) bool { return streamName(n) == st })
}

func taskNumber(id string) int {
	return slices.IndexFunc(numbers(perStream), func(n int) bool { return taskName(n) == id })
}

func keyNumber(key string) int {
	return slices.IndexFunc(numbers(keys), func(n int) bool { return keyName(n) == key })
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func named(list []int, name func(int) string) []string {
	var names []string
	for _, n := range list {
		names = append(names, name(n))
	}
	return names
}

// A token stands for everything that one commit writes: the data of its events,
// its snapshot, and the payloads of its tasks.
type token uint32

func (t token) bytes() []byte { return strconv.AppendUint(nil, uint64(t), 10) }

func (t token) status() string { return fmt.Sprint("status", t%3) }

// readToken is the token in some data; an error for data that no client wrote.
func readToken(data []byte) (token, error) {
	n, err := strconv.ParseUint(string(data), 10, 32)
	return token(n), err
}
