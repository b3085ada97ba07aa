package gateway

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// allowed goes into Allow (RFC 9110, section 10.2.1) where the server answers
// for the app.
const allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// guard is what stands before the app whatever the transport. It ends the
// readiness of requests when run ends.
func guard(run context.Context, h http.Handler, mount string, bodyLimit int64) http.Handler {
	g := &guarded{next: h, limit: bodyLimit, visit: visit{mount: mount, run: run}}
	return http.HandlerFunc(g.serve)
}

type guarded struct {
	next  http.Handler
	limit int64
	visit visit
}

func (g *guarded) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodTrace, r.Method == http.MethodConnect:
		// TRACE shows a script the cookies it may not read, and this is no proxy.
		w.Header().Set("Allow", allowed)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case r.RequestURI == "*" && r.Method == http.MethodOptions:
		w.Header().Set("Allow", allowed)
		w.WriteHeader(http.StatusNoContent)
	case !strings.HasPrefix(r.URL.Path, "/"):
		http.Error(w, "bad request target", http.StatusBadRequest)
	case r.ContentLength > g.limit:
		w.Header().Set("Connection", "close") // rather than read it all
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
	default:
		g.enter(w, r)
	}
}

// A guest is a request on its way in. The parts live and die together, so they
// are one allocation.
type guest struct {
	context.Context
	visit   *visit
	request http.Request
	url     url.URL
}

func (g *guest) Value(key any) any {
	if key == (visitKey{}) {
		return g.visit
	}
	return g.Context.Value(key)
}

// own returns r as a request of the app's own.
func (g *guarded) own(r *http.Request) *http.Request {
	in := &guest{Context: r.Context(), visit: &g.visit, url: *r.URL}
	in.request = *r.WithContext(in)
	in.request.URL = &in.url
	return &in.request
}

// enter hands the app a request of its own.
func (g *guarded) enter(w http.ResponseWriter, r *http.Request) {
	if g.visit.mount != "" && r.URL.Path == g.visit.mount {
		redirectSlash(w, r, g.visit.mount)
		return
	}
	r = g.own(r)
	if g.visit.mount != "" && !strip(r, g.visit.mount) {
		http.NotFound(w, r)
		return
	}
	// A child process would take it for the variable HTTP_PROXY (httpoxy).
	r.Header.Del("Proxy")
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, r.Body, g.limit)
	}
	if g.visit.mount != "" || hostlike(r.URL.Path) {
		w = ownLocation(w, r, g.visit.mount)
	}
	serveOwn(g.next, w, r)
}

// serveOwn calls h with a copy of a request, and removes the files of an upload
// in a form: net/http does that for its own request only.
func serveOwn(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	h.ServeHTTP(w, r)
}

// redirectSlash sends /app to /app/; 307 keeps the method and is not cached,
// for a mount may move.
func redirectSlash(w http.ResponseWriter, r *http.Request, mount string) {
	to := mount + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusTemporaryRedirect)
}
