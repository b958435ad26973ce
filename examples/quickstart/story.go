package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
)

// story plays the people. It looks only at what is stored, so that it carries on
// wherever an earlier run was cut off.
type story struct {
	engine *incidentkit.Engine
	out    io.Writer
	url    string
	alert  []byte
	file   string // that the alert was read from; empty: it is the sample
	review string // path of the written draft
}

// pace is how long the people take for a decision.
const pace = 500 * time.Millisecond

func (s *story) tell(ctx context.Context) error {
	id, err := s.begin(ctx)
	if err != nil || id == "" {
		return err
	}
	for {
		in, err := s.engine.Incident(ctx, tenant, id)
		if err != nil {
			return err
		}
		if !in.Status.Open() {
			return s.finish(ctx, in)
		}
		if err := s.next(ctx, in); err != nil {
			return err
		}
	}
}

// begin returns the incident to go on with, or sends the alert and returns the
// one it opened; none where the alert opened none.
func (s *story) begin(ctx context.Context) (incident.ID, error) {
	page, err := s.engine.Incidents(ctx, tenant, incidentkit.Query{Limit: 1})
	if err != nil {
		return "", err
	}
	if len(page.Incidents) > 0 {
		last := page.Incidents[0]
		_, err := os.Stat(s.review)
		if last.Status.Open() || last.Status == incident.Resolved && errors.Is(err, fs.ErrNotExist) {
			s.say("Carrying on with incident %s, which is %s", last.ID, last.Status)
			if s.file != "" {
				s.say("The alert in %s is not sent, because incident %s is not over yet. Start again afterwards to send it", s.file, last.ID)
			}
			return last.ID, nil
		}
	}
	return s.post(ctx)
}

// post sends the alert as Alertmanager would.
func (s *story) post(ctx context.Context) (incident.ID, error) {
	s.say("Alertmanager sends an alert to %s", s.url)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(s.alert))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the alert was refused: %s: %s", resp.Status, bytes.TrimSpace(body))
	}
	var answer struct {
		Receipts []struct {
			Incident incident.ID     `json:"incident"`
			Action   incident.Intake `json:"action"`
		} `json:"receipts"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("read the receipts: %w", err)
	}
	for _, r := range answer.Receipts {
		if r.Incident != "" {
			s.say("The alert is stored: incident %s (%s)", r.Incident, r.Action)
			return r.Incident, nil
		}
	}
	s.say("No alert in it is firing, and no incident is open for it: there is nothing to do")
	return "", nil
}

// next does what the people would do now; nothing where they would wait.
func (s *story) next(ctx context.Context, in incident.Incident) error {
	if in.AcknowledgedAt.IsZero() {
		who := secondDelivered(in)
		if who == "" {
			return wait(ctx, 50*time.Millisecond)
		}
		return s.do(ctx, in, who, incident.Acknowledge{}, "%s answers the page", who)
	}
	run, _ := in.CurrentRun()
	who := run.AcknowledgedBy
	switch {
	case in.Roles[incident.Commander] == "":
		return s.do(ctx, in, who, incident.AssignRole{Role: incident.Commander, Person: who}, "%s takes the lead", who)
	case in.Status == incident.Triage:
		return s.do(ctx, in, who, incident.Accept{Severity: "SEV2"}, "%s sees that customers are affected: SEV2", who)
	case in.Status == incident.Active:
		return s.do(ctx, in, who, incident.Mitigate{Summary: "rolled the last deployment back"}, "%s rolls the last deployment back: customers are no longer affected", who)
	}
	return s.do(ctx, in, who, incident.Resolve{Summary: "the faulty change is reverted for good"}, "%s reverts the faulty change: resolved", who)
}

// secondDelivered returns the second person whom a page has reached: the first
// one sleeps through it.
func secondDelivered(in incident.Incident) string {
	first := ""
	for _, p := range in.Pages {
		switch {
		case p.State != incident.Delivered:
		case first == "":
			first = p.Person
		case p.Person != first:
			return p.Person
		}
	}
	return ""
}

func (s *story) do(ctx context.Context, in incident.Incident, who string, action incident.Action, format string, args ...any) error {
	if err := wait(ctx, pace); err != nil {
		return err
	}
	s.say(format, args...)
	_, err := s.engine.Do(ctx, incident.Command{
		Tenant:   tenant,
		Incident: in.ID,
		Actor:    incident.Actor{Kind: incident.Person, ID: who},
		Action:   action,
	})
	return err
}

// finish prints the timeline, checks the history and writes the review draft.
func (s *story) finish(ctx context.Context, in incident.Incident) error {
	entries, err := s.engine.Timeline(ctx, tenant, in.ID)
	if err != nil {
		return err
	}
	s.say("The timeline of incident %s, which is %s", in.ID, in.Status)
	for _, e := range entries {
		fmt.Fprintln(s.out, "  ", e)
	}
	if err := s.engine.Verify(ctx, tenant, in.ID); err != nil {
		return err
	}
	s.say("The history is intact: %d events, chained by hash, lead to the stored state", in.Version)
	draft, err := s.engine.ReviewDraft(ctx, tenant, in.ID)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.review, []byte(draft), 0o600); err != nil {
		return err
	}
	s.say("The draft of the review is in %s", s.review)
	return nil
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.out, "\n▶ "+format+"\n", args...)
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
