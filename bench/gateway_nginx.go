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
    upstream http      { server unix:%[1]s/http.sock;      keepalive 32; keepalive_requests 1000000; }
    upstream fcgi      { server unix:%[1]s/fcgi.sock;      keepalive 32; keepalive_requests 1000000; }
    upstream generated { server unix:%[1]s/generated.sock; keepalive 32; keepalive_requests 1000000; }
    upstream peer      { server unix:%[1]s/peer.sock;      keepalive 32; keepalive_requests 1000000; }
    upstream php       { server unix:%[1]s/php.sock;       keepalive 32; keepalive_requests 1000000; }
    server {
        listen %[2]s;
%[3]s    }
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

// nginx starts the web server and returns what can be asked of it, itself
// first.
func (f *fleet) nginx() ([]contender, error) {
	all := []struct{ path, name, app, location string }{
		{"/200", "nginx alone (`return 200`)", "", `return 200 "Hello, world!\n";`},
		{"/", "HTTP to the app, no web server", "direct", ""},
		{"/fcgi", "**FastCGI**, connections kept", "fcgi", "fastcgi_pass fcgi; fastcgi_keep_conn on; fastcgi_param" + params("fastcgi_param")},
		{"/fcgi1", "FastCGI, a connection a request", "fcgi", "fastcgi_pass unix:" + f.socket("fcgi") + "; fastcgi_param" + params("fastcgi_param")},
		{"/http", "HTTP over a unix socket", "http", `proxy_pass http://http; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;`},
		{"/scgi", "SCGI", "scgi", "scgi_pass unix:" + f.socket("scgi") + "; scgi_param SCGI 1; scgi_param" + params("scgi_param")},
		{"/generated", "FastCGI, the app as generated, with its log", "generated", "fastcgi_pass generated; fastcgi_keep_conn on; fastcgi_param" + strings.Replace(params("fastcgi_param"), "$request_uri", "/", 1)},
		{"/peer", "net/http/fcgi, connections kept", "peer", "fastcgi_pass peer; fastcgi_keep_conn on; fastcgi_param" + params("fastcgi_param")},
		{"/peer1", "net/http/fcgi, a connection a request", "peer", "fastcgi_pass unix:" + f.socket("peer") + "; fastcgi_param" + params("fastcgi_param")},
		{"/uwsgi", "uWSGI, Python", "uwsgi", "uwsgi_pass unix:" + f.socket("uwsgi") + "; uwsgi_param" + params("uwsgi_param")},
		{"/php", "PHP-FPM, connections kept", "php", "fastcgi_pass php; fastcgi_keep_conn on; fastcgi_param SCRIPT_FILENAME " + f.at("hello.php") + "; fastcgi_param" + params("fastcgi_param")},
		{"/cgi", "CGI by fcgiwrap", "cgi", "fastcgi_pass unix:" + f.socket("cgi") + "; fastcgi_param SCRIPT_FILENAME " + f.at("bare/hello") + "; fastcgi_param" + params("fastcgi_param")},
	}
	front, err := freeAddress()
	if err != nil {
		return nil, err
	}
	var list []contender
	var locations strings.Builder
	for _, c := range all {
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
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, f.dir, front, locations.String()), 0o644); err != nil {
		return nil, err
	}
	if err := f.start("nginx", []string{"nginx", "-e", "stderr", "-c", conf}); err != nil {
		return nil, err
	}
	return list, await("tcp", front)
}
