package escalationtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/escalation"
)

// Files is what stories are told in, besides what they say themselves. The zero
// Files is an empty world.
type Files struct {
	// World is the host's own: its people and schedules. Nil: there is nothing. What a story says of one of
	// them comes in its place.
	World *escalation.World

	// Ladders are the host's own policies, by id. A story that says "policy checkout",
	// and nothing about its steps, means this one.
	Ladders map[string]*escalation.Ladder

	// Update writes the files anew, with what really happens, instead of comparing
	// them. It is best the value of a flag.
	Update bool
}

// RunFiles tells the stories in all files that the pattern matches (see
// filepath.Glob), each as a subtest with the name of the file. A story is right if
// the indented lines below each line are what comes of it.
func RunFiles(t *testing.T, pattern string, f Files) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("escalationtest: RunFiles(%q): want a pattern that matches a file", pattern)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)), func(t *testing.T) {
			t.Parallel()
			RunFile(t, name, f)
		})
	}
}

// RunFile tells the story in one file.
func RunFile(t T, name string, f Files) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("escalationtest: %v", err)
	}
	want := strings.ReplaceAll(string(text), "\r\n", "\n")
	got, err := Tell(want, f)
	switch {
	case err != nil:
		t.Fatalf("escalationtest: %s: %v", name, err)
	case got == want:
	case f.Update:
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil { //nolint:gosec // the file that the test named, and has just read
			t.Fatalf("escalationtest: %v", err)
		}
	default:
		t.Fatalf("%s: what really happens is another story (- is wanted, + is so):\n\n%s", name, diff(want, got, storyLines))
	}
}
