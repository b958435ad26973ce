package firehydrant

import (
	"regexp"
	"strconv"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

var iso8601 = regexp.MustCompile(`^P(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?$`)

// duration reads an ISO 8601 duration. Days, weeks and months are those of the
// calendar; hours and less are exact, however the clocks change meanwhile.
func duration(n jsondoc.Node) (turn oncall.Turn, exact bool) {
	const want = "an ISO 8601 duration of whole minutes, hours, days, weeks or months, such as PT12H or P3D"
	m := iso8601.FindStringSubmatch(n.Str())
	if m == nil {
		if n.IsText() {
			n.Fail(want)
		}
		return oncall.Turn{N: 1, Unit: oncall.Days}, false
	}
	var parts [6]int64
	for i := range parts {
		parts[i], _ = strconv.ParseInt("0"+m[i+1], 10, 64) // digits only, and few
	}
	months, days, seconds := parts[0], parts[1]*7+parts[2], parts[3]*3600+parts[4]*60+parts[5]
	switch {
	case seconds == 0 && days == 0 && months > 0:
		return gather.Turns(n, months, oncall.Months)[0], false
	case seconds == 0 && months == 0 && days > 0:
		return gather.Turns(n, days, oncall.Days)[0], false
	case seconds > 0 && seconds%3600 == 0 && months == 0:
		return gather.Turns(n, days*24+seconds/3600, oncall.Hours)[0], true
	case seconds > 0 && seconds%60 == 0 && months == 0:
		return gather.Turns(n, days*24*60+seconds/60, oncall.Minutes)[0], true
	}
	n.Fail(want)
	return oncall.Turn{N: 1, Unit: oncall.Days}, false
}
