//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// apacheModules are loaded from Debian's folder, in an order that works.
var apacheModules = strings.Fields("mpm_event authz_core mime alias dir headers rewrite proxy proxy_http proxy_fcgi proxy_scgi setenvif cgid fcgid ssl")

// apache starts a real Apache, as an unprivileged user, with a configuration
// that is text in the main file. In text PORT stands for the port.
func apache(t *testing.T, text string) front {
	t.Helper()
	program, dir, port := need(t, "apache2"), workDir(t), freePort(t)
	var conf strings.Builder
	fmt.Fprintf(&conf, "ServerRoot %[1]s\nPidFile %[1]s/pid\nListen 127.0.0.1:%[2]s\nServerName localhost\nErrorLog %[1]s/error.log\nDefaultRuntimeDir %[1]s\nTimeout 30\n", dir, port)
	for _, name := range apacheModules {
		file := "/usr/lib/apache2/modules/mod_" + name + ".so"
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("Apache's mod_%s is not installed, and nothing is skipped here; .ci/run installs it", name)
		}
		fmt.Fprintf(&conf, "LoadModule %s_module %s\n", name, file)
	}
	fmt.Fprintf(&conf, "TypesConfig /etc/mime.types\nScriptSock %[1]s/cgid\nFcgidIPCDir %[1]s/fcgid\nFcgidProcessTableFile %[1]s/fcgid.shm\n", dir)
	root := filepath.Join(dir, "htdocs") // empty: what the app does not answer is 404
	check(t, os.Mkdir(root, 0o755))
	fmt.Fprintf(&conf, "<Directory />\n    AllowOverride None\n    Require all denied\n</Directory>\nDocumentRoot %[1]s\n<Directory %[1]s>\n    Require all granted\n</Directory>\n", root)
	conf.WriteString(strings.ReplaceAll(text, "PORT", port))
	file := filepath.Join(dir, "apache.conf")
	check(t, os.WriteFile(file, []byte(conf.String()), 0o644))
	if verify := start(t, program, "-t", "-f", file); verify.end(t) != nil {
		t.Fatalf("apache2 -t: %s", verify.output.String())
	}
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "error.log")); err == nil && t.Failed() {
			t.Logf("apache's log:\n%s", log)
		}
	})
	server := start(t, program, "-DFOREGROUND", "-f", file)
	waitFor(t, server, "tcp", "127.0.0.1:"+port)
	return front{process: server, url: "http://127.0.0.1:" + port, log: filepath.Join(dir, "error.log")}
}

// apacheSite starts Apache with a generated snippet, of which only places are
// changed.
func apacheSite(t *testing.T, snippet string, c *certificate, places ...string) front {
	if c == nil {
		return apache(t, placed(t, snippet, append(places, "*:80", "127.0.0.1:PORT")))
	}
	f := apache(t, placed(t, snippet, append(places, "#tls <VirtualHost *:80>", "<VirtualHost 127.0.0.2:80>", "\n<VirtualHost *:80>", "\n<VirtualHost 127.0.0.1:PORT>", "#tls ", "",
		"/etc/letsencrypt/live/example.com/fullchain.pem", c.cert, "/etc/letsencrypt/live/example.com/privkey.pem", c.key)))
	f.url = strings.Replace(f.url, "http:", "https:", 1)
	return f
}
