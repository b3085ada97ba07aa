package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A scriptConn is a connection on which a given text comes in, and then the
// end.
type scriptConn struct {
	in  io.Reader
	mu  sync.Mutex
	out bytes.Buffer
}

func (c *scriptConn) Read(p []byte) (int, error) { return c.in.Read(p) }

func (c *scriptConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

func (c *scriptConn) Close() error                     { return nil }
func (c *scriptConn) LocalAddr() net.Addr              { return nil }
func (c *scriptConn) RemoteAddr() net.Addr             { return nil }
func (c *scriptConn) SetDeadline(time.Time) error      { return nil }
func (c *scriptConn) SetReadDeadline(time.Time) error  { return nil }
func (c *scriptConn) SetWriteDeadline(time.Time) error { return nil }

// play runs a connection on which in comes in, and returns what went out.
func play(h http.HandlerFunc, newPeer func(*socketServer, net.Conn) peer, in string) string {
	s := &socketServer{
		config: config{handler: h, log: slog.New(slog.DiscardHandler), maxConns: 1},
		limits: usualLimits,
		base:   context.Background(),
	}
	c := &scriptConn{in: strings.NewReader(in)}
	newPeer(s, c).run()
	return c.out.String()
}

func TestSocketScript(t *testing.T) {
	if got := play(sayHello, newLineConn, "/\n"); !strings.HasSuffix(got, "hello, world") {
		t.Errorf("%q", got)
	}
	if got := play(sayHello, newLineConn, "/"); got != "" {
		t.Errorf("%q", got)
	}
}
