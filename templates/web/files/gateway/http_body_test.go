package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// A client that sends all of a body before it reads gets the answer of a handler
// that did not want it, and one that waits for 100-continue is not waited for.
func TestHTTPUnreadBody(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testConfig(t, http.HandlerFunc(hello)))
	body := strings.Repeat("x", 1<<20) // more than net/http discards by itself
	resp := send(t, l, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body), "POST")
	if got := text(resp); got != "hello" {
		t.Errorf("got %q", got)
	}
	began := time.Now()
	resp = send(t, l, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n", "POST")
	if got := text(resp); got != "hello" || time.Since(began) > drainTime/2 {
		t.Errorf("got %q after %v", got, time.Since(began))
	}
}

// A client that sends a little now and then gets the answer all the same, also
// from a handler that closes the body as clients have to.
func TestHTTPUnreadBodyTrickled(t *testing.T) {
	usual := drainTime
	drainTime = drainPause
	t.Cleanup(func() { drainTime = usual })
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testConfig(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.Body.Close()
		hello(w, r)
	})))
	c := dialTest(t, l)
	_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\n")
	done := make(chan bool)
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(drainPause / 4):
				_, _ = io.WriteString(c, "x")
			}
		}
	}()
	resp, err := exchangeRaw(c, "", "POST")
	if err != nil {
		t.Fatal(err)
	}
	if got := text(resp); got != "hello" {
		t.Errorf("got %q", got)
	}
}

// The files of an upload in a form are gone with the request.
func TestHTTPUploadedFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	l := listenTest(t, "tcp")
	upload := func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		hello(w, r)
	}
	serveTest(t, HTTP(), l, testConfig(t, RequestID(http.HandlerFunc(upload))))
	body := "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", 99_999) + "\r\n--b--\r\n"
	send(t, l, fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s", len(body), body), "POST")
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// A proxy that has the head of an answer may send no more of the body.
func TestHTTPUnreadBodyWithheld(t *testing.T) {
	l := listenTest(t, "tcp")
	serveTest(t, HTTP(), l, testConfig(t, http.HandlerFunc(hello)))
	began := time.Now()
	resp := send(t, l, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999\r\n\r\nabc", "POST")
	if got := text(resp); got != "hello" || time.Since(began) > drainTime-time.Second {
		t.Errorf("got %q after %v", got, time.Since(began))
	}
}

func TestSteadyBody(t *testing.T) {
	l := listenTest(t, "tcp")
	plain := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := newSteadyBody(w, r.Body, 50*time.Millisecond)
		_, err := io.ReadAll(body)
		fmt.Fprint(w, errors.Is(err, os.ErrDeadlineExceeded))
	})}
	go func() { _ = plain.Serve(l) }()
	defer plain.Close()
	for body, late := range map[string]string{"whole": "false", "who": "true"} {
		raw := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n" + body
		if got := text(send(t, l, raw, "POST")); got != late {
			t.Errorf("body %q: late %s, want %s", body, got, late)
		}
	}
}
