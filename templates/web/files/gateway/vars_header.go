package gateway

import (
	"net/http"
	"strings"
)

// A varSet collects variables. A header field that came twice is one variable
// with both values (RFC 9110, section 5.3; RFC 6265, section 5.4 for cookies).
// Of any other variable the last value counts, as web servers' own settings
// follow the included defaults; but two different lengths become one that does
// not parse.
type varSet struct {
	vars   map[string]string
	joined map[string]*strings.Builder // what came more than once
}

// newVarSet prepares for variables of so many bytes.
func newVarSet(size int) *varSet {
	return &varSet{vars: make(map[string]string, min(size/usualVar, 64))}
}

// usualVar is what a name and a value usually take.
const usualVar = 32

func (s *varSet) add(name, value string) {
	if name == "HTTP_PROXY" {
		return // a client's Proxy header, which children would take for a setting
	}
	old, again := s.vars[name]
	if again && (strings.HasPrefix(name, "HTTP_") || name == "CONTENT_LENGTH" && old != value) {
		s.join(name, old, value)
		return
	}
	s.vars[name] = value
}

func (s *varSet) join(name, old, value string) {
	b := s.joined[name]
	if b == nil {
		if s.joined == nil {
			s.joined = map[string]*strings.Builder{}
		}
		b = new(strings.Builder)
		b.WriteString(old)
		s.joined[name] = b
	}
	if name == "HTTP_COOKIE" {
		b.WriteString("; ")
	} else {
		b.WriteString(", ")
	}
	b.WriteString(value)
}

// all returns the variables.
func (s *varSet) all() map[string]string {
	for name, b := range s.joined {
		s.vars[name] = b.String()
	}
	return s.vars
}

// fieldsOf returns the header fields among the variables. values backs the
// field values as far as it reaches.
func fieldsOf(vars map[string]string, values []string) http.Header {
	n := 1
	for name := range vars {
		if strings.HasPrefix(name, "HTTP_") {
			n++
		}
	}
	h := make(http.Header, n)
	if n > cap(values) {
		values = make([]string, 0, n)
	}
	for name, value := range vars {
		key := headerKey(name)
		if key != "" && (value != "" || name != "CONTENT_TYPE") {
			values = append(values, value)
			h[key] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	return h
}

// headerKey returns the canonical name of the header field that the variable
// holds, "" if it holds none that the app may see.
func headerKey(name string) string {
	if key, ok := fieldNames[name]; ok {
		return key
	}
	field, ok := strings.CutPrefix(name, "HTTP_")
	if !ok || field == "" || strings.HasPrefix(field, "X_FORWARDED_") {
		return ""
	}
	return http.CanonicalHeaderKey(strings.ReplaceAll(field, "_", "-"))
}

// fieldNames spares the usual variables the conversion. Those that name "" are
// not for the app: they have a field of the request of their own, or only a
// trusted proxy could say them.
var fieldNames = map[string]string{
	"CONTENT_TYPE":                   "Content-Type",
	"HTTP_ACCEPT":                    "Accept",
	"HTTP_ACCEPT_ENCODING":           "Accept-Encoding",
	"HTTP_ACCEPT_LANGUAGE":           "Accept-Language",
	"HTTP_AUTHORIZATION":             "Authorization",
	"HTTP_CACHE_CONTROL":             "Cache-Control",
	"HTTP_CONNECTION":                "Connection",
	"HTTP_CONTENT_LENGTH":            "",
	"HTTP_CONTENT_TYPE":              "",
	"HTTP_COOKIE":                    "Cookie",
	"HTTP_HOST":                      "",
	"HTTP_IF_MODIFIED_SINCE":         "If-Modified-Since",
	"HTTP_IF_NONE_MATCH":             "If-None-Match",
	"HTTP_ORIGIN":                    "Origin",
	"HTTP_PRIORITY":                  "Priority",
	"HTTP_RANGE":                     "Range",
	"HTTP_REFERER":                   "Referer",
	"HTTP_SEC_FETCH_DEST":            "Sec-Fetch-Dest",
	"HTTP_SEC_FETCH_MODE":            "Sec-Fetch-Mode",
	"HTTP_SEC_FETCH_SITE":            "Sec-Fetch-Site",
	"HTTP_SEC_FETCH_USER":            "Sec-Fetch-User",
	"HTTP_TRANSFER_ENCODING":         "",
	"HTTP_UPGRADE_INSECURE_REQUESTS": "Upgrade-Insecure-Requests",
	"HTTP_USER_AGENT":                "User-Agent",
	"HTTP_X_REAL_IP":                 "",
	"HTTP_X_REQUEST_ID":              "X-Request-Id",
}
