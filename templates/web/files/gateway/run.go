package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

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
