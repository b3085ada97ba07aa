//go:build unix

package templates

import (
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An app that opens a database is served once that is open, and closes it after its
// last answer. Where it cannot be opened the program says why, and does not listen.
func TestDatabase(t *testing.T) {
	live(t)
	p := web.newProject(t, "database", "/")
	for _, tt := range []struct {
		database, flag string
		exit           int
		says, never    string
	}{
		{"up", "-preflight", 0, "ready", "opened"}, // root may run that, and a database's files would be root's
		{"up", "-version", 0, "", "opened"},
		{"down", "-once", 1, "open the app: no database", "listening"},
	} {
		t.Run(tt.database+tt.flag, func(t *testing.T) {
			t.Setenv("DATABASE", tt.database)
			app := start(t, p.binary(), tt.flag, "-listen", "unix:"+filepath.Join(workDir(t), "s"))
			app.end(t)
			if said := app.output.String(); app.ProcessState.ExitCode() != tt.exit || !strings.Contains(said, tt.says) || strings.Contains(said, tt.never) {
				t.Errorf("exit status %d:\n%s", app.ProcessState.ExitCode(), said)
			}
		})
	}
}

func TestDatabaseServesUntilTheEnd(t *testing.T) {
	live(t)
	p := web.newProject(t, "database", "/")
	for _, database := range []string{"up", "unsaved"} {
		t.Setenv("DATABASE", database)
		socket := filepath.Join(workDir(t), "s")
		app := startUnix(t, p, "http", socket)
		answer := make(chan string)
		go func() { answer <- askUnix(t, socket) }()
		waitUntil(t, app, func() bool { return strings.Contains(app.output.String(), "asked") })
		check(t, app.Process.Signal(syscall.SIGTERM))
		if got := <-answer; got != "from the database\n" {
			t.Errorf("answered %q", got)
		}
		app.end(t)
		said := app.output.String()
		if failed := app.ProcessState.ExitCode() != 0; failed != (database == "unsaved") || failed != strings.Contains(said, "database was not saved") {
			t.Errorf("%s: exit status %d:\n%s", database, app.ProcessState.ExitCode(), said)
		}
		if _, after, _ := strings.Cut(said, "answered\n"); strings.Count(said, "closed\n") != 1 || !strings.Contains(after, "closed\n") {
			t.Errorf("is not closed once, after the last answer:\n%s", said)
		}
	}
}

// askUnix asks for / by HTTP at a socket.
func askUnix(t *testing.T, socket string) string {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	response, err := (&http.Client{Timeout: hang, Transport: &http.Transport{DialContext: dial}}).Get("http://hello/")
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

// Who opens a database that does not answer can still be stopped.
func TestDatabaseThatIsSilent(t *testing.T) {
	live(t)
	p := web.newProject(t, "database", "/")
	t.Setenv("DATABASE", "silent")
	app := start(t, p.binary(), "-listen", "unix:"+filepath.Join(workDir(t), "s"))
	waitUntil(t, app, func() bool { return strings.Contains(app.output.String(), "opening") })
	check(t, app.Process.Signal(syscall.SIGTERM))
	app.end(t)
	if said := app.output.String(); app.ProcessState.ExitCode() != 1 || !strings.Contains(said, "context canceled") {
		t.Errorf("exit status %d:\n%s", app.ProcessState.ExitCode(), said)
	}
}
