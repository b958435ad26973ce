package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// api lets people see incidents and answer pages.
type api struct {
	engine *incidentkit.Engine
	people map[string]string // person by token
	log    *slog.Logger
}

// summary is an incident as this service shows it. The shape is the service's
// own, so that its clients do not depend on the library's.
type summary struct {
	ID             incident.ID     `json:"id"`
	Title          string          `json:"title"`
	Status         incident.Status `json:"status"`
	Severity       string          `json:"severity,omitempty"`
	OpenedAt       time.Time       `json:"opened_at"`
	AcknowledgedBy string          `json:"acknowledged_by,omitempty"`
}

func summarize(in incident.Incident) summary {
	run, _ := in.CurrentRun()
	return summary{in.ID, in.Title, in.Status, in.Severity, in.OpenedAt, run.AcknowledgedBy}
}

func (a *api) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /incidents", a.as(a.list))
	mux.HandleFunc("POST /incidents/{id}/acknowledge", a.as(a.acknowledge))
}

// as finds out who asks. The engine trusts the actor it is given: what this
// function says is on record as that person's doing. Put your own login here.
func (a *api) as(handle func(http.ResponseWriter, *http.Request, incident.Actor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		person, ok := a.people[token]
		if !ok {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "want the header Authorization with Bearer and your token", http.StatusUnauthorized)
			return
		}
		handle(w, r, incident.Actor{Kind: incident.Person, ID: person})
	}
}

// list shows open incidents, the newest first; ?cursor= gets the next page.
func (a *api) list(w http.ResponseWriter, r *http.Request, _ incident.Actor) {
	page, err := a.engine.Incidents(r.Context(), tenant, incidentkit.Query{
		Statuses: []incident.Status{incident.Triage, incident.Active, incident.Mitigated},
		Cursor:   r.URL.Query().Get("cursor"),
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	answer := struct {
		Incidents []summary `json:"incidents"`
		Next      string    `json:"next,omitempty"`
	}{make([]summary, 0, len(page.Incidents)), page.Next}
	for _, in := range page.Incidents {
		answer.Incidents = append(answer.Incidents, summarize(in))
	}
	for id, err := range page.Unreadable {
		a.log.ErrorContext(r.Context(), "an incident cannot be read", "incident", string(id), "error", err)
	}
	a.write(w, r, answer)
}

func (a *api) acknowledge(w http.ResponseWriter, r *http.Request, who incident.Actor) {
	in, err := a.engine.Do(r.Context(), incident.Command{
		Tenant: tenant, Incident: incident.ID(r.PathValue("id")), Actor: who, Action: incident.Acknowledge{},
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, r, summarize(in))
}

func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	for _, known := range []struct {
		condition error
		status    int
	}{
		{incidentkit.ErrNotFound, http.StatusNotFound},
		{incident.ErrForbidden, http.StatusForbidden},
		{incident.ErrRefused, http.StatusConflict},
		{incident.ErrInvalid, http.StatusBadRequest},
		{storage.ErrInvalid, http.StatusBadRequest},
	} {
		if errors.Is(err, known.condition) {
			http.Error(w, err.Error(), known.status)
			return
		}
	}
	a.log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	http.Error(w, "try again", http.StatusServiceUnavailable)
}

func (a *api) write(w http.ResponseWriter, r *http.Request, answer any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		a.log.WarnContext(r.Context(), "answer not sent", "error", err)
	}
}
