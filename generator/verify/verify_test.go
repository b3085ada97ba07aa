package verify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"scaffold/generator/tree"
)

// write writes files, given as NAME, TEXT, …, below a new folder.
func write(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name := filepath.Join(root, files[i])
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(files[i+1]), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func changes(files ...string) map[string]*tree.File {
	changed := make(map[string]*tree.File)
	for i := 0; i < len(files); i += 2 {
		changed[files[i]] = &tree.File{Path: files[i], Mode: 0o644, Data: []byte(files[i+1])}
	}
	return changed
}

// list returns the names and texts of all below a folder.
func list(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		b.WriteString(name + ": " + string(text) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func runner(t *testing.T, command string) Runner {
	return Runner{Command: command, Cache: filepath.Join(t.TempDir(), "verify"), Env: os.Environ()}
}

const (
	goMod  = "module x\n\ngo 1.24\n"
	goMain = "package main\n\nfunc main() { f() }\n"
)

// A Go project is tried in place, as an overlay, or as a copy, with the same outcome.
// Nothing is written there, nor left in the cache.
func TestTryGo(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	root := write(t, "go.mod", goMod, "main.go", goMain, "f.go", "package main\n\nfunc f() {}\n")
	was := list(t, root)
	for i, tt := range []struct {
		name    string
		changed map[string]*tree.File
		alone   bool // without the project
		said    string
	}{
		{name: "as it is"},
		{name: "does not compile", changed: changes("f.go", "package main\n\nfunc f() { g() }\n"), said: "f.go:3:12: undefined: g\n"},
		{name: "is not vetted", changed: changes("f.go", "package main\n\nimport \"fmt\"\n\nfunc f() { fmt.Printf(\"%d\", \"\") }\n"), said: "fmt.Printf format %d"},
		{name: "a file more", changed: changes("g.go", "package main\n\nfunc g() {}\n")},
		{name: "a file gone", changed: map[string]*tree.File{"f.go": nil}, said: "undefined: f"},
		{name: "another go.mod", changed: changes("go.mod", "module x\n\ngo 1.24\n\nrequire x\n"), said: "go.mod:5"},
		{name: "a folder more", changed: changes("sub/g.go", "package sub\n\nfunc g() { h() }\n"), said: "sub/g.go:3:12: undefined: h\n"},
		{name: "a render", changed: changes("go.mod", goMod, "main.go", goMain, "f.go", "package main\n\nfunc f() {}\n"), alone: true},
		{name: "a render that fails", changed: changes("go.mod", goMod, "main.go", goMain), alone: true, said: "main.go:3:15: undefined: f\n"},
	} {
		for j, flags := range []string{"", "-mod=mod"} { // with which the project is copied
			if os.Getenv("CI") != "true" && i%4 != 2*j {
				continue // each is compiled
			}
			r := runner(t, GoCommand)
			r.Env = append(r.Env, "GOFLAGS="+flags, "GOWORK=")
			tr := Tree{Root: root, Changed: tt.changed}
			if tt.alone {
				tr.Root = ""
			}
			got, err := r.Try(t.Context(), tr)
			if err != nil || got.Passed != (tt.said == "") || !strings.Contains(got.Output, tt.said) || strings.Contains(got.Output, r.Cache) || strings.Contains(got.Output, "..") {
				t.Errorf("%s: GOFLAGS=%s: got %+v, %v, want %q", tt.name, flags, got, err, tt.said)
			}
			if left, err := os.ReadDir(r.Cache); err == nil && len(left) > 0 {
				t.Errorf("%s: GOFLAGS=%s: the cache still has %v", tt.name, flags, left)
			}
		}
		if is := list(t, root); is != was {
			t.Fatalf("%s: the project was written to: %s", tt.name, is)
		}
	}
}

// The copy has the project's files, links and modes as they would be, without the
// folders of version control, our state, and those to skip. The command does not wait
// for input.
func TestTryShell(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for sh")
	}
	root := write(t, "a", "one\n", "b", "two\n", "dir/c", "three\n", ".git/config", "", "sub/.git", "", ".scaffold-state/base.zip", "", "node_modules/x", "", "old/x", "")
	if err := errors.Join(os.Chmod(filepath.Join(root, "b"), 0o755), os.Symlink("dir/c", filepath.Join(root, "link"))); err != nil {
		t.Fatal(err)
	}
	was := list(t, root)
	changed := changes("a", "changed\n", "new/deep/d", "four\n", "old", "a file\n")
	changed["dir/e"], changed["old/x"] = nil, nil
	for command, said := range map[string]string{
		"exit 0": "",
		`[ "$(cat a b link new/deep/d old | tr '\n' ' ')" = "changed two three four a file " ]`:       "",
		"test ! -e .git && test ! -e sub/.git && test ! -e .scaffold-state && test ! -e node_modules": "",
		`! git rev-parse --git-dir && test -z "$GIT_DIR"`:                                             "",
		"test -x b && test ! -x a && test -h link":                                                    "",
		"cat":                         "",
		"touch made && test -e made":  "",
		`[ "$PWD" = "$(pwd)" ]`:       "",
		"exec no-such-command":        "no-such-command",
		"echo in $PWD/a; exit 7":      "in a\n",
		"echo said >&2; exit 1":       "said\n",
		"seq 100; exit 1":             "81\n82\n",
		"sleep 100":                   "it took more than 2s\n",
		"sleep 100 & echo on; exit 0": "",
	} {
		r := runner(t, command)
		r.Cache = filepath.Join(write(t, ".git/HEAD", "ref: refs/heads/main\n", ".git/refs/x", "", ".git/objects/x", ""), "verify") // the cache is in a repository
		r.Skip = func(dir string) bool { return dir == "node_modules" }
		r.Limit = 2 * time.Second
		r.Env = append(r.Env, "GIT_DIR="+filepath.Join(root, ".git"))
		got, err := r.Try(t.Context(), Tree{root, changed})
		if err != nil || got.Passed != (said == "") || !strings.Contains(got.Output, said) {
			t.Errorf("%s: got %+v, %v, want %q", command, got, err, said)
		}
		if left, err := os.ReadDir(r.Cache); err != nil || len(left) > 0 {
			t.Errorf("%s: the cache still has %v: %v", command, left, err)
		}
	}
	if is := list(t, root); is != was {
		t.Errorf("the project was written to: %s", is)
	}
}

func TestTryStops(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for sh")
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	r := runner(t, "sleep 100 & sleep 100")
	began := time.Now()
	if _, err := r.Try(ctx, Tree{Changed: changes("a", "")}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if left, err := os.ReadDir(r.Cache); err != nil || len(left) > 0 {
		t.Errorf("the cache still has %v: %v", left, err)
	}
}

// What a killed run left in the cache goes with a later run; what another run is at
// stays.
func TestTryCleansUp(t *testing.T) {
	r := runner(t, "exit 0")
	for _, name := range []string{"old", "new"} {
		if err := os.MkdirAll(filepath.Join(r.Cache, name, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Now().Add(-2 * stale)
	if err := os.Chtimes(filepath.Join(r.Cache, "old"), then, then); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Try(t.Context(), Tree{}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(r.Cache); err != nil || len(left) != 1 || left[0].Name() != "new" {
		t.Errorf("the cache has %v: %v", left, err)
	}
}

// What cannot be tried is an error that names the project.
func TestTryFails(t *testing.T) {
	r := runner(t, "exit 0")
	r.Cache = ""
	if _, err := r.Try(t.Context(), Tree{}); err == nil || !strings.Contains(err.Error(), "there is no folder to verify in") {
		t.Errorf("got %v", err)
	}
	root := write(t, "large", "")
	if err := os.Truncate(filepath.Join(root, "large"), maxBytes+1); err != nil {
		t.Skip(err)
	}
	r = runner(t, "exit 0")
	if _, err := r.Try(t.Context(), Tree{Root: root}); err == nil || !strings.Contains(err.Error(), "large: there is more than 1024 MiB") {
		t.Errorf("got %v", err)
	}
}
