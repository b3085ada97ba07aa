//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPythonTutorial does what README.md of a Python project says under "From hello to
// a whole app": its commands serve what its pieces of code say.
func TestPythonTutorial(t *testing.T) {
	need(t, "python3")
	dir := filepath.Join(t.TempDir(), "hello")
	generate(t, dir, "--pack", "wsgi")
	code, commands := tutorial(t, dir)
	for _, piece := range code {
		file, text := "app.py", strings.ReplaceAll(piece, "Hello world!", "Hello tutorial!") // else the app that is there might answer
		if strings.HasPrefix(piece, "#!") {
			file = "server.fcgi"
		}
		appendTo(t, filepath.Join(dir, file), "\n\n"+text)
	}
	served := 0
	for _, command := range commands {
		switch {
		case strings.HasPrefix(command, "python3 serve.py"):
			if served++; !inCI && served%2 == 0 {
				continue // each takes Python half a second
			}
			want := "Hello world!"
			if strings.Contains(command, "app:") {
				want = "Hello tutorial!"
			}
			wantHello(t, dir, command, "/", want)
		case strings.HasSuffix(command, "--transport scgi"):
			if served++; !inCI {
				continue // server.fcgi, below, does so
			}
			wantSCGI(t, dir, strings.ReplaceAll(command, "9000", freePort(t)), "Hello world!")
		}
	}
	if served != 5 || len(code) != 4 {
		t.Errorf("%d commands serve, and there are %d pieces of code: want 5 and 4", served, len(code))
	}
	wantSCGI(t, dir, "python3 server.fcgi --transport scgi --listen "+freePort(t), "Hello tutorial!")
	whole := filepath.Join(dir, "wsgi.py")
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	mounted := strings.NewReplacer("import about,", "import about, class_app, powered_by,", `"/about": about,`, `"/about": about, "/class": class_app,`)
	writeFile(t, whole, mounted.Replace(string(text))+"application = powered_by(application)\n")
	if got := wantHello(t, dir, "python3 serve.py", "/class", "Hello tutorial!"); got.Get("X-Powered-By") != "my app" {
		t.Errorf("the middleware's header is not there: %v", got)
	}
	python(t, dir, "-m", "unittest")
}

// tutorial returns the pieces of code and the commands that the README shows.
func tutorial(t *testing.T, dir string) (code, commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "\n## From hello to a whole app\n")
	after, _, _ = strings.Cut(after, "\n## ")
	for _, block := range regexp.MustCompile(`(?m)(^ {7}.*\n|^\n)+`).FindAllString(after, -1) {
		block = strings.TrimSpace(regexp.MustCompile(`(?m)^ {7}`).ReplaceAllString(block, "")) + "\n"
		if strings.HasPrefix(block, "python3 ") {
			for line := range strings.Lines(block) {
				line, _, _ = strings.Cut(line, " #")
				commands = append(commands, strings.TrimSpace(line))
			}
		} else if block != "\n" {
			code = append(code, block)
		}
	}
	for _, m := range regexp.MustCompile("`(python3 serve.py [^`]+)`").FindAllStringSubmatch(after, -1) {
		commands = append(commands, m[1])
	}
	return code, commands
}

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(text)
	if closed := f.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
}

// wantHello has serve.py serve one request, and returns the answer's header.
func wantHello(t *testing.T, dir, command, path, want string) http.Header {
	t.Helper()
	port := freePort(t)
	if !strings.Contains(command, "--once") {
		command += " --once"
	}
	stop := startIn(t, dir, command, "PORT="+port)
	var answer []byte
	var header http.Header
	connect(t, command, port, func() error {
		response, err := http.Get("http://localhost:" + port + path)
		if err == nil {
			header = response.Header
			answer, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		return err
	})
	if err := stop(); err != nil || !strings.HasPrefix(string(answer), want) {
		t.Errorf("%s: %v, and answers %q, not %s", command, err, answer, want)
	}
	return header
}

// wantSCGI asks gateway.py by SCGI.
func wantSCGI(t *testing.T, dir, command, want string) {
	t.Helper()
	port := regexp.MustCompile(`--listen (\d+)`).FindStringSubmatch(command)[1]
	stop := startIn(t, dir, command+" --allow-root")
	head := strings.ReplaceAll("CONTENT_LENGTH 0 SCGI 1 REQUEST_METHOD GET REQUEST_URI / SERVER_PROTOCOL HTTP/1.1 ", " ", "\x00")
	var answer []byte
	connect(t, command, port, func() error {
		conn, err := net.Dial("tcp", "localhost:"+port)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err = fmt.Fprintf(conn, "%d:%s,", len(head), head); err == nil {
			answer, err = io.ReadAll(conn)
		}
		return err
	})
	if err := stop(); err != nil || !strings.HasSuffix(string(answer), "\r\n\r\n"+want+"\n") {
		t.Errorf("%s: %v, and answers %q", command, err, answer)
	}
}

// startIn starts a command in the background; what it returns ends it and waits.
func startIn(t *testing.T, dir, command string, env ...string) (stop func() error) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+command)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return func() error {
		if !strings.Contains(command, "--once") { // which ends by itself
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
		return <-done
	}
}

// connect repeats what fails until the server listens.
func connect(t *testing.T, command, port string, ask func() error) {
	t.Helper()
	var err error
	for range 600 { // a minute
		if err = ask(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: nothing at port %s: %v", command, port, err)
}
