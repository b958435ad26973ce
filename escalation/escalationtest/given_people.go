package escalationtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// longAgo and farOff bound what a story says without a time.
func (g *given) longAgo() time.Time { return g.day.AddDate(0, 0, -7) }
func (g *given) farOff() time.Time  { return g.day.AddDate(3, 0, 0) }

// scheduleSentences say who is on call.
var scheduleSentences = []sentence[*given]{
	sentenceOf("the day is ID in ZONE", func(g *given, w []string) error {
		day, err := time.Parse(time.DateOnly, w[0])
		zone, unknown := time.LoadLocation(w[1])
		switch {
		case g.dated:
			return errors.New("the day before everything that has a time")
		case err != nil || unknown != nil:
			return errors.New("a day such as 2026-03-29 in a zone such as Europe/Berlin")
		}
		g.day = oncall.Local(day.Year(), day.Month(), day.Day(), 0, 0).In(zone)
		return nil
	}),
	sentenceOf("ID passes from SEATS every UNIT from DATE CLOCK in ZONE", (*given).rotation),
	sentenceOf("PEOPLE covers ID from TIME to TIME", (*given).cover),
	sentenceOf("ID is nobody[ from TIME]", func(g *given, w []string) error { return g.duty(w[0], nil, w[1]) }),
	sentenceOf("team ID is PEOPLE[, led by PERSON]", func(g *given, w []string) error {
		g.teams[w[0]] = escalation.Group{ID: w[0], Members: list(w[1]), Manager: w[2]}
		g.seen = append(append(g.seen, list(w[1])...), w[2])
		return nil
	}),
}

// duty puts people on call from a time on.
func (g *given) duty(id string, people []string, from string) error {
	g.dated = true
	start, err := g.instantOr(from, g.longAgo())
	if err != nil {
		return err
	}
	s := g.schedule(id)
	if len(s.Rotations) == 0 {
		s.Rotations = []oncall.Rotation{{ID: id}}
	}
	shifts := s.Rotations[0].Fixed
	if n := len(shifts); n > 0 {
		if !shifts[n-1].Start.Before(start) {
			return fmt.Errorf("a time after %s, from which the schedule was spoken of before", shifts[n-1].Start.Format(time.DateTime))
		}
		shifts[n-1].End = start
	}
	if people != nil {
		shifts = append(shifts, oncall.FixedShift{Start: start, End: g.farOff(), People: people})
	}
	if shifts == nil {
		shifts = []oncall.FixedShift{} // a rotation of fixed shifts, of which there are none
	}
	s.Rotations[0].Fixed = shifts
	g.seen = append(g.seen, people...)
	return nil
}

func (g *given) schedule(id string) *oncall.Schedule {
	s, known := g.duties[id]
	if !known {
		s = &oncall.Schedule{ID: id, Zone: g.day.Location().String()}
		g.duties[id] = s
	}
	return s
}

func (g *given) rotation(w []string) error {
	g.dated = true
	start, err := oncall.ParseLocalTime(w[3] + "T" + w[4])
	turn, ok := map[string][]oncall.Turn{
		"hour": oncall.Every(1, oncall.Hours), "day": oncall.Every(1, oncall.Days),
		"week": oncall.Every(1, oncall.Weeks), "month": oncall.Every(1, oncall.Months),
	}[w[2]]
	if err != nil || !ok {
		return errors.New("a rotation such as: primary passes from ana to ben every week from 2026-01-05 09:00 in Europe/Berlin")
	}
	s := g.schedule(w[0])
	people := strings.Split(w[1], " to ")
	s.Rotations = append(s.Rotations, oncall.Rotation{ID: w[0], Zone: w[5], Start: start, Turns: turn, Seats: oncall.Seats(people...)})
	g.seen = append(g.seen, people...)
	return nil
}

func (g *given) cover(w []string) error {
	from, err := g.instant(w[2])
	to, bad := g.instant(w[3])
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	s := g.schedule(w[1])
	id := fmt.Sprintf("cover%d", len(s.Overrides)+1)
	s.Overrides = append(s.Overrides, oncall.Override{ID: id, Start: from, End: to, People: list(w[0])})
	g.seen = append(g.seen, list(w[0])...)
	return nil
}

// peopleSentences say what is known of people, and of those who are paged like
// people. The last one is tried last, since it takes anything for a schedule.
var peopleSentences = []sentence[*given]{
	sentenceOf("PERSON does not exist", func(g *given, w []string) error {
		g.gone[w[0]] = true
		return nil
	}),
	sentenceOf("PERSON has no channel", func(g *given, w []string) error {
		g.person(w[0], func(p *escalation.Responder) { p.Channels = nil })
		return nil
	}),
	sentenceOf("PERSON is reached by CHANNELS", func(g *given, w []string) error {
		g.person(w[0], func(p *escalation.Responder) { p.Channels = list(w[1]) })
		return nil
	}),
	sentenceOf("PERSON is told by NOTIFICATIONS", func(g *given, w []string) error { return g.told(w, escalation.High) }),
	sentenceOf("PERSON is told of low urgency by NOTIFICATIONS", func(g *given, w []string) error { return g.told(w, escalation.Low) }),
	sentenceOf("PERSON has pages bundled for LENGTH", func(g *given, w []string) error {
		d, err := duration(w[1])
		g.person(w[0], func(p *escalation.Responder) { p.Rules.Bundle = d })
		return err
	}),
	sentenceOf("PERSON is quiet HOURS[, unless severity is SEVERITIES]", func(g *given, w []string) error {
		h, err := hours(w[1])
		if err != nil {
			return err
		}
		var unless []string
		if w[2] != "" {
			unless = strings.Split(w[2], " or ")
		}
		quiet, err := escalation.NewQuietHours(h, unless...)
		g.person(w[0], func(p *escalation.Responder) { p.Rules.Quiet = quiet })
		return err
	}),
	sentenceOf("PERSON can do SKILLS", func(g *given, w []string) error {
		g.person(w[0], func(p *escalation.Responder) { p.Skills = list(w[1]) })
		return nil
	}),
	sentenceOf("PERSON is on leave from TIME to TIME", func(g *given, w []string) error {
		from, err := g.instant(w[1])
		to, bad := g.instant(w[2])
		g.person(w[0], func(p *escalation.Responder) { p.Leave = append(p.Leave, oncall.Leave{Start: from, End: to}) })
		return errors.Join(err, bad)
	}),
	sentenceOf("PERSON has stage STAGE[ from TIME]", func(g *given, w []string) error {
		from, err := g.instantOr(w[2], g.longAgo())
		g.person(w[0], func(p *escalation.Responder) {
			p.Stages = append(p.Stages, oncall.Stage{From: from, Readiness: oncall.Readiness(w[1])})
		})
		return err
	}),
	sentenceOf("PERSON acknowledges every page after LENGTH", func(g *given, w []string) error {
		d, err := duration(w[1])
		g.habits[w[0]] = append(g.habits[w[0]], escalation.Reaction{Kind: escalation.Acknowledge, After: d})
		return err
	}),
	sentenceOf("PERSON declines every page", func(g *given, w []string) error {
		g.habits[w[0]] = append(g.habits[w[0]], escalation.Reaction{Kind: escalation.Decline})
		return nil
	}),
	sentenceOf("PLACE ID is reached by ID", func(g *given, w []string) error {
		g.places[w[0]+" "+w[1]] = w[2]
		return nil
	}),
	sentenceOf("vendor ID is reached by CHANNELS and answers within LENGTH[, or else page TARGETS]", (*given).vendor),
	sentenceOf("CHANNELS takes no messages", func(g *given, w []string) error {
		g.broken = append(g.broken, list(w[0])...)
		return nil
	}),
	sentenceOf("ID is PEOPLE[ from TIME]", func(g *given, w []string) error { return g.duty(w[0], list(w[1]), w[2]) }),
}

func (g *given) told(w []string, u escalation.Urgency) error {
	var told []escalation.Notification
	for i, part := range strings.Split(w[1], ", then by ") {
		n := escalation.Notification{Channel: part}
		if name, after, ok := strings.Cut(part, " after "); ok {
			d, err := duration(after)
			if err != nil {
				return err
			}
			n = escalation.Notification{Channel: name, After: d}
		} else if i > 0 {
			return errors.New(`channels such as "sms, then by phone after 2m"`)
		}
		told = append(told, n)
	}
	g.person(w[0], func(p *escalation.Responder) {
		if u == escalation.Low {
			p.Rules.Low = told
		} else {
			p.Rules.High = told
		}
	})
	return nil
}

func (g *given) vendor(w []string) error {
	d, err := duration(w[2])
	if err != nil {
		return err
	}
	s := escalation.Supplier{ID: w[0], Channels: list(w[1]), Response: d}
	if w[3] != "" {
		if s.Missed, err = targets(w[3]); err != nil {
			return err
		}
		g.see(s.Missed)
	}
	g.vendors[w[0]] = s
	return nil
}
