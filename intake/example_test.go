package intake_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/intake"
)

// engine stands for an *incidentkit.Engine.
type engine struct{}

func (engine) Ingest(_ context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
	for _, a := range alerts {
		fmt.Printf("%s, from %s: %s: %s\n", tenant, actor, a.Status, a.Summary)
	}
	return []incident.Receipt{{DedupKey: alerts[0].DedupKey, Incident: "inc-7", Action: incident.Opened, Alerts: len(alerts), Recorded: len(alerts)}}, nil
}

// The tenant is a part of the path here; a host may as well look at the host
// name or at who the credentials belong to.
func ExampleAlertmanager() {
	alerts, err := intake.Alertmanager(intake.Options{
		Ingester: engine{},
		Tenant: func(r *http.Request) (string, error) {
			if t := r.PathValue("tenant"); t == "acme" {
				return t, nil
			}
			return "", intake.ErrUnknownTenant
		},
		Actor: incident.Actor{Kind: incident.Automation, ID: "alertmanager"},
		Token: "s3cret",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/alerts/{tenant}", alerts)

	for _, path := range []string{"/alerts/acme", "/alerts/unknown"} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{
			"status": "firing", "groupKey": "{}:{alertname=\"CheckoutErrors\"}",
			"alerts": [{"annotations": {"summary": "12% of payments fail"}}]
		}`))
		r.Header.Set("Authorization", "Bearer s3cret")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// acme, from automation alertmanager: firing: 12% of payments fail
	// 200 {"receipts":[{"dedup_key":"alertmanager:{}:{alertname=\"CheckoutErrors\"}","incident":"inc-7","action":"opened","alerts":1,"recorded":1}]}
	// 404 {"error":{"path":"","want":"a tenant that exists"}}
}

func ExampleParseAlertmanager() {
	alerts, err := intake.ParseAlertmanager([]byte(`{
		"status": "firing",
		"groupKey": "{}:{alertname=\"DiskFull\"}",
		"commonAnnotations": {"runbook_url": "https://runbooks.example.com/disk"},
		"alerts": [
			{"labels": {"alertname": "DiskFull", "instance": "db-1"}, "annotations": {"summary": "db-1 has 2% left"}},
			{"labels": {"alertname": "DiskFull", "instance": "db-2"}, "status": "resolved"}
		]
	}`))
	fmt.Println(err)
	for _, a := range alerts {
		fmt.Printf("%s %s: %s (%s)\n", a.DedupKey, a.Status, a.Summary, a.Labels["instance"])
	}

	_, err = intake.ParseAlertmanager([]byte(`{"status": "firing", "alerts": [{"startsAt": "yesterday"}]}`))
	fmt.Println(err)
	var bad *intake.BodyError
	fmt.Println(errors.As(err, &bad), bad.Path)
	// Output:
	// <nil>
	// alertmanager:{}:{alertname="DiskFull"} firing: db-1 has 2% left (db-1)
	// alertmanager:{}:{alertname="DiskFull"} resolved: DiskFull (db-2)
	// intake: alerts[0].startsAt: want a time in RFC 3339 up to the year 9999, such as 2026-11-22T10:31:42Z, not "yesterday"
	// true alerts[0].startsAt
}
