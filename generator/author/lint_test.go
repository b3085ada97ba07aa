package author

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator/source"
)

var update = flag.Bool("update", false, "record the findings anew")

// packIn returns the pack that an archive holds. What is called want is not in it.
func packIn(a *txtar.Archive) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range a.Files {
		if f.Name != "want" {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
	}
	return fsys
}

// TestLint compares the findings about each pack of testdata/lint with what stands
// below it.
func TestLint(t *testing.T) {
	files, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no packs: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			findings, err := Lint(t.Context(), source.Source{FS: packIn(a), Name: "p"})
			if err != nil {
				t.Fatal(err)
			}
			got := writeFindings(findings)
			if *update {
				a.Files = append(a.Files[:len(packIn(a))], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(a.Files[len(a.Files)-1].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// The packs of the tests have no errors, and these hints.
func TestLintOfOurPacks(t *testing.T) {
	want := map[string]string{
		"tiny":    `p/pack.yaml:30:11: hint unused: question "port": nothing uses its answer: no template, path, condition, default or next: use it, or ask it no more` + "\n",
		"tiny-v1": `p/pack.yaml:16:11: hint unused: question "colour": nothing uses its answer: no template, path, condition, default or next: use it, or ask it no more` + "\n",
	}
	folders, err := filepath.Glob("../../testdata/packs/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no packs: %v", err)
	}
	for _, folder := range folders {
		findings, err := Lint(t.Context(), source.Source{FS: os.DirFS(folder), Name: "p"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[filepath.Base(folder)], writeFindings(findings)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
	}
}

// A template that would overflow the parser's stack never reaches it, and what ends
// a run early is no crash.
func TestLintOfHostilePacks(t *testing.T) {
	manifest := "schema: 1\nname: p\nversion: 1.0.0\nquestions:\n  - {name: name, type: string, format: name, help: x}\n"
	for name, files := range map[string]map[string]string{
		"deep template":  {"pack.yaml": manifest, "files/a.tmpl": strings.Repeat("{{if .name}}", 40_000)},
		"deep condition": {"pack.yaml": manifest + "files:\n  - {path: a, when: '" + strings.Repeat("{{if .name}}", 15_000) + "'}\n", "files/a": "a"},
		"many errors":    {"pack.yaml": manifest, "files/a.tmpl": "{{ .a }}{{ nothing }}", "files/b.tmpl": strings.Repeat("{{ .b }}", 60_000)},
		"many templates": {"pack.yaml": manifest, "files/a.tmpl": strings.Repeat("{{ .name }}", 45_000), "files/b.tmpl": strings.Repeat("{{ .name }}", 45_000), "files/c.tmpl": strings.Repeat("{{ .name }}", 45_000), "files/d.tmpl": strings.Repeat("{{ .name }}", 45_000), "files/e.tmpl": strings.Repeat("{{ .name }}", 45_000), "files/f.tmpl": "{{ .nmae }}" + strings.Repeat("{{if .name}}", 40_000)},
		"not UTF-8":      {"pack.yaml": manifest, "files/a.tmpl": "\xff{{ .name }}"},
		"deep Go":        {"pack.yaml": manifest, "files/a.go": "package a\n\nvar x = " + strings.Repeat("(", 5_000_000) + "1" + strings.Repeat(")", 5_000_000)},
		"no manifest":    {"files/a.tmpl": "x"},
		"no YAML":        {"pack.yaml": "\x00"},
		"own template":   {"pack.yaml": manifest, "files/a.tmpl": "{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}"},
	} {
		fsys := fstest.MapFS{}
		for path, data := range files {
			fsys[path] = &fstest.MapFile{Data: []byte(data), Mode: 0o644}
		}
		findings, err := Lint(t.Context(), source.Source{FS: fsys, Name: "p"})
		if err != nil || !hasError(findings) && name != "deep Go" {
			t.Errorf("%s: %v, %s", name, err, writeFindings(findings))
		}
	}
}

// What costs much is tried for few answers, and much Go is not formatted: both are
// said, since something may be wrong with what was not looked at.
func TestLintOfCostlyPacks(t *testing.T) {
	manifest := "schema: 1\nname: p\nversion: 1.0.0\nquestions:\n"
	for i := range 200 {
		manifest += fmt.Sprintf("  - {name: q%d, type: bool, default: false, help: x}\n", i)
	}
	list := `splitList "" "` + strings.Repeat("a", 1000) + `"`
	loop := func(body string) string {
		return "{{ range " + list + " }}{{ range " + list + " }}" + body + "{{ end }}{{ end }}"
	}
	for name, test := range map[string]struct{ file, text, want string }{
		"too costly":   {"a.txt.tmpl", loop("{{ $ }}"), "the pack's templates do too much"},
		"nearly":       {"a.txt.tmpl", loop("{{ if $.q1 }}{{ end }}"), "untried: not all answers were tried"},
		"much to read": {"a.yaml.tmpl", "{{ if .q1 }}{{ end }}" + strings.Repeat("- a: 1\n", 40_000), "untried: not all answers were tried"},
		"much Go":      {"a.go", "package a\n" + strings.Repeat("var  _ = 1\n", 1_000_000), "untried: not all Go was looked at"},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "too costly" && os.Getenv("CI") != "true" {
				t.Skip("it takes a second or two, and CI runs it")
			}
			fsys := fstest.MapFS{"pack.yaml": &fstest.MapFile{Data: []byte(manifest), Mode: 0o644}, "files/" + test.file: &fstest.MapFile{Data: []byte(test.text), Mode: 0o644}}
			findings, err := Lint(t.Context(), source.Source{FS: fsys, Name: "p"})
			if err != nil || !strings.Contains(writeFindings(findings), test.want) {
				t.Errorf("%v, %.2000s: want %s", err, writeFindings(findings), test.want)
			}
		})
	}
}

// An interrupt is no fault of the pack, wherever it comes.
func TestLintInterrupted(t *testing.T) {
	list := `splitList "" "` + strings.Repeat("a", 1000) + `"`
	fsys := fstest.MapFS{
		"pack.yaml":    &fstest.MapFile{Data: []byte("schema: 1\nname: p\nversion: 1.0.0\nquestions: [{name: b, type: bool, default: false, help: x}]\n")},
		"files/a.tmpl": &fstest.MapFile{Data: []byte("{{ range " + list + " }}{{ range " + list + " }}{{ if $.b }}{{ end }}{{ end }}{{ end }}")},
	}
	for _, after := range []time.Duration{0, 10 * time.Millisecond, 100 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		findings, err := Lint(ctx, source.Source{FS: fsys, Name: "p"})
		if cancel(); !errors.Is(err, context.DeadlineExceeded) || len(findings) > 0 {
			t.Errorf("after %s: %v, %s", after, err, writeFindings(findings))
		}
	}
}

// A name that no pack may have is said at the file itself.
func TestLintOfBadNames(t *testing.T) {
	manifest := "schema: 1\nname: p\nversion: 1.0.0\nquestions: []\n"
	for _, names := range [][]string{{"con.txt"}, {"con.txt", "a b."}} {
		fsys := fstest.MapFS{"pack.yaml": &fstest.MapFile{Data: []byte(manifest), Mode: 0o644}}
		for _, name := range names {
			fsys["files/"+name] = &fstest.MapFile{Data: []byte("x"), Mode: 0o644}
		}
		findings, err := Lint(t.Context(), source.Source{FS: fsys, Name: "p"})
		if err != nil || len(findings) != len(names) {
			t.Fatalf("%v, %s", err, writeFindings(findings))
		}
		for _, f := range findings {
			if f.Rule != ruleName || !strings.HasPrefix(f.Path, "p/files/") {
				t.Errorf("got %s", writeFindings(findings))
			}
		}
	}
}

func writeFindings(findings []Finding) string {
	var b strings.Builder
	for _, f := range findings {
		word := "error"
		if f.Hint {
			word = "hint"
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s %s: %s\n", f.Path, f.Line, f.Column, word, f.Rule, f.Message)
	}
	return b.String()
}
