package intake

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/incidentkit/incidentkit/incident"
)

// retryAfter is what a sender that heeds it waits after a 503, in seconds.
const retryAfter = "5"

// The answers' bodies.
type (
	accepted struct {
		Receipts []receipt `json:"receipts"`
	}
	receipt struct {
		DedupKey string          `json:"dedup_key"`
		Incident incident.ID     `json:"incident,omitempty"`
		Action   incident.Intake `json:"action"`
		Alerts   int             `json:"alerts"`
		Recorded int             `json:"recorded"`
	}
	refused struct {
		Error problem `json:"error"`
	}
	problem struct {
		Path string `json:"path"`
		Want string `json:"want"`
	}
)

func (h *handler) accept(w http.ResponseWriter, r *http.Request, receipts []incident.Receipt) {
	answer := accepted{Receipts: make([]receipt, len(receipts))}
	for i, x := range receipts {
		answer.Receipts[i] = receipt(x)
		h.Logger.DebugContext(r.Context(), "alerts taken", "source", Source, "dedup_key", x.DedupKey,
			"incident", string(x.Incident), "action", string(x.Action), "alerts", x.Alerts, "recorded", x.Recorded)
	}
	h.write(w, r, http.StatusOK, answer)
}

func (h *handler) refuse(w http.ResponseWriter, r *http.Request, f Refusal) {
	attrs := []slog.Attr{
		slog.String("source", Source), slog.Int("status", f.Status), slog.String("path", f.Path), slog.String("want", f.Want),
		slog.String("tenant", f.Tenant), slog.String("remote", f.Remote), slog.Int("bytes", len(f.Body)),
	}
	if f.Err != nil {
		attrs = append(attrs, slog.Any("error", f.Err))
	}
	if f.Status >= http.StatusInternalServerError {
		w.Header().Set("Retry-After", retryAfter)
		h.Logger.LogAttrs(r.Context(), slog.LevelError, "alerts not taken; the sender should repeat them", attrs...)
	} else {
		h.Logger.LogAttrs(r.Context(), slog.LevelError, "alerts refused; the sender will not repeat them", attrs...)
	}
	h.OnRefused(context.WithoutCancel(r.Context()), f)

	switch f.Status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	h.write(w, r, f.Status, refused{problem{Path: f.Path, Want: f.Want}})
}

func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		// Whatever was decided stands; a sender that repeats is told the same.
		h.Logger.WarnContext(r.Context(), "answer not sent", "source", Source, "status", status, "error", err)
	}
}
