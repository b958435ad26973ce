package plan

// steps yields every step of every policy, with its path, each before those in its
// branches.
func (s *Spec) steps(yield func(path string, step Step) bool) {
	for i, policy := range s.Policies {
		if !walk(at("/policies", i, "steps"), policy.Steps, yield) {
			return
		}
	}
}

// steps yields the policy's steps, with their paths in it.
func (p Policy) steps(yield func(path string, step Step) bool) {
	walk("/steps", p.Steps, yield)
}

func walk(path string, steps []Step, yield func(path string, step Step) bool) bool {
	for i, step := range steps {
		here := at(path, i)
		if !yield(here, step) || !walk(at(here, "steps"), step.Steps, yield) || !walk(at(here, "else"), step.Else, yield) {
			return false
		}
	}
	return true
}
