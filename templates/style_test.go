package templates

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator"
	"scaffold/generator/author"
	"scaffold/generator/pack"
	"scaffold/generator/source"
)

// find returns a pack of those in fsys.
func find(t *testing.T, fsys fs.FS, name string) source.Source {
	t.Helper()
	found, err := source.Finder{Builtin: fsys}.Find(t.Context(), source.Reference{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func loadPack(t *testing.T, name string) pack.Pack {
	t.Helper()
	found := find(t, FS, name)
	p, err := pack.Load(found.FS, name, generator.PackOptions(found))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// packs returns the names of all packs.
func packs(t *testing.T) []string {
	t.Helper()
	names, err := source.Finder{Builtin: FS}.List()
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

// lint returns what package author finds in a pack of those in fsys, a line each.
func lint(t *testing.T, fsys fs.FS, name string) []string {
	t.Helper()
	findings, err := author.Lint(t.Context(), find(t, fsys, name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s: %s", f.Path, f.Line, f.Column, f.Rule, f.Message))
	}
	return lines
}

// Each pack is as its authors should write theirs: free text is quoted, every question
// and file is used, all answers can be rendered, and templates read like their output.
func TestLint(t *testing.T) {
	for _, name := range packs(t) {
		for _, line := range lint(t, FS, name) {
			t.Error(line)
		}
	}
}

// A line with free text that is not quoted, a question that nothing uses and a name
// that none has are found in it: TestLint looks in the right place.
func TestLintFinds(t *testing.T) {
	spoilt := fstest.MapFS{}
	err := fs.WalkDir(FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := FS.ReadFile(name)
		spoilt[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	readme := spoilt["web/files/README.md.tmpl"]
	readme.Data = append(readme.Data, "{{ .description }}\n{{ .descripton }}\n"...)
	manifest := spoilt["web/"+pack.ManifestFile]
	manifest.Data = []byte(strings.Replace(string(manifest.Data), "questions:\n", "questions:\n  - {name: idle, type: bool, default: false, help: Nothing}\n", 1))
	got := strings.Join(lint(t, spoilt, "web"), "\n")
	for _, want := range []string{".description is free text", `no question is called "descripton"`, `question "idle": nothing uses its answer`} {
		if !strings.Contains(got, want) {
			t.Errorf("not found: %s, in\n%s", want, got)
		}
	}
}
