//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A play is a project that is deployed by the words of its deploy/README.md.
type play struct {
	*kind
	server, transport string
	systemd           bool
	mount             string
}

func (p play) String() string {
	return fmt.Sprintf("%s/%s/%s/systemd=%t", p.pack, p.server, p.transport, p.systemd)
}

// plays are all that the packs allow, half of them below a prefix.
func plays() []play {
	var all []play
	for _, k := range kinds {
		for _, server := range []string{"nginx", "apache", "lighttpd", "caddy", "haproxy"} {
			for transport := range strings.SplitSeq(k.transport, ",") {
				if slices.Contains([]string{"caddy", "haproxy"}, server) && slices.Contains([]string{"scgi", "cgi"}, transport) {
					continue // the packs refuse those
				}
				all = append(all, play{k, server, transport, true, "/"}, play{k, server, transport, false, "/app"})
			}
		}
	}
	return all
}

// The commands of deploy/README.md, word for word, as root, from a project in
// root's home, on a machine of its own; in the end its curl sees the app.
func TestDeployReadme(t *testing.T) {
	live(t)
	for _, p := range plays() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, p.systemd)
			readme := m.deploy(p, "hello")
			commands := commandsOf(t, readme, "3. The web server")
			m.do(commands[len(commands)-1]) // so it is when the snippet has changed
			m.look(readme)
		})
	}
}

// A name that is too long for nginx's hash of names, beside Debian's default site.
func TestDeployReadmeLongName(t *testing.T) {
	live(t)
	for _, server := range []string{"nginx", "apache", "lighttpd", "caddy", "haproxy"} {
		for _, length := range []int{46, 47, 200} {
			t.Run(fmt.Sprintf("%s/%d", server, length), func(t *testing.T) {
				t.Parallel()
				name := strings.Repeat("Long-Label.", 20)[:length-len("x.example")] + "x.example"
				m := newMachine(t, false)
				m.deploy(play{web, server, "fcgi", false, "/"}, "hello", "domain="+name)
				for _, host := range []string{strings.ToLower(name), name + ":80"} {
					m.see("curl -s -H 'Host: "+host+"' http://localhost/", "^Hello, world!\n")
				}
				if out := m.do("curl -s -H 'Host: x" + name + "' http://localhost/"); strings.Contains(out, "Hello") {
					t.Errorf("another name reaches the app:\n%s", out)
				}
			})
		}
	}
}

// Two projects are parts of one site that is there already, and stays.
func TestDeployReadmeJoined(t *testing.T) {
	live(t)
	for _, server := range []string{"nginx", "apache"} {
		for _, transport := range []string{"http", "fcgi", "scgi", "cgi"} {
			t.Run(server+"/"+transport, func(t *testing.T) {
				t.Parallel()
				m := newMachine(t, false)
				for _, name := range []string{"one", "two"} {
					m.deploy(play{web, server, transport, false, "/" + name}, name, "site=join")
				}
				for _, name := range []string{"one", "two"} {
					m.see("curl -s http://localhost/"+name+"/greet/"+name, "^Hello, "+name+"!\n")
					m.see("curl -s -o /dev/null -w '%{http_code} %{redirect_url}\n' http://localhost/"+name, "^30[78] http://localhost/"+name+"/\n")
				}
				for _, path := range []string{"/", "/oneself", "/index.html"} {
					if out := m.do("curl -s -i http://localhost" + path); strings.Contains(out, "X-Request-Id") {
						t.Errorf("the app answers for %s:\n%s", path, out)
					}
				}
			})
		}
	}
}

// The README's update, while clients ask: what was edited stays, the new version
// serves in the end, and no request fails, because systemd keeps the socket.
func TestDeployReadmeUpdate(t *testing.T) {
	live(t)
	for _, k := range kinds {
		for _, server := range []string{"nginx", "apache", "lighttpd", "caddy", "haproxy"} {
			t.Run(k.pack+"/"+server, func(t *testing.T) {
				t.Parallel()
				k.testUpdate(t, server)
			})
		}
	}
}

func (k *kind) testUpdate(t *testing.T, server string) {
	m := newMachine(t, true)
	readme := m.deploy(play{k, server, "fcgi", true, "/"}, "hello")
	m.do("sed -i s/30s/20s/ /opt/hello/hello.env && sed -i s/30s/25s/ deploy/hello.env && sed -i 's/ world!/ update!/' app.*")
	m.do("touch /run/asking; while test -e /run/asking; do curl -s -o /dev/null -w '%{http_code}\n' -H 'Host: example.com' http://localhost/; done >/run/answered & asker=$!")
	commands := commandsOf(t, readme, "2. Start the app")
	m.do(commands[len(commands)-1])
	m.see("curl -s -H 'Host: example.com' http://localhost/", "^Hello,? update!\n")
	m.do("rm /run/asking && wait $asker")
	m.see("echo statuses: $(sort -u /run/answered)", "^statuses: 200\n")
	m.do("grep 20s /opt/hello/hello.env && grep 25s /opt/hello/hello.env.new")
}

// docs/deploying.md leads a newcomer, root on a container with a fresh clone, to a
// page by nginx over FastCGI in six commands.
func TestReadmeBehindNginx(t *testing.T) {
	live(t)
	text, err := os.ReadFile("../docs/deploying.md")
	check(t, err)
	_, after, _ := strings.Cut(string(text), "\n## Behind nginx, in six commands\n")
	_, after, _ = strings.Cut(after, "\n```sh\n")
	block, _, found := strings.Cut(after, "\n```\n")
	if !found {
		t.Fatal("docs/deploying.md does not tell how to go behind nginx")
	}
	commands := strings.Split(strings.ReplaceAll(block, "\\\n", ""), "\n")
	if len(commands) > 6 {
		t.Errorf("%d commands are needed, more than 6:\n%s", len(commands), block)
	}
	m := newMachine(t, false)
	clone, err := filepath.Abs("..")
	check(t, err)
	m.do("mkdir /root/scaffold && tar -C " + clone + " --exclude=.git -cf - . | tar -C /root/scaffold -xf - && chmod 700 /root && cd /root/scaffold")
	for _, command := range commands[:len(commands)-1] {
		m.do(command)
	}
	m.see(commands[len(commands)-1], `(?s)HTTP/1.1 200 OK.*\nHello, world!\n`)
}

// deploy plays a project's deploy/README.md to its end.
func (m *machine) deploy(p play, name string, answers ...string) (readme string) {
	m.Helper()
	readme = m.project(p, name, answers...)
	m.play(readme, "1. Install")
	if !p.systemd { // which would hand them over
		m.do(makingSecrets(m.T, readme))
	}
	m.play(readme, "2. Start the app")
	m.play(readme, "3. The web server")
	m.look(readme)
	return readme
}

// makingSecrets returns the README's command that makes the file for secrets.
func makingSecrets(t *testing.T, readme string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	check(t, err)
	_, after, found := strings.Cut(string(text), "\n`test -e ")
	command, _, closed := strings.Cut(after, "`")
	if !found || !closed {
		t.Fatalf("%s does not say how to make the secrets", readme)
	}
	return "test -e " + command
}

// project generates a play's project, brings it here and returns where its
// README is.
func (m *machine) project(p play, name string, answers ...string) (readme string) {
	m.Helper()
	dir := filepath.Join(workDir(m.T), name)
	p.generate(m.T, dir, append([]string{"style=func", "server=" + p.server, "transport=" + p.transport, fmt.Sprintf("systemd=%t", p.systemd), "mount=" + p.mount}, answers...))
	m.bring(dir)
	return filepath.Join(dir, "deploy", "README.md")
}

// look waits until the README's own curl sees the app.
func (m *machine) look(readme string) {
	m.Helper()
	commands := commandsOf(m.T, readme, "4. Look")
	if len(commands) == 0 {
		m.Fatal("the README does not look at the app in the end")
	}
	for _, command := range commands {
		m.see(command, `(?s)HTTP/1.1 200 OK.*\n(Hello, world!|Hello world!)\n`)
	}
}
