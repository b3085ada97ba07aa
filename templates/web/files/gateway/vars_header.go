package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// variables are as they came, a name perhaps more than once. Looking through a
// few dozen costs less than a map of them.
type variables []nameValue

type nameValue struct{ name, value string }

// usualVar is what a name and a value take at least, as a rule, in bytes.
const usualVar = 24

// newVariables prepares for variables of so many bytes.
func newVariables(size int) variables {
	return make(variables, 0, min(size/usualVar, 64))
}

func (v *variables) add(name, value string) {
	if name == "HTTP_PROXY" {
		return // a client's Proxy header, which children would take for a setting
	}
	*v = append(*v, nameValue{name, value})
}

// get returns the value of a variable, "" if there is none.
func (v variables) get(name string) string {
	var few [2]string
	values := few[:0]
	for _, one := range v {
		if one.name == name {
			values = append(values, one.value)
		}
	}
	return combine(name, values)
}

// all returns the variables by name.
func (v variables) all() map[string]string {
	values := make(map[string][]string, len(v))
	for _, one := range v {
		values[one.name] = append(values[one.name], one.value)
	}
	vars := make(map[string]string, len(values))
	for name := range values {
		vars[name] = combine(name, values[name])
	}
	return vars
}

// combine makes one value of a variable's. A header field that came twice is
// one with both values (RFC 9110, section 5.3; RFC 6265, section 5.4 for
// cookies). Of any other variable the last value counts, as web servers' own
// settings follow the included defaults; but two different lengths become one
// that does not parse.
func combine(name string, values []string) string {
	switch {
	case len(values) == 0:
		return ""
	case name == "HTTP_COOKIE":
		return strings.Join(values, "; ")
	case strings.HasPrefix(name, "HTTP_"), name == "CONTENT_LENGTH" && slices.Min(values) != slices.Max(values):
		return strings.Join(values, ", ")
	}
	return values[len(values)-1]
}

// header returns the header fields among the variables. values backs the
// field values as far as it reaches.
func (v variables) header(values []string) http.Header {
	n := 1
	for _, one := range v {
		if strings.HasPrefix(one.name, "HTTP_") {
			n++
		}
	}
	h := make(http.Header, n)
	if n > cap(values) {
		values = make([]string, 0, n)
	}
	again := false
	for _, one := range v {
		key := headerKey(one.name)
		if key == "" || one.value == "" && one.name == "CONTENT_TYPE" {
			continue
		}
		if old, ok := h[key]; ok {
			h[key], again = append(old, one.value), true
			continue
		}
		values = append(values, one.value)
		h[key] = values[len(values)-1 : len(values) : len(values)]
	}
	if again {
		for key, values := range h {
			h[key] = []string{combine(variableOf(key), values)}
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
