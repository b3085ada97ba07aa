//go:build unix

package templates

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The commands of deploy/README.md, for each server and transport, in its order:
// they run in a scratch root, as the user of this test rather than www-data;
// the server then starts with the snippet where they have put it, and curl sees
// the app. What needs systemd or a package is compared with what is there.
func TestDeployReadme(t *testing.T) {
	live(t)
	for _, server := range []string{"nginx", "apache", "lighttpd", "caddy", "haproxy"} {
		for _, transport := range []string{"http", "fcgi", "scgi", "cgi"} {
			if slices.Contains([]string{"caddy", "haproxy"}, server) && slices.Contains([]string{"scgi", "cgi"}, transport) {
				continue // the pack refuses those
			}
			t.Run(server+"/"+transport, func(t *testing.T) {
				r := newRehearsal(t, server, "server="+server, "transport="+transport, "systemd=false")
				for _, command := range r.commands() {
					r.perform(command)
				}
				if r.looked == 0 {
					t.Error("the README does not look at the app in the end")
				}
			})
		}
	}
}

// With units the commands start those, by their names.
func TestDeployReadmeUnits(t *testing.T) {
	live(t)
	for _, transport := range []string{"http", "fcgi", "scgi"} {
		r := newRehearsal(t, "nginx", "server=nginx", "transport="+transport, "systemd=true")
		units := 0
		for _, command := range r.commands() {
			if strings.HasPrefix(command, "make install") {
				r.perform("make install")
			}
			for _, unit := range regexp.MustCompile(`hello\.(?:socket|service)`).FindAllString(command, -1) {
				units++
				if _, err := os.Stat(filepath.Join(r.root, "etc/systemd/system", unit)); err != nil {
					t.Errorf("%s: %v", command, err)
				}
			}
		}
		if units == 0 {
			t.Error("the README starts no unit")
		}
	}
}

// A rehearsal of a deployment: a project, and the root it is installed to.
type rehearsal struct {
	*testing.T
	server, dir, root string
	front             front
	looked            int
}

func newRehearsal(t *testing.T, server string, answers ...string) *rehearsal {
	t.Helper()
	dir, root := filepath.Join(workDir(t), "hello"), workDir(t)
	generate(t, dir, append(answers, "mount=/", "style=func"))
	for _, sub := range []string{"run", "etc/caddy", "etc/haproxy"} { // as packages have them
		check(t, os.MkdirAll(filepath.Join(root, sub), 0o777))
		check(t, os.Chmod(filepath.Join(root, sub), 0o777))
	}
	return &rehearsal{T: t, server: server, dir: dir, root: root}
}

// commands returns the lines of the README's commands, those that go on joined,
// up to the part about shared hosting, which has a test of its own.
func (r *rehearsal) commands() []string {
	text, err := os.ReadFile(filepath.Join(r.dir, "deploy", "README.md"))
	check(r.T, err)
	steps, _, _ := strings.Cut(string(text), "## Shared hosting")
	var list []string
	for line := range strings.Lines(strings.ReplaceAll(steps, "\\\n", "")) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			list = append(list, strings.TrimSpace(command))
		}
	}
	return list
}

// Packages that the README may name, with what is looked for in their place.
var packages = map[string]string{"nginx": "nginx", "apache2": "apache2", "lighttpd": "lighttpd", "caddy": "caddy", "haproxy": "haproxy", "fcgiwrap": "fcgiwrap", "spawn-fcgi": "spawn-fcgi"}

func (r *rehearsal) perform(command string) {
	r.Helper()
	word, rest, _ := strings.Cut(command, " ")
	switch {
	case command == "make install":
		r.shell("make install DESTDIR=" + r.root)
	case word == "apt-get":
		for _, name := range strings.Fields(strings.TrimPrefix(rest, "install -y")) {
			if packages[name] == "" {
				r.Fatalf("%s: no package that is known here", command)
			}
			need(r.T, packages[name])
		}
	case word == "a2enmod":
		modules, _, _ := strings.Cut(rest, " && ")
		for _, name := range strings.Fields(modules) {
			if name == "cgi" {
				name = "cgid" // so a2enmod has it, where Apache has threads
			}
			if !slices.Contains(apacheModules, name) {
				r.Errorf("%s: the tests load no mod_%s", command, name)
			}
		}
	case strings.Contains(command, "&& systemctl reload "):
		r.front = r.serve()
	case word == "curl":
		r.look(command)
	default:
		r.shell(command)
	}
}

// elsewhere are the places and users that commands name, as they are here: no
// root is needed.
func (r *rehearsal) elsewhere(command string) string {
	return strings.NewReplacer(
		"/run/", r.root+"/run/", "/opt/", r.root+"/opt/", "/etc/", r.root+"/etc/",
		" -U www-data -u www-data -g www-data", "", "install -d -o www-data", "install -d -m 777", "install -d", "install -d -m 777",
		"setpriv --reuid www-data --regid www-data --clear-groups", "exec", " &", "",
	).Replace(command)
}

// shell runs a command to its end, or until its app listens.
func (r *rehearsal) shell(command string) {
	r.Helper()
	socket := filepath.Join(r.root, "run", "hello", "hello.sock")
	if strings.HasSuffix(command, "&") {
		waitFor(r.T, start(r.T, "/bin/sh", "-c", r.elsewhere(command)), "unix", socket)
		return
	}
	if word, _, _ := strings.Cut(command, " "); word == "spawn-fcgi" {
		command = strings.Replace(command, " -- ", " -n -- ", 1) // not by itself, or it would outlive the test
		waitFor(r.T, start(r.T, "/bin/sh", "-c", "exec "+r.elsewhere(command)), "unix", socket)
		return
	}
	if word, _, _ := strings.Cut(command, " "); word != "make" {
		command = r.elsewhere(command)
	}
	run(r.T, "sh", "-ec", "umask 0; cd "+r.dir+"; "+command)
}

// serve starts the server with the snippet that was installed, at the place
// where the snippet itself says it goes.
func (r *rehearsal) serve() front {
	installed := map[string]struct {
		start webServer
		file  string
	}{
		"nginx":    {nginx, "etc/nginx/conf.d/hello.conf"},
		"apache":   {apacheSite, "etc/apache2/sites-available/hello.conf"},
		"lighttpd": {lighttpd, "etc/lighttpd/conf-enabled/50-hello.conf"},
		"caddy":    {caddy, "etc/caddy/Caddyfile"},
		"haproxy":  {haproxy, "etc/haproxy/haproxy.cfg"},
	}[r.server]
	snippet := filepath.Join(r.root, installed.file)
	text, err := os.ReadFile(snippet)
	check(r.T, err)
	if !strings.Contains(string(text), "/"+installed.file) {
		r.Errorf("the snippet does not say that it goes to /%s", installed.file)
	}
	var places []string
	for _, place := range []string{"/run/hello/", "/opt/hello"} {
		if strings.Contains(string(text), place) {
			places = append(places, place, r.root+place)
		}
	}
	if strings.Contains(string(text), "unix:/run/fcgiwrap.socket") {
		_, socket := startFcgiwrap(r.T)
		places = append(places, "/run/fcgiwrap.socket", socket)
	}
	return installed.start(r.T, snippet, nil, places...)
}

// look runs curl as the README does, at the port that the server has here. The
// servers that were given a host name for this test know no other.
func (r *rehearsal) look(command string) {
	r.Helper()
	need(r.T, "curl")
	command = strings.Replace(command, "http://localhost", r.front.url, 1)
	if r.server == "lighttpd" || r.server == "caddy" {
		command = strings.Replace(command, "-H 'Host: example.com' ", "", 1)
	}
	if out := run(r.T, "sh", "-ec", command); !strings.Contains(out, "200 OK") || !strings.HasSuffix(out, "Hello, world!\n") {
		r.Errorf("%s:\n%s", command, out)
	}
	r.looked++
}
