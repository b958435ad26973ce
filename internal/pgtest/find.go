package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// oldest is the first version that the store works with.
const oldest = 14

// folders are where packages put PostgreSQL besides PATH.
var folders = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // PostgreSQL's own packages for Red Hat
	"/usr/libexec/postgresql*",          // Alpine
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/usr/local/pgsql/bin", // from source
}

// binaries are the programs of one version.
type binaries struct {
	initdb, control, psql string
	version               int // the major one
}

// find returns the programs in PATH where they are new enough, and otherwise the
// newest there are.
func find(ctx context.Context) (binaries, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			if bin, ok := look(ctx, filepath.Dir(path)); ok {
				return bin, nil
			}
		}
	}
	var best binaries
	for _, pattern := range folders {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return best, fmt.Errorf("pgtest: %s: %w", pattern, err)
		}
		for _, dir := range dirs {
			if bin, ok := look(ctx, dir); ok && bin.version > best.version {
				best = bin
			}
		}
	}
	if best.version == 0 {
		return best, &MissingError{What: fmt.Sprintf("PostgreSQL %d or newer", oldest), Looked: folders}
	}
	return best, nil
}

// findClient returns a psql, of whatever version.
func findClient() (string, error) {
	if path, err := exec.LookPath("psql"); err == nil {
		return path, nil
	}
	for _, pattern := range folders {
		if found, err := filepath.Glob(filepath.Join(pattern, "psql")); err == nil && len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", &MissingError{What: "psql", Looked: folders}
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// look reports whether a folder holds all that it takes to run a server.
func look(ctx context.Context, dir string) (binaries, bool) {
	bin := binaries{
		initdb:  filepath.Join(dir, "initdb"),
		control: filepath.Join(dir, "pg_ctl"),
		psql:    filepath.Join(dir, "psql"),
	}
	server := filepath.Join(dir, "postgres")
	for _, path := range []string{bin.initdb, bin.control, server} {
		if _, err := os.Stat(path); err != nil {
			return bin, false
		}
	}
	if _, err := os.Stat(bin.psql); err != nil {
		if bin.psql, err = findClient(); err != nil {
			return bin, false
		}
	}
	text, err := output(exec.CommandContext(ctx, server, "--version")) //nolint:gosec // a folder of packages
	match := versionText.FindStringSubmatch(text)
	if err != nil || match == nil {
		return bin, false
	}
	bin.version, err = strconv.Atoi(match[1])
	return bin, err == nil && bin.version >= oldest
}
