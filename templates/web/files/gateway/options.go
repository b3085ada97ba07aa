package gateway

import (
	"flag"
	"log/slog"
	"time"
)

const (
	defaultListen   = "tcp:localhost:8000"
	defaultBody     = 10 << 20 // bytes
	defaultShutdown = 30 * time.Second
	defaultConns    = 1024
)

// Options say where and how the app is served. The zero value serves HTTP on
// localhost:8000, or whatever the process was started for (see the package
// comment).
type Options struct {
	// Listen is one or more addresses, joined by commas: "unix:/path" or
	// "tcp:host:port", each optionally after a transport: "fcgi+unix:/path".
	// Empty means inherited sockets, else DefaultListen.
	Listen string

	// DefaultListen, written like Listen, is used when nothing else says
	// where. Default "tcp:localhost:8000".
	DefaultListen string

	// Transport serves the addresses that name none: "http", "fcgi", "scgi"
	// or "cgi". Empty means detected.
	Transport string

	// Mount is the path the app lives under, such as "/app". Default "", the
	// root.
	Mount string

	// BodyLimit is the largest request body, in bytes. 0 means 10 MiB.
	BodyLimit int64

	// TrustedProxies are addresses or prefixes, joined by commas, whose
	// X-Forwarded-For and X-Forwarded-Proto count over HTTP: "10.0.0.0/8,::1".
	// Default "": only peers on a unix socket are believed.
	TrustedProxies string

	// ShutdownTimeout is how long requests in flight may take to finish once
	// the server stops. 0 means 30 s.
	ShutdownTimeout time.Duration

	// MaxConns is how many connections each listener serves at a time; more
	// wait in the kernel's queue. 0 means 1024, or fewer where the limit of
	// open files asks for it.
	MaxConns int

	// AllowRoot lets the app run as uid 0 where others can reach it.
	AllowRoot bool

	// Once answers one request and stops, for tests and profiles.
	Once bool

	// Log takes the server's own lines. Default slog.Default().
	Log *slog.Logger
}

// Flags defines a flag for each setting a deployment may change. The
// defaults are o's current values; a number that is 0 takes its default
// first, so that -help tells it.
func (o *Options) Flags(fs *flag.FlagSet) {
	*o = o.filled()
	fs.StringVar(&o.Listen, "listen", o.Listen,
		"`addresses` to listen at: unix:/path or tcp:host:port, several joined by commas,\n"+
			"each optionally after a transport as in fcgi+unix:/path (empty: inherited sockets, else "+o.DefaultListen+")")
	fs.StringVar(&o.Transport, "transport", o.Transport,
		"`name` of the transport for addresses that name none (empty: detected)")
	fs.StringVar(&o.Mount, "mount", o.Mount, "`path` the app lives under, such as /app")
	fs.Int64Var(&o.BodyLimit, "body-limit", o.BodyLimit, "largest request body in `bytes`")
	fs.StringVar(&o.TrustedProxies, "trusted-proxies", o.TrustedProxies,
		"`addresses` or prefixes, joined by commas, whose X-Forwarded-* count over http")
	fs.DurationVar(&o.ShutdownTimeout, "shutdown-timeout", o.ShutdownTimeout,
		"`time` that requests in flight may take to finish, such as 30s")
	fs.IntVar(&o.MaxConns, "max-conns", o.MaxConns, "`number` of connections each listener serves at a time")
	fs.BoolVar(&o.AllowRoot, "allow-root", o.AllowRoot, "run as uid 0 even where others can reach the app")
	fs.BoolVar(&o.Once, "once", o.Once, "answer one request and stop")
}

// filled returns o with the defaults in place of zero values.
func (o Options) filled() Options {
	if o.DefaultListen == "" {
		o.DefaultListen = defaultListen
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = defaultBody
	}
	if o.ShutdownTimeout == 0 {
		o.ShutdownTimeout = defaultShutdown
	}
	if o.MaxConns == 0 {
		o.MaxConns = connsAllowed(defaultConns)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}
