//go:build unix

package templates

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A deployment is a web server with a generated snippet, and how the app is
// started.
type deployment struct {
	*kind
	name    string // server/transport, and /way where there are several
	server  webServer
	snippet string
	run     carrier
}

// A webServer starts a server with a snippet, of which places are changed, old
// to new; with TLS where there is a certificate.
type webServer func(t *testing.T, snippet string, c *certificate, places ...string) front

// A front is a web server that runs.
type front struct {
	*process
	url string
	log string // the file of its error log, "" if it has none here
}

// A backend is the app as a snippet finds it.
type backend struct {
	app    *process // nil where the web server starts it for each request
	socket string   // its unix socket, "" if it has none
	places []string // what snippets say, and what they have to say here
}

// A carrier is a way to start the app.
type carrier func(t *testing.T, p project) backend

var deployments = []deployment{
	{web, "nginx/http/unix", nginx, "nginx-http.conf", listenUnix("http")},
	{web, "nginx/http/tcp", nginx, "nginx-http.conf", listenTCP("http")},
	{web, "nginx/fcgi/unix", nginx, "nginx.conf", listenUnix("fcgi")},
	{web, "nginx/fcgi/tcp", nginx, "nginx.conf", listenTCP("fcgi")},
	{web, "nginx/fcgi/launcher", nginx, "nginx.conf", spawnFCGI},
	{web, "nginx/fcgi/activated", nginx, "nginx.conf", activate("fcgi")},
	{web, "nginx/scgi/unix", nginx, "nginx-scgi.conf", listenUnix("scgi")},
	{web, "nginx/scgi/activated", nginx, "nginx-scgi.conf", activate("scgi")},
	{web, "nginx/cgi", nginx, "nginx-cgi.conf", fcgiwrap},
	{web, "apache/http/unix", apacheSite, "apache-http.conf", listenUnix("http")},
	{web, "apache/fcgi/unix", apacheSite, "apache.conf", listenUnix("fcgi")},
	{web, "apache/fcgi/launcher", apacheSite, "apache.conf", spawnFCGI},
	{web, "apache/scgi/unix", apacheSite, "apache-scgi.conf", listenUnix("scgi")},
	{web, "apache/cgi", apacheSite, "apache-cgi.conf", byServer},
	{web, "lighttpd/http/unix", lighttpd, "lighttpd-http.conf", listenUnix("http")},
	{web, "lighttpd/fcgi/unix", lighttpd, "lighttpd.conf", listenUnix("fcgi")},
	{web, "lighttpd/scgi/unix", lighttpd, "lighttpd-scgi.conf", listenUnix("scgi")},
	{web, "lighttpd/cgi", lighttpd, "lighttpd-cgi.conf", byServer},
	{web, "caddy/http/unix", caddy, "Caddyfile-http", listenUnix("http")},
	{web, "caddy/fcgi/unix", caddy, "Caddyfile", listenUnix("fcgi")},
	{web, "haproxy/http/unix", haproxy, "haproxy-http.cfg", listenUnix("http")},
	{web, "haproxy/fcgi/unix", haproxy, "haproxy.cfg", listenUnix("fcgi")},

	{wsgi, "nginx/fcgi/unix", nginx, "nginx.conf", listenUnix("fcgi")},
	{wsgi, "nginx/fcgi/tcp", nginx, "nginx.conf", listenTCP("fcgi")},
	{wsgi, "nginx/fcgi/launcher", nginx, "nginx.conf", spawnFCGI},
	{wsgi, "nginx/fcgi/activated", nginx, "nginx.conf", activate("fcgi")},
	{wsgi, "nginx/scgi/unix", nginx, "nginx-scgi.conf", listenUnix("scgi")},
	{wsgi, "nginx/scgi/activated", nginx, "nginx-scgi.conf", activate("scgi")},
	{wsgi, "nginx/cgi", nginx, "nginx-cgi.conf", fcgiwrap},
	{wsgi, "apache/fcgi/unix", apacheSite, "apache.conf", listenUnix("fcgi")},
	{wsgi, "apache/scgi/unix", apacheSite, "apache-scgi.conf", listenUnix("scgi")},
	{wsgi, "apache/cgi", apacheSite, "apache-cgi.conf", byServer},
	{wsgi, "lighttpd/fcgi/unix", lighttpd, "lighttpd.conf", listenUnix("fcgi")},
	{wsgi, "lighttpd/scgi/unix", lighttpd, "lighttpd-scgi.conf", listenUnix("scgi")},
	{wsgi, "lighttpd/cgi", lighttpd, "lighttpd-cgi.conf", byServer},
	{wsgi, "caddy/fcgi/unix", caddy, "Caddyfile", listenUnix("fcgi")},
	{wsgi, "haproxy/fcgi/unix", haproxy, "haproxy.cfg", listenUnix("fcgi")},
}

// deployments are those of a kind.
func (k *kind) deployments() []deployment {
	return slices.DeleteFunc(slices.Clone(deployments), func(d deployment) bool { return d.kind != k })
}

// deployment is the one with a name.
func (k *kind) deployment(name string) deployment {
	all := k.deployments()
	return all[slices.IndexFunc(all, func(d deployment) bool { return d.name == name })]
}

// title names a deployment among those of all kinds.
func (d deployment) title() string { return d.pack + "/" + d.name }

// transport is the second part of the name, after the server's.
func (d deployment) transport() string { return strings.Split(d.name, "/")[1] }

// column is server and transport: a column of the matrix.
func (d deployment) column() string {
	return strings.Join(strings.Split(d.name, "/")[:2], " ")
}

// way is the third part of the name, or "".
func (d deployment) way() string {
	return strings.TrimPrefix(strings.TrimPrefix(d.name, strings.ReplaceAll(d.column(), " ", "/")), "/")
}

func (d deployment) start(t *testing.T, p project) (backend, front) {
	b := d.run(t, p)
	return b, d.front(t, p, b, nil)
}

func (d deployment) front(t *testing.T, p project, b backend, c *certificate) front {
	return d.server(t, filepath.Join(p.deploy, d.snippet), c, b.places...)
}

const installed = "unix:/run/hello/hello.sock" // where the snippets look for the app

// onUnix is an app at a socket. Each server writes unix: in its own way.
func onUnix(app *process, socket string) backend {
	return backend{app, socket, []string{strings.TrimPrefix(installed, "unix:"), socket}}
}

func listenUnix(transport string) carrier {
	return func(t *testing.T, p project) backend {
		socket := filepath.Join(workDir(t), "s")
		return onUnix(startUnix(t, p, transport, socket), socket)
	}
}

func startUnix(t *testing.T, p project, transport, socket string) *process {
	t.Helper()
	before, _ := os.Lstat(socket)
	app := startCommand(t, p.command("--transport", transport, "--listen", "unix:"+socket))
	waitUntil(t, app, func() bool { // it takes an older instance's place
		now, err := os.Lstat(socket)
		return err == nil && (before == nil || !os.SameFile(before, now))
	})
	return app
}

func listenTCP(transport string) carrier {
	return func(t *testing.T, p project) backend {
		address := "127.0.0.1:" + freePort(t)
		words := p.command("--transport", transport, "--listen", "tcp:"+address)
		if transport == "http" {
			words = append(words, "--trusted-proxies", "127.0.0.1")
		}
		app := startCommand(t, words)
		waitFor(t, app, "tcp", address)
		return backend{app, "", []string{installed, address}}
	}
}

// spawnFCGI starts the launcher with no flags: socket on standard input.
func spawnFCGI(t *testing.T, p project) backend {
	socket := filepath.Join(workDir(t), "s")
	app := start(t, need(t, "spawn-fcgi"), "-n", "-s", socket, "-M", "0660", "--", filepath.Join(p.deploy, "hello.fcgi"))
	waitFor(t, app, "unix", socket)
	return onUnix(app, socket)
}

// activate starts the program as systemd does from a socket unit.
func activate(transport string) carrier {
	return func(t *testing.T, p project) backend {
		socket := filepath.Join(workDir(t), "s")
		app := startCommand(t, append([]string{need(t, "systemd-socket-activate"), "-l", socket, "-E", "APP_TRANSPORT=" + transport}, p.command()...))
		waitFor(t, app, "unix", socket)
		return onUnix(app, socket)
	}
}

// holdSocket opens a socket and keeps it open, as systemd does; startHeld starts
// the app with it and waits until it is ready.
func holdSocket(t *testing.T, socket string) *os.File {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	check(t, err)
	check(t, os.Chmod(socket, 0o666))
	file, err := l.File()
	check(t, err)
	t.Cleanup(func() { file.Close(); l.Close() })
	return file
}

func startHeld(t *testing.T, p project, transport string, socket *os.File) *process {
	t.Helper()
	app := startWith(t, []*os.File{socket}, "/bin/sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec "+p.shell("--transport", transport))
	waitUntil(t, app, func() bool { return strings.Contains(app.output.String(), "listening") })
	return app
}

// fcgiwrap is between nginx and CGI, of which nginx has none.
func fcgiwrap(t *testing.T, p project) backend {
	_, socket := startFcgiwrap(t)
	return backend{places: []string{"unix:/run/fcgiwrap.socket", "unix:" + socket, "/opt/hello", p.deploy}}
}

func startFcgiwrap(t *testing.T) (wrap *process, socket string) {
	t.Helper()
	socket = filepath.Join(workDir(t), "s")
	wrap = start(t, need(t, "fcgiwrap"), "-s", "unix:"+socket, "-c", "4")
	waitFor(t, wrap, "unix", socket)
	return wrap, socket
}

// byServer leaves it to the web server to start the app, for each request.
func byServer(_ *testing.T, p project) backend {
	return backend{places: []string{"/opt/hello", p.deploy}}
}
