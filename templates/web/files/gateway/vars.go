package gateway

import (
	"net"
	"net/http"
	"strconv"
	"strings"
)

type varsKey struct{}

// Vars returns a copy of the request's CGI/1.1 variables (RFC 3875, section
// 4): the web server's own where the transport hands them over, else those
// that the request itself tells, with REQUEST_URI, REMOTE_PORT and HTTPS as
// web servers add them. SCRIPT_NAME is then the mount and PATH_INFO the path
// below it. Authorization is left out (section 4.1.18), and so is any header
// whose name has an underscore, which could pass for another one.
func Vars(r *http.Request) map[string]string {
	if v, ok := r.Context().Value(varsKey{}).(interface{ all() map[string]string }); ok {
		return v.all()
	}
	vars := map[string]string{
		"GATEWAY_INTERFACE": "CGI/1.1",
		"PATH_INFO":         r.URL.Path,
		"QUERY_STRING":      r.URL.RawQuery,
		"REQUEST_METHOD":    r.Method,
		"REQUEST_URI":       r.RequestURI,
		"SCRIPT_NAME":       Mount(r),
		"SERVER_PROTOCOL":   r.Proto,
		"SERVER_SOFTWARE":   "Go",
	}
	addHeaders(vars, r.Header)
	addPeers(vars, r)
	if r.ContentLength > 0 {
		vars["CONTENT_LENGTH"] = strconv.FormatInt(r.ContentLength, 10)
	}
	return vars
}

// addHeaders adds CONTENT_TYPE and the HTTP_ variables (section 4.1.18).
func addHeaders(vars map[string]string, h http.Header) {
	for name, values := range h {
		switch {
		case name == "Content-Type":
			vars["CONTENT_TYPE"] = values[0]
		case name == "Authorization", name == "Proxy-Authorization", name == "Proxy",
			name == "Content-Length", strings.Contains(name, "_"):
		case name == "Cookie":
			vars["HTTP_COOKIE"] = strings.Join(values, "; ")
		default:
			vars[variableOf(name)] = strings.Join(values, ", ")
		}
	}
}

// addPeers adds who asks and who is asked.
func addPeers(vars map[string]string, r *http.Request) {
	if host, port, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		vars["REMOTE_ADDR"], vars["REMOTE_PORT"] = host, port
	}
	name, port := r.Host, "80"
	if r.TLS != nil {
		vars["HTTPS"], port = "on", "443"
	}
	if r.Host != "" {
		vars["HTTP_HOST"] = r.Host
	}
	if h, p, err := net.SplitHostPort(r.Host); err == nil {
		name, port = h, p
	}
	if name == "" {
		name = "localhost"
	}
	vars["SERVER_NAME"], vars["SERVER_PORT"] = name, port
}

// variableOf returns the variable of a header field (section 4.1.18).
func variableOf(key string) string {
	if key == "Content-Type" {
		return "CONTENT_TYPE"
	}
	return "HTTP_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}
