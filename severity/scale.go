package severity

import (
	"cmp"
	"errors"
	"iter"
	"slices"
)

// Scale is an ordered list of levels. It never changes, and may be used by any
// number of goroutines at once. The zero Scale has no levels.
type Scale struct {
	levels []Level // most severe first
	rank   map[string]int
}

// New returns the scale of the given levels, most severe first. Its error joins
// everything that [Validate] reports.
func New(levels []Level) (*Scale, error) {
	if errs := Validate(levels); errs != nil {
		return nil, errors.Join(errs...)
	}
	s := &Scale{levels: slices.Clone(levels), rank: make(map[string]int, len(levels))}
	for i, l := range levels {
		s.rank[l.ID] = i
	}
	return s, nil
}

// All returns the levels, most severe first.
func (s *Scale) All() iter.Seq[Level] { return slices.Values(s.levels) }

// Level returns the level of that id, or an *UnknownError.
func (s *Scale) Level(id string) (Level, error) {
	i, err := s.Rank(id)
	if err != nil {
		return Level{}, err
	}
	return s.levels[i], nil
}

// Rank returns a level's place on the scale: 0 is the most severe. An id that
// the scale does not have is an *UnknownError.
func (s *Scale) Rank(id string) (int, error) {
	i, ok := s.rank[id]
	if !ok {
		return 0, s.unknown(id)
	}
	return i, nil
}

// Compare returns +1 if a is more severe than b, -1 if it is milder and 0 if
// they are the same. An id that the scale does not have is an *UnknownError.
func (s *Scale) Compare(a, b string) (int, error) {
	i, err := s.Rank(a)
	if err != nil {
		return 0, err
	}
	j, err := s.Rank(b)
	if err != nil {
		return 0, err
	}
	return cmp.Compare(j, i), nil // a lower rank is the more severe
}

// AtLeast reports whether a level is as severe as floor or more. An id that the
// scale does not have is an *UnknownError.
func (s *Scale) AtLeast(id, floor string) (bool, error) {
	c, err := s.Compare(id, floor)
	return err == nil && c >= 0, err
}

// Worst returns the most severe of the levels. An id that the scale does not
// have is an *UnknownError; so is no id at all.
func (s *Scale) Worst(ids ...string) (Level, error) {
	if len(ids) == 0 {
		return Level{}, s.unknown("")
	}
	worst := len(s.levels)
	for _, id := range ids {
		i, err := s.Rank(id)
		if err != nil {
			return Level{}, err
		}
		worst = min(worst, i)
	}
	return s.levels[worst], nil
}

func (s *Scale) unknown(id string) error {
	known := make([]string, len(s.levels))
	for i, l := range s.levels {
		known[i] = l.ID
	}
	return &UnknownError{ID: id, Known: known}
}
