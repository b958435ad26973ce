package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// Names of the headers that the driver sets.
const (
	headerKey       = "Idempotency-Key"
	headerAttempt   = "Incidentkit-Attempt"
	headerDuplicate = "Incidentkit-Possible-Duplicate"
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// Format names the shape of the body.
const Format = "incidentkit.message/1"

type body struct {
	Format   string  `json:"format"`
	Key      string  `json:"key"`
	Tenant   string  `json:"tenant"`
	Incident string  `json:"incident"`
	To       address `json:"to"`
	Subject  string  `json:"subject"`
	Body     string  `json:"body"`
	Severity string  `json:"severity"`
	Drill    bool    `json:"drill"`
	Reason   reason  `json:"reason"`
}

type address struct {
	Person  string `json:"person"`
	Name    string `json:"name"`
	Channel string `json:"channel"`
}

type reason struct {
	Policy      string    `json:"policy"`
	PlanVersion uint64    `json:"plan_version"`
	Run         string    `json:"run"`
	Round       int       `json:"round"`
	Step        int       `json:"step"`
	Target      string    `json:"target"`
	Rule        string    `json:"rule"`
	Due         time.Time `json:"due,omitzero"`
	Text        string    `json:"text"`
}

func encode(m comms.Message) ([]byte, error) {
	return json.Marshal(body{
		Format:   Format,
		Key:      m.Key,
		Tenant:   m.Tenant,
		Incident: m.Incident,
		To:       address{Person: m.To.Person, Name: m.To.Name, Channel: m.To.Channel},
		Subject:  m.Subject,
		Body:     m.Body,
		Severity: m.Severity,
		Drill:    m.Drill,
		Reason: reason{
			Policy:      m.Reason.Policy,
			PlanVersion: m.Reason.PlanVersion,
			Run:         m.Reason.Run,
			Round:       m.Reason.Round,
			Step:        m.Reason.Step,
			Target:      m.Reason.Target,
			Rule:        m.Reason.Rule,
			Due:         m.Reason.Due.UTC(),
			Text:        m.Reason.Text,
		},
	})
}

func (n *Notifier) request(ctx context.Context, target *url.URL, m comms.Message) (*http.Request, error) {
	payload, err := encode(m)
	if err != nil {
		return nil, fmt.Errorf("webhook: encode the message: %w", err)
	}
	// The type of the reader hides how to rewind it, so that net/http cannot
	// replay the request; see the package comment.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), io.NopCloser(bytes.NewReader(payload)))
	if err != nil {
		return nil, &comms.FieldError{Field: "Message.To.To", Want: "an absolute https URL"}
	}
	req.ContentLength = int64(len(payload))
	req.Close = true
	maps.Copy(req.Header, n.header)
	key := headerSafe(m.Key)
	req.Header.Set("Content-Type", "application/json")
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "incidentkit")
	}
	req.Header.Set(headerKey, key)
	req.Header.Set(headerAttempt, strconv.Itoa(m.Attempt))
	req.Header.Set(headerDuplicate, strconv.FormatBool(m.PossibleDuplicate))
	if len(n.secret) > 0 {
		timestamp := strconv.FormatInt(n.now().Unix(), 10)
		req.Header.Set(headerID, key)
		req.Header.Set(headerTimestamp, timestamp)
		req.Header.Set(headerSignature, "v1,"+sign(n.secret, key, timestamp, payload))
	}
	return req, nil
}

func sign(secret []byte, id, timestamp string, payload []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, payload)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// headerSafe writes a key with visible ASCII only, such that different keys
// stay different.
func headerSafe(key string) string {
	var b strings.Builder
	for i := range len(key) {
		if c := key[i]; c > ' ' && c < 0x7f && c != '%' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// validHeader finds at the start what net/http would find at the first page.
func validHeader(h http.Header) error {
	for name, values := range h {
		field := fmt.Sprintf("Options.Header[%q]", name)
		if name == "" || strings.ContainsFunc(name, notToken) || name != textproto.CanonicalMIMEHeaderKey(name) {
			return &comms.FieldError{Field: field, Want: "a header name in canonical form, such as X-Api-Key"}
		}
		switch name {
		case "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Trailer", "Connection", "Host",
			headerKey, headerAttempt, headerDuplicate, headerID, headerTimestamp, headerSignature:
			return &comms.FieldError{Field: field, Want: "a header that neither the driver nor net/http sets"}
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return &comms.FieldError{Field: field, Want: "a value without control characters"}
			}
		}
	}
	return nil
}

func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
}
