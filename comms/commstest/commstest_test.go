package commstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
)

// A harness may hold back everything but New.
func TestMissing(t *testing.T) {
	t.Parallel()
	full := newWire(nil).harness()
	bare := commstest.Harness{New: full.New}
	var missing []string
	for _, c := range commstest.Checks() {
		if m := c.Missing(full); m != "" {
			t.Errorf("%s: the full harness is said to lack %s", c.Name, m)
		}
		if m := c.Missing(bare); m != "" {
			missing = append(missing, m)
			if failures := attempt(t, c, bare); len(failures) != 1 || !strings.Contains(failures[0], "needs "+m) {
				t.Errorf("%s without %s: %q", c.Name, m, failures)
			}
		}
	}
	want := []string{"Harness.Received with CarriesKey", "Harness.Refuse", "Harness.Overload", "Harness.Cut", "Harness.Hang"}
	if !slices.Equal(missing, want) {
		t.Errorf("missing: %q, want %q", missing, want)
	}
	commstest.Run(t, bare) // the rest runs and passes
}

func TestBadHarness(t *testing.T) {
	t.Parallel()
	for want, h := range map[string]commstest.Harness{
		"Harness.New is nil":               {},
		"Harness.New returned no notifier": {New: func(commstest.T) (comms.Notifier, comms.Address) { return nil, comms.Address{} }},
	} {
		failures := attempt(t, commstest.Checks()[0], h)
		if len(failures) != 1 || !strings.Contains(failures[0], want) {
			t.Errorf("failures %q, want one with %q", failures, want)
		}
	}
}
