package gateway

import (
	"context"
	"net"
)

// SCGI serves the Simple Common Gateway Interface: one request to a
// connection. Sections in comments are those of the public specification,
// revision 1.
func SCGI() Transport {
	return Transport{name: "scgi", sockets: true, serve: serveSCGI}
}

func serveSCGI(ctx context.Context, l net.Listener, c config) error {
	return serveSocket(ctx, l, c, usualLimits, newSCGIConn)
}
