package escalationtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// story is a file of sentences that is being told.
type story struct {
	given *given
	facts escalation.Facts
	turns map[string]escalation.Turn

	unattended bool // the host asks when the story says so, and at no other time

	ladder *escalation.Ladder
	world  *escalation.World
	play   player // nil: no run has started
	at     time.Time
	told   int // how many of its moments were

	answered escalation.AnswerKind // by the last line; empty: that was no answer

	newPlayer func(start time.Time) (player, error)

	out  []string // what is told so far
	last int      // the line in it behind which what comes of the last event belongs; 0: there is none
}

// event is a line that happens at a time.
type event struct {
	line string
	at   time.Time
	do   func(*story, time.Time) error
}

// Tell plays a story and returns it with what really comes of each line. Its error
// names the line that is no sentence, or what is wrong with what they say
// together.
func Tell(text string, files Files) (string, error) { return newStory(text, files).tell(text) }

func newStory(text string, files Files) *story {
	s := &story{given: newGiven(files)}
	s.newPlayer = s.simulated
	for line := range strings.Lines(text) {
		if !outcome(line) && !strings.HasPrefix(line, "#") && (strings.Contains(line, "the host asks") || strings.Contains(line, "nobody asks")) {
			s.unattended, s.newPlayer = true, s.byHand
		}
	}
	return s
}

// outcome reports whether a line is what came of it when the story was told last.
func outcome(line string) bool { return strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t") }

func (s *story) tell(text string) (string, error) {
	number := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		number++
		if outcome(line) {
			continue
		}
		if err := s.line(line); err != nil {
			return "", fmt.Errorf("line %d: %w", number, err)
		}
	}
	s.conclude(time.Time{})
	return strings.Join(s.out, "\n") + "\n", nil
}

// line tells one line, after what came of the one before.
func (s *story) line(line string) error {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" || strings.HasPrefix(trimmed, "#") {
		s.out = append(s.out, line)
		return nil
	}
	happens, err := s.hear(trimmed)
	if happens != nil {
		s.conclude(happens.at)
	}
	s.out = append(s.out, line)
	if err != nil || happens == nil {
		return err
	}
	s.last = len(s.out)
	return s.happen(*happens)
}

// conclude writes what has come of the last event below it: the blank lines and
// comments that follow it stay where they are.
func (s *story) conclude(until time.Time) {
	if said := s.consequences(until); s.last > 0 {
		s.out = slices.Insert(s.out, s.last, said...)
	}
	s.last = 0
}

// hear takes in what is so from the start, and returns what happens later.
func (s *story) hear(line string) (*event, error) {
	e := &event{line: line}
	known, err := hear(eventSentences, &heard{s, e}, line)
	switch {
	case err != nil:
		return nil, &SentenceError{Text: line, Want: err.Error()}
	case known && e.do != nil:
		return e, nil
	case known:
		return nil, nil
	case s.play != nil:
		return nil, &SentenceError{Text: line, Want: "one of these sentences, since the run has started:" + forms(eventSentences)}
	}
	return nil, s.given.hear(line)
}

func (s *story) happen(e event) error {
	if !s.at.IsZero() && e.at.Before(s.at) && !s.unattended {
		return &SentenceError{Text: e.line, Want: "a time that is not before " + shortTime(s.at, e.at)}
	}
	s.at, s.answered = e.at, ""
	if err := e.do(s, e.at); err != nil {
		if _, refused := errors.AsType[*escalation.AnswerError](err); !refused { // a refusal is a consequence, which is told
			return &SentenceError{Text: e.line, Want: err.Error()}
		}
	}
	return nil
}

// consequences plays on until the next event, or the end, and returns what has
// come since the last one.
func (s *story) consequences(until time.Time) []string {
	if s.play == nil {
		return nil
	}
	if until.IsZero() {
		s.play.end()
	} else {
		s.play.to(until)
	}
	moments, p := s.play.now()
	var said []string
	for _, m := range moments[min(s.told, len(moments)):] {
		if m.Answer != nil && m.Err == nil && m.Answer.Kind == s.answered {
			s.answered = "" // the line itself
			continue
		}
		said = append(said, "  "+shortTime(m.At, s.given.day)+" "+say(m))
	}
	s.told = len(moments)
	return append(said, "  "+sayProgress(p, s.given.day))
}

// start begins a run: the first, or another one of the same policy.
func (s *story) start(at time.Time) error {
	if s.play == nil {
		var err error
		if s.world, s.ladder, err = s.given.settle(); err != nil {
			return err
		}
		if s.ladder == nil {
			return errors.New(`a policy before a run: "policy checkout", with its steps or as the host has it`)
		}
	} else {
		_, p := s.play.now()
		s.turns = maps.Clone(p.Turns)
		s.facts = s.play.facts()
	}
	s.told = 0
	var err error
	s.play, err = s.newPlayer(at)
	return err
}

func (s *story) simulated(at time.Time) (player, error) {
	p := &simulated{setting: escalation.Setting{
		Ladder: s.ladder, Start: at, Facts: s.facts, World: *s.world, Broken: s.given.broken, Turns: s.turns,
		Behaviour: escalation.React(s.given.habits),
	}}
	p.to(at)
	return p, nil
}

func (s *story) byHand(at time.Time) (player, error) {
	if len(s.given.habits)+len(s.given.broken) > 0 {
		return nil, errors.New("no habits and no broken channels in a story in which the host asks: it knows of no messages")
	}
	p := &byHand{ladder: s.ladder, world: s.world, about: s.facts}
	p.store(escalation.Start(at, s.turns))
	return p, nil
}

// answer gives the run the answer that a line is.
func (s *story) answer(a escalation.Answer) error {
	s.answered = a.Kind
	return s.play.answer(a)
}

// copied returns facts that share nothing with others.
func copied(f escalation.Facts) escalation.Facts {
	f.Components, f.Skills, f.Alerts = slices.Clone(f.Components), slices.Clone(f.Skills), slices.Clone(f.Alerts)
	f.Labels, f.Packet = maps.Clone(f.Labels), maps.Clone(f.Packet)
	return f
}
