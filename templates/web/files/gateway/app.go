package gateway

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Open makes the app before it is served. newHandler may fail, as where a database
// cannot be reached. It may also be that of an app.go which web 1.0 or 1.1 wrote
// and its owner edited: that has no arguments and no error.
//
// The context that newHandler gets ends with ctx only while newHandler runs. What
// is opened with it, such as a database, would else go as soon as the program is
// told to stop, and requests are still in flight then; close it in the app's Close.
func Open[F func() http.Handler | func(context.Context, Settings) (http.Handler, error)](ctx context.Context, newHandler F, settings Settings) (http.Handler, error) {
	if old, ok := any(newHandler).(func() http.Handler); ok {
		return old(), nil
	}
	open, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	h, err := any(newHandler).(func(context.Context, Settings) (http.Handler, error))(open, settings)
	if err != nil {
		return nil, fmt.Errorf("open the app: %w", err)
	}
	return h, nil
}

// Static serves embedded files, each by its path among them: /static/a.css is
// static/a.css. They have no date, so a hash is their ETag, and who has that gets
// 304. What is not there is 404, and so is a folder.
func Static(files embed.FS) http.Handler {
	var etags sync.Map // by name, once it was asked for: a CGI program hashes no others
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		f, _ := files.Open(name)
		content, ok := f.(io.ReadSeeker) // as every embedded file is, and no folder
		if !ok {
			http.NotFound(w, r)
			return
		}
		etag, ok := etags.Load(name)
		if !ok {
			data, _ := files.ReadFile(name)
			etag, _ = etags.LoadOrStore(name, fmt.Sprintf(`"%x"`, sha256.Sum256(data)))
		}
		w.Header().Set("ETag", etag.(string))
		http.ServeContent(w, r, path.Base(name), time.Time{}, content)
	})
}

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
