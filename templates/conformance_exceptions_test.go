//go:build unix

package templates

import (
	"regexp"
)

// An exception is what a web server gets wrong and nothing in a project can
// change. got matches what happens instead, why says so to readers of the docs.
type exception struct {
	on, name string // regexps of deployments, from the start, and of cases
	got      string // regexp
	why      string
}

// exceptions are numbered in the docs in this order.
var exceptions = []exception{
	{
		"lighttpd/http", "query byte-identical|%2F and %20 kept|//a///b|RequestURI as sent|/app%2Fecho/ is not below /app",
		`.*uri "/app/echo/.*|status 200`,
		"lighttpd normalises a target before it proxies it by HTTP: it decodes what need not be encoded, `%2F` too, and merges slashes. By FastCGI, SCGI and CGI the app sees the target as it was sent.",
	},
	{
		"lighttpd", "HTTP/1.0 without Host", `status 404, not from the app.*`,
		"The snippet is for one host name, and lighttpd has no default: without Host it is 404.",
	},
	{
		"caddy", "HTTP/1.0 without Host", `status 200, not from the app: ""`,
		"The snippet is for one host name, and Caddy has no default: without Host it is an empty answer.",
	},
	{
		"apache|caddy/fcgi", "Cookie and another field twice", `cookies "\[a=\\"1, b=2\\"\]".*`,
		"The server joins two Cookie fields by a comma, as if they were any other field. (Browsers send one.)",
	},
	{
		"nginx/cgi", "Cookie and another field twice", `cookies "\[b=2\]".*`,
		"nginx before 1.23 passes both fields on, and fcgiwrap hands the last one to the program.",
	},
	{
		"haproxy/fcgi", "chunked upload", `status 400, not from the app.*`,
		"HAProxy needs a length for FastCGI. It waits for a chunked body that fits into its buffer (16 KiB) and refuses a longer one with 400.",
	},
	{
		"nginx/scgi", "streaming with flush", `what was flushed is held back`,
		"By SCGI nginx passes on only full buffers of an answer whose length it was not told. The app turns that off by the header `X-Accel-Buffering: no`, as the next row shows.",
	},
	{
		"nginx/cgi", "streaming.*|flush before write", `what was flushed is held back`,
		"fcgiwrap collects an answer before it passes it on.",
	},
	{
		"apache/fcgi", "streaming.*|flush before write", `what was flushed is held back`,
		"Apache collects an answer before it passes it on; `flushpackets=on` at the end of the ProxyPass line makes it pass on each piece.",
	},
	{
		"lighttpd", "streaming.*|flush before write", `what was flushed is held back`,
		"lighttpd collects an answer before it passes it on; `server.stream-response-body = 1` makes it pass on each piece.",
	},
	{
		"caddy/fcgi", "streaming.*|flush before write", `what was flushed is held back`,
		"Caddy collects an answer before it passes it on; `flush_interval -1` makes it pass on each piece.",
	},
	{
		"[a-z]+/scgi|[a-z]+/cgi", "panic after the first byte shows", `the answer that was cut looks complete`,
		"Neither SCGI nor CGI has an end of the answer but the end of the connection, so a cut is one, too, unless the handler has set Content-Length, as the next row shows. (Apache from 2.4.59 on drops that field unless it is told to trust it; the snippets do so.)",
	},
	{
		"(lighttpd|caddy)/(http|fcgi)", "panic after the first byte shows", `the answer that was cut looks complete`,
		"lighttpd, and Caddy 2.6, end the answer properly where the app has broken it off.",
	},
	{
		"lighttpd", "app back after it was away", `asked again after [12] s`,
		"lighttpd may take two seconds to see that an app is back that it could not reach. With units the app is never away: systemd keeps its socket.",
	},
	{
		// 16 clients, over as many connections, each of which a restart can meet once.
		"(nginx|haproxy)/(http|fcgi)|caddy/http", "4 restarts under POSTs, by (rename|activation)", `([1-9]|[1-5]\d|6[0-4]) of \d+ requests failed: (status 502, .*|.*EOF)`,
		"A server that keeps connections to the app may send a request in the very moment in which one is closed, and sends no POST twice. The app serves its idle connections for 100 ms after it was told to stop, and says with its last answer on each that no other may follow. Under a load without a pause a few requests of a restart, at most one on each connection, meet that moment nonetheless; with connections that are not kept it is none.",
	},
	{
		"lighttpd", "path and query that are not UTF-8", `status 400, not from the app.*`,
		"lighttpd refuses a target that is not UTF-8.",
	},
	{
		"lighttpd/(fcgi|scgi)", `close\(\) where the client has gone`, `status 200, body "complete", .*`,
		"lighttpd takes an answer to its end before it passes it on, and does so too where the client has gone meanwhile.",
	},
}

func exceptionFor(name string, d deployment) *exception {
	for i, e := range exceptions {
		if regexp.MustCompile("^(?:"+e.on+")").MatchString(d.name) && regexp.MustCompile("^(?:"+e.name+")$").MatchString(name) {
			return &exceptions[i]
		}
	}
	return nil
}

func (e *exception) number() int {
	for i := range exceptions {
		if e == &exceptions[i] {
			return i
		}
	}
	return -1
}
