package strictjson

import "strings"

// maxName is the longest name, in bytes, for which a likely spelling is sought.
const maxName = 64

// Closest returns the candidate that was probably meant by a name nobody knows,
// or "". Case, "_", "-" and spaces do not count.
func Closest(name string, candidates []string) string {
	if len(name) > maxName {
		return ""
	}
	name = fold(name)
	best, bound := "", len(name)/3+1 // one letter in three may be wrong
	for _, c := range candidates {
		if len(c) > maxName {
			continue
		}
		if n := distance(name, fold(c), bound); n < bound {
			best, bound = c, n
		}
	}
	return best
}

var separators = strings.NewReplacer("_", "", "-", "", " ", "")

func fold(s string) string { return separators.Replace(strings.ToLower(s)) }

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b. It stops counting at the bound.
func distance(a, b string, bound int) int {
	if d := len(a) - len(b); d >= bound || -d >= bound {
		return bound
	}
	width := len(b) + 1
	before, above, row := make([]int, width), make([]int, width), make([]int, width)
	for j := range above {
		above[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(above[j]+cost, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above, row = above, row, before
	}
	return min(above[width-1], bound)
}
