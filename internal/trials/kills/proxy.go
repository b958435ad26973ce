//go:build linux || darwin

package kills

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Proxy stands between the workers and a database server. It passes on what it gets
// until it is told to cut a connection, or to fall silent.
type Proxy struct {
	listener net.Listener
	target   string // host:port

	mu     sync.Mutex
	trap   *trap
	thawed chan struct{} // nil: it is not frozen; closed when it no longer is
	conns  map[*link]bool
	closed bool
	links  sync.WaitGroup
}

// Cut says where a connection is cut.
type Cut string

// The cuts.
const (
	BeforeSend  Cut = "before the server has it"
	HalfSent    Cut = "half-way through"
	JustSent    Cut = "at once after it was sent" // whether it has been done nobody can know
	BeforeReply Cut = "when the answer is there, and before it is passed on"
)

// Cuts returns all of them.
func Cuts() []Cut { return []Cut{BeforeSend, HalfSent, JustSent, BeforeReply} }

// trap cuts the next connection on which a client sends the bait.
type trap struct {
	cut    Cut
	bait   []byte
	sprung chan struct{}
}

// link is one connection of a client, and the one that it stands for.
type link struct {
	client, server net.Conn
	mute           chan struct{} // closed when the server's next answer is not to be passed on
}

func (l *link) close() {
	for _, c := range []net.Conn{l.client, l.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // as when a cable is cut: what is under way is lost
		}
		_ = c.Close()
	}
}

// NewProxy starts a proxy for a server, given as host:port. Close must be called in
// the end.
func NewProxy(ctx context.Context, server string) (*Proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: server, conns: map[*link]bool{}}
	p.links.Go(p.accept)
	return p, nil
}

// Addr returns where the proxy listens, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close cuts all connections and ends the proxy.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.Thaw()
	p.mu.Lock()
	p.closed = true
	for l := range p.conns {
		l.close()
	}
	p.mu.Unlock()
	p.links.Wait()
}

// Cut waits until a client sends the bait, and cuts its connection. It returns an
// error where ctx ends before.
func (p *Proxy) Cut(ctx context.Context, cut Cut, bait string) error {
	t := &trap{cut: cut, bait: []byte(bait), sprung: make(chan struct{})}
	p.mu.Lock()
	if p.trap != nil {
		p.mu.Unlock()
		return errors.New("kills: the proxy waits for another bait")
	}
	p.trap = t
	p.mu.Unlock()
	select {
	case <-t.sprung:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.trap == t {
		p.trap = nil
		return ctx.Err()
	}
	return nil // at the last moment
}

// Waiting reports whether a Cut has not found its bait.
func (p *Proxy) Waiting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trap != nil
}

// Freeze lets nothing through until Thaw.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thawed == nil {
		p.thawed = make(chan struct{})
	}
}

// Thaw lets everything through again.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.thawed != nil {
		close(p.thawed)
		p.thawed = nil
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.links.Go(func() { p.join(client) })
	}
}

// join connects a client with the server, and ends when either is gone.
func (p *Proxy) join(client net.Conn) {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	server, err := dialer.DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		_ = client.Close() // as the server would refuse it
		return
	}
	l := &link{client: client, server: server, mute: make(chan struct{})}
	p.mu.Lock()
	p.conns[l] = true
	closed := p.closed
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.conns, l)
		p.mu.Unlock()
	}()
	if closed {
		l.close()
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { p.pass(l, client, server, p.springs) })
	ways.Go(func() { p.pass(l, server, client, muted) })
	ways.Wait()
}

// pass passes on what comes from one side, until that ends, or until the check has
// cut the connection.
func (p *Proxy) pass(l *link, from, to net.Conn, check func(*link, []byte) bool) {
	defer l.close()
	buf := make([]byte, 1<<17)
	for {
		n, err := from.Read(buf)
		p.whileFrozen()
		if n > 0 && check(l, buf[:n]) {
			return
		}
		if _, failure := to.Write(buf[:n]); failure != nil || err != nil {
			return
		}
	}
}

func (p *Proxy) whileFrozen() {
	p.mu.Lock()
	thawed := p.thawed
	p.mu.Unlock()
	if thawed != nil {
		<-thawed
	}
}

// muted reports whether an answer is not to be passed on.
func muted(l *link, _ []byte) bool {
	select {
	case <-l.mute:
		return true
	default:
		return false
	}
}

// springs looks for the bait in what a client sends, and reports whether the
// connection is to be cut now.
func (p *Proxy) springs(l *link, data []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.trap
	if t == nil || !bytes.Contains(data, t.bait) {
		return false
	}
	p.trap = nil
	defer close(t.sprung)
	switch t.cut {
	case HalfSent:
		_, _ = l.server.Write(data[:len(data)/2])
	case JustSent:
		_, _ = l.server.Write(data)
	case BeforeReply:
		close(l.mute)
		return false
	case BeforeSend:
	}
	return true
}
