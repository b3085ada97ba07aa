package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// shortLimits are short enough to wait for.
func shortLimits(_ *config, l *limits) {
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
			if d := time.Since(start); d < tt.least || d > tt.least+3*time.Second {
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
		for time.Since(start) < 3*time.Second {
			if _, err := io.WriteString(p, rec(fcgiStdin, 1, "x")); err != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if d := time.Since(start); d > 2*time.Second {
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
	}, newFCGIConn)
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

// What is sent on a kept connection just when a drain begins is answered.
func TestFCGILastCall(t *testing.T) {
	s := startSocket(t, sayHello, newFCGIConn)
	p := newFCGIPeer(t, s.dial(t))
	p.send(fcgiGet(1, 1))
	p.answer(1)
	s.stop()
	time.Sleep(lastCall / 10)
	p.send(fcgiGet(1, 1))
	if _, end := p.answer(1); end != "complete" {
		t.Errorf("asked while it ended: %s", end)
	}
	p.closed()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

func TestFCGIOnce(t *testing.T) {
	s := startSocket(t, sayHello, newFCGIConn, func(c *config, _ *limits) { c.once = true })
	p := newFCGIPeer(t, s.dial(t))
	p.send(fcgiGet(1, 1))
	if _, end := p.answer(1); end != "complete" {
		t.Error(end)
	}
	p.closed()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	s.done <- nil
}

// Without a free slot the idle connection has to go.
func TestFCGIMaxConns(t *testing.T) {
	dial := serveFCGITest(t, sayHello, func(c *config, _ *limits) { c.maxConns = 1 })
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
