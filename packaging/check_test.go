package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newRepository returns a repository with a module and a commit, in which the test runs.
func newRepository(t *testing.T) string {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	if err := os.WriteFile("go.mod", []byte("module scaffold\n\ngo 1.26\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	git(t, "init", "-q")
	git(t, "add", ".")
	git(t, "commit", "-q", "-m", "one")
	return dir
}

func git(t *testing.T, args ...string) {
	t.Helper()
	args = append([]string{"-c", "user.name=a", "-c", "user.email=a@localhost"}, args...)
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// What cannot become a release is refused before anything is built or replaced.
func TestRunRefuses(t *testing.T) {
	dir := newRepository(t)
	git(t, "tag", "v1.0.0")
	git(t, "commit", "-q", "--allow-empty", "-m", "two")
	const path = "example.com/acme/scaffold"
	for _, tt := range []struct{ args, want string }{
		{"", "want VERSION and perhaps MODULE"},
		{"v1.1.0 " + path + " -quick", "after all flags"},
		{"1.1.0 " + path, `version "1.1.0": want all three numbers`},
		{"v1.1 " + path, `version "v1.1": want all three numbers`},
		{"v1.1.0+b " + path, "want all three numbers"},
		{"-npm BAD v1.1.0 " + path, `-npm "BAD": npm takes small letters`},
		{"-npm @a v1.1.0 " + path, "give a name such as"},
		{"-npm " + strings.Repeat("a", 203) + " v1.1.0 " + path, "at most 214"},
		{"-out go.mod v1.1.0 " + path, `-out "go.mod": want a folder`},
		{"-out . v1.1.0 " + path, `which no earlier release put there`},
		{"-out none/dist v1.1.0 " + path, `-out "none/dist": the folder above`},
		{"v1.1.0", `"scaffold" has no domain`},
		{"v1.1.0 https://example.com/scaffold", "give one"},
		{"v2.0.0 " + path, "give " + path + "/v2"},
		{"v1.1.0 " + path + "/v2", "give " + path},
		{"v1.0.0 " + path, "tag v1.0.0 is there already"},
	} {
		if err := run(strings.Fields(tt.args)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.args, err, tt.want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the repository has %v, %v", entries, err)
	}

	if err := os.WriteFile("new.go", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"v1.1.0", path}); err == nil || !strings.Contains(err.Error(), "not committed") || !strings.Contains(err.Error(), "new.go") {
		t.Errorf("what is not committed: %v", err)
	}
	t.Chdir(t.TempDir())
	if err := run([]string{"v1.1.0", path}); err == nil || !strings.Contains(err.Error(), "no commit with a go.mod") {
		t.Errorf("no repository: %v", err)
	}
}

// A commit that was released already, as a candidate or on trial, has the new tag alone.
func TestCloneHasOneTag(t *testing.T) {
	newRepository(t)
	git(t, "tag", "v9.0.0")
	git(t, "tag", "-a", "-m", "one", "nightly")
	for _, module := range []string{"scaffold", "example.com/acme/scaffold"} {
		r := &release{version: "v1.0.0", module: module, source: filepath.Join(t.TempDir(), "source")}
		if err := r.clone(); err != nil {
			t.Fatal(err)
		}
		if tags, err := r.git("tag", "--points-at", "HEAD"); err != nil || tags != "v1.0.0" {
			t.Errorf("module %s: tags %q, %v", module, tags, err)
		}
	}
}

// Only an earlier release is replaced.
func TestCheckOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dist")
	put := func(name, text string) {
		if err := write(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		change func()
		ok     bool
	}{
		{"nothing is there", func() {}, true},
		{"an empty folder", func() { _ = os.Mkdir(dir, 0o777) }, true},
		{"a file without checksums", func() { put("a.zip", "") }, false},
		{"what the checksums list", func() { put("SHA256SUMS", "0f  a.zip\n") }, true},
		{"another file", func() { put("zip", "") }, false},
	} {
		tt.change()
		if err := checkOut(dir); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
