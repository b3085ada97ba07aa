package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"
)

// Healthz answers ok while the process lives.
func Healthz(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

// Readyz answers ready while new requests are welcome: no longer once the app is
// shutting down, and not while a check fails, such as the PingContext of a
// database. Why it fails is for the log only.
func Readyz(checks ...func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Ready(r) {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		for _, check := range checks {
			if err := check(r.Context()); err != nil {
				slog.WarnContext(r.Context(), "not ready", "error", err)
				http.Error(w, "not ready", http.StatusServiceUnavailable)
				return
			}
		}
		_, _ = io.WriteString(w, "ready\n")
	})
}
