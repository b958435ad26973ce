package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every example of the README shows what really comes of it; -update writes it.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	examples := 0
	got := regexp.MustCompile("(?s)```console\n.*?```").ReplaceAllStringFunc(string(readme), func(block string) string {
		examples++
		command, _, _ := strings.Cut(strings.TrimPrefix(block, "```console\n"), "\n")
		line, ok := strings.CutPrefix(command, "$ incidentctl ")
		require.True(t, ok, command)
		result := runCLI(line, "", nil)
		return "```console\n" + command + "\n" + result.stdout + result.stderr + "```"
	})
	assert.GreaterOrEqual(t, examples, 5)
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(got), 0o600))
	}
	assert.Equal(t, string(readme), got)
}
