package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// try answers one request and returns the status, the Location, and the body.
func try(h http.Handler, r *http.Request) (int, string, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func echoPath(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, r.URL.EscapedPath()+" at "+Mount(r))
}

func TestGuardMount(t *testing.T) {
	for _, tt := range []struct {
		mount, target string
		status        int
		answer        string // the body, or the Location of a redirect
	}{
		{"", "/", 200, "/ at "},
		{"", "/app/x", 200, "/app/x at "},
		{"/app", "/app/", 200, "/ at /app"},
		{"/app", "/app/x", 200, "/x at /app"},
		{"/app", "/app/app/x", 200, "/app/x at /app"},
		{"/app", "/app/a%2Fb", 200, "/a%2Fb at /app"},
		{"/app", "/%61pp/a%2Fb", 200, "/a%2Fb at /app"},
		{"/app", "/app//evil.test/x", 200, "//evil.test/x at /app"},
		{"/app", "/app", 307, "/app/"},
		{"/app", "/app?a=%20+b", 307, "/app/?a=%20+b"},
		{"/app", "/", 404, ""},
		{"/app", "/appleseed", 404, ""},
		{"/app", "/app%2Fx", 404, ""},
		{"/app", "//app/x", 404, ""},
		{"/app", "/x/../app/x", 404, ""},
		{"/a/b", "/a/b/c", 200, "/c at /a/b"},
		{"/a/b", "/a", 404, ""},
	} {
		h := guarded(t.Context(), http.HandlerFunc(echoPath), tt.mount, 1)
		status, to, body := try(h, request("GET", tt.target))
		if status != tt.status || tt.answer != "" && tt.answer != to+body && tt.answer != to {
			t.Errorf("%q: %s: got %d %s%s, want %d %s", tt.mount, tt.target, status, to, body, tt.status, tt.answer)
		}
	}
}

// No redirect, a ServeMux's or the app's own, leaves the host or the mount.
func TestGuardLocation(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/sub/", echoPath)
	mux.HandleFunc("/to/{path...}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("l"))
		w.WriteHeader(http.StatusSeeOther)
	})
	naive := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Path+"/")
		w.WriteHeader(http.StatusFound)
	})
	for _, tt := range []struct {
		name     string
		app      http.Handler
		mount    string
		target   string
		location string
	}{
		{"mux cleans", mux, "", "//evil.test/x", "/evil.test/x"},
		{"mux cleans below the mount", mux, "/app", "/app//evil.test/x?q", "/app/evil.test/x?q"},
		{"mux cleans dots", mux, "/app", "/app/x/../sub/", "/app/sub/"},
		{"mux cleans what is escaped", mux, "/app", "/app//a%2Fb%20c", "/app/a%2Fb%20c"},
		{"mux adds a slash to what is escaped", mux, "/app", "/app/s%75b", "/app/s%75b/"},
		{"mux adds a slash", mux, "", "/sub?q=1", "/sub/?q=1"},
		{"mux adds a slash below the mount", mux, "/app", "/app/sub?q=1", "/app/sub/?q=1"},
		{"app's path", naive, "", "//evil.test", "/evil.test/"},
		{"app's path with a backslash", naive, "", `/%5Cevil.test`, "/evil.test/"},
		{"app's path below the mount", naive, "/app", "/app//evil.test", "/app/evil.test/"},
		{"the app means it", mux, "/app", "/app/to/?l=https://other.test/", "https://other.test/"},
		{"the app knows its mount", mux, "/app", "/app/to/?l=/app/done", "/app/done"},
	} {
		_, to, _ := try(guarded(t.Context(), tt.app, tt.mount, 1), request("GET", tt.target))
		if to != tt.location {
			t.Errorf("%s: %s goes to %q, want %q", tt.name, tt.target, to, tt.location)
		}
	}
}

func TestGuardRefuses(t *testing.T) {
	long := request("POST", "/")
	long.ContentLength = 11
	short := request("POST", "/")
	short.ContentLength = 10
	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"TRACE", request("TRACE", "/"), 405},
		{"CONNECT", request("CONNECT", "/"), 405},
		{"OPTIONS /", request("OPTIONS", "/"), 200},
		{"OPTIONS *", request("OPTIONS", "*"), 204},
		{"GET *", request("GET", "*"), 400},
		{"body at the limit", short, 200},
		{"body over the limit", long, 413},
	} {
		h := guarded(t.Context(), http.HandlerFunc(hello), "", 10)
		if status, _, _ := try(h, tt.r); status != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, status, tt.status)
		}
	}
}

func TestGuardBody(t *testing.T) {
	r := request("POST", "/")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("eleven char")), -1
	r.Header.Set("Proxy", "evil.test:80")
	h := guarded(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var over *http.MaxBytesError
		if string(b) != "eleven cha" || !errors.As(err, &over) || over.Limit != 10 {
			t.Errorf("body %q, err %v", b, err)
		}
		if r.Header.Get("Proxy") != "" {
			t.Error("the header Proxy came through")
		}
	}), "", 10)
	try(h, r)
}

func TestReady(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var ready []bool
	h := guarded(ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { ready = append(ready, Ready(r)) }), "", 1)
	try(h, request("GET", "/"))
	stop()
	try(h, request("GET", "/"))
	if !ready[0] || ready[1] || !Ready(request("GET", "/")) {
		t.Errorf("ready %v, want true, then false", ready)
	}
}

func TestCleanMount(t *testing.T) {
	for _, tt := range []struct {
		mount, want string
		ok          bool
	}{
		{"", "", true},
		{"/", "", true},
		{"/app", "/app", true},
		{"/app/", "/app", true},
		{"/a/b-c_d.e~", "/a/b-c_d.e~", true},
		{"app", "", false},
		{"//app", "", false},
		{"/app//", "", false},
		{"/a/../b", "", false},
		{"/a b", "", false},
		{"/a%20b", "", false},
		{"/ü", "", false},
		{"/app?x", "", false},
	} {
		got, err := cleanMount(tt.mount)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%q: got %q, %v", tt.mount, got, err)
		}
	}
}

func TestVarsDerived(t *testing.T) {
	r := request("POST", "/app/a%2Fb?q=1")
	r.Host, r.TLS, r.ContentLength = "app.example", &tls.ConnectionState{}, 7
	r.Header = http.Header{
		"Content-Type":   {"text/plain"},
		"Content-Length": {"7"},
		"Cookie":         {"a=1", "b=2"},
		"Accept":         {"a", "b"},
		"X-Real-Ip":      {"10.0.0.1"},
		"X_real_ip":      {"10.0.0.2"},
		"Authorization":  {"Basic YTpi"},
		"Proxy":          {"evil.test"},
	}
	var got map[string]string
	try(guarded(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Vars(r) }), "/app", 10), r)
	want := map[string]string{
		"CONTENT_LENGTH":    "7",
		"CONTENT_TYPE":      "text/plain",
		"GATEWAY_INTERFACE": "CGI/1.1",
		"HTTPS":             "on",
		"HTTP_ACCEPT":       "a, b",
		"HTTP_COOKIE":       "a=1; b=2",
		"HTTP_HOST":         "app.example",
		"HTTP_X_REAL_IP":    "10.0.0.1",
		"PATH_INFO":         "/a/b",
		"QUERY_STRING":      "q=1",
		"REMOTE_ADDR":       "192.0.2.1",
		"REMOTE_PORT":       "1234",
		"REQUEST_METHOD":    "POST",
		"REQUEST_URI":       "/app/a%2Fb?q=1",
		"SCRIPT_NAME":       "/app",
		"SERVER_NAME":       "app.example",
		"SERVER_PORT":       "443",
		"SERVER_PROTOCOL":   "HTTP/1.1",
		"SERVER_SOFTWARE":   "Go",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
