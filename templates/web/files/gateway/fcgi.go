package gateway

import (
	"context"
	"net"
)

// FCGI serves FastCGI, version 1, as a responder. Requests come one after the
// other over a connection, which is kept if the web server asks for that;
// multiplexing is refused. Sections in comments are the specification's.
func FCGI() Transport {
	return Transport{name: "fcgi", sockets: true, serve: serveFCGI}
}

func serveFCGI(ctx context.Context, l net.Listener, c config) error {
	return serveSocket(ctx, l, c, usualLimits, newFCGIConn)
}
