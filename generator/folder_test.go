package generator_test

import (
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/tree"
)

// inCI is whether everything is tried, or a sample.
var inCI = os.Getenv("CI") == "true"

// shared is a folder for what several tests only read, since to write hundreds of
// files again in each takes longer than what they try.
var shared string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "shared")
	if err != nil {
		log.Fatal(err)
	}
	shared = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// A folder is a pack or a project on disk.
type folder struct {
	testing.TB
	dir string
}

func (f folder) at(path string) string { return filepath.Join(f.dir, filepath.FromSlash(path)) }

func (f folder) unpack(archive string) {
	a, err := txtar.ParseFile(archive)
	check(f, err)
	for _, file := range a.Files {
		f.write(file.Name, string(file.Data))
	}
}

// read returns "" for a file that is not there.
func (f folder) read(path string) string {
	data, err := os.ReadFile(f.at(path))
	if !os.IsNotExist(err) {
		check(f, err)
	}
	return string(data)
}

func (f folder) write(path, text string) {
	check(f, os.MkdirAll(filepath.Dir(f.at(path)), 0o755))
	check(f, os.WriteFile(f.at(path), []byte(text), 0o644)) // keeps the mode of one that is there
}

func (f folder) replace(path, old, new string) {
	text := f.read(path)
	if strings.Count(text, old) != 1 {
		f.Fatalf("%s has %q %d times", path, old, strings.Count(text, old))
	}
	f.write(path, strings.Replace(text, old, new, 1))
}

// goTool runs the go command. The network is not needed: what go.mod requires
// stands beside it. Paths are trimmed, since the build cache would else hold
// nothing for a folder of another name.
func (f folder) goTool(args ...string) {
	f.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly -trimpath -ldflags=-s", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// files returns all files but the state and what was built.
func (f folder) files() map[string]tree.File {
	files := map[string]tree.File{}
	check(f, filepath.WalkDir(f.dir, func(path string, entry fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(f.dir, path)
		switch rel = filepath.ToSlash(rel); {
		case err == nil && rel == tree.StateFolder:
			return fs.SkipDir
		case err != nil || entry.IsDir() || rel == tree.ConfigFile || rel == "hello":
			return err
		}
		info, err := entry.Info()
		files[rel] = tree.File{Path: rel, Mode: info.Mode(), Data: []byte(f.read(rel))}
		return err
	}))
	return files
}

// newFrom makes a project of a pack in a folder.
func newFrom(t testing.TB, pack, target string) {
	t.Helper()
	g, err := generator.Load(t.Context(), builtin, pack)
	check(t, err)
	n, err := g.PlanNew(t.Context(), target, []answer.Layer{g.NameOf(target)}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
