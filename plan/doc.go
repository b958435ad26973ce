// Package plan reads the response plan: everything that an organization decides
// before an incident, as one JSON document.
//
// [Parse] turns a document into a [Plan], which never changes, or says
// everything that is wrong with it, each with a path, a line and what would be
// right. docs/plan.md has the whole format, field by field, and [Schema] its JSON
// Schema for editors. A short plan, with notes that JSON itself cannot have:
//
//	{
//	  "format": "incidentkit/plan/v1",
//	  "name": "Acme Billing",
//
//	  // How bad it can be, most severe first, and what is promised each time.
//	  "severities": [
//	    {"id": "SEV1", "name": "Critical", "description": "Customers cannot pay.",
//	     "targets": {"acknowledge": "5m", "first_update": "15m", "cadence": "30m"}, "review": true},
//	    {"id": "SEV2", "name": "Minor"}
//	  ],
//
//	  // Who can be paged, and how, best way first. Leave it out if the host's
//	  // directory knows.
//	  "people": [
//	    {"id": "ana", "name": "Ana Silva", "contacts": [{"channel": "sms", "to": "+4915112345678"}]},
//	    {"id": "ben", "name": "Ben Okoro", "contacts": [{"channel": "chat", "to": "@ben"}]}
//	  ],
//
//	  // Who is on call when: here each for a week, from Monday 09:00 in Berlin.
//	  "schedules": [
//	    {"id": "primary", "zone": "Europe/Berlin",
//	     "rotations": [{"id": "weekly", "start": "2026-01-05T09:00", "turn": "1 week", "members": ["ana", "ben"]}],
//	     "overrides": [{"id": "o1", "start": "2026-02-03T09:00:00+01:00", "end": "2026-02-03T13:00:00+01:00",
//	                    "person": "ana", "reason": "Ben's dentist"}]}
//	  ],
//
//	  // Whom to page, and whom next if nobody answers.
//	  "policies": [
//	    {"id": "default", "repeat": 2, "steps": [
//	      {"targets": [{"type": "schedule", "id": "primary"}], "wait": "5m"},
//	      {"targets": [{"type": "person", "id": "ana"}, {"type": "person", "id": "ben"}], "wait": "10m"}]}
//	  ],
//
//	  // How alerts become incidents: the first route that matches decides.
//	  "routes": [
//	    {"match": {"severity": "critical"}, "severity": "SEV1"}
//	  ],
//
//	  "default_policy": "default",
//	  "last_resort": {"person": "ana"}
//	}
//
// A document is read strictly. An unknown field, a key that is there twice, a
// name that leads nowhere, a zone that does not exist, a step that does nothing,
// policies that lead back to themselves, a route that no alert can reach: each is an
// error before the first alert, not a surprise during one.
package plan
