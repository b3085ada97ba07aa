// Package gateway carries requests to the app: over HTTP, and over FastCGI,
// SCGI, and CGI where the program offers them. The app is an http.Handler
// and sees the same request whatever carried it.
//
//	func main() {
//		var o gateway.Options
//		o.Flags(flag.CommandLine)
//		if err := gateway.Parse(flag.CommandLine, os.Args[1:], os.Getenv); err != nil { … }
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
//		context.AfterFunc(ctx, stop) // a second signal ends the program at once
//		h := gateway.Chain(app, gateway.Recover, gateway.RequestID, gateway.AccessLog, gateway.SecurityHeaders)
//		err := gateway.Run(ctx, h, o, gateway.HTTP())
//		…
//	}
//
// # Where it listens
//
// The first of these that is there:
//
//  1. Options.Listen: unix:/path or tcp:host:port, several joined by commas,
//     each optionally after its transport: fcgi+unix:/run/app.sock.
//  2. The sockets of LISTEN_FDS, when LISTEN_PID is this process; see
//     sd_listen_fds(3).
//  3. Descriptor 0, when it is a socket that listens. So do mod_fcgid,
//     lighttpd, and spawn-fcgi start a program.
//  4. Options.DefaultListen, tcp:localhost:8000.
//
// # Which transport
//
// That which an address names, else Options.Transport, else what the program
// was started for:
//
//   - An inherited descriptor 0 means fcgi.
//   - GATEWAY_INTERFACE and REQUEST_METHOD in the environment, with nothing to
//     listen at, mean cgi.
//   - Everything else means http, unix sockets and LISTEN_FDS included.
//
// Scgi is never detected. A transport that the program does not offer is an
// error, not a reason to choose another.
//
// # What the handler sees
//
// RequestURI is as the client sent it, in origin form. URL is relative, its
// RawPath kept, and its path begins below the mount. RemoteAddr is an address
// and a port that parse; a port that nobody told is 1, and so is that of a
// peer on a unix socket, whose address is 127.0.0.1. TLS is not nil when the
// web server says https, though empty when it was not this program that
// encrypted. Over HTTP a proxy's X-Forwarded-For (the last entry) and
// X-Forwarded-Proto count when it is on a unix socket or among
// Options.TrustedProxies; X-Real-IP and X-Forwarded-Host never do.
//
// Vars returns CGI's variables, Mount the prefix, and Ready whether the
// server still takes work.
//
// # What stands before it
//
// TRACE and CONNECT get 405, OPTIONS * gets 204, a body that is announced
// longer than the limit 413; reading beyond it is an *http.MaxBytesError. The
// header Proxy is dropped. /app goes to /app/ when that is the mount, and
// what is not below it is 404. The redirect by which an http.ServeMux cleans
// a path gets the mount put before it. A Location made of a path such as
// //evil.test/x leads nowhere else.
//
// # Unix sockets
//
// A socket appears at its path complete, with mode 0660, in place of an older
// one. An instance that still answers there goes on with what it has
// accepted, so start the new one first and stop the old one then. Each
// removes the file only while it is its own.
//
// # The end
//
// When the context of Run ends, Ready turns false, accepting stops, and what
// is in flight is answered. What takes longer than Options.ShutdownTimeout is
// cut, and Run returns an error. A handler that streams for ever should look
// at Ready. READY=1 and STOPPING=1 go to NOTIFY_SOCKET; see sd_notify(3).
//
// # What it is not for
//
// It does not terminate TLS, speak HTTP/2, serve files, or route: web servers
// and http.ServeMux do. It installs no signal handler and never exits.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"
)

// A Transport is a way a request reaches the app. HTTP returns one; a binary
// offers those it hands to Run.
type Transport struct {
	name    string
	sockets bool // false for cgi: it has no listener

	// serve answers what comes to l (nil when sockets is false) until ctx
	// ends, then drains for at most c.shutdown and returns nil once all
	// requests in flight are answered; an error ends the program with its
	// reason. With c.once it answers one request and returns nil.
	serve func(ctx context.Context, l net.Listener, c config) error
}

// config is what a transport needs to know, checked already.
type config struct {
	handler   http.Handler // guarded: mount, limits, TRACE and the Proxy header are its business
	log       *slog.Logger
	bodyLimit int64 // bytes
	shutdown  time.Duration
	maxConns  int // for each listener
	once      bool
	trusted   []netip.Prefix // peers whose X-Forwarded-* count, http only
}

// unknownPort stands in RemoteAddr where nobody told the client's port. It is
// tcpmux, no client's port; 0 would be refused by code that dials or ranges.
const unknownPort = "1"

// overdue is the error of a drain that took longer than limit.
func overdue(limit time.Duration) error {
	return fmt.Errorf("drain: requests were still running after %g seconds and were cut; raise -shutdown-timeout if they need longer", limit.Seconds())
}

// lastCall is how long a drain leaves an idle connection open: a request may be
// on its way, and web servers do not send a POST twice.
const lastCall = 100 * time.Millisecond

// After a socket has lost its name the accept loop goes on for a moment, and for
// as long as there is something to accept, up to a limit.
const (
	retirement = 10 * time.Millisecond
	lastAccept = 2 * time.Second
)

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
	p, err := newPlan(o, look(os.Getenv), transports)
	if err != nil {
		return err
	}
	if err := p.refuseRoot(); err != nil {
		return err
	}
	forget()
	listeners, err := p.listen()
	if err != nil {
		return err
	}
	return p.serve(ctx, h, listeners)
}

// listen opens every listener or none.
func (p *plan) listen() ([]net.Listener, error) {
	var all []net.Listener
	for _, a := range p.addresses {
		l, err := a.listen(p.config.log)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		if l != nil {
			_ = l.Close() // closed already, as a rule
		}
	}
}

// serve runs the transports until ctx or one of them ends, which ends all.
func (p *plan) serve(ctx context.Context, h http.Handler, listeners []net.Listener) error {
	defer closeAll(listeners)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	serving, drain := context.WithCancel(context.WithoutCancel(ctx))
	defer drain()
	c := p.config
	c.handler = guard(ctx, h, p.mount, c.bodyLimit)
	results := make(chan error, len(listeners))
	for i, l := range listeners {
		a := p.addresses[i]
		p.announce(a.transport, l)
		go func() { results <- p.transports[a.transport].serve(serving, l, c) }()
	}
	notify(c.log, "READY=1")
	context.AfterFunc(ctx, func() {
		notify(c.log, "STOPPING=1")
		retire(listeners)
		drain()
	})
	var errs []error
	for range listeners {
		errs = append(errs, <-results)
		stop()
	}
	return errors.Join(errs...)
}

// retire takes the sockets' names away and leaves whoever has connected
// already the time to be accepted: a listener that closes resets those.
func retire(listeners []net.Listener) {
	for _, l := range listeners {
		s, ok := l.(*socket)
		if !ok {
			continue
		}
		s.retire()
		for end := time.Now().Add(lastAccept); ; {
			time.Sleep(retirement)
			if !readable(s) || time.Now().After(end) {
				break
			}
		}
	}
}

// announce logs the address that was really bound.
func (p *plan) announce(transport string, l net.Listener) {
	if l == nil {
		return // a line for each CGI request would fill the web server's log
	}
	where := l.Addr().String()
	if l.Addr().Network() == "unix" {
		where = "unix:" + where
	} else {
		where = transport + "://" + where
	}
	p.config.log.Info("listening", "transport", transport, "address", where+p.mount)
}

// refuseRoot keeps uid 0 away from the network and from other users.
func (p *plan) refuseRoot() error {
	if p.uid != 0 || p.allowRoot {
		return nil
	}
	for _, a := range p.addresses {
		if !a.private() {
			return fmt.Errorf("listen %s: running as root (uid 0), where a flaw in the app gives the whole machine away; run as another user, or say -allow-root", a)
		}
	}
	p.config.log.Warn("running as root (uid 0); run as another user")
	return nil
}

// notify tells the service manager, if there is one (sd_notify(3)): the path
// in NOTIFY_SOCKET, or the abstract name where it begins with @. A manager
// that cannot be told is no reason to stop.
func notify(log *slog.Logger, state string) {
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
		log.Warn("notify service manager", "state", state, "err", err)
	}
}
