package sqlite

import (
	"log/slog"
)

// walLimits bound the write-ahead log, in pages written since the last
// checkpoint. A commit only adds to the log; a checkpoint copies it into the
// file, beside the commits, and then the log starts over. There will always be
// commits behind the last page copied, so at the end the writer pauses for the
// few that are left.
type walLimits struct {
	checkpoint int // it is time for one
	most       int // commits wait for one
}

// A page has 4 KiB: the log is around 8 MiB. It may come to twice the second
// limit, before a checkpoint begins and during it, which is below logSize.
var defaultLimits = walLimits{checkpoint: 2000, most: 3000}

// checkpointer is the goroutine that makes checkpoints, on a connection of its
// own.
//
// Where a reader holds on to an old state of the file, perhaps in another
// process, nothing that was written after it can be copied, and the log grows.
// That is not an error, but somebody should know.
type checkpointer struct {
	path    string
	session *session
	writer  *writer
	limits  walLimits
	due     <-chan struct{}
	log     *slog.Logger
	warnAt  int // pages that cannot be copied
	ended   chan struct{}
}

func (c *checkpointer) start() {
	c.warnAt = 2 * c.limits.most
	c.ended = make(chan struct{})
	go c.run()
}

func (c *checkpointer) run() {
	defer close(c.ended)
	for {
		select {
		case <-c.due:
			c.tend()
		case <-c.writer.ended:
			c.tend() // of what was written last: processes may be short-lived
			return
		}
	}
}

func (c *checkpointer) tend() {
	if err := c.work(); err != nil {
		c.log.Warn("sqlite: a checkpoint failed; the write-ahead log grows until one succeeds",
			"path", c.path, "error", err)
	}
}

// work makes one checkpoint.
func (c *checkpointer) work() error {
	log, err := c.session.checkpoint(checkpointPassive)
	if err != nil {
		return err
	}
	if log.left >= c.warnAt {
		c.log.Warn("sqlite: a reader keeps the write-ahead log from shrinking; look for a transaction that was left open",
			"path", c.path, "log_pages", log.pages, "waiting_pages", log.left)
		c.warnAt = 2 * log.left
	}
	if log.left >= c.limits.checkpoint {
		return nil // that reader would make the writer wait, and gain nothing
	}
	c.writer.pause(func() { log, err = c.session.checkpoint(checkpointRestart) })
	if err == nil && log.left == 0 {
		c.warnAt = 2 * c.limits.most
	}
	return err
}

// walState is the log after a checkpoint, in pages.
type walState struct {
	pages int
	left  int // not copied into the file
}

// checkpoint copies what can be copied. Where another process is at it, it does
// nothing; that process does it.
func (s *session) checkpoint(id statement) (walState, error) {
	var busy, pages, copied int
	_, err := s.row(id, nil, &busy, &pages, &copied)
	if err != nil || pages < 0 {
		return walState{}, err
	}
	return walState{pages: pages, left: pages - copied}, nil
}
