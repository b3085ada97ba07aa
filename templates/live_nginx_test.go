//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nginx starts a real nginx with a generated snippet, of which only places are
// changed.
func nginx(t *testing.T, snippet string, c *certificate, places ...string) front {
	t.Helper()
	program, dir, port := need(t, "nginx"), workDir(t), freePort(t)
	url := "http://127.0.0.1:" + port
	places = append(places, "    listen [::]:80;\n", "", "listen 80;", "listen 127.0.0.1:"+port+";")
	if c != nil {
		url = "https://127.0.0.1:" + port
		places = append(places[:len(places)-2], "    listen 80;\n", "", "#tls listen [::]:443 ssl http2;", "", "#tls ", "",
			"listen 443 ssl http2;", "listen 127.0.0.1:"+port+" ssl http2;",
			"/etc/letsencrypt/live/example.com/fullchain.pem", c.cert, "/etc/letsencrypt/live/example.com/privkey.pem", c.key)
	}
	check(t, os.WriteFile(filepath.Join(dir, "hello.conf"), []byte(placed(t, snippet, places)), 0o644))
	text := fmt.Sprintf(`daemon off;
pid %[1]s/pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 4096; }
http {
    access_log off;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    scgi_temp_path %[1]s/scgi;
    uwsgi_temp_path %[1]s/uwsgi;
    include %[1]s/hello.conf;
}
`, dir)
	conf := filepath.Join(dir, "nginx.conf")
	check(t, os.WriteFile(conf, []byte(text), 0o644))
	if verify := start(t, program, "-t", "-q", "-e", "stderr", "-c", conf); verify.end(t) != nil {
		t.Fatalf("nginx -t: %s", verify.output.String())
	}
	server := start(t, program, "-e", "stderr", "-c", conf)
	waitFor(t, server, "tcp", "127.0.0.1:"+port)
	return front{process: server, url: url}
}

// placed returns a file with each old replaced by its new. Each must stand in
// it, or the test would prove something else than it says.
func placed(t *testing.T, file string, places []string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	check(t, err)
	text := string(data)
	for i := 0; i < len(places); i += 2 {
		if !strings.Contains(text, places[i]) {
			t.Fatalf("%s has no %q:\n%s", file, places[i], text)
		}
		text = strings.ReplaceAll(text, places[i], places[i+1])
	}
	return text
}
