package main

import (
	"strings"
	"testing"
)

const measured = `goos: linux
pkg: example.com/a
BenchmarkAt/arithmetic-2         	 1000000	        50.0 ns/op	       0 B/op	       0 allocs/op
BenchmarkAt/baseline_walking-2   	   50000	     25000 ns/op
BenchmarkAt/arithmetic-2         	 1000000	        70.0 ns/op
BenchmarkAt/arithmetic-2         	 1000000	        60.0 ns/op
BenchmarkAlone-2                 	 1000000	        10 ns/op
PASS
pkg: example.com/b
BenchmarkAt/slow                 	       2	   2000000000 ns/op
BenchmarkAt/nothing              	       2	   0 ns/op
BenchmarkAt/baseline             	      10	 1000000 ns/op
ok  	example.com/b	1.0s
`

const ratios = `
Against the baselines:

BenchmarkAt  (example.com/a)
  baseline_walking                                    25 µs
  arithmetic                                          60 ns   417x as fast

BenchmarkAt  (example.com/b)
  baseline                                             1 ms
  slow                                                  2 s   2000x as slow
  nothing                                              0 ns   too short to compare
`

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(strings.NewReader(measured), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != measured+ratios {
		t.Errorf("got:\n%s\nwant:\n%s", got, measured+ratios)
	}
}

func TestRunReportsFailure(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"FAIL\texample.com/a\t1.0s", "--- FAIL: BenchmarkAt"} {
		if err := run(strings.NewReader(measured+line), new(strings.Builder)); err == nil {
			t.Errorf("no error for %q", line)
		}
	}
}

func TestRunWithoutBaseline(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(strings.NewReader("BenchmarkAlone 1 5 ns/op\n"), &out); err != nil || strings.Contains(out.String(), "Against") {
		t.Errorf("got %q, %v", out.String(), err)
	}
}
