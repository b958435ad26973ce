package escalationtest

// Sentences returns the forms of everything that can be said in a story, in the
// groups in which the guide lists them.
func Sentences() map[string][]string {
	return map[string][]string{
		"policies":     formsOf(policySentences),
		"steps":        formsOf(stepParts),
		"conditions":   formsOf(conditionParts),
		"schedules":    formsOf(scheduleSentences),
		"people":       formsOf(peopleSentences),
		"what happens": formsOf(eventSentences),
	}
}

func formsOf[S any](known []sentence[S]) []string {
	var all []string
	for _, k := range known {
		all = append(all, k.form)
	}
	return all
}
