//go:build unix

package gateway

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// deployed is an installed program with units, where nothing is amiss, and a
// systemctl that knows them.
func deployed(t *testing.T) *Deployment {
	t.Helper()
	d := installed(t, map[string]string{
		"opt/hello": "", "opt/hello.fcgi": "#!/bin/sh\nexec ./hello\n", "opt/hello.env": "APP_MOUNT=/\n", "opt/hello.secrets": "KEY=x\n",
		"run/.keep": "", "bin/systemctl": "#!/bin/sh\n",
	})
	dir := filepath.Dir(filepath.Dir(d.program))
	place(t, d.folder+"/hello.service", "[Service]\nExecStart="+d.program+"\nEnvironmentFile=-"+d.program+".env\nEnvironment=APP_TRANSPORT=http\nTimeoutStopSec=40s\nDynamicUser=yes\n", 0o644)
	place(t, d.folder+"/hello.socket", "[Socket]\nListenStream="+d.socket+"\n", 0o644)
	for file, mode := range map[string]os.FileMode{"": 0o755, "opt/hello": 0o755, "opt/hello.fcgi": 0o755, "opt/hello.env": 0o644} {
		if err := os.Chmod(filepath.Join(dir, file), mode); err != nil {
			t.Fatal(err)
		}
	}
	say(t, d, "ActiveState=inactive\nNeedDaemonReload=no\n")
	t.Setenv("PATH", dir+"/bin:"+os.Getenv("PATH"))
	return d
}

// say makes systemctl answer so.
func say(t *testing.T, d *Deployment, answer string) {
	t.Helper()
	place(t, filepath.Dir(filepath.Dir(d.program))+"/bin/systemctl", "#!/bin/sh\ncat <<.\n"+answer+".\n", 0o755)
}

func place(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	_ = os.MkdirAll(filepath.Dir(file), 0o755)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

// edit changes a file that is there.
func edit(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	info, statErr := os.Stat(file)
	if err != nil || statErr != nil || !strings.Contains(string(text), old) {
		t.Fatalf("%s: no %q (%v)", file, old, err)
	}
	place(t, file, strings.Replace(string(text), old, new, 1), info.Mode())
}

// fly reads the settings and looks for faults, as main.go does.
func fly(t *testing.T, d *Deployment, environ ...string) string {
	t.Helper()
	for _, name := range []string{"APP_MOUNT", "APP_TRANSPORT"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	o, _, err := readFor(d, []string{"-preflight"}, environ...)
	fcgi := Transport{name: "fcgi"}
	all := []string{}
	for _, err := range []error{err, d.Preflight(o, HTTP(), fcgi, Transport{name: "cgi"})} {
		if err != nil {
			all = append(all, err.Error())
		}
	}
	return strings.Join(all, "\n")
}

// Each planted fault is named, and nothing besides.
func TestPreflightNames(t *testing.T) {
	service, socket := "/hello.service", "/hello.socket"
	root := func(file string) func(*testing.T, *Deployment) {
		return func(t *testing.T, d *Deployment) { _ = os.Chmod(filepath.Dir(filepath.Dir(d.program))+file, 0o700) }
	}
	change := func(name, old, new string) func(*testing.T, *Deployment) {
		return func(t *testing.T, d *Deployment) {
			if strings.HasPrefix(name, ".") {
				edit(t, d.program+name, old, new)
			} else {
				edit(t, d.folder+name, old, new)
			}
		}
	}
	mode := func(name string, mode os.FileMode) func(*testing.T, *Deployment) {
		return func(t *testing.T, d *Deployment) { _ = os.Chmod(d.program+name, mode) }
	}
	for _, tt := range []struct {
		fault string
		plant func(*testing.T, *Deployment)
		named string
	}{
		{"none", func(*testing.T, *Deployment) {}, ""},
		{"none with an override", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.service.d/override.conf", "[Service]\nTimeoutStopSec=1min 30s\n", 0o644)
		}, ""},
		{"none with a second socket", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.socket.d/haproxy.conf", "[Socket]\nListenStream="+filepath.Dir(d.socket)+"/second\n", 0o644)
		}, ""},
		{"none with the socket in a root of the server's own", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.socket.d/haproxy.conf", "[Socket]\nListenStream=\nListenStream="+d.program+"/root"+d.socket+"\n", 0o644)
		}, ""},
		{"a second socket that is taken", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.socket.d/haproxy.conf", "[Socket]\nListenStream="+filepath.Dir(d.socket)+"/second\n", 0o644)
			listenAt(t, filepath.Dir(d.socket)+"/second")
		}, "hello.socket: another program listens at; second"},
		{"none while systemd listens", func(t *testing.T, d *Deployment) {
			listenAt(t, d.socket)
			say(t, d, "ActiveState=active\nNeedDaemonReload=no\n\nActiveState=inactive\nNeedDaemonReload=no\n")
		}, ""},
		{"none without the folder, which systemd makes", func(t *testing.T, d *Deployment) { os.RemoveAll(filepath.Dir(d.socket)) }, ""},
		{"none with blanks, and a line that goes on", change(service, "ExecStart=", "ExecStart = \\\n  "), ""},
		{"none with more settings", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.service.d/more.conf", "[Service]\nEnvironmentFile=/etc/more.env\n", 0o644)
		}, ""},
		{"none with arguments", change(service, "/opt/hello\n", "/opt/hello -mount /app \"-log-format\" 'json'\n"), ""},
		{"none with arguments that systemd fills in", change(service, "/opt/hello\n", "/opt/hello -mount ${WHERE} $MORE\n"), ""},
		{"an argument that is no flag", change(service, "/opt/hello\n", "/opt/hello -no-such-flag\n"), "hello.service: ExecStart=; -no-such-flag"},
		{"an argument that listens elsewhere", change(service, "/opt/hello\n", "/opt/hello -listen 8000\n"), "listen 8000: the app would not serve the socket"},
		{"an argument that names other settings", func(t *testing.T, d *Deployment) {
			place(t, d.program+".other.env", "APP_MOUNT=/\n", 0o644)
			edit(t, d.folder+service, "/opt/hello\n", "/opt/hello -env "+d.program+".other.env\n")
		}, "hello.service: EnvironmentFile=; the program reads; other.env"},
		{"none with a socket for one user", change(socket, "[Socket]", "SocketMode=0600\nSocketUser=root"), ""},
		{"socket for root's group", change(socket, "[Socket]", "SocketMode=0660"), "hello.socket: SocketMode=0660, SocketGroup=: web servers may not connect"},
		{"socket for its owner", change(socket, "[Socket]", "SocketMode=0600\nSocketGroup=root"), "hello.socket: SocketMode=0600, SocketGroup=root: web servers may not connect"},
		{"wrong mount", change(".env", "=/", "=app"), `mount "app"`},
		{"another mount than the snippet's", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/../../nginx/conf.d/hello.conf", "location /app/ {\n", 0o644)
			edit(t, d.program+".env", "=/", "=/blog")
		}, "hello.conf: nothing there leads to the mount, /blog"},
		{"a mount that only begins like the snippet's", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/../../nginx/conf.d/hello.conf", "# http://example.com:81/ap comes first\nlocation /app/ {\n", 0o644)
			edit(t, d.program+".env", "=/", "=/ap")
		}, "hello.conf: nothing there leads to the mount, /ap"},
		{"none with the snippet's mount", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/../../nginx/conf.d/hello.conf", "location /app/ {\n", 0o644)
			edit(t, d.program+".env", "=/", "=/app")
		}, ""},
		{"none with quotes in the unit", change(service, "Environment=", "Environment=\"GREETING=Hi APP_MOUNTT\" 'A=b c'\nEnvironment="), ""},
		{"another transport in the settings than in the unit", change(".env", "APP_MOUNT=/", "APP_TRANSPORT=scgi"), `transport "scgi"`},
		{"wrong value", change(".env", "APP_MOUNT=/", "APP_MAX_CONNS=few"), `variable APP_MAX_CONNS="few"`},
		{"misspelt variable", change(".env", "APP_MOUNT", "APP_MUONT"), "APP_MUONT: no such setting; did you mean APP_MOUNT?"},
		{"not a setting", change(".env", "APP", "export APP"), "hello.env:1: not a setting"},
		{"settings open to all", mode(".env", 0o666), "hello.env: others may write to it; chmod 644"},
		{"secrets open to all", mode(".secrets", 0o644), "hello.secrets: others may read it; chmod 600"},
		{"program not executable", mode("", 0o644), "opt/hello: the app's user may not enter or execute it; chmod 755"},
		{"program's folder closed", root("/opt"), "/opt: the app's user may not enter"},
		{"launcher not executable", mode(".fcgi", 0o644), "hello.fcgi: nobody may execute it; chmod 755"},
		{"launcher from Windows", change(".fcgi", "sh\n", "sh\r\n"), "hello.fcgi: its lines end with CR LF; sed -i"},
		{"unit of another program", change(service, "/opt/hello\n", "/opt/other\n"), "hello.service: ExecStart=; /opt/other"},
		{"unit with other settings", change(service, "hello.env", "other.env"), "hello.service: EnvironmentFile=; other.env"},
		{"unit with another transport", change(service, "=http", "=scgi"), `transport "scgi"`},
		{"wrong value in the unit", change(service, "Environment=", "Environment=APP_LOG_FORMAT=xml "), `log-format "xml"`},
		{"short timeout", change(service, "40s", "10"), "hello.service: TimeoutStopSec=10s; 30s (shutdown-timeout)"},
		{"short timeout by an override", func(t *testing.T, d *Deployment) {
			place(t, d.folder+"/hello.service.d/override.conf", "[Service]\nTimeoutStopSec=5sec\n", 0o644)
		}, "TimeoutStopSec=5s"},
		{"longer drain", change(".env", "APP_MOUNT=/", "APP_SHUTDOWN_TIMEOUT=2m"), "TimeoutStopSec=40s; 2m0s"},
		{"listens elsewhere", change(".env", "APP_MOUNT=/", "APP_LISTEN=tcp:localhost:8000"), "listen tcp:localhost:8000: the app would not serve the socket"},
		{"another socket", change(socket, "hello.sock", "other.sock"), "hello.socket: ListenStream=; other.sock; hello.sock"},
		{"no such group", change(socket, "[Socket]", "SocketGroup=no-such-group"), "SocketGroup=no-such-group: no such group"},
		{"socket's folder closed", root("/run"), "/run: web servers may not enter it; chmod 755"},
		{"socket's path taken", func(t *testing.T, d *Deployment) { place(t, d.socket, "", 0o644) }, "is not a socket; move it away"},
		{"socket held by another", func(t *testing.T, d *Deployment) { listenAt(t, d.socket) }, "hello.socket: another program listens at"},
		{"not read again", func(t *testing.T, d *Deployment) {
			say(t, d, "ActiveState=active\nNeedDaemonReload=no\n\nActiveState=inactive\nNeedDaemonReload=yes\n")
		}, "systemctl daemon-reload"},
	} {
		t.Run(tt.fault, func(t *testing.T) {
			if strings.HasPrefix(tt.fault, "socket's path") && os.Geteuid() != 0 {
				t.Skip("only root can try what systemd will do")
			}
			d := deployed(t)
			tt.plant(t, d)
			got := fly(t, d, "APP_MOUNT=/of/this/shell", "PORT=1")
			if tt.named == "" && got != "" {
				t.Errorf("found\n%s", got)
			}
			for word := range strings.SplitSeq(tt.named, "; ") {
				if !strings.Contains(got, word) || strings.Contains(got, "\n") {
					t.Errorf("found\n%s\nwant %s and no more", got, word)
				}
			}
		})
	}
}

// Without units a launcher is started by a web server, which hands over a socket,
// so that no address is tried. Without either, the address is.
func TestPreflightWithoutUnits(t *testing.T) {
	d := deployed(t)
	os.RemoveAll(d.folder)
	busy := listenTest(t, "tcp").Addr().String()
	o := Options{DefaultListen: "tcp:" + busy, Log: nil}
	if err := d.Preflight(o, HTTP(), Transport{name: "fcgi"}); err != nil {
		t.Errorf("with a launcher: %v", err)
	}
	os.Remove(d.program + ".fcgi")
	wantWords(t, d.Preflight(o, HTTP()), "listen tcp:"+busy)
	place(t, d.program+".cgi", "#!/bin/sh\nexec ./hello\n", 0o755)
	if err := d.Preflight(o, HTTP(), Transport{name: "cgi"}); err != nil {
		t.Errorf("with a launcher for CGI: %v", err)
	}
	if os.Geteuid() == 0 { // and looks on behalf of a web server
		_ = os.Chmod(filepath.Dir(d.program), 0o700)
		wantWords(t, d.Preflight(o, HTTP(), Transport{name: "cgi"}), filepath.Dir(d.program)+": the app's user may not enter")
		_ = os.Chmod(filepath.Dir(d.program), 0o755)
	}
	o.Listen = "tcp:" + busy
	wantWords(t, d.Preflight(o, HTTP(), Transport{name: "cgi"}), "listen tcp:"+busy)
}

func TestInstalled(t *testing.T) {
	executable, err := os.Executable()
	if d := Installed("hello"); err != nil || d.program != filepath.Join(filepath.Dir(executable), "hello") || d.socket != "/run/hello/hello.sock" {
		t.Errorf("%v, %+v", err, d)
	}
}

func listenAt(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
}

// A pipe that nobody writes to would keep the program from starting, and from ending.
func TestReadSettingsOfPipe(t *testing.T) {
	for _, kind := range []string{".env", ".secrets"} {
		d := installed(t, map[string]string{"opt/.keep": ""})
		if err := syscall.Mkfifo(d.program+kind, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := readFor(d, nil)
		wantWords(t, err, "hello"+kind+": a pipe, from which nothing may come; name a file")
	}
}
