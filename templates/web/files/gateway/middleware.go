package gateway

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

// A Middleware wraps a handler in another.
type Middleware = func(http.Handler) http.Handler

// Chain wraps h; the first middleware is the first to see a request:
//
//	Chain(app, Recover, RequestID, AccessLog, SecurityHeaders)
func Chain(h http.Handler, outermostFirst ...Middleware) http.Handler {
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	return h
}

// tapped is a ResponseWriter that sees the status and counts the body. Flush
// and ReadFrom reach the one below, as does http.ResponseController.
type tapped struct {
	http.ResponseWriter
	before func(h http.Header, status int) // called once, before the header goes out; may be nil
	status int                             // 0 until then
	bytes  int64
}

func (w *tapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *tapped) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
		if w.before != nil {
			w.before(w.Header(), status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *tapped) Write(p []byte) (int, error) {
	w.start()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets io.Copy use sendfile where the transport can.
func (w *tapped) ReadFrom(src io.Reader) (int64, error) {
	w.start()
	n, err := io.Copy(w.ResponseWriter, src)
	w.bytes += n
	return n, err
}

func (w *tapped) Flush() { _ = w.FlushError() }

func (w *tapped) FlushError() error {
	w.start()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// start sends the header if the handler did not.
func (w *tapped) start() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
}

// Recover answers 500 when h panics, and logs the value and the stack. Once
// the answer has begun it can only be cut, so that the client sees that it is
// broken: http.ErrAbortHandler tells the transport to. A handler that panics
// with that value itself is cut without a line.
func Recover(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tapped{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil {
				recovered(t, r, v)
			}
		}()
		h.ServeHTTP(t, r)
	})
}

func recovered(w *tapped, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	slog.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("value", fmt.Sprint(v)),
		slog.String("method", r.Method),
		slog.String("path", Mount(r)+r.URL.Path),
		slog.String("id", w.Header().Get(idHeader)), // RequestID stands further in
		slog.String("stack", string(debug.Stack())))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	http.Error(w, "internal server error", http.StatusInternalServerError)
}

const idHeader = "X-Request-Id"

type idKey struct{}

// RequestID gives each request a name: the incoming X-Request-ID if it is 1
// to 64 letters, digits, and . _ -, else a random one. The answer has it in
// the same header, and ID returns it.
func RequestID(h http.Handler) http.Handler {
	sane := regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if !sane.MatchString(id) {
			id = rand.Text()
		}
		w.Header().Set(idHeader, id)
		serveOwn(h, w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
	})
}

// ID returns the request's id, or "" outside of RequestID.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

// AccessLog writes a line for each request to slog.Default. The query is left
// out, for it may hold secrets.
func AccessLog(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tapped{ResponseWriter: w}
		start, path := time.Now(), Mount(r)+r.URL.Path
		answered := false
		defer func() {
			slog.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method),
				slog.String("path", path),
				slog.Int("status", t.outcome(answered)),
				slog.Int64("bytes", t.bytes),
				slog.Duration("duration", time.Since(start)),
				slog.String("remote", r.RemoteAddr),
				slog.String("id", ID(r.Context())))
		}()
		h.ServeHTTP(t, r)
		answered = true
	})
}

// outcome is the status that the client gets: 200 where the handler said
// none, or 500 if it panicked before.
func (w *tapped) outcome(answered bool) int {
	switch {
	case w.status != 0:
		return w.status
	case answered:
		return http.StatusOK
	}
	return http.StatusInternalServerError
}

// SecurityHeaders sets what every answer ought to have; h may change or
// delete each. Content-Type, when missing, is told from the body's first
// bytes, unless they are encoded, so that nosniff leaves no browser without.
func SecurityHeaders(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		header.Set("X-Frame-Options", "SAMEORIGIN")
		t := &typed{tapped: tapped{ResponseWriter: w}}
		h.ServeHTTP(t, r)
		if t.held != 0 {
			t.release("")
		}
	})
}

// typed holds a status without a Content-Type back until the body's first
// bytes tell one.
type typed struct {
	tapped
	held int
}

func (w *typed) WriteHeader(status int) {
	if status < 200 || w.status != 0 || w.known() {
		w.tapped.WriteHeader(status)
	} else if w.held == 0 {
		w.held = status
	}
}

// known reports whether the body's first bytes need not be looked at.
func (w *typed) known() bool {
	h := w.Header()
	_, ok := h["Content-Type"]
	return ok || h.Get("Content-Encoding") != ""
}

// release sends the header, with contentType if it has none.
func (w *typed) release(contentType string) {
	if contentType != "" && !w.known() && w.held != http.StatusNoContent && w.held != http.StatusNotModified {
		w.Header().Set("Content-Type", contentType)
	}
	if w.held != 0 {
		w.tapped.WriteHeader(w.held)
	}
	w.start()
}

func (w *typed) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.release(http.DetectContentType(p))
	}
	return w.tapped.Write(p)
}

// sniffed is how many bytes http.DetectContentType looks at.
const sniffed = 512

func (w *typed) ReadFrom(src io.Reader) (int64, error) {
	var n int64
	if w.status == 0 && !w.known() {
		var err error
		n, err = io.CopyN(struct{ io.Writer }{w}, src, sniffed)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	if w.held != 0 && w.status == 0 {
		w.release("")
	}
	m, err := w.tapped.ReadFrom(src)
	return n + m, err
}

func (w *typed) Flush() { _ = w.FlushError() }

func (w *typed) FlushError() error {
	if w.status == 0 {
		w.release("text/plain; charset=utf-8") // no byte to tell it by
	}
	return w.tapped.FlushError()
}
