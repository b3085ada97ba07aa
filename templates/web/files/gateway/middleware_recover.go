package gateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

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
