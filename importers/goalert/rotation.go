package goalert

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// maxYears is the longest turn, and how far back turns are counted at most.
// firstYear leaves room for both after oncall.MinYear, and is long before
// GoAlert's first release.
const (
	maxYears  = 10
	firstYear = 2000
)

// unit is what a type of rotation counts in, and the longest turn.
type unit struct {
	oncall.Unit
	most int64
}

var units = map[string]unit{
	"hourly":  {oncall.Hours, oncall.MaxTurnWeeks * 7 * 24},
	"daily":   {oncall.Days, oncall.MaxTurnWeeks * 7},
	"weekly":  {oncall.Weeks, oncall.MaxTurnWeeks},
	"monthly": {oncall.Months, maxYears * 12},
}

// read turns the document of a rotation into one.
func (im *importer) read(r *rotation) {
	n := r.node
	n.Skip("__typename", "isFavorite")
	users := im.users(n)
	zone := im.Zone(n.Get("timeZone"))
	u := units[n.Get("type").OneOf("hourly", "daily", "weekly", "monthly")]
	length := n.Get("shiftLength").IntOr(1)
	if length < 1 || length > u.most && u.most > 0 {
		n.Get("shiftLength").Failf("a number from 1 to %d", u.most)
		return
	}
	start := im.Instant(n.Get("start"))
	if len(users) == 0 {
		n.Skip()
		im.Loss(n, "nobody is in the rotation, so it puts nobody on call and is left out")
		return
	}
	active := int(n.Get("activeUserIndex").Int())
	if active < 0 || active >= len(users) {
		n.Get("activeUserIndex").Failf("the index of one of %d users", len(users))
		return
	}
	if !im.dated(r) || start.IsZero() || u.most == 0 {
		return
	}
	h := newHandoffs(start, int(length), u.Unit, gather.Location(zone))
	turn := h.turn(r.exportedAt)
	im.confirm(n.Get("nextHandoffTimes"), h, turn)
	local, first := h.back(turn, active, len(users), im.past(r.exportedAt))
	im.Assume(n.Get("activeUserIndex"), "it is the turn of %s at %s, and the turns before are counted back from that, so others may have been on call",
		users[active], r.exportedAt.Format(time.RFC3339))
	r.Rotation = oncall.Rotation{
		ID: n.Get("id").Text(), Name: n.Get("name").StrOr(""),
		Zone:  zone,
		Start: local,
		Turns: oncall.Every(int(length), u.Unit),
		Count: oncall.ByHandoff,
		Seats: gather.Rotate(oncall.Seats(users...), first),
	}
	if u.Unit == oncall.Months {
		r.MonthEnd = oncall.Overflow
	}
}

// dated makes sure that the instant of the export is known.
func (im *importer) dated(r *rotation) bool {
	if r.exportedAt.IsZero() {
		r.node.Get("activeUserIndex").Fail("a document that says with exportedAt when that is true, or else the instant in the options (At)")
		return false
	}
	if y := r.exportedAt.Year(); y < firstYear || y >= oncall.MaxYear-maxYears {
		r.node.Get("activeUserIndex").Failf("an export in the years %d to %d", firstYear, oncall.MaxYear-maxYears-1)
		return false
	}
	return true
}

// users reads who is in a rotation, in order.
func (im *importer) users(n jsondoc.Node) []string {
	var ids []string
	for _, user := range n.Get("userIDs").Items() {
		ids = append(ids, user.Str())
	}
	for _, user := range n.Get("users").Items() {
		user.Skip("__typename")
		id := user.Get("id").Str()
		im.Person(id, user.Get("name").StrOr(""), user.Get("email").StrOr(""))
		if !n.Get("userIDs").Exists() {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		im.Person(id, "", "")
	}
	return ids
}

// confirm compares the handoffs that the document lists with those that its
// start and length give.
func (im *importer) confirm(n jsondoc.Node, h handoffs, turn int) {
	for _, item := range n.Items() {
		says := im.Instant(item)
		turn = h.after(turn)
		if gives := h.at(turn); !says.IsZero() && !says.Equal(gives) {
			im.Assume(item, "duty is taken to be handed over at %s next, which the start, type and length of the rotation give",
				gives.UTC().Format(time.RFC3339))
			return
		}
	}
}
