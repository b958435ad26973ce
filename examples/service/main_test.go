package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// pages hands each page that is printed to the test.
type pages chan string

func (p pages) Write(text []byte) (int, error) {
	p <- string(text)
	return len(text), nil
}

// service is one run of the service.
type service struct {
	url     string
	printed pages
	stop    func() error
}

func launch(t *testing.T, db string) service {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	printed, ended := make(pages, 10), make(chan error, 1)
	go func() {
		ended <- serve(ctx, config{
			db: db, alertToken: "alerts", people: map[string]string{"a-secret": "ana", "b-secret": "ben"},
			pages: printed, log: slog.New(slog.DiscardHandler),
		}, listener)
	}()
	t.Cleanup(cancel)
	return service{"http://" + listener.Addr().String(), printed, func() error {
		cancel()
		return <-ended
	}}
}

// ask sends a request and returns the answer's status and body.
func (s service) ask(t *testing.T, method, path, token string, body []byte) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, answer
}

// open returns the incidents that are listed.
func (s service) open(t *testing.T) []summary {
	t.Helper()
	status, body := s.ask(t, http.MethodGet, "/incidents", "a-secret", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	var answer struct{ Incidents []summary }
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer.Incidents
}

func TestServiceTakesAnAlertAndAnAnswer(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "incidents.db")
	alert, err := os.ReadFile("../quickstart/alert.json")
	require.NoError(t, err)

	s := launch(t, db)
	assert.Empty(t, s.open(t))
	status, body := s.ask(t, http.MethodPost, "/alerts", "alerts", alert)
	require.Equal(t, http.StatusOK, status, string(body))
	assert.Contains(t, <-s.printed, "38 % of payments fail")
	listed := s.open(t)
	require.Len(t, listed, 1)
	assert.Equal(t, incident.Active, listed[0].Status)
	assert.Equal(t, "SEV1", listed[0].Severity)
	assert.Empty(t, listed[0].AcknowledgedBy)
	require.NoError(t, s.stop())
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", s.url[len("http://"):])
	require.Error(t, err, "nobody listens any more")

	s = launch(t, db) // the next deployment
	require.Equal(t, listed, s.open(t))
	path := "/incidents/" + string(listed[0].ID) + "/acknowledge"
	status, body = s.ask(t, http.MethodPost, path, "a-secret", nil)
	require.Equal(t, http.StatusOK, status, string(body))
	assert.Equal(t, "ana", s.open(t)[0].AcknowledgedBy)
	status, body = s.ask(t, http.MethodPost, path, "a-secret", nil)
	assert.Equal(t, http.StatusOK, status, "again, it renews the answer: %s", body)
	status, body = s.ask(t, http.MethodPost, path, "b-secret", nil)
	assert.Equal(t, http.StatusConflict, status, "somebody has answered: %s", body)
	require.NoError(t, s.stop())
	assert.Empty(t, s.printed, "a restart pages nobody again")
}

func TestServiceRefuses(t *testing.T) {
	t.Parallel()
	s := launch(t, filepath.Join(t.TempDir(), "incidents.db"))
	for name, tc := range map[string]struct {
		method, path, token string
		status              int
	}{
		"an alert without the token":  {http.MethodPost, "/alerts", "a-secret", http.StatusUnauthorized},
		"a list for a stranger":       {http.MethodGet, "/incidents", "wrong", http.StatusUnauthorized},
		"a list without a token":      {http.MethodGet, "/incidents", "", http.StatusUnauthorized},
		"a cursor that is none":       {http.MethodGet, "/incidents?cursor=%00", "a-secret", http.StatusBadRequest},
		"an answer by a stranger":     {http.MethodPost, "/incidents/x/acknowledge", "wrong", http.StatusUnauthorized},
		"an answer to no incident":    {http.MethodPost, "/incidents/x/acknowledge", "a-secret", http.StatusNotFound},
		"an answer by the wrong verb": {http.MethodGet, "/incidents/x/acknowledge", "a-secret", http.StatusMethodNotAllowed},
	} {
		status, body := s.ask(t, tc.method, tc.path, tc.token, nil)
		assert.Equal(t, tc.status, status, "%s: %s", name, body)
	}
	require.NoError(t, s.stop())
}
