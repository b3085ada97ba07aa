package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shortLimits are short enough to wait for.
func shortLimits(_ *server, l *limits) {
	*l = limits{head: 200 * time.Millisecond, idle: 400 * time.Millisecond, write: 300 * time.Millisecond, drain: 300 * time.Millisecond}
}

// Whoever makes the server wait is cut off, and no sooner than after least.
func TestFCGIDeadlines(t *testing.T) {
	dial := serveFCGITest(t, echo, shortLimits)
	for _, tt := range []struct {
		name, sent string
		least      time.Duration
	}{
		{"nothing", "", 200 * time.Millisecond},
		{"part of a record", "\x01\x01", 200 * time.Millisecond},
		{"BEGIN", fcgiBeginRec(1, 1, 1), 200 * time.Millisecond},
		{"half a head", fcgiBeginRec(1, 1, 1) + rec(fcgiParams, 1, "x"), 200 * time.Millisecond},
		{"half a PARAMS", fcgiBeginRec(1, 1, 1) + rec(fcgiParams, 1, "xxx")[:10], 200 * time.Millisecond},
		{"idle", fcgiGet(1, 1), 400 * time.Millisecond},
		{"idle, then part of a record", fcgiGet(1, 1) + "\x01", 200 * time.Millisecond},
		{"half a body", fcgiPost(1, 1, "9") + rec(fcgiStdin, 1, "x"), 400 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p := dial()
			p.send(tt.sent)
			p.closed()
			if d := time.Since(start); d < tt.least || d > tt.least+time.Minute {
				t.Errorf("closed after %v, want %v", d, tt.least)
			}
		})
	}
}

func TestFCGIEndlessParams(t *testing.T) {
	p := serveFCGITest(t, sayHello, shortLimits)()
	p.send(fcgiBeginRec(1, 1, 1))
	piece := rec(fcgiParams, 1, strings.Repeat("x", 8<<10))
	for start := time.Now(); time.Since(start) < 5*time.Second; {
		if _, err := io.WriteString(p, piece); err != nil {
			return
		}
	}
	t.Error("still reading")
}

// A handler may take longer than any deadline.
func TestFCGISlowHandler(t *testing.T) {
	p := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(450 * time.Millisecond)
		if r.Context().Err() == nil {
			sayHello(w, r)
		}
	}, shortLimits)()
	for range 2 {
		p.send(fcgiGet(1, 1))
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Errorf("%q, %s", out, end)
		}
	}
}

func TestFCGIPeerNeverReads(t *testing.T) {
	done := make(chan error)
	p := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		var err error
		for err == nil {
			_, err = w.Write(make([]byte, 64<<10))
		}
		<-r.Context().Done()
		done <- err
	}, shortLimits)()
	p.send(fcgiGet(1, 1))
	select {
	case err := <-done:
		if !isTimeout(err) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("still writing")
	}
}

func TestFCGIPanic(t *testing.T) {
	dial := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/late":
			w.(http.Flusher).Flush()
			panic("late")
		case "/early":
			panic("early")
		}
	})
	for path, want := range map[string]string{"/early": "complete", "/late": "cut", "/abort": "cut", "/": "complete"} {
		p := dial()
		p.send(fcgiGet(1, 1, "REQUEST_URI", path))
		out, end := p.answer(1)
		if end != want || strings.HasPrefix(out, "Status: 500") != (path == "/early") {
			t.Errorf("%s: %q, %s", path, out, end)
		}
		if want == "complete" { // the connection is still good
			p.send(fcgiGet(1, 1))
			if _, end := p.answer(1); end != "complete" {
				t.Error(end)
			}
		}
	}
}

// A handler that ends its goroutine has panicked, and does not hold its
// connection.
func TestFCGIGoexit(t *testing.T) {
	p := serveFCGITest(t, func(http.ResponseWriter, *http.Request) { runtime.Goexit() })()
	p.send(fcgiGet(1, fcgiKeepConn))
	if out, end := p.answer(1); end != "complete" || !strings.HasPrefix(out, "Status: 500") {
		t.Errorf("%q, %s", out, end)
	}
	p.closed()
}

// nginx holds back up to 7 bytes of a body that come in one record with the head.
func TestFCGIFirstPiece(t *testing.T) {
	p := serveFCGITest(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
	})()
	p.send(fcgiGet(1, 0))
	head, _ := p.next()
	piece, err := p.next()
	if !strings.HasSuffix(head.content, "\r\n\r\n") || piece.content != "first\n" || err != nil {
		t.Errorf("%q, then %q, %v", head.content, piece.content, err)
	}
}

// nginx sends no more of a body once it has the head of the answer, and gets the
// end of that all the same.
func TestFCGIUnreadBodyAfterFlush(t *testing.T) {
	p := serveFCGITest(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		_, _ = io.WriteString(w, "hello, world")
	})()
	start := time.Now()
	p.send(fcgiPost(1, fcgiKeepConn, "4194304"), bodyRecords(1))
	if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
		t.Errorf("%q, %s", out, end)
	}
	if d := time.Since(start); d > usualLimits.drain/2 {
		t.Errorf("after %v", d)
	}
}

// No number of requests is a reason to close a connection: the next request may
// be on its way.
func TestFCGIManyRequests(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes some seconds")
	}
	p := serveFCGITest(t, sayHello)()
	_ = p.SetDeadline(time.Now().Add(5 * time.Minute))
	requests := []byte(strings.Repeat(fcgiGet(1, fcgiKeepConn), 100))
	for range 1001 {
		_, _ = p.Write(requests)
		for range 100 {
			p.skipAnswer()
		}
	}
}

// bodyRecords is n times 32 KiB of STDIN.
func bodyRecords(n int) string {
	return strings.Repeat(rec(fcgiStdin, 1, strings.Repeat("x", 32<<10)), n)
}

// A handler that ignores a large body does no harm. The end of its answer
// comes after the body: HAProxy does not forward the rest otherwise.
func TestFCGIUnreadBody(t *testing.T) {
	dial := serveFCGITest(t, sayHello)
	for _, flags := range []byte{0, fcgiKeepConn} {
		p := dial()
		p.send(fcgiPost(1, flags, "4194304"), bodyRecords(127))
		_ = p.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if out, end := p.answer(1); end != "cut" || out != "" {
			t.Errorf("%q, %s before the end of the body", out, end)
		}
		_ = p.SetReadDeadline(time.Now().Add(20 * time.Second))
		p.send(bodyRecords(1), rec(fcgiStdin, 1, ""))
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Errorf("%q, %s", out, end)
		}
		if flags == 0 {
			p.closed()
			continue
		}
		p.send(fcgiGet(2, 0))
		if out, end := p.answer(2); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Errorf("%q, %s", out, end)
		}
	}
}

// A web server that does not send the rest of the body gets the answer late,
// and may begin the next request then.
func TestFCGIUnreadBodyLeftOut(t *testing.T) {
	p := serveFCGITest(t, sayHello, shortLimits)()
	for range 2 {
		p.send(fcgiPost(1, fcgiKeepConn, "4194304"), bodyRecords(1))
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Fatalf("%q, %s", out, end)
		}
	}
}

// An abort ends the wait for the rest of the body.
func TestFCGIUnreadBodyAborted(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	p.send(fcgiPost(1, fcgiKeepConn, "4194304"), bodyRecords(1), rec(fcgiAbort, 1, ""))
	start := time.Now()
	if _, end := p.answer(1); end != "complete" || time.Since(start) > usualLimits.drain/2 {
		t.Errorf("%s after %v", end, time.Since(start))
	}
	p.send(fcgiGet(1, 0))
	if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
		t.Errorf("%q, %s", out, end)
	}
}

// A web server that writes all of the body before it reads gets its answer,
// too.
func TestFCGIUnreadBodyBlocking(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	p.send(fcgiPost(1, 0, "16777216"), bodyRecords(512), rec(fcgiStdin, 1, ""))
	if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
		t.Errorf("%q, %s", out, end)
	}
	p.closed()
}

// The rest of a body is not awaited for ever.
func TestFCGIUnreadBodyStalls(t *testing.T) {
	dial := serveFCGITest(t, sayHello, shortLimits)
	for _, flags := range []byte{0, fcgiKeepConn} {
		p := dial()
		p.send(fcgiPost(1, flags, "9"), rec(fcgiStdin, 1, "x"))
		if _, end := p.answer(1); end != "complete" {
			t.Fatal(end)
		}
		start := time.Now()
		for time.Since(start) < time.Minute {
			if _, err := io.WriteString(p, rec(fcgiStdin, 1, "x")); err != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if d := time.Since(start); d >= time.Minute {
			t.Errorf("flags %d: read for %v", flags, d)
		}
	}
}

// Requests in flight are answered, END_REQUEST included; idle connections
// close at once, and the others when they are done.
func TestFCGIDrain(t *testing.T) {
	started, release := make(chan bool), make(chan bool)
	s := startSocket(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			started <- true
			<-release
		}
		sayHello(w, r)
	}, runFCGI)
	idle, fresh := newFCGIPeer(t, s.dial(t)), newFCGIPeer(t, s.dial(t))
	idle.send(fcgiGet(1, 1))
	idle.answer(1)
	const n = 20
	var busy []*fcgiPeer
	for range n {
		p := newFCGIPeer(t, s.dial(t))
		p.send(fcgiGet(1, 1, "REQUEST_URI", "/slow"))
		busy = append(busy, p)
		<-started
	}
	s.stop()
	idle.closed()
	fresh.send(fcgiGet(1, 1))
	if _, end := fresh.answer(1); end != "complete" {
		t.Errorf("connected before the end, asked after: %s", end)
	}
	fresh.closed()
	close(release)
	for _, p := range busy {
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Errorf("in flight: %q, %s", out, end)
		}
		p.closed()
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

// Without a free slot the idle connection has to go.
func TestFCGIMaxConns(t *testing.T) {
	dial := serveFCGITest(t, sayHello, func(c *server, _ *limits) { c.MaxConns = 1 })
	for range 50 {
		p := dial()
		p.send(fcgiGet(1, 1))
		if _, end := p.answer(1); end != "complete" {
			t.Fatal(end)
		}
	}
}

// http.ResponseController's deadlines, of a read and of a write.
func TestFCGIResponseController(t *testing.T) {
	dial := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		past := time.Now().Add(20 * time.Millisecond)
		if err := rc.SetReadDeadline(past); err != nil {
			t.Error(err)
		}
		if _, err := io.ReadAll(r.Body); r.Method == "POST" && !isTimeout(err) {
			t.Error(err)
		}
		if r.URL.Path == "/write" {
			if err := rc.SetWriteDeadline(past); err != nil {
				t.Error(err)
			}
			time.Sleep(30 * time.Millisecond)
		}
		sayHello(w, r)
	}, shortLimits)
	p := dial()
	p.send(fcgiPost(1, 1, "3"))
	if _, end := p.answer(1); end != "complete" {
		t.Error(end)
	}
	p.send(rec(fcgiStdin, 1, ""), fcgiGet(1, 1, "REQUEST_URI", "/write"))
	if _, end := p.answer(1); end != "cut" {
		t.Error(end)
	}
}

// posts is a request's head, of a body that is still to come.
func fcgiPost(id uint16, flags byte, length string) string {
	return fcgiBeginRec(id, fcgiResponder, flags) +
		rec(fcgiParams, id, fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", length)) +
		rec(fcgiParams, id, "")
}

// echo answers with the body.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write(b)
}

// What is not a request is answered by itself.
func TestFCGIManagement(t *testing.T) {
	dial := serveFCGITest(t, sayHello, func(c *server, _ *limits) { c.MaxConns = 7 })
	values := func(names ...string) string {
		var pairs []string
		for _, name := range names {
			pairs = append(pairs, name, "")
		}
		return rec(fcgiGetValues, 0, fcgiPairs(pairs...))
	}
	for _, tt := range []struct{ name, sent, want string }{
		{"values", values("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS"),
			rec(fcgiValues, 0, fcgiPairs("FCGI_MAX_CONNS", "7", "FCGI_MAX_REQS", "7", "FCGI_MPXS_CONNS", "0"))},
		{"unknown value", values("X", "FCGI_MPXS_CONNS"), rec(fcgiValues, 0, fcgiPairs("FCGI_MPXS_CONNS", "0"))},
		{"value asked twice", values("FCGI_MPXS_CONNS", "FCGI_MPXS_CONNS"), rec(fcgiValues, 0, fcgiPairs("FCGI_MPXS_CONNS", "0"))},
		{"no values", values(), rec(fcgiValues, 0, "")},
		{"broken pairs", rec(fcgiGetValues, 0, "\x80"), rec(fcgiValues, 0, "")},
		{"unknown type", rec(99, 0, "xyz"), string(appendFCGIUnknown(nil, 99))},
		{"BEGIN without id", rec(fcgiBegin, 0, "12345678"), string(appendFCGIUnknown(nil, fcgiBegin))},
		{"authorizer", fcgiBeginRec(3, 2, 1), string(appendFCGIEnd(nil, 3, fcgiUnknownRole))},
		{"filter", fcgiBeginRec(3, 3, 1), string(appendFCGIEnd(nil, 3, fcgiUnknownRole))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := dial()
			p.send(tt.sent)
			r, err := p.next()
			if got := rec(r.kind, r.id, r.content); got != tt.want || err != nil {
				t.Errorf("%q, want %q (%v)", got, tt.want, err)
			}
			p.send(fcgiGet(1, 0)) // the connection is as good as new
			if _, end := p.answer(1); end != "complete" {
				t.Error(end)
			}
			p.closed()
		})
	}
}

// What breaks the protocol ends the connection.
func TestFCGIBroken(t *testing.T) {
	dial := serveFCGITest(t, echo)
	get := fcgiGet(1, fcgiKeepConn)
	for name, sent := range map[string]string{
		"version":            "\x02" + get[1:],
		"version, later":     fcgiPost(1, 1, "3") + "\x00\x00\x00\x00\x00\x00\x00\x00",
		"HTTP":               "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"short BEGIN":        rec(fcgiBegin, 1, "1234567"),
		"long BEGIN":         rec(fcgiBegin, 1, "123456789"),
		"BEGIN twice":        fcgiBeginRec(1, 1, 1) + fcgiBeginRec(1, 1, 1),
		"BEGIN twice, later": fcgiPost(1, 1, "3") + fcgiBeginRec(1, 1, 1),
	} {
		t.Run(name, func(t *testing.T) {
			p := dial()
			p.send(sent)
			p.closed()
		})
	}
}

// Records that belong to no request are skipped.
func TestFCGIStrayRecords(t *testing.T) {
	p := serveFCGITest(t, echo)()
	stray := rec(fcgiParams, 7, "x") + rec(fcgiParams, 7, "") + rec(fcgiStdin, 7, "stray") + rec(fcgiStdin, 7, "") +
		rec(fcgiAbort, 7, "") + rec(8, 7, "data") + rec(fcgiStdout, 7, "") + rec(77, 7, "x")
	p.send(stray, fcgiBeginRec(1, 1, 1), stray,
		rec(fcgiParams, 1, fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/")), stray, rec(fcgiParams, 1, ""), stray,
		rec(fcgiStdin, 1, "mi"), stray, rec(fcgiStdin, 1, "ne"), rec(fcgiStdin, 1, ""), stray)
	if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "\r\n\r\nmine") {
		t.Errorf("%q, %s", out, end)
	}
}

// One request at a time: others are refused, and do no harm.
func TestFCGIInterleaved(t *testing.T) {
	p := serveFCGITest(t, echo)()
	other := rec(fcgiParams, 2, "x") + rec(fcgiStdin, 2, "other")
	p.send(fcgiBeginRec(1, 1, 1), fcgiBeginRec(2, 1, 1), other)
	if _, end := p.answer(2); end != "cant multiplex" {
		t.Error(end)
	}
	p.send(rec(fcgiParams, 1, fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/")), rec(fcgiParams, 1, ""),
		rec(fcgiStdin, 1, "mi"), other, fcgiBeginRec(2, 1, 0), other)
	if _, end := p.answer(2); end != "cant multiplex" {
		t.Error(end)
	}
	p.send(rec(fcgiStdin, 1, "ne"), rec(fcgiStdin, 1, ""))
	if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "\r\n\r\nmine") {
		t.Errorf("%q, %s", out, end)
	}
	p.send(other, fcgiGet(2, 1))
	if _, end := p.answer(2); end != "complete" {
		t.Error(end)
	}
}

// Every other id there is, while one request is under way.
func TestFCGIManyBegins(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	p.send(fcgiBeginRec(1, 1, 1))
	var begins strings.Builder
	for id := 2; id <= 65_535; id++ {
		begins.WriteString(fcgiBeginRec(uint16(id), 1, 1))
	}
	go p.send(begins.String())
	for id := 2; id <= 65_535; id++ {
		if _, end := p.answer(uint16(id)); end != "cant multiplex" {
			t.Fatalf("id %d: %s", id, end)
		}
	}
	p.send(rec(fcgiAbort, 1, ""))
	if _, end := p.answer(1); end != "complete" {
		t.Error(end)
	}
}

// Whatever a peer leaves behind when it goes, no memory stays with it. That no
// goroutine and no descriptor does, every test checks.
func TestFCGIAbuse(t *testing.T) {
	s := startSocket(t, echo, runFCGI, shortLimits)
	body := strings.Repeat("x", 60_000)
	abuse(t, s, map[string]string{
		"nothing":             "",
		"part of a record":    "\x01\x01\x00",
		"half a head":         fcgiBeginRec(1, 1, 1) + rec(fcgiParams, 1, body),
		"a head too big":      fcgiBeginRec(1, 1, 1) + rec(fcgiParams, 1, body) + rec(fcgiParams, 1, body) + rec(fcgiParams, 1, ""),
		"more than it says":   fcgiPost(1, 1, "1") + rec(fcgiStdin, 1, body) + rec(fcgiStdin, 1, body),
		"less than it says":   fcgiPost(1, 1, "100000") + rec(fcgiStdin, 1, body),
		"no end":              fcgiPost(1, 1, "") + rec(fcgiStdin, 1, body),
		"a record cut":        fcgiPost(1, 1, "100000") + rec(fcgiStdin, 1, body)[:9000],
		"an abort":            fcgiPost(1, 1, "100000") + rec(fcgiAbort, 1, "") + rec(fcgiStdin, 1, body) + fcgiPost(1, 1, "9"),
		"an abort of nothing": rec(fcgiAbort, 7, "") + rec(fcgiStdin, 7, body),
		"several ids":         fcgiBeginRec(1, 1, 1) + fcgiBeginRec(2, 1, 1) + rec(fcgiParams, 2, body) + rec(fcgiStdin, 2, body),
		"another version":     fcgiPost(1, 1, "9") + "\x02\x05\x00\x01\x00\x01\x00\x00x",
		"answers unread":      strings.Repeat(fcgiUsual(1), 20),
		"values":              strings.Repeat(rec(fcgiGetValues, 0, fcgiPairs("FCGI_MAX_CONNS", "")), 1000),
	})
}

func TestFCGIPadding(t *testing.T) {
	p := serveFCGITest(t, echo)()
	for n := range 256 {
		pad := func(r string) string { return r[:6] + string([]byte{byte(n)}) + r[7:] + strings.Repeat("p", n) }
		p.send(pad(fcgiBeginRec(1, 1, 1)), pad(rec(fcgiParams, 1, fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/"))),
			pad(rec(fcgiParams, 1, "")), pad(rec(fcgiStdin, 1, "body")), pad(rec(fcgiStdin, 1, "")))
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "\r\n\r\nbody") {
			t.Fatalf("padding %d: %q, %s", n, out, end)
		}
	}
}

// However the records are cut and come, the request is the same.
func TestFCGIPieces(t *testing.T) {
	p := serveFCGITest(t, echo)()
	params := fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/")
	for _, size := range []int{1, 3, 64} {
		records := fcgiBeginRec(1, 1, 1)
		for i := 0; i < len(params); i += size {
			records += rec(fcgiParams, 1, params[i:min(i+size, len(params))])
		}
		records += rec(fcgiParams, 1, "") + rec(fcgiStdin, 1, "b") + rec(fcgiStdin, 1, "ody") + rec(fcgiStdin, 1, "")
		for i := 0; i < len(records); i += size {
			p.send(records[i:min(i+size, len(records))])
		}
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "\r\n\r\nbody") {
			t.Errorf("by %d: %q, %s", size, out, end)
		}
	}
}

// The web server goes away after every byte of a request in turn.
func TestFCGITruncated(t *testing.T) {
	dial := serveFCGITest(t, echo)
	request := fcgiPost(1, 1, "3") + rec(fcgiStdin, 1, "abc")
	for i := range request {
		p := dial()
		p.send(request[:i])
		_ = p.Close()
	}
}

func TestFCGIHeadSize(t *testing.T) {
	dial := serveFCGITest(t, sayHello)
	for _, tt := range []struct {
		size int
		want string
	}{
		{6 << 10, "200"},
		{fcgiMaxParams - 100, "200"},
		{fcgiMaxParams + 1, "431"},
		{5 << 20, "431"},
	} {
		p := dial()
		params := fcgiPairs("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_X", strings.Repeat("x", tt.size))
		p.send(fcgiBeginRec(1, 1, 1))
		for s := params; s != ""; {
			n := min(len(s), 8192)
			p.send(rec(fcgiParams, 1, s[:n]))
			s = s[n:]
		}
		p.send(rec(fcgiParams, 1, ""), rec(fcgiStdin, 1, ""))
		if out, end := p.answer(1); end != "complete" || !strings.HasPrefix(out, "Status: "+tt.want) {
			t.Errorf("%d bytes: %.40q, %s", tt.size, out, end)
		}
	}
}

func TestFCGIBadRequest(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	for name, params := range map[string]string{
		"no params":      "",
		"broken pairs":   "\x05\x80",
		"bad method":     fcgiPairs("REQUEST_METHOD", "G T", "REQUEST_URI", "/"),
		"bad length":     fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "x"),
		"two lengths":    fcgiPairs("REQUEST_METHOD", "POST", "REQUEST_URI", "/", "CONTENT_LENGTH", "1", "CONTENT_LENGTH", "2"),
		"two hosts":      fcgiPairs("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_HOST", "a", "HTTP_HOST", "b"),
		"length past it": fcgiPairs("REQUEST_METHOD", "GET") + "\x0b\xff\xff\xff\xffREQUEST_URI",
	} {
		p.send(fcgiBeginRec(1, 1, 1))
		if params != "" {
			p.send(rec(fcgiParams, 1, params))
		}
		p.send(rec(fcgiParams, 1, ""), rec(fcgiStdin, 1, ""))
		if out, end := p.answer(1); end != "complete" || !strings.HasPrefix(out, "Status: 400") {
			t.Errorf("%s: %q, %s", name, out, end)
		}
	}
}

func TestFCGIBody(t *testing.T) {
	p := serveFCGITest(t, echo)()
	for _, tt := range []struct{ length, body, want string }{
		{"4", "body", "200 body"},
		{"", "body", "200 body"},
		{"2", "body", "200 bo"},
		{"9", "body", "400 unexpected EOF\n"},
		{"0", "body", "200 "},
		{"", strings.Repeat("x", 60_000), "200 " + strings.Repeat("x", 60_000)},
	} {
		p.send(fcgiPost(1, 1, tt.length), rec(fcgiStdin, 1, tt.body), rec(fcgiStdin, 1, ""))
		out, end := p.answer(1)
		resp, err := readAnswer(out, "POST")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		if got := resp.Status[:4] + string(body); got != tt.want || end != "complete" {
			t.Errorf("CONTENT_LENGTH %q: %.40q, want %.40q, %s", tt.length, got, tt.want, end)
		}
	}
}

// Without CONTENT_LENGTH the first STDIN record says whether there is a body.
func TestFCGIBodyUnsaid(t *testing.T) {
	p := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%d %t", r.ContentLength, r.Body == http.NoBody)
	})()
	for _, tt := range []struct{ stdin, want string }{
		{"", "0 true"},
		{rec(fcgiStdin, 1, "chunk"), "-1 false"},
	} {
		p.send(fcgiPost(1, fcgiKeepConn, ""), tt.stdin, rec(fcgiStdin, 1, ""))
		if out, end := p.answer(1); !strings.HasSuffix(out, "\r\n\r\n"+tt.want) || end != "complete" {
			t.Errorf("STDIN %q: %q, %s, want %s", tt.stdin, out, end, tt.want)
		}
	}
}

// The web server gives up before it has said whether there is a body.
func TestFCGIAbortBeforeBody(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	p.send(fcgiPost(1, fcgiKeepConn, ""), rec(fcgiAbort, 1, ""))
	if out, end := p.answer(1); out != "" || end != "complete" {
		t.Errorf("aborted: %q, %s", out, end)
	}
	p.send(fcgiGet(1, fcgiKeepConn))
	if out, _ := p.answer(1); !strings.Contains(out, "hello, world") {
		t.Errorf("the next request: %q", out)
	}
}

// A header that is larger than any record.
func TestFCGILongHeader(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	p := serveFCGITest(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", long) })()
	p.send(fcgiGet(1, 1))
	if out, end := p.answer(1); end != "complete" || !strings.Contains(out, long) {
		t.Errorf("%d bytes, %s", len(out), end)
	}
}

// Output of an aborted request goes nowhere, and the next request waits until
// its handler has returned.
func TestFCGIAbort(t *testing.T) {
	aborted, release := make(chan error), make(chan struct{})
	p := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			sayHello(w, r)
			return
		}
		_, err := io.ReadAll(r.Body)
		<-r.Context().Done()
		aborted <- err
		<-release
		_, _ = io.WriteString(w, "of the aborted request")
		_ = http.NewResponseController(w).Flush()
	})()
	p.send(fcgiPost(1, 1, "3"), rec(fcgiStdin, 1, "a"), rec(fcgiAbort, 1, ""))
	if err := <-aborted; err != errAborted {
		t.Error(err)
	}
	p.send(rec(fcgiStdin, 1, "bc"), fcgiGet(1, 1))
	close(release)
	if out, end := p.answer(1); end != "complete" || out != "" {
		t.Errorf("aborted: %q, %s", out, end)
	}
	for range 2 {
		if out, end := p.answer(1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
			t.Errorf("next: %q, %s", out, end)
		}
		p.send(rec(fcgiStdin, 1, "late"), rec(fcgiStdin, 1, ""), fcgiGet(1, 1))
	}
}

// Every request is ended once, however close its end and its abort are.
func TestFCGIAbortRace(t *testing.T) {
	p := serveFCGITest(t, sayHello)()
	for i := range 500 {
		id := uint16(i%2 + 1)
		p.send(fcgiGet(id, 1))
		for range i % 50 {
			runtime.Gosched()
		}
		p.send(rec(fcgiAbort, id, ""))
		if _, end := p.answer(id); end != "complete" {
			t.Fatalf("request %d: %s", i, end)
		}
	}
}

// An abort is seen behind a body that has been read, to its end or not.
func TestFCGIAbortBehindBody(t *testing.T) {
	p := serveFCGITest(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})()
	p.send(fcgiPost(1, 1, "1000"), rec(fcgiStdin, 1, strings.Repeat("x", 1000)), rec(fcgiStdin, 1, ""), rec(fcgiAbort, 1, ""))
	if out, end := p.answer(1); end != "complete" || out != "" {
		t.Errorf("%q, %s", out, end)
	}
}

func TestFCGIPeerCloses(t *testing.T) {
	done := make(chan error)
	dial := serveFCGITest(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		<-r.Context().Done()
		done <- err
	})
	for _, request := range []string{fcgiGet(1, 1), fcgiPost(1, 1, "3"), fcgiPost(1, 0, "3") + rec(fcgiStdin, 1, "abc")} {
		p := dial()
		p.send(request)
		_ = p.Close()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatal("the handler does not find out")
		}
	}
}

// What is sent on a kept connection just when a drain begins is answered, and
// the connection then closed.
func TestFCGILastCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan error, 1)
		go func() {
			done <- serveWire(ctx, newListener(l, 64), testServer(t, http.HandlerFunc(sayHello)), usualLimits, runFCGI)
		}()
		p := newFCGIPeer(t, l.dial())
		for range 2 {
			go p.send(fcgiGet(1, 1))
			if _, end := p.answer(1); end != "complete" {
				t.Error(end)
			}
			synctest.Wait() // the connection is idle
			stop()
			time.Sleep(idleInDrain / 2)
		}
		p.closed()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A goroutine that a handler leaves behind, and that reads, does not hold up
// what follows.
func TestFCGIReaderLeftBehind(t *testing.T) {
	left := make(chan error, 1)
	p := serveFCGITest(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "POST" {
			one := make([]byte, 1)
			_, _ = io.ReadFull(r.Body, one)
			go func() {
				_, err := io.ReadAll(r.Body)
				left <- err
			}()
			time.Sleep(2 * time.Millisecond) // it mostly reads by then
		}
		sayHello(w, r)
	}, shortLimits)()
	for range 20 {
		p.send(fcgiPost(1, fcgiKeepConn, "9"), rec(fcgiStdin, 1, "x"))
		time.Sleep(3 * time.Millisecond)
		p.send(rec(fcgiStdin, 1, "yz"), rec(fcgiStdin, 1, ""), fcgiGet(2, fcgiKeepConn))
		for id := range uint16(2) {
			if out, end := p.answer(id + 1); end != "complete" || !strings.HasSuffix(out, "hello, world") {
				t.Fatalf("%q, %s", out, end)
			}
		}
		if err := <-left; err == nil {
			t.Error("the body looks whole")
		}
	}
}
