package gateway

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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

// listen opens a's listener; nil for cgi, which has none.
func (a address) listen(log *slog.Logger) (net.Listener, error) {
	l, err := a.open(log)
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", a, err)
	}
	return l, nil
}

func (a address) open(log *slog.Logger) (net.Listener, error) {
	switch a.network {
	case "tcp":
		l, err := net.Listen("tcp", a.where)
		return l, advise(err, "choose another address, or stop what listens there")
	case "unix":
		if owned(a.where) {
			log.Warn("taking the socket over from a running instance", "path", a.where)
		}
		l, err := listenUnix(a.where)
		if err != nil { // a nil *socket would be a listener that is not nil
			return nil, advise(err, "the folder must be there and the app's user may write in it")
		}
		return l, nil
	case "fd":
		return inherit(a.fd)
	}
	return nil, nil
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

// firstFD is SD_LISTEN_FDS_START of sd_listen_fds(3).
const firstFD = 3

// surroundings is what the process was started with.
type surroundings struct {
	uid       int  // -1 where there is none
	listenFDs int  // LISTEN_FDS that are meant for this process
	stdin     bool // descriptor 0 is a socket that listens
	cgi       bool // CGI's variables are set
}

func look(getenv func(string) string) surroundings {
	s := surroundings{
		uid:   os.Geteuid(),
		stdin: listening(0),
		cgi:   getenv("GATEWAY_INTERFACE") != "" && getenv("REQUEST_METHOD") != "",
	}
	// The variables of another process may have been handed on.
	if getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) {
		s.listenFDs, _ = strconv.Atoi(getenv("LISTEN_FDS"))
	}
	return s
}

// forget unsets LISTEN_FDS and its like, so that no child takes them for its
// own.
func forget() {
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		_ = os.Unsetenv(name)
	}
}

// addresses decides where to serve which transport. The package comment has
// the rules.
func (o Options) addresses(s surroundings, names []string) ([]address, error) {
	all, detected, err := o.places(s)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].transport == "" {
			all[i].transport = detected
		}
		if err := all[i].offered(names, o.Transport == ""); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// places returns the addresses, and the transport of those that name none.
func (o Options) places(s surroundings) (all []address, transport string, err error) {
	transport = "http"
	switch {
	case o.Listen != "":
		all, err = parseListen(o.Listen)
	case o.Transport == "cgi":
		all = []address{{}}
	case s.listenFDs > 0:
		for i := range s.listenFDs {
			all = append(all, address{network: "fd", fd: firstFD + i})
		}
	case s.stdin:
		all, transport = []address{{network: "fd", fd: 0}}, "fcgi"
	case s.cgi && o.Transport == "":
		all, transport = []address{{}}, "cgi"
	default:
		all, err = parseListen(o.DefaultListen)
	}
	if o.Transport != "" {
		transport = o.Transport
	}
	return all, transport, err
}

// offered refuses a transport that the binary lacks, and one that cannot be
// served there.
func (a address) offered(names []string, detected bool) error {
	have := strings.Join(names, ", ")
	switch {
	case slices.Contains(names, a.transport):
	case detected && a.network == "fd" && a.fd == 0:
		return fmt.Errorf("descriptor 0 is a socket that listens, which means fcgi, and this binary has %s; say -transport %s if that is meant", have, names[0])
	case detected && a.network == "":
		return fmt.Errorf("GATEWAY_INTERFACE and REQUEST_METHOD are set, which means cgi, and this binary has %s; say -listen or -transport if one of them is meant", have)
	default:
		return fmt.Errorf("transport %q: this binary has %s; say one of them", a.transport, have)
	}
	if a.transport == "cgi" && a.network != "" {
		return fmt.Errorf("listen %s: cgi has no listener; say another -transport or no -listen", a)
	}
	return nil
}

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

func parseAddress(s string) (a address, err error) {
	kind, where, ok := strings.Cut(s, ":")
	if ok {
		a.where = where
		a.transport, a.network, ok = strings.Cut(kind, "+")
		if !ok {
			a.transport, a.network = "", kind
		}
	}
	switch a.network {
	case "unix":
		return a, checkPath(a.where)
	case "tcp":
		return a, checkHostPort(a.where)
	}
	return a, fmt.Errorf("not an address; say unix:/path/to/socket or tcp:host:port")
}

func checkHostPort(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("no host and port; say tcp:localhost:8000, or tcp:[::1]:8000 for IPv6")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q is not a number from 0 to 65535", port)
	}
	return nil
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

// socketMode lets the owner and the group in; the web server's user belongs
// to the group.
const socketMode = 0o660

// A socket is a listener on a unix socket that gives its path up only while
// the file there is still its own: a newer instance may have replaced it.
type socket struct {
	*net.UnixListener
	path string
	file fs.FileInfo
	gone sync.Once
}

// listenUnix binds a temporary name and renames it over path. An older
// instance keeps its connections and finishes them, and at no moment is there
// no socket at path.
func listenUnix(path string) (*socket, error) {
	if err := replaceable(path); err != nil {
		return nil, err
	}
	temp := temporary(path)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	file, err := settle(temp, path)
	if err != nil {
		_ = l.Close()
		_ = os.Remove(temp)
		return nil, err
	}
	return &socket{UnixListener: l, path: path, file: file}, nil
}

// temporary is a name in path's folder, made for this one bind.
func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), ".s"+rand.Text()[:8])
}

// settle gives the bound socket its mode, then its name, so that nobody can
// connect before the mode counts.
func settle(temp, path string) (fs.FileInfo, error) {
	if err := os.Chmod(temp, socketMode); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// replaceable refuses a path where something else than a socket is.
func replaceable(path string) error {
	file, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case file.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there and is not a socket; move it away or listen elsewhere", path)
	}
	return nil
}

// owned reports whether somebody answers at path.
func owned(path string) bool {
	c, err := net.DialTimeout("unix", path, time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// Addr has the path that clients use, not the temporary one.
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// retire removes the file while the socket is open: its inode's number cannot
// be another's by then.
func (s *socket) retire() {
	s.gone.Do(func() {
		if file, err := os.Lstat(s.path); err == nil && os.SameFile(file, s.file) {
			_ = os.Remove(s.path)
		}
	})
}

func (s *socket) Close() error {
	s.retire()
	return s.UnixListener.Close()
}
