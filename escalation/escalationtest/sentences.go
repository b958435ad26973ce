package escalationtest

import (
	"fmt"
	"regexp"
	"strings"
)

// sentence is one thing that can be said in a story, and what it does.
type sentence[S any] struct {
	form    string // for people to read
	pattern *regexp.Regexp
	hear    func(S, []string) error
}

// The parts that sentences are made of.
const (
	wordForm = `([^\s,]+)`
	timeForm = `((?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?::\d\d)?(?: [A-Z]{3,5})?)`
)

// sentenceOf makes a sentence of its form: words in capitals are places, and what is in
// brackets may be left out.
func sentenceOf[S any](form string, hear func(S, []string) error) sentence[S] {
	pattern := regexp.QuoteMeta(form)
	pattern = strings.NewReplacer(`\[`, `(?:`, `\]`, `)?`).Replace(pattern)
	pattern = places.ReplaceAllStringFunc(pattern, func(name string) string {
		switch name {
		case "TIME":
			return timeForm
		case "ID", "PERSON", "ZONE":
			return wordForm
		case "N":
			return `(\d+)`
		case "PEOPLE", "CHANNELS", "SKILLS":
			return `([^\s,]+(?: and [^\s,]+)*)`
		case "PLACE":
			return `(channel|webhook)`
		}
		return `(.+?)`
	})
	return sentence[S]{form: form, pattern: regexp.MustCompile(`^` + pattern + `$`), hear: hear}
}

var places = regexp.MustCompile(`\b[A-Z]{2,}\b|\bN\b`)

// hear finds the sentence that a line is and does what it says.
func hear[S any](known []sentence[S], s S, line string) (bool, error) {
	for _, k := range known {
		if words := k.pattern.FindStringSubmatch(line); words != nil {
			return true, k.hear(s, words[1:])
		}
	}
	return false, nil
}

func forms[S any](known []sentence[S]) string {
	var b strings.Builder
	for _, k := range known {
		fmt.Fprintf(&b, "\n\t%s", k.form)
	}
	return b.String()
}

// list splits "ana and ben".
func list(words string) []string { return strings.Split(words, " and ") }
