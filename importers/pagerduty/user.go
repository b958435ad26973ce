package pagerduty

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// person reads a user with the contacts, and returns the id.
func (im *importer) person(n jsondoc.Node) string {
	if !n.IsObject() || isReference(n) {
		n.Fail("a user as GET /users/{id} answers it")
		return ""
	}
	n.Skip("type", "self", "html_url", "avatar_url", "color", "locale", "role", "job_title", "description", "billed", "license",
		"teams", "invitation_sent", "created_via_sso", "coordinated_incidents", "created_at", "updated_at")
	id := n.Get("id").Text()
	im.Person(id, n.Get("name").StrOr(n.Get("summary").StrOr("")), n.Get("email").StrOr(""))
	im.Home(n.Get("time_zone"), id)
	methods, rules := n.Get("contact_methods"), n.Get("notification_rules")
	if slices.ContainsFunc(methods.Items(), isReference) {
		methods.Skip()
		im.Loss(methods, "the addresses are not in this answer, so %q cannot be reached by them: get the user with include[]=contact_methods", id)
		if len(rules.Items()) > 0 {
			rules.Skip()
			im.Loss(rules, "when %q is notified is not kept, since it is not said by which contact", id)
		}
		return id
	}
	contacts := make(map[string]importers.Contact)
	for _, m := range preferred(methods.Items(), rules.Items()) {
		if c, ok := im.contact(m, id); ok {
			contacts[m.Get("id").StrOr("")] = c
		}
	}
	im.notify(rules, id, contacts)
	return id
}

func isReference(n jsondoc.Node) bool {
	return strings.HasSuffix(n.Get("type").StrOr(""), "_reference")
}

// preferred returns the contact methods in the order in which a page of high
// urgency uses them; those that it does not use come last.
func preferred(methods, rules []jsondoc.Node) []jsondoc.Node {
	after := make(map[string]int64)
	for _, r := range rules {
		id, delay := r.Get("contact_method").Get("id").StrOr(""), r.Get("start_delay_in_minutes").IntOr(0)
		if before, ok := after[id]; r.Get("urgency").StrOr("") == "high" && (!ok || delay < before) {
			after[id] = delay
		}
	}
	rank := func(m jsondoc.Node) int64 {
		if delay, ok := after[m.Get("id").StrOr("")]; ok {
			return delay
		}
		return math.MaxInt64
	}
	return slices.SortedStableFunc(slices.Values(methods), func(a, b jsondoc.Node) int { return cmp.Compare(rank(a), rank(b)) })
}

// contact reads one way to reach a user. It is not ok if there is none, which is
// reported.
func (im *importer) contact(n jsondoc.Node, user string) (c importers.Contact, ok bool) {
	n.Skip()
	channel, found := strings.CutSuffix(n.Get("type").Str(), "_contact_method")
	switch {
	case !found:
		n.Get("type").Fail("a contact method, such as sms_contact_method")
	case channel == "push_notification":
		im.Loss(n, "only the app of PagerDuty can be reached so, and %q not by this contact", user)
	case n.Get("blacklisted").BoolOr(false) || !n.Get("enabled").BoolOr(true):
		im.Loss(n, "the contact is blocked, so %q is not reached by it", user)
	default:
		to := n.Get("address").Text()
		if code := n.Get("country_code"); code.Exists() {
			to = "+" + strings.TrimPrefix(code.Text(), "+") + to
		}
		c = importers.Contact{Channel: channel, To: to}
		im.Contact(user, c)
		return c, to != ""
	}
	return c, false
}
