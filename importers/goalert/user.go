package goalert

import (
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// channels are what contact methods are called here, by their types; and for those
// that newer versions write, where the address stands.
var channels = map[string]struct{ channel, arg string }{
	"SMS":                  {"sms", ""},
	"VOICE":                {"phone", ""},
	"EMAIL":                {"email", ""},
	"WEBHOOK":              {"webhook", ""},
	"SLACK_DM":             {"slack", ""},
	"builtin-twilio-sms":   {"sms", "phone_number"},
	"builtin-twilio-voice": {"phone", "phone_number"},
	"builtin-smtp-email":   {"email", "email_address"},
	"builtin-webhook":      {"webhook", "webhook_url"},
	"builtin-slack-dm":     {"slack", "slack_user_id"},
}

// person reads a user with the contact methods.
func (im *importer) person(n jsondoc.Node) {
	n.Skip("__typename", "role", "isFavorite", "sessions", "authSubjects", "onCallSteps", "onCallOverview", "assignedSchedules",
		"calendarSubscriptions", "statusUpdateContactMethodID", "nonInternalAPIKeyCount")
	id := n.Get("id").Text()
	im.Person(id, n.Get("name").StrOr(""), n.Get("email").StrOr(""))
	for _, m := range n.Get("contactMethods").Items() {
		im.contact(m, id)
	}
	if rules := n.Get("notificationRules"); len(rules.Items()) > 0 {
		rules.Skip()
		im.Loss(rules, "when %q is notified by which contact is not kept, and the contacts are tried in the order in which they are written", id)
	}
}

// contact reads one way to reach a user.
func (im *importer) contact(n jsondoc.Node, user string) {
	n.Skip()
	kind, dest := n.Get("type").StrOr(""), n.Get("dest")
	if kind == "" {
		kind = dest.Get("type").Str()
	}
	known, ok := channels[kind]
	switch {
	case !ok:
		im.Loss(n, "a contact of the type %q is not known, so %q is not reached by it", kind, user)
	case n.Get("disabled").BoolOr(false) || n.Get("pending").BoolOr(false):
		im.Loss(n, "the contact is not enabled, so %q is not reached by it", user)
	case known.arg != "":
		im.Contact(user, importers.Contact{Channel: known.channel, To: dest.Get("args").Get(known.arg).Str()})
	default:
		im.Contact(user, importers.Contact{Channel: known.channel, To: n.Get("value").Str()})
	}
}
