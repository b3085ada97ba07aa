package gateway

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// hostlike reports whether a browser would take p for a host: //evil.test/x.
func hostlike(p string) bool {
	return len(p) > 1 && p[0] == '/' && (p[1] == '/' || p[1] == '\\')
}

// ownLocation mends two Locations on their way out: one built from a path
// such as //evil.test/x, which would lead to that host, and the redirects by
// which a ServeMux cleans r's path, which know nothing of the mount.
func ownLocation(w http.ResponseWriter, r *http.Request, mount string) http.ResponseWriter {
	asked := *r.URL
	return &tapped{ResponseWriter: w, before: func(h http.Header, _ int) {
		to := h.Get("Location")
		if to == "" {
			return
		}
		if hostlike(asked.Path) && hostlike(to) {
			to = "/" + strings.TrimLeft(to, `/\`)
			h.Set("Location", to)
		}
		if clean, ok := cleanings(&asked)[to]; ok {
			h.Set("Location", mount+clean)
		}
	}}
}

// cleanings maps the redirects a ServeMux may write for u to what they mean:
// it escapes a path that is escaped already when it removes dots and slashes
// (Go 1.26), and one that is not when it adds the slash of a subtree.
func cleanings(u *url.URL) map[string]string {
	escaped, decoded := path.Clean(u.EscapedPath()), path.Clean(u.Path)
	all := map[string]string{}
	for _, end := range []string{"", "/"} {
		e, d := strings.TrimSuffix(escaped, "/")+end, strings.TrimSuffix(decoded, "/")+end
		meant := e
		if u.RawQuery != "" {
			meant += "?" + u.RawQuery
		}
		all[(&url.URL{Path: e, RawQuery: u.RawQuery}).String()] = meant
		all[(&url.URL{Path: d, RawQuery: u.RawQuery}).String()] = meant
	}
	delete(all, "")
	return all
}
