package gateway

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

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
