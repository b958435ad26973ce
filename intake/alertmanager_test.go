package intake_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/intake"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each body in testdata has its alerts beside it.
func TestParseGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/alertmanager/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			alerts, err := intake.ParseAlertmanager(read(t, file))
			require.NoError(t, err)
			got, err := json.MarshalIndent(alerts, "", "  ")
			require.NoError(t, err)
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
			}
			assert.Equal(t, string(read(t, golden)), string(got)+"\n")
		})
	}
}

// Bodies that other systems really sent, where they are at hand.
func TestParseSamples(t *testing.T) {
	t.Parallel()
	samples := filepath.Join("..", "..", "shared", "payloads", "alertmanager")
	want := map[string]struct {
		alerts  int
		key     string
		status  incident.AlertStatus
		summary string // of the first
		starts  string // of the first
	}{
		"firing-mixed-env.json": {2, `alertmanager:"admins":{"alertname"="something_happened","instance"="server01.int:9100"}`,
			incident.Firing, "Oops, something happened!", "2016-04-27T20:46:37.903Z"},
		"firing-two-alerts.json": {2, "alertmanager:{}/{}:{}",
			incident.Firing, "High CPU core temperature", "2020-02-06T00:17:58.432911368Z"},
		"firing-warning-with-runbook.json": {1, `alertmanager:{}:{alertname="high_memory_load"}`,
			incident.Firing, "Server High Memory usage", "2018-03-07T11:33:21.873077559Z"},
		"resolved-single.json": {1, "alertmanager:{}/{}:{}",
			incident.AlertResolved, "High CPU core temperature", "2020-02-06T00:17:58.432911368Z"},
		"v4-firing-instance-down.json": {1, "alertmanager:{}:{alertname=thing_dead}",
			incident.Firing, "No things for over 10 minutes", "2017-08-03T19:17:37.804Z"},
	}
	if _, err := os.Stat(samples); err != nil {
		t.Log("the samples are not at hand; TestParseGolden covers their shapes:", err)
		return
	}
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alerts, err := intake.ParseAlertmanager(read(t, filepath.Join(samples, name)))
			require.NoError(t, err)
			require.Len(t, alerts, w.alerts)
			prints := map[string]bool{}
			for _, a := range alerts {
				require.NoError(t, a.Validate())
				assert.Equal(t, w.key, a.DedupKey)
				assert.Equal(t, w.status, a.Status)
				assert.Zero(t, a.EndsAt)
				assert.NotEmpty(t, a.URL)
				prints[a.Fingerprint] = true
			}
			assert.Len(t, prints, w.alerts, "each alert has a fingerprint of its own")
			assert.Equal(t, w.summary, alerts[0].Summary)
			assert.Equal(t, w.starts, alerts[0].StartsAt.Format(time.RFC3339Nano))
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	// These wrap the members of one alert, or of the group.
	alert := func(members string) string { return `{"status":"firing","alerts":[{},{` + members + `}]}` }
	group := func(members string) string { return `{"alerts":[{"status":"firing"}],` + members + `}` }
	many := func(n int, format string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(format, "#", strconv.Itoa(i))
		}
		return strings.Join(all, ",")
	}
	for name, tc := range map[string]struct{ body, path, want string }{
		"empty":               {"", "", "one JSON object; it is empty"},
		"white space":         {" \n", "", "one JSON object; it is empty"},
		"text":                {"hello", "", "one JSON object; at byte 1: invalid character 'h'"},
		"cut":                 {`{"alerts":[`, "", "one JSON object; it ends in the middle"},
		"array":               {`[]`, "", "one JSON object, not an array"},
		"null":                {`null`, "", "one JSON object, not nothing"},
		"trailing object":     {`{"alerts":[]} {}`, "", "nothing after it; there is something at byte 15"},
		"trailing rubbish":    {`{"alerts":[{"status":"firing"}]}}`, "", "nothing after it"},
		"not UTF-8":           {"{\"receiver\":\"\xff\"}", "", "valid UTF-8"},
		"UTF-16":              {"\xff\xfe{\x00}\x00", "", "valid UTF-8"},
		"deep":                {`{"x":` + strings.Repeat("[", 200_000), "", "one JSON object; at byte"},
		"no alerts":           {`{"status":"firing"}`, "alerts", "an array, not nothing"},
		"alerts null":         {`{"alerts":null}`, "alerts", "an array, not nothing"},
		"alerts an object":    {`{"alerts":{}}`, "alerts", "an array, not an object"},
		"alerts empty":        {`{"alerts":[]}`, "alerts", "at least one alert"},
		"capital Alerts":      {`{"Alerts":[{"status":"firing"}]}`, "alerts", "an array, not nothing"},
		"too many alerts":     {`{"status":"firing","alerts":[` + many(incident.MaxAlerts+1, "{}") + `]}`, "alerts", "at most 10000 alerts, not 10001"},
		"alert null":          {`{"status":"firing","alerts":[{},null]}`, "alerts[1]", "an object, not nothing"},
		"alert a string":      {`{"status":"firing","alerts":["x"]}`, "alerts[0]", "an object, not a string"},
		"no status at all":    {`{"alerts":[{"labels":{}}]}`, "alerts[0].status", "firing or resolved, not nothing"},
		"alert's status":      {alert(`"status":"Firing"`), "alerts[1].status", `firing or resolved, not "Firing"`},
		"long status":         {alert(`"status":"` + strings.Repeat("é", 100) + `"`), "alerts[1].status", strings.Repeat("é", 32) + "…"},
		"status a bool":       {alert(`"status":true`), "alerts[1].status", "a string, not true or false"},
		"group's status":      {group(`"status":"alerting"`), "status", `firing or resolved, not "alerting"`},
		"labels an array":     {alert(`"labels":["a"]`), "alerts[1].labels", "an object, not an array"},
		"label a number":      {alert(`"labels":{"a":"b","severity":3}`), "alerts[1].labels.severity", "a string, not a number"},
		"label null":          {alert(`"labels":{"b":1,"a":null}`), "alerts[1].labels.a", "a string, not nothing"},
		"odd label":           {alert(`"labels":{"a b":1}`), `alerts[1].labels["a b"]`, "a string, not a number"},
		"nameless label":      {alert(`"labels":{"":1}`), `alerts[1].labels[""]`, "a string, not a number"},
		"long label":          {alert(`"labels":{"` + strings.Repeat("x", 99) + `":1}`), `alerts[1].labels["` + strings.Repeat("x", 64) + `…"]`, "a string"},
		"too many labels":     {alert(`"labels":{` + many(257, `"l#":""`) + `}`), "alerts[1].labels", "at most 256 members, not 257"},
		"annotation a list":   {alert(`"annotations":{"summary":[]}`), "alerts[1].annotations.summary", "a string, not an array"},
		"time of words":       {alert(`"startsAt":"yesterday"`), "alerts[1].startsAt", `such as 2026-11-22T10:31:42Z, not "yesterday"`},
		"time without zone":   {alert(`"startsAt":"2026-11-22T10:31:42"`), "alerts[1].startsAt", "a time in RFC 3339"},
		"time a number":       {alert(`"endsAt":1700000000`), "alerts[1].endsAt", "a string, not a number"},
		"no such day":         {alert(`"endsAt":"2026-02-30T00:00:00Z"`), "alerts[1].endsAt", "a time in RFC 3339"},
		"year 10000 in UTC":   {alert(`"startsAt":"9999-12-31T23:59:59-05:00"`), "alerts[1].startsAt", "up to the year 9999"},
		"URL a number":        {alert(`"generatorURL":7`), "alerts[1].generatorURL", "a string, not a number"},
		"fingerprint a list":  {alert(`"fingerprint":[]`), "alerts[1].fingerprint", "a string, not an array"},
		"group key a number":  {group(`"groupKey":7`), "groupKey", "a string, not a number"},
		"receiver an object":  {group(`"receiver":{}`), "receiver", "a string, not an object"},
		"external URL a bool": {group(`"externalURL":false`), "externalURL", "a string, not true or false"},
		"group labels":        {group(`"groupLabels":"x"`), "groupLabels", "an object, not a string"},
		"common labels":       {group(`"commonLabels":{"a":{}}`), "commonLabels.a", "a string, not an object"},
		"common annotations":  {group(`"commonAnnotations":[]`), "commonAnnotations", "an object, not an array"},
		"truncated a string":  {group(`"truncatedAlerts":"3"`), "truncatedAlerts", "a whole number of at least 0, not a string"},
		"truncated below 0":   {group(`"truncatedAlerts":-1`), "truncatedAlerts", "a whole number of at least 0, not -1"},
		"truncated a half":    {group(`"truncatedAlerts":0.5`), "truncatedAlerts", "a whole number of at least 0, not 0.5"},
		"amplified": {`{"status":"firing","commonLabels":{"a":"` + strings.Repeat("x", 100_000) + `"},"alerts":[` + many(1000, "{}") + `]}`,
			"commonLabels", "fewer or shorter, with commonAnnotations, for 1000 alerts to share"},
		"an alert too large": {alert(`"labels":{"a":"` + strings.Repeat("x", incident.MaxAlertText) + `"}`), "alerts[1]", "bytes of text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			alerts, err := intake.ParseAlertmanager([]byte(tc.body))
			assert.Nil(t, alerts)
			require.ErrorIs(t, err, intake.ErrBody)
			var bad *intake.BodyError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, tc.path, bad.Path)
			assert.Contains(t, bad.Want, tc.want)
			assert.Less(t, len(bad.Error()), 400, "an error is for a log line")
		})
	}
	assert.Equal(t, "intake: the body: want valid UTF-8", (&intake.BodyError{Want: "valid UTF-8"}).Error())
	assert.Equal(t, "intake: status: want firing", (&intake.BodyError{Path: "status", Want: "firing"}).Error())
}

func TestSummary(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ common, own, labels, want string }{
		"own first":               {`"summary":"common"`, `"summary":"own","description":"d"`, `"alertname":"n"`, "own"},
		"then the group's":        {`"summary":"common"`, `"description":"d"`, `"alertname":"n"`, "common"},
		"then the description":    {``, `"description":"d","message":"m"`, `"alertname":"n"`, "d"},
		"group's description":     {`"description":"cd"`, ``, `"alertname":"n"`, "cd"},
		"then the message":        {``, `"message":"m"`, `"alertname":"n"`, "m"},
		"then the name":           {``, ``, `"alertname":"n"`, "n"},
		"then anything":           {``, ``, ``, "an alert without a name"},
		"blank counts as missing": {``, `"summary":" \n\t","description":"d"`, ``, "d"},
		"one line":                {``, `"summary":"a\r\n b\u0000\u001b[2Jc\u2028d"`, ``, "a b [2Jc d"},
		"long":                    {``, `"summary":"` + strings.Repeat("é", 300) + `"`, ``, strings.Repeat("é", 200) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := parseOne(t, `{"status":"firing","commonAnnotations":{`+tc.common+`},"alerts":[{"annotations":{`+tc.own+`},"labels":{`+tc.labels+`}}]}`)
			assert.Equal(t, tc.want, a.Summary)
		})
	}
}

func TestDescriptionIsBounded(t *testing.T) {
	t.Parallel()
	a := parseOne(t, `{"status":"firing","alerts":[{"annotations":{"description":"`+strings.Repeat("é", 10_000)+`"}}]}`)
	assert.Equal(t, strings.Repeat("é", 8<<10)+"…", a.Description)
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"2026-11-22T10:31:42Z"`:                "2026-11-22T10:31:42Z",
		`"2026-11-22T10:31:42.123456789+05:30"`: "2026-11-22T05:01:42.123456789Z",
		`"9999-12-31T23:59:59Z"`:                "9999-12-31T23:59:59Z",
		`"0001-01-01T00:00:00Z"`:                "",
		`"0001-01-01T00:00:00+02:00"`:           "",
		`"0001-01-01T00:00:00-02:00"`:           "",
		`""`:                                    "",
		`null`:                                  "",
	} {
		a := parseOne(t, `{"status":"resolved","alerts":[{"startsAt":`+in+`,"endsAt":`+in+`}]}`)
		for _, got := range []time.Time{a.StartsAt, a.EndsAt} {
			if want == "" {
				assert.True(t, got.IsZero(), in)
			} else {
				assert.Equal(t, want, got.Format(time.RFC3339Nano), in)
				assert.Equal(t, time.UTC, got.Location())
			}
		}
	}
}

// Whatever may differ between two notifications of one group must not show in
// its key, nor in an alert's fingerprint.
func TestIdentityIsStable(t *testing.T) {
	t.Parallel()
	first := parseOne(t, `{"groupKey":"{}:{a=\"1\"}","receiver":"r","externalURL":"http://am-1:9093","commonLabels":{"a":"1","b":"2"},
		"alerts":[{"status":"firing","labels":{"a":"1","b":"2"},"annotations":{"summary":"9%"}}]}`)
	later := parseOne(t, `{"status":"resolved","groupKey":"{}:{a=\"1\"}","receiver":"r","externalURL":"http://am-2:9093","commonLabels":{"a":"1","c":"x"},"truncatedAlerts":2,
		"alerts":[{"status":"resolved","labels":{"b":"2","a":"1"},"annotations":{"summary":"7%"}}]}`)
	assert.Equal(t, first.DedupKey, later.DedupKey)
	assert.Equal(t, first.Fingerprint, later.Fingerprint)
}

func TestDedupKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for body, want := range map[string]string{
		`"groupKey":"{}:{}"`: "alertmanager:{}:{}",
		`"groupKey":"` + strings.Repeat("k", incident.MaxDedupKey-len("alertmanager:")) + `"`:   "alertmanager:kkk",
		`"groupKey":"` + strings.Repeat("k", incident.MaxDedupKey-len("alertmanager:")+1) + `"`: "alertmanager-sha256:",
		`"groupKey":"` + strings.Repeat("k", 5000) + `"`:                                        "alertmanager-sha256:",
		`"groupKey":"a\u0000b"`:                              "alertmanager-sha256:",
		`"receiver":"r","groupLabels":{"a":"1","b":"2"}`:     `alertmanager:"r":{"a"="1","b"="2"}`,
		`"receiver":"r","groupLabels":{"a":"1\",\"b\"=\"2"}`: `alertmanager:"r":{"a"="1\",\"b\"=\"2"}`,
		`"receiver":"r"`:                                     `alertmanager:"r":{}`,
		`"groupLabels":{"a":"1"}`:                            `alertmanager:"":{"a"="1"}`,
		`"groupKey":"","receiver":null,"groupLabels":{}`:     "alertmanager:alert:f",
	} {
		a := parseOne(t, `{"status":"firing","alerts":[{"fingerprint":"f"}],`+body+`}`)
		assert.True(t, strings.HasPrefix(a.DedupKey, want), "%s gives %s", body, a.DedupKey)
		assert.Empty(t, seen[a.DedupKey], "two groups with one key: %s", body)
		seen[a.DedupKey] = body
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, members := range []string{
		`"fingerprint":"f"`,
		`"fingerprint":"f2","labels":{"a":"1"}`,
		`"fingerprint":"` + strings.Repeat("f", 201) + `"`,
		`"fingerprint":"` + strings.Repeat("f", 202) + `"`,
		`"labels":{"a":"1"}`,
		`"labels":{"a":"2"}`,
		`"labels":{"a":"1\",\"b\"=\"2"}`,
		`"labels":{"a":"1","b":"2"}`,
		``,
	} {
		a := parseOne(t, `{"status":"firing","commonLabels":{"c":"3"},"alerts":[{`+members+`}]}`)
		assert.LessOrEqual(t, len(a.Fingerprint), 200)
		assert.False(t, seen[a.Fingerprint], members)
		seen[a.Fingerprint] = true
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ generator, external, want string }{
		{"https://p.example.com/graph?x=1#y", "https://am.example.com", "https://p.example.com/graph?x=1#y"},
		{"", "http://am.example.com:9093", "http://am.example.com:9093"},
		{"javascript:alert(1)", "https://am.example.com", "https://am.example.com"},
		{"/graph", "data:text/html,x", ""},
		{"https://", "http://[::1", ""},
		{"HTTPS://p.example.com", "", "HTTPS://p.example.com"},
	} {
		a := parseOne(t, fmt.Sprintf(`{"status":"firing","externalURL":%q,"alerts":[{"generatorURL":%q}]}`, tc.external, tc.generator))
		assert.Equal(t, tc.want, a.URL)
	}
}

func FuzzParseAlertmanager(f *testing.F) {
	files, err := filepath.Glob("testdata/alertmanager/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"alerts":[{"status":"firing","labels":{"a":1}}]}`))
	f.Add([]byte(`{"alerts":[{"status":"resolved","startsAt":"9999-12-31T23:59:59-05:00"}]} x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		alerts, err := intake.ParseAlertmanager(body)
		if err != nil {
			var bad *intake.BodyError
			require.ErrorAs(t, err, &bad)
			assert.NotEmpty(t, bad.Want)
			assert.Empty(t, alerts)
			return
		}
		require.NotEmpty(t, alerts)
		for _, a := range alerts {
			require.NoError(t, a.Validate(), "what is parsed can be recorded")
			assert.NotContains(t, a.Summary, "\n")
		}
		_, err = json.Marshal(alerts)
		require.NoError(t, err, "what is parsed can be stored")
		again, err := intake.ParseAlertmanager(body)
		require.NoError(t, err)
		assert.Equal(t, alerts, again, "the same body always reads the same")
	})
}

func parseOne(t *testing.T, body string) incident.Alert {
	t.Helper()
	alerts, err := intake.ParseAlertmanager([]byte(body))
	require.NoError(t, err, body)
	require.Len(t, alerts, 1)
	require.NoError(t, alerts[0].Validate())
	return alerts[0]
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(file)
	require.NoError(t, err)
	return body
}
