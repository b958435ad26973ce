package commstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// Recorder is a notifier in memory, for tests of what sends messages. It
// delivers everything and remembers it, unless a script says otherwise. The
// zero value is ready to use. Safe for concurrent use.
type Recorder struct {
	mu      sync.Mutex
	calls   []Call
	scripts []*script
	changed chan struct{} // closed at the next arrival; nil: nobody asked
}

// Call is one call of Notify.
type Call struct {
	Message comms.Message
	Arrived bool // the recipient has the message, whatever the sender was told
	Done    bool // the call has returned, or panicked
	Receipt comms.Receipt
	Err     error // nil also where it panicked
}

// Match selects calls by recipient. An empty field matches any.
type Match struct {
	Person  string
	Channel string
}

func (m Match) matches(a comms.Address) bool {
	return (m.Person == "" || m.Person == a.Person) && (m.Channel == "" || m.Channel == a.Channel)
}

// Outcome is what becomes of one message. The zero Outcome delivers it.
type Outcome struct {
	lost    bool // it does not arrive
	err     error
	panics  any
	blocks  bool
	release <-chan struct{}
}

// Deliver lets a message arrive.
func Deliver() Outcome { return Outcome{} }

// Refuse fails a message for good.
func Refuse() Outcome {
	return Outcome{lost: true, err: comms.Permanent(errors.New("scripted refusal"))}
}

// Fail fails a message for now. A wait above 0 asks for at least so much time
// before another attempt.
func Fail(wait time.Duration) Outcome {
	return Outcome{lost: true, err: comms.Temporary(errors.New("scripted failure"), wait)}
}

// LoseAnswer lets a message arrive, but reports an error that leaves the
// outcome open.
func LoseAnswer() Outcome {
	return Outcome{err: errors.New("commstest: scripted loss of the answer")}
}

// LoseMessage reports the same error as LoseAnswer, but the message does not
// arrive. Whoever sends cannot tell the two apart.
func LoseMessage() Outcome {
	o := LoseAnswer()
	o.lost = true
	return o
}

// Panic panics with the value, which must not be nil, before anything is sent.
func Panic(value any) Outcome { return Outcome{lost: true, panics: value} }

// Block lets a message arrive, but holds the answer back until the channel is
// closed or the context ends; the latter leaves the outcome open. A nil channel
// is never closed.
func Block(release <-chan struct{}) Outcome { return Outcome{blocks: true, release: release} }

type script struct {
	match    Match
	outcomes []Outcome
	forever  bool
}

// Script sets the outcomes of the next matching calls, one each. Of several
// scripts that match, the one set first is used up first. After them come what
// Always says, and delivery.
func (r *Recorder) Script(m Match, outcomes ...Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts = append(r.scripts, &script{match: m, outcomes: slices.Clone(outcomes)})
}

// Always sets the outcome of all matching calls that no Script is left for. Of
// several that match, the one set last counts.
func (r *Recorder) Always(m Match, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scripts = append(r.scripts, &script{match: m, outcomes: []Outcome{o}, forever: true})
}

// Notify records the message and does as scripted. A message that fails
// Validate is refused, and a context that is over is a temporary failure.
func (r *Recorder) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	call, o := r.begin(ctx, m)
	if o.panics != nil {
		r.end(call, comms.Receipt{}, nil)
		panic(o.panics)
	}
	if o.blocks {
		select {
		case <-o.release:
		case <-ctx.Done():
			o.err = fmt.Errorf("commstest: blocked: %w", ctx.Err())
		}
	}
	if o.err != nil {
		r.end(call, comms.Receipt{}, o.err)
		return comms.Receipt{}, o.err
	}
	receipt := comms.Receipt{ID: fmt.Sprintf("recorded-%d", call+1)}
	r.end(call, receipt, nil)
	return receipt, nil
}

// begin records a call and returns its place and its outcome.
func (r *Recorder) begin(ctx context.Context, m comms.Message) (int, Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var o Outcome
	if err := ctx.Err(); err != nil {
		o = Outcome{lost: true, err: comms.Temporary(err, 0)}
	} else if err := m.Validate(); err != nil {
		o = Outcome{lost: true, err: comms.Permanent(err)}
	} else {
		o = r.next(m.To)
	}
	r.calls = append(r.calls, Call{Message: m, Arrived: !o.lost})
	if !o.lost && r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	return len(r.calls) - 1, o
}

// next takes the outcome of a call from the scripts.
func (r *Recorder) next(to comms.Address) Outcome {
	var always Outcome
	for _, s := range r.scripts {
		switch {
		case !s.match.matches(to) || len(s.outcomes) == 0:
		case s.forever:
			always = s.outcomes[0]
		default:
			o := s.outcomes[0]
			s.outcomes = s.outcomes[1:]
			return o
		}
	}
	return always
}

func (r *Recorder) end(call int, receipt comms.Receipt, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &r.calls[call]
	c.Done, c.Receipt, c.Err = true, receipt, err
}

// Calls returns all calls of Notify in the order in which they began.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// Messages returns the messages that have arrived, in order. One that was sent
// twice is there twice.
func (r *Recorder) Messages() []comms.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.arrived(func(comms.Message) bool { return true })
}

// To returns the messages that have reached a person, over any channel.
func (r *Recorder) To(person string) []comms.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.arrived(func(m comms.Message) bool { return m.To.Person == person })
}

func (r *Recorder) arrived(wanted func(comms.Message) bool) []comms.Message {
	var all []comms.Message
	for _, c := range r.calls {
		if c.Arrived && wanted(c.Message) {
			all = append(all, c.Message)
		}
	}
	return all
}

// Wait returns when at least n messages have arrived, or with the context's
// error when that ends first.
func (r *Recorder) Wait(ctx context.Context, n int) error {
	for {
		arrived, more := r.watch()
		if arrived >= n {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch returns how many messages have arrived, and what the next one closes.
func (r *Recorder) watch() (arrived int, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.calls {
		if c.Arrived {
			arrived++
		}
	}
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return arrived, r.changed
}
