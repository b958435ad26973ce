package severity_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/severity"
)

const day = 24 * time.Hour

func levels() []severity.Level {
	return []severity.Level{
		{ID: "SEV1", Name: "Critical", Review: true, Targets: severity.Targets{
			Acknowledge: 5 * time.Minute, FirstUpdate: 15 * time.Minute, Cadence: 30 * time.Minute,
			Mitigate: 4 * time.Hour, ReviewDue: 10 * day,
		}},
		{ID: "SEV2", Name: "Major", Review: true, Targets: severity.Targets{
			Acknowledge: 15 * time.Minute, FirstUpdate: time.Hour, ReviewDue: 5 * day,
		}},
		{ID: "SEV3", Name: "Minor"},
	}
}

func scale(t *testing.T) *severity.Scale {
	t.Helper()
	s, err := severity.New(levels())
	require.NoError(t, err)
	return s
}

func TestScaleAnswers(t *testing.T) {
	t.Parallel()
	s := scale(t)

	assert.Equal(t, levels(), slices.Collect(s.All()))
	l, err := s.Level("SEV2")
	require.NoError(t, err)
	assert.Equal(t, levels()[1], l)

	order := []string{"SEV1", "SEV2", "SEV3"}
	for i, a := range order {
		rank, err := s.Rank(a)
		require.NoError(t, err)
		assert.Equal(t, i, rank)
		for j, b := range order {
			c, err := s.Compare(a, b)
			require.NoError(t, err)
			assert.Equal(t, sign(j-i), c, "%s beside %s", a, b)

			atLeast, err := s.AtLeast(a, b)
			require.NoError(t, err)
			assert.Equal(t, i <= j, atLeast, "%s at least %s", a, b)

			worst, err := s.Worst(b, a, b)
			require.NoError(t, err)
			assert.Equal(t, order[min(i, j)], worst.ID)
		}
	}
}

func sign(n int) int { return max(-1, min(n, 1)) }

func TestScaleRefusesAnUnknownLevel(t *testing.T) {
	t.Parallel()
	s := scale(t)
	calls := map[string]func(id string) error{
		"Level":         func(id string) error { _, err := s.Level(id); return err },
		"Rank":          func(id string) error { _, err := s.Rank(id); return err },
		"Compare left":  func(id string) error { _, err := s.Compare(id, "SEV1"); return err },
		"Compare right": func(id string) error { _, err := s.Compare("SEV1", id); return err },
		"AtLeast":       func(id string) error { _, err := s.AtLeast("SEV1", id); return err },
		"Worst":         func(id string) error { _, err := s.Worst("SEV1", id); return err },
		"Worst of none": func(string) error { _, err := s.Worst(); return err },
	}
	for name, call := range calls {
		for _, id := range []string{"", "sev1", "SEV4"} {
			err := call(id)
			require.ErrorIs(t, err, severity.ErrUnknown, name)
			var unknown *severity.UnknownError
			require.ErrorAs(t, err, &unknown)
			assert.Equal(t, []string{"SEV1", "SEV2", "SEV3"}, unknown.Known)
			if name != "Worst of none" {
				assert.Equal(t, id, unknown.ID)
			}
		}
	}
	_, err := s.Rank("SEV4")
	require.EqualError(t, err, `severity: unknown level "SEV4" (want one of: SEV1, SEV2, SEV3)`)
	_, err = new(severity.Scale).Level("SEV1")
	require.EqualError(t, err, `severity: unknown level "SEV1" (the scale is empty)`)
}

func TestScaleDoesNotChangeWithItsInput(t *testing.T) {
	t.Parallel()
	in := levels()
	s, err := severity.New(in)
	require.NoError(t, err)
	in[0].ID = "changed"
	assert.Equal(t, levels(), slices.Collect(s.All()))
}

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	type promise = func(*severity.Targets) *time.Duration
	acknowledge := func(t *severity.Targets) *time.Duration { return &t.Acknowledge }
	promises := map[string]promise{
		"acknowledge":  acknowledge,
		"first_update": func(t *severity.Targets) *time.Duration { return &t.FirstUpdate },
		"cadence":      func(t *severity.Targets) *time.Duration { return &t.Cadence },
		"mitigate":     func(t *severity.Targets) *time.Duration { return &t.Mitigate },
		"review_due":   func(t *severity.Targets) *time.Duration { return &t.ReviewDue },
	}
	type test struct {
		name   string
		change func([]severity.Level) []severity.Level
		want   map[string]string // path -> want
	}
	in := func(change func(l []severity.Level)) func([]severity.Level) []severity.Level {
		return func(l []severity.Level) []severity.Level { change(l); return l }
	}
	tests := []test{
		{"right", in(func([]severity.Level) {}), nil},
		{"no level", func([]severity.Level) []severity.Level { return nil },
			map[string]string{"levels": "1 to 100 levels, not 0"}},
		{"too many", func([]severity.Level) []severity.Level { return make([]severity.Level, 101) },
			map[string]string{"levels": "1 to 100 levels, not 101"}},
		{"two ids", in(func(l []severity.Level) { l[0].ID, l[2].ID = "", "SEV2" }), map[string]string{
			"levels[0].id": "a non-empty id",
			"levels[2].id": `an id used once, not "SEV2" again`,
		}},
		{"a milder level alone needs a review", in(func(l []severity.Level) { l[0].Review = false }),
			map[string]string{"levels[0].review": `true, since the milder "SEV2" needs a review`}},
		{"compared with the tightest of all the milder", in(func(l []severity.Level) {
			l[2].Targets.Acknowledge = 4 * time.Minute
		}), map[string]string{
			"levels[0].targets.acknowledge": `at most 4m0s, what the milder "SEV3" promises, not 5m0s`,
			"levels[1].targets.acknowledge": `at most 4m0s, what the milder "SEV3" promises, not 15m0s`,
		}},
		{"nothing is compared with what makes no sense", in(func(l []severity.Level) {
			l[0].Targets.Acknowledge, l[1].Targets.Acknowledge = 0, -time.Minute
		}), map[string]string{"levels[1].targets.acknowledge": "1s to 366 days, or 0 for no promise, not -1m0s"}},
		{"review due is free", in(func(l []severity.Level) { l[0].Targets.ReviewDue = 0 }), nil},
		{"the same promise twice", in(func(l []severity.Level) { l[1].Targets.Acknowledge = 5 * time.Minute }), nil},
		{"both ends of the range", in(func(l []severity.Level) {
			l[0].Targets.Acknowledge = severity.MinTarget
			l[2].Targets.Acknowledge = severity.MaxTarget
		}), nil},
	}
	for path, of := range promises {
		path, last := "levels[0].targets."+path, 2
		for _, d := range []time.Duration{-time.Minute, time.Nanosecond, severity.MinTarget - 1, severity.MaxTarget + 1} {
			tests = append(tests, test{path + " " + d.String(), func(l []severity.Level) []severity.Level {
				l = l[:1]
				*of(&l[0].Targets) = d
				return l
			}, map[string]string{path: "1s to 366 days, or 0 for no promise, not " + d.String()}})
		}
		if path == "levels[0].targets.review_due" {
			continue
		}
		tests = append(tests,
			test{path + " none", in(func(l []severity.Level) {
				*of(&l[0].Targets), *of(&l[1].Targets), *of(&l[last].Targets) = 0, time.Minute, time.Minute
			}), map[string]string{path: `a promise of at most 1m0s, since the milder "SEV2" makes one`}},
			test{path + " slower", in(func(l []severity.Level) {
				*of(&l[0].Targets), *of(&l[1].Targets), *of(&l[last].Targets) = 61*time.Second, 0, time.Minute
			}), map[string]string{
				path:                                  `at most 1m0s, what the milder "SEV3" promises, not 1m1s`,
				"levels[1]" + path[len("levels[0]"):]: `a promise of at most 1m0s, since the milder "SEV3" makes one`,
			}},
		)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			levels := tt.change(levels())
			got := map[string]string{}
			for _, err := range severity.Validate(levels) {
				var field *severity.FieldError
				require.ErrorAs(t, err, &field)
				got[field.Field] = field.Want
			}
			if tt.want == nil {
				tt.want = map[string]string{}
			}
			assert.Equal(t, tt.want, got)

			s, err := severity.New(levels)
			if len(tt.want) == 0 {
				require.NoError(t, err)
				return
			}
			assert.Nil(t, s)
			for path, want := range tt.want {
				require.ErrorContains(t, err, "severity: "+path+": want "+want)
			}
		})
	}
}

// Raising the severity of an incident must never take the pressure off.
func TestRaisingASeverityOnlyBringsDeadlinesForward(t *testing.T) {
	t.Parallel()
	promise := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 4).Draw(t, "minutes")) * time.Minute
	})
	level := rapid.Custom(func(t *rapid.T) severity.Level {
		return severity.Level{
			ID: rapid.StringMatching(`[A-Z]{1,2}`).Draw(t, "id"),
			Targets: severity.Targets{
				Acknowledge: promise.Draw(t, "acknowledge"), FirstUpdate: promise.Draw(t, "first update"),
			},
			Review: rapid.Bool().Draw(t, "review"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SliceOfN(level, 1, 4).Draw(t, "levels")
		moments := severity.Moments{Opened: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		right := true
		for i, severe := range levels {
			for _, mild := range levels[i+1:] {
				right = right && severe.ID != mild.ID && (severe.Review || !mild.Review)
				before, after := mild.Targets.Clocks(moments), severe.Targets.Clocks(moments)
				for k := range before {
					if old := before[k].Deadline(); !old.IsZero() {
						raised := after[k].Deadline()
						right = right && !raised.IsZero() && !raised.After(old)
					}
				}
			}
		}
		assert.Equal(t, right, severity.Validate(levels) == nil)
	})
}
