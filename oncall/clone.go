package oncall

import "slices"

// clone returns a schedule that shares no memory with s, but for the Holidays.
func (s Schedule) clone() Schedule {
	s.Rotations = cloneFunc(s.Rotations, Rotation.clone)
	s.Overrides = cloneFunc(s.Overrides, func(o Override) Override {
		o.People = slices.Clone(o.People)
		return o
	})
	s.People = cloneFunc(s.People, func(p Person) Person {
		p.Skills, p.Stages, p.Leave = slices.Clone(p.Skills), slices.Clone(p.Stages), slices.Clone(p.Leave)
		return p
	})
	s.Shadows, s.Intended = slices.Clone(s.Shadows), slices.Clone(s.Intended)
	return s
}

func (r Rotation) clone() Rotation {
	r.Turns, r.Windows, r.Skills = slices.Clone(r.Turns), slices.Clone(r.Windows), slices.Clone(r.Skills)
	r.Seats = cloneFunc(r.Seats, Seat.clone)
	r.Fixed = cloneFunc(r.Fixed, func(f FixedShift) FixedShift {
		f.People = slices.Clone(f.People)
		return f
	})
	return r
}

func (s Seat) clone() Seat {
	s.People = slices.Clone(s.People)
	return s
}

func (e Edit) clone() Edit {
	e.Seats = cloneFunc(e.Seats, Seat.clone)
	e.Turns, e.Windows = slices.Clone(e.Turns), slices.Clone(e.Windows)
	return e
}

// cloneFunc returns a list of clones. That of nil is nil.
func cloneFunc[T any](list []T, clone func(T) T) []T {
	list = slices.Clone(list)
	for i, x := range list {
		list[i] = clone(x)
	}
	return list
}
