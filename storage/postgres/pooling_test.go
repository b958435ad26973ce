package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// pooler is a proxy that pools transactions, at its worst: a client gets another
// connection for every transaction, and one from which everything is wiped.
type pooler struct {
	listener net.Listener
	free     chan *pgconn.HijackedConn
	statuses map[string]string
	running  sync.WaitGroup
}

// poolThrough starts a proxy and returns the URL that leads through it.
func poolThrough(t *testing.T, target string, connections int) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &pooler{listener: l, free: make(chan *pgconn.HijackedConn, connections)}
	for range connections {
		conn, err := pgconn.Connect(t.Context(), target)
		require.NoError(t, err)
		server, err := conn.Hijack()
		require.NoError(t, err)
		p.statuses = server.ParameterStatuses
		p.free <- server
	}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		assert.NoError(t, l.Close())
		p.running.Wait()
		for range connections {
			assert.NoError(t, (<-p.free).Conn.Close())
		}
	})
	u, err := url.Parse(target)
	require.NoError(t, err)
	u.Host = l.Addr().String()
	return u.String()
}

func (p *pooler) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() {
			defer conn.Close()
			if err := p.greet(conn); err == nil {
				p.serve(conn)
			}
		})
	}
}

// greet answers a client that wants to connect as the server would.
func (p *pooler) greet(conn net.Conn) error {
	client := pgproto3.NewBackend(conn, conn)
	if _, err := client.ReceiveStartupMessage(); err != nil {
		return err
	}
	client.Send(&pgproto3.AuthenticationOk{})
	for name, value := range p.statuses {
		client.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte("none")})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return client.Flush()
}

// serve gives each of the client's transactions a connection of its own.
func (p *pooler) serve(client net.Conn) {
	for {
		first, err := readMessage(client)
		if err != nil || first[0] == 'X' {
			return
		}
		server := <-p.free
		err = transaction(client, server.Conn, first)
		if wipeErr := wipe(server.Conn); wipeErr != nil {
			return // and the next one to need it hangs, which shows
		}
		p.free <- server
		if err != nil {
			return
		}
	}
}

// transaction relays messages until the server is in no transaction any more.
func transaction(client, server net.Conn, message []byte) error {
	var clientErr error
	for {
		if _, err := server.Write(message); err != nil {
			return err
		}
		if kind := message[0]; kind == 'Q' || kind == 'S' {
			status, err := relay(client, server)
			if status == 'I' || err != nil {
				return errors.Join(err, clientErr)
			}
		}
		if message, clientErr = readMessage(client); clientErr != nil || message[0] == 'X' {
			message = simpleQuery("ROLLBACK")
		}
	}
}

// relay passes on what the server answers until it is ready for more.
func relay(client io.Writer, server io.Reader) (status byte, err error) {
	for {
		m, err := readMessage(server)
		if err != nil {
			return 0, err
		}
		_, _ = client.Write(m) // a client that has gone is noticed when it is read from
		if m[0] == 'Z' {
			return m[5], nil
		}
	}
}

func wipe(server net.Conn) error {
	if _, err := server.Write(simpleQuery("DISCARD ALL")); err != nil {
		return err
	}
	_, err := relay(io.Discard, server)
	return err
}

func readMessage(r io.Reader) ([]byte, error) {
	m := make([]byte, 5)
	if _, err := io.ReadFull(r, m); err != nil {
		return nil, err
	}
	m = append(m, make([]byte, binary.BigEndian.Uint32(m[1:])-4)...)
	_, err := io.ReadFull(r, m[5:])
	return m, err
}

func simpleQuery(sql string) []byte {
	m := append([]byte{'Q', 0, 0, 0, 0}, sql...)
	m = append(m, 0)
	binary.BigEndian.PutUint32(m[1:], uint32(len(m)-1))
	return m
}

// TestTransactionPooling runs everything through the proxy: migrations, the suite,
// row-level security and transactions of the host.
func TestTransactionPooling(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	target := testURL() + "&options=-csynchronous_commit%3Doff" // durability is tested elsewhere
	s := openTest(t, Options{URL: poolThrough(t, target, 3), Schema: schema})
	o := Options{Pool: s.pool, Schema: schema}
	admin := newPool(t, testURL())
	storagetest.Run(t, storagetest.Harness{
		Open: func(t storagetest.T) storage.Store {
			for _, table := range tables {
				executeAll(t.(*testing.T), admin, "DELETE FROM "+quote(schema)+"."+table)
			}
			return openTest(t.(*testing.T), o)
		},
		Reopen: func(t storagetest.T, _ storage.Store) storage.Store { return openTest(t.(*testing.T), o) },
	})

	tx := begin(t, s.pool, pgx.TxOptions{})
	_, err := s.InTx(tx).Commit(t.Context(), opened("in a transaction"))
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	assert.EqualValues(t, 1, versionOf(t, s, "in a transaction"))
}

// TestPoolingIsHarsh shows that the proxy would find session state.
func TestPoolingIsHarsh(t *testing.T) {
	t.Parallel()
	proxied := poolThrough(t, testURL(), 1)
	s := openTest(t, Options{URL: proxied})
	pool := newPool(t, proxied+"&default_query_exec_mode=cache_statement&pool_max_conns=1")
	var failed error
	for range 2 {
		_, failed = pool.Exec(t.Context(), "SELECT $1::int", 1)
	}
	assert.Equal(t, "26000", sqlState(failed), "a prepared statement is gone: %v", failed)
	_, err := s.pool.Exec(t.Context(), "SET application_name = 'left behind'")
	require.NoError(t, err)
	assert.NotEqual(t, "left behind", value[string](t, s.pool, "SELECT current_setting('application_name')"))
	require.NoError(t, s.pool.Ping(context.Background()))
}

func TestRowSecurityPooling(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	s := openTest(t, Options{
		URL: poolThrough(t, r.url(r.tenant), 1), Schema: schema,
		RowSecurity: &RowSecurity{WorkerURL: poolThrough(t, r.url(r.worker), 1)},
	})
	for _, tenant := range []string{"a", "b"} {
		_, err := s.Commit(t.Context(), full(tenant, "one"))
		require.NoError(t, err)
		head, err := s.Load(t.Context(), storage.Ref{Tenant: tenant, Key: "key"})
		require.NoError(t, err)
		assert.Equal(t, storage.Stream{Tenant: tenant, ID: "one"}, head.Stream)
	}
	assert.Zero(t, value[int](t, s.pool, "SELECT count(*) FROM "+quote(schema)+".stream"))
}
