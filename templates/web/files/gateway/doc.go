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
