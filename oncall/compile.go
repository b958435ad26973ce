package oncall

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Compile prepares a schedule for questions. Its error joins everything that
// [Validate] reports. The Rota keeps nothing of the schedule's slices. A schedule
// whose seats name other schedules needs [CompileAll].
//
// Compile once, and ask often: it reads the data of each zone, as
// time.LoadLocation does, and lists the zone's clock changes until 2070, which
// takes some tens of microseconds, and n log n time for n overrides.
func Compile(s Schedule) (*Rota, error) {
	found, errs := check(s)
	for i, r := range s.Rotations {
		for j, seat := range r.Seats {
			if seat.Schedule != "" {
				errs = append(errs, &FieldError{
					Field: fmt.Sprintf("rotations[%d].members[%d].schedule", i, j),
					Want:  "no schedule within a schedule, unless all are compiled together",
				})
			}
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return newCompiler(s, found, nil).compile(), nil
}

// compiler compiles one valid schedule.
type compiler struct {
	schedule Schedule
	zones    zones
	clocks   map[string]*clock
	members  map[member]*member
	all      []*member
	nested   func(id string) *Rota
	via      map[string]map[*member]*member // by nested schedule
}

func newCompiler(s Schedule, z zones, nested func(id string) *Rota) *compiler {
	return &compiler{schedule: s, zones: z, clocks: map[string]*clock{}, members: map[member]*member{}, nested: nested, via: map[string]map[*member]*member{}}
}

func (c *compiler) intern(person, instead string) *member {
	return c.one(member{person: person, instead: instead})
}

func (c *compiler) one(m member) *member {
	known := c.members[m]
	if known == nil {
		known = &m
		c.members[m] = known
		c.all = append(c.all, known)
	}
	return known
}

func (c *compiler) compile() *Rota {
	s := c.schedule
	r := &Rota{
		id: s.ID, zone: c.zones[s.Zone], people: make(map[string]Person, len(s.People)),
		shadows: slices.Clone(s.Shadows), gaps: slices.Clone(s.Intended), lines: make([]line, len(s.Rotations)),
	}
	overrides := make([]Override, len(s.Overrides))
	own := map[string][]*Override{} // by rotation
	for i, o := range s.Overrides {
		o.People = slices.Clone(o.People)
		overrides[i] = o
		own[o.Rotation] = append(own[o.Rotation], &overrides[i])
	}
	r.covers = paint(own[""], c.intern)
	for _, p := range s.People {
		p.Skills, p.Stages, p.Leave = slices.Clone(p.Skills), slices.Clone(p.Stages), slices.Clone(p.Leave)
		r.people[p.ID] = p
	}
	for i, rotation := range c.order(r) {
		c.line(&r.lines[i], &s.Rotations[rotation])
	}
	c.cover(r, own)
	for _, g := range s.Intended {
		r.intended = append(r.intended, c.intended(g))
	}
	r.members = c.all
	for i := range r.lines {
		r.longest = max(r.longest, r.lines[i].longest)
	}
	r.plain = !slices.ContainsFunc(r.lines, func(l line) bool { return !l.plain || l.covers != nil }) &&
		!slices.ContainsFunc(r.covers, func(c cover) bool { return !c.whole })
	r.single = r.plain && len(r.levels) == len(r.lines) &&
		!slices.ContainsFunc(r.lines, func(l line) bool { return !l.single() }) &&
		!slices.ContainsFunc(r.covers, func(c cover) bool { return len(c.stack) > 1 || len(c.stack[0].who) > 1 })
	return r
}

// order returns the rotations in order of precedence, and fills in the levels.
func (c *compiler) order(r *Rota) []int {
	rotations := c.schedule.Rotations
	order := make([]int, len(rotations))
	for i := range order {
		order[i] = i
	}
	if c.schedule.Overlap == Levels {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rotations[b].Level, rotations[a].Level) })
	}
	for i := range order {
		last := i+1 == len(order)
		switch c.schedule.Overlap {
		case Levels:
			last = last || rotations[order[i]].Level != rotations[order[i+1]].Level
		case Add:
		case Hide:
			last = true
		}
		if last {
			r.levels = append(r.levels, i+1)
		}
	}
	return order
}

// clock returns that of a zone, fast from the start of the earliest rotation on.
func (c *compiler) clock(zone string) *clock {
	if c.clocks[zone] == nil {
		const latest = tableEnd - 2*366*secondsPerDay // so that the table knows what the clock skips in a year
		from := int64(tableEnd)
		for _, r := range c.schedule.Rotations {
			if r.Fixed == nil {
				from = min(from, r.Start.wall()-4*maxOffset) // so early that the start lies well within its span
			}
		}
		if from == tableEnd {
			from = 0 // only intended gaps ask
		}
		from = min(from, latest)
		k := newClock(c.zones[zone], from)
		c.clocks[zone] = &k
	}
	return c.clocks[zone]
}

// cover gives each rotation its own overrides. Of versions of one rotation, each
// has those from its beginning to that of the next.
func (c *compiler) cover(r *Rota, overrides map[string][]*Override) {
	versions := map[string][]*line{}
	for i := range r.lines {
		l := &r.lines[i]
		l.first = l
		if overrides[l.id] != nil {
			versions[l.id] = append(versions[l.id], l)
		}
	}
	for id, lines := range versions {
		covers := paint(overrides[id], c.intern)
		slices.SortStableFunc(lines, func(a, b *line) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.until, b.until)) // one that ends before its Start is empty
		})
		start := int64(beginning)
		for i, l := range lines {
			end := int64(forever)
			if i+1 < len(lines) {
				end = lines[i+1].from
			}
			l.first, l.covers = lines[0], clip(covers, start, end)
			start = end
		}
	}
}

func (c *compiler) line(l *line, r *Rotation) {
	l.id = r.ID
	l.from, l.until = beginning, theEnd
	if !r.From.IsZero() {
		l.from = r.From.Unix()
	}
	if !r.Until.IsZero() {
		l.until = min(l.until, r.Until.Unix())
	}
	if r.Fixed != nil { // also if there are none
		c.fixed(l, r)
		return
	}
	zone := cmp.Or(r.Zone, c.schedule.Zone)
	l.clock = c.clock(zone)
	l.grid = newGrid(r)
	l.from = min(max(l.from, l.clock.first(l.grid.start)), l.until)
	if len(r.Windows) > 0 {
		l.week = newWeek(r.Windows, c.clock(cmp.Or(r.WindowsZone, zone)), r.Repeated)
	}
	switch r.Count {
	case ByShift:
		l.tally = newTally(l, l.week, r.Repeated)
	case ByHandoff:
		l.tally = newTally(l, nil, r.Repeated)
	case ByTurn:
	}
	l.absences = absences(r.Seats, c.schedule.People, c.schedule.Absence, c.intern)
	c.seats(l, r)
}

// fixed makes a seat of every fixed shift. No other follows on it, to stand in.
func (c *compiler) fixed(l *line, r *Rotation) {
	l.fixed = fix(l, r.Fixed)
	seats := make([]Seat, len(r.Fixed))
	for i, f := range r.Fixed {
		seats[i].People = f.People
		l.seats = append(l.seats, seat{who: c.who(f.People)})
	}
	policy := c.schedule.Absence
	if policy == NextSeat {
		policy = Vacate
	}
	l.absences = absences(seats, c.schedule.People, policy, c.intern)
	l.steady = l.absences == nil
}

func (c *compiler) who(people []string) []*member {
	who := make([]*member, len(people))
	for i, p := range people {
		who[i] = c.intern(p, "")
	}
	return who
}

func (c *compiler) seats(l *line, r *Rotation) {
	l.plain = l.absences == nil
	l.steady = l.absences == nil && l.from < l.until
	l.constant = l.week == nil && l.absences == nil
	for _, s := range r.Seats {
		compiled := seat{who: c.who(s.People)}
		if s.Schedule != "" {
			compiled.nested = c.nested(s.Schedule)
			compiled.via = c.through(s.Schedule, compiled.nested)
		}
		l.seats = append(l.seats, compiled)
		l.plain = l.plain && s.Schedule == ""
		l.steady = l.steady && len(s.People) > 0
		l.constant = l.constant && len(s.People) > 0 && s.Schedule == "" && slices.Equal(s.People, r.Seats[0].People)
	}
	for _, t := range r.Turns {
		seconds := int64(t.N) * unitSeconds[t.Unit]
		if t.Unit == Months {
			seconds = int64(t.N) * 31 * secondsPerDay
		}
		l.longest = max(l.longest, seconds)
	}
	l.vacant = !slices.ContainsFunc(r.Seats, func(s Seat) bool { return len(s.People) > 0 || s.Schedule != "" })
}

// through returns the members of a nested schedule, as they are in this one.
func (c *compiler) through(id string, nested *Rota) map[*member]*member {
	via, ok := c.via[id]
	if !ok {
		via = make(map[*member]*member, len(nested.members))
		for _, m := range nested.members {
			via[m] = c.one(member{person: m.person, instead: m.instead, via: id})
		}
		c.via[id] = via
	}
	return via
}

// single reports whether there is at most one person in each seat, and no window
// that clock changes can close or join to another.
func (l *line) single() bool {
	return l.fixed == nil && (l.week == nil || !l.week.brief && !l.week.tight) &&
		!slices.ContainsFunc(l.seats, func(s seat) bool { return len(s.who) > 1 })
}

func (c *compiler) intended(g IntendedGap) intended {
	out := intended{start: beginning, end: forever, reason: g.Reason}
	if !g.Start.IsZero() {
		out.start = g.Start.Unix()
	}
	if !g.End.IsZero() {
		out.end = g.End.Unix()
	}
	if g.Window != (Window{}) {
		out.week = newWeek([]Window{g.Window}, c.clock(c.schedule.Zone), EndsFirst)
	}
	return out
}

// zones are the locations that a schedule names.
type zones map[string]*time.Location
