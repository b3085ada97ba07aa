package gateway

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	const everything, web = "http fcgi scgi cgi", "http"
	activated, stdin, cgi := launch{listenFDs: 2}, launch{stdin: true}, launch{cgi: true}
	all := launch{listenFDs: 1, stdin: true, cgi: true}
	for _, tt := range []struct {
		name      string
		o         Options
		s         launch
		have      string
		want, err string
	}{
		{"nothing said", Options{}, launch{}, everything, "http at tcp:localhost:8000", ""},
		{"transport alone", Options{Transport: "fcgi"}, launch{}, everything, "fcgi at tcp:localhost:8000", ""},
		{"other default", Options{DefaultListen: "scgi+tcp::4000"}, launch{}, everything, "scgi at tcp::4000", ""},
		{"port of the environment", Options{Port: "8001", DefaultListen: "tcp:localhost:8000"}, launch{}, everything, "http at tcp::8001", ""},
		{"listen beats it", Options{Port: "abc", Listen: "unix:/x"}, launch{}, everything, "http at unix:/x", ""},
		{"a socket beats it", Options{Port: "abc"}, stdin, everything, "fcgi at descriptor 0", ""},
		{"listen means http", Options{Listen: "unix:/x"}, launch{}, everything, "http at unix:/x", ""},
		{"prefix", Options{Listen: "fcgi+unix:/x, tcp:[::1]:80"}, launch{}, everything, "fcgi at unix:/x, http at tcp:[::1]:80", ""},
		{"prefix beats transport", Options{Listen: "fcgi+unix:/x,unix:/y", Transport: "scgi"}, launch{}, everything, "fcgi at unix:/x, scgi at unix:/y", ""},
		{"listen wins", Options{Listen: "unix:/x"}, all, everything, "http at unix:/x", ""},
		{"activation comes next", Options{}, all, everything, "http at descriptor 3", ""},
		{"activation, all of it", Options{Transport: "fcgi"}, activated, everything, "fcgi at descriptor 3, fcgi at descriptor 4", ""},
		{"stdin means fcgi", Options{}, stdin, everything, "fcgi at descriptor 0", ""},
		{"unless said", Options{Transport: "scgi"}, stdin, everything, "scgi at descriptor 0", ""},
		{"stdin beats cgi", Options{}, launch{stdin: true, cgi: true}, everything, "fcgi at descriptor 0", ""},
		{"cgi", Options{}, cgi, everything, "cgi at cgi", ""},
		{"cgi said", Options{Transport: "cgi"}, launch{}, everything, "cgi at cgi", ""},
		{"http in cgi's environment", Options{Transport: "http"}, cgi, everything, "http at tcp:localhost:8000", ""},
		{"cgi said beats activation", Options{Transport: "cgi"}, activated, everything, "cgi at cgi", ""},

		{"no such transport", Options{Transport: "uwsgi"}, launch{}, everything, "", `"uwsgi"; cgi, fcgi, http, scgi`},
		{"prefix not offered", Options{Listen: "fcgi+unix:/x"}, launch{}, web, "", `"fcgi"; has http`},
		{"stdin without fcgi", Options{}, stdin, web, "", "descriptor 0; fcgi; has http; -transport"},
		{"cgi not offered", Options{}, cgi, web, "", "GATEWAY_INTERFACE; has http"},
		{"a port", Options{Listen: "8001"}, launch{}, everything, "http at tcp:localhost:8001", ""},
		{"any host", Options{Listen: ":8001"}, launch{}, everything, "http at tcp::8001", ""},
		{"host and port", Options{Listen: "127.0.0.1:8001,fcgi+[::1]:1,scgi+9"}, launch{}, everything, "http at tcp:127.0.0.1:8001, fcgi at tcp:[::1]:1, scgi at tcp:localhost:9", ""},
		{"network and port", Options{Listen: "tcp:8001"}, launch{}, everything, "http at tcp:localhost:8001", ""},
		{"path with a plus", Options{Listen: "unix:/a+b"}, launch{}, everything, "http at unix:/a+b", ""},
		{"no kind", Options{Listen: "localhost"}, launch{}, everything, "", `"localhost"; tcp:host:port`},
		{"a URL", Options{Listen: "http://localhost:8000"}, launch{}, everything, "", `"http://localhost:8000"; tcp:host:port`},
		{"no network", Options{Listen: "socket:/run/x"}, launch{}, everything, "", `"socket:/run/x"; unix:/path`},
		{"port too high alone", Options{Listen: "70000"}, launch{}, everything, "", `"70000"`},
		{"twice, written otherwise", Options{Listen: "8001,tcp:localhost:8001"}, launch{}, everything, "", "there twice"},
		{"no kind at all", Options{Listen: "/run/x"}, launch{}, everything, "", `"/run/x"; unix:/path`},
		{"no port", Options{Listen: "tcp:localhost"}, launch{}, everything, "", "tcp:localhost:8000"},
		{"port too high", Options{Listen: "tcp::65536"}, launch{}, everything, "", `"65536"`},
		{"port by name", Options{Listen: "tcp::http"}, launch{}, everything, "", `"http" is not a number`},
		{"no port in the environment", Options{Port: "abc"}, launch{}, everything, "", `PORT="abc"; number from 0 to 65535; PORT=8000`},
		{"more than a port there", Options{Port: ":8000"}, launch{}, everything, "", `PORT=":8000"; number from 0 to 65535`},
		{"a port too high there", Options{Port: "65536"}, launch{}, everything, "", `PORT="65536"; number from 0 to 65535`},
		{"no path", Options{Listen: "unix:"}, launch{}, everything, "", "no path"},
		{"abstract", Options{Listen: "unix:@x"}, launch{}, everything, "", "abstract"},
		{"folder", Options{Listen: "unix:/run/"}, launch{}, everything, "", "folder"},
		{"path too long", Options{Listen: "unix:/" + strings.Repeat("x", 107)}, launch{}, everything, "", "108 bytes"},
		{"twice", Options{Listen: "unix:/x,fcgi+unix:/x"}, launch{}, everything, "", "unix:/x is there twice"},
		{"empty one", Options{Listen: "unix:/x,"}, launch{}, everything, "", "not an address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{Options: tt.o.filled(), transports: map[string]Transport{}}
			for name := range strings.FieldsSeq(tt.have) {
				s.transports[name] = Transport{name: name}
			}
			as, err := s.chooseAddresses(tt.s)
			if tt.err != "" {
				wantWords(t, err, tt.err)
				return
			}
			var got []string
			for _, a := range as {
				if a.network == "" {
					got = append(got, a.transport+" at cgi")
				} else {
					got = append(got, fmt.Sprintf("%s at %s", a.transport, a))
				}
			}
			if all := strings.Join(got, ", "); all != tt.want || err != nil {
				t.Errorf("got %s, error %v, want %s", all, err, tt.want)
			}
		})
	}
}

func TestDetectLaunch(t *testing.T) {
	for _, tt := range []struct {
		pid, fds  string
		listenFDs int
	}{
		{fmt.Sprint(os.Getpid()), "2", 2},
		{"1", "2", 0},
		{"", "2", 0},
		{fmt.Sprint(os.Getpid()), "x", 0},
	} {
		env := map[string]string{"LISTEN_PID": tt.pid, "LISTEN_FDS": tt.fds, "GATEWAY_INTERFACE": "CGI/1.1"}
		s := detectLaunch(func(name string) string { return env[name] })
		if s.listenFDs != tt.listenFDs || s.cgi {
			t.Errorf("LISTEN_PID=%s LISTEN_FDS=%s: got %+v", tt.pid, tt.fds, s)
		}
	}
}

func TestPrivate(t *testing.T) {
	for a, want := range map[address]bool{
		{network: "tcp", where: "localhost:1"}:    true,
		{network: "tcp", where: "127.0.0.1:1"}:    true,
		{network: "tcp", where: "[::1]:1"}:        true,
		{network: "tcp", where: ":1"}:             false,
		{network: "tcp", where: "0.0.0.0:1"}:      false,
		{network: "tcp", where: "app.example:1"}:  false,
		{network: "unix", where: "/run/app.sock"}: false,
		{network: "fd", fd: 3}:                    true,
		{transport: "cgi"}:                        true,
	} {
		if a.private() != want {
			t.Errorf("%s: got %t", a, !want)
		}
	}
}
