package terminal

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEnvironmentAllowsColor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"TERM": "xterm-256color"}, true},
		{map[string]string{"TERM": "dumb"}, false},
		{map[string]string{"NO_COLOR": "1"}, false},
		{map[string]string{"NO_COLOR": ""}, true}, // set, but to nothing
	} {
		assert.Equal(t, tc.want, environmentAllowsColor(func(name string) string { return tc.env[name] }), "%v", tc.env)
	}
}
