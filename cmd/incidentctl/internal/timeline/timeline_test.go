package timeline_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

func load(t *testing.T, zone string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return loc
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed
}

func span(t *testing.T, from, to string) timeline.Span {
	t.Helper()
	return timeline.Span{Start: at(t, from), End: at(t, to)}
}

// week has everything that a chart can show.
func week(t *testing.T) timeline.Chart {
	t.Helper()
	return timeline.Chart{
		From: at(t, "2026-03-01T23:00:00Z"), To: at(t, "2026-03-08T23:00:00Z"), Zone: load(t, "Europe/Berlin"), Width: 80,
		Rows: []timeline.Row{
			{Label: "Ana Silva", Spans: []timeline.Span{
				span(t, "2026-02-20T00:00:00Z", "2026-03-03T08:00:00Z"), // began before the range
				span(t, "2026-03-05T17:00:00Z", "2026-03-05T17:00:01Z"), // shorter than a character
			}},
			{Label: "Ben Okoro", Spans: []timeline.Span{
				span(t, "2026-03-03T08:00:00Z", "2026-03-04T08:00:00Z"),
				span(t, "2026-03-04T08:00:00Z", "2026-03-05T08:00:00Z"), // a handoff to himself
				span(t, "2026-03-07T08:00:00Z", "2026-03-20T08:00:00Z"), // ends after the range
			}},
		},
		Gaps:     []timeline.Span{span(t, "2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z")},
		Intended: []timeline.Span{span(t, "2026-03-06T08:00:00Z", "2026-03-07T08:00:00Z")},
		Mark:     at(t, "2026-03-02T11:00:00Z"), MarkText: "now",
	}
}

// charts are drawn into the golden file of their name.
func charts(t *testing.T) map[string]timeline.Chart {
	t.Helper()
	all := map[string]timeline.Chart{}
	add := func(name string, change func(*timeline.Chart)) {
		c := week(t)
		change(&c)
		all[name] = c
	}
	add("week", func(*timeline.Chart) {})
	add("color", func(c *timeline.Chart) { c.Color = true })
	add("wide", func(c *timeline.Chart) { c.Width = 160 })
	add("narrow", func(c *timeline.Chart) { c.Width = 1 })
	add("mark at the right edge", func(c *timeline.Chart) {
		c.Mark = at(t, "2026-03-08T20:00:00Z")
		c.MarkText = "Sun 2026-03-08 21:00 CET"
	})
	add("mark outside", func(c *timeline.Chart) { c.Mark = c.To })
	add("no gaps", func(c *timeline.Chart) { c.Gaps, c.Intended = nil, nil })
	add("nobody at all", func(c *timeline.Chart) {
		c.Rows, c.Gaps, c.Intended = nil, []timeline.Span{{Start: c.From, End: c.To}}, nil
	})
	add("labels", func(c *timeline.Chart) {
		c.Rows = []timeline.Row{
			{Label: "a name that is much too long for the line"},
			{Label: "田中さくら"}, {Label: "Zoe\u0308"}, {Label: "\x1b[31mred\a"},
		}
	})
	for name, length := range map[string]time.Duration{
		"20 minutes": 20 * time.Minute, "2 hours": 2 * time.Hour, "8 hours": 8 * time.Hour, "a day": 24 * time.Hour, "2 days": 48 * time.Hour,
		"3 weeks": 21 * 24 * time.Hour, "2 months": 61 * 24 * time.Hour, "half a year": 183 * 24 * time.Hour,
		"2 years": 731 * 24 * time.Hour, "10 years": 3653 * 24 * time.Hour, "100 years": 36525 * 24 * time.Hour,
	} {
		add(name, func(c *timeline.Chart) { c.To = c.From.Add(length) })
	}
	add("clocks forward", func(c *timeline.Chart) { // 02:00 is not there
		c.From, c.To = at(t, "2026-03-28T22:00:00Z"), at(t, "2026-03-29T04:00:00Z")
	})
	add("clocks back", func(c *timeline.Chart) { // 02:00 is there twice, and labelled once
		c.From, c.To = at(t, "2026-10-24T21:00:00Z"), at(t, "2026-10-25T04:00:00Z")
	})
	add("no midnight", func(c *timeline.Chart) { // Sunday begins at 01:00
		c.Zone = load(t, "America/Santiago")
		c.From, c.To = at(t, "2026-09-04T04:00:00Z"), at(t, "2026-09-09T03:00:00Z")
	})
	add("the end of time", func(c *timeline.Chart) {
		c.From, c.To = at(t, "9999-12-30T00:00:00Z"), at(t, "9999-12-31T23:59:59Z")
	})
	return all
}

func TestDraw(t *testing.T) {
	t.Parallel()
	for name, chart := range charts(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := timeline.Draw(chart)
			golden := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
			width := min(max(chart.Width, timeline.MinWidth), timeline.MaxWidth)
			for line := range strings.Lines(regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(got, "")) {
				assert.Less(t, timeline.Cells(strings.TrimSuffix(line, "\n")), width, "a line that does not fit")
			}
			if !chart.Color {
				assert.NotContains(t, got, "\x1b")
			}
		})
	}
}

func TestDrawNothing(t *testing.T) {
	t.Parallel()
	c := week(t)
	c.To = c.From
	assert.Empty(t, timeline.Draw(c))
}

func TestCells(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "Zoe\u0308": 3, "田中": 4, "한": 2, "！": 2, "🙂": 2, "a\u200db": 2} {
		assert.Equal(t, want, timeline.Cells(text), "%q", text)
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Ana?[31m?? Müller", timeline.Clean("Ana\x1b[31m\n\u202e Müller"))
}
