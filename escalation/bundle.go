package escalation

import (
	"cmp"
	"slices"
	"time"
)

// Bundle is one message to a person about one page or several.
type Bundle struct {
	At      time.Time // when it goes
	Urgency Urgency   // that of the most urgent of its pages
	Pages   []int     // which, by their places in the list that Bundles was given
}

// BundlePage is a page to a person, as far as bundling asks for it.
type BundlePage struct {
	At      time.Time
	Urgency Urgency // empty: High
}

// Release returns when a page to the person goes: at once or, where a message went
// less than Bundle before it, when that has passed. Last is when the last message
// went that told of a page at least as urgent; zero: none did. So a page of high
// urgency never waits because of messages of low urgency. Whatever else waits for
// the same person goes with it.
//
// A page that has waited counts, for the rules of its notices, as made when it
// goes.
func (r Rules) Release(page, last time.Time) time.Time {
	if end := last.Add(min(r.Bundle, MaxBundle)); !last.IsZero() && page.Before(end) && !page.Before(last) {
		return end
	}
	return page
}

// Bundles returns which of the pages to a person become one message, and when each
// goes, in order of time. The pages need not be in order.
func (r Rules) Bundles(pages []BundlePage) []Bundle {
	order := make([]int, len(pages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return pages[a].At.Compare(pages[b].At) })
	var (
		out  []Bundle
		box  mailbox
		held Bundle
	)
	send := func() {
		box.sent(held.At, held.Urgency)
		out = append(out, held)
		held = Bundle{}
	}
	for _, i := range order {
		at, urgency := pages[i].At, cmp.Or(pages[i].Urgency, High)
		if held.Pages != nil && !held.At.After(at) {
			send()
		}
		goes := box.release(r, at, urgency)
		if held.Pages == nil || goes.Before(held.At) {
			held.At = goes
		}
		held.Pages = append(held.Pages, i)
		held.Urgency = louder(held.Urgency, urgency)
		if !held.At.After(at) {
			send()
		}
	}
	if held.Pages != nil {
		send()
	}
	return out
}

// mailbox is what bundling remembers of a person: when the last message went, and
// the last that told of a page of high urgency.
type mailbox struct{ any, high time.Time }

func (m *mailbox) release(r Rules, page time.Time, u Urgency) time.Time {
	if u == Low {
		return r.Release(page, m.any)
	}
	return r.Release(page, m.high)
}

func (m *mailbox) sent(at time.Time, u Urgency) {
	m.any = at
	if u != Low {
		m.high = at
	}
}

// louder returns the more urgent of two; an empty one is not there.
func louder(a, b Urgency) Urgency {
	if a == "" || a == Low {
		return b
	}
	return a
}
