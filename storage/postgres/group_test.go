package postgres

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// errCut is no answer of a server.
var errCut = errors.New("the wire is cut")

// trips is a group whose round trips wait to be let go on.
type trips struct {
	*group[string, string]
	begun chan []string // the calls of each, as it begins
	end   chan error
}

func newTrips(lanes int) *trips {
	t := &trips{begun: make(chan []string), end: make(chan error)}
	t.group = &group[string, string]{
		lanes: lanes, worthwhile: 1, size: 3, bytes: 100,
		names: func(in string) []name { return []name{{key: in[:1]}} },
		weigh: func(in string) int { return len(in) },
		taken: map[name]struct{}{}, loneLanes: make(chan struct{}, 1),
		together: func(ctx context.Context, calls []*call[string, string]) error {
			var in []string
			for _, c := range calls {
				in = append(in, c.in)
				c.out, c.again = "done "+c.in, c.in[0] == '!'
			}
			t.begun <- in
			select {
			case err := <-t.end:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		alone: func(_ context.Context, in string) (string, error) { return "alone " + in, nil },
	}
	return t
}

// answers collects what callers are told.
type answers chan [2]string

func (t *trips) call(ctx context.Context, to answers, in string) {
	before := t.inLine()
	go func() {
		out, err := t.do(ctx, in)
		if err != nil {
			out = err.Error()
		}
		to <- [2]string{in, out}
	}()
	for t.inLine() == before { // until it stands in line, or is under way
		runtime.Gosched()
	}
}

// inLine counts the calls that are waiting or under way.
func (t *trips) inLine() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) + len(t.taken)
}

func (a answers) take(n int) map[string]string {
	all := map[string]string{}
	for range n {
		got := <-a
		all[got[0]] = got[1]
	}
	return all
}

func TestGroupGathersWhileOneIsUnderWay(t *testing.T) {
	t.Parallel()
	g, to := newTrips(1), make(answers)
	g.call(t.Context(), to, "a")
	assert.Equal(t, []string{"a"}, <-g.begun, "nobody before it: at once")
	for _, in := range []string{"b", "c", "d", "e"} {
		g.call(t.Context(), to, in)
	}
	g.end <- nil
	assert.Equal(t, map[string]string{"a": "done a"}, to.take(1))
	assert.Equal(t, []string{"b", "c", "d"}, <-g.begun, "as many as go into one")
	g.end <- nil
	assert.Equal(t, map[string]string{"b": "done b", "c": "done c", "d": "done d"}, to.take(3))
	assert.Equal(t, []string{"e"}, <-g.begun)
	g.end <- nil
	to.take(1)
	g.close()
	_, err := g.do(t.Context(), "late")
	require.ErrorIs(t, err, ErrClosed)
}

func TestGroupKeepsTheSameNameApart(t *testing.T) {
	t.Parallel()
	g, to := newTrips(2), make(answers)
	g.call(t.Context(), to, "a1")
	assert.Equal(t, []string{"a1"}, <-g.begun)
	g.call(t.Context(), to, "a2")
	g.call(t.Context(), to, "b1")
	assert.Equal(t, []string{"b1"}, <-g.begun, "in another lane, past the one that has to wait")
	g.end <- nil
	g.end <- nil
	to.take(2)
	assert.Equal(t, []string{"a2"}, <-g.begun)
	g.end <- nil
	assert.Equal(t, map[string]string{"a2": "done a2"}, to.take(1))
}

func TestGroupBounds(t *testing.T) {
	t.Parallel()
	g, to := newTrips(1), make(answers)
	g.bytes = 5
	g.call(t.Context(), to, "a")
	<-g.begun
	for _, in := range []string{"b-is-heavy", "c", "d-too", "e"} {
		g.call(t.Context(), to, in)
	}
	for _, want := range [][]string{{"b-is-heavy"}, {"c", "e"}, {"d-too"}} {
		g.end <- nil
		assert.Equal(t, want, <-g.begun)
	}
	g.end <- nil
	to.take(5)

	g.apart, g.bytes = true, 100
	g.names = func(in string) []name { return []name{{tenant: in[:1], key: in}} }
	g.call(t.Context(), to, "a1")
	<-g.begun
	for _, in := range []string{"a2", "b1", "a3"} {
		g.call(t.Context(), to, in)
	}
	for _, want := range [][]string{{"a2", "a3"}, {"b1"}} {
		g.end <- nil
		assert.Equal(t, want, <-g.begun, "a tenant at a time")
	}
	g.end <- nil
	to.take(4)
}

func TestGroupTellsEachItsOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want map[string]string
	}{
		"all is well, but one is busy": {nil, map[string]string{"a": "done a", "!": "alone !"}},
		"the server refuses them":      {&pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "23514"}, map[string]string{"a": "alone a", "!": "alone !"}},
		"the server goes away":         {&pgconn.PgError{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "57P01"}, map[string]string{"a": "FATAL:  (SQLSTATE 57P01)", "!": "FATAL:  (SQLSTATE 57P01)"}},
		"the connection is lost":       {errCut, map[string]string{"a": "the wire is cut", "!": "the wire is cut"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, to := newTrips(1), make(answers)
			g.call(t.Context(), to, "0")
			<-g.begun
			g.call(t.Context(), to, "a")
			g.call(t.Context(), to, "!")
			g.end <- nil
			to.take(1)
			assert.Equal(t, []string{"a", "!"}, <-g.begun)
			g.end <- c.err
			assert.Equal(t, c.want, to.take(2))
			g.close()
			assert.Empty(t, g.taken, "the names are free again")
		})
	}
}

func TestGroupContexts(t *testing.T) {
	t.Parallel()
	g, to := newTrips(1), make(answers)
	g.call(t.Context(), to, "a")
	<-g.begun
	first, leaveFirst := context.WithCancel(t.Context())
	second, leaveSecond := context.WithCancel(t.Context())
	third, leaveThird := context.WithCancel(t.Context())
	g.call(first, to, "b")
	g.call(second, to, "c")
	g.call(third, to, "d")
	leaveFirst()
	assert.Equal(t, map[string]string{"b": "context canceled"}, to.take(1), "it leaves the line")
	g.end <- nil
	to.take(1)
	assert.Equal(t, []string{"c", "d"}, <-g.begun)
	leaveSecond()
	assert.Equal(t, map[string]string{"c": "context canceled"}, to.take(1), "its caller does not wait")
	leaveThird()
	assert.Equal(t, map[string]string{"d": "context canceled"}, to.take(1))
	g.close() // the round trip ends, though nothing was sent to g.end: nobody waits for it

	none, err := newTrips(1).do(first, "e")
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, none)
}

// TestGroupDoesNotGatherForLong: while all processors are busy, and callers come one by
// one, the first of them does not wait for a whole company.
func TestGroupDoesNotGatherForLong(t *testing.T) { //nolint:paralleltest // it takes the processors
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g, to := newTrips(1), make(answers, 50)
	g.size = 50
	go func() {
		for i := range 50 { // each does some work before it calls
			for begun, busy := time.Now(), true; busy; busy = time.Since(begun) < 5*time.Millisecond {
				runtime.KeepAlive(i)
			}
			go func() {
				out, _ := g.do(t.Context(), string(rune('A'+i)))
				to <- [2]string{"", out}
			}()
			runtime.Gosched()
		}
	}()
	first := <-g.begun
	assert.Less(t, len(first), 25, "calls in the first round trip")
	for n := len(first); ; {
		g.end <- nil
		if n == 50 {
			break
		}
		n += len(<-g.begun)
	}
	to.take(1)
	g.close()
}
