package sim
import ("testing";"fmt";"sort")
func TestDbgAll(t *testing.T) {
	first := map[string][]string{}
	for s := *from; s < *from+uint64(*seeds); s++ {
		r := Run(Config{Seed: s})
		seen := map[string]bool{}
		for _, v := range r.Violations {
			if seen[v.Invariant] { continue }
			seen[v.Invariant] = true
			first[v.Invariant] = append(first[v.Invariant], fmt.Sprintf("%d (%s) %s", s, r.Scenario.Character, v))
		}
	}
	var ks []string
	for k := range first { ks = append(ks, k) }
	sort.Strings(ks)
	for _, k := range ks { fmt.Println(k, len(first[k])); for _, x := range first[k][:min(6, len(first[k]))] { fmt.Println("   ", x) } }
}
