//go:build unix

package templates

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// serve writes a configuration, has the server check it, starts the server and
// returns the URL it listens at.
func serve(t *testing.T, dir, port, text string, check, run func(conf string) []string) string {
	t.Helper()
	conf := filepath.Join(dir, "conf")
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	words := check(conf)
	if verify := start(t, words[0], words[1:]...); verify.end(t) != nil {
		t.Fatalf("%v: %s", words, verify.output.String())
	}
	words = run(conf)
	waitFor(t, start(t, words[0], words[1:]...), "tcp", "127.0.0.1:"+port)
	return "http://127.0.0.1:" + port
}

func lighttpd(t *testing.T, snippet string, places ...string) string {
	t.Helper()
	program, dir, port := need(t, "lighttpd"), workDir(t), freePort(t)
	root := filepath.Join(dir, "htdocs") // empty: what the app does not answer is 404
	check(t, os.Mkdir(root, 0o755))
	text := fmt.Sprintf("server.document-root = %q\nserver.bind = \"127.0.0.1\"\nserver.port = %s\nserver.errorlog = \"/dev/null\"\nserver.upload-dirs = ( %q )\n", root, port, dir)
	text += placed(t, snippet, append(places, `example\.com`, `127\.0\.0\.1`))
	return serve(t, dir, port, text,
		func(conf string) []string { return []string{program, "-tt", "-f", conf} },
		func(conf string) []string { return []string{program, "-D", "-f", conf} })
}

func caddy(t *testing.T, snippet string, places ...string) string {
	t.Helper()
	program, dir, port := need(t, "caddy"), workDir(t), freePort(t)
	t.Setenv("HOME", dir) // where it keeps certificates
	text := "{\n\tadmin off\n\tauto_https off\n}\n" + placed(t, snippet, append(places, "http://example.com", "http://127.0.0.1:"+port))
	return serve(t, dir, port, text,
		func(conf string) []string {
			return []string{program, "validate", "--adapter", "caddyfile", "--config", conf}
		},
		func(conf string) []string {
			return []string{program, "run", "--adapter", "caddyfile", "--config", conf}
		})
}

func haproxy(t *testing.T, snippet string, places ...string) string {
	t.Helper()
	program, dir, port := need(t, "haproxy"), workDir(t), freePort(t)
	text := "global\n    log stderr local0 warning\n\n" + placed(t, snippet, append(places, "bind :80", "bind 127.0.0.1:"+port))
	return serve(t, dir, port, text,
		func(conf string) []string { return []string{program, "-c", "-q", "-f", conf} },
		func(conf string) []string { return []string{program, "-db", "-f", conf} })
}
