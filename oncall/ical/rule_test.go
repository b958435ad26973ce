package ical_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// wallClock reads 20060102T1504.
func wallClock(t *testing.T, s string) oncall.LocalTime {
	t.Helper()
	at, err := time.Parse("20060102T1504", s)
	require.NoError(t, err)
	return oncall.LocalOf(at)
}

// times lists at most n times of a rule, and how it ended.
func times(rule ical.Rule, start, from, to oncall.LocalTime, n int) (out []oncall.LocalTime, end error) {
	for at, err := range rule.Times(start, from, to) {
		if err != nil {
			return out, err
		}
		if out = append(out, at); len(out) == n {
			break
		}
	}
	return out, nil
}

// The examples of RFC 5545, section 3.8.5.3, all of which start on Tuesday, 2
// September 1997 at 09:00 unless said otherwise, as what they come to. A want that
// ends in "…" goes on.
func TestRuleExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, start, want string }{
		{"FREQ=DAILY;COUNT=3", "", "0902 0903 0904"},
		{"FREQ=DAILY;UNTIL=19970904T090000Z", "", "0902 0903 0904"},
		{"FREQ=DAILY;UNTIL=19970904", "", "0902 0903 0904"},
		{"FREQ=DAILY;INTERVAL=2", "", "0902 0904 0906 0908 …"},
		{"FREQ=DAILY;INTERVAL=10;COUNT=5", "", "0902 0912 0922 1002 1012"},
		{"FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "19980130T0900", "19980130 19980131 19990101 19990102 …"},
		{"FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "19980130T0900", "19980130 19980131 19990101 19990102 …"},
		{"FREQ=WEEKLY;COUNT=4", "", "0902 0909 0916 0923"},
		{"FREQ=WEEKLY;INTERVAL=2;WKST=SU", "", "0902 0916 0930 1014 1028 …"},
		{"FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "", "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
		{"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR", "", "0903 0905 0915 0917 0919 0929 1001 1003 …"},
		{"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "", "0902 0904 0916 0918 0930 1002 1014 1016"},
		{"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805T0900", "0805 0810 0819 0824"},
		{"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805T0900", "0805 0817 0819 0831"},
		{"FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "19970905T0900", "0905 1003 1107 1205"},
		{"FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "19970907T0900", "0907 0928 1102 1130 19980104 19980125"},
		{"FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "19970922T0900", "0922 1020 1117"},
		{"FREQ=MONTHLY;BYMONTHDAY=-3", "19970928T0900", "0928 1029 1128 1229 19980129 19980226 …"},
		{"FREQ=MONTHLY;COUNT=6;BYMONTHDAY=2,15", "", "0902 0915 1002 1015 1102 1115"},
		{"FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "19970930T0900", "0930 1001 1031 1101 1130"},
		{"FREQ=MONTHLY;INTERVAL=18;COUNT=4;BYMONTHDAY=10,11,12", "19970910T0900", "0910 0911 0912 19990310"},
		{"FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "", "0902 0909 0916 0923 0930 1104 …"},
		{"FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "19970610T0900", "0610 0710 19980610 19980710"},
		{"FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3", "19970310T0900", "0310 19990110 19990210 19990310"},
		{"FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200", "19970101T0900", "0101 0410 0719 20000101 20000409"},
		{"FREQ=YEARLY;BYDAY=20MO", "19970519T0900", "0519 19980518 19990517 …"},
		{"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "19970512T0900", "0512 19980511 19990517 …"},
		{"FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "19970313T0900", "0313 0320 0327 19980305 …"},
		{"FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "19970605T0900", "0605 0612 0619 0626 0703 …"},
		{"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "", "19980213 19980313 19981113 19990813 20001013 …"},
		{"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "19970913T0900", "0913 1011 1108 1213 …"},
		{"FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "19961105T0900", "19961105 20001107 20041102 …"},
		{"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "19970904T0900", "0904 1007 1106"},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "19970929T0900", "0929 1030 1127 1230 …"},
		{"FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000", "", "0902T0900 0902T1200 0902T1500"},
		{"FREQ=MINUTELY;INTERVAL=15;COUNT=6", "", "0902T0900 0902T0915 0902T0930 0902T0945 0902T1000 0902T1015"},
		{"FREQ=MINUTELY;INTERVAL=90;COUNT=4", "", "0902T0900 0902T1030 0902T1200 0902T1330"},
		{"FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,40", "", "0902T0900 0902T0940 0902T1000 0902T1040 0903T0900 …"},
		{"FREQ=MINUTELY;INTERVAL=40;BYHOUR=9,10", "", "0902T0900 0902T0940 0902T1020 0903T0900 …"},
		{"FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115T0900", "20070115 20070130 20070215 20070315 20070330"},
		// Not in the standard's list.
		{"FREQ=YEARLY", "20240229T0900", "20240229 20280229 20320229 …"},             // only where there is one
		{"FREQ=MONTHLY", "20260131T0900", "20260131 20260331 20260531 …"},            // the same
		{"FREQ=YEARLY;BYWEEKNO=53", "20201231T0900", "20201231 20261231 20321230 …"}, // on the weekday of the start
		{"FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", "20200101T0900", "20210103 20220102 20230101 20231231 …"},
		{"FREQ=YEARLY;BYYEARDAY=-1,366", "20240101T0900", "20241231 20251231 20261231 …"},
		{"FREQ=YEARLY;BYMONTHDAY=13;BYDAY=FR;COUNT=2", "20260101T0900", "20260213 20260313"},
		{"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "20260101T0900", "20261025 20271031 …"},
		{"FREQ=SECONDLY;INTERVAL=86400;COUNT=2", "", "0902 0903"},
		{"FREQ=SECONDLY;BYHOUR=9;BYMINUTE=1,3;BYSECOND=0", "", "0902T0901 0902T0903 0903T0901 …"},
		{"FREQ=HOURLY;BYMINUTE=10,20,30;BYSETPOS=-1,1;COUNT=3", "", "0902T0910 0902T0930 0902T1010"},
		{"freq=daily;count=1;", "", "0902"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			rule, err := ical.ParseRule(c.rule)
			require.NoError(t, err)
			start := wallClock(t, "19970902T0900")
			if c.start != "" {
				start = wallClock(t, c.start)
			}
			list, goesOn := strings.CutSuffix(c.want, " …")
			wants := strings.Fields(list)
			got, err := times(rule, start, start, oncall.Local(9999, 1, 1, 0, 0), len(wants)+1)
			require.NoError(t, err)
			assert.Equal(t, goesOn, len(got) > len(wants))
			require.GreaterOrEqual(t, len(got), len(wants))
			for i, want := range wants {
				if !strings.Contains(want, "T") {
					want += start.String()[10:13] + "00"
				}
				if len(want) < len("20060102T1504") {
					want = start.String()[:4] + want
				}
				assert.Equal(t, wallClock(t, want), got[i])
			}
		})
	}
}

func TestRuleRefuses(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"":                                      "FREQ: want it; it is missing",
		"INTERVAL=2":                            "FREQ: want it; it is missing",
		"FREQ=FORTNIGHTLY":                      `FREQ: want YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY or SECONDLY, not "FORTNIGHTLY"`,
		"FREQ=DAILY;INTERVAL=0":                 `INTERVAL: want a number from 1 to 2147483647, not "0"`,
		"FREQ=DAILY;COUNT=2147483648":           `COUNT: want a number from 1 to 2147483647, not "2147483648"`,
		"FREQ=DAILY;COUNT=-1":                   `COUNT: want a number from 1 to`,
		"FREQ=DAILY;FREQ=DAILY":                 "FREQ: want it once",
		"FREQ=DAILY;UNTIL=tomorrow":             "UNTIL: want a date or a time such as 20260105",
		"FREQ=DAILY;WKST=1":                     "WKST: want a day such as MO",
		"FREQ=MONTHLY;BYDAY=0MO":                "BYDAY: want days such as MO, 2TU or -1FR",
		"FREQ=MONTHLY;BYDAY=":                   "BYDAY: want days",
		"FREQ=WEEKLY;BYDAY=1MO":                 "BYDAY: want days without a number",
		"FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO":      "BYDAY: want days without a number",
		"FREQ=YEARLY;BYMONTH=13":                "BYMONTH: want numbers from 1 to 12",
		"FREQ=YEARLY;BYMONTH=-1":                "BYMONTH: want numbers from 1 to 12",
		"FREQ=MONTHLY;BYMONTHDAY=0":             "BYMONTHDAY: want numbers from 1 to 31, or from -31 to -1",
		"FREQ=WEEKLY;BYMONTHDAY=1":              "BYMONTHDAY: want it in no WEEKLY rule",
		"FREQ=MONTHLY;BYWEEKNO=1":               "BYWEEKNO: want it in a YEARLY rule only",
		"FREQ=DAILY;BYYEARDAY=1":                "BYYEARDAY: want it in no MONTHLY, WEEKLY or DAILY rule",
		"FREQ=DAILY;BYHOUR=24":                  "BYHOUR: want numbers from 0 to 23",
		"FREQ=DAILY;BYEASTER=0":                 "BYEASTER: want a part of RFC 5545",
		"RSCALE=HEBREW;FREQ=YEARLY":             "RSCALE: want a part of RFC 5545",
		"FREQ=YEARLY;BYSETPOS=367":              "BYSETPOS: want numbers from 1 to 366",
		"FREQ=DAILY;" + strings.Repeat("X", 99): "X…: want a part",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := ical.ParseRule(rule)
			var bad *ical.RuleError
			require.ErrorAs(t, err, &bad)
			assert.ErrorContains(t, err, want)
		})
	}
}

// Rules that never come, or not for ages, end.
func TestRuleEnds(t *testing.T) {
	t.Parallel()
	start := oncall.Local(1970, 1, 1, 9, 0)
	for rule, wantErr := range map[string]error{
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30":                  nil, // the year 9999 is near enough
		"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30":                 ical.ErrSteps,
		"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30":                   ical.ErrSteps,
		"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30":                ical.ErrSteps,
		"FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1":                  ical.ErrSteps,
		"FREQ=SECONDLY;INTERVAL=2147483647;BYMONTH=2;BYHOUR=0": nil,
		"FREQ=YEARLY;INTERVAL=2147483647;BYMONTH=2":            nil,
		"FREQ=DAILY;BYMONTH=2;BYSETPOS=300":                    ical.ErrSteps,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			r, err := ical.ParseRule(rule)
			require.NoError(t, err)
			_, err = times(r, start, start, oncall.Local(9999, 12, 31, 0, 0), 1)
			assert.ErrorIs(t, err, wantErr)
		})
	}
	_, err := times(ical.Rule{}, start, start, oncall.Local(9999, 12, 31, 0, 0), 1)
	require.NoError(t, err, "the zero Rule never recurs")
	daily, err := ical.ParseRule("FREQ=DAILY")
	require.NoError(t, err)
	got, err := times(daily, oncall.LocalTime{}, start, start, 1)
	require.NoError(t, err)
	assert.Empty(t, got, "a start that is not valid never comes")
}

// Without a COUNT, however long ago the start is makes no difference to the work.
func TestRuleGoesStraightToTheRange(t *testing.T) {
	t.Parallel()
	rule, err := ical.ParseRule("FREQ=SECONDLY")
	require.NoError(t, err)
	from, to := oncall.Local(2026, 3, 1, 0, 0), oncall.Local(2026, 3, 1, 0, 1)
	got, err := times(rule, oncall.Local(1970, 1, 1, 0, 0), from, to, 100)
	require.NoError(t, err)
	assert.Len(t, got, 60)

	rule, err = ical.ParseRule("FREQ=SECONDLY;COUNT=2147483647")
	require.NoError(t, err)
	_, err = times(rule, oncall.Local(1970, 1, 1, 0, 0), from, to, 100)
	assert.ErrorIs(t, err, ical.ErrSteps)
}
