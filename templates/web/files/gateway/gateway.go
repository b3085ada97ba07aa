// Package gateway carries requests to the app: over HTTP, and over FastCGI,
// SCGI, and CGI where the program offers them. The app is an http.Handler
// and sees the same request whatever carried it. The package exists because the
// standard library's net/http/fcgi loses what is in flight at SIGTERM, ends the
// program when a handler panics, and leaves clients without an answer when a
// handler does not read a large body. What holds behind which web server, and
// what a request costs, has been measured: see docs/conformance.md and
// docs/performance.md of scaffold, which wrote this.
//
// It listens at the first of these that is there:
//
//  1. Options.Listen.
//  2. The sockets of LISTEN_FDS, when LISTEN_PID is this process; see
//     sd_listen_fds(3).
//  3. Descriptor 0, when it is a socket that listens, as where mod_fcgid,
//     lighttpd, or spawn-fcgi has started the program.
//  4. Options.Port, else Options.DefaultListen.
//
// The transport is that which the address names, else Options.Transport, else
// fcgi for an inherited descriptor 0, cgi if GATEWAY_INTERFACE and
// REQUEST_METHOD are set and there is nothing to listen at, and http otherwise.
// One that the program does not offer is an error, not a reason to choose another.
//
// # What the handler sees
//
// RequestURI is as the client sent it, in origin form. URL is relative, its
// RawPath kept, and its path begins below the mount. RemoteAddr is an address
// and a port that parse: 127.0.0.1 for a peer on a unix socket, and port 1 where
// nobody told it. TLS is not nil when the web server says https, though empty when
// it was not this program that encrypted. Over HTTP a proxy's X-Forwarded-For (the
// last entry) and X-Forwarded-Proto count when it is on a unix socket or among
// Options.TrustedProxies; from others no X-Forwarded-* reaches the handler.
// The context ends when the web server aborts the request or goes away, once
// the body has been read, as with net/http. Vars returns CGI's variables.
//
// TRACE and CONNECT get 405, OPTIONS * gets 204, a body that is announced
// longer than the limit 413; reading beyond it is an *http.MaxBytesError. The
// header Proxy is dropped. /app goes to /app/ when that is the mount, and what is
// not below it is 404. Where a ServeMux redirects to a cleaned path, the mount is
// put before it, and a Location made of //evil.test/x leads nowhere else.
//
// # The end
//
// When the context of Run ends, Ready turns false, accepting stops, and what
// is in flight is answered. What takes longer than Options.ShutdownTimeout is
// cut, and Run returns an error. READY=1 and STOPPING=1 go to NOTIFY_SOCKET;
// see sd_notify(3). A unix socket appears at its path complete, with mode 0660,
// in place of an older one: start a new instance first and stop the old one then.
//
// It does not terminate TLS, speak HTTP/2, serve files from a disk, or route,
// because web servers and http.ServeMux do. It installs no signal handler and
// never exits.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// A Transport is a way a request reaches the app. HTTP returns one; a binary
// offers those it hands to Run.
type Transport struct {
	name string

	// check, where there is one, refuses an address before anything is opened.
	check func(s *server, a address) error

	// serve answers what comes to l (nil for cgi) until ctx ends, then drains
	// for at most s.ShutdownTimeout and returns nil once all requests in flight
	// are answered; an error ends the program with its reason.
	serve func(ctx context.Context, l *listener, s *server) error
}

// unknownPort stands in RemoteAddr where nobody told the client's port. It is
// tcpmux, no client's port; code that dials or ranges would refuse 0.
const unknownPort = "1"

// idleInDrain is how long a drain leaves an idle connection open, because a
// request may be on its way and web servers do not send a POST twice.
const idleInDrain = 100 * time.Millisecond

// errGoexit is what has happened when a goroutine ends without a panic.
var errGoexit = errors.New("the handler has called runtime.Goexit")

// A server is what Run will do, decided before anything is opened.
type server struct {
	Options
	addresses      []address
	transports     map[string]Transport // by name
	trusted, peers []netip.Prefix
	uid            int

	running context.Context // ends when draining begins
	base    context.Context // of every request
	app     http.Handler
	handler http.Handler // checkRequest, which hands the app what it is to see
}

// Run serves h by the given transports (HTTP when there are none) where o
// says, until ctx ends; then it stops accepting, lets requests in flight
// finish for at most o.ShutdownTimeout, and returns nil if they did. A bad
// setting is an error before anything is opened, and never answered by
// another port. What a transport's listener fails with is returned, the
// others having drained.
func Run(ctx context.Context, h http.Handler, o Options, transports ...Transport) error {
	if h == nil {
		return errors.New("run: no handler")
	}
	s, err := newServer(o, detectLaunch(os.Getenv), transports)
	if err != nil {
		return err
	}
	s.logWarnings()
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name) // so that no child takes them for its own
	}
	var listeners []*listener
	for _, a := range s.addresses { // all of them, or none
		l, err := s.open(a, false)
		if err != nil {
			return err
		}
		if l != nil {
			defer l.Close()
		}
		listeners = append(listeners, l)
	}
	return s.serve(ctx, h, listeners)
}

// newServer checks every setting and reports all that is wrong.
func newServer(o Options, started launch, transports []Transport) (*server, error) {
	if len(transports) == 0 {
		transports = []Transport{HTTP()}
	}
	s := &server{Options: o.filled(), transports: map[string]Transport{}, uid: started.uid}
	for _, t := range transports {
		s.transports[t.name] = t
	}
	var errs [5]error
	s.addresses, errs[0] = s.chooseAddresses(started)
	s.Mount, errs[1] = cleanMount(s.Mount)
	errs[2] = s.check()
	s.trusted, errs[3] = parsePrefixes("trusted-proxies", s.TrustedProxies)
	s.peers, errs[4] = parsePrefixes("trusted-peers", s.TrustedPeers)
	if err := errors.Join(errs[:]...); err != nil {
		return s, err
	}
	return s, s.checkAddresses()
}

var errRoot = errors.New("running as root (uid 0), where a flaw in the app gives the whole machine away; run as another user, or say -allow-root")

// checkAddresses keeps uid 0 away from the network and from other users, and lets
// the transports refuse where they are to be served.
func (s *server) checkAddresses() error {
	var errs []error
	for _, a := range s.addresses {
		found := []error{s.checkTransport(a)}
		if s.uid == 0 && !s.AllowRoot && !a.private() {
			found = append(found, errRoot)
		}
		for _, err := range found {
			if err != nil {
				errs = append(errs, fmt.Errorf("listen %s: %w", a, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *server) checkTransport(a address) error {
	if check := s.transports[a.transport].check; check != nil {
		return check(s, a)
	}
	return nil
}

// logWarnings tells what a deployment should change.
func (s *server) logWarnings() {
	if s.uid == 0 && !s.AllowRoot {
		s.Log.Warn("running as root (uid 0); run as another user")
	}
	if n := connsAllowed(defaultConns); n < defaultConns && n <= s.MaxConns {
		s.Log.Warn("few connections at a time, because the limit of open files is low; raise it with ulimit -n or LimitNOFILE=", "connections", n)
	}
}

// serve runs the transports until ctx or one of them ends, which ends all.
func (s *server) serve(ctx context.Context, h http.Handler, listeners []*listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if s.Once {
		h = once(h, stop)
	}
	s.app, s.handler = h, http.HandlerFunc(s.checkRequest)
	s.running, s.base = ctx, context.WithValue(context.WithoutCancel(ctx), serverKey{}, s)
	results := make(chan error, len(listeners))
	for i, l := range listeners {
		t := s.transports[s.addresses[i].transport]
		if l != nil { // a line for each CGI request would fill the web server's log
			where := t.name + "://" + l.Addr().String()
			if l.Addr().Network() == "unix" {
				where = "unix:" + cmp.Or(s.addresses[i].where, l.Addr().String())
			}
			s.Log.Info("listening", "transport", t.name, "address", where+s.Mount)
		}
		go func() {
			err := errGoexit // a CGI handler's, if it ends this goroutine
			defer func() { results <- err }()
			err = t.serve(ctx, l, s)
		}()
	}
	s.notify("READY=1")
	context.AfterFunc(ctx, func() { s.notify("STOPPING=1") })
	var errs []error
	for range listeners {
		errs = append(errs, <-results)
		stop()
	}
	return errors.Join(errs...)
}

// once answers the first request and stops.
func once(h http.Handler, stop func()) http.Handler {
	var taken atomic.Bool
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if taken.Swap(true) {
			http.Error(w, "only one request is answered", http.StatusServiceUnavailable)
			return
		}
		defer stop()
		h.ServeHTTP(w, r)
	})
}

// errDrain is the error of a drain that took too long.
func (s *server) errDrain() error {
	return fmt.Errorf("drain: requests were still running after %g seconds and were cut; raise -shutdown-timeout if they need longer", s.ShutdownTimeout.Seconds())
}

// notify tells the service manager, if there is one (sd_notify(3)): the path
// in NOTIFY_SOCKET, or the abstract name where it begins with @. A manager
// that cannot be told is no reason to stop.
func (s *server) notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_, err = c.Write([]byte(state))
		_ = c.Close()
	}
	if err != nil {
		s.Log.Warn("notify service manager", "state", state, "error", err)
	}
}

// Preflight looks for whatever would keep Run from starting with these
// settings, and returns all of it as one joined error: bad settings, uid 0, an
// address that cannot be listened at, a running instance. Nil means that Run
// would start. Nothing stays changed.
func Preflight(o Options, transports ...Transport) error {
	return preflight(o, detectLaunch(os.Getenv), transports)
}

func preflight(o Options, started launch, transports []Transport) error {
	s, err := newServer(o, started, transports)
	errs := []error{err}
	for _, a := range s.addresses {
		if a.network == "fd" {
			continue // was listened at before
		}
		l, err := s.open(a, true)
		if l != nil {
			err = l.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
