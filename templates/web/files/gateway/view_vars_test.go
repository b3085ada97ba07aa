package gateway

import (
	"crypto/tls"
	"maps"
	"net/http"
	"testing"
)

func TestVarsDerived(t *testing.T) {
	r := request("POST", "/app/a%2Fb?q=1")
	r.Host, r.TLS, r.ContentLength = "app.example", &tls.ConnectionState{}, 7
	r.Header = http.Header{
		"Content-Type":   {"text/plain"},
		"Content-Length": {"7"},
		"Cookie":         {"a=1", "b=2"},
		"Accept":         {"a", "b"},
		"X-Real-Ip":      {"10.0.0.1"},
		"X_real_ip":      {"10.0.0.2"},
		"Authorization":  {"Basic YTpi"},
		"Proxy":          {"evil.test"},
	}
	var got map[string]string
	try(guard(t.Context(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Vars(r) }), "/app", 10), r)
	want := map[string]string{
		"CONTENT_LENGTH":    "7",
		"CONTENT_TYPE":      "text/plain",
		"GATEWAY_INTERFACE": "CGI/1.1",
		"HTTPS":             "on",
		"HTTP_ACCEPT":       "a, b",
		"HTTP_COOKIE":       "a=1; b=2",
		"HTTP_HOST":         "app.example",
		"HTTP_X_REAL_IP":    "10.0.0.1",
		"PATH_INFO":         "/a/b",
		"QUERY_STRING":      "q=1",
		"REMOTE_ADDR":       "192.0.2.1",
		"REMOTE_PORT":       "1234",
		"REQUEST_METHOD":    "POST",
		"REQUEST_URI":       "/app/a%2Fb?q=1",
		"SCRIPT_NAME":       "/app",
		"SERVER_NAME":       "app.example",
		"SERVER_PORT":       "443",
		"SERVER_PROTOCOL":   "HTTP/1.1",
		"SERVER_SOFTWARE":   "Go",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
