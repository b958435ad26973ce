package postmortem

// The sections that people fill in.

// factors asks for contributing factors. There is a table for each category, so
// that no category is passed over in silence.
func (d *document) factors() {
	d.block("## Contributing factors")
	d.block("List everything that had a part in it; there is hardly ever only one cause. Ask how it made sense at the time, and not who is to blame.",
		"For each factor, say what else could have noticed it or prevented it earlier: a test, a limit, an alert, a review, another pair of eyes.",
		`A category in which there is none says so: "None found, because …".`)
	for _, category := range []struct{ name, question markup }{
		{"Technical", "What in code, configuration, data, capacity or dependencies had a part in it?"},
		{"Process", "What in planning, reviews, releases, hand-overs or access had a part in it?"},
		{"Response", "What made it take longer to notice, to reach the right people, to understand or to mend? Did the plan hold?"},
	} {
		d.block("### " + category.name)
		d.block(question(category.question))
		d.form("Factor", "Seen in timeline entries", "What could have noticed it earlier", "What could have prevented it")
	}
}

// patterns asks where else the same could happen.
func (d *document) patterns(components []string) {
	d.block("## Similar patterns elsewhere")
	d.block(question("Where else could the same happen? Look at what shares a dependency, a configuration or a way of working with the components that were affected. Name also what was looked at and found in order."))
	d.block("Components named in the incident: " + orElse(list(components), "none") + ".")
	d.form("Component", "Looked at by", "Result", "Follow-up")
}

// actions asks for what is to be done.
func (d *document) actions() {
	d.block("## Action items")
	d.block(question("What will be changed? Each item has one person who answers for it, a date, and a way to see that it worked. Kinds: technical, process, training."))
	d.form("Action", "Kind", "For which factor", "Owner", "Due", "How it is verified", "Verified on")
}

// form writes a table with one empty row.
func (d *document) form(columns ...markup) {
	d.table(columns, make([]markup, len(columns)))
}
