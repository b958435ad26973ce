package mutants

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the root of the repository.
const root = "../../.."

// loadAll reads every mutant there is.
func loadAll(t *testing.T) []Mutant {
	t.Helper()
	all, err := Load(os.DirFS("testdata"))
	require.NoError(t, err)
	return all
}

// overlay writes the code with all mutants in it to a folder, and returns the file
// that has the go command see it in place of the real one.
func overlay(t *testing.T, all []Mutant) string {
	t.Helper()
	top, err := filepath.Abs(root)
	require.NoError(t, err)
	files, err := Plant(os.DirFS(root), all)
	require.NoError(t, err)
	dir, replace := t.TempDir(), map[string]string{}
	for file, text := range files {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		require.NoError(t, os.WriteFile(copied, text, 0o600))
		replace[filepath.Join(top, filepath.FromSlash(file))] = copied
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	path := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// build builds a program of this module with all mutants in it. It is built without
// cgo and without the race detector, however this test was: it is to be quick.
func build(t *testing.T, all []Mutant, program string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "program.exe") // the name that every system can start
	cmd := exec.CommandContext(t.Context(), "go", "build", "-race=false", "-buildvcs=false", "-overlay", overlay(t, all), "-o", binary, program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go build: %s", out)
	return binary
}
