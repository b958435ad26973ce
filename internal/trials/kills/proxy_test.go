//go:build linux || darwin

package kills_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/trials/kills"
)

// echo is a server that answers each line with itself, and tells what it has read.
func echo(t *testing.T) (addr string, heard <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	said := make(chan string, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewReader(conn); ; {
					line, err := lines.ReadString('\n')
					said <- line
					if err != nil {
						return
					}
					_, _ = io.WriteString(conn, line)
				}
			}()
		}
	}()
	return l.Addr().String(), said
}

func TestProxyCuts(t *testing.T) {
	t.Parallel()
	for cut, arrives := range map[kills.Cut]string{ // what of the line with the bait the server gets
		kills.BeforeSend:  "",
		kills.HalfSent:    "the ",
		kills.JustSent:    "", // or all of it: nobody can know
		kills.BeforeReply: "the bait\n",
	} {
		t.Run(string(cut), func(t *testing.T) {
			t.Parallel()
			addr, heard := echo(t)
			proxy, err := kills.NewProxy(t.Context(), addr)
			require.NoError(t, err)
			defer proxy.Close()
			conn, err := net.Dial("tcp", proxy.Addr())
			require.NoError(t, err)
			defer conn.Close()
			answers := bufio.NewReader(conn)

			sprung := make(chan error, 1)
			armed := make(chan struct{})
			go func() {
				close(armed)
				sprung <- proxy.Cut(t.Context(), cut, "bait")
			}()
			<-armed
			for caught := false; !caught; { // harmless lines pass, until the trap is there
				_, err = io.WriteString(conn, "hello\n")
				require.NoError(t, err)
				answer, err := answers.ReadString('\n')
				require.NoError(t, err)
				require.Equal(t, "hello\n", answer)
				require.Equal(t, "hello\n", <-heard)
				caught = proxy.Waiting()
			}
			_, err = io.WriteString(conn, "the bait\n")
			require.NoError(t, err)
			require.NoError(t, <-sprung)
			answer, err := answers.ReadString('\n')
			require.Error(t, err, "the connection is cut")
			require.Empty(t, answer, "no answer is passed on")
			if cut != kills.JustSent {
				require.Equal(t, arrives, <-heard)
			}
		})
	}
}

func TestProxyGivesUpWaitingForTheBait(t *testing.T) {
	t.Parallel()
	addr, _ := echo(t)
	proxy, err := kills.NewProxy(t.Context(), addr)
	require.NoError(t, err)
	defer proxy.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, proxy.Cut(ctx, kills.BeforeSend, "bait"), context.Canceled)
	require.False(t, proxy.Waiting())
}

func TestProxyFreezes(t *testing.T) {
	t.Parallel()
	addr, heard := echo(t)
	proxy, err := kills.NewProxy(t.Context(), addr)
	require.NoError(t, err)
	defer proxy.Close()
	conn, err := net.Dial("tcp", proxy.Addr())
	require.NoError(t, err)
	defer conn.Close()

	proxy.Freeze()
	_, err = io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	select {
	case line := <-heard:
		t.Errorf("the server got %q while the proxy was frozen", line)
	default:
	}
	proxy.Thaw()
	answer, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "hello\n", answer)
}

func TestProxyToNowhere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	proxy, err := kills.NewProxy(t.Context(), l.Addr().String())
	require.NoError(t, err)
	defer proxy.Close()
	conn, err := net.Dial("tcp", proxy.Addr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Read(make([]byte, 1))
	require.Error(t, err, "the connection ends, as it would at a server that is down")
}
