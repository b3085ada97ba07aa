package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// start runs h in the background and returns what ends it and waits, and the
// log, once "listening" is in it for each address.
func start(t *testing.T, h http.Handler, o Options, transports ...Transport) (stop func() error, log *lockedLog) {
	t.Helper()
	o.Log, log = newLog()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, h, o, transports...) }()
	for strings.Count(log.String(), "msg=listening") < 1+strings.Count(o.Listen, ",") {
		select {
		case err := <-done:
			cancel()
			t.Fatalf("ended early: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	var err error
	ended := false
	stop = func() error {
		if cancel(); !ended {
			err, ended = <-done, true
		}
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop, log
}

// logged returns the addresses that the log says are listened at.
func logged(log *lockedLog) (all []string) {
	for _, m := range regexp.MustCompile(`address=(\S+)`).FindAllStringSubmatch(log.String(), -1) {
		all = append(all, m[1])
	}
	return all
}

func TestRun(t *testing.T) {
	stop, log := start(t, http.HandlerFunc(echoPath), Options{Listen: "tcp:127.0.0.1:0,http+tcp:127.0.0.1:0", Mount: "/app"})
	for _, url := range logged(log) {
		resp, err := http.Get(url + "/x")
		if err != nil {
			t.Fatal(err)
		}
		if got := text(resp); got != "/x at /app" {
			t.Errorf("%s: %q", url, got)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestRunOnce(t *testing.T) {
	stop, log := start(t, http.HandlerFunc(hello), Options{Listen: "tcp:127.0.0.1:0", Once: true})
	resp, err := http.Get(logged(log)[0])
	if err != nil || text(resp) != "hello" {
		t.Errorf("error %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A bad setting is an error that names it and all others.
func TestRunRefuses(t *testing.T) {
	busy := listenTest(t, "tcp")
	for _, tt := range []struct {
		name, err string
		o         Options
	}{
		{"port in use", "listen tcp:" + busy.Addr().String() + ": bind: ; choose another address", Options{Listen: "tcp:" + busy.Addr().String()}},
		{"the second fails", "listen tcp:" + busy.Addr().String(), Options{Listen: "tcp:127.0.0.1:0,tcp:" + busy.Addr().String()}},
		{"many", `"nowhere"; "app"; body-limit -1; shutdown-timeout -1s; max-conns -1; "me"; "10.0.0.0/40"`, Options{
			Listen: "nowhere", Mount: "app", BodyLimit: -1, ShutdownTimeout: -time.Second, MaxConns: -1, TrustedProxies: "me,10.0.0.0/40",
		}},
		{"transport", `"fcgi"; this binary has http`, Options{Transport: "fcgi"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantWords(t, Run(t.Context(), http.HandlerFunc(hello), tt.o), tt.err)
		})
	}
	wantWords(t, Run(t.Context(), nil, Options{}), "no handler")
}

// A transport that fails ends the others, which drain, and its reason is
// returned.
func TestRunServeFails(t *testing.T) {
	broken := errors.New("broken")
	fails := Transport{name: "fails", serve: func(context.Context, *listener, *server) error { return broken }}
	err := Run(t.Context(), http.HandlerFunc(hello), Options{Listen: "tcp:127.0.0.1:0,fails+tcp:127.0.0.1:0"}, HTTP(), fails)
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// A transport without a listener is served without one.
func TestRunCGI(t *testing.T) {
	var got *server
	cgi := Transport{name: "cgi", serve: func(_ context.Context, l *listener, c *server) error {
		if l != nil {
			t.Error("a listener")
		}
		got = c
		return nil
	}}
	if err := Run(t.Context(), http.HandlerFunc(hello), Options{Transport: "cgi", AllowRoot: true}, cgi); err != nil {
		t.Error(err)
	}
	if got.handler == nil || got.Log == nil || got.BodyLimit != 10<<20 || got.ShutdownTimeout != 30*time.Second || got.MaxConns == 0 {
		t.Errorf("server %+v", got)
	}
}

func TestRefuseRoot(t *testing.T) {
	public, private := []address{{network: "tcp", where: "127.0.0.1:1"}, {network: "tcp", where: ":1"}}, []address{{network: "tcp", where: "127.0.0.1:1"}}
	for _, tt := range []struct {
		name         string
		uid          int
		allow        bool
		addresses    []address
		refuse, warn bool
	}{
		{"user", 1000, false, public, false, false},
		{"no uids here", -1, false, public, false, false},
		{"root in public", 0, false, public, true, false},
		{"root allowed", 0, true, public, false, false},
		{"root in private", 0, false, private, false, true},
	} {
		log, out := newLog()
		s := server{Options: Options{AllowRoot: tt.allow, Log: log}, uid: tt.uid, addresses: tt.addresses}
		err := s.checkAddresses()
		if err == nil {
			s.logWarnings()
		}
		if (err != nil) != tt.refuse || strings.Contains(out.String(), "running as root") != tt.warn {
			t.Errorf("%s: error %v, log %q", tt.name, err, out)
		}
		if tt.refuse {
			wantWords(t, err, "tcp::1; uid 0; -allow-root")
		}
	}
}

// Whoever connects by FastCGI or SCGI is believed, so that nobody may whom no
// setting names.
func TestTrustedPeers(t *testing.T) {
	believing := Transport{name: "fcgi", check: checkPeers, serve: func(context.Context, *listener, *server) error { return nil }}
	for _, tt := range []struct {
		listen, peers string
		refused       bool
	}{
		{"fcgi+tcp:0.0.0.0:0", "", true},
		{"fcgi+tcp::0", "", true},
		{"fcgi+tcp:app.example:80", "", true},
		{"fcgi+tcp:127.0.0.1:0", "", false},
		{"fcgi+tcp:0.0.0.0:0", "10.0.0.5", false},
		{"http+tcp:0.0.0.0:0", "", false},
	} {
		o := Options{Listen: tt.listen, TrustedPeers: tt.peers, AllowRoot: true}
		err := Preflight(o, HTTP(), believing)
		if (err != nil) != tt.refused {
			t.Errorf("%s, peers %q: preflight: %v", tt.listen, tt.peers, err)
		}
		if tt.refused {
			wantWords(t, err, "listen "+strings.TrimPrefix(tt.listen, "fcgi+")+"; -trusted-peers")
			wantWords(t, Run(t.Context(), http.HandlerFunc(hello), o, HTTP(), believing), "-trusted-peers")
		}
	}
}

// A low limit of open files leaves few connections, which has to be said.
func TestRunFewFiles(t *testing.T) {
	if os.Getenv("GATEWAY_TEST_FILES") != "" {
		_ = Run(t.Context(), http.HandlerFunc(hello), Options{Listen: "tcp:127.0.0.1:0", Once: true, AllowRoot: true})
		return
	}
	if connsAllowed(defaultConns) < defaultConns || runtime.GOOS != "linux" {
		t.Skip("needs a high limit of open files, and ulimit as Linux has it")
	}
	cmd := exec.Command("sh", "-c", `ulimit -n 64; exec "$0" -test.run='^TestRunFewFiles$'`, os.Args[0])
	cmd.Env = append(os.Environ(), "GATEWAY_TEST_FILES=1")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		line := lines.Text()
		said.WriteString(line + "\n")
		if _, url, ok := strings.Cut(line, "address="); ok {
			_, _ = http.Get(url)
		}
	}
	_ = cmd.Wait()
	if !strings.Contains(said.String(), "limit of open files is low") || !strings.Contains(said.String(), "connections=1") {
		t.Errorf("it says\n%s", said.String())
	}
}

func TestPreflight(t *testing.T) {
	if err := Preflight(Options{Listen: "tcp:127.0.0.1:0"}); err != nil {
		t.Error(err)
	}
	busy := listenTest(t, "tcp")
	o := Options{Listen: "tcp:127.0.0.1:0,tcp:" + busy.Addr().String(), Mount: "app"}
	wantWords(t, Preflight(o), `mount "app"; listen tcp:`+busy.Addr().String())
}

func TestHealthcheck(t *testing.T) {
	_, log := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			hello(w, r)
		case "/away":
			http.Redirect(w, r, Mount(r)+"/healthz", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}), Options{Listen: "tcp:127.0.0.1:0", Mount: "/app"})
	address := strings.TrimSuffix(strings.TrimPrefix(logged(log)[0], "http://"), "/app")
	_, port, _ := net.SplitHostPort(address)
	for _, tt := range []struct{ name, listen, path, err string }{
		{"well", "tcp:" + address, "/healthz", ""},
		{"no slash", "tcp:" + address, "healthz", ""},
		{"any interface", "tcp:0.0.0.0:" + port, "/healthz", ""},
		{"the one that speaks http", "fcgi+tcp:localhost:1,http+tcp::" + port, "/healthz", ""},
		{"not found", "tcp:" + address, "/x", "/app/x; 404"},
		{"redirect", "tcp:" + address, "/away", "302"},
		{"nothing there", "tcp:127.0.0.1:1", "/", "tcp:127.0.0.1:1"},
		{"no http", "fcgi+tcp:localhost:1", "/", "serves http; http+tcp"},
		{"bad address", "localhost", "/", "not an address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Healthcheck(t.Context(), Options{Listen: tt.listen, Mount: "/app"}, tt.path)
			if tt.err != "" {
				wantWords(t, err, "health check; "+tt.err)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	hung := listenTest(t, "tcp")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := Healthcheck(ctx, Options{Listen: "tcp:" + hung.Addr().String()}, "/"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// A request that is running when the context ends is answered, and sees that
// the server is no longer ready.
func TestRunDrains(t *testing.T) {
	entered, leave := make(chan bool), make(chan bool)
	stop, log := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- true
		<-leave
		if !Ready(r) && r.Context().Err() == nil {
			_, _ = io.WriteString(w, "drained")
		}
	}), Options{Listen: "tcp:127.0.0.1:0"})
	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get(logged(log)[0])
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- text(resp)
	}()
	<-entered
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	time.Sleep(20 * time.Millisecond)
	close(leave)
	if got := <-answer; got != "drained" {
		t.Errorf("answer %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
