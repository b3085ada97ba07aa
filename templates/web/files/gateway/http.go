package gateway

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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
	headLimit = 64 << 10 // bytes of request line and header
	headSlop  = 4 << 10  // net/http adds as much to MaxHeaderBytes
)

// writeTimeout bounds an answer, the upload before it not counted.
const writeTimeout = 60 * time.Second

// HTTP is the transport of net/http, for development, containers, and
// reverse proxies that speak HTTP.
func HTTP() Transport {
	return Transport{name: "http", sockets: true, serve: serveHTTP}
}

func serveHTTP(ctx context.Context, l net.Listener, c config) error {
	s := newHTTP(ctx, l, c)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(s.conns) }()
	select {
	case err := <-failed:
		return errors.Join(err, s.drain(c.shutdown))
	case <-s.served:
	case <-ctx.Done():
	}
	return s.drain(c.shutdown)
}

// An httpServer is an http.Server that knows what is in flight.
type httpServer struct {
	http.Server
	conns  *connLimit
	flight flight
	served chan struct{} // closed after the request of -once
	mute   time.Duration // how long a drain waits for a first request
}

// newHTTP sets every timeout, for those of http.Server default to none; that
// of the body is in steadyBody. A handler that streams for longer extends its
// WriteTimeout by http.ResponseController.
func newHTTP(ctx context.Context, l net.Listener, c config) *httpServer {
	s := &httpServer{served: make(chan struct{}), mute: time.Second}
	if c.once {
		c.maxConns = 1
		c.handler = s.once(c.handler)
		s.SetKeepAlivesEnabled(false)
	}
	s.conns = newConnLimit(l, c.maxConns)
	s.Handler = s.flight.count(s.conns.yield(sameView(c, l.Addr().Network() == "unix")))
	s.ReadHeaderTimeout = 5 * time.Second
	s.WriteTimeout = writeTimeout // from the end of the header on
	s.IdleTimeout = 75 * time.Second
	s.MaxHeaderBytes = headLimit - headSlop
	s.DisableGeneralOptionsHandler = true // the guard answers OPTIONS *
	s.ErrorLog = slog.NewLogLogger(c.log.Handler(), slog.LevelWarn)
	s.ConnState = s.conns.state
	base := context.WithoutCancel(ctx) // a drain must not cancel what it waits for
	s.BaseContext = func(net.Listener) context.Context { return base }
	return s
}

// drain stops accepting and waits for the requests in flight. Not by Shutdown:
// that drops a request which it finds on a connection that was accepted before.
func (s *httpServer) drain(limit time.Duration) error {
	s.conns.end()
	silence := time.AfterFunc(s.mute, s.conns.silence)
	defer silence.Stop()
	began := time.Now()
	for over := time.After(limit); !s.conns.none(); {
		select {
		case <-over:
			busy := s.flight.busy() // a silent connection is no request
			_ = s.Close()
			if busy {
				return overdue(limit)
			}
			return nil
		case <-time.After(drainTick):
			if time.Since(began) > lastCall {
				s.conns.shed()
			}
		}
	}
	_ = s.Close()
	return nil
}

// drainTick is how often a drain looks what is left.
const drainTick = 5 * time.Millisecond

// once answers the first request and ends the server. One connection is
// served at a time and the next is accepted never, so no other gets in.
func (s *httpServer) once(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.conns.last.Store(true)
		defer close(s.served)
		h.ServeHTTP(w, r)
	})
}

// sameView makes a request look as it does under the other transports:
// RequestURI in origin form (RFC 9112, section 3.2.1), a RemoteAddr that
// parses, and what a trusted proxy says about the client.
//
// Over a unix socket every peer is trusted, for the socket's mode decides who
// may connect. There RemoteAddr is 127.0.0.1 and port 1 until a header says
// better; the port is 1 too where only an address is known.
func sameView(c config, unix bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asOrigin(r)
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			r.RemoteAddr = net.JoinHostPort("127.0.0.1", unknownPort)
		}
		if unix || trusts(c.trusted, peer.Addr()) {
			believe(r)
		}
		if r.Body == http.NoBody {
			c.handler.ServeHTTP(final(w), r)
			return
		}
		serveBody(c, final(w), r)
	})
}

// serveBody hands the handler a copy: net/http must find its own body in r, or
// it waits for one that a client with Expect: 100-continue does not send.
func serveBody(c config, w *finalWriter, r *http.Request) {
	body := newSteadyBody(w, r.Body, bodyPause)
	// WriteTimeout began with the header, and would cut the answer to an upload
	// that takes longer.
	_ = body.conn.SetWriteDeadline(time.Now().Add(uploadTime(r.ContentLength, c.bodyLimit) + writeTimeout))
	seen := r.WithContext(r.Context())
	seen.Body = body
	c.handler.ServeHTTP(w, seen)
	if !w.hijacked {
		body.drain(r.Header.Get("Expect"))
	}
}

func trusts(prefixes []netip.Prefix, peer netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(peer.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// believe takes the client's address and scheme from what the nearest proxy
// said: the last entry, for those before it came from the client.
func believe(r *http.Request) {
	if client := lastEntry(r.Header["X-Forwarded-For"]); client != "" {
		r.RemoteAddr = clientAddr(client, r.RemoteAddr)
	}
	if strings.EqualFold(lastEntry(r.Header["X-Forwarded-Proto"]), "https") && r.TLS == nil {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
}

func lastEntry(values []string) string {
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// clientAddr returns client as host:port, or the fallback when it is no
// address: "unknown" and names are allowed in that header.
func clientAddr(client, fallback string) string {
	if a, err := netip.ParseAddr(strings.Trim(client, "[]")); err == nil {
		return net.JoinHostPort(a.Unmap().String(), unknownPort)
	}
	if a, err := netip.ParseAddrPort(client); err == nil && a.Port() != 0 {
		return a.String()
	}
	return fallback
}

// asOrigin strips scheme and authority off an absolute-form target; r.Host
// has the authority by then.
func asOrigin(r *http.Request) {
	if r.URL.Scheme == "" || r.URL.Opaque != "" {
		return
	}
	_, rest, _ := strings.Cut(r.RequestURI, "://")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[i:]
	} else {
		rest = ""
	}
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
		r.URL.Path = "/"
	}
	r.RequestURI = rest
	r.URL.Scheme, r.URL.Host, r.URL.User = "", "", nil
}

// A finalWriter keeps answers that are not final to itself, as the other
// transports do: nginx before 1.29 takes early hints for the answer.
type finalWriter struct {
	tapped
	hijacked bool
}

func final(w http.ResponseWriter) *finalWriter {
	return &finalWriter{tapped: tapped{ResponseWriter: w}}
}

// Hijack notes that the connection is the handler's.
func (w *finalWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *finalWriter) WriteHeader(status int) {
	if status < 100 || status >= 200 || status == http.StatusSwitchingProtocols {
		w.tapped.WriteHeader(status)
	}
}

// bodyPause is how long a client may send nothing in the middle of a body.
const bodyPause = 60 * time.Second

// A steadyBody is a request body that fails when its client pauses for too
// long. http.Server.ReadTimeout would not do: it bounds the whole upload, and
// when it passes it cancels the context of a handler that only writes.
type steadyBody struct {
	body  io.ReadCloser
	conn  *http.ResponseController
	pause time.Duration

	// A handler may leave a goroutine that reads.
	asked  atomic.Bool // by the handler
	closed atomic.Bool // by the handler: net/http closes its own
	ended  atomic.Bool // nothing is left to read
}

// uploadRate is what even a slow client sends, in bytes per second.
const uploadRate = 8 << 10

// uploadTime is what the slowest client takes for a body of n bytes, or of limit
// if nobody knows or it will be refused.
func uploadTime(n, limit int64) time.Duration {
	if n < 0 || n > limit {
		n = limit
	}
	return time.Duration(min(n/uploadRate, 24*60*60)) * time.Second
}

func newSteadyBody(w http.ResponseWriter, body io.ReadCloser, pause time.Duration) *steadyBody {
	return &steadyBody{body: body, conn: http.NewResponseController(w), pause: pause}
}

func (b *steadyBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.asked.Store(true)
	return b.read(p, b.pause)
}

// Close ends the handler's reading, and leaves the rest to drain.
func (b *steadyBody) Close() error {
	b.closed.Store(true)
	return nil
}

func (b *steadyBody) read(p []byte, pause time.Duration) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(pause))
	n, err := b.body.Read(p)
	if err != nil {
		b.ended.Store(true)
	}
	if err == io.EOF {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// What a handler leaves of a body is read before the answer ends, up to these: a proxy
// that cannot get rid of it takes the answer for broken (Apache says 502).
// One that has the head of the answer may send no more, though (nginx), and gets
// the rest of it after a pause.
const (
	drainBytes = 64 << 20
	drainPause = 500 * time.Millisecond
)

var drainTime = 5 * time.Second // only tests change it

// drain reads what is left. A client that waits for 100-continue has not sent
// it, and never will.
func (b *steadyBody) drain(expect string) {
	if b.ended.Load() || expect != "" && !b.asked.Load() {
		return
	}
	buf := make([]byte, 32<<10)
	end := time.Now().Add(drainTime)
	for n := 0; n < drainBytes && time.Now().Before(end); {
		piece, err := b.read(buf, drainPause)
		if n += piece; err != nil {
			return
		}
	}
}

// A connLimit is a listener with so many connections at a time. It learns of
// their end by http.Server's ConnState rather than by wrapping them, which
// would take sendfile from them. A hijacked connection counts no more.
type connLimit struct {
	net.Listener
	slots chan struct{}
	last  atomic.Bool // accept nothing more
	ended atomic.Bool // no request after this one on any connection

	closed chan struct{}
	close  sync.Once

	mu   sync.Mutex
	idle map[net.Conn]bool // after an answer
	mute map[net.Conn]bool // before the first request
}

func newConnLimit(l net.Listener, n int) *connLimit {
	return &connLimit{
		Listener: l,
		slots:    make(chan struct{}, n),
		closed:   make(chan struct{}),
		idle:     map[net.Conn]bool{},
		mute:     map[net.Conn]bool{},
	}
}

// Accept waits for a slot first: whoever is over the limit stays in the
// kernel's queue instead of being turned away.
func (l *connLimit) Accept() (net.Conn, error) {
	if !l.take() {
		return nil, net.ErrClosed
	}
	if l.last.Load() {
		<-l.closed
		<-l.slots
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		if !l.ended.Load() {
			l.shed() // it may have failed for want of a descriptor
		}
	}
	return c, err
}

// take waits for a slot. Connections may become idle meanwhile.
func (l *connLimit) take() bool {
	for {
		if l.full() {
			l.shed()
		}
		select {
		case l.slots <- struct{}{}:
			return true
		case <-l.closed:
			return false
		case <-time.After(shedPause):
		}
	}
}

// shedPause is how often idle connections are looked for while one waits.
const shedPause = 10 * time.Millisecond

func (l *connLimit) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// end stops accepting; every connection ends with its next answer.
func (l *connLimit) end() {
	l.ended.Store(true)
	_ = l.Close()
}

// none reports whether every connection has ended.
func (l *connLimit) none() bool { return len(l.slots) == 0 }

func (l *connLimit) full() bool { return len(l.slots) == cap(l.slots) }

// shed ends the connections that wait for a request, so that idle clients do
// not keep out busy ones. It does not close them: net/http may just have read a
// request, and then forgets the deadline.
func (l *connLimit) shed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.idle {
		if !readable(c) {
			_ = c.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// silence closes the connections that have not sent a request yet.
func (l *connLimit) silence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.mute {
		_ = c.Close()
	}
}

// state is http.Server's ConnState hook.
func (l *connLimit) state(c net.Conn, s http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.idle, c)
	delete(l.mute, c)
	switch s {
	case http.StateNew:
		l.mute[c] = true
	case http.StateIdle:
		l.idle[c] = true
	case http.StateActive:
		_ = c.SetReadDeadline(time.Time{}) // shed may have set one
	case http.StateClosed, http.StateHijacked:
		<-l.slots
	}
}

// yield ends keep-alive while the limit is reached, and in a drain.
func (l *connLimit) yield(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.full() || l.ended.Load() {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// flight counts the requests whose handler runs.
type flight struct{ n atomic.Int64 }

func (f *flight) busy() bool { return f.n.Load() > 0 }

func (f *flight) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.n.Add(1)
		defer f.n.Add(-1)
		h.ServeHTTP(w, r)
	})
}

// healthTimeout bounds a check whose context has no deadline, well below the
// 30 s that Docker waits.
const healthTimeout = 5 * time.Second

// Healthcheck asks the running app for path (below the mount) over HTTP, at
// the first of o's addresses that serves it, and returns nil on a status of
// 2xx. It is what a container's health check runs; no redirect is followed
// and no proxy asked. It gives up after 5 s where ctx sets no deadline.
func Healthcheck(ctx context.Context, o Options, path string) error {
	a, mount, err := healthTarget(o)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+mount+"/"+strings.TrimPrefix(path, "/"), nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	resp, err := healthTransport(a).RoundTrip(r)
	if err != nil {
		return fmt.Errorf("health check %s: %w", a, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("health check %s: %s answered %s", a, r.URL.Path, resp.Status)
	}
	return nil
}

// healthTarget finds the address that o's server speaks HTTP at. It is
// another process than the server, so what this one inherited says nothing.
func healthTarget(o Options) (address, string, error) {
	o = o.filled()
	mount, err := cleanMount(o.Mount)
	if err != nil {
		return address{}, "", err
	}
	list := o.Listen
	if list == "" {
		list = o.DefaultListen
	}
	all, err := parseListen(list)
	if err != nil {
		return address{}, "", err
	}
	for _, a := range all {
		if a.transport == "http" || a.transport == "" && (o.Transport == "" || o.Transport == "http") {
			return a, mount, nil
		}
	}
	return address{}, "", fmt.Errorf("nothing at %q serves http; add an address such as http+tcp:localhost:8000", list)
}

// healthTransport connects to a, whatever the request's URL says.
func healthTransport(a address) *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, a.network, a.dialable())
		},
	}
}

// dialable turns the wildcard of "tcp::8000" or "tcp:0.0.0.0:8000" into an
// address that can be connected to.
func (a address) dialable() string {
	if a.network != "tcp" {
		return a.where
	}
	switch host, port, _ := net.SplitHostPort(a.where); host {
	case "", "0.0.0.0":
		return net.JoinHostPort("127.0.0.1", port)
	case "::":
		return net.JoinHostPort("::1", port)
	}
	return a.where
}
