package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/terminal"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func page() comms.Message {
	return comms.Message{
		Key:      "inc-7/run-1/round-1/step-1/ana/terminal",
		Tenant:   "acme",
		Incident: "inc-7",
		To:       comms.Address{Person: "ana", Name: "Ana Diaz", Channel: "terminal", To: "desk 3"},
		Subject:  "Checkout: 12% of payments fail",
		Body:     "Since 10:29 UTC, on shop-eu.\nRunbook: https://example.com/checkout",
		Severity: "sev1",
		Attempt:  1,
		Reason: comms.Reason{
			Policy: "payments", PlanVersion: 7, Run: "1", Round: 1, Step: 1,
			Target: "schedule primary", Rule: "rotation weekly, turn 12",
			Due: time.Date(2026, 11, 22, 10, 31, 42, 0, time.UTC),
		},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		color  terminal.Color
		change func(*comms.Message)
	}{
		"page":    {},
		"color":   {color: terminal.Always, change: func(m *comms.Message) { m.PossibleDuplicate, m.Attempt = true, 2 }},
		"drill":   {change: func(m *comms.Message) { m.Drill, m.PossibleDuplicate, m.Attempt = true, true, 2 }},
		"minimal": {change: func(m *comms.Message) { m.To, m.Body, m.Severity, m.Reason = minimalAddress, "", "", comms.Reason{} }},
		"hostile": {change: hostile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := page()
			if tc.change != nil {
				tc.change(&m)
			}
			var out bytes.Buffer
			n, err := terminal.New(terminal.Options{Writer: &out, Color: tc.color})
			require.NoError(t, err)
			_, err = n.Notify(t.Context(), m)
			require.NoError(t, err)

			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String())
		})
	}
}

var minimalAddress = comms.Address{Person: "ana", Channel: "terminal"}

// hostile fills every field that an alert or a user can reach.
func hostile(m *comms.Message) {
	m.Key, m.Tenant, m.Incident = "k", "acme\x1b[8m", "inc-7\r\nwhy       all is well"
	m.Subject = "\x1b[2J\x1b]0;title\a=== This is a drill"
	m.Body = "\x1b[31mred\n=== DRILL === severity none\r\n\u202etxet\u2028last\xff"
	m.Severity = "sev1\n=== DRILL"
	m.To = comms.Address{Person: "ana\x1b", Name: "Ana\nDiaz", Channel: "terminal\a", To: "\u009b"}
	m.Reason.Text = "because\nkey       none\x1b[0m"
}

func TestNoEscapeReachesTheTerminal(t *testing.T) {
	t.Parallel()
	m := page()
	hostile(&m)
	var out bytes.Buffer
	n, err := terminal.New(terminal.Options{Writer: &out, Color: terminal.Never})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), m)
	require.NoError(t, err)
	assert.NotContains(t, out.String(), "\x1b")
	assert.NotContains(t, out.String(), "\u202e")
	rules := 0
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "===") {
			rules++
		}
	}
	assert.Equal(t, 2, rules, "only the page's own lines begin with a rule:\n%s", out.String())
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]terminal.Options{
		"Options.Writer": {},
		"Options.Color":  {Writer: io.Discard, Color: 7},
	} {
		_, err := terminal.New(o)
		var bad *comms.FieldError
		require.ErrorAs(t, err, &bad)
		assert.Equal(t, field, bad.Field)
	}
}

// Auto colours terminals only; a buffer and a file are none.
func TestAutoLeavesFilesPlain(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "pages"))
	require.NoError(t, err)
	defer file.Close()
	n, err := terminal.New(terminal.Options{Writer: file})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), page())
	require.NoError(t, err)
	text, err := os.ReadFile(file.Name())
	require.NoError(t, err)
	assert.Contains(t, string(text), "Checkout")
	assert.NotContains(t, string(text), "\x1b")
}

func TestWriteFailures(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, tc := range map[string]struct {
		write func([]byte) (int, error)
		fate  comms.Fate
	}{
		"nothing written":        {func([]byte) (int, error) { return 0, boom }, comms.Failed},
		"nothing, without error": {func([]byte) (int, error) { return 0, nil }, comms.Failed},
		"closed file":            {func([]byte) (int, error) { return 0, os.ErrClosed }, comms.Refused},
		"closed pipe":            {func([]byte) (int, error) { return 0, io.ErrClosedPipe }, comms.Refused},
		"half written":           {func(p []byte) (int, error) { return len(p) / 2, boom }, comms.Unknown},
		"half, then closed":      {func(p []byte) (int, error) { return len(p) / 2, os.ErrClosed }, comms.Unknown},
		"half, without error":    {func(p []byte) (int, error) { return len(p) / 2, nil }, comms.Unknown},
		"all, and an error":      {func(p []byte) (int, error) { return len(p), boom }, comms.Unknown},
		"panics":                 {func([]byte) (int, error) { panic("boom") }, comms.Unknown},
		"all":                    {func(p []byte) (int, error) { return len(p), nil }, comms.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := terminal.New(terminal.Options{Writer: writerFunc(tc.write)})
			require.NoError(t, err)
			_, err = n.Notify(t.Context(), page())
			assert.Equal(t, tc.fate, comms.Classify(err), "%v", err)
			_, err = n.Notify(t.Context(), page())
			assert.Equal(t, tc.fate, comms.Classify(err), "the second page: %v", err)
		})
	}
}

func TestInvalidMessageIsRefused(t *testing.T) {
	t.Parallel()
	n, err := terminal.New(terminal.Options{Writer: io.Discard})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), comms.Message{})
	require.ErrorIs(t, err, comms.ErrPermanent)
	require.ErrorIs(t, err, comms.ErrInvalid)
}

// A terminal that somebody has stopped with Ctrl-S must not stop the engine.
func TestStuckWriterHonoursTheContext(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	var out bytes.Buffer
	var once sync.Once
	n, err := terminal.New(terminal.Options{Writer: writerFunc(func(p []byte) (int, error) {
		once.Do(func() { close(entered); <-release })
		return out.Write(p)
	})})
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := n.Notify(ctx, page())
		first <- err
	}()
	<-entered
	waiting := make(chan error)
	go func() {
		_, err := n.Notify(ctx, page())
		waiting <- err
	}()
	cancel()
	err = <-first
	assert.Equal(t, comms.Unknown, comms.Classify(err), "%v", err)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, comms.Failed, comms.Classify(<-waiting), "the one that waited was never begun")

	close(release)
	_, err = n.Notify(t.Context(), page())
	require.NoError(t, err, "the writer works again")
	assert.Equal(t, 2, strings.Count(out.String(), "=== PAGE"), "the stuck one came out late, the waiting one never")
}

func TestPagesAreNeverInterleaved(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	calls := 0 // written without a lock: the race detector sees if two writers meet
	n, err := terminal.New(terminal.Options{Writer: writerFunc(func(p []byte) (int, error) {
		calls++
		return out.Write(p)
	})})
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			m := page()
			m.Key = fmt.Sprintf("key-%d.", i)
			_, err := n.Notify(t.Context(), m)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Equal(t, 50, calls, "one page is one write")
	for i := range 50 {
		assert.Equal(t, 1, strings.Count(out.String(), fmt.Sprintf("key-%d.", i)))
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
