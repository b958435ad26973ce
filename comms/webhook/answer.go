package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/comms"
)

// StatusError is an answer other than 2xx.
type StatusError struct {
	Site   string // scheme and host of the receiver
	Code   int    // HTTP status
	Answer string // the start of the body as one clean line; may be empty
}

// Error implements error.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("webhook: %s answered %d", e.Site, e.Code)
	if text := http.StatusText(e.Code); text != "" {
		s += " " + text
	}
	if e.Answer != "" {
		s += ": " + e.Answer
	}
	return s
}

// answer classifies an answer. The status alone decides: once it is there, a
// body that breaks off changes nothing.
func (n *Notifier) answer(target *url.URL, resp *http.Response) (comms.Receipt, error) {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, n.maxResponse)) // as much as there is
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return receipt(resp.Header, text), nil
	}
	err := &StatusError{Site: site(target), Code: resp.StatusCode, Answer: excerpt(string(text), 200)}
	switch fate(resp.StatusCode) {
	case comms.Refused:
		return comms.Receipt{}, comms.Permanent(err)
	case comms.Failed:
		return comms.Receipt{}, comms.Temporary(err, retryAfter(resp.Header.Get("Retry-After"), n.now()))
	default:
		return comms.Receipt{}, err
	}
}

// fate reads a status. Failed and Refused are for answers which say that the
// message was not taken.
func fate(code int) comms.Fate {
	switch {
	case code >= 200 && code <= 299:
		return comms.Delivered
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly,
		code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		return comms.Failed
	case code >= 300 && code <= 499, code == http.StatusNotImplemented, code == http.StatusHTTPVersionNotSupported:
		return comms.Refused
	}
	return comms.Unknown
}

func receipt(h http.Header, text []byte) comms.Receipt {
	var r comms.Receipt
	var answer struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(text, &answer) == nil { // most receivers answer something else
		r.ID = excerpt(answer.ID, 200)
	}
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		r.At = at.UTC()
	}
	return r
}

// retryAfter reads the header's two forms, seconds and an HTTP date.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if isDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(MaxRetryAfter/time.Second) {
			return MaxRetryAfter // too large for an int64 is too large all the same
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(at.Sub(now), MaxRetryAfter) // below 0 where the date is past: no wait
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// excerpt returns at most n bytes of s as one clean line.
func excerpt(s string, n int) string {
	if len(s) > 8*n {
		s = s[:8*n] // cleaning a whole answer for a few words would be a waste
	}
	s = comms.CleanLine(s)
	if len(s) <= n {
		return s
	}
	s = s[:n]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
