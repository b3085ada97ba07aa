package gateway

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An address is where a transport is served: a path (network "unix"), a
// host:port ("tcp"), an inherited descriptor ("fd"), or nothing at all for
// cgi ("").
type address struct {
	transport string // "" until detected
	network   string
	where     string
	fd        int
}

func (a address) String() string {
	switch a.network {
	case "fd":
		return "descriptor " + strconv.Itoa(a.fd)
	case "":
		return a.transport
	}
	return a.network + ":" + a.where
}

// private reports whether nobody but this machine, or the program that handed
// over the socket, reaches a.
func (a address) private() bool {
	if a.network != "tcp" {
		return a.network != "unix"
	}
	host, _, _ := net.SplitHostPort(a.where)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// parseListen reads addresses as -listen takes them.
func parseListen(list string) ([]address, error) {
	var all []address
	seen := map[string]bool{}
	for one := range strings.SplitSeq(list, ",") {
		a, err := parseAddress(strings.TrimSpace(one))
		if err != nil {
			return nil, fmt.Errorf("listen %q: %w", one, err)
		}
		if seen[a.String()] && !strings.HasSuffix(a.where, ":0") {
			return nil, fmt.Errorf("listen %q: %s is there twice", list, a)
		}
		seen[a.String()] = true
		all = append(all, a)
	}
	return all, nil
}

// parseDefault reads where to listen when nothing else says it.
func (o Options) parseDefault() ([]address, error) {
	if _, err := strconv.ParseUint(o.Port, 10, 16); o.Port != "" && err != nil {
		return nil, fmt.Errorf("variable PORT=%q: not a number from 0 to 65535; unset it or give it one, as in PORT=8000", o.Port)
	}
	return parseListen(o.DefaultListen)
}

// parseAddress takes what names no network for TCP's, and a number alone for a
// port of localhost.
func parseAddress(s string) (a address, err error) {
	if transport, rest, ok := strings.Cut(s, "+"); ok && !strings.ContainsAny(transport, ":/") {
		a.transport, s = transport, rest
	}
	a.network, a.where, _ = strings.Cut(s, ":")
	if a.network == "unix" {
		return a, checkPath(a.where)
	}
	said := a.network == "tcp"
	if !said {
		a.network, a.where = "tcp", s
	}
	if _, err := strconv.Atoi(a.where); err == nil {
		a.where = "localhost:" + a.where
	}
	_, port, err := net.SplitHostPort(a.where)
	switch {
	case !said && (err != nil || strings.Contains(s, "/")):
		return a, errors.New("not an address; say unix:/path/to/socket or tcp:host:port")
	case err != nil:
		return a, errors.New("no host and port; say tcp:localhost:8000, or tcp:[::1]:8000 for IPv6")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return a, fmt.Errorf("port %q is not a number from 0 to 65535", port)
	}
	return a, nil
}

// checkPath refuses what the kernel would: sun_path has 108 bytes on Linux and
// Windows and 104 elsewhere, its NUL included.
func checkPath(p string) error {
	limit := 107
	if runtime.GOOS != "linux" && runtime.GOOS != "windows" {
		limit = 103
	}
	switch n := max(len(p), len(temporary(p))); {
	case p == "":
		return fmt.Errorf("no path; say unix:/run/app/app.sock")
	case p[0] == '@':
		return fmt.Errorf("abstract sockets have no mode and are not offered; say unix:/run/app/app.sock")
	case strings.HasSuffix(p, "/"):
		return fmt.Errorf("a folder; add the socket's name, as in unix:/run/app/app.sock")
	case n > limit:
		return fmt.Errorf("the path needs %d bytes and a socket's may have %d; use a shorter one", n, limit)
	}
	return nil
}

// A launch is how the process was started.
type launch struct {
	uid       int  // -1 where there is none
	listenFDs int  // LISTEN_FDS that are meant for this process
	stdin     bool // descriptor 0 is a socket that listens
	cgi       bool // CGI's variables are set
}

func detectLaunch(getenv func(string) string) launch {
	l := launch{
		uid:   os.Geteuid(),
		stdin: isListening(0),
		cgi:   getenv("GATEWAY_INTERFACE") != "" && getenv("REQUEST_METHOD") != "",
	}
	// The variables of another process may have been handed on.
	if getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) {
		l.listenFDs, _ = strconv.Atoi(getenv("LISTEN_FDS"))
	}
	return l
}

// chooseAddresses decides where to serve which transport. The package comment
// has the rules.
func (s *server) chooseAddresses(started launch) (all []address, err error) {
	detected, because := "http", ""
	switch {
	case s.Listen != "":
		all, err = parseListen(s.Listen)
	case s.Transport == "cgi":
		all = []address{{}}
	case started.listenFDs > 0:
		for i := range started.listenFDs {
			all = append(all, address{network: "fd", fd: 3 + i}) // see sd_listen_fds(3)
		}
	case started.stdin:
		all = []address{{network: "fd", fd: 0}}
		detected, because = "fcgi", "descriptor 0 is a socket that listens, which means fcgi"
	case started.cgi && s.Transport == "":
		all = []address{{}}
		detected, because = "cgi", "GATEWAY_INTERFACE and REQUEST_METHOD are set, which means cgi"
	default:
		all, err = s.parseDefault()
	}
	for i, a := range all {
		name := cmp.Or(a.transport, s.Transport, detected)
		if _, offered := s.transports[name]; !offered {
			if name != detected || because == "" {
				because = fmt.Sprintf("transport %q", name)
			}
			have := slices.Sorted(maps.Keys(s.transports))
			return nil, fmt.Errorf("%s: this binary has %s; say one of them as -transport, or where to -listen", because, strings.Join(have, ", "))
		}
		all[i].transport = name
	}
	return all, err
}

// open opens a's listener; nil for cgi, which has none. A trial takes nothing
// from an instance that runs.
func (s *server) open(a address, trial bool) (*listener, error) {
	var l net.Listener
	var err error
	unlink := func() {}
	switch a.network {
	case "":
		return nil, nil
	case "unix":
		if hasListener(a.where) {
			if trial {
				err = errors.New("a running instance answers there; stop it, or start anyway to take over from it")
				break
			}
			s.Log.Warn("taking the socket over from a running instance", "path", a.where)
		}
		l, unlink, err = listenUnix(a.where, trial)
		err = advise(err, "the folder must be there and the app's user may write in it")
	case "tcp":
		l, err = net.Listen("tcp", a.where)
		err = advise(err, "choose another address, or stop what listens there")
	case "fd":
		if l, err = inherit(a.fd); err == nil {
			err = s.checkTransport(address{transport: a.transport, network: l.Addr().Network(), where: l.Addr().String()})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", a, err)
	}
	opened := newListener(l, s.MaxConns)
	opened.unlink, opened.shared = unlink, a.network == "fd" && a.fd != 0
	return opened, nil
}

// advise adds what to do about an error of net, and takes off its operation
// and address, which the caller tells already.
func advise(err error, advice string) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Errorf("%w; %s", op.Err, advice)
	}
	return err
}

// inherit listens on a descriptor that was open when the program started.
func inherit(fd int) (net.Listener, error) {
	if fd == 0 {
		return net.FileListener(os.Stdin) // stays open, lest 0 be the next file's number
	}
	f := os.NewFile(uintptr(fd), "inherited socket")
	defer f.Close() // the listener has its own copy
	return net.FileListener(f)
}

// listenUnix binds a temporary name and renames it over path, unless that is a
// trial. Nobody can connect before the socket's mode counts, an older instance
// keeps its connections and finishes them, and at no moment is there no socket
// at path. unlink removes the file if it is still the socket's own, because a
// newer instance may have replaced it; that can be told as long as l is open.
func listenUnix(path string, trial bool) (l *net.UnixListener, unlink func(), err error) {
	file, err := os.Lstat(path)
	switch {
	case err == nil && file.Mode().Type() != fs.ModeSocket:
		return nil, nil, fmt.Errorf("%s is there and is not a socket; move it away or listen elsewhere", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	at := temporary(path)
	if l, err = net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"}); err != nil {
		return nil, nil, err
	}
	l.SetUnlinkOnClose(false)
	own, err := os.Lstat(at)
	unlink = func() {
		if file, err := os.Lstat(at); err == nil && os.SameFile(file, own) {
			_ = os.Remove(at)
		}
	}
	if err == nil {
		err = os.Chmod(at, 0o660) // the web server's user belongs to the group
	}
	if err == nil && !trial {
		if err = os.Rename(at, path); err == nil {
			at = path
		}
	}
	if err != nil {
		unlink()
		_ = l.Close()
	}
	return l, unlink, err
}

// temporary is a name in path's folder, made for this one bind.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), ".s"+rand.Text()[:8])
}

// hasListener reports whether somebody listens at path.
func hasListener(path string) bool {
	c, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// A listener accepts at most cap(slots) connections at a time. Whoever is over the
// limit stays in the kernel's queue instead of being turned away.
type listener struct {
	net.Listener
	unlink func()        // takes a unix socket's name away
	shared bool          // the service manager has it, too, for the next instance
	slots  chan struct{} // one for each connection
	closed chan struct{}
	closes sync.Once
}

func newListener(l net.Listener, n int) *listener {
	return &listener{Listener: l, unlink: func() {}, slots: make(chan struct{}, max(1, n)), closed: make(chan struct{})}
}

// nearlyFull reports whether slots become rare.
func (l *listener) nearlyFull() bool { return 4*len(l.slots) > 3*cap(l.slots) }

// Accept waits for a slot, which the connection holds until release. When its
// deadline passes, it tries once more, because a connection may have come while it
// waited for a slot.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		l.setDeadline(acceptPause)
		if c, err = l.Listener.Accept(); errors.Is(err, os.ErrDeadlineExceeded) {
			err = net.ErrClosed
		}
	}
	if err != nil {
		l.release()
	}
	return c, err
}

func (l *listener) release() { <-l.slots }

const (
	acceptPause = 10 * time.Millisecond // how long a listener that stops waits for another connection
	acceptTime  = 2 * time.Second       // how long it accepts at most
)

// stopAccepting takes the socket's name away, and leaves whoever has connected already
// the time to be accepted, because a listener that closes resets those. They wait
// for the next instance where that has the same socket.
func (l *listener) stopAccepting() {
	l.unlink()
	if l.shared {
		_ = l.Close()
		return
	}
	time.AfterFunc(acceptTime, func() { _ = l.Close() })
	l.setDeadline(acceptPause)
}

func (l *listener) setDeadline(in time.Duration) {
	if d, ok := l.Listener.(interface{ SetDeadline(time.Time) error }); !ok || d.SetDeadline(time.Now().Add(in)) != nil {
		_ = l.Close()
	}
}

func (l *listener) Close() (err error) {
	l.closes.Do(func() {
		close(l.closed)
		l.unlink()
		err = l.Listener.Close()
	})
	return err
}
