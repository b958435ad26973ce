package storagetest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// A store whose clock can be set gets every check, to the microsecond. In a
// test file of the store, the function would be called TestStore.
func ExampleRun() {
	_ = func(t *testing.T) {
		clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
		storagetest.Run(t, storagetest.Harness{
			Open: func(t storagetest.T) storage.Store {
				return memory.New(memory.Options{Clock: clock.Now})
			},
			Advance: clock.Advance,
		})
	}
}

func ExampleNewClock() {
	clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	clock.Advance(90 * time.Second)
	fmt.Println(clock.Now().Format(time.TimeOnly))
	// Output:
	// 12:01:30
}
