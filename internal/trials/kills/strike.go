//go:build linux || darwin

package kills

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// commitBait is part of every commit that moves a page, and of no other statement:
// the beginning of the types of such events.
const commitBait = "page."

// strike does what is done to the whole world, one after the other, in an order of
// its own.
func (w *World) strike(ctx context.Context, rng *rand.Rand) error {
	var strikes []func(context.Context, *rand.Rand) error
	for _, s := range []struct {
		times int
		do    func(context.Context, *rand.Rand) error
	}{
		{w.Faults.Crashes, w.crash}, {w.Faults.Cuts, w.cut}, {w.Faults.Freezes, w.freeze},
		{w.Faults.Floods, w.flood}, {w.Faults.Fills, w.fill},
	} {
		for range s.times {
			strikes = append(strikes, s.do)
		}
	}
	rng.Shuffle(len(strikes), func(i, j int) { strikes[i], strikes[j] = strikes[j], strikes[i] })
	for _, strike := range strikes {
		rest(ctx, time.Duration(rng.IntN(200))*time.Millisecond)
		if err := strike(ctx, rng); err != nil {
			return fmt.Errorf("kills: world %s: %w", w.Name, err)
		}
	}
	return nil
}

// crash stops the server without a shutdown, and starts it again.
func (w *World) crash(ctx context.Context, rng *rand.Rand) error {
	from := time.Now()
	if err := w.Server.Crash(ctx); err != nil {
		return err
	}
	rest(ctx, time.Duration(rng.IntN(300))*time.Millisecond)
	if err := w.Server.Restart(ctx); err != nil {
		return err
	}
	w.blackout(from)
	w.tally.add("database crashed", 1)
	return w.recovered(ctx)
}

// recovered waits until a worker has called a notifier again: the store works, and
// the workers know.
func (w *World) recovered(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ok := w.log.wait(limited, len(w.log.all()), func(l Line) bool { return l.What == SendBegun })
	if !ok {
		w.wrong("nothing was sent for %s after the fault", patience)
	}
	return ctx.Err()
}

// cut cuts a connection on which a commit has just been sent.
func (w *World) cut(ctx context.Context, _ *rand.Rand) error {
	cuts := Cuts()
	w.cuts++
	cut := cuts[w.cuts%len(cuts)]
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.Proxy.Cut(limited, cut, commitBait); err != nil {
		return fmt.Errorf("no commit came by in %s: %w", patience, err)
	}
	w.blackout(time.Now().Add(-poll))
	w.tally.add("connection cut "+string(cut), 1)
	return nil
}

// freeze lets nothing through between workers and server for longer than a lease.
func (w *World) freeze(ctx context.Context, _ *rand.Rand) error {
	from := time.Now()
	w.Proxy.Freeze()
	rest(ctx, w.Lease*3/2)
	w.Proxy.Thaw()
	w.blackout(from)
	w.tally.add("connections frozen", 1)
	return w.recovered(ctx)
}

// flood takes every connection that the server has left, for a while.
func (w *World) flood(ctx context.Context, _ *rand.Rand) error {
	config, err := pgxpool.ParseConfig(w.Direct.URL) // which knows the settings of the pool in it
	if err != nil {
		return err
	}
	from := time.Now()
	var conns []*pgx.Conn
	conn, full := pgx.ConnectConfig(ctx, config.ConnConfig)
	for full == nil {
		conns = append(conns, conn)
		conn, full = pgx.ConnectConfig(ctx, config.ConnConfig)
	}
	rest(ctx, w.Lease*3/2)
	for _, c := range conns {
		_ = c.Close(ctx)
	}
	w.blackout(from)
	if len(conns) == 0 {
		return fmt.Errorf("the server took no connection at all: %w", full)
	}
	w.tally.add("all connections of the server taken", 1)
	return w.recovered(ctx)
}

// fill leaves no room on the disk for what the workers write, until some of them have
// failed and a little longer.
func (w *World) fill(ctx context.Context, _ *rand.Rand) error {
	wal, err := os.Stat(w.Database.Path + "-wal")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	size := int64(0)
	if err == nil {
		size = wal.Size()
	}
	from, at := time.Now(), len(w.log.all())
	for _, s := range w.seats {
		s.says(fmt.Sprintf("room %d", size))
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	ok := w.log.wait(limited, at, func(l Line) bool { return l.Worker != hostName && (l.What == Trouble || l.What == Unsure) })
	cancel()
	rest(ctx, w.Lease)
	for _, s := range w.seats {
		s.says("room")
	}
	w.blackout(from)
	if !ok {
		return fmt.Errorf("no write failed for lack of room in %s", patience)
	}
	for _, l := range w.log.all()[at:] {
		if l.Worker != hostName && (l.What == Trouble || l.What == Unsure) {
			w.tally.add("writes that failed for lack of room", 1)
		}
	}
	w.tally.add("disk full", 1)
	return w.recovered(ctx)
}
