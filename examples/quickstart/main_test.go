package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// screen keeps what is printed, and calls stop once it has seen a text.
type screen struct {
	until string
	stop  func()

	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if strings.Contains(s.text.String(), s.until) {
		s.stop()
	}
	return len(p), nil
}

// stopAt runs the quickstart until it has printed a text, as Ctrl-C would, and
// returns what it printed and how it ended.
func stopAt(t *testing.T, until string, o options) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &screen{until: until, stop: cancel}
	err := run(ctx, o, out)
	return out.text.String(), err
}

func TestStoppedQuickstartSaysHowToCarryOn(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "some night.db")
	_, err := stopAt(t, "The alert is stored", options{db: db})
	require.ErrorContains(t, err, `-db "`+db+`"`)
	assert.NotContains(t, err.Error(), "context canceled")

	printed, err := stopAt(t, "is not sent", options{db: db, alert: "alert.json"})
	require.ErrorContains(t, err, "stopped by a signal")
	assert.Contains(t, printed, "Carrying on with incident")
	assert.Contains(t, printed, "The alert in alert.json is not sent, because incident")
	assert.NotContains(t, printed, "The alert is stored")
}

func TestAlertFileWithAByteOrderMarkIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "alert.json")
	require.NoError(t, os.WriteFile(file, append([]byte("\xef\xbb\xbf"), sampleAlert...), 0o600))
	require.ErrorContains(t, run(t.Context(), options{alert: file}, new(bytes.Buffer)), "without one")
}

func TestLeftoverArgumentIsRefused(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "my.json")
	cmd.Env = append(os.Environ(), asQuickstart+"=1")
	printed, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Equal(t, 2, cmd.ProcessState.ExitCode())
	assert.Contains(t, string(printed), "did you mean -alert my.json?")
}
