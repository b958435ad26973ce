package memory_test

import (
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.UTC))
	storagetest.Run(t, storagetest.Harness{
		Open:    func(storagetest.T) storage.Store { return memory.New(memory.Options{Clock: clock.Now}) },
		Advance: clock.Advance,
	})
}

func TestConformanceRealClock(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, storagetest.Harness{
		Open: func(storagetest.T) storage.Store { return memory.New(memory.Options{}) },
	})
}
