package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nginx starts a real nginx with the project's generated snippet and returns
// the URL it listens at. Of the snippet only places are changed: the port, and
// where the app listens.
func nginx(t *testing.T, p project, snippet, upstream string) string {
	t.Helper()
	program := need(t, "nginx")
	port := freePort(t)
	text, err := os.ReadFile(filepath.Join(p.dir, "deploy", snippet))
	check(t, err)
	placed := replaceOnce(t, string(text), "listen 80;", "listen 127.0.0.1:"+port+";")
	placed = replaceOnce(t, placed, "    listen [::]:80;\n", "")
	placed = replaceOnce(t, placed, "server unix:/run/hello/hello.sock;", "server "+upstream+";")
	dir := filepath.Join(filepath.Dir(p.dir), "nginx")
	check(t, os.Mkdir(dir, 0o777))
	check(t, os.WriteFile(filepath.Join(dir, "hello.conf"), []byte(placed), 0o644))
	main := fmt.Sprintf(`daemon off;
pid %[1]s/pid;
error_log stderr warn;
%[2]s
worker_processes 1;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    scgi_temp_path %[1]s/scgi;
    uwsgi_temp_path %[1]s/uwsgi;
    include %[1]s/hello.conf;
}
`, dir, workersAs())
	conf := filepath.Join(dir, "nginx.conf")
	check(t, os.WriteFile(conf, []byte(main), 0o644))
	if verify := start(t, program, "-t", "-q", "-e", "stderr", "-c", conf); verify.end(t) != nil {
		t.Fatalf("nginx -t: %s", verify.output.String())
	}
	server := start(t, program, "-e", "stderr", "-c", conf)
	waitFor(t, server, "tcp", "127.0.0.1:"+port)
	return "http://127.0.0.1:" + port
}

// workersAs keeps nginx's workers from giving up root where a test has it: the
// socket belongs to the test.
func workersAs() string {
	if os.Getuid() == 0 {
		return "user root;"
	}
	return ""
}

func replaceOnce(t *testing.T, text, old, new string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q stands %d times in the snippet, want once:\n%s", old, n, text)
	}
	return strings.Replace(text, old, new, 1)
}
