package escalationtest

import (
	"encoding/json"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// player carries one run of a policy out.
type player interface {
	to(at time.Time)                        // lets time pass
	end()                                   // lets it pass until nobody is paged any more
	ask(at time.Time)                       // the host asks what is to be done
	answer(a escalation.Answer) error       // and what is due because of it
	learn(f escalation.Facts, at time.Time) // the same
	facts() escalation.Facts                // as they are known now
	now() ([]escalation.Moment, escalation.Progress)
}

// simulated plays by Simulate: it is played anew up to each instant, with what
// people have done so far. What was before does not change by that.
type simulated struct {
	setting escalation.Setting
	course  escalation.Course
}

func (s *simulated) to(at time.Time) {
	s.setting.Until = at
	s.course = escalation.Simulate(s.setting)
}

func (s *simulated) end() {
	if state := s.course.Progress.State; state == escalation.Running || state == escalation.Snoozed {
		s.to(time.Time{})
	}
}

func (s *simulated) ask(at time.Time) { s.to(at) }

func (s *simulated) answer(a escalation.Answer) error {
	s.setting.Script = append(s.setting.Script, a)
	s.to(a.At)
	var err error
	for _, m := range s.course.Moments {
		if m.Answer != nil {
			err = m.Err
		}
	}
	return err
}

func (s *simulated) learn(f escalation.Facts, at time.Time) {
	s.setting.Changes = append(s.setting.Changes, escalation.Change{At: at, Facts: f})
	s.to(at)
}

func (s *simulated) facts() escalation.Facts {
	f := s.setting.Facts
	if n := len(s.setting.Changes); n > 0 {
		f = s.setting.Changes[n-1].Facts
	}
	return f
}

func (s *simulated) now() ([]escalation.Moment, escalation.Progress) {
	return s.course.Moments, s.course.Progress
}

// byHand plays as a host does that may be late, or early: it asks Next when the
// story says so and at no other time, and keeps the progress as JSON in between.
// It knows of no messages, only of pages.
type byHand struct {
	ladder *escalation.Ladder
	world  *escalation.World
	about  escalation.Facts
	stored []byte
	done   []escalation.Moment
}

func (b *byHand) to(time.Time) {}

func (b *byHand) end() {}

func (b *byHand) ask(at time.Time) {
	r := b.ladder.Next(b.progress(), at, b.about, b.world)
	for _, e := range r.Effects {
		b.done = append(b.done, escalation.Moment{At: at, Effect: e})
	}
	b.store(r.Progress)
}

func (b *byHand) answer(a escalation.Answer) error {
	p, err := b.ladder.Answer(b.progress(), a)
	b.done = append(b.done, escalation.Moment{At: a.At, Answer: &a, Err: err})
	if err != nil {
		return err
	}
	b.store(p)
	b.ask(a.At)
	return nil
}

func (b *byHand) learn(f escalation.Facts, at time.Time) {
	b.about = f
	b.ask(at)
}

func (b *byHand) facts() escalation.Facts { return b.about }

func (b *byHand) now() ([]escalation.Moment, escalation.Progress) { return b.done, b.progress() }

func (b *byHand) progress() escalation.Progress {
	var p escalation.Progress
	if err := json.Unmarshal(b.stored, &p); err != nil {
		return escalation.Progress{} // of a store that never held anything
	}
	return p
}

func (b *byHand) store(p escalation.Progress) {
	if text, err := json.Marshal(p); err == nil { // it always can
		b.stored = text
	}
}
