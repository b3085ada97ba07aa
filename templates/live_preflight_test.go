//go:build unix

package templates

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// onServer runs commands as root where /opt, /run, the units and the snippets are
// the test's own and empty, in a project that is made for it.
func onServer(t *testing.T, dir, commands string) string {
	t.Helper()
	words := []string{need(t, "unshare"), "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-ec", `
for folder in /opt /run /etc/systemd/system /etc/nginx/conf.d; do mount -t tmpfs -o mode=755 tmpfs $folder; done
ip link set lo up
cd "$0"
make place >/dev/null
` + commands, dir}
	if os.Getuid() != 0 {
		words = append([]string{need(t, "sudo"), "-n"}, words...)
	}
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
	return string(out)
}

// Twenty faults are planted in what make install has put into place, and each is
// named. Before, none is found: whatever this shell has in its environment, and though
// another program listens at the port of development.
func TestPreflight(t *testing.T) {
	live(t)
	dir := copyProject(t, "hello", "transport=fcgi", "server=nginx")
	makeIn(t, dir, "program")
	said := onServer(t, dir, `
export APP_MOUNT=nonsense APP_LISTEN=tcp:localhost:8000 PORT=x
/opt/hello/hello -env /dev/null -listen tcp:localhost:8000 -transport http -mount / >/dev/null 2>&1 &
curl --silent --fail --output /dev/null --retry 99 --retry-connrefused --retry-delay 1 http://localhost:8000/healthz
/opt/hello/hello -preflight
echo === planted
cd /opt/hello
printf 'APP_MOUNT=app\nAPP_MAX_CONNS=few\nAPP_LISTN=tcp::80\nexport A=b\nKEY=a\\b\nAPP_BODY_LIMIT=-1\nAPP_SHUTDOWN_TIMEOUT=2m\nAPP_TRUSTED_PROXIES=me\n' >hello.env
chmod 666 hello.env
install -m 644 /dev/null hello.secrets
printf '#!/bin/sh\r\nexec ./hello\r\n' >hello.fcgi
chmod 644 hello.fcgi
chmod 700 /opt/hello
cd /etc/systemd/system
sed -i -e 's/^ExecStart=.*/ExecStart=\/opt\/other/' -e 's/^EnvironmentFile=.*/EnvironmentFile=-\/opt\/hello\/other.env/' -e 's/APP_TRANSPORT=fcgi/APP_TRANSPORT=scgi/' hello.service
sed -i -e 's/^ListenStream=.*/ListenStream=\/run\/elsewhere\/hello.sock/' -e 's/^SocketGroup=.*/SocketGroup=nobody-at-all/' hello.socket
mkdir -m 700 /run/elsewhere
touch /run/elsewhere/hello.sock
/opt/hello/hello -preflight || echo status $?
`)
	before, planted, _ := strings.Cut(said, "=== planted\n")
	if before != "ready: nothing would stop the deployed app\n" {
		t.Errorf("as installed:\n%s", before)
	}
	for _, want := range []string{
		`mount "app"`, `variable APP_MAX_CONNS="few"`, "variable APP_LISTN: no such setting; did you mean APP_LISTEN?",
		"/opt/hello/hello.env:4: not a setting", "/opt/hello/hello.env:5: systemd reads a \\", "body-limit -1", `trusted-proxies "me"`,
		"/opt/hello/hello.env: others may write to it; chmod 644",
		"/opt/hello/hello.secrets: others may read it; chmod 600",
		"/opt/hello/hello.fcgi: nobody may execute it; chmod 755", "/opt/hello/hello.fcgi: its lines end with CR LF",
		"/opt/hello: the app's user may not enter or execute it; chmod 755",
		"hello.service: ExecStart=/opt/other", "hello.service: EnvironmentFile=-/opt/hello/other.env", `transport "scgi"`,
		"hello.service: TimeoutStopSec=40s, and requests in flight may take 2m0s",
		"hello.socket: ListenStream=/run/elsewhere/hello.sock", "hello.socket: SocketGroup=nobody-at-all: no such group",
		"/run/elsewhere: web servers may not enter it", "/run/elsewhere/hello.sock is there and is not a socket", "status 1\n",
	} {
		if !strings.Contains(planted, want) {
			t.Errorf("not named: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("it says\n%s", planted)
	}
}

// Without units it is the user of the app who looks, by the command that starts it.
func TestPreflightWithoutUnits(t *testing.T) {
	live(t)
	dir := copyProject(t, "hello", "transport=http", "server=nginx", "systemd=false")
	makeIn(t, dir, "program")
	said := onServer(t, dir, `
preflight() { setpriv --reuid www-data --regid www-data --clear-groups /opt/hello/hello -listen unix:/run/hello/hello.sock -preflight || true; }
preflight
install -d /run/hello
preflight
chown www-data /run/hello
install -m 600 /dev/null /opt/hello/hello.secrets
preflight
chmod 600 /opt/hello/hello.env
preflight
chmod 644 /opt/hello/hello.env
chgrp www-data /opt/hello/hello.secrets
chmod 640 /opt/hello/hello.secrets
preflight
/opt/hello/hello -listen unix:/run/hello/hello.sock -preflight || true
`)
	lines := strings.Split(strings.TrimSpace(said), "\n")
	for i, want := range []string{
		"listen unix:/run/hello/hello.sock: bind: no such file or directory; the folder must be there", "bind: permission denied; the folder must be there and the app's user may write in it",
		"open /opt/hello/hello.secrets: permission denied", "open /opt/hello/hello.env: permission denied", "open /opt/hello/hello.secrets: permission denied", "ready: nothing would stop the deployed app", "running as root (uid 0)",
	} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Fatalf("want %q as line %d of\n%s", want, i+1, said)
		}
	}
}
