package pack

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goCommand runs the go command in a folder and returns what it says.
func goCommand(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("no go command on PATH to ask")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// The list of the standard library's packages is that of the go command and of
// the folders of its source, since an experiment's packages are not listed.
func TestStandardLibrary(t *testing.T) {
	list, err := goCommand(t, "", "list", "std")
	if err != nil {
		t.Fatalf("go list std: %s", list)
	}
	root, err := goCommand(t, "", "env", "GOROOT")
	if err != nil {
		t.Fatalf("go env GOROOT: %s", root)
	}
	folders, err := os.ReadDir(filepath.Join(root, "src"))
	if err != nil {
		t.Fatal(err)
	}
	first := make(map[string]bool)
	for path := range strings.FieldsSeq(list) {
		element, _, _ := strings.Cut(path, "/")
		first[element] = true
	}
	for _, f := range folders {
		first[f.Name()] = f.IsDir() && f.Name() != "testdata"
	}
	for element, std := range first {
		if std && checkModule(element) == nil {
			t.Errorf("%s is Go's own, but a module may be called so", element)
		}
	}
	for _, element := range standard {
		if !first[element] {
			t.Errorf("%s is in no package of the standard library", element)
		}
	}
	if !slices.IsSorted(standard) {
		t.Error("the list is not sorted")
	}
}

// Whether a project of a module path builds is the go command's to say, and a
// path is refused where it does not. What is refused for another reason (nobody
// could require it, it hides what Go may get) has its row among the formats.
func TestModulesBuild(t *testing.T) {
	builds := strings.Fields(`hello x_test example.com/a~b
		test testdata _x 2fast HELLO example.com/fmt example.com/main example.com/~me/x example.com/_x example.com/x.test
		example.com/x.v2 gopkg.in/x.v2 x/v2 v2 toolchain/x x.go go.mod`)
	fails := strings.Fields(`toolchain go mod mod/x arena builtin fmt archive/zip unsafe C cmd std all tool work main
		vendor vendor/x example.com/vendor example.com/vendor/x ~ ~me/x a~1 example.com/x. example.com/con example.com/aux.go`)
	for _, path := range fails {
		if err := checkModule(path); err == nil {
			t.Errorf("%s is accepted, but the go command refuses it", path)
		}
		if said, err := tryModule(t, path); err == nil {
			t.Errorf("%s builds, though it is listed as what does not: %s", path, said)
		}
	}
	for i, path := range builds {
		if err := checkModule(path); err != nil {
			t.Errorf("%s builds, but is refused: %v", path, err)
		}
		if i >= 3 && os.Getenv("CI") != "true" {
			continue // the first three are a sample, since each is compiled
		}
		if said, err := tryModule(t, path); err != nil {
			t.Errorf("%s is accepted, but does not build: %s", path, said)
		}
	}
}

// tryModule tests a module of that path with the packages of a project.
func tryModule(t *testing.T, path string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  "module " + path + "\n\ngo 1.26\n",
		"main.go":                 "package main\n\nimport \"" + path + "/internal/gateway\"\n\nfunc main() { gateway.Run() }\n",
		"main_test.go":            "package main\n\nimport \"testing\"\n\nfunc TestMain(*testing.M) { main() }\n",
		"internal/gateway/run.go": "package gateway\n\nfunc Run() {}\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return goCommand(t, dir, "test", "./...")
}
