package gateway

import (
	"log/slog"
	"net/http"
	"time"
)

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
