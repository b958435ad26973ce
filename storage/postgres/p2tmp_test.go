package postgres

import (
	"testing"
	"time"
	"fmt"
	"slices"
	"github.com/incidentkit/incidentkit/storage"
)

func TestZModes(t *testing.T) {
	stores := map[string]*Store{}
	for _, mode := range []string{"cache_statement", "cache_describe", "exec"} {
		stores[mode] = openTest(t, Options{URL: testURL() + "&default_query_exec_mode=" + mode})
	}
	times := map[string][]time.Duration{}
	for i := range 1500 {
		for mode, s := range stores {
			measure := func(what string, do func() error) {
				at := time.Now()
				if err := do(); err != nil { t.Fatal(err) }
				times[what+" "+mode] = append(times[what+" "+mode], time.Since(at))
			}
			measure("commit", func() error {
				c := opened(fmt.Sprint(i))
				c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: someTime.AddDate(10,0,0)}}
				_, err := s.Commit(t.Context(), c)
				return err
			})
			measure("load", func() error { _, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: fmt.Sprint(i)}); return err })
			measure("events", func() error { _, err := s.Events(t.Context(), storage.Stream{Tenant: "acme", ID: fmt.Sprint(i)}, storage.EventsQuery{}); return err })
			measure("list", func() error { _, err := s.List(t.Context(), storage.ListQuery{Tenant: "acme", Kind: "incident", Limit: 10, Statuses: []string{"active"}}); return err })
			measure("claim", func() error { _, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: lease}); return err })
		}
	}
	for k, v := range times { slices.Sort(v); fmt.Println(k, "min", v[0], "p10", v[len(v)/10], "p50", v[len(v)/2]) }
}
