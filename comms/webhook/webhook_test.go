package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/webhook"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func page(url string) comms.Message {
	return comms.Message{
		Key:      "inc-7/run-1/round-1/step-1/ana/webhook",
		Tenant:   "acme",
		Incident: "inc-7",
		To:       comms.Address{Person: "ana", Name: "Ana Díaz", Channel: "webhook", To: url},
		Subject:  "Checkout: 12% of payments fail",
		Body:     "Since 10:29 UTC.\n<b>Runbook</b>: https://example.com/checkout",
		Severity: "sev1",
		Attempt:  1,
		Reason: comms.Reason{
			Policy: "payments", PlanVersion: 7, Run: "1", Round: 1, Step: 1,
			Target: "schedule primary", Rule: "rotation weekly, turn 12",
			Due:  time.Date(2026, 11, 22, 11, 31, 42, 0, time.FixedZone("CET", 3600)),
			Text: "Ana is primary this week.",
		},
	}
}

// insecure returns a notifier for plain test servers.
func insecure(t *testing.T, change ...func(*webhook.Options)) *webhook.Notifier {
	t.Helper()
	o := webhook.Options{AllowInsecure: true, Now: func() time.Time { return noon }}
	for _, c := range change {
		c(&o)
	}
	n, err := webhook.New(o)
	require.NoError(t, err)
	return n
}

type request struct {
	header http.Header
	body   []byte
}

// receiver is a server that hands over what it got, and answers as told.
func receiver(t *testing.T, answer http.HandlerFunc) (url string, got chan request) {
	t.Helper()
	got = make(chan request, 256) // more than any test sends
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, http.MethodPost, r.Method)
		got <- request{r.Header, body}
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/hooks/s3cret-token?k=also-s3cret", got
}

func TestRequest(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	n := insecure(t, func(o *webhook.Options) { o.Header = http.Header{"Authorization": {"Bearer abc"}} })
	_, err := n.Notify(t.Context(), page(url))
	require.NoError(t, err)
	r := <-got
	assert.Equal(t, "application/json", r.header.Get("Content-Type"))
	assert.Equal(t, "Bearer abc", r.header.Get("Authorization"))
	assert.Equal(t, page("").Key, r.header.Get("Idempotency-Key"))
	assert.Equal(t, "1", r.header.Get("Incidentkit-Attempt"))
	assert.Equal(t, "false", r.header.Get("Incidentkit-Possible-Duplicate"))
	assert.Empty(t, r.header.Get("Webhook-Signature"), "no secret, no signature")
	assert.NotContains(t, string(r.body), "s3cret", "the URL is not in the body")

	const golden = "testdata/page.json"
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, r.body, "", "  "))
	if *update {
		require.NoError(t, os.WriteFile(golden, append(pretty.Bytes(), '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), pretty.String()+"\n")
}

func TestAnUnknownDueTimeIsLeftOut(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	m := page(url)
	m.Reason = comms.Reason{}
	_, err := insecure(t).Notify(t.Context(), m)
	require.NoError(t, err)
	assert.NotContains(t, string((<-got).body), `"due"`)
}

// A receiver that remembers keys may refuse a key that comes with another body.
func TestAttemptsDifferInHeadersOnly(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	n := insecure(t)
	m := page(url)
	_, err := n.Notify(t.Context(), m)
	require.NoError(t, err)
	m.Attempt, m.PossibleDuplicate = 2, true
	_, err = n.Notify(t.Context(), m)
	require.NoError(t, err)

	first, second := <-got, <-got
	assert.Equal(t, string(first.body), string(second.body))
	assert.Equal(t, first.header.Get("Idempotency-Key"), second.header.Get("Idempotency-Key"))
	assert.Equal(t, "2", second.header.Get("Incidentkit-Attempt"))
	assert.Equal(t, "true", second.header.Get("Incidentkit-Possible-Duplicate"))
}

func TestKeysStayDistinctInTheHeader(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	n := insecure(t)
	for key, header := range map[string]string{
		"inc/1.2~x": "inc/1.2~x",
		" padded ":  "%20padded%20",
		"50%":       "50%25",
		"50%25":     "50%2525",
		"stör":      "st%C3%B6r",
		"{\"a\"}":   "{\"a\"}",
	} {
		m := page(url)
		m.Key = key
		_, err := n.Notify(t.Context(), m)
		require.NoError(t, err)
		r := <-got
		assert.Equal(t, header, r.header.Get("Idempotency-Key"))
		var body struct{ Key string }
		require.NoError(t, json.Unmarshal(r.body, &body))
		assert.Equal(t, key, body.Key)
	}
}

// Checks the signature as a receiver does that follows the published scheme.
func TestSignature(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789abcdef")
	url, got := receiver(t, nil)
	given := bytes.Clone(secret)
	n := insecure(t, func(o *webhook.Options) { o.Secret = given })
	clear(given) // the notifier has a copy
	_, err := n.Notify(t.Context(), page(url))
	require.NoError(t, err)

	r := <-got
	id, timestamp := r.header.Get("Webhook-Id"), r.header.Get("Webhook-Timestamp")
	assert.Equal(t, page("").Key, id)
	assert.Equal(t, strconv.FormatInt(noon.Unix(), 10), timestamp)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + timestamp + "." + string(r.body)))
	assert.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), r.header.Get("Webhook-Signature"))
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ answer, id string }{
		"an id":                   {`{"id":"msg_1","more":[1]}`, "msg_1"},
		"an id with escapes":      {`{"id":"a\u001b[31m\nb"}`, "a�[31m b"},
		"a long id":               {`{"id":"` + strings.Repeat("ö", 300) + `"}`, strings.Repeat("ö", 100) + "…"},
		"nothing":                 {``, ""},
		"text":                    {`ok`, ""},
		"another type":            {`{"id":7}`, ""},
		"more than is to be read": {`{"id":"x","pad":"` + strings.Repeat("x", 5000) + `"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", "Sun, 22 Nov 2026 10:31:42 GMT")
				_, _ = io.WriteString(w, tc.answer)
			})
			got, err := insecure(t, func(o *webhook.Options) { o.MaxResponse = 4096 }).Notify(t.Context(), page(url))
			require.NoError(t, err)
			assert.Equal(t, comms.Receipt{ID: tc.id, At: time.Date(2026, 11, 22, 10, 31, 42, 0, time.UTC)}, got)
		})
	}
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(srv.Close)
	n, err := webhook.New(webhook.Options{Client: srv.Client()})
	require.NoError(t, err)
	_, err = n.Notify(t.Context(), page(srv.URL))
	require.NoError(t, err)

	stranger, err := webhook.New(webhook.Options{}) // does not know the test's authority
	require.NoError(t, err)
	_, err = stranger.Notify(t.Context(), page(srv.URL))
	assert.Equal(t, comms.Failed, comms.Classify(err), "nothing is sent to a server one cannot trust: %v", err)
}

func TestBadMessages(t *testing.T) {
	t.Parallel()
	secure, err := webhook.New(webhook.Options{})
	require.NoError(t, err)
	for url, field := range map[string]string{
		"":                          "Message.To.To",
		"hooks.example.com/s3cret":  "Message.To.To",
		"/s3cret":                   "Message.To.To",
		"https:///s3cret":           "Message.To.To",
		"ftp://example.com/s3cret":  "Message.To.To",
		"http://example.com/s3cret": "Message.To.To",
		"https://exa mple/s3cret":   "Message.To.To",
		"https://x/s3cret%zz":       "Message.To.To",
		"https:s3cret":              "Message.To.To",
	} {
		_, err := secure.Notify(t.Context(), page(url))
		require.ErrorIs(t, err, comms.ErrPermanent, url)
		var bad *comms.FieldError
		require.ErrorAs(t, err, &bad, url)
		assert.Equal(t, field, bad.Field)
		assert.NotContains(t, err.Error(), "s3cret", "a URL may be a secret")
	}
	m := page("https://example.com")
	m.Key = ""
	_, err = secure.Notify(t.Context(), m)
	require.ErrorIs(t, err, comms.ErrPermanent)
	require.ErrorIs(t, err, comms.ErrInvalid)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	header := func(name, value string) webhook.Options {
		return webhook.Options{Header: http.Header{name: {value}}}
	}
	for name, tc := range map[string]struct {
		o     webhook.Options
		field string
	}{
		"short secret":     {webhook.Options{Secret: make([]byte, 23)}, "Options.Secret"},
		"long secret":      {webhook.Options{Secret: make([]byte, 65)}, "Options.Secret"},
		"negative limit":   {webhook.Options{MaxResponse: -1}, "Options.MaxResponse"},
		"driver's header":  {header("Idempotency-Key", "x"), `Options.Header["Idempotency-Key"]`},
		"net/http's":       {header("Content-Length", "1"), `Options.Header["Content-Length"]`},
		"not canonical":    {header("x-api-key", "1"), `Options.Header["x-api-key"]`},
		"no header's name": {header("X Key", "1"), `Options.Header["X Key"]`},
		"empty name":       {header("", "1"), `Options.Header[""]`},
		"split value":      {header("X-Api-Key", "1\r\nX-Admin: 1"), `Options.Header["X-Api-Key"]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := webhook.New(tc.o)
			var bad *comms.FieldError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, tc.field, bad.Field)
		})
	}
	for _, n := range []int{0, 24, 64} {
		_, err := webhook.New(webhook.Options{Secret: make([]byte, n)})
		require.NoError(t, err)
	}
}

// The caller's client and headers stay the caller's.
func TestOptionsAreCopied(t *testing.T) {
	t.Parallel()
	url, got := receiver(t, nil)
	client, header := &http.Client{}, http.Header{"X-Api-Key": {"before"}}
	n := insecure(t, func(o *webhook.Options) { o.Client, o.Header = client, header })
	assert.Nil(t, client.CheckRedirect)
	header["X-Api-Key"][0] = "after"
	_, err := n.Notify(t.Context(), page(url))
	require.NoError(t, err)
	assert.Equal(t, "before", (<-got).header.Get("X-Api-Key"))
}
