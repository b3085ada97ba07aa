package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// runCGI answers one request without a process of its own.
func runCGI(t *testing.T, c *server, stdin string, pairs ...string) (stdout string, err error) {
	t.Helper()
	var out bytes.Buffer
	environ := []string{"PATH=/bin"}
	for i := 0; i < len(pairs); i += 2 {
		environ = append(environ, pairs[i]+"="+pairs[i+1])
	}
	err = answerCGI(c, environ, strings.NewReader(stdin), &out)
	return out.String(), err
}

func TestCGIView(t *testing.T) {
	checkView(t, func(t *testing.T, c *server, v viewCase) *http.Response {
		out, err := runCGI(t, c, v.body+"what follows on stdin", viewVars(v)...)
		if err != nil {
			t.Fatal(err)
		}
		return readView(t, out, v)
	})
}

// The variables are the request's, and none of the process's environment, where
// secrets lie.
func TestCGIVars(t *testing.T) {
	var got map[string]string
	c := testServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Vars(r) }))
	want := map[string]string{
		"AUTH_TYPE": "Basic", "GATEWAY_INTERFACE": "CGI/1.1", "PATH_INFO": "/x", "QUERY_STRING": "q", "REMOTE_USER": "ada",
		"REQUEST_METHOD": "GET", "REQUEST_URI": "/x?q", "HTTPS": "on", "SERVER_ADDR": "192.0.2.2", "HTTP_ACCEPT": "*/*",
	}
	pairs := []string{
		"DATABASE_URL", "postgres://secret@db", "APP_LISTEN", "tcp:localhost:8000", "HOME", "/root", "HTTPS_PROXY", "http://ada:secret@proxy",
		"SERVER_SECRET", "x", "REMOTE_TOKEN", "x", "REQUEST_KEY", "x", "CREDENTIALS_DIRECTORY", "/run/x", "HTTP_PROXY", "http://evil.test",
	}
	for name, value := range want {
		pairs = append(pairs, name, value)
	}
	if _, err := runCGI(t, c, "", pairs...); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// What the handler leaves of a body is read, and no more: stdin need not end.
func TestCGIUnreadBody(t *testing.T) {
	stdin := strings.NewReader("body, and what follows")
	environ := []string{"REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=4"}
	if err := answerCGI(testServer(t, http.HandlerFunc(hello)), environ, stdin, io.Discard); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(stdin); string(rest) != ", and what follows" {
		t.Errorf("left on stdin: %q", rest)
	}
}

func TestCGIAnswer(t *testing.T) {
	c := testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/early":
			panic("early")
		case "/late":
			w.(http.Flusher).Flush()
			panic("late")
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		n, err := io.Copy(io.Discard, r.Body)
		if e := http.NewResponseController(w).SetReadDeadline(time.Now()); !errors.Is(e, errors.ErrUnsupported) {
			t.Error(e)
		}
		_, _ = fmt.Fprintf(w, "%d of %d, %v", n, r.ContentLength, err)
	}))
	for _, tt := range []struct {
		method, uri, length, stdin string
		want                       string // status, and the end of the answer
		fails                      bool
	}{
		{"GET", "/", "", "xxx", "200 0 of 0, <nil>", false},
		{"POST", "/", "2", "xxx", "200 2 of 2, <nil>", false},
		{"POST", "/", "5", "xxx", "200 3 of 5, unexpected EOF", false},
		{"POST", "/", "", "xxx", "200 0 of 0, <nil>", false},
		{"POST", "/", "x", "xxx", "400 Bad Request\n", false},
		{"GET", "/early", "", "", "500 Internal Server Error\n", true},
		{"GET", "/late", "", "", "200 ", true},
		{"GET", "/abort", "", "", "", true},
	} {
		out, err := runCGI(t, c, tt.stdin, "REQUEST_METHOD", tt.method, "REQUEST_URI", tt.uri, "CONTENT_LENGTH", tt.length)
		status, body := tt.want, ""
		if len(tt.want) > 4 {
			status, body = tt.want[:3], tt.want[4:]
		}
		if !strings.HasPrefix(strings.TrimPrefix(out, "Status: "), strings.TrimSpace(status)) || !strings.HasSuffix(out, body) {
			t.Errorf("%s: %q, want %q", tt.uri, out, tt.want)
		}
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.uri, err)
		}
	}
}

// TestCGIProcess runs this test again as a web server would: what the app
// prints to os.Stdout is on stderr, HTTP_PROXY is gone, and what it sets is not the
// request's.
func TestCGIProcess(t *testing.T) {
	if os.Getenv("GATEWAY_INTERFACE") != "" {
		fmt.Println("printed by the app")
		t.Setenv("HTTP_TOKEN", "secret")
		err := CGI().serve(context.Background(), nil, testServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "HTTP_PROXY="+os.Getenv("HTTP_PROXY")+r.Header.Get("Token"))
		})))
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestCGIProcess$")
	cmd.Env = append(os.Environ(), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "REQUEST_URI=/", "HTTP_PROXY=evil.test")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	want := "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 11\r\n\r\nHTTP_PROXY="
	if stdout.String() != want {
		t.Errorf("stdout %q", &stdout)
	}
	if !strings.Contains(stderr.String(), "printed by the app") {
		t.Errorf("stderr %q", &stderr)
	}
}

func TestCGIDoesNotListen(t *testing.T) {
	wantWords(t, Run(t.Context(), http.HandlerFunc(hello), Options{Listen: "cgi+unix:/x", AllowRoot: true}, CGI()), "unix:/x; no listener")
}
