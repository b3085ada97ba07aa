package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// A varsContext is a request's context with the web server's variables.
type varsContext struct {
	context.Context
	vars variables
}

func (c *varsContext) Value(key any) any {
	if key == (varsKey{}) {
		return c.vars
	}
	return c.Context.Value(key)
}

// parse makes the request out of its CGI variables (RFC 3875, section 4.1).
// Any error means that the request deserves a 400. The body is left to the
// transport: only it knows where the body comes from.
func (x *exchange) parse(ctx context.Context, vars variables) error {
	x.context = varsContext{ctx, vars}
	x.request = *new(http.Request).WithContext(&x.context)
	r := &x.request
	r.Body = http.NoBody
	if r.Method = vars.get("REQUEST_METHOD"); !isToken(r.Method) {
		return fmt.Errorf("REQUEST_METHOD %q", r.Method)
	}
	x.head = r.Method == http.MethodHead
	authority, err := x.setURL(vars)
	if err != nil {
		return err
	}
	r.Proto = vars.get("SERVER_PROTOCOL")
	var ok bool
	if r.ProtoMajor, r.ProtoMinor, ok = http.ParseHTTPVersion(r.Proto); !ok {
		r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	}
	r.Header = vars.header()
	r.RemoteAddr = remoteAddr(vars.get("REMOTE_ADDR"), vars.get("REMOTE_PORT"))
	if isHTTPS(vars) {
		r.TLS = &tls.ConnectionState{HandshakeComplete: true}
	}
	if r.Host, err = hostOf(authority, vars, r.TLS != nil); err != nil {
		return err
	}
	r.ContentLength, err = contentLength(vars)
	return err
}

// setURL keeps the target as the client sent it, and reads it as a path: a
// target that begins with two slashes never names a host. It returns the
// authority of an absolute-form target.
func (x *exchange) setURL(vars variables) (authority string, err error) {
	authority, target := splitAuthority(vars.get("REQUEST_URI"))
	switch {
	case target == "":
		target = rebuildURI(vars)
	case target[0] == '?': // what nginx leaves of http://example.com?q
		target = "/" + target
	}
	if target[0] != '/' && target != "*" {
		return "", fmt.Errorf("REQUEST_URI %q", target)
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return "", err
	}
	x.request.URL, x.request.RequestURI = u, target
	return authority, nil
}

// rebuildURI makes a target for web servers that send no REQUEST_URI, which
// RFC 3875 does not know.
func rebuildURI(vars variables) string {
	path := url.URL{Path: vars.get("SCRIPT_NAME") + vars.get("PATH_INFO")}
	target := path.EscapedPath()
	if target == "" {
		target = "/"
	}
	if q := vars.get("QUERY_STRING"); q != "" {
		target += "?" + q
	}
	return target
}

// hostOf is the target's authority, which wins over the Host header (RFC 9112,
// section 3.2.2), or where the web server listens (an HTTP/1.0 client sends no
// Host).
func hostOf(authority string, vars variables, https bool) (string, error) {
	field := vars.get("HTTP_HOST")
	for _, host := range []string{authority, field} {
		if strings.ContainsFunc(host, notHost) {
			return "", fmt.Errorf("host %q", host)
		}
	}
	return cmp.Or(authority, field, serverHost(vars, https)), nil
}

func serverHost(vars variables, https bool) string {
	name, port := strings.Trim(vars.get("SERVER_NAME"), "[]"), vars.get("SERVER_PORT")
	switch {
	case name == "" || strings.ContainsFunc(name, notHost):
		return ""
	case isPort(port) && (https || port != "80") && (!https || port != "443"):
		return net.JoinHostPort(name, port)
	case strings.Contains(name, ":"):
		return "[" + name + "]"
	}
	return name
}

// notHost reports the characters that no host has: a Host that came twice is
// joined with ", " and is caught here, too.
func notHost(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"/<>?@\^|{}#`+"`", r)
}

// remoteAddr always returns an address with a port that parses, whatever the
// web server sends: over a unix socket of its own it has none ("unix:"). Then
// the client is local, 127.0.0.1.
func remoteAddr(addr, port string) string {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		addr = "127.0.0.1"
	} else if ip.Is4In6() {
		addr = ip.Unmap().String()
	}
	if err != nil || !isPort(port) {
		port = unknownPort
	}
	return net.JoinHostPort(addr, port)
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func isHTTPS(vars variables) bool {
	switch strings.ToLower(vars.get("HTTPS")) {
	case "on", "1", "https":
		return true
	}
	return strings.EqualFold(vars.get("REQUEST_SCHEME"), "https")
}

// contentLength is the length of the body, or -1 where the web server does not
// say: then there is none, or a chunked upload is passed on unbuffered, which
// Caddy calls -1, too.
func contentLength(vars variables) (int64, error) {
	s := vars.get("CONTENT_LENGTH")
	if s == "" || s == "-1" {
		return -1, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2), as a method
// has to be.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// A bodyReader reads a body of left bytes, -1 if nobody knows how many, and no
// more. It fails when there are fewer.
type bodyReader struct {
	io.Reader
	left int64
}

func (b *bodyReader) Read(p []byte) (n int, err error) {
	if b.left < 0 {
		return b.Reader.Read(p)
	}
	if b.left > 0 {
		n, err = b.Reader.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(n)
	}
	switch {
	case b.left == 0:
		err = io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

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
	switch name {
	case "HTTP_PROXY": // a client's Proxy header, which children would take for a setting
	case "PATH": // Apache's own, which it sends with every request
	default:
		*v = append(*v, nameValue{name, value})
	}
}

// get returns the value of a variable, "" if there is none.
func (v variables) get(name string) (value string) {
	found := false
	for _, one := range v {
		if one.name == name {
			value, found = combine(name, value, one.value, found), true
		}
	}
	return value
}

// all returns the variables by name.
func (v variables) all() map[string]string {
	vars := make(map[string]string, len(v))
	for _, one := range v {
		value, found := vars[one.name]
		vars[one.name] = combine(one.name, value, one.value, found)
	}
	return vars
}

// combine adds a value of a variable to that which it has, if any. A header field
// that came twice is one with both values (RFC 9110, section 5.3; RFC 6265,
// section 5.4 for cookies). Of any other variable the last value counts, because
// web servers' own settings follow the included defaults; but two different
// lengths become one that does not parse.
func combine(name, old, value string, found bool) string {
	switch {
	case !found:
		return value
	case name == "HTTP_COOKIE":
		return old + "; " + value
	case strings.HasPrefix(name, "HTTP_"), name == "CONTENT_LENGTH" && old != value:
		return old + ", " + value
	}
	return value
}

// header returns the header fields among the variables.
func (v variables) header() http.Header {
	h, values := make(http.Header, len(v)/3), make([]string, 0, len(v))
	for _, one := range v {
		key := headerKey(one.name)
		if key == "" || one.value == "" && one.name == "CONTENT_TYPE" {
			continue
		}
		if old, ok := h[key]; ok {
			old[0] = combine(one.name, old[0], one.value, true)
			continue
		}
		values = append(values, one.value)
		h[key] = values[len(values)-1 : len(values) : len(values)]
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
// not for the app, because they have a field of the request of their own, or only
// a trusted proxy could say them.
var fieldNames = func() map[string]string {
	names := map[string]string{
		"HTTP_CONTENT_LENGTH": "", "HTTP_CONTENT_TYPE": "", "HTTP_HOST": "", "HTTP_TRANSFER_ENCODING": "", "HTTP_X_REAL_IP": "", "HTTP_FORWARDED": "",
	}
	for field := range strings.FieldsSeq(`Accept Accept-Encoding Accept-Language Authorization Cache-Control
		Connection Content-Type Cookie If-Modified-Since If-None-Match Origin Priority Range Referer Sec-Fetch-Dest
		Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-User Upgrade-Insecure-Requests User-Agent X-Request-Id`) {
		names[variableOf(field)] = field
	}
	return names
}()
