package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	headLimit    = 64 << 10 // bytes of request line and header
	headSlop     = 4 << 10  // net/http adds as much to MaxHeaderBytes
	writeTimeout = 60 * time.Second
	uploadRate   = 8 << 10                // bytes per second that even a slow client sends
	bodyPause    = 60 * time.Second       // for which it may send nothing
	unreadPause  = 500 * time.Millisecond // the same, of what nobody wants
)

// unreadTime bounds how long that is read; only tests change it.
var unreadTime = 5 * time.Second

// HTTP is the transport of net/http, for development, containers, and
// reverse proxies that speak HTTP.
func HTTP() Transport {
	return Transport{name: "http", serve: serveHTTP}
}

// An httpServer shows net/http's requests as those of the other transports.
type httpServer struct {
	http.Server
	s        *server
	listener *listener
	ctx      context.Context // ends when draining begins
	inFlight atomic.Int64

	mu   sync.Mutex
	idle map[net.Conn]bool
}

// serveHTTP sets every timeout, because those of http.Server default to none;
// that of the body is in httpBody. A handler that streams for longer extends its
// WriteTimeout by http.ResponseController.
func serveHTTP(ctx context.Context, l *listener, s *server) error {
	h := &httpServer{s: s, listener: l, ctx: ctx, idle: map[net.Conn]bool{}}
	h.Server = http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            5 * time.Second,
		WriteTimeout:                 writeTimeout, // from the end of the header on
		IdleTimeout:                  75 * time.Second,
		MaxHeaderBytes:               headLimit - headSlop,
		DisableGeneralOptionsHandler: true, // checkRequest answers OPTIONS *
		ErrorLog:                     slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return s.base },
		ConnState:                    h.trackConn,
	}
	defer context.AfterFunc(ctx, l.stopAccepting)()
	err := h.Serve(l)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, h.drain())
}

// drain shuts down after idleInDrain, in which every answer ends its connection,
// because Shutdown drops a request that it finds on one.
func (h *httpServer) drain() error {
	h.awaitEmpty(idleInDrain)
	h.endIdle()
	h.awaitEmpty(2 * acceptPause)
	limited, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), h.s.ShutdownTimeout)
	defer cancel()
	if h.Shutdown(limited) == nil {
		return nil
	}
	defer h.Close()
	if h.inFlight.Load() == 0 { // a silent connection is no request
		return nil
	}
	return h.s.errDrain()
}

// trackConn is http.Server's ConnState hook.
func (h *httpServer) trackConn(c net.Conn, state http.ConnState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.idle, c)
	switch state {
	case http.StateIdle:
		h.idle[c] = true
	case http.StateActive:
		if h.ctx.Err() != nil {
			_ = c.SetReadDeadline(time.Time{}) // endIdle may have set one
		}
	case http.StateClosed, http.StateHijacked:
		h.listener.release()
	}
}

// endIdle ends the idle connections by a deadline, because Shutdown would close
// one whose next request has come but has not been read.
func (h *httpServer) endIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.idle {
		_ = c.SetReadDeadline(time.Now().Add(acceptPause))
	}
}

// awaitEmpty waits until there is no connection, but not for long.
func (h *httpServer) awaitEmpty(most time.Duration) {
	for end := time.Now().Add(most); len(h.listener.slots) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// ServeHTTP gives checkRequest a request of its own, because net/http must find the
// body in r that it has put there.
func (h *httpServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.inFlight.Add(1)
	defer h.inFlight.Add(-1)
	if h.ctx.Err() != nil || h.listener.nearlyFull() {
		w.Header().Set("Connection", "close")
	}
	own := r.WithContext(r.Context())
	h.adaptRequest(own)
	watched := watchStatus(w)
	if r.Body == http.NoBody {
		h.s.handler.ServeHTTP(watched, own)
		return
	}
	body := &httpBody{ReadCloser: r.Body, conn: http.NewResponseController(w)}
	own.Body = body
	// WriteTimeout began with the header, and would cut the answer to an upload
	// that takes longer.
	_ = body.conn.SetWriteDeadline(time.Now().Add(uploadTime(r.ContentLength, h.s.BodyLimit) + bodyPause + writeTimeout))
	h.s.handler.ServeHTTP(watched, own)
	if watched.status != http.StatusSwitchingProtocols { // else the connection is the handler's
		body.drain(r.Header.Get("Expect"))
	}
}

// adaptRequest makes a request look as it does under the other transports:
// RequestURI in origin form (RFC 9112, section 3.2.1), a RemoteAddr that parses,
// and what a trusted proxy says about the client, else nothing that pretends to
// be from one. On a unix socket every peer is trusted, because the socket's mode
// decides who may connect.
func (h *httpServer) adaptRequest(r *http.Request) {
	target := *r.URL
	r.URL = &target
	setOriginForm(r)
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		r.RemoteAddr = net.JoinHostPort("127.0.0.1", unknownPort)
	}
	if h.listener.Addr().Network() == "unix" || isAmong(h.s.trusted, peer.Addr()) {
		trustForwarded(r)
	} else {
		dropForwarded(r.Header)
	}
}

// setOriginForm strips scheme and authority off an absolute-form target; r.Host
// has the authority by then.
func setOriginForm(r *http.Request) {
	if r.URL.Scheme == "" || r.URL.Opaque != "" {
		return
	}
	_, r.RequestURI = splitAuthority(r.RequestURI)
	r.URL.Scheme, r.URL.Host, r.URL.User = "", "", nil
	r.URL.Path = cmp.Or(r.URL.Path, "/")
}

// trustForwarded takes the client's address and scheme from what the nearest proxy
// said: the last entry, because those before it came from the client.
func trustForwarded(r *http.Request) {
	if client := lastEntry(r.Header["X-Forwarded-For"]); client != "" {
		r.RemoteAddr = clientAddr(client, r.RemoteAddr)
	}
	if strings.EqualFold(lastEntry(r.Header["X-Forwarded-Proto"]), "https") && r.TLS == nil {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
}

// dropForwarded drops what only a proxy could know, because a middleware may take
// it for true.
func dropForwarded(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" {
			delete(h, name)
		}
	}
}

func lastEntry(values []string) string {
	all := strings.Join(values, ",")
	return strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
}

// clientAddr returns client as host:port, or the fallback when it is no
// address, because "unknown" and names are allowed in that header.
func clientAddr(client, fallback string) string {
	if a, err := netip.ParseAddr(strings.Trim(client, "[]")); err == nil {
		return net.JoinHostPort(a.Unmap().String(), unknownPort)
	}
	if a, err := netip.ParseAddrPort(client); err == nil && a.Port() != 0 {
		return a.String()
	}
	return fallback
}

// An httpBody is a request body that fails when its client pauses for too
// long. http.Server.ReadTimeout would not do, because it bounds the whole upload,
// and when it passes it cancels the context of a handler that only writes.
type httpBody struct {
	io.ReadCloser
	conn         *http.ResponseController
	asked, ended atomic.Bool // by the handler, who may leave a goroutine that reads
}

func (b *httpBody) Read(p []byte) (int, error) {
	b.asked.Store(true)
	return b.readWithin(bodyPause, p)
}

// Close leaves the rest to drain.
func (b *httpBody) Close() error { return nil }

func (b *httpBody) readWithin(pause time.Duration, p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(pause))
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	if err != nil {
		b.ended.Store(true)
	}
	return n, err
}

// drain reads what the handler has left of a body before the answer ends, for a
// limited time, because a proxy that cannot get rid of it takes the answer for
// broken (Apache says 502). One that has the head of the answer may send no more
// (nginx), and a client that waits for 100-continue never will.
func (b *httpBody) drain(expect string) {
	if b.ended.Load() || expect != "" && !b.asked.Load() {
		return
	}
	buf := make([]byte, 32<<10)
	for end := time.Now().Add(unreadTime); time.Now().Before(end); {
		if _, err := b.readWithin(unreadPause, buf); err != nil {
			return
		}
	}
}

// uploadTime is what the slowest client takes for a body of n bytes, or of limit
// if nobody knows or it will be refused.
func uploadTime(n, limit int64) time.Duration {
	if n < 0 || n > limit {
		n = limit
	}
	return time.Duration(min(n/uploadRate, 24*60*60)) * time.Second
}
