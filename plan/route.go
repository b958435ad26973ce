package plan

// Routing says what becomes of an alert.
type Routing struct {
	Severity  string // id of the severity to start with; empty: none yet
	Component string // id of the component it is about; empty: unknown
	Policy    string // id of the policy that pages; never empty
	Active    bool   // it is an incident, with a severity; otherwise a human decides in triage
	Rule      string // what decided: "route 2", counted from 1, or "no route"
}

type route struct {
	match   map[string]string
	routing Routing
}

// Route returns what becomes of an alert with these labels: what the first route
// that matches says, and else triage under the default policy.
func (p *Plan) Route(labels map[string]string) Routing {
	for _, r := range p.routes {
		if r.matches(labels) {
			return r.routing
		}
	}
	return Routing{Policy: p.defaultPolicy, Rule: "no route"}
}

func (r route) matches(labels map[string]string) bool {
	for name, value := range r.match {
		if labels[name] != value {
			return false
		}
	}
	return true
}
