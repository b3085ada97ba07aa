package gateway

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

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
