package commstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/comms"
)

func delivers(e *env) {
	m := e.message("1")
	e.deliver(m, "a message")
	for _, r := range e.expect(1, "after one message") {
		for field, want := range map[string]string{"subject": m.Subject, "body": m.Body} {
			if !strings.Contains(r.Text, want) {
				e.Errorf("the far end got the text %q, want the %s %q in it", r.Text, field, want)
			}
		}
	}
}

func minimalMessage(e *env) {
	m := e.message("1")
	m.To.Name, m.Body, m.Severity, m.Reason = "", "", "", comms.Reason{}
	e.deliver(m, "a message without name, body, severity and reason")
	e.expect(1, "after one message")
}

func anyText(e *env) {
	for id, text := range map[string]string{
		"scripts": "Störung 障害 خلل 👩\u200d🚒 ƒ(x) <b>&amp; \"quoted\" 'single' \\n %s {{.}}",
		"long":    strings.Repeat("Zahlung schlägt fehl: 支払い失敗 🔥 ", 400),
		"lines":   strings.Repeat("eine Zeile\n\n", 200),
	} {
		m := e.message(id)
		m.Subject = "Störung " + id + " 🔥"
		m.Body = text
		e.deliver(m, "a message with the body "+id)
	}
	for _, r := range e.expect(3, "after three messages") {
		if !utf8.ValidString(r.Text) {
			e.Errorf("the far end got text that is not valid UTF-8: %.80q…", r.Text)
		}
		if !strings.Contains(r.Text, "Störung ") || !strings.Contains(r.Text, " 🔥") {
			e.Errorf("the far end got the text %.80q…, want the subject in it, unharmed", r.Text)
		}
	}
}

func receipts(e *env) {
	first := e.deliver(e.message("1"), "the first message")
	second := e.deliver(e.message("2"), "the second message")
	if first.ID != "" && first.ID == second.ID {
		e.Errorf("two messages have the receipt ID %q, want one each, or none", first.ID)
	}
	for _, r := range []comms.Receipt{first, second} {
		if len(r.ID) > comms.MaxKey || !utf8.ValidString(r.ID) || strings.ContainsFunc(r.ID, unicode.IsControl) {
			e.Errorf("the receipt ID is %.80q, want printable text of at most %d bytes", r.ID, comms.MaxKey)
		}
		if !r.At.IsZero() && (r.At.Year() < 2000 || r.At.Year() > 9999) {
			e.Errorf("the receipt says that the message was taken at %s, want the zero time where that is not known", r.At.Format(time.RFC3339))
		}
	}
}

func keyCarried(e *env) {
	again, other := e.message("again"), e.message("other")
	e.deliver(again, "the first attempt")
	e.deliver(other, "another message")
	again.Attempt, again.PossibleDuplicate = 2, true
	e.deliver(again, "the second attempt")

	// A far end that knows keys may leave the repetition out.
	want := []string{again.Key, other.Key, again.Key}
	all, _ := e.received()
	for i, r := range all {
		if i >= len(want) || r.Key != want[i] {
			e.Errorf("message %d arrived with the key %q, want of %q in this order", i+1, r.Key, want)
		}
	}
	if len(all) < 2 {
		e.Errorf("the far end has seen %d messages, want 2, or 3 with the repetition", len(all))
	}
}

func concurrent(e *env) {
	const n = 32
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	messages := make(map[string]comms.Message, n)
	calls := make(map[string]<-chan outcome, n)
	for i := range n {
		id := fmt.Sprintf("c%02d", i)
		messages[id] = e.message(id)
		calls[id] = e.start(ctx, messages[id])
	}
	for id, done := range calls {
		if _, err := e.await(done, "for one of many messages at once"); err != nil {
			e.Errorf("message %s of %d at once: Notify returned %v, want nil", id, n, err)
		}
	}
	all := e.expect(n, fmt.Sprintf("after %d messages at once", n))
	if all == nil {
		return
	}
	seen := make(map[string]int, n)
	for _, r := range all {
		for id, m := range messages {
			if !strings.Contains(r.Text, m.Subject) {
				continue
			}
			seen[id]++
			if !strings.Contains(r.Text, m.Body) || e.h.CarriesKey && r.Key != m.Key {
				e.Errorf("messages are mixed up: the subject %q arrived with the key %q and the text %q", m.Subject, r.Key, r.Text)
			}
		}
	}
	for id := range messages {
		if seen[id] != 1 {
			e.Errorf("message %s of %d at once arrived %d times, want once", id, n, seen[id])
		}
	}
}

func contextOver(e *env) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, cancelExpired := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancelExpired()
	for what, ctx := range map[string]context.Context{"a cancelled context": cancelled, "a deadline in the past": expired} {
		err := e.fail(e.start(ctx, e.message("never")), comms.Failed, what)
		if err != nil && !errors.Is(err, ctx.Err()) {
			e.Errorf("%s: Notify returned %v, want it to wrap %v", what, err, ctx.Err())
		}
	}
	e.expect(0, "after two contexts that were over")
	e.deliver(e.message("after"), "a message after that")
}

func refused(e *env) {
	e.h.Refuse()
	_ = e.fail(e.start(context.Background(), e.message("1")), comms.Refused, "a far end that refuses")
	e.atMostOnce("a far end that refuses")
}

func overloaded(e *env) {
	e.h.Overload()
	err := e.fail(e.start(context.Background(), e.message("1")), comms.Failed, "a far end with too much to do")
	var delivery *comms.DeliveryError
	if errors.As(err, &delivery) && delivery.RetryAfter < 0 {
		e.Errorf("RetryAfter is %s, want 0 where no wait was asked for, or more", delivery.RetryAfter)
	}
	e.atMostOnce("a far end with too much to do")
}

func unreachable(e *env) {
	e.h.Cut()
	_ = e.fail(e.start(context.Background(), e.message("1")), comms.Failed, "a far end that cannot be reached")
	e.expect(0, "a far end that cannot be reached")
}

func noAnswer(e *env) {
	taken := e.h.Hang()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := e.start(ctx, e.message("1"))
	stuck := time.NewTimer(e.patience)
	defer stuck.Stop()
	select {
	case <-taken:
	case o := <-done:
		e.Fatalf("Notify returned %v while the far end had not answered, want it to wait for the answer or the context (%s)", o.err, o.panicky)
	case <-stuck.C:
		e.Fatalf("the far end had not been given the message after %s", e.patience)
	}
	cancel()
	_ = e.fail(done, comms.Unknown, "a far end that took the message and did not answer")
	e.atMostOnce("a far end that does not answer")
}

// atMostOnce checks that a notifier leaves trying again to its caller.
func (e *env) atMostOnce(what string) {
	e.Helper()
	if all, _ := e.received(); len(all) > 1 {
		e.Errorf("%s was given one message %d times, want one attempt for one call", what, len(all))
	}
}
