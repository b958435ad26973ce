package zonename

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIANA(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Europe/Berlin":                          "Europe/Berlin",
		"US/Eastern":                             "US/Eastern",
		"UTC":                                    "UTC",
		"Etc/GMT+5":                              "Etc/GMT+5",
		"Z":                                      "Etc/UTC",
		"Eastern Time (US & Canada)":             "America/New_York",
		"  eastern time  (us & canada)":          "America/New_York",
		"(GMT-05:00) Eastern Time (US & Canada)": "America/New_York",
		"(UTC-05:00) Eastern Time (US & Canada)": "America/New_York",
		"W. Europe Standard Time":                "Europe/Berlin",
		`"W. Europe Standard Time"`:              "Europe/Berlin",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":  "Europe/Berlin",
		"(GMT+01.00) Sarajevo, Skopje, Warsaw, Zagreb":                  "Europe/Warsaw",
		"Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":              "Europe/Berlin",
		"(UTC) Dublin, Edinburgh, Lisbon, London":                       "Europe/London",
		"(UTC+03:00) Moscow, St. Petersburg, Volgograd (RTZ 2)":         "Europe/Moscow",
		"(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London": "Europe/London",
		"(UTC) Coordinated Universal Time":                              "Etc/UTC",
		"(UTC)":                                                         "Etc/UTC",
		"(UTC+00:00)":                                                   "Etc/UTC",
		"(UTC+02:00)":                                                   "",
		"UTC-11":                                                        "Etc/GMT+11",
		"Nuku'alofa":                                                    "Pacific/Tongatapu",
		"West Central Africa":                                           "Africa/Algiers",
		"(UTC+01:00) West Central Africa":                               "Africa/Lagos",
		"Eastern Standard Time":                                         "America/New_York",
		"Eastern Standard Time (Mexico)":                                "America/Cancun",
		"":                                                              "",
		"Local":                                                         "",
		"localtime":                                                     "",
		"Customized Time Zone":                                          "",
		"Mars/Olympus":                                                  "",
		"../etc/passwd":                                                 "",
	}
	for name, want := range tests {
		got, ok := IANA(name)
		assert.Equal(t, want, got, name)
		assert.Equal(t, want != "", ok, name)
	}
}

func TestEveryZoneExists(t *testing.T) {
	t.Parallel()
	for _, table := range []map[string]string{rails, windows, display} {
		for name, zone := range table {
			_, err := time.LoadLocation(zone)
			require.NoError(t, err, name)
			got, ok := IANA(name)
			assert.True(t, ok, name)
			assert.NotEmpty(t, got)
		}
	}
	assert.GreaterOrEqual(t, len(windows), 139)
}

func ExampleIANA() {
	for _, name := range []string{
		"Europe/Berlin",
		"Eastern Time (US & Canada)",
		"W. Europe Standard Time",
		"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi",
		"Customized Time Zone",
	} {
		fmt.Println(IANA(name))
	}
	// Output:
	// Europe/Berlin true
	// America/New_York true
	// Europe/Berlin true
	// Asia/Kolkata true
	//  false
}
