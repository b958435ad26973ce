package grafanaoncall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// drawShift draws what the API may say of one.
func drawShift(t *rapid.T) string {
	field := func(name string, value any) string { return fmt.Sprintf("%q: %v", name, value) }
	days := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}), 0, 4, rapid.ID[string]).Draw(t, "days")
	start := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).
		Add(time.Duration(rapid.IntRange(0, 24*60*120).Draw(t, "start")) * time.Minute)
	later := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 30, 24 * 9}).Draw(t, "later")) * time.Hour
	const layout = "2006-01-02T15:04:05"
	fields := []string{
		field("id", `"O"`), field("start", start.Format(`"`+layout+`"`)), field("rotation_start", start.Add(later).Format(`"`+layout+`"`)),
		field("duration", rapid.SampledFrom([]int{600, 615, 3600, 5400, 4 * 3600, 12 * 3600, 86400, 2 * 86400, 604800, 30 * 3600}).Draw(t, "duration")),
		field("interval", rapid.IntRange(1, 3).Draw(t, "interval")),
		field("frequency", rapid.SampledFrom([]string{`"hourly"`, `"daily"`, `"weekly"`, `"weekly"`, `"daily"`}).Draw(t, "frequency")),
		field("week_start", rapid.SampledFrom([]string{`"MO"`, `"SU"`, `"WE"`}).Draw(t, "week_start")),
	}
	if len(days) > 2 || rapid.Bool().Draw(t, "by day") && len(days) > 0 {
		fields = append(fields, field("by_day", `["`+strings.Join(days, `","`)+`"]`))
		fields[4] = field("interval", rapid.IntRange(1, len(days)).Draw(t, "shorter interval"))
	}
	if rapid.Bool().Draw(t, "ends") {
		fields = append(fields, field("until", start.Add(later+time.Duration(rapid.IntRange(0, 24*150).Draw(t, "until"))*time.Hour).Format(`"`+layout+`"`)))
	}
	if rapid.Bool().Draw(t, "rolls") {
		groups := rapid.SampledFrom([]string{`[["a"]]`, `[["a"],["b"]]`, `[["a","b"],["c"],["a"]]`, `[["a"],["b"],["c"],["d"],["e"]]`}).Draw(t, "groups")
		fields = append(fields, field("type", `"rolling_users"`), field("rolling_users", groups),
			field("start_rotation_from_user_index", rapid.IntRange(0, 1).Draw(t, "index")))
	} else {
		fields = append(fields, field("type", `"recurrent_event"`), field("users", `["a","b"]`))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// In the words of package oncall a shift is exactly what it is when it is written
// out, clock changes included.
func TestWordsAreExact(t *testing.T) {
	t.Parallel()
	words := 0
	rapid.Check(t, func(t *rapid.T) {
		o := importers.Options{From: time.Date(2026, time.January, 3, 5, 0, 0, 0, time.UTC), To: time.Date(2026, time.June, 3, 5, 0, 0, 0, time.UTC)}
		in := gather.Open(o, []importers.File{{Name: "shift.json", Data: []byte(drawShift(t))}})
		im := importer{Import: in, shifts: map[string]*shift{}}
		s := im.read(in.Docs[0].Root())
		require.NoError(t, in.Docs[0].Err())
		s.web = rapid.Bool().Draw(t, "web")
		s.zone = rapid.SampledFrom([]string{"America/New_York", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"}).Draw(t, "zone")
		s.loc = gather.Location(s.zone)

		r, overrides, ok := im.rotation(s)
		if !ok || r.Fixed != nil {
			return
		}
		words++
		events, ok := s.events()
		require.True(t, ok)
		list, ok := im.within(s, events)
		require.True(t, ok)
		r.ID = s.id
		written := oncall.Schedule{ID: "S", Zone: s.zone}
		if fixed := s.fixed(list); len(fixed) > 0 {
			written.Rotations = []oncall.Rotation{{ID: s.id, Fixed: fixed}}
		}
		require.Equal(t, duty(t, written, o),
			duty(t, oncall.Schedule{ID: "S", Zone: s.zone, Rotations: []oncall.Rotation{r}, Overrides: overrides}, o))
	})
	require.Positive(t, words, "no shift had words at all")
}

// duty lists every change of who is on call.
func duty(t *rapid.T, s oncall.Schedule, o importers.Options) []string {
	rota, err := oncall.Compile(s)
	require.NoError(t, err)
	edges := map[int64]bool{}
	for shift := range rota.Shifts(o.From, o.To) {
		edges[shift.Start.Unix()], edges[shift.End.Unix()] = true, true
	}
	var changes []string
	last := ""
	var at []int64
	for edge := range edges {
		at = append(at, edge)
	}
	slices.Sort(at)
	for _, edge := range at {
		var people []string
		for _, shift := range rota.AppendAt(nil, time.Unix(edge, 0)) {
			people = append(people, shift.Person)
		}
		slices.Sort(people)
		if now := strings.Join(slices.Compact(people), "+"); now != last && edge < o.To.Unix() {
			changes = append(changes, time.Unix(edge, 0).UTC().Format(time.RFC3339)+" "+now)
			last = now
		}
	}
	return changes
}
