//go:build unix

package templates

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// callableCases are what PEP 3333 promises an application. All others reach theirs
// through wsgiref.validate.
var callableCases = []conformance{
	{"strings are bytes in latin-1", of(wsgi), func(s *site) error {
		v, err := s.view("/app/echo/%C3%A9", "X-Latin: caf\xe9 \xc3\xa9")
		if err != nil {
			return err
		}
		return v.want("path", "/echo/\xc3\xa9", "latin", "caf\xe9 \xc3\xa9", "natural", "True")
	}},
	{"path and query that are not UTF-8", of(wsgi), func(s *site) error {
		v, err := s.view("/app/echo/%FFx?%e9")
		if err != nil {
			return err
		}
		return v.want("path", "/echo/\xffx", "query", "%e9", "natural", "True")
	}},
	{"wsgi.input by size, by line, by iteration", of(wsgi), reads("/app/lines",
		`[b'', b'on', b'e\n', b'two', b'\n', b'three\n', b'four\n']`, `[b'five\n', b'six\n', b'\n', b'end']`, `b''b''[]`)},
	{"wsgi.input without a size", of(wsgi), reads("/app/whole", `b'one'b'\ntwo\nthree\nfour\nfive\nsix\n\nend'b''b''[]`)},
	{"write()", of(wsgi), answers("/app/written", 200, "hello\n")},
	{"wsgi.file_wrapper", of(wsgi), answers("/app/file", 200, strings.Repeat("0123456789abcde\n", 64<<10))},
	{"start_response with exc_info", of(wsgi), answers("/app/replaced", 503, "replaced\n")},
	{"start_response twice is an error", of(wsgi), survives("/app/twice")},
	{"app that calls sys.exit", of(wsgi), survives("/app/exit")},
	{"hop-by-hop field is an error", of(wsgi), survives("/app/hop")},
	{"CR LF in a field injects none", of(wsgi), func(s *site) error {
		a, err := s.get("/app/inject")
		if err == nil && (a.status != 500 || a.header.Get("X-Evil") != "") {
			err = fmt.Errorf("status %d, X-Evil %q", a.status, a.header.Get("X-Evil"))
		}
		return err
	}},
	{"body longer than Content-Length", of(wsgi), func(s *site) error {
		first, second, err := s.follow("GET", "/app/longer")
		if err == nil {
			err = errors.Join(first.is(200, "hello\n"), second.is(200, "hello\n"))
		}
		return err
	}},
	{"body shorter than Content-Length shows", of(wsgi), cutShows("/app/shorter")},
	{"close() where the client has gone", both(of(wsgi), running), closes},
}

// processCases are about an app of one process that answers one request at a time.
var processCases = []conformance{
	{"20 connections kept keep nobody waiting", both(of(wsgi), ownSocket), keepsNobody},
	{"worker killed is replaced", both(of(wsgi), ownSocket), replacesWorker},
}

func both(a, b func(deployment) bool) func(deployment) bool {
	return func(d deployment) bool { return a(d) && b(d) }
}

// answers says that an answer is this one, and that another can follow it.
func answers(target string, status int, body string) func(*site) error {
	return func(s *site) error {
		first, second, err := s.follow("GET", target)
		if err != nil {
			return err
		}
		return errors.Join(first.is(status, body), second.is(200, "hello\n"))
	}
}

// reads says what the app reads of a body of some lines, in lines.
func reads(target string, lines ...string) func(*site) error {
	const body = "one\ntwo\nthree\nfour\nfive\nsix\n\nend"
	return func(s *site) error {
		a, err := s.raw(s.head("POST", target, "Content-Length: "+strconv.Itoa(len(body)), "Connection: close") + body)
		if err != nil {
			return err
		}
		return a.is(200, strings.Join(lines, "\n")+"\n")
	}
}

// closes says that the app learns of a client that goes in the midst of an answer of
// 256 MiB, and serves the next one.
func closes(s *site) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, s.head("GET", "/app/endless")); err != nil {
		return err
	}
	if _, err := io.ReadFull(c, make([]byte, 100_000)); err != nil {
		return err
	}
	c.Close()
	a, err := s.get("/app/state")
	if err != nil {
		return err
	}
	return a.is(200, "closed")
}

// keepsNobody opens connections to the app as a web server keeps them, some of which
// have said a part of a request. It gives up before the app closes them.
func keepsNobody(s *site) error {
	part := map[string]string{"fcgi": "\x01\x01\x00\x01\x00\x08", "scgi": "70:CONTENT_LENGTH"}[s.d.transport()]
	for i := range 20 {
		c, err := net.Dial("unix", s.b.socket)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := io.WriteString(c, part[:i%2*len(part)]); err != nil {
			return err
		}
	}
	hasty := *s
	hasty.patience = 8 * time.Second
	for range 20 {
		if err := hasty.hello(); err != nil {
			return err
		}
	}
	return nil
}

// replacesWorker kills one process of two, and says that two serve again, of which
// none is left when they are told to end.
func replacesWorker(s *site) error {
	socket := workDir(s.T) + "/s"
	app := startCommand(s.T, s.p.command("--transport", s.d.transport(), "--listen", "unix:"+socket, "--processes", "2"))
	waitFor(s.T, app, "unix", socket)
	two := *s
	two.b = onUnix(app, socket)
	two.replaceFront()
	defer two.f.stop(s.T)
	before, err := two.workers(0)
	if err != nil {
		return err
	}
	if err := syscall.Kill(before[0], syscall.SIGKILL); err != nil {
		return err
	}
	after, err := two.workers(before[0])
	if err != nil {
		return err
	}
	if err := app.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := app.end(s.T); err != nil {
		return err
	}
	for _, worker := range append(after, before[1]) {
		if err := syscall.Kill(worker, 0); err == nil {
			return fmt.Errorf("worker %d of %v, %v is left behind", worker, before, after)
		}
	}
	return nil
}

// workers asks until two processes have answered that are not the one that is gone.
func (s *site) workers(gone int) ([]int, error) {
	var pids []int
	for begun := time.Now(); time.Since(begun) < time.Minute; {
		answers := make(chan string, 4) // of requests at a time, or one process could answer them all
		for range cap(answers) {
			go func() {
				a, _ := s.get("/app/worker?ms=20") // none, where it was with the one that was killed
				answers <- a.body
			}()
		}
		for range cap(answers) {
			if pid, err := strconv.Atoi(<-answers); err == nil && pid != gone && !slices.Contains(pids, pid) {
				pids = append(pids, pid)
			}
		}
		if len(pids) == 2 {
			return pids, nil
		}
	}
	return nil, fmt.Errorf("of two workers %v answer", pids)
}
