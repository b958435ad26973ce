package gather_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// value opens a document with one value.
func value(o importers.Options, v string) (*gather.Import, jsondoc.Node) {
	im := gather.Open(o, importtest.Files(fmt.Sprintf(`{"v": %s}`, v)))
	return im, im.Docs[0].Root().Get("v")
}

func TestZone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ doc, zone, note, err string }{
		"IANA":               {doc: `"Europe/Berlin"`, zone: "Europe/Berlin"},
		"Ruby on Rails":      {doc: `"Eastern Time (US & Canada)"`, zone: "America/New_York", note: `"Eastern Time (US & Canada)" is taken for the IANA zone America/New_York`},
		"Windows":            {doc: `"W. Europe Standard Time"`, zone: "Europe/Berlin", note: `"W. Europe Standard Time" is taken for the IANA zone Europe/Berlin`},
		"Outlook":            {doc: `"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"`, zone: "Asia/Kolkata", note: "Asia/Kolkata"},
		"the machine's":      {doc: `"Local"`, err: "want a time zone such as"},
		"none":               {doc: `""`, err: "want a time zone such as"},
		"another planet's":   {doc: `"Mars/Olympus"`, err: `want a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)", not "Mars/Olympus"`},
		"nothing":            {doc: `null`, err: "want a text, not null"},
		"an offset in hours": {doc: `1`, err: "want a text, not 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, n := value(importers.Options{}, tt.doc)
			assert.Equal(t, tt.zone, im.Zone(n))
			result, err := im.Result()
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			if tt.note == "" {
				assert.Empty(t, result.Report)
				return
			}
			require.Len(t, result.Report, 1)
			assert.Equal(t, "/v", result.Report[0].Path)
			assert.Equal(t, oncall.Assumption, result.Report[0].Level)
			assert.Contains(t, result.Report[0].Text, tt.note)
		})
	}
	im, n := value(importers.Options{Zone: "Tokyo"}, `""`)
	assert.Equal(t, "UTC", im.ZoneOr(n, "UTC"))
	assert.Equal(t, "Asia/Tokyo", im.Options.Zone, "the options too")
}

func TestInstant(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		doc, want string
		notes     []string
		err       string
	}{
		"with an offset":  {doc: `"2026-03-02T09:00:00+01:00"`, want: "2026-03-02T08:00:00Z", notes: []string{}},
		"with a fraction": {doc: `"2026-03-02T09:00:00.999Z"`, want: "2026-03-02T09:00:00Z", notes: []string{"assumption /v the fraction of a second is dropped, so duty changes up to a second earlier"}},
		"in year 1":       {doc: `"0001-01-01T00:00:00Z"`, want: "0001-01-01T00:00:00Z", notes: []string{}},
		"in year 1969":    {doc: `"1969-12-31T23:59:59Z"`, err: "want a year from 1970 to 9998"},
		"in year 9999":    {doc: `"9999-01-01T00:00:00Z"`, err: "want a year from 1970 to 9998"},
		"a day":           {doc: `"2026-03-02"`, err: "want an instant"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, n := value(importers.Options{}, tt.doc)
			got := im.InstantOr(n)
			result, err := im.Result()
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				assert.Zero(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Format(time.RFC3339))
			assert.Equal(t, tt.notes, importtest.Notes(result.Report))
		})
	}
}

// An instant that is required may not be the one that means none.
func TestInstantIsRequired(t *testing.T) {
	t.Parallel()
	im, n := value(importers.Options{}, `"0001-01-01T00:00:00Z"`)
	im.Instant(n)
	_, err := im.Result()
	require.ErrorContains(t, err, "want a year from 1970 to 9998")
}

func TestNow(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.March, 2, 9, 0, 0, 1, time.UTC)
	im, n := value(importers.Options{At: at}, `null`)
	now, ok := im.Now(n)
	assert.True(t, ok)
	assert.Equal(t, at.Truncate(time.Second), now)
	result, err := im.Result()
	require.NoError(t, err)
	assert.Len(t, result.Report, 1)

	im, n = value(importers.Options{}, `null`)
	_, ok = im.Now(n)
	assert.False(t, ok)
	_, err = im.Result()
	require.ErrorContains(t, err, "/v: want an instant from which turns are counted")
}

func TestID(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{`"a"`: "a", `7`: "7", `null`: "name"} {
		im, n := value(importers.Options{}, doc)
		assert.Equal(t, want, im.ID(n, "name"))
	}
	im, n := value(importers.Options{}, `null`)
	assert.Empty(t, im.ID(n, ""))
	_, err := im.Result()
	require.ErrorContains(t, err, "/v: want a text")
}

// A turn may be idle only where somebody else could have had it.
func TestCounted(t *testing.T) {
	t.Parallel()
	office := []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday)}
	nights := []oncall.Window{oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))}
	tests := map[string]struct {
		turn    oncall.Turn
		seats   []oncall.Seat
		windows []oncall.Window
		notes   int
	}{
		"no windows":               {oncall.Turn{N: 1, Unit: oncall.Days}, oncall.Seats("a", "b"), nil, 0},
		"days off":                 {oncall.Turn{N: 1, Unit: oncall.Days}, oncall.Seats("a", "b"), office, 1},
		"days off of one person":   {oncall.Turn{N: 1, Unit: oncall.Days}, oncall.Seats("a"), office, 0},
		"every night":              {oncall.Turn{N: 1, Unit: oncall.Days}, oncall.Seats("a", "b"), nights, 0},
		"hours outside of nights":  {oncall.Turn{N: 6, Unit: oncall.Hours}, oncall.Seats("a", "b"), nights, 1},
		"minutes outside":          {oncall.Turn{N: 90, Unit: oncall.Minutes}, oncall.Seats("a", "b"), nights, 1},
		"a week has all its days":  {oncall.Turn{N: 1, Unit: oncall.Weeks}, oncall.Seats("a", "b"), office, 0},
		"168 hours are a week too": {oncall.Turn{N: 168, Unit: oncall.Hours}, oncall.Seats("a", "b"), office, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, n := value(importers.Options{}, `1`)
			n.Skip()
			r := oncall.Rotation{Turns: []oncall.Turn{tt.turn}, Seats: tt.seats}
			im.Counted(n, &r, tt.windows)
			assert.Equal(t, tt.windows, r.Windows)
			result, err := im.Result()
			require.NoError(t, err)
			assert.Len(t, result.Report, tt.notes)
		})
	}
}

func TestBase(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"rota.json": "rota", "in/rota.v2.json": "rota.v2", `C:\in\rota`: "rota", ".hidden": ".hidden", "": "",
	} {
		assert.Equal(t, want, gather.Base(file), file)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	ids := gather.IDs{}
	for _, want := range []string{"o", "o-2", "o-3"} {
		assert.Equal(t, want, ids.Unique("o"))
	}
	assert.Equal(t, "o-2-2", ids.Unique("o-2"))
}
