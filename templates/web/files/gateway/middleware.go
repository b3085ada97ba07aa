package gateway

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// A Middleware wraps a handler in another.
type Middleware = func(http.Handler) http.Handler

// Chain wraps h; the first middleware is the first to see a request:
//
//	Chain(app, Recover, RequestID, AccessLog, SecurityHeaders)
//
// If h is an io.Closer, so is what Chain returns.
func Chain(h http.Handler, outermostFirst ...Middleware) http.Handler {
	app, closes := h.(io.Closer)
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	if closes {
		return closing{h, app}
	}
	return h
}

// closing is an app that somebody has to close, and what stands before it.
type closing struct {
	http.Handler
	io.Closer
}

// A statusWriter notes the status and counts the body. Flush, ReadFrom and Hijack
// reach the writer below, as does http.ResponseController.
type statusWriter struct {
	http.ResponseWriter
	before func(http.Header) // called once, before the header goes out; may be nil
	status int               // 0 until then
	bytes  int64
}

// watchStatus returns w itself if it is a statusWriter, because one is enough for
// a request.
func watchStatus(w http.ResponseWriter) *statusWriter {
	if s, ok := w.(*statusWriter); ok {
		return s
	}
	return &statusWriter{ResponseWriter: w}
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader drops answers that are not final, because CGI cannot tell them and
// nginx before 1.29 takes early hints for the answer.
func (w *statusWriter) WriteHeader(status int) {
	switch {
	case status >= 200, status == http.StatusSwitchingProtocols:
		w.start(status)
	case status >= 100:
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.start(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// WriteString spares io.WriteString a copy.
func (w *statusWriter) WriteString(s string) (int, error) {
	w.start(http.StatusOK)
	n, err := io.WriteString(w.ResponseWriter, s)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom lets io.Copy use sendfile where the transport can.
func (w *statusWriter) ReadFrom(src io.Reader) (int64, error) {
	w.start(http.StatusOK)
	n, err := io.Copy(w.ResponseWriter, src)
	w.bytes += n
	return n, err
}

func (w *statusWriter) Flush() { _ = w.FlushError() }

func (w *statusWriter) FlushError() error {
	w.start(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack hands the connection over, which is an answer of 101 to whoever asks.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.status = http.StatusSwitchingProtocols
	}
	return c, rw, err
}

// start is called before the header goes out.
func (w *statusWriter) start(status int) {
	if w.status == 0 {
		w.status = status
		if w.before != nil {
			w.before(w.Header())
		}
	}
}

// Recover answers 500 when h panics, and logs the value and the stack. Once
// the answer has begun it can only be cut, so that the client sees that it is
// broken: http.ErrAbortHandler tells the transport to. A handler that panics
// with that value itself is cut without a line, and one that ends its goroutine
// (runtime.Goexit) has panicked.
func Recover(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, returned := watchStatus(w), false
		defer func() {
			if returned {
				return
			}
			cause := recover()
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			logPanic(slog.Default(), r, cause, t.Header().Get(idHeader)) // RequestID stands further in
			if t.status != 0 {
				panic(http.ErrAbortHandler)
			}
			http.Error(t, "internal server error", http.StatusInternalServerError)
			if cause == nil { // net/http will not end this answer
				t.Flush()
			}
		}()
		h.ServeHTTP(t, r)
		returned = true
	})
}

// logPanic writes why a handler has not returned: cause is nil if it has ended
// its goroutine.
func logPanic(log *slog.Logger, r *http.Request, cause any, id string) {
	if cause == nil {
		cause = errGoexit
	}
	log.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("value", fmt.Sprint(cause)),
		slog.String("method", r.Method),
		slog.String("path", Mount(r)+r.URL.Path),
		slog.String("id", id),
		slog.String("stack", string(debug.Stack())))
}

const idHeader = "X-Request-Id"

type idKey struct{}

// RequestID gives each request a name: the incoming X-Request-ID if it is 1
// to 64 letters, digits, and . _ -, else a random one. The answer has it in
// the same header, and ID returns it.
func RequestID(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(idHeader)
		if id == "" || len(id) > 64 || strings.ContainsFunc(id, notInID) {
			id = rand.Text()
		}
		w.Header().Set(idHeader, id)
		serveCopy(h, w, r.WithContext(context.WithValue(r.Context(), idKey{}, id)))
	})
}

func notInID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '.' && r != '_' && r != '-'
}

// ID returns the request's id, or "" outside of RequestID.
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}

// SecurityHeaders sets what every answer ought to have; h may change or
// delete each. Every transport tells the Content-Type, when it is missing,
// from the body's first bytes, so that nosniff leaves no browser without.
func SecurityHeaders(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		header.Set("X-Frame-Options", "SAMEORIGIN")
		h.ServeHTTP(w, r)
	})
}

// AccessLog writes a line for each request to slog.Default: at the level debug
// for /healthz and /readyz, which are asked all the time, else at info. The query
// is left out, because it may hold secrets.
func AccessLog(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		level := slog.LevelInfo
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			level = slog.LevelDebug
		}
		if !slog.Default().Enabled(r.Context(), level) {
			h.ServeHTTP(w, r)
			return
		}
		t, start, path := watchStatus(w), time.Now(), Mount(r)+r.URL.Path
		status := http.StatusInternalServerError // unless h returns
		defer func() {
			slog.LogAttrs(r.Context(), level, "request",
				slog.String("method", r.Method),
				slog.String("path", path),
				slog.Int("status", cmp.Or(t.status, status)),
				slog.Int64("bytes", t.bytes),
				slog.Duration("duration", time.Since(start)),
				slog.String("remote", r.RemoteAddr),
				slog.String("id", ID(r.Context())))
		}()
		h.ServeHTTP(t, r)
		status = http.StatusOK
	})
}

// Logger returns a logger as o has it, and what has to be called before the
// program ends. Lines are written together, by and by, and dropped and counted
// when too many wait, because no request may wait for a reader of the log that
// stands still.
func (o Options) Logger(w io.Writer) (log *slog.Logger, flush func()) {
	newLogger := func(w io.Writer) *slog.Logger {
		settings := &slog.HandlerOptions{Level: o.logLevel()}
		if o.LogFormat == "json" {
			return slog.New(slog.NewJSONHandler(w, settings))
		}
		return slog.New(slog.NewTextHandler(w, settings))
	}
	b := &logBuffer{out: w, direct: newLogger(w)}
	return newLogger(b), b.flush
}

// logLevel is what LogLevel says. By default that is info, but for a program that
// a web server has started it is warn, because there standard error is the
// server's error log, and requests are in its access log.
func (o Options) logLevel() (level slog.Level) {
	if o.LogLevel != "" {
		_ = level.UnmarshalText([]byte(o.LogLevel)) // checked by Run
	} else if started := detectLaunch(os.Getenv); started.cgi || started.stdin {
		level = slog.LevelWarn
	}
	return level
}

const (
	logDelay = 10 * time.Millisecond // for how long lines are collected
	logRoom  = 512 << 10             // bytes of them
	logGrace = time.Second           // how long the end of the program waits for them
)

// A logBuffer collects lines and writes them all at once, because a write for
// each would cost more than the rest of its request.
type logBuffer struct {
	out    io.Writer
	direct *slog.Logger // to out

	writing sync.Mutex // held for a write to out
	written []byte     // its memory, for the next

	mu      sync.Mutex
	waiting []byte
	dropped int
}

func (b *logBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting)+len(line) > logRoom {
		b.dropped++
		return len(line), nil
	}
	if len(b.waiting) == 0 {
		time.AfterFunc(logDelay, b.writeOut)
	}
	b.waiting = append(b.waiting, line...)
	return len(line), nil
}

// writeOut writes what waits, if flush has not.
func (b *logBuffer) writeOut() {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	lines, dropped := b.waiting, b.dropped
	b.waiting, b.written, b.dropped = b.written[:0], lines, 0
	b.mu.Unlock()
	if len(lines) > 0 {
		_, _ = b.out.Write(lines) // there is nobody to tell of an error
	}
	if dropped > 0 {
		b.direct.Warn("log lines dropped, because their reader is too slow", "count", dropped)
	}
}

// flush writes what waits, if somebody reads it.
func (b *logBuffer) flush() {
	done := make(chan struct{})
	go func() { b.writeOut(); close(done) }()
	select {
	case <-done:
	case <-time.After(logGrace):
	}
}
