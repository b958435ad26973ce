// Package timeline draws who is on call when, as lines of text: a time axis, a
// row for each person, and a row for the times that nobody has.
//
// A chart is a pure function of its data and its width in characters. Plain
// charts are ASCII but for the labels:
//
//	          Mon 02      Tue 03      Wed 04
//	                 v now
//	Ana Silva ===============         |====
//	Ben Okoro .      :       |========.
//	nobody    .      :           !!!! .
//
// "|" is where a shift begins, "=" is duty, "!" a gap, "-" a gap that is meant,
// "." midnight (or another mark of the axis), and ":" the moment that is marked.
package timeline

import (
	"strings"
	"time"
)

// The bounds of a chart's width, in characters.
const (
	MinWidth = 40
	MaxWidth = 400
)

// Chart is what to draw.
type Chart struct {
	From, To time.Time      // From is before To
	Zone     *time.Location // of the axis
	Width    int            // in characters; brought within MinWidth and MaxWidth

	Rows     []Row
	Gaps     []Span // when nobody is on call and somebody should be
	Intended []Span // when nobody needs to be

	Mark     time.Time // a moment to mark; outside the range it is left out
	MarkText string    // what to call it, such as "now"

	// Color draws with ANSI colours and block characters instead of ASCII.
	Color bool
}

// Row is a person's duty.
type Row struct {
	Label string
	Spans []Span // in order; a handoff is drawn where each begins
}

// Span is a time. What lies outside of the chart's range is left out.
type Span struct{ Start, End time.Time }

// Draw returns the lines of a chart, each with its line break.
func Draw(c Chart) string {
	if !c.From.Before(c.To) {
		return ""
	}
	p := newPlot(c)
	var b strings.Builder
	p.axis(&b)
	p.mark(&b)
	for i, row := range c.Rows {
		cells := p.empty()
		p.fill(cells, row.Spans, duty)
		p.row(&b, row.Label, palette(i), cells)
	}
	if len(c.Gaps)+len(c.Intended) > 0 {
		cells := p.empty()
		p.fill(cells, c.Intended, meant)
		p.fill(cells, c.Gaps, gap)
		p.row(&b, nobody, Red, cells)
	}
	return b.String()
}

const nobody = "nobody"

// plot is a chart with the places of things worked out.
type plot struct {
	Chart
	style  style
	labels int // characters for the labels
	cells  int // for the rest of a line
	ticks  []tick
	marked int // the cell of the mark, or -1
}

// margin is between the labels and the cells, and at the end of a line, where
// some terminals wrap.
const margin = 1

func newPlot(c Chart) *plot {
	c.Width = min(max(c.Width, MinWidth), MaxWidth)
	p := &plot{Chart: c, style: plain, marked: -1}
	if c.Color {
		p.style = blocks
	}
	p.labels = Cells(nobody)
	for _, row := range c.Rows {
		p.labels = max(p.labels, Cells(row.Label))
	}
	p.labels = min(p.labels, c.Width/3)
	p.cells = c.Width - p.labels - 2*margin
	p.ticks = p.findTicks()
	if !c.Mark.IsZero() && !c.Mark.Before(c.From) && c.Mark.Before(c.To) {
		p.marked = p.cell(c.Mark)
	}
	return p
}

// cell returns the cell that holds an instant.
func (p *plot) cell(t time.Time) int {
	return int(float64(p.cells) * (float64(t.Sub(p.From)) / float64(p.To.Sub(p.From))))
}

// kind is what a cell shows.
type kind uint8

const (
	blank kind = iota
	grid
	marker
	duty
	handoff // duty begins
	meant   // a gap that is right
	gap
)

// empty returns the cells of a row in which nothing happens.
func (p *plot) empty() []kind {
	cells := make([]kind, p.cells)
	for _, t := range p.ticks {
		cells[t.cell] = grid
	}
	if p.marked >= 0 {
		cells[p.marked] = marker
	}
	return cells
}

// fill shows spans, the short ones too: each has at least the cell it begins in.
func (p *plot) fill(cells []kind, spans []Span, k kind) {
	for _, s := range spans {
		if !s.Start.Before(p.To) || !s.End.After(p.From) || !s.Start.Before(s.End) {
			continue
		}
		first := 0
		if s.Start.After(p.From) {
			first = p.cell(s.Start)
		}
		end := p.cells
		if s.End.Before(p.To) {
			end = max(p.cell(s.End), first+1)
		}
		for i := first; i < end; i++ {
			cells[i] = k
		}
		if k == duty && s.Start.After(p.From) {
			cells[first] = handoff
		}
	}
}

// row writes one line.
func (p *plot) row(b *strings.Builder, label string, color string, cells []kind) {
	end := len(cells)
	for end > 0 && cells[end-1] == blank {
		end--
	}
	p.paint(b, color, pad(shorten(Clean(label), p.labels, p.style.more), p.labels))
	b.WriteString(strings.Repeat(" ", margin))
	for i := 0; i < end; {
		j := i + 1
		for j < end && p.style.color(cells[j], color) == p.style.color(cells[i], color) {
			j++
		}
		var run strings.Builder
		for _, k := range cells[i:j] {
			run.WriteString(p.style.cells[k])
		}
		p.paint(b, p.style.color(cells[i], color), run.String())
		i = j
	}
	b.WriteByte('\n')
}

// paint writes text in a color, where the chart has any.
func (p *plot) paint(b *strings.Builder, color, text string) {
	if !p.Color || color == "" || strings.TrimSpace(text) == "" {
		b.WriteString(text)
		return
	}
	b.WriteString(Paint(color, text))
}
