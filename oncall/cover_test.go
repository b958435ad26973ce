package oncall_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// ben asks for cover on Thursday. Cleo takes the morning.
func ExampleCoverRequest() {
	s := schedule()
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	thursday := func(hour int) time.Time { return time.Date(2026, time.March, 26, hour, 0, 0, 0, time.UTC) }
	request := oncall.CoverRequest{
		ID: "c1", Schedule: "primary", Asker: "ben", Reason: "school visit",
		Hours: oncall.Period{Start: thursday(8), End: thursday(16)},
	}
	asked := thursday(8).AddDate(0, 0, -2)
	if err := request.Check(rota, asked); err != nil {
		fmt.Println(err)
		return
	}

	var events []oncall.CoverEvent
	for _, e := range []oncall.CoverEvent{
		{Kind: oncall.CoverAccepted, Person: "cleo", At: asked.Add(time.Hour), Hours: oncall.Period{Start: thursday(8), End: thursday(12)}},
		{Kind: oncall.CoverAccepted, Person: "ben", At: asked.Add(2 * time.Hour)},
	} {
		if err := request.Decide(rota, events, e); err != nil {
			fmt.Println(err)
			continue
		}
		events = append(events, e)
	}
	state := request.State(events, asked.Add(3*time.Hour))
	fmt.Println(state.Status, "from", state.Open[0].Start.Format("15:04"))
	for _, o := range request.Overrides(events) {
		fmt.Println(o.ID, o.Replaces, "→", o.People, o.Reason)
	}
	// Output:
	// oncall: request "c1", "ben", 2026-03-26T08:00:00Z to 2026-03-26T16:00:00Z: only others can take or decline the hours, and only the asker can withdraw
	// open from 12:00
	// c1/20260326T080000Z ben → [cleo] cover request c1: school visit
}

// hours returns hours of Tuesday 6 January 2026, in UTC.
func hours(from, to int) oncall.Period { return oncall.Period{Start: hour(from), End: hour(to)} }

func hour(h int) time.Time { return time.Date(2026, time.January, 6, h, 0, 0, 0, time.UTC) }

// request is ana's, for 8:00 to 16:00.
func request() oncall.CoverRequest {
	return oncall.CoverRequest{ID: "c", Schedule: "primary", Asker: "ana", Hours: hours(8, 16)}
}

func TestCoverCheck(t *testing.T) {
	t.Parallel()
	rota := compile(t, primary())
	for _, tt := range []struct {
		name   string
		change func(c *oncall.CoverRequest)
		now    time.Time
		want   string // field or reason
	}{
		{"fine", func(*oncall.CoverRequest) {}, hour(7), ""},
		{"of a rotation", func(c *oncall.CoverRequest) { c.Rotation = "weekly" }, hour(7), ""},
		{"no id", func(c *oncall.CoverRequest) { c.ID = "" }, hour(7), "cover.id"},
		{"another schedule", func(c *oncall.CoverRequest) { c.Schedule = "secondary" }, hour(7), "cover.schedule"},
		{"no asker", func(c *oncall.CoverRequest) { c.Asker = "" }, hour(7), "cover.asker"},
		{"asks oneself", func(c *oncall.CoverRequest) { c.Asked = []string{"ben", "ana"} }, hour(7), "cover.asked"},
		{"no hours", func(c *oncall.CoverRequest) { c.Hours = hours(8, 8) }, hour(7), "cover.hours"},
		{"fractions of a second", func(c *oncall.CoverRequest) { c.Hours.End = c.Hours.End.Add(1) }, hour(7), "cover.hours"},
		{"begun", func(*oncall.CoverRequest) {}, hour(8), string(oncall.Begun)},
		{"not on call", func(c *oncall.CoverRequest) { c.Asker = "ben" }, hour(7), string(oncall.NotOnCall)},
		{"not in that rotation", func(c *oncall.CoverRequest) { c.Rotation = "daily" }, hour(7), string(oncall.NotOnCall)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := request()
			tt.change(&c)
			assert.Equal(t, tt.want, complaint(c.Check(rota, tt.now)))
		})
	}
}

// complaint returns the field or the reason that an error names.
func complaint(err error) string {
	if field, ok := errors.AsType[*oncall.FieldError](err); ok {
		return field.Field
	}
	if refused, ok := errors.AsType[*oncall.RefusedError](err); ok {
		return string(refused.Why)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestCoverLife(t *testing.T) {
	t.Parallel()
	accepts := func(person string, at, from, to int) oncall.CoverEvent {
		return oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: person, At: hour(at), Hours: hours(from, to)}
	}
	all := func(person string, at int) oncall.CoverEvent {
		return oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: person, At: hour(at)}
	}
	declines := func(person string, at int) oncall.CoverEvent {
		return oncall.CoverEvent{Kind: oncall.CoverDeclined, Person: person, At: hour(at)}
	}
	withdraws := func(person string, at int) oncall.CoverEvent {
		return oncall.CoverEvent{Kind: oncall.CoverWithdrawn, Person: person, At: hour(at)}
	}
	for _, tt := range []struct {
		name   string
		asked  []string
		events []oncall.CoverEvent // the last is decided about
		now    int
		why    oncall.Refusal
		status oncall.CoverStatus
		taken  string
		open   string
	}{
		{"nothing yet", nil, nil, 1, "", oncall.CoverOpen, "", "8–16"},
		{"all of it", nil, []oncall.CoverEvent{all("ben", 1)}, 2, "", oncall.CoverComplete, "ben 8–16", ""},
		{"some of it", nil, []oncall.CoverEvent{accepts("ben", 1, 10, 12)}, 2, "", oncall.CoverOpen, "ben 10–12", "8–10 12–16"},
		{"the rest", nil, []oncall.CoverEvent{accepts("ben", 1, 10, 12), all("cleo", 2)}, 3, "", oncall.CoverComplete, "cleo 8–10 ben 10–12 cleo 12–16", ""},
		{"some of the rest", nil, []oncall.CoverEvent{accepts("ben", 1, 8, 12), accepts("cleo", 2, 14, 16)}, 3, "", oncall.CoverOpen, "ben 8–12 cleo 14–16", "12–14"},
		{"too late", nil, []oncall.CoverEvent{all("ben", 1), all("cleo", 2)}, 3, oncall.TakenAlready, oncall.CoverComplete, "ben 8–16", ""},
		{"too late for some", nil, []oncall.CoverEvent{accepts("ben", 1, 8, 12), accepts("cleo", 2, 11, 16)}, 3, oncall.TakenAlready, oncall.CoverOpen, "ben 8–12", "12–16"},
		{"one's own", nil, []oncall.CoverEvent{all("ana", 1)}, 2, oncall.Own, oncall.CoverOpen, "", "8–16"},
		{"of those asked", []string{"ben"}, []oncall.CoverEvent{all("ben", 1)}, 2, "", oncall.CoverComplete, "ben 8–16", ""},
		{"not asked", []string{"cleo"}, []oncall.CoverEvent{all("ben", 1)}, 2, oncall.NotAsked, oncall.CoverOpen, "", "8–16"},
		{"declined, and accepted after all", nil, []oncall.CoverEvent{declines("ben", 1), all("ben", 2)}, 3, "", oncall.CoverComplete, "ben 8–16", ""},
		{"more than is asked for", nil, []oncall.CoverEvent{accepts("ben", 1, 7, 9)}, 2, oncall.NotOffered, oncall.CoverOpen, "", "8–16"},
		{"begun", nil, []oncall.CoverEvent{all("ben", 8)}, 9, oncall.Begun, oncall.CoverExpired, "", ""},
		{"later hours of what has begun", nil, []oncall.CoverEvent{accepts("ben", 9, 12, 16)}, 9, oncall.Begun, oncall.CoverExpired, "", ""},
		{"what has not begun", nil, []oncall.CoverEvent{accepts("ben", 1, 10, 12), all("cleo", 9)}, 9, "", oncall.CoverExpired, "ben 10–12 cleo 12–16", ""},
		{"to decline what has begun", nil, []oncall.CoverEvent{declines("ben", 8)}, 9, oncall.Begun, oncall.CoverExpired, "", ""},
		{"withdrawn", nil, []oncall.CoverEvent{accepts("ben", 1, 8, 12), withdraws("ana", 2)}, 3, "", oncall.CoverCancelled, "ben 8–12", ""},
		{"after that", nil, []oncall.CoverEvent{withdraws("ana", 1), all("ben", 2)}, 3, oncall.Withdrawn, oncall.CoverCancelled, "", ""},
		{"withdrawn by another", nil, []oncall.CoverEvent{withdraws("ben", 1)}, 3, oncall.Own, oncall.CoverOpen, "", "8–16"},
		{"before it was accepted", nil, []oncall.CoverEvent{all("ben", 2)}, 1, "", oncall.CoverOpen, "", "8–16"},
		{"nobody", nil, []oncall.CoverEvent{all("", 1)}, 2, oncall.Unknown, oncall.CoverOpen, "", "8–16"},
		{"something else", nil, []oncall.CoverEvent{{Kind: "maybe", Person: "ben", At: hour(1)}}, 2, oncall.Unknown, oncall.CoverOpen, "", "8–16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := request()
			c.Asked = tt.asked
			if n := len(tt.events); n > 0 {
				assert.Equal(t, string(tt.why), complaint(c.Decide(compile(t, primary()), tt.events[:n-1], tt.events[n-1])))
			}
			state := c.State(tt.events, hour(tt.now))
			assert.Equal(t, tt.status, state.Status)
			taken, open := "", ""
			for _, x := range state.Taken {
				taken += fmt.Sprintf(" %s %s", x.Person, hoursText(x.Hours))
			}
			for _, h := range state.Open {
				open += " " + hoursText(h)
			}
			assert.Equal(t, tt.taken, trim(taken))
			assert.Equal(t, tt.open, trim(open))
		})
	}
}

func trim(s string) string {
	if s == "" {
		return s
	}
	return s[1:]
}

func hoursText(p oncall.Period) string { return fmt.Sprintf("%d–%d", p.Start.Hour(), p.End.Hour()) }

func TestCoverDeclined(t *testing.T) {
	t.Parallel()
	c := request()
	events := []oncall.CoverEvent{
		{Kind: oncall.CoverDeclined, Person: "ben", At: hour(2)},
		{Kind: oncall.CoverDeclined, Person: "cleo", At: hour(1)},
	}
	assert.Equal(t, []string{"cleo", "ben"}, c.State(events, hour(3)).Declined)
	assert.Equal(t, []string{"cleo"}, c.State(events, hour(1)).Declined)
	events = append(events, oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: "cleo", At: hour(3)})
	assert.Equal(t, []string{"ben"}, c.State(events, hour(3)).Declined)
}

// Nobody is put on call twice at a time, and hours make sense.
func TestCoverDecideLooksAtTheRota(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Overrides = []oncall.Override{{ID: "o", Start: hour(10), End: hour(11), Adds: true, People: []string{"ben"}}}
	rota := compile(t, s)
	accept := func(person string, p oncall.Period) string {
		return complaint(request().Decide(rota, nil, oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: person, At: hour(1), Hours: p}))
	}
	assert.Equal(t, string(oncall.Twice), accept("ben", oncall.Period{}))
	assert.Equal(t, string(oncall.Twice), accept("ben", hours(10, 12)))
	assert.Empty(t, accept("ben", hours(11, 12)))
	assert.Empty(t, accept("cleo", hours(10, 12)))
	assert.Equal(t, "event.hours", accept("cleo", hours(12, 10)))
}

// Acceptances that arrive in another order on every machine come to the same: the
// first wins. No hour is taken twice, none is lost, and the overrides put exactly
// those on call who took them.
func TestCoverFirstAcceptanceWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := request()
		var events []oncall.CoverEvent
		for range rapid.IntRange(1, 6).Draw(t, "events") {
			e := oncall.CoverEvent{
				Kind:   rapid.SampledFrom([]oncall.CoverKind{oncall.CoverAccepted, oncall.CoverAccepted, oncall.CoverDeclined, oncall.CoverWithdrawn}).Draw(t, "kind"),
				Person: rapid.SampledFrom([]string{"ana", "ben", "cleo", "dan"}).Draw(t, "person"),
				At:     hour(rapid.IntRange(0, 16).Draw(t, "at")),
			}
			if from := rapid.IntRange(7, 15).Draw(t, "from"); from > 7 {
				e.Hours = hours(from, rapid.IntRange(from+1, 17).Draw(t, "to"))
			}
			events = append(events, e)
		}
		now := hour(rapid.IntRange(0, 17).Draw(t, "now"))
		state, overrides := c.State(events, now), c.Overrides(events)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		require.Equal(t, state, c.State(shuffled, now))
		require.Equal(t, overrides, c.Overrides(shuffled))

		s := primary()
		s.Overrides = overrides
		rota := compile(t, s)
		last := c.State(events, hour(20))
		for h := 8; h < 16; h++ {
			want := "ana"
			for _, taken := range last.Taken {
				if !hour(h).Before(taken.Hours.Start) && hour(h).Before(taken.Hours.End) {
					require.Equal(t, "ana", want, "%d is taken twice", h)
					want = taken.Person
				}
			}
			require.Equal(t, want, personAt(rota, hour(h)))
		}

		first := slices.MinFunc(events, func(a, b oncall.CoverEvent) int { return a.At.Compare(b.At) })
		alone := !slices.ContainsFunc(events, func(e oncall.CoverEvent) bool { return e.At.Equal(first.At) && e.Person != first.Person })
		if alone && c.Decide(compile(t, primary()), nil, first) == nil && first.Kind == oncall.CoverAccepted {
			require.True(t, slices.ContainsFunc(last.Taken, func(x oncall.Taken) bool { return x.Person == first.Person }))
		}
	})
}
