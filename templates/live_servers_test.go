//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve writes a configuration, has the server check it, and starts it.
func serve(t *testing.T, dir, port, text string, check, run func(conf string) []string) front {
	t.Helper()
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	words := check(conf)
	if verify := startCommand(t, words); verify.end(t) != nil {
		t.Fatalf("%v: %s", words, verify.output.String())
	}
	server := startCommand(t, run(conf))
	waitFor(t, server, "tcp", "127.0.0.1:"+port)
	return front{process: server, url: "http://127.0.0.1:" + port}
}

func lighttpd(t *testing.T, snippet string, c *certificate, places ...string) front {
	t.Helper()
	program, dir, port := need(t, "lighttpd"), workDir(t), freePort(t)
	root := filepath.Join(dir, "htdocs") // empty: what the app does not answer is 404
	check(t, os.Mkdir(root, 0o755))
	text := fmt.Sprintf("server.document-root = %q\nserver.bind = \"127.0.0.1\"\nserver.port = %s\nserver.errorlog = \"/dev/null\"\nserver.upload-dirs = ( %q )\n", root, port, dir)
	if c != nil {
		text += fmt.Sprintf("server.modules += ( \"mod_openssl\" )\nssl.engine = \"enable\"\nssl.pemfile = %q\n", c.both)
	}
	text += placed(t, snippet, append(places, siteName(t, snippet, `example\.com`, `127\.0\.0\.1`)...))
	f := serve(t, dir, port, text,
		func(conf string) []string { return []string{program, "-tt", "-f", conf} },
		func(conf string) []string { return []string{program, "-D", "-f", conf} })
	if c != nil {
		f.url = strings.Replace(f.url, "http:", "https:", 1)
	}
	return f
}

func caddy(t *testing.T, snippet string, c *certificate, places ...string) front {
	t.Helper()
	program, dir, port := need(t, "caddy"), workDir(t), freePort(t)
	site, more, ports := "http://127.0.0.1:"+port, "\n\tbind 127.0.0.1", "\n\thttp_port "+port
	if c != nil {
		site, more, ports = "https://127.0.0.1:"+port, more+"\n\ttls "+c.cert+" "+c.key, ""
	}
	text := "{\n\tadmin off\n\tauto_https off\n\tskip_install_trust\n\tstorage file_system " + dir + ports + "\n}\n" +
		placed(t, snippet, append(places, siteName(t, snippet, "\nhttp://example.com {", "\n"+site+" {"+more)...))
	f := serve(t, dir, port, text,
		func(conf string) []string {
			return []string{"/usr/bin/env", "HOME=" + dir, program, "validate", "--adapter", "caddyfile", "--config", conf}
		},
		func(conf string) []string {
			return []string{"/usr/bin/env", "HOME=" + dir, program, "run", "--adapter", "caddyfile", "--config", conf}
		})
	f.url = site
	return f
}

// haproxy starts HAProxy with a snippet and the frontend that stands beside it.
func haproxy(t *testing.T, snippet string, c *certificate, places ...string) front {
	t.Helper()
	program, dir, port := need(t, "haproxy"), workDir(t), freePort(t)
	bind, url := "bind 127.0.0.1:"+port, "http://127.0.0.1:"+port
	if c != nil {
		bind, url = bind+" ssl crt "+c.both, "https://127.0.0.1:"+port
	}
	frontend := filepath.Join(filepath.Dir(snippet), "haproxy-frontend.cfg")
	text := "global\n    log stderr local0 warning\n\n" + placed(t, frontend, append(siteName(t, frontend, "Host example.com", "Host 127.0.0.1"), "bind :80", bind)) + "\n" +
		placed(t, snippet, append(places, siteName(t, snippet, "site:example.com", "site:127.0.0.1")...))
	f := serve(t, dir, port, text,
		func(conf string) []string { return []string{program, "-c", "-q", "-f", conf} },
		func(conf string) []string { return []string{program, "-db", "-f", conf} })
	f.url = url
	return f
}

// siteName is what a snippet says of the site's name, and what it has to say
// here: a snippet for another name than example.com keeps it.
func siteName(t *testing.T, snippet, old, here string) []string {
	t.Helper()
	data, err := os.ReadFile(snippet)
	check(t, err)
	if !strings.Contains(string(data), old) {
		return nil
	}
	return []string{old, here}
}
