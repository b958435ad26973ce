package escalation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

var paged = time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)

// notified plays the notices of one page: it returns each with when it goes, and
// whether it failed, as "0s push failed".
func notified(r escalation.Responder, u escalation.Urgency, broken ...string) (said []string, sent []escalation.Sent) {
	for range 100 {
		n, ok := r.NextNotice(paged, u, sent)
		if !ok {
			break
		}
		s := escalation.Sent{Notice: n, Failed: strings.Contains(" "+strings.Join(broken, " ")+" ", " "+n.Channel+" ")}
		sent = append(sent, s)
		line := n.At.Sub(paged).String() + " " + n.Channel
		if s.Failed {
			line += " failed"
		}
		said = append(said, line)
	}
	return said, sent
}

func TestNextNotice(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	all := []string{"push", "sms", "phone"}
	for name, test := range map[string]struct {
		channels    []string
		high, low   []escalation.Notification
		urgency     escalation.Urgency
		broken      []string
		want        []string
		undelivered bool
	}{
		"no rules: the favorite":                {channels: all, want: []string{"0s push"}},
		"no rules: until one takes it":          {channels: all, broken: []string{"push", "sms"}, want: []string{"0s push failed", "0s sms failed", "0s phone"}},
		"no rules: none takes it":               {channels: all, broken: all, want: []string{"0s push failed", "0s sms failed", "0s phone failed"}, undelivered: true},
		"no channels":                           {undelivered: true},
		"rules in order":                        {channels: all, high: []escalation.Notification{{"sms", 0}, {"phone", 5 * minute}}, want: []string{"0s sms", "5m0s phone"}},
		"the same channel again":                {channels: all, high: []escalation.Notification{{"sms", 0}, {"sms", minute}}, want: []string{"0s sms", "1m0s sms"}},
		"the same channel at the same instant":  {channels: all, high: []escalation.Notification{{"sms", 0}, {"sms", 0}}, want: []string{"0s sms"}},
		"not at once":                           {channels: all, high: []escalation.Notification{{"phone", minute}}, want: []string{"1m0s phone"}},
		"rules for the other urgency":           {channels: all, high: []escalation.Notification{{"phone", minute}}, urgency: escalation.Low, want: []string{"0s push"}},
		"rules for low urgency":                 {channels: all, low: []escalation.Notification{{"sms", minute}}, urgency: escalation.Low, want: []string{"1m0s sms"}},
		"no urgency is high":                    {channels: all, low: []escalation.Notification{{"sms", minute}}, want: []string{"0s push"}},
		"falls back, and the rules go on":       {channels: all, high: []escalation.Notification{{"phone", 0}, {"sms", minute}}, broken: []string{"phone"}, want: []string{"0s phone failed", "0s push", "1m0s sms"}},
		"what has arrived is not sent again":    {channels: all, high: []escalation.Notification{{"phone", 0}, {"push", 0}}, broken: []string{"phone"}, want: []string{"0s phone failed", "0s push"}},
		"falls back to what comes later anyway": {channels: all[:2], high: []escalation.Notification{{"push", 0}, {"sms", minute}}, broken: []string{"push"}, want: []string{"0s push failed", "0s sms", "1m0s sms"}},
		"a rule that fails later":               {channels: all, high: []escalation.Notification{{"push", 0}, {"sms", minute}}, broken: []string{"sms"}, want: []string{"0s push", "1m0s sms failed", "1m0s phone"}},
		"none takes it, and the rules go on":    {channels: all[:2], high: []escalation.Notification{{"push", 0}, {"sms", minute}}, broken: all, want: []string{"0s push failed", "0s sms failed", "1m0s sms failed"}, undelivered: true},
		"a rule that no valid person has":       {channels: all[:1], high: []escalation.Notification{{"fax", minute}, {"push", 0}}, want: []string{"0s push", "1m0s fax"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := escalation.Responder{Channels: test.channels, Rules: escalation.Rules{High: test.high, Low: test.low}}
			got, sent := notified(r, test.urgency, test.broken...)
			assert.Equal(t, test.want, got)
			assert.Equal(t, test.undelivered, r.Undelivered(sent))
		})
	}
}

// An engine that was down sends what is due once, and not all that was due
// meanwhile by the same channel.
func TestNextNoticeAfterAPause(t *testing.T) {
	t.Parallel()
	r := escalation.Responder{Channels: []string{"push", "sms"}, Rules: escalation.Rules{High: []escalation.Notification{
		{Channel: "sms"}, {Channel: "sms", After: 5 * time.Minute}, {Channel: "push", After: 6 * time.Minute}, {Channel: "sms", After: time.Hour},
	}}}
	now := paged.Add(10 * time.Minute)
	var sent []escalation.Sent
	var got []string
	for {
		n, ok := r.NextNotice(paged, escalation.High, sent)
		require.True(t, ok)
		if n.At.After(now) {
			assert.Equal(t, paged.Add(time.Hour), n.At)
			break
		}
		got = append(got, n.Channel)
		n.At = now
		sent = append(sent, escalation.Sent{Notice: n})
	}
	assert.Equal(t, []string{"sms", "push"}, got)
}

func TestNotices(t *testing.T) {
	t.Parallel()
	r := escalation.Responder{Channels: []string{"push", "sms"}, Rules: escalation.Rules{High: []escalation.Notification{
		{Channel: "sms", After: time.Minute}, {Channel: "push"},
	}}}
	assert.Equal(t, []escalation.Notice{
		{Channel: "push", At: paged, Rule: 2}, {Channel: "sms", At: paged.Add(time.Minute), Rule: 1},
	}, r.Notices(paged, escalation.High))
	assert.Equal(t, []escalation.Notice{{Channel: "push", At: paged, Rule: 1}}, r.Notices(paged, escalation.Low))
	assert.Empty(t, escalation.Responder{}.Notices(paged, escalation.High))
}

// Whatever the rules are and whatever fails: it comes to an end, in order of time,
// every rule is kept, and somebody with a channel that works is told.
func TestNoticesReachWhoeverCanBeReached(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawer(t)
		r := escalation.Responder{Person: oncall.Person{ID: "ana"}, Channels: channels[:d.number(1, 3)]}
		r.Rules = d.rules(r.Channels)
		broken := d.some(channels, 0, 3)
		_, sent := notified(r, escalation.High, broken...)
		require.NotEmpty(t, sent)
		works := false
		for _, c := range r.Channels {
			works = works || !strings.Contains(strings.Join(broken, " "), c)
		}
		require.Equal(t, !works, r.Undelivered(sent))
		kept := map[string]bool{}
		for i, s := range sent {
			require.True(t, i == 0 || !s.At.Before(sent[i-1].At))
			kept[s.Channel+s.At.String()] = true
			if s.Rule == 0 {
				require.True(t, sent[i-1].Failed)
			}
		}
		for _, n := range r.Notices(paged, escalation.High) {
			require.True(t, kept[n.Channel+n.At.String()], "%+v of %+v", n, sent)
		}
	})
}

func TestResponderValidate(t *testing.T) {
	t.Parallel()
	type rules = escalation.Rules
	quiet := func(h escalation.Hours) rules { return rules{Quiet: &escalation.QuietHours{Hours: h}} }
	night := oncall.Daily(oncall.Clock(22, 0), oncall.Clock(7, 0))
	for name, test := range map[string]struct {
		change func(*escalation.Responder)
		want   []string
	}{
		"fine": {func(*escalation.Responder) {}, nil},
		"no id": {
			func(r *escalation.Responder) { r.ID = "" },
			[]string{"escalation: id: want a non-empty id"},
		},
		"channels": {
			func(r *escalation.Responder) { r.Channels = []string{"push", "sms", "", "push"} },
			[]string{
				"escalation: channels[2]: want the name of a channel; it is empty",
				`escalation: channels[3]: want each channel once; "push" is there before`,
			},
		},
		"a channel that is not the person's": {
			func(r *escalation.Responder) { r.Rules.High = []escalation.Notification{{Channel: "fax"}} },
			[]string{`escalation: rules.high[0].channel: want one of the person's channels (push, sms), not "fax"`},
		},
		"no channels": {
			func(r *escalation.Responder) {
				r.Channels, r.Rules.Low = nil, []escalation.Notification{{Channel: "push"}}
			},
			[]string{`escalation: rules.low[0].channel: want one of the person's channels (there are none), not "push"`},
		},
		"not ascending": {
			func(r *escalation.Responder) {
				r.Rules.Low = []escalation.Notification{{"push", 0}, {"sms", 5 * time.Minute}, {"push", time.Minute}, {"push", 5 * time.Minute}}
			},
			[]string{"escalation: rules.low[2].after: want not less than the 5m0s of the one before, not 1m0s"},
		},
		"late": {
			func(r *escalation.Responder) { r.Rules.High = []escalation.Notification{{"push", time.Minute}} },
			[]string{"escalation: rules.high[0].after: want 0s, not 1m0s: the first message about a page goes at once"},
		},
		"out of range": {
			func(r *escalation.Responder) {
				r.Rules.High = []escalation.Notification{{"push", -1}, {"sms", escalation.MaxWait + 1}}
				r.Rules.Bundle = escalation.MaxBundle + 1
			},
			[]string{
				"escalation: rules.high[0].after: want 0 to 168h0m0s, not -1ns",
				"escalation: rules.high[1].after: want 0 to 168h0m0s, not 168h0m0.000000001s",
				"escalation: rules.bundle: want 0 to 1h0m0s, not 1h0m0.000000001s",
			},
		},
		"too many": {
			func(r *escalation.Responder) { r.Rules.High = make([]escalation.Notification, 1000) },
			[]string{"escalation: rules.high: want at most 100 notifications, not 1000"},
		},
		"a negative bundle": {
			func(r *escalation.Responder) { r.Rules.Bundle = -1 },
			[]string{"escalation: rules.bundle: want 0 to 1h0m0s, not -1ns"},
		},
		"quiet hours in no zone": {
			func(r *escalation.Responder) { r.Rules = quiet(escalation.Hours{Windows: []oncall.Window{night}}) },
			[]string{`escalation: rules.quiet.zone: want a time zone such as "Europe/Berlin"`},
		},
		"quiet hours all week": {
			func(r *escalation.Responder) {
				day := oncall.Daily(oncall.Clock(7, 0), oncall.Clock(22, 0))
				r.Rules = quiet(escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{night, day}})
			},
			[]string{"escalation: rules.quiet.windows: want times that leave some of the week; these are all of it"},
		},
		"quiet hours for no severity": {
			func(r *escalation.Responder) {
				r.Rules = quiet(escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{night}})
				r.Rules.Quiet.Unless = []string{"SEV1", ""}
			},
			[]string{"escalation: rules.quiet.unless[1]: want a severity; it is empty"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := escalation.Responder{Person: oncall.Person{ID: "ana"}, Channels: []string{"push", "sms"}}
			test.change(&r)
			var got []string
			for _, err := range r.Validate() {
				var field *escalation.FieldError
				require.ErrorAs(t, err, &field)
				got = append(got, err.Error())
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestBundles(t *testing.T) {
	t.Parallel()
	type page = escalation.BundlePage
	at := func(minutes int) time.Time { return paged.Add(time.Duration(minutes) * time.Minute) }
	const high, low = escalation.High, escalation.Low
	for name, test := range map[string]struct {
		bundle int // minutes
		pages  []page
		want   []escalation.Bundle
	}{
		"none": {10, nil, nil},
		"no bundling": {
			0, []page{{at(0), high}, {at(0), high}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(0), high, []int{1}}},
		},
		"the first goes at once, the others together": {
			10, []page{{at(0), high}, {at(1), high}, {at(9), high}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(10), high, []int{1, 2}}},
		},
		"at the end of the time it goes at once": {
			10, []page{{at(0), high}, {at(10), high}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(10), high, []int{1}}},
		},
		"what was held is a message, too": {
			10, []page{{at(0), high}, {at(5), high}, {at(12), high}, {at(31), high}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(10), high, []int{1}}, {at(20), high, []int{2}}, {at(31), high, []int{3}}},
		},
		"high urgency does not wait because of low, and takes it along": {
			10, []page{{at(0), low}, {at(1), low}, {at(2), high}, {at(3), high}, {at(4), low}},
			[]escalation.Bundle{{at(0), low, []int{0}}, {at(2), high, []int{1, 2}}, {at(12), high, []int{3, 4}}},
		},
		"low urgency waits because of high": {
			10, []page{{at(0), ""}, {at(1), low}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(10), low, []int{1}}},
		},
		"in any order": {
			10, []page{{at(5), low}, {at(0), low}, {at(3), low}},
			[]escalation.Bundle{{at(0), low, []int{1}}, {at(10), low, []int{2, 0}}},
		},
		"no time of which anybody may wait longer": {
			10_000, []page{{at(0), high}, {at(1), high}},
			[]escalation.Bundle{{at(0), high, []int{0}}, {at(60), high, []int{1}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, escalation.Rules{Bundle: time.Duration(test.bundle) * time.Minute}.Bundles(test.pages))
		})
	}
}

// Every page is in one message, which goes at most Bundle later; the first goes at
// once; and there are fewer messages the longer they wait.
func TestBundlesKeepEveryPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDrawer(t)
		rules := escalation.Rules{Bundle: d.seconds(0, 3540)}
		var pages []escalation.BundlePage
		for range d.number(1, 12) {
			pages = append(pages, escalation.BundlePage{At: d.instant(), Urgency: escalation.Urgency(d.one("high", "low"))})
		}
		seen := map[int]bool{}
		bundles := rules.Bundles(pages)
		var high, last time.Time
		for _, b := range bundles {
			urgency := escalation.Low
			for _, i := range b.Pages {
				require.False(t, seen[i])
				seen[i] = true
				require.False(t, b.At.Before(pages[i].At))
				require.LessOrEqual(t, b.At.Sub(pages[i].At), rules.Bundle)
				if pages[i].Urgency == escalation.High {
					urgency = escalation.High
				}
			}
			require.Equal(t, urgency, b.Urgency)
			require.True(t, last.IsZero() || b.Urgency == escalation.High || !b.At.Before(last.Add(rules.Bundle)), "%+v", bundles)
			require.True(t, high.IsZero() || !b.At.Before(high.Add(rules.Bundle)), "%+v", bundles)
			last = b.At
			if b.Urgency == escalation.High {
				high = b.At
			}
		}
		require.Len(t, seen, len(pages))
		require.True(t, bundles[0].At.Equal(pages[bundles[0].Pages[0]].At))
	})
}
