package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A viewCase is a request as a client sent it to the web server, whatever
// carries it on, and what the app's handler must see of it.
type viewCase struct {
	name   string
	method string
	target string // as on the request line
	host   string
	client string // the client's address, without a port
	https  bool
	header http.Header // besides Host and what describes the body
	body   string      // sent with its length unless ""
	want   view
}

// A view is what a handler sees of a request.
type view struct {
	method, requestURI      string
	path, rawPath, rawQuery string
	host, remote            string
	https                   bool
	length                  int64
	header                  http.Header // only these names are compared
	body                    string
	mount                   string
}

// checkView proves that a transport shows the handler every viewCase as it
// is. roundTrip serves c by the transport until the test ends, sends v as a
// web server would, and returns the answer.
func checkView(t *testing.T, roundTrip func(t *testing.T, c *server, v viewCase) *http.Response) {
	for _, v := range viewCases() {
		t.Run(v.name, func(t *testing.T) {
			requests, bodies := make(chan *http.Request, 1), make(chan string, 1)
			c := testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				requests <- r
				bodies <- string(body)
				w.Header().Set("X-View", "seen")
				_, _ = io.WriteString(w, "seen")
			}))
			resp := roundTrip(t, c, v)
			answer, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != 200 || resp.Header.Get("X-View") != "seen" {
				t.Fatalf("answer: %d, header %v, body %q, err %v", resp.StatusCode, resp.Header, answer, err)
			}
			if v.method != "HEAD" && string(answer) != "seen" {
				t.Errorf("answer's body %q", answer)
			}
			v.want.compare(t, <-requests, <-bodies)
		})
	}
}

func (want view) compare(t *testing.T, r *http.Request, body string) {
	t.Helper()
	equal := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	equal("Method", r.Method, want.method)
	equal("RequestURI", r.RequestURI, want.requestURI)
	equal("Path", r.URL.Path, want.path)
	equal("RawPath", r.URL.RawPath, want.rawPath)
	equal("RawQuery", r.URL.RawQuery, want.rawQuery)
	equal("Host", r.Host, want.host)
	equal("TLS", r.TLS != nil, want.https)
	equal("Mount", Mount(r), want.mount)
	equal("body", body, want.body)
	if r.ContentLength != want.length {
		t.Errorf("ContentLength: got %d, want %d", r.ContentLength, want.length)
	}
	if r.URL.IsAbs() || r.URL.Host != "" {
		t.Errorf("URL %v is not relative", r.URL)
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || remote.Port() == 0 || remote.Addr().String() != want.remote {
		t.Errorf("RemoteAddr: got %q, want %s and a port", r.RemoteAddr, want.remote)
	}
	for name, values := range want.header {
		equal("Header "+name, strings.Join(r.Header[name], "|"), strings.Join(values, "|"))
	}
}

// viewCases start from GET / by 203.0.113.9 and say what differs.
func viewCases() []viewCase {
	base := func(name string, change func(v *viewCase)) viewCase {
		v := viewCase{
			name: name, method: "GET", target: "/", host: "app.example", client: "203.0.113.9",
			want: view{method: "GET", requestURI: "/", path: "/", host: "app.example", remote: "203.0.113.9"},
		}
		change(&v)
		return v
	}
	target := func(target, path, rawPath, rawQuery string) viewCase {
		return base(target, func(v *viewCase) {
			v.target, v.want.requestURI = target, target
			v.want.path, v.want.rawPath, v.want.rawQuery = path, rawPath, rawQuery
		})
	}
	return []viewCase{
		base("root", func(*viewCase) {}),
		target("/p?a=1&b=%20+;c&&d=%zz", "/p", "", "a=1&b=%20+;c&&d=%zz"),
		target("/a%2Fb%20c", "/a/b c", "/a%2Fb%20c", ""),
		target("/%C3%BC", "/ü", "", ""),
		target("//a///b", "//a///b", "", ""),
		target("//evil.test/x", "//evil.test/x", "", ""),
		target("/x/../y", "/x/../y", "", ""),
		target("/%2e%2e/y", "/../y", "/%2e%2e/y", ""),
		target("/%0d%0aX:%00y", "/\r\nX:\x00y", "/%0d%0aX:%00y", ""),
		base("absolute form", func(v *viewCase) {
			v.target = "http://app.example/a%2Fb?q"
			v.want.requestURI, v.want.path, v.want.rawPath, v.want.rawQuery = "/a%2Fb?q", "/a/b", "/a%2Fb", "q"
		}),
		base("absolute form without a path", func(v *viewCase) {
			v.target = "http://app.example?q"
			v.want.requestURI, v.want.rawQuery = "/?q", "q"
		}),
		base("absolute form of another host", func(v *viewCase) {
			v.target = "http://other.example:8080//x"
			v.want.requestURI, v.want.path, v.want.host = "//x", "//x", "other.example:8080"
		}),
		base("host with port", func(v *viewCase) { v.host, v.want.host = "app.example:8443", "app.example:8443" }),
		base("IPv6 client", func(v *viewCase) { v.client, v.want.remote = "2001:db8::9", "2001:db8::9" }),
		base("https", func(v *viewCase) { v.https, v.want.https = true, true }),
		base("HEAD", func(v *viewCase) { v.method, v.want.method = "HEAD", "HEAD" }),
		base("body", func(v *viewCase) {
			v.method, v.want.method = "POST", "POST"
			v.body, v.want.body, v.want.length = "a=1&b=2", "a=1&b=2", 7
			v.header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
			v.want.header = v.header
		}),
		base("headers", func(v *viewCase) {
			v.header = http.Header{
				"Proxy":         {"evil.test:80"},
				"Authorization": {"Basic YTpi"},
				"Cookie":        {"a=1; b=2"},
				"X-Long-Name":   {strings.Repeat("x", 6<<10)},
			}
			v.want.header = v.header.Clone()
			v.want.header["Proxy"] = nil
		}),
	}
}

// testServer guards h for a transport's test; what is logged goes nowhere.
func testServer(t testing.TB, h http.Handler) *server {
	s := &server{
		Options: Options{Log: slog.New(slog.DiscardHandler), BodyLimit: 1 << 20, ShutdownTimeout: 5 * time.Second, MaxConns: 64},
		app:     h,
		running: t.Context(),
	}
	s.handler = http.HandlerFunc(s.checkRequest)
	s.base = context.WithValue(context.Background(), serverKey{}, s)
	return s
}

// guarded guards h as Run does, until run ends.
func guarded(run context.Context, h http.Handler, mount string, limit int64) http.Handler {
	s := &server{Options: Options{Mount: mount, BodyLimit: limit}, app: h, running: run}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.checkRequest(w, r.WithContext(context.WithValue(r.Context(), serverKey{}, s)))
	})
}

// request makes one that a handler can be called with directly.
func request(method, target string) *http.Request {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		panic(err)
	}
	return &http.Request{
		Method: method, URL: u, RequestURI: target, Host: "app.example", Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "192.0.2.1:1234", Header: http.Header{}, Body: http.NoBody,
	}
}

// A lockedLog is a logger's output that tests read while it is written.
type lockedLog struct {
	c chan *bytes.Buffer
}

func newLog() (*slog.Logger, *lockedLog) {
	l := &lockedLog{c: make(chan *bytes.Buffer, 1)}
	l.c <- new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(l, nil)), l
}

func (l *lockedLog) Write(p []byte) (int, error) {
	b := <-l.c
	defer func() { l.c <- b }()
	return b.Write(p)
}

func (l *lockedLog) String() string {
	b := <-l.c
	defer func() { l.c <- b }()
	return b.String()
}

// serveTest serves c by transport at l until the test ends and checks that
// it drained.
func serveTest(t testing.TB, transport Transport, l net.Listener, c *server) {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- transport.serve(ctx, newListener(l, c.MaxConns), c) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serve %s: %v", transport.name, err)
		}
	})
}
