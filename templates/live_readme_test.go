//go:build unix

package templates

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// A play is a project that is deployed by the words of its deploy/README.md.
type play struct {
	server, transport string
	systemd           bool
	mount             string
}

func (p play) String() string {
	return fmt.Sprintf("%s/%s/systemd=%t", p.server, p.transport, p.systemd)
}

// plays are all that the pack allows, half of them below a prefix.
func plays() []play {
	var all []play
	for _, server := range []string{"nginx", "apache", "lighttpd", "caddy", "haproxy"} {
		for _, transport := range []string{"http", "fcgi", "scgi", "cgi"} {
			if slices.Contains([]string{"caddy", "haproxy"}, server) && slices.Contains([]string{"scgi", "cgi"}, transport) {
				continue // the pack refuses those
			}
			all = append(all, play{server, transport, true, "/"}, play{server, transport, false, "/app"})
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
			readme := m.project(p)
			m.play(readme, "1. Install")
			m.play(readme, "2. Start the app")
			m.play(readme, "3. The web server")
			m.look(readme)
		})
	}
}

// project generates a play's project, brings it here and returns where its
// README is.
func (m *machine) project(p play, answers ...string) (readme string) {
	m.Helper()
	dir := filepath.Join(workDir(m.T), "hello")
	generate(m.T, dir, append(answers, "server="+p.server, "transport="+p.transport, fmt.Sprintf("systemd=%t", p.systemd), "mount="+p.mount, "style=func"))
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
		m.see(command, `(?s)HTTP/1.1 200 OK.*\nHello, world!\n`)
	}
}
