package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The first program in the README is the one that compiles.
func TestReadmeShowsTheFirstProgram(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	program, err := os.ReadFile("first/main.go")
	require.NoError(t, err)
	require.Contains(t, string(readme), "```go\n"+string(program)+"```\n")

	commands := []string{}
	_, block, _ := strings.Cut(string(readme), "## Try it\n\n```\n")
	block, _, _ = strings.Cut(block, "```")
	for line := range strings.Lines(block) {
		commands = append(commands, strings.TrimSpace(line))
	}
	require.Equal(t, []string{"go run ./examples/quickstart", "make test"}, commands, "set-up is these two commands, and nothing else")
}
