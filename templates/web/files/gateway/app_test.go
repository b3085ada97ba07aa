package gateway

import (
	"context"
	"embed"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// closer is an app that counts how often it is closed.
type closer struct {
	http.Handler
	closed int
}

func (c *closer) Close() error {
	c.closed++
	return nil
}

func TestOpen(t *testing.T) {
	got, err := Open(t.Context(), func(_ context.Context, s Settings) (http.Handler, error) {
		return http.RedirectHandler(s["TO"], http.StatusFound), nil
	}, Settings{"TO": "/there"})
	if err != nil {
		t.Fatal(err)
	}
	if _, to, _ := try(got, request("GET", "/")); to != "/there" {
		t.Errorf("leads to %q", to)
	}
	down := errors.New("database is down")
	_, err = Open(t.Context(), func(context.Context, Settings) (http.Handler, error) { return nil, down }, nil)
	if !errors.Is(err, down) {
		t.Errorf("%v, want %v", err, down)
	}
}

// The newHandler of web 1.0 and 1.1.
func TestOpenWithoutArguments(t *testing.T) {
	got, err := Open(t.Context(), func() http.Handler { return http.HandlerFunc(hello) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := try(got, request("GET", "/")); status != 200 {
		t.Errorf("status %d", status)
	}
}

// What is opened with the context serves until the drain has ended, but opening
// ends when the program is told to stop.
func TestOpenContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var opened context.Context
	_, err := Open(ctx, func(ctx context.Context, _ Settings) (http.Handler, error) {
		opened = ctx
		return http.HandlerFunc(hello), nil
	}, nil)
	stop()
	time.Sleep(10 * time.Millisecond)
	if err != nil || opened.Err() != nil {
		t.Errorf("%v, %v", err, opened.Err())
	}
	_, err = Open(ctx, func(ctx context.Context, _ Settings) (http.Handler, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whatever stands before an app, it can be closed.
func TestChainCloses(t *testing.T) {
	app := &closer{Handler: http.HandlerFunc(hello)}
	h := Chain(Chain(app, Recover), RequestID, SecurityHeaders)
	if status, _, _ := try(h, request("GET", "/")); status != 200 {
		t.Errorf("status %d", status)
	}
	if c, ok := h.(io.Closer); !ok || c.Close() != nil || app.closed != 1 {
		t.Errorf("closed %d times", app.closed)
	}
	if _, ok := Chain(http.HandlerFunc(hello), Recover).(io.Closer); ok {
		t.Error("there is nothing to close")
	}
}

//go:embed app.go testdata
var embedded embed.FS

func TestStatic(t *testing.T) {
	files := Static(embedded)
	first := httptest.NewRecorder()
	files.ServeHTTP(first, request("GET", "/app.go"))
	want, err := embedded.ReadFile("app.go")
	if err != nil {
		t.Fatal(err)
	}
	if first.Code != 200 || first.Body.String() != string(want) {
		t.Errorf("%d, %d bytes", first.Code, first.Body.Len())
	}
	etag := first.Header().Get("ETag")
	for _, tt := range []struct {
		method, target, field, value string
		status, length               int
	}{
		{"HEAD", "/app.go", "", "", 200, 0},
		{"GET", "/app.go", "If-None-Match", etag, 304, 0},
		{"GET", "/app.go", "If-None-Match", "W/" + etag, 304, 0},
		{"HEAD", "/app.go", "If-None-Match", etag, 304, 0},
		{"GET", "/app.go", "If-None-Match", `"other"`, 200, len(want)},
		{"GET", "/app.go", "Range", "bytes=0-6", 206, 7},
		{"GET", "/testdata/fuzz/FuzzSCGIConn/288f562da206ecf9", "If-None-Match", etag, 200, -1},
		{"GET", "/", "", "", 404, -1},
		{"GET", "/testdata", "", "", 404, -1},
		{"GET", "/testdata/", "", "", 404, -1},
		{"GET", "/testdata/../app.go", "", "", 404, -1},
		{"GET", "/app.go/", "", "", 404, -1},
		{"GET", "//app.go", "", "", 404, -1},
		{"GET", "/missing", "", "", 404, -1},
	} {
		r, w := request(tt.method, tt.target), httptest.NewRecorder()
		r.Header.Set(tt.field, tt.value)
		files.ServeHTTP(w, r)
		if w.Code != tt.status || tt.length >= 0 && w.Body.Len() != tt.length {
			t.Errorf("%s %s, %s: %s: got %d, %d bytes, want %d, %d", tt.method, tt.target, tt.field, tt.value, w.Code, w.Body.Len(), tt.status, tt.length)
		}
		if w.Code == 404 && w.Header().Get("ETag") != "" {
			t.Errorf("%s: an ETag for what is not there", tt.target)
		}
	}
}

func TestReadyz(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var database error
	ping := func(context.Context) error { return database }
	h := guarded(ctx, Readyz(ping), "", 1)
	for _, tt := range []struct {
		name     string
		happens  func()
		status   int
		answered string
	}{
		{"running", func() {}, 200, "ready\n"},
		{"database down", func() { database = errors.New("no route to db.example") }, 503, "not ready\n"},
		{"database up again", func() { database = nil }, 200, "ready\n"},
		{"shutting down", stop, 503, "shutting down\n"},
	} {
		tt.happens()
		if status, _, body := try(h, request("GET", "/readyz")); status != tt.status || body != tt.answered {
			t.Errorf("%s: got %d %q, want %d %q", tt.name, status, body, tt.status, tt.answered)
		}
	}
	if status, _, body := try(guarded(ctx, http.HandlerFunc(Healthz), "", 1), request("GET", "/healthz")); status != 200 || body != "ok\n" {
		t.Errorf("while it shuts down the process lives: got %d %q", status, body)
	}
}
