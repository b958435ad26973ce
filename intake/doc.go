// Package intake takes alerts in: it reads what monitoring systems send and
// hands it to the engine in one common form.
//
// [Alertmanager] is an http.Handler for the webhook receiver of Prometheus
// Alertmanager, and of what speaks the same (Grafana, Mimir, vmalert).
// [ParseAlertmanager] is its pure half, for a host with a server, a queue or a
// test of its own.
//
// # A receiver for it
//
//	receivers:
//	  - name: incidentkit
//	    webhook_configs:
//	      - url: https://ops.example.com/alerts
//	        send_resolved: true
//	        max_alerts: 500
//	        http_config:
//	          authorization: {credentials_file: /etc/alertmanager/token}
//
// # What the answer does
//
//	200                 the alerts are durable; the body lists what became of them
//	400, 401, 404, 405, 413  refused: Alertmanager does not repeat what it gets a 4xx for
//	503                 not taken: Alertmanager repeats it until it succeeds or is stale
//
// So a refused body is an alert that nobody will hear of. That is why anything
// that may be our own fault is a 503, why each refusal is logged at error level
// with its reason, and why Options.OnRefused can keep what was refused or page
// somebody about it. It is also why max_alerts is set above: a large outage
// makes a large body, and one above Options.MaxBytes is refused whole just when
// it matters.
package intake
