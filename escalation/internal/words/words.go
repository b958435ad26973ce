// Package words writes what reasons, findings and stories have in common.
package words

import (
	"fmt"
	"strings"
	"time"
)

// Length writes a length of time without the zeros that time.Duration puts at its
// end: "5m".
func Length(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Count writes a number of things: "1 round", "2 rounds".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
