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
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const (
	headLimit = 64 << 10 // bytes of request line and header
	headSlop  = 4 << 10  // net/http adds as much to MaxHeaderBytes

	// writeTimeout bounds an answer, the upload before it not counted.
	writeTimeout = 60 * time.Second

	// uploadRate is what even a slow client sends, in bytes per second, and
	// bodyPause how long it may send nothing in the middle of a body.
	uploadRate = 8 << 10
	bodyPause  = 60 * time.Second
)

// HTTP is the transport of net/http, for development, containers, and
// reverse proxies that speak HTTP.
func HTTP() Transport {
	return Transport{name: "http", serve: serveHTTP}
}

func serveHTTP(ctx context.Context, l *listener, s *server) error {
	return newHTTP(ctx, l, s).run(ctx)
}

// An httpServer serves net/http's requests as those of the other transports.
type httpServer struct {
	http.Server
	s        *server
	listener *listener
	serving  context.Context // ends when draining begins
	unix     bool            // every peer is trusted, because the socket's mode decides who connects
	inFlight atomic.Int64
}

// newHTTP sets every timeout, because those of http.Server default to none;
// that of the body is in httpBody. A handler that streams for longer extends its
// WriteTimeout by http.ResponseController.
func newHTTP(ctx context.Context, l *listener, s *server) *httpServer {
	h := &httpServer{s: s, listener: l, serving: ctx, unix: l.Addr().Network() == "unix"}
	h.Server = http.Server{
		Handler:                      h,
		ReadHeaderTimeout:            5 * time.Second,
		WriteTimeout:                 writeTimeout, // from the end of the header on
		IdleTimeout:                  75 * time.Second,
		MaxHeaderBytes:               headLimit - headSlop,
		DisableGeneralOptionsHandler: true, // the guard answers OPTIONS *
		ErrorLog:                     slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return s.base },
	}
	return h
}

// run serves until ctx ends, and then shuts down: after lastCall, in which every
// answer ends its connection, because Shutdown drops a request that it finds on
// one.
func (h *httpServer) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, h.listener.retire)()
	err := h.Serve(h.listener)
	if ctx.Err() != nil {
		err = nil
	}
	for end := time.Now().Add(lastCall); len(h.listener.slots) > 0 && time.Now().Before(end); {
		time.Sleep(lastCall / 20)
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.s.ShutdownTimeout)
	defer cancel()
	if h.Shutdown(limited) != nil {
		if h.inFlight.Load() > 0 { // a silent connection is no request
			err = errors.Join(err, overdue(h.s.ShutdownTimeout))
		}
		_ = h.Close()
	}
	return err
}

// ServeHTTP makes a request look as it does under the other transports:
// RequestURI in origin form (RFC 9112, section 3.2.1), a RemoteAddr that
// parses, and what a trusted proxy says about the client, else nothing that
// pretends to be from one.
//
// Over a unix socket RemoteAddr is 127.0.0.1 and port 1 until a header says
// better; the port is 1 too where only an address is known.
func (h *httpServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.inFlight.Add(1)
	defer h.inFlight.Add(-1)
	if h.serving.Err() != nil || h.listener.crowded() {
		w.Header().Set("Connection", "close")
	}
	// The guard may change its own, but net/http must find the body in r that it
	// has put there.
	own := r.WithContext(r.Context())
	target := *r.URL
	own.URL = &target
	asOrigin(own)
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		own.RemoteAddr = net.JoinHostPort("127.0.0.1", unknownPort)
	}
	if h.unix || isAmong(h.s.trusted, peer.Addr()) {
		believe(own)
	} else {
		disbelieve(own.Header)
	}
	final := &finalWriter{tapped: tapped{ResponseWriter: w}}
	if r.Body == http.NoBody {
		h.s.handler.ServeHTTP(final, own)
		return
	}
	body := &httpBody{ReadCloser: r.Body, conn: http.NewResponseController(w)}
	own.Body = body
	// WriteTimeout began with the header, and would cut the answer to an upload
	// that takes longer.
	_ = body.conn.SetWriteDeadline(time.Now().Add(uploadTime(r.ContentLength, h.s.BodyLimit) + bodyPause + writeTimeout))
	h.s.handler.ServeHTTP(final, own)
	if !final.hijacked {
		body.drain(r.Header.Get("Expect"))
	}
}

// asOrigin strips scheme and authority off an absolute-form target; r.Host
// has the authority by then.
func asOrigin(r *http.Request) {
	if r.URL.Scheme == "" || r.URL.Opaque != "" {
		return
	}
	if _, target := splitAuthority(r.RequestURI); target[0] == '/' {
		r.RequestURI = target
		r.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery}
		if r.URL.Path == "" {
			r.URL.Path = "/"
		}
	}
}

// believe takes the client's address and scheme from what the nearest proxy
// said: the last entry, because those before it came from the client.
func believe(r *http.Request) {
	if client := lastEntry(r.Header["X-Forwarded-For"]); client != "" {
		r.RemoteAddr = clientAddr(client, r.RemoteAddr)
	}
	if strings.EqualFold(lastEntry(r.Header["X-Forwarded-Proto"]), "https") && r.TLS == nil {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
}

// disbelieve drops what only a proxy could know, because a middleware may take it
// for true.
func disbelieve(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "X-Real-Ip" {
			delete(h, name)
		}
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

// A finalWriter keeps answers that are not final to itself, as the other
// transports do, because nginx before 1.29 takes early hints for the answer.
type finalWriter struct {
	tapped
	hijacked bool
}

func (w *finalWriter) WriteHeader(status int) {
	if status < 100 || status >= 200 || status == http.StatusSwitchingProtocols {
		w.tapped.WriteHeader(status)
	}
}

// Hijack notes that the connection is the handler's.
func (w *finalWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// An httpBody is a request body that fails when its client pauses for too
// long. http.Server.ReadTimeout would not do, because it bounds the whole upload,
// and when it passes it cancels the context of a handler that only writes.
type httpBody struct {
	io.ReadCloser
	conn *http.ResponseController

	// A handler may leave a goroutine that reads.
	asked  atomic.Bool // by the handler
	closed atomic.Bool // by the handler: net/http closes its own
	ended  atomic.Bool // nothing is left to read
}

func (b *httpBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	b.asked.Store(true)
	return b.readWithin(bodyPause, p)
}

func (b *httpBody) readWithin(pause time.Duration, p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(pause))
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.ended.Store(true)
	}
	if err == io.EOF {
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Close ends the handler's reading, and leaves the rest to drain.
func (b *httpBody) Close() error {
	b.closed.Store(true)
	return nil
}

// What a handler leaves of a body is read before the answer ends, up to these,
// because a proxy that cannot get rid of it takes the answer for broken (Apache
// says 502). One that has the head of the answer may send no more, though
// (nginx), and gets the rest of it after a pause.
const (
	unreadBytes = 64 << 20
	unreadPause = 500 * time.Millisecond
)

var unreadTime = 5 * time.Second // only tests change it

// drain reads what is left. A client that waits for 100-continue has not sent
// it, and never will.
func (b *httpBody) drain(expect string) {
	if b.ended.Load() || expect != "" && !b.asked.Load() {
		return
	}
	buf := make([]byte, 32<<10)
	end := time.Now().Add(unreadTime)
	for n := 0; n < unreadBytes && time.Now().Before(end); {
		piece, err := b.readWithin(unreadPause, buf)
		if n += piece; err != nil {
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

// healthTimeout bounds a check whose context has no deadline, well below the
// 30 s that Docker waits.
const healthTimeout = 5 * time.Second

// Healthcheck asks the running app for path (below the mount) over HTTP, at
// the first of o's addresses that serves it, and returns nil on a status of
// 2xx. It is what a container's health check runs; no redirect is followed
// and no proxy asked. It gives up after 5 s where ctx sets no deadline.
func Healthcheck(ctx context.Context, o Options, path string) error {
	o = o.filled()
	mount, err := cleanMount(o.Mount)
	a, notServed := o.healthAddress()
	if err = errors.Join(err, notServed); err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost"+mount+"/"+strings.TrimPrefix(path, "/"), nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, a.network, a.where) // whatever the URL says
	}}
	resp, err := t.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("health check %s: %w", a, err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("health check %s: %s answered %s", a, r.URL.Path, resp.Status)
	}
	return nil
}

// healthAddress finds the address that o's server speaks HTTP at. It is
// another process than the server, so what this one inherited says nothing.
// The wildcards of "tcp::8000" and "tcp:0.0.0.0:8000" can be connected to.
func (o Options) healthAddress() (address, error) {
	list := o.Listen
	if list == "" {
		list = o.DefaultListen
	}
	all, err := parseListen(list)
	if err != nil {
		return address{}, err
	}
	for _, a := range all {
		if a.transport == "http" || a.transport == "" && (o.Transport == "" || o.Transport == "http") {
			return a, nil
		}
	}
	return address{}, fmt.Errorf("nothing at %q serves http; add an address such as http+tcp:localhost:8000", list)
}
