// Package webhook posts messages as JSON to an HTTP endpoint.
//
// # The request
//
// A POST to Message.To.To, with a body of this shape; see testdata/page.json
// for a whole one:
//
//	{
//	  "format": "incidentkit.message/1",
//	  "key": "…", "tenant": "…", "incident": "…",
//	  "to": {"person": "…", "name": "…", "channel": "…"},
//	  "subject": "…", "body": "…", "severity": "…", "drill": false,
//	  "reason": {"policy": "…", "plan_version": 7, "run": "…", "round": 1, "step": 1,
//	             "target": "…", "rule": "…", "due": "2026-11-22T10:31:42Z", "text": "…"}
//	}
//
// Every member is always there, except reason.due where it is not known. Within
// format 1 the shape only grows: a receiver ignores members it does not know.
// The URL is left out, since many a receiver's URL is a secret. Text is as it
// came, and some of it from alerts: a receiver escapes it for where it shows it.
//
// Messages that differ in their attempt only have the same body, byte for byte,
// as receivers that know idempotency keys demand. What differs is in headers:
//
//	Idempotency-Key                 Message.Key; bytes other than visible ASCII, and "%", as %XX
//	Incidentkit-Attempt             Message.Attempt
//	Incidentkit-Possible-Duplicate  true or false
//
// With Options.Secret the request is signed after the Standard Webhooks scheme:
// Webhook-Id (the idempotency key as above), Webhook-Timestamp (seconds since
// 1970) and Webhook-Signature, which is "v1," and the base64 of the HMAC-SHA256
// of id, ".", timestamp, "." and body. A receiver compares in constant time and
// refuses timestamps more than a few minutes off.
//
// # What an answer means
//
//	2xx                     delivered; a JSON answer {"id": "…"} gives Receipt.ID, the Date header Receipt.At
//	408, 425, 429, 503      temporary; Retry-After is heeded, up to MaxRetryAfter
//	other 4xx, 3xx          permanent; redirects are not followed
//	501, 505                permanent: the server cannot do this at all
//	500, 502, 504, others   unknown
//	no connection           temporary: name not found, refused, TLS failed, context ended before
//	connection, no answer   unknown: hung up, context ended, answer is not HTTP
//
// A 500 may come from a receiver that failed after it had paged; a 502 or 504
// is a gateway that passed the request on and does not know what became of it.
// None of them says that the message was not taken, which is what "temporary"
// promises, so they count as unknown: the engine repeats them once, marked as a
// possible duplicate and with the same key. A receiver behind a gateway that
// wants more patience while it restarts lets the gateway answer 503.
//
// # One request is one attempt
//
// net/http repeats a request with an Idempotency-Key by itself when a kept
// connection turns out to be dead, and nobody would know. So requests here
// cannot be replayed, and use a new connection each: pages are rare, and a dead
// connection would make the outcome unknown.
//
// # Whose URL is it?
//
// If others than the vendor can set the URL, a request could reach into the
// vendor's own network. The driver refuses anything but https, follows no
// redirect, and shows nothing of an answer but a short, cleaned excerpt in the
// error. What it cannot know is which addresses are the vendor's own: give it a
// Client that dials through [PublicOnly].
package webhook
