package escalationtest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// heard is a line that is being taken in.
type heard struct {
	*story

	event *event
}

// at makes an event of what happens at a time.
func at(do func(s *story, at time.Time, words []string) error) func(*heard, []string) error {
	return func(h *heard, w []string) error {
		when, err := h.given.instant(w[0])
		h.event.at = when
		h.event.do = func(s *story, at time.Time) error {
			if s.play == nil {
				return errors.New(`"00:00 the run starts" before it`)
			}
			return do(s, at, w[1:])
		}
		return err
	}
}

// starts makes an event of a run that starts.
func starts(do func(s *story, at time.Time) error) func(*heard, []string) error {
	return func(h *heard, w []string) error {
		when, err := h.given.instant(w[0])
		h.event.at, h.event.do = when, do
		return err
	}
}

// answers makes an event of what somebody does.
func answers(kind escalation.AnswerKind) func(*heard, []string) error {
	return at(func(s *story, at time.Time, w []string) error {
		return s.answer(escalation.Answer{Kind: kind, By: w[0], At: at})
	})
}

// eventSentences say what happens, and when.
var eventSentences = []sentence[*heard]{
	sentenceOf("TIME the run starts", starts(func(s *story, at time.Time) error {
		err := s.start(at)
		if err == nil {
			s.play.ask(at)
		}
		return err
	})),
	sentenceOf("TIME the run starts, and nobody asks", starts((*story).start)),
	sentenceOf("TIME the host asks", at(func(s *story, at time.Time, _ []string) error {
		s.play.ask(at)
		return nil
	})),
	sentenceOf("until TIME", at(func(s *story, at time.Time, _ []string) error {
		s.play.to(at)
		return nil
	})),
	sentenceOf("TIME PERSON acknowledges", answers(escalation.Acknowledge)),
	sentenceOf("TIME PERSON declines", answers(escalation.Decline)),
	sentenceOf("TIME PERSON hands it back", answers(escalation.HandBack)),
	sentenceOf("TIME PERSON pages again", answers(escalation.Repage)),
	sentenceOf("TIME PERSON escalates", answers(escalation.Escalate)),
	sentenceOf("TIME PERSON snoozes until TIME", at(func(s *story, at time.Time, w []string) error {
		until, err := s.given.instant(w[1])
		if err != nil {
			return err
		}
		return s.answer(escalation.Answer{Kind: escalation.Snooze, By: w[0], At: at, Until: until})
	})),
	sentenceOf("TIME PERSON reassigns it to TARGETS", at(func(s *story, at time.Time, w []string) error {
		to, err := targets(w[1])
		if err != nil {
			return err
		}
		return s.answer(escalation.Answer{Kind: escalation.Reassign, By: w[0], At: at, To: to})
	})),
	sentenceOf("TIME the page to WHOM[ in step N of round N] is not delivered", at(undelivered)),
	sentenceOf("TIME the run is stopped", at(func(s *story, at time.Time, _ []string) error {
		return s.answer(escalation.Answer{Kind: escalation.Stop, At: at})
	})),
	sentenceOf("TIME an alert comes in", at(func(s *story, at time.Time, _ []string) error {
		f := copied(s.play.facts())
		f.Alerts = append(f.Alerts, at)
		s.play.learn(f, at)
		return nil
	})),
	sentenceOf("TIME the incident has FACTS", at(func(s *story, at time.Time, w []string) error {
		f := copied(s.play.facts())
		if err := learn(&f, w[0]); err != nil {
			return err
		}
		s.play.learn(f, at)
		return nil
	})),
	sentenceOf("the incident has FACTS", func(h *heard, w []string) error {
		if h.play != nil {
			return errors.New("a time before it, once the run has started")
		}
		return learn(&h.facts, w[0])
	}),
}

func undelivered(s *story, at time.Time, w []string) error {
	a := escalation.Answer{Kind: escalation.Undelivered, At: at}
	a.Step, _ = strconv.Atoi(w[1]) // digits, or nothing
	a.Round, _ = strconv.Atoi(w[2])
	if a.By = w[0]; strings.Contains(w[0], " ") {
		a.By, a.Target = "", w[0]
	}
	return s.answer(a)
}

// learn reads "severity SEV1, urgency low and label env prod".
func learn(f *escalation.Facts, text string) error {
	for _, part := range list(strings.ReplaceAll(text, ", ", " and ")) {
		words := strings.Fields(part)
		name, value, more := words[0], strings.Join(words[1:], " "), ""
		if name == "label" && len(words) == 3 {
			value, more = words[1], words[2]
		}
		switch name {
		case "severity":
			f.Severity = value
		case "urgency":
			f.Urgency = escalation.Urgency(value)
		case "kind":
			f.Kind = value
		case "component":
			f.Components = append(f.Components, value)
		case "skill":
			f.Skills = append(f.Skills, value)
		case "label":
			f.Labels = merged(f.Labels, map[string]string{value: more})
		case "fact":
			f.Packet = merged(f.Packet, map[string]string{value: "given"})
		default:
			name = ""
		}
		if name == "" || value == "" || strings.Contains(value, " ") || name == "label" && more == "" {
			return fmt.Errorf("facts such as severity SEV1, urgency low, kind security, component db, skill postgres, label env prod, or fact logs, not %q", part)
		}
	}
	return nil
}
