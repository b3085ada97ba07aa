package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
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
