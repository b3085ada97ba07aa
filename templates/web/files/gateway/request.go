package gateway

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

type serverKey struct{} // of the server in a request's context

// Mount returns the prefix that was stripped from the request's path, such as
// "/app"; "" at the root. Put it before every link and Location the app
// writes.
func Mount(r *http.Request) string {
	if s, ok := r.Context().Value(serverKey{}).(*server); ok {
		return s.Mount
	}
	return ""
}

// Ready reports whether the server takes new work: false once draining has
// begun. A readiness probe answers 503 then.
func Ready(r *http.Request) bool {
	s, ok := r.Context().Value(serverKey{}).(*server)
	return !ok || s.running.Err() == nil
}

// allowed goes into Allow (RFC 9110, section 10.2.1) where the server answers
// for the app.
const allowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// checkRequest answers what the app is spared, whatever the transport, and hands it
// the rest. The request is the server's own, so that it changes it.
func (s *server) checkRequest(w http.ResponseWriter, r *http.Request) {
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
	case r.ContentLength > s.BodyLimit:
		w.Header().Set("Connection", "close") // rather than read it all
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
	case r.URL.Path == s.Mount:
		to := url.URL{Path: s.Mount + "/", RawQuery: r.URL.RawQuery}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusTemporaryRedirect) // keeps the method, and is not cached, because a mount may move
	case !stripMount(r.URL, s.Mount):
		http.NotFound(w, r)
	default:
		s.serveApp(w, r)
	}
}

// serveApp hands the app its request.
func (s *server) serveApp(w http.ResponseWriter, r *http.Request) {
	// A child process would take it for the variable HTTP_PROXY (httpoxy).
	r.Header.Del("Proxy")
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = http.MaxBytesReader(w, r.Body, s.BodyLimit)
	}
	if s.Mount != "" || isNetworkPath(r.URL.Path) {
		w = mendLocation(w, *r.URL, s.Mount)
	}
	serveCopy(s.app, w, r)
}

// serveCopy calls h with a copy of a request, and removes the files of an upload
// in a form, because net/http does that for its own request only.
func serveCopy(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if r.MultipartForm != nil {
			_ = r.MultipartForm.RemoveAll()
		}
	}()
	h.ServeHTTP(w, r)
}

// stripMount takes mount from a path, once, and reports whether it was there.
func stripMount(u *url.URL, mount string) bool {
	rest, ok := strings.CutPrefix(u.Path, mount)
	if !ok || !strings.HasPrefix(rest, "/") {
		return false
	}
	if u.RawPath != "" {
		raw := skipDecoded(u.RawPath, len(mount))
		if !strings.HasPrefix(raw, "/") {
			return false // /app%2Fx is one segment, not below /app
		}
		u.RawPath = raw
	}
	u.Path = rest
	return true
}

// skipDecoded drops the start of raw that decodes to n bytes, because a client
// may write /%61pp for /app.
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

// isNetworkPath reports whether a browser would take the start of p for a host
// (RFC 3986, section 4.2): //evil.test/x.
func isNetworkPath(p string) bool {
	return len(p) > 1 && p[0] == '/' && (p[1] == '/' || p[1] == '\\')
}

// mendLocation mends two Locations on their way out: one built from a path
// such as //evil.test/x, which would lead to that host, and the redirects by
// which a ServeMux cleans a path, which know nothing of the mount.
func mendLocation(w http.ResponseWriter, asked url.URL, mount string) http.ResponseWriter {
	watched := watchStatus(w)
	watched.before = func(h http.Header) {
		to := h.Get("Location")
		if to == "" {
			return
		}
		if isNetworkPath(asked.Path) && isNetworkPath(to) {
			to = "/" + strings.TrimLeft(to, `/\`)
			h.Set("Location", to)
		}
		if cleaned, ok := readMuxRedirect(to, &asked); ok {
			h.Set("Location", mount+cleaned)
		}
	}
	return watched
}

// readMuxRedirect returns what a ServeMux means that has been asked for u and
// redirects to to. It escapes a path that is escaped already when it removes
// dots and slashes (Go 1.26), and one that is not when it adds a subtree's slash.
func readMuxRedirect(to string, u *url.URL) (cleaned string, ok bool) {
	escaped, decoded := strings.TrimSuffix(path.Clean(u.EscapedPath()), "/"), strings.TrimSuffix(path.Clean(u.Path), "/")
	query := (&url.URL{RawQuery: u.RawQuery}).String()
	for _, end := range []string{"", "/"} {
		if to == (&url.URL{Path: escaped + end}).String()+query || to == (&url.URL{Path: decoded + end}).String()+query {
			return escaped + end + query, true
		}
	}
	return "", false
}

// splitAuthority takes the scheme://host off an absolute-form target (RFC 9112,
// section 3.2.2), user information too, as net/http does.
func splitAuthority(target string) (authority, rest string) {
	scheme, after, ok := strings.Cut(target, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?#*") {
		return "", target
	}
	end := strings.IndexAny(after+"/", "/?#")
	authority, rest = after[:end], after[end:]
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	return authority[strings.LastIndexByte(authority, '@')+1:], rest
}

type varsKey struct{}

// Vars returns a copy of the request's CGI/1.1 variables (RFC 3875, section
// 4): the web server's own where the transport hands them over, else those
// that the request itself tells, with REQUEST_URI, REMOTE_PORT and HTTPS as
// web servers add them. None is of the process's environment: by CGI, where both
// come as one, only RFC 3875's are taken, HTTP_* and what web servers add. SCRIPT_NAME is then the mount and PATH_INFO the path
// below it. Authorization is left out (section 4.1.18), and so is any header
// whose name has an underscore, which could pass for another one.
func Vars(r *http.Request) map[string]string {
	if v, ok := r.Context().Value(varsKey{}).(interface{ all() map[string]string }); ok {
		return v.all()
	}
	client, clientPort, _ := net.SplitHostPort(r.RemoteAddr)
	vars := map[string]string{
		"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_SOFTWARE": "Go", "SERVER_PROTOCOL": r.Proto,
		"REQUEST_METHOD": r.Method, "REQUEST_URI": r.RequestURI,
		"SCRIPT_NAME": Mount(r), "PATH_INFO": r.URL.Path, "QUERY_STRING": r.URL.RawQuery,
		"SERVER_NAME": cmp.Or(r.Host, "localhost"), "SERVER_PORT": "80",
		"REMOTE_ADDR": client, "REMOTE_PORT": clientPort,
	}
	if r.TLS != nil {
		vars["HTTPS"], vars["SERVER_PORT"] = "on", "443"
	}
	if host, port, err := net.SplitHostPort(r.Host); err == nil {
		vars["SERVER_NAME"], vars["SERVER_PORT"] = host, port
	}
	if r.Host != "" {
		vars["HTTP_HOST"] = r.Host
	}
	if r.ContentLength > 0 {
		vars["CONTENT_LENGTH"] = strconv.FormatInt(r.ContentLength, 10)
	}
	for field, values := range r.Header {
		switch {
		case strings.Contains(field, "_"), field == "Authorization", field == "Proxy-Authorization", field == "Proxy", field == "Content-Length":
		case field == "Cookie":
			vars["HTTP_COOKIE"] = strings.Join(values, "; ")
		default:
			vars[variableOf(field)] = strings.Join(values, ", ")
		}
	}
	return vars
}

// variableOf returns the variable of a header field (section 4.1.18).
func variableOf(key string) string {
	if key == "Content-Type" {
		return "CONTENT_TYPE"
	}
	return "HTTP_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}
