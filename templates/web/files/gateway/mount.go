package gateway

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
)

type visitKey struct{}

// visit is what the guard tells every request.
type visit struct {
	mount string
	run   context.Context // ends when draining begins
}

// Mount returns the prefix that was stripped from the request's path, such as
// "/app"; "" at the root. Put it before every link and Location the app
// writes.
func Mount(r *http.Request) string {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return v.mount
	}
	return ""
}

// Ready reports whether the server takes new work: false once draining has
// begun. A readiness probe answers 503 then.
func Ready(r *http.Request) bool {
	v, ok := r.Context().Value(visitKey{}).(*visit)
	return !ok || v.run.Err() == nil
}

// cleanMount returns the mount without its last slash. Only bytes that no
// client needs to escape may stand in it, so there is one way to write it.
func cleanMount(mount string) (string, error) {
	clean := strings.TrimSuffix(mount, "/")
	if clean == "" {
		return "", nil
	}
	if path.Clean(clean) != clean || !regexp.MustCompile(`^/[A-Za-z0-9._~/-]+$`).MatchString(clean) {
		return "", fmt.Errorf("mount %q: not a plain path; say -mount /app, with letters, digits, and . _ ~ - only", mount)
	}
	return clean, nil
}

// strip takes mount from the request's path, once, and reports whether it was
// there. r's URL must be the caller's own.
func strip(r *http.Request, mount string) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, mount)
	if !ok || !strings.HasPrefix(rest, "/") {
		return false
	}
	if r.URL.RawPath != "" {
		raw := skipDecoded(r.URL.RawPath, len(mount))
		if !strings.HasPrefix(raw, "/") {
			return false // /app%2Fx is one segment, not below /app
		}
		r.URL.RawPath = raw
	}
	r.URL.Path = rest
	return true
}

// skipDecoded drops the start of raw that decodes to n bytes: a client may
// write /%61pp for /app.
func skipDecoded(raw string, n int) string {
	for ; n > 0 && raw != ""; n-- {
		width := 1
		if raw[0] == '%' {
			width = 3
		}
		raw = raw[min(width, len(raw)):]
	}
	return raw
}
