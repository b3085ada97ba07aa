package gateway

import (
	"context"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// viewVars is what a web server sends for a request, as names and values.
func viewVars(v viewCase) []string {
	path, query, _ := strings.Cut(v.target, "?")
	length := ""
	if v.body != "" {
		length = strconv.Itoa(len(v.body))
	}
	vars := []string{
		"CONTENT_LENGTH", length, "SCGI", "1", "GATEWAY_INTERFACE", "CGI/1.1",
		"REQUEST_METHOD", v.method, "REQUEST_URI", v.target, "SCRIPT_NAME", path, "QUERY_STRING", query,
		"SERVER_PROTOCOL", "HTTP/1.1", "SERVER_NAME", "app.example", "SERVER_PORT", "80", "HTTP_HOST", v.host,
		"REMOTE_ADDR", v.client, "REMOTE_PORT", "4711",
		"HTTP_X_FORWARDED_FOR", "192.0.2.66", "HTTP_X_FORWARDED_PROTO", "https", "HTTP_X_REAL_IP", "192.0.2.66",
	}
	if v.https {
		vars = append(vars, "HTTPS", "on")
	}
	for name, values := range v.header {
		key := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if key != "CONTENT_TYPE" {
			key = "HTTP_" + key
		}
		for _, value := range values {
			vars = append(vars, key, value)
		}
	}
	return vars
}

// testVars makes variables of names and values.
func testVars(pairs ...string) variables {
	vars := newVariables(0)
	for i := 0; i < len(pairs); i += 2 {
		vars.add(pairs[i], pairs[i+1])
	}
	return vars
}

// parseVars makes a request of GET / and the given variables.
func parseVars(pairs ...string) (*http.Request, error) {
	var x exchange
	err := x.parse(context.Background(), testVars(append([]string{"REQUEST_METHOD", "GET"}, pairs...)...))
	return &x.request, err
}

func TestVarsTarget(t *testing.T) {
	for _, tt := range []struct {
		vars string // name value ...
		want string // RequestURI path rawpath, - for an error
	}{
		{"REQUEST_URI /", "/ / "},
		{"REQUEST_URI /a%2Fb?x=/%zz", "/a%2Fb?x=/%zz /a/b /a%2Fb"},
		{"REQUEST_URI //evil.test/x", "//evil.test/x //evil.test/x "},
		{"REQUEST_URI ///x", "///x ///x "},
		{"REQUEST_URI http://h.test/x?y", "/x?y /x "},
		{"REQUEST_URI HTTPS://h.test", "/ / "},
		{"REQUEST_URI http://h.test?y", "/?y / "},
		{"REQUEST_URI http://h.test//evil.test", "//evil.test //evil.test "},
		{"REQUEST_URI *", "* * "},
		{"REQUEST_URI /x://y", "/x://y /x://y "},
		{"REQUEST_URI x", "-"},
		{"REQUEST_URI ?x", "/?x / "}, // what nginx leaves of http://h.test?x
		{"REQUEST_URI ftp://h.test/x", "/x /x "},
		{"REQUEST_URI h.test:443", "-"},
		{"REQUEST_URI /%zz", "-"},
		{"REQUEST_URI /\x01", "-"},
		{"SCRIPT_NAME /app PATH_INFO /x", "/app/x /app/x "},
		{"SCRIPT_NAME /ä PATH_INFO /b%c QUERY_STRING q", "/%C3%A4/b%25c?q /ä/b%c "},
		{"PATH_INFO //evil.test/x", "//evil.test/x //evil.test/x "},
		{"QUERY_STRING q", "/?q / "},
	} {
		r, err := parseVars(strings.Split(tt.vars, " ")...)
		got := "-"
		if err == nil {
			got = r.RequestURI + " " + r.URL.Path + " " + r.URL.RawPath
			if r.URL.Host != "" || r.URL.Scheme != "" {
				t.Errorf("%s: URL %v", tt.vars, r.URL)
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q (%v)", tt.vars, got, tt.want, err)
		}
	}
}

func TestVarsHost(t *testing.T) {
	for _, tt := range []struct{ vars, want string }{
		{"HTTP_HOST a.test", "a.test"},
		{"HTTP_HOST a.test:8080 SERVER_NAME b.test", "a.test:8080"},
		{"HTTP_HOST [2001:db8::1]:8080", "[2001:db8::1]:8080"},
		{"HTTP_HOST a.test HTTP_HOST b.test", "-"},
		{"HTTP_HOST a.test/x", "-"},
		{"HTTP_HOST u@a.test", "-"},
		{"HTTP_HOST b.test REQUEST_URI http://a.test/x", "a.test"},
		{"HTTP_HOST b.test REQUEST_URI HTTPS://a.test:8080", "a.test:8080"},
		{"HTTP_HOST b.test REQUEST_URI http://u:p@a.test/", "a.test"},
		{"HTTP_HOST b.test REQUEST_URI http:///x", "b.test"},
		{"HTTP_HOST b.test REQUEST_URI http://a,c.test\x01/x", "-"},
		{"HTTP_HOST b.test/x REQUEST_URI http://a.test/x", "-"},
		{"HTTP_HOST b.test REQUEST_URI //evil.test/x", "b.test"},
		{"HTTP_HOST b.test REQUEST_URI /http://evil.test/x", "b.test"},
		{"HTTP_HOST b.test REQUEST_URI ///evil.test", "b.test"},
		{"SERVER_NAME b.test SERVER_PORT 80", "b.test"},
		{"SERVER_NAME b.test SERVER_PORT 8080", "b.test:8080"},
		{"SERVER_NAME b.test SERVER_PORT 443 HTTPS on", "b.test"},
		{"SERVER_NAME b.test SERVER_PORT 80 HTTPS on", "b.test:80"},
		{"SERVER_NAME b.test SERVER_PORT x", "b.test"},
		{"SERVER_NAME 2001:db8::1 SERVER_PORT 80", "[2001:db8::1]"},
		{"SERVER_NAME [2001:db8::1] SERVER_PORT 81", "[2001:db8::1]:81"},
		{"SERVER_NAME _ SERVER_PORT 80", "_"},
		{"SERVER_PORT 80", ""},
	} {
		r, err := parseVars(append([]string{"REQUEST_URI", "/"}, strings.Split(tt.vars, " ")...)...)
		got := "-"
		if err == nil {
			got = r.Host
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.vars, got, tt.want)
		}
	}
}

func TestVarsRemoteAddr(t *testing.T) {
	for _, tt := range []struct{ addr, port, want string }{
		{"192.0.2.1", "4711", "192.0.2.1:4711"},
		{"2001:db8::1", "4711", "[2001:db8::1]:4711"},
		{"fe80::1%eth0", "4711", "[fe80::1%eth0]:4711"},
		{"::ffff:192.0.2.1", "4711", "192.0.2.1:4711"},
		{"192.0.2.1", "", "192.0.2.1:1"},
		{"192.0.2.1", "0", "192.0.2.1:1"},
		{"192.0.2.1", "70000", "192.0.2.1:1"},
		{"unix:", "", "127.0.0.1:1"},
		{"unix:", "4711", "127.0.0.1:1"},
		{"", "", "127.0.0.1:1"},
		{"@", "", "127.0.0.1:1"},
	} {
		got := remoteAddr(tt.addr, tt.port)
		if _, err := netip.ParseAddrPort(got); err != nil || got != tt.want {
			t.Errorf("%q %q: %q, want %q (%v)", tt.addr, tt.port, got, tt.want, err)
		}
		if _, _, err := net.SplitHostPort(got); err != nil {
			t.Error(err)
		}
	}
}

func TestVarsHTTPS(t *testing.T) {
	for vars, want := range map[string]bool{
		"HTTPS on": true, "HTTPS ON": true, "HTTPS 1": true, "HTTPS https": true, "REQUEST_SCHEME https": true,
		"HTTPS off": false, "HTTPS ": false, "REQUEST_SCHEME http": false, "HTTP_HTTPS on": false, "HTTP_X_FORWARDED_PROTO https": false,
	} {
		r, err := parseVars(append(strings.Split(vars, " "), "REQUEST_URI", "/")...)
		if err != nil || (r.TLS != nil) != want {
			t.Errorf("%s: TLS %v, %v", vars, r.TLS, err)
		}
	}
}

func TestVarsContentLength(t *testing.T) {
	const bad = -2
	for _, tt := range []struct {
		method, length, encoding string
		want                     int64
	}{
		{"GET", "", "", -1}, // the transport knows
		{"GET", "5", "", 5},
		{"GET", "", "chunked", -1},
		{"POST", "0", "", 0},
		{"POST", "5", "chunked", 5},
		{"POST", "", "", -1},
		{"DELETE", "", "", -1},
		{"POST", "x", "", bad},
		{"POST", "-1", "", -1},
		{"POST", "-2", "", bad},
		{"POST", "+1", "", bad},
		{"POST", "1, 2", "", bad},
		{"POST", "9223372036854775808", "", bad},
	} {
		r, err := parseVars("REQUEST_METHOD", tt.method, "REQUEST_URI", "/", "CONTENT_LENGTH", tt.length, "HTTP_TRANSFER_ENCODING", tt.encoding)
		got := r.ContentLength
		if err != nil {
			got = bad
		}
		if got != tt.want {
			t.Errorf("%s %q: %d, want %d", tt.method, tt.length, got, tt.want)
		}
	}
}

func TestVarsHeader(t *testing.T) {
	vars := []string{
		"HTTP_COOKIE", "a=1", "HTTP_COOKIE", "b=2",
		"HTTP_ACCEPT", "x/y", "HTTP_ACCEPT", "z/*",
		"HTTP_X_MINE", "1", "HTTP_X_MINE", "", "HTTP_X_MINE", "2",
		"HTTP_AUTHORIZATION", "Basic YTpi",
		"CONTENT_TYPE", "text/plain", "CONTENT_LENGTH", "5", "CONTENT_LENGTH", "5",
		"HTTP_CONTENT_TYPE", "x", "HTTP_CONTENT_LENGTH", "7",
		"HTTP_HOST", "a.test", "HTTP_PROXY", "evil.test", "HTTP_X_REAL_IP", "1.2.3.4",
		"HTTP_X_FORWARDED_FOR", "1.2.3.4", "HTTP_X_FORWARDED_HOST", "evil.test", "HTTP_", "x",
		"SCRIPT_NAME", "/a", "SCRIPT_NAME", "/b", "PATH_INFO", "/c", "REQUEST_URI", "/", "PATH", "/bin",
	}
	for i := range 20 {
		vars = append(vars, "HTTP_X_"+strconv.Itoa(i), "v")
	}
	r, err := parseVars(vars...)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Cookie": "a=1; b=2", "Accept": "x/y, z/*", "X-Mine": "1, , 2", "Authorization": "Basic YTpi", "Content-Type": "text/plain",
	}
	for i := range 20 {
		want["X-"+strconv.Itoa(i)] = "v"
	}
	got := map[string]string{}
	for name, values := range r.Header {
		got[name] = strings.Join(values, "|")
	}
	if !maps.Equal(got, want) {
		t.Errorf("header %v\nwant %v", got, want)
	}
	if v := Vars(r); v["SCRIPT_NAME"] != "/b" || v["PATH_INFO"] != "/c" || v["HTTP_PROXY"]+v["PATH"] != "" {
		t.Errorf("vars %v", v)
	}
	if r.ContentLength != 5 {
		t.Error(r.ContentLength)
	}
}

// Appending to one field must not change the next.
func TestVarsHeaderAppend(t *testing.T) {
	r, _ := parseVars("REQUEST_URI", "/", "HTTP_A", "1", "HTTP_B", "2", "HTTP_C", "3")
	for _, name := range []string{"A", "B", "C"} {
		r.Header.Add(name, "x")
	}
	for name, want := range map[string]string{"A": "1|x", "B": "2|x", "C": "3|x"} {
		if got := strings.Join(r.Header[name], "|"); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestVarsMethodAndProto(t *testing.T) {
	for _, method := range []string{"", "GET /", "G\r\nET", "(", "ä"} {
		if _, err := parseVars("REQUEST_METHOD", method, "REQUEST_URI", "/"); err == nil {
			t.Errorf("method %q", method)
		}
	}
	r, err := parseVars("REQUEST_METHOD", "PROPFIND", "REQUEST_URI", "/", "SERVER_PROTOCOL", "HTTP/2.0")
	if err != nil || r.ProtoMajor != 2 || r.Method != "PROPFIND" {
		t.Errorf("%s %s %v", r.Method, r.Proto, err)
	}
	r, _ = parseVars("REQUEST_URI", "/", "SERVER_PROTOCOL", "INCLUDED", "CONTENT_TYPE", "")
	if _, typed := r.Header["Content-Type"]; typed {
		t.Error("a Content-Type that nobody sent")
	}
	if !r.ProtoAtLeast(1, 1) {
		t.Error(r.Proto)
	}
}

// The web server's own variables are handed on, as a copy.
func TestVarsAttached(t *testing.T) {
	r := request("GET", "/")
	r = r.WithContext(&varsContext{r.Context(), testVars("DOCUMENT_ROOT", "/srv")})
	Vars(r)["DOCUMENT_ROOT"] = "changed"
	if got := Vars(r); len(got) != 1 || got["DOCUMENT_ROOT"] != "/srv" {
		t.Errorf("got %v", got)
	}
}
