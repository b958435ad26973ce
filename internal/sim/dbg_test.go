package sim

import (
	"fmt"
	"sort"
	"testing"
	"time"
)

func TestDbg(t *testing.T) {
	type row struct {
		s     uint64
		d     time.Duration
		steps int
		c     string
		l     time.Duration
	}
	var rows []row
	by := map[string]time.Duration{}
	n := map[string]int{}
	start := time.Now()
	for s := *from; s < *from+uint64(*seeds); s++ {
		b := time.Now()
		r := Run(Config{Seed: s})
		d := time.Since(b)
		rows = append(rows, row{s, d, r.Steps, r.Scenario.Character, r.Lasted})
		by[r.Scenario.Character] += d
		n[r.Scenario.Character]++
	}
	t.Log(time.Since(start) / time.Duration(*seeds))
	for c, d := range by {
		fmt.Println(c, n[c], d/time.Duration(n[c]))
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].d > rows[j].d })
	for _, r := range rows[:min(12, len(rows))] {
		fmt.Println(r)
	}
}
