// Command benchratio reads the output of `go test -bench` and prints it again,
// followed by how every benchmark compares with its baseline, measured in the
// same run: a figure from another machine or another day says little, a ratio
// says most of it.
//
// A baseline is a sub-benchmark whose last name starts with "baseline"; it is
// the baseline of its siblings:
//
//	BenchmarkOnCall/arithmetic
//	BenchmarkOnCall/baseline_walking_ten_years
//
// Of several runs of one benchmark (-count) the median counts.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchratio:", err)
		os.Exit(1)
	}
}

// benchmark is what was measured of one of them.
type benchmark struct {
	pkg, name string
	ns        []float64 // per operation, one for each run
}

// result matches "BenchmarkX/y-8   100   12.5 ns/op   ...".
var result = regexp.MustCompile(`^(Benchmark\S*?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)

func run(in io.Reader, out io.Writer) error {
	var all []*benchmark
	pkg, failed := "", false
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(out, line)
		if p, ok := strings.CutPrefix(line, "pkg: "); ok {
			pkg = p
		}
		failed = failed || strings.HasPrefix(line, "FAIL") || strings.HasPrefix(line, "--- FAIL")
		m := result.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		i := slices.IndexFunc(all, func(b *benchmark) bool { return b.pkg == pkg && b.name == m[1] })
		if i < 0 {
			all = append(all, &benchmark{pkg: pkg, name: m[1]})
			i = len(all) - 1
		}
		all[i].ns = append(all[i].ns, ns)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	printRatios(out, all)
	if failed {
		return fmt.Errorf("a benchmark failed")
	}
	return nil
}

// printRatios prints each baseline and what its siblings make of it.
func printRatios(out io.Writer, all []*benchmark) {
	title := "\nAgainst the baselines:\n"
	for _, base := range all {
		group, last := split(base.name)
		if !strings.HasPrefix(last, "baseline") {
			continue
		}
		fmt.Fprintf(out, "%s\n%s  (%s)\n  %-44s %12s\n", title, group, base.pkg, last, duration(base.median()))
		title = ""
		for _, b := range all {
			if g, name := split(b.name); b.pkg == base.pkg && g == group && !strings.HasPrefix(name, "baseline") {
				fmt.Fprintf(out, "  %-44s %12s   %s\n", name, duration(b.median()), compare(b.median(), base.median()))
			}
		}
	}
}

// split cuts a name before its last slash.
func split(name string) (group, last string) {
	i := strings.LastIndexByte(name, '/')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

func (b *benchmark) median() float64 {
	sorted := slices.Sorted(slices.Values(b.ns))
	mid := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[mid-1] + sorted[mid]) / 2
	}
	return sorted[mid]
}

func compare(ns, base float64) string {
	switch {
	case ns == 0 || base == 0:
		return "too short to compare"
	case ns <= base:
		return digits(base/ns) + "x as fast"
	}
	return digits(ns/base) + "x as slow"
}

// duration prints nanoseconds with a fitting unit.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return digits(ns) + " ns"
	case ns < 1e6:
		return digits(ns/1e3) + " µs"
	case ns < 1e9:
		return digits(ns/1e6) + " ms"
	}
	return digits(ns/1e9) + " s"
}

// digits prints what is worth reading of a number: three digits, or all of those
// before the point.
func digits(x float64) string {
	if x >= 100 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}
