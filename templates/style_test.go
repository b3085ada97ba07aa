package templates

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/author"
	"scaffold/generator/pack"
	"scaffold/generator/source"
)

func loadWeb(t *testing.T) pack.Pack {
	t.Helper()
	p, err := pack.Load(webFS(t), "web", pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func webFS(t *testing.T) fs.FS {
	t.Helper()
	web, err := fs.Sub(FS, "web")
	if err != nil {
		t.Fatal(err)
	}
	return web
}

// lint returns what package author finds in a pack, a line each.
func lint(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	findings, err := author.Lint(t.Context(), source.Source{FS: fsys, Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range findings {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s: %s", f.Path, f.Line, f.Column, f.Rule, f.Message))
	}
	return lines
}

// The pack is as its authors should write theirs: free text is quoted, every question
// and file is used, all answers can be rendered, and templates read like their output.
func TestLint(t *testing.T) {
	for _, line := range lint(t, webFS(t)) {
		t.Error(line)
	}
}

// A line with free text that is not quoted, a question that nothing uses and a name
// that none has are found in it: TestLint looks in the right place.
func TestLintFinds(t *testing.T) {
	spoilt := fstest.MapFS{}
	err := fs.WalkDir(webFS(t), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(webFS(t), name)
		spoilt[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	readme := spoilt["files/README.md.tmpl"]
	readme.Data = append(readme.Data, "{{ .description }}\n{{ .descripton }}\n"...)
	manifest := spoilt[pack.ManifestFile]
	manifest.Data = []byte(strings.Replace(string(manifest.Data), "questions:\n", "questions:\n  - {name: idle, type: bool, default: false, help: Nothing}\n", 1))
	got := strings.Join(lint(t, spoilt), "\n")
	for _, want := range []string{".description is free text", `no question is called "descripton"`, `question "idle": nothing uses its answer`} {
		if !strings.Contains(got, want) {
			t.Errorf("not found: %s, in\n%s", want, got)
		}
	}
}
