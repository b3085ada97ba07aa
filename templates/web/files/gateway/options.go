package gateway

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

const defaultConns = 1024

// Options say where and how the app is served. The zero value serves HTTP on
// localhost:8000, or whatever the process was started for (see the package
// comment).
type Options struct {
	// Listen is one or more addresses, joined by commas: "unix:/path" or
	// "tcp:host:port", each optionally after a transport: "fcgi+unix:/path". What
	// begins with neither is TCP's, and a number alone a port of localhost.
	// Empty means inherited sockets, else DefaultListen.
	Listen string

	// DefaultListen, written like Listen, is used when nothing else says
	// where. Default "tcp:localhost:8000".
	DefaultListen string

	// Port is the number in the variable PORT, by which hosts of containers say
	// where they connect to, from outside. It stands in for DefaultListen. "" for none.
	Port string

	// Transport serves the addresses that name none: "http", "fcgi", "scgi"
	// or "cgi". Empty means detected.
	Transport string

	// Mount is the path the app lives under, such as "/app"; "" is the root.
	Mount string

	// BodyLimit is the largest request body, in bytes. 0 means 10 MiB.
	BodyLimit int64

	// TrustedProxies are addresses or prefixes, joined by commas, whose
	// X-Forwarded-For and X-Forwarded-Proto count over HTTP: "10.0.0.0/8,::1".
	// Default "": only peers on a unix socket are believed.
	TrustedProxies string

	// TrustedPeers are addresses or prefixes, joined by commas, that may connect
	// by FastCGI or SCGI over TCP, where whatever a peer says is believed.
	// Default "": only a loopback address is listened at.
	TrustedPeers string

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

	// LogFormat is what Logger writes, "text" or "json". Default "text".
	LogFormat string

	// LogLevel is from where on Logger writes: "debug", "info", "warn" or
	// "error". Default "info", or "warn" if a web server has started the program.
	LogLevel string
}

// Flags defines a flag for each setting a deployment may change. The
// defaults are o's current values; a number that is 0 takes its default
// first, so that -help tells it.
func (o *Options) Flags(fs *flag.FlagSet) {
	log := o.Log
	*o = o.filled()
	o.Log = log // that of the default may change before Run
	fs.StringVar(&o.Listen, "listen", o.Listen,
		"`addresses` to listen at: unix:/path, host:port, or a port of localhost, several joined by commas,\n"+
			"each optionally after a transport as in fcgi+unix:/path (empty: inherited sockets, else "+o.DefaultListen+")")
	fs.StringVar(&o.Transport, "transport", o.Transport, "`name` of the transport for addresses that name none (empty: detected)")
	fs.StringVar(&o.Mount, "mount", o.Mount, "`path` the app lives under, such as /app")
	fs.Int64Var(&o.BodyLimit, "body-limit", o.BodyLimit, "largest request body in `bytes`")
	fs.StringVar(&o.TrustedProxies, "trusted-proxies", o.TrustedProxies, "`addresses` or prefixes, joined by commas, whose X-Forwarded-* count over http")
	fs.StringVar(&o.TrustedPeers, "trusted-peers", o.TrustedPeers, "`addresses` or prefixes, joined by commas, that may connect by fcgi or scgi over TCP")
	fs.DurationVar(&o.ShutdownTimeout, "shutdown-timeout", o.ShutdownTimeout, "`time` that requests in flight may take to finish, such as 30s")
	fs.IntVar(&o.MaxConns, "max-conns", o.MaxConns, "`number` of connections each listener serves at a time")
	fs.BoolVar(&o.AllowRoot, "allow-root", o.AllowRoot, "run as uid 0 even where others can reach the app")
	fs.BoolVar(&o.Once, "once", o.Once, "answer one request and stop")
	fs.StringVar(&o.LogFormat, "log-format", o.LogFormat, "`format` of the log: text or json")
	fs.StringVar(&o.LogLevel, "log-level", o.LogLevel, "lowest `level` that is logged: debug, info, warn or error (empty: info, or warn if a web server starts the app)")
}

// filled returns o with the defaults in place of zero values.
func (o Options) filled() Options {
	if o.Port != "" {
		o.DefaultListen = "tcp::" + o.Port
	}
	o.DefaultListen = cmp.Or(o.DefaultListen, "tcp:localhost:8000")
	o.BodyLimit = cmp.Or(o.BodyLimit, 10<<20)
	o.ShutdownTimeout = cmp.Or(o.ShutdownTimeout, 30*time.Second)
	o.MaxConns = cmp.Or(o.MaxConns, connsAllowed(defaultConns))
	o.LogFormat = cmp.Or(o.LogFormat, "text")
	o.Log = cmp.Or(o.Log, slog.Default())
	return o
}

// check looks at the settings that need nothing but themselves.
func (o Options) check() error {
	var errs []error
	refuse := func(bad bool, format string, value any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, value))
		}
	}
	refuse(o.BodyLimit < 0, "body-limit %d: less than nothing; say how many bytes", o.BodyLimit)
	refuse(o.ShutdownTimeout < 0, "shutdown-timeout %s: less than nothing; say how long, as in 30s", o.ShutdownTimeout)
	refuse(o.MaxConns < 0, "max-conns %d: less than nothing; say how many connections", o.MaxConns)
	refuse(o.LogFormat != "text" && o.LogFormat != "json", "log-format %q: neither text nor json; say one of them", o.LogFormat)
	refuse(o.LogLevel != "" && new(slog.Level).UnmarshalText([]byte(o.LogLevel)) != nil, "log-level %q: no level; say debug, info, warn or error", o.LogLevel)
	return errors.Join(errs...)
}

// parsePrefixes reads addresses and prefixes. One of IPv4 in IPv6 is that of
// IPv4, as the peers are compared.
func parsePrefixes(setting, list string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if a, notOne := netip.ParseAddr(one); notOne == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err == nil && p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %q: not an address or a prefix; say 127.0.0.1 or 10.0.0.0/8", setting, one))
			continue
		}
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}

// isAmong reports whether an address lies in one of the prefixes.
func isAmong(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// cleanMount returns the mount without its last slash. Only bytes that no
// client needs to escape may stand in it, so there is one way to write it.
func cleanMount(mount string) (string, error) {
	clean := strings.TrimSuffix(mount, "/")
	if clean == "" {
		return "", nil
	}
	if path.Clean(clean) != clean || !regexp.MustCompile(`^/[A-Za-z0-9._~/-]+$`).MatchString(clean) {
		return "", fmt.Errorf("mount %q: not a plain path; say -mount /app, with letters, digits, and . _ ~ - only", mount)
	}
	return clean, nil
}

// Parse fills each setting of fs from its variable, such as APP_BODY_LIMIT for
// -body-limit, where getenv has one that is not empty, and then from args,
// which win. What is left over is an error. Nothing is printed except the
// usage that -help asks for, which goes to fs.Output with flag.ErrHelp as the
// error.
func Parse(fs *flag.FlagSet, args []string, getenv func(string) string) error {
	if err := parseEnv(fs, getenv); err != nil {
		return err
	}
	out, handling := fs.Output(), fs.ErrorHandling()
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	fs.Init(fs.Name(), handling)
	fs.SetOutput(out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage := fs.Usage
		if usage == nil {
			usage = fs.PrintDefaults
		}
		usage()
		return err
	case err != nil:
		return fmt.Errorf("%w; -help lists the flags", err)
	case fs.NArg() > 0:
		return fmt.Errorf("argument %q: only flags are taken, each as -name=value; -help lists them", fs.Arg(0))
	}
	return nil
}

// notSettings are flags that ask for something else than serving, or say where the
// settings are: a variable that happens to have such a name, as APP_VERSION or
// APP_ENV may, must not.
var notSettings = []string{"version", "preflight", "healthcheck", "help", "env"}

// variable is what a flag is called in the environment.
func variable(f *flag.Flag) string {
	return "APP_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// parseEnv reports every bad variable, not only the first.
func parseEnv(fs *flag.FlagSet, getenv func(string) string) error {
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		name := variable(f)
		v := getenv(name)
		if v == "" || slices.Contains(notSettings, f.Name) {
			return
		}
		if err := fs.Set(f.Name, v); err != nil {
			errs = append(errs, fmt.Errorf("variable %s=%q: %w; unset it or give it a value that -%s takes", name, v, err, f.Name))
		}
	})
	return errors.Join(errs...)
}
