package gateway

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// Parse fills each setting of fs from its variable, such as APP_BODY_LIMIT for
// -body-limit, where getenv has one that is not empty, and then from args,
// which win. What is left over is an error. Nothing is printed except the
// usage that -help asks for, which goes to fs.Output with flag.ErrHelp as the
// error.
func Parse(fs *flag.FlagSet, args []string, getenv func(string) string) error {
	if err := fromEnv(fs, getenv); err != nil {
		return err
	}
	err := parseQuietly(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage(fs)
		return err
	case err != nil:
		return fmt.Errorf("%w; -help lists the flags", err)
	case fs.NArg() > 0:
		return fmt.Errorf("argument %q: only flags are taken, each as -name=value; -help lists them", fs.Arg(0))
	}
	return nil
}

// fromEnv reports every bad variable, not only the first.
func fromEnv(fs *flag.FlagSet, getenv func(string) string) error {
	var errs []error
	fs.VisitAll(func(f *flag.Flag) {
		name := variable(f.Name)
		v := getenv(name)
		if v == "" || slices.Contains(errands, f.Name) {
			return
		}
		if err := fs.Set(f.Name, v); err != nil {
			errs = append(errs, fmt.Errorf("variable %s=%q: %w; unset it or give it a value that -%s takes", name, v, err, f.Name))
		}
	})
	return errors.Join(errs...)
}

// errands are flags that ask for something else than serving: a variable that
// happens to have such a name, as APP_VERSION may, must not.
var errands = []string{"version", "preflight", "healthcheck", "help"}

func variable(flag string) string {
	return "APP_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// parseQuietly keeps fs from printing errors and from ending the program,
// whatever it was made for.
func parseQuietly(fs *flag.FlagSet, args []string) error {
	out, help, handling := fs.Output(), fs.Usage, fs.ErrorHandling()
	defer func() {
		fs.Init(fs.Name(), handling)
		fs.SetOutput(out)
		fs.Usage = help
	}()
	fs.Init(fs.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs.Parse(args)
}

func usage(fs *flag.FlagSet) {
	if fs.Usage != nil {
		fs.Usage()
		return
	}
	fmt.Fprintf(fs.Output(), "Usage of %s:\n", fs.Name())
	fs.PrintDefaults()
}

// A plan is what Run will do, settled before anything is opened.
type plan struct {
	addresses  []address
	transports map[string]Transport
	config     config // without its handler
	mount      string
	uid        int
	allowRoot  bool
}

// newPlan checks every setting and reports all that is wrong.
func newPlan(o Options, s surroundings, transports []Transport) (*plan, error) {
	o = o.filled()
	p := &plan{uid: s.uid, allowRoot: o.AllowRoot, transports: map[string]Transport{}}
	names := p.offer(transports)
	var errs [4]error
	p.addresses, errs[0] = o.addresses(s, names)
	p.mount, errs[1] = cleanMount(o.Mount)
	p.config, errs[2] = o.config()
	p.config.trusted, errs[3] = parseTrusted(o.TrustedProxies)
	return p, errors.Join(errs[:]...)
}

func (p *plan) offer(transports []Transport) (names []string) {
	if len(transports) == 0 {
		transports = []Transport{HTTP()}
	}
	for _, t := range transports {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
		p.transports[t.name] = t
	}
	return names
}

// config checks the numbers, defaults being filled in.
func (o Options) config() (config, error) {
	var errs []error
	if o.BodyLimit < 0 {
		errs = append(errs, fmt.Errorf("body-limit %d: less than nothing; say how many bytes", o.BodyLimit))
	}
	if o.ShutdownTimeout < 0 {
		errs = append(errs, fmt.Errorf("shutdown-timeout %s: less than nothing; say how long, as in 30s", o.ShutdownTimeout))
	}
	if o.MaxConns < 0 {
		errs = append(errs, fmt.Errorf("max-conns %d: less than nothing; say how many connections", o.MaxConns))
	}
	return config{
		log:       o.Log,
		bodyLimit: o.BodyLimit,
		shutdown:  o.ShutdownTimeout,
		maxConns:  o.MaxConns,
		once:      o.Once,
	}, errors.Join(errs...)
}

// parseTrusted reads addresses and prefixes as -trusted-proxies takes them.
func parseTrusted(list string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	var errs []error
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		p, err := netip.ParsePrefix(one)
		if a, aerr := netip.ParseAddr(one); aerr == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("trusted-proxies %q: not an address or a prefix; say 127.0.0.1 or 10.0.0.0/8", one))
			continue
		}
		all = append(all, p)
	}
	return all, errors.Join(errs...)
}

// Preflight looks for whatever would keep Run from starting with these
// settings, and returns all of it as one joined error: bad settings, a
// socket's folder that is missing or not writable, a path where something
// else than a socket is, a running instance, a port in use, uid 0. Nil means
// a deployment would start. Nothing stays changed.
func Preflight(o Options, transports ...Transport) error {
	p, err := newPlan(o, look(os.Getenv), transports)
	errs := []error{err}
	if err == nil {
		errs = append(errs, p.refuseRoot())
	}
	for _, a := range p.addresses {
		if err := a.ready(); err != nil {
			errs = append(errs, fmt.Errorf("listen %s: %w", a, err))
		}
	}
	return errors.Join(errs...)
}

// ready reports what would keep a from being opened.
func (a address) ready() error {
	switch a.network {
	case "tcp":
		l, err := a.open(slog.Default())
		if err != nil {
			return err
		}
		return l.Close()
	case "unix":
		return pathReady(a.where)
	}
	return nil
}

func pathReady(path string) error {
	if err := writable(filepath.Dir(path)); err != nil {
		return err
	}
	if err := replaceable(path); err != nil {
		return err
	}
	if owned(path) {
		return errors.New("a running instance answers there; stop it, or start anyway to take over from it")
	}
	return nil
}

// writable tries it: a mode does not tell of read-only mounts.
func writable(folder string) error {
	file, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("%w; make the folder, for the user the app runs as", err)
	}
	if !file.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	temp, err := os.CreateTemp(folder, ".s*")
	if err != nil {
		return fmt.Errorf("%w; let the user the app runs as write there", err)
	}
	return errors.Join(temp.Close(), os.Remove(temp.Name()))
}
