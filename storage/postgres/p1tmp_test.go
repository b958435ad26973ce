package postgres

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func BenchmarkP1Direct(b *testing.B) {
	for _, n := range []int{1, 4, 16, 64, 128} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := benchStore(b, 1)
			fill(b, s, 1000, inAnHour)
			due := time.Now().Add(time.Hour)
			v := make([]uint64, 1000)
			if x := os.Getenv("P1SQL"); x != "" {
				_, err := s.pool.Exec(context.Background(), x)
				require.NoError(b, err)
			}
			pid := value[int](b, s.pool, "SELECT pg_backend_pid()")
			before := cpu(b, pid)
			b.ResetTimer()
			at := 0
			for range b.N {
				var batch changes
				for range n {
					i := at % 1000
					at++
					v[i]++
					batch.add(stepOf(benchStream(i), v[i], due))
				}
				_, err := s.commitChanges(context.Background(), s.pool, false, &batch)
				require.NoError(b, err)
			}
			ran := cpu(b, pid) - before
			b.ReportMetric(float64(ran)/1000/float64(b.N*n), "cpu-us/change")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/change")
		})
	}
}

func cpu(b testing.TB, pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	require.NoError(b, err)
	var n int64
	_, err = fmt.Sscan(string(data), &n)
	require.NoError(b, err)
	return n
}

func BenchmarkP1Bare(b *testing.B) {
	s := benchStore(b, 1)
	fill(b, s, 1000, inAnHour)
	due := time.Now().Add(time.Hour)
	v := make([]uint64, 1000)
	pid := value[int](b, s.pool, "SELECT pg_backend_pid()")
	before := cpu(b, pid)
	text := newText(s, bareCommit)
	b.ResetTimer()
	at := 0
	for range b.N {
		i := at % 1000
		at++
		v[i]++
		c := stepOf(benchStream(i), v[i], due)
		e, k := c.Events[0], c.Schedule[0]
		_, err := s.pool.Exec(context.Background(), text, c.Stream.Tenant, c.Stream.ID, int64(c.Expect),
			c.Snapshot.Status, c.Snapshot.Data, e.RecordedAt.UnixMicro(), e.Type, e.Data, k.Due.UnixMicro(), k.ID, k.Kind)
		require.NoError(b, err)
	}
	ran := cpu(b, pid) - before
	b.ReportMetric(float64(ran)/1000/float64(b.N), "cpu-us/change")
}
