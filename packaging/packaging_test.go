package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRenameImports(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"the module, and what is below it", "import (\n\t\"io\"\n\n\t\"scaffold\"\n\tx \"scaffold/generator\"\n)\n", "import (\n\t\"io\"\n\n\t\"example.com/a/scaffold\"\n\tx \"example.com/a/scaffold/generator\"\n)\n"},
		{"what only begins like it", "import \"scaffolding/x\"\n", "import \"scaffolding/x\"\n"},
		{"texts and comments stay", "import \"scaffold/docs\" // scaffold/docs\n\nvar path = \"scaffold/docs\"\n", "import \"example.com/a/scaffold/docs\" // scaffold/docs\n\nvar path = \"scaffold/docs\"\n"},
		{"raw strings", "import `scaffold/docs`\n", "import \"example.com/a/scaffold/docs\"\n"},
		{"a group is sorted anew", "import (\n\t\"golang.org/x/mod\"\n\t\"scaffold/docs\"\n)\n", "import (\n\t\"example.com/a/scaffold/docs\"\n\t\"golang.org/x/mod\"\n)\n"},
		{"nothing is imported", "var x int\n", "var x int\n"},
	} {
		got, err := renameImports([]byte("package p\n\n"+tt.text), "scaffold", "example.com/a/scaffold")
		if err != nil || string(got) != "package p\n\n"+tt.want {
			t.Errorf("%s: %v\n%s", tt.name, err, got)
		}
	}
	if _, err := renameImports([]byte("import \"scaffold\""), "scaffold", "example.com/a"); err == nil {
		t.Error("what is no Go file is renamed")
	}
}

// The same files make the same archive, whatever the time and the umask are.
func TestArchivesAreReproducible(t *testing.T) {
	p := platform{"linux", "amd64"}
	for name, pack := range map[string]func(*bytes.Buffer, *release, platform) error{"tar": packTar, "zip": packZip} {
		var made [2]bytes.Buffer
		for i, mode := range []os.FileMode{0o644, 0o600} {
			r := &release{version: "v1.0.0", work: t.TempDir(), date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			dir := filepath.Dir(r.binary(p))
			for _, path := range []string{r.binary(p), filepath.Join(dir, "completions", "_scaffold"), filepath.Join(dir, "LICENSE")} {
				if err := write(path, []byte(filepath.Base(path)), mode); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, time.Unix(int64(i), 0), time.Unix(int64(i), 0)); err != nil {
					t.Fatal(err)
				}
			}
			if err := pack(&made[i], r, p); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(made[0].Bytes(), made[1].Bytes()) {
			t.Errorf("%s: two archives of the same files differ", name)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, tt := range []struct {
		path, version string
		ok            bool
	}{
		{"example.com/acme/scaffold", "v1.0.0", true},
		{"example.com/acme/scaffold/v2", "v2.1.0", true},
		{"example.com/acme/scaffold", "v2.1.0", false},
		{"scaffold", "v1.0.0", false},
		{"example.com/acme/scaffold/v2", "v1.0.0", false},
		{"example.com/a b", "v1.0.0", false},
	} {
		r := &release{module: tt.path, version: tt.version}
		if err := r.checkPath(); (err == nil) != tt.ok {
			t.Errorf("%s %s: %v", tt.path, tt.version, err)
		}
	}
}
