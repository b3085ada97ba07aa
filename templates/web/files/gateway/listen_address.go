package gateway

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
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
