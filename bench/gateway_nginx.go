//go:build unix

package main

import (
	"fmt"
	"os"
	"strings"
)

const nginxConf = `daemon off;
pid %[1]s/nginx.pid;
error_log stderr error;
worker_processes auto;
user root;
events { worker_connections 1024; }
http {
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path %[1]s/tmp; proxy_temp_path %[1]s/tmp; fastcgi_temp_path %[1]s/tmp; scgi_temp_path %[1]s/tmp; uwsgi_temp_path %[1]s/tmp;
%[3]s    server {
        listen %[2]s;
%[4]s    }
}
`

// cgiParams are the variables of the generated snippets.
const cgiParams = ` GATEWAY_INTERFACE CGI/1.1; SERVER_SOFTWARE nginx; SERVER_PROTOCOL $server_protocol; SERVER_NAME $server_name; SERVER_ADDR $server_addr; SERVER_PORT $server_port; REMOTE_ADDR $remote_addr; REMOTE_PORT $remote_port; REQUEST_METHOD $request_method; REQUEST_SCHEME $scheme; REQUEST_URI $request_uri; SCRIPT_NAME ""; PATH_INFO $uri; QUERY_STRING $query_string; CONTENT_TYPE $content_type; CONTENT_LENGTH $content_length;`

func params(directive string) string {
	all := strings.ReplaceAll(cgiParams, "; ", "; "+directive+" ")
	if directive == "scgi_param" { // nginx sends that itself, first
		all, _, _ = strings.Cut(all, " scgi_param CONTENT_LENGTH")
	}
	return all
}

// A way leads to an app: the path by which nginx is asked for it, and its location
// there. Without a location the app itself is asked, and without an app nginx alone.
type way struct{ path, name, app, location string }

// kept is the location of an app that speaks FastCGI over connections that are kept,
// and once of one that gets a connection for each request.
func (f *fleet) kept(app string) string {
	return "fastcgi_pass " + app + "; fastcgi_keep_conn on; fastcgi_param" + params("fastcgi_param")
}

func (f *fleet) once(app string) string {
	return "fastcgi_pass unix:" + f.socket(app) + "; fastcgi_param" + params("fastcgi_param")
}

func (f *fleet) scgi(app string) string {
	return "scgi_pass unix:" + f.socket(app) + "; scgi_param SCGI 1; scgi_param" + params("scgi_param")
}

func (f *fleet) uwsgi(app string) string {
	return "uwsgi_pass unix:" + f.socket(app) + "; uwsgi_param" + params("uwsgi_param")
}

var nginxAlone = way{"/200", "nginx alone (`return 200`)", "", `return 200 "Hello, world!\n";`}

func (f *fleet) goRows() []way {
	return []way{
		nginxAlone,
		{"/", "HTTP to the app, no web server", "direct", ""},
		{"/fcgi", "**FastCGI**, connections kept", "fcgi", f.kept("fcgi")},
		{"/fcgi1", "FastCGI, a connection a request", "fcgi", f.once("fcgi")},
		{"/http", "HTTP over a unix socket", "http", `proxy_pass http://http; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;`},
		{"/scgi", "SCGI", "scgi", f.scgi("scgi")},
		{"/generated", "FastCGI, the app as generated, with its log", "generated", strings.Replace(f.kept("generated"), "$request_uri", "/", 1)},
		{"/peer", "net/http/fcgi, connections kept", "peer", f.kept("peer")},
		{"/peer1", "net/http/fcgi, a connection a request", "peer", f.once("peer")},
		{"/uwsgi", "uWSGI, Python", "uwsgi", f.uwsgi("uwsgi")},
		{"/php", "PHP-FPM, connections kept", "php", "fastcgi_pass php; fastcgi_keep_conn on; fastcgi_param SCRIPT_FILENAME " + f.at("hello.php") + "; fastcgi_param" + params("fastcgi_param")},
		{"/cgi", "CGI by fcgiwrap", "cgi", "fastcgi_pass unix:" + f.socket("cgi") + "; fastcgi_param SCRIPT_FILENAME " + f.at("bare/hello") + "; fastcgi_param" + params("fastcgi_param")},
	}
}

// nginx starts the web server and returns what can be asked of it, itself
// first.
func (f *fleet) nginx(rows []way) ([]contender, error) {
	front, err := freeAddress()
	if err != nil {
		return nil, err
	}
	var list []contender
	var upstreams, locations strings.Builder
	for name := range f.apps {
		fmt.Fprintf(&upstreams, "    upstream %s { server unix:%s; keepalive 32; keepalive_requests 1000000; }\n", name, f.socket(name))
	}
	for _, c := range rows {
		if c.app != "" && f.apps[c.app] == nil {
			continue
		}
		if c.location == "" {
			list = append(list, contender{name: c.name, app: f.apps[c.app], url: "http://" + f.direct + c.path})
			continue
		}
		fmt.Fprintf(&locations, "        location = %s { %s }\n", c.path, c.location)
		list = append(list, contender{name: c.name, app: f.apps[c.app], url: "http://" + front + c.path})
		if c.app != "" {
			if err := await("unix", f.socket(c.app)); err != nil {
				return nil, err
			}
		}
	}
	conf := f.at("nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, f.dir, front, upstreams.String(), locations.String()), 0o644); err != nil {
		return nil, err
	}
	if err := f.start("nginx", []string{"nginx", "-e", "stderr", "-c", conf}); err != nil {
		return nil, err
	}
	return list, await("tcp", front)
}
