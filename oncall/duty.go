package oncall

// member is somebody on duty, perhaps for somebody else. There is one for each
// combination in a Rota, so that pointers tell whether two are the same.
type member struct {
	person, instead string
	via             string // the nested schedule that says so; empty: none
}

// duty is one person's, under one rule. Two are the same if they are equal.
type duty struct {
	who      *member
	line     *line     // nil: an override of the whole schedule
	override *Override // nil: none
	turn     int64     // counted from 1; 0: none
}

// duties are a list. The first ones need no memory of their own, and those are
// nearly always all.
type duties struct {
	n     int
	first [2]duty
	rest  []duty
}

func (d *duties) at(i int) *duty {
	if i < len(d.first) {
		return &d.first[i]
	}
	return &d.rest[i-len(d.first)]
}

func (d *duties) add(who *member, l *line, o *Override, turn int64) {
	if d.n < len(d.first) {
		d.first[d.n] = duty{who, l, o, turn}
	} else {
		d.rest = append(d.rest[:d.n-len(d.first)], duty{who, l, o, turn})
	}
	d.n++
}

// has reports whether a duty is in the list.
func (d *duties) has(x *duty) bool {
	for i := range d.n {
		if *d.at(i) == *x {
			return true
		}
	}
	return false
}

// holds reports whether a person is among the duties from one on.
func (d *duties) holds(from int, person string) bool {
	for i := from; i < d.n; i++ {
		if d.at(i).who.person == person {
			return true
		}
	}
	return false
}

// remove takes a person out of the duties from one on, and reports whether there
// was anything to take out.
func (d *duties) remove(from int, person string) bool {
	kept := from
	for i := from; i < d.n; i++ {
		if x := *d.at(i); x.who.person != person {
			*d.at(kept) = x
			kept++
		}
	}
	removed := kept < d.n
	d.n = kept
	return removed
}

// set makes the list the same as another.
func (d *duties) set(other *duties) {
	d.n, d.first = other.n, other.first
	d.rest = append(d.rest[:0], other.rest[:max(0, other.n-len(other.first))]...)
}

// segment is a time in which the same duties hold.
type segment struct {
	start, end int64

	// sharp says that no duty goes on at its start, or at its end; where it is
	// false one may.
	sharpStart, sharpEnd bool

	duties duties
}

func (s *segment) reset() {
	s.start, s.end, s.sharpStart, s.sharpEnd, s.duties.n = beginning, forever, true, true, 0
}

// cut leaves of a segment what lies between start and end.
func (s *segment) cut(start, end int64, sharpStart, sharpEnd bool) {
	if start > s.start {
		s.start, s.sharpStart = start, sharpStart
	} else if start == s.start {
		s.sharpStart = s.sharpStart || sharpStart
	}
	if end < s.end {
		s.end, s.sharpEnd = end, sharpEnd
	} else if end == s.end {
		s.sharpEnd = s.sharpEnd || sharpEnd
	}
}

// blur says of a segment that its duties may go on at both ends.
func (s *segment) blur() { s.sharpStart, s.sharpEnd = false, false }
