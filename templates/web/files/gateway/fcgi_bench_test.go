package gateway

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/fcgi"
	"testing"
	"time"
)

// usualVars is what a web server sends for a browser's request.
func usualVars() []string {
	return []string{
		"QUERY_STRING", "a=1&b=2",
		"REQUEST_METHOD", "GET",
		"CONTENT_TYPE", "",
		"CONTENT_LENGTH", "",
		"SCRIPT_NAME", "/hello",
		"REQUEST_URI", "/hello?a=1&b=2",
		"DOCUMENT_URI", "/hello",
		"DOCUMENT_ROOT", "/var/www/html",
		"SERVER_PROTOCOL", "HTTP/1.1",
		"REQUEST_SCHEME", "http",
		"GATEWAY_INTERFACE", "CGI/1.1",
		"SERVER_SOFTWARE", "web/1",
		"REMOTE_ADDR", "203.0.113.9",
		"REMOTE_PORT", "54321",
		"SERVER_ADDR", "192.0.2.1",
		"SERVER_PORT", "80",
		"SERVER_NAME", "app.example",
		"HTTP_HOST", "app.example",
		"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"HTTP_ACCEPT", "text/html,application/xhtml+xml,*/*;q=0.8",
		"HTTP_ACCEPT_ENCODING", "gzip, deflate, br",
		"HTTP_CONNECTION", "keep-alive",
	}
}

// BenchmarkFCGI is a request over a kept connection, guarded as Run does it.
func BenchmarkFCGI(b *testing.B) {
	benchmarkFCGI(b, serveFCGITest(b, testServer(b, http.HandlerFunc(sayHello)).handler.ServeHTTP)())
}

// BenchmarkFCGIMiddleware is the same behind what a generated app has.
func BenchmarkFCGIMiddleware(b *testing.B) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	defer slog.SetDefault(before)
	h := Chain(http.HandlerFunc(sayHello), Recover, RequestID, AccessLog, SecurityHeaders)
	benchmarkFCGI(b, serveFCGITest(b, testServer(b, h).handler.ServeHTTP)())
}

// BenchmarkFCGIPeer is the same by the standard library.
func BenchmarkFCGIPeer(b *testing.B) {
	l, err := net.Listen("unix", socketDir(b)+"/s")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() { _ = fcgi.Serve(l, http.HandlerFunc(sayHello)) }()
	c, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	benchmarkFCGI(b, newFCGIPeer(b, c))
}

// BenchmarkFCGIUpload is a request with a body of 1 MiB.
func BenchmarkFCGIUpload(b *testing.B) {
	p := serveFCGITest(b, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })()
	request := []byte(fcgiPost(1, fcgiKeepConn, "1048576") + bodyRecords(32) + rec(fcgiStdin, 1, ""))
	_ = p.SetDeadline(time.Time{})
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, err := p.Write(request); err != nil {
			b.Fatal(err)
		}
		p.skipAnswer()
	}
}

// fcgiUsual is what a web server sends for a browser's request.
func fcgiUsual(id uint16) string {
	return fcgiBeginRec(id, fcgiResponder, fcgiKeepConn) +
		rec(fcgiParams, id, fcgiPairs(usualVars()...)) + rec(fcgiParams, id, "") + rec(fcgiStdin, id, "")
}

func benchmarkFCGI(b *testing.B, p *fcgiPeer) {
	request := []byte(fcgiUsual(1))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Write(request); err != nil {
			b.Fatal(err)
		}
		p.skipAnswer()
	}
}

// skipAnswer reads up to END_REQUEST without allocating.
func (p *fcgiPeer) skipAnswer() {
	for {
		head, err := p.br.Peek(fcgiHeadLen)
		if err != nil {
			p.t.Fatal(err)
		}
		h, err := parseFCGIHead(head)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, err := p.br.Discard(fcgiHeadLen + h.length + h.padding); err != nil {
			p.t.Fatal(err)
		}
		if h.kind == fcgiEnd {
			return
		}
	}
}
