package pgtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// output runs a program and returns what it wrote to its standard output.
func output(cmd *exec.Cmd) (string, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), &CommandError{
			Command: strings.Join(append([]string{filepath.Base(cmd.Path)}, cmd.Args[1:]...), " "),
			Output:  strings.TrimSpace(out.String() + errs.String()),
			Err:     err,
		}
	}
	return out.String(), nil
}

// environment is ours without what PostgreSQL's programs listen to (PGHOST,
// PGDATA and the like), and with messages that can be read.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			env = append(env, v)
		}
	}
	return env
}
