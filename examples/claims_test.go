package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever the README's table claims for incidentkit names a test, and every
// test that it names is there.
func TestReadmeClaimsAreShownByTests(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(readme), "| shown by |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	named := regexp.MustCompile("`(?:([a-z/]+)\\.)?(Test[A-Za-z0-9]+)`")
	claims := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) != 10 || !strings.HasPrefix(cells[2], " yes") {
			continue
		}
		claims++
		tests := named.FindAllStringSubmatch(cells[8], -1)
		assert.NotEmpty(t, tests, "no test shows %q", cells[1])
		for _, test := range tests {
			assert.True(t, hasTest(t, filepath.Join("..", test[1]), test[2]), "%s is not in the tests of %q", test[2], test[1])
		}
	}
	require.NotZero(t, claims, "the table is found")
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		code, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(code), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// Every bug that docs/reliability.md lists is guarded by something that is there.
func TestFoundBugsAreGuarded(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/reliability.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(page), "| guarded by |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	test := regexp.MustCompile("`(?:([a-z/]+)\\.)?(Test[A-Za-z0-9]+)`")
	world := regexp.MustCompile("`(regressions/[a-z-]+\\.json)`")
	bugs := 0
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "---") {
			continue
		}
		bugs++
		tests, worlds := test.FindAllStringSubmatch(cells[3], -1), world.FindAllStringSubmatch(cells[3], -1)
		assert.NotEmpty(t, tests, "nothing guards %q", cells[1])
		for _, name := range tests {
			assert.True(t, hasTest(t, filepath.Join("..", name[1]), name[2]), "%s is not in the tests of %q", name[2], name[1])
		}
		for _, name := range worlds {
			assert.FileExists(t, "../internal/sim/testdata/"+name[1])
		}
	}
	require.NotZero(t, bugs, "the table is found")
}
