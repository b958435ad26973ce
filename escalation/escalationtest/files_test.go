package escalationtest_test

import (
	"flag"
	"testing"

	"github.com/incidentkit/incidentkit/escalation/escalationtest"
)

var update = flag.Bool("update", false, "write what happens into the stories in testdata")

// TestStories is the specification of package escalation: a story for each of its
// rules.
func TestStories(t *testing.T) {
	t.Parallel()
	escalationtest.RunFiles(t, "testdata/*.txt", escalationtest.Files{Update: *update})
}
