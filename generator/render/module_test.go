package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/tree"
)

// renderAs returns a module, as an archive, under another path, and the notes.
func renderAs(t *testing.T, archive, to string) (tree.Tree, []string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	p, err := pack.FromModule(fsys, "template", "")
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(t.Context(), p, "template")
	if err != nil {
		t.Fatal(err)
	}
	run := compiled.Run(t.Context())
	answers, err := answer.Resolve(p, []answer.Layer{{{Name: "name", Text: "x"}, {Name: "module", Text: to}}}, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := run.Render(answers)
	if err != nil {
		t.Fatal(err)
	}
	return got, run.Notes
}

func textAt(t *testing.T, files tree.Tree, path string) string {
	t.Helper()
	f, ok := files.Find(path)
	if !ok {
		t.Fatalf("there is no %s", path)
	}
	if f.Origin != path {
		t.Errorf("%s says that it comes from %q", path, f.Origin)
	}
	return string(f.Data)
}

// Of a Go file the module's own paths change, and of the root package the name.
func TestModuleGoFile(t *testing.T) {
	const mod = "module example.com/old\n\nrequire (\n\texample.com/old/api v1.0.0\n\texample.com/old/v2 v2.0.0\n)\n"
	tests := []struct{ name, path, from, to string }{
		{"an import", "b/b.go", "package b\n\nimport \"example.com/old/a\"\n", "package b\n\nimport \"example.com/new/a\"\n"},
		{"a raw one", "b/b.go", "package b\nimport `example.com/old/a`\n", "package b\nimport `example.com/new/a`\n"},
		{"an escaped one", "b/b.go", "package b\nimport \"example\\u002ecom/old/a\"\n", "package b\nimport \"example.com/new/a\"\n"},
		{"the layout stays", "b/b.go", "\ufeffpackage b\r\n\r\nimport ( // of\r\n  x\t\"example.com/old/a\" ;_ \"example.com/old/c\"\r\n)\r\nvar  y = 1", "\ufeffpackage b\r\n\r\nimport ( // of\r\n  x\t\"example.com/new/a\" ;_ \"example.com/new/c\"\r\n)\r\nvar  y = 1"},
		{"another module", "b/b.go", "package b\n\nimport \"example.com/older/a\"\nimport \"fmt\"\n", ""},
		{"a nested module", "b/b.go", "package b\n\nimport \"example.com/old/api/x\"\nimport \"example.com/old/v2\"\n", ""},
		{"beside a nested module", "b/b.go", "package b\n\nimport \"example.com/old/apis\"\n", "package b\n\nimport \"example.com/new/apis\"\n"},
		{"text that is no import", "b/b.go", "package b\n\n// example.com/old/a\nvar x = \"example.com/old/a\"\n", ""},
		{"an import comment", "b/b.go", "package b // import \"example.com/old/b\"\n", "package b // import \"example.com/new/b\"\n"},
		{"another import comment", "b/b.go", "package b /* import \"example.com/old/b\" */\n", "package b /* import \"example.com/new/b\" */\n"},
		{"the root package", "a.go", "// Package old.\npackage old // import \"example.com/old\"\n\nvar old = 1\n", "// Package old.\npackage new // import \"example.com/new\"\n\nvar old = 1\n"},
		{"its test", "a_test.go", "package old_test\n\nimport \"example.com/old\"\n", "package new_test\n\nimport old \"example.com/new\"\n"},
		{"another package at the root", "a.go", "package older\n", ""},
		{"its name elsewhere", "b/b.go", "package old\n", ""},
		{"who uses the root package", "b/b.go", "package b\n\nimport \"example.com/old\"\n\nvar x = old.X\n", "package b\n\nimport old \"example.com/new\"\n\nvar x = old.X\n"},
		{"who calls it something else", "b/b.go", "package b\n\nimport o \"example.com/old\"\nimport _ \"example.com/old\"\n", "package b\n\nimport o \"example.com/new\"\nimport _ \"example.com/new\"\n"},
		{"cgo", "b/b.go", "package b\n\n// int x;\nimport \"C\"\nimport \"example.com/old/a\"\n", "package b\n\n// int x;\nimport \"C\"\nimport \"example.com/new/a\"\n"},
		{"code that does not parse", "b/b.go", "package b\n\nimport \"example.com/old/a\"\n\nfunc {\n", "package b\n\nimport \"example.com/new/a\"\n\nfunc {\n"},
		{"a file that is ignored", "b/b.go", "// Copyright\n\n//go:build ignore\n\npackage main\n\nimport \"example.com/old/a\"\n", ""},
		{"ignored and more", "b/b.go", "//go:build linux && ignore\n\npackage main\n\nimport \"example.com/old/a\"\n", ""},
		{"ignored as it was written", "b/b.go", "// +build ignore\n\npackage main\n\nimport \"example.com/old/a\"\n", ""},
		{"not always ignored", "b/b.go", "//go:build linux || ignore\n\npackage b\n\nimport \"example.com/old/a\"\n", "//go:build linux || ignore\n\npackage b\n\nimport \"example.com/new/a\"\n"},
		{"not ignored", "b/b.go", "//go:build !ignore\n\npackage b\n\nimport \"example.com/old/a\"\n", "//go:build !ignore\n\npackage b\n\nimport \"example.com/new/a\"\n"},
		{"ignored below", "b/b.go", "package b\n\n//go:build ignore\n\nimport \"example.com/old/a\"\n", "package b\n\n//go:build ignore\n\nimport \"example.com/new/a\"\n"},
		{"test data", "b/testdata/x/b.go", "package b\n\nimport \"example.com/old/a\"\n", ""},
		{"no test data", "b/testdata.go", "package b\n\nimport \"example.com/old/a\"\n", "package b\n\nimport \"example.com/new/a\"\n"},
		{"what the go command does not look at", "_b/b.go", "package b\n\nimport \"example.com/old/a\"\n", "package b\n\nimport \"example.com/new/a\"\n"},
		{"another language", "b/b.s", "import \"example.com/old/a\"\n", ""},
		{"a template", "b/b.go.tmpl", "package b\n\nimport \"example.com/old/a\" {{ .x }}\n", ""},
		{"a line directive", "b/b.go", "//line /x/y.go:1000\npackage b\n\nimport \"example.com/old/a\"\n", "//line /x/y.go:1000\npackage b\n\nimport \"example.com/new/a\"\n"},
	}
	for _, tt := range tests {
		if tt.to == "" {
			tt.to = tt.from
		}
		archive := "-- go.mod --\n" + mod + "-- root.go --\npackage old\n"
		fsys := fstest.MapFS{tt.path: {Data: []byte(tt.from)}}
		for _, f := range txtar.Parse([]byte(archive)).Files {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		p, err := pack.FromModule(fsys, "template", "")
		if err != nil {
			t.Fatal(err)
		}
		n := newRenaming(newGoModule(p), "example.com/new")
		f, _ := p.Files.Find(tt.path)
		got, note := n.file(f)
		if string(got.Data) != tt.to || note != "" {
			t.Errorf("%s: got\n%s(%s)\nwant\n%s", tt.name, got.Data, note, tt.to)
		}
	}
}

// Of go.mod the line of the module changes, and those of its own tools.
func TestModuleGoMod(t *testing.T) {
	tests := []struct{ name, from, to string }{
		{"a line", "module example.com/old\n\ngo 1.26\n", "module example.com/new\n\ngo 1.26\n"},
		{"its layout", "// Deprecated: x\nmodule\t \"example.com/old\"  // of old\r\n\r\n\r\nrequire  x.org/y v1.0.0", "// Deprecated: x\nmodule\t \"example.com/new\"  // of old\r\n\r\n\r\nrequire  x.org/y v1.0.0"},
		{"an escape", "module \"example\\u002ecom/old\" // old\n\ngo  1.26\n", "module example.com/new // old\n\ngo 1.26\n"},
		{"a block", "module (\n\texample.com/old\n)\n", "module (\n\texample.com/new\n)\n"},
		{"not what only looks alike", "// module example.com/old\nmodule example.com/old\n\nreplace example.com/old/api => ./api\n", "// module example.com/old\nmodule example.com/new\n\nreplace example.com/old/api => ./api\n"},
		{"tools", "tool example.com/old/cmd/a\n\nmodule example.com/old\n\ntool (\n\texample.com/old/cmd/b // b\n\tx.org/c\n)\n", "tool example.com/new/cmd/a\n\nmodule example.com/new\n\ntool (\n\texample.com/new/cmd/b // b\n\tx.org/c\n)\n"},
		{"an escape and a tool", "module \"example\\u002ecom/old\"\n\ntool example.com/old/cmd/a\n", "module example.com/new\n\ntool example.com/new/cmd/a\n"},
		{"an escape in a tool", "module example.com/old\n\ntool \"example\\u002ecom/old/cmd/a\"\n", "module example.com/new\n\ntool example.com/new/cmd/a\n"},
		{"an escape in a block", "module (\n\t\"example\\u002ecom/old\"\n)\n", "module example.com/new\n"},
		{"what the old module retracts", "module example.com/old\n\n// why\nretract v1.0.1 // bad\n\ngo 1.26\n", "module example.com/new\n\ngo 1.26\n"},
		{"a block of it", "module example.com/old\n\nretract (\n\tv1.0.1 // bad\n\t[v1.1.0, v1.2.0]\n)\n\nrequire x.org/y v1.0.0 // why\n", "module example.com/new\n\nrequire x.org/y v1.0.0 // why\n"},
		{"a newer Go", "module example.com/old\n\ngo 1.99\n\nfuture (\n\tx y\n)\n", "module example.com/new\n\ngo 1.99\n\nfuture (\n\tx y\n)\n"},
	}
	for _, tt := range tests {
		got, notes := renderAs(t, "-- go.mod --\n"+tt.from, "example.com/new")
		want := tt.to
		if !strings.HasSuffix(want, "\n") {
			want += "\n" // as an archive has it
		}
		if text := textAt(t, got, "go.mod"); text != want || len(notes) > 0 {
			t.Errorf("%s: got\n%q %q\nwant\n%q", tt.name, text, notes, want)
		}
	}
	// A path that is the directive's name, too.
	if got, _ := renderAs(t, "-- go.mod --\nmodule mod\n", "example.com/new"); textAt(t, got, "go.mod") != "module example.com/new\n" {
		t.Errorf("got %q", textAt(t, got, "go.mod"))
	}
}

// The root package is called as the module, where that is a name.
func TestModuleRootPackage(t *testing.T) {
	const rootAndUser = "-- a.go --\npackage old\n-- b/b.go --\npackage b\n\nimport \"example.com/old\"\n"
	tests := []struct{ from, to, pkg, imported, note string }{
		{"example.com/old", "example.com/new", "new", `old "example.com/new"`, ""},
		{"example.com/old", "example.com/new/v3", "new", `old "example.com/new/v3"`, ""},
		{"example.com/old", "example.org/old", "old", `"example.org/old"`, ""},
		{"example.com/old", "example.com/my-shop", "myshop", `old "example.com/my-shop"`, `the package old is called myshop now, because "my-shop" is no name in Go`},
		{"example.com/old", "example.com/2fast", "old", `"example.com/2fast"`, `the package old keeps its name, because "2fast" is none that an imported package can have`},
		{"example.com/old", "example.com/main", "old", `"example.com/main"`, `the package old keeps its name, because "main" is none that an imported package can have`},
		{"example.com/old", "example.com/func", "old", `"example.com/func"`, `the package old keeps its name, because "func" is none that an imported package can have`},
		{"example.com/go-old", "example.com/new", "old", `"example.com/old"`, ""}, // which is not called as its module
	}
	for _, tt := range tests {
		got, notes := renderAs(t, "-- go.mod --\nmodule "+tt.from+"\n"+rootAndUser, tt.to)
		if text := textAt(t, got, "a.go"); text != "package "+tt.pkg+"\n" {
			t.Errorf("%s as %s: got %s", tt.from, tt.to, text)
		}
		if text := textAt(t, got, "b/b.go"); !strings.Contains(text, "import "+tt.imported+"\n") {
			t.Errorf("%s as %s: got %s", tt.from, tt.to, text)
		}
		if said := strings.Join(notes, "\n"); said != tt.note {
			t.Errorf("%s as %s: got note %q, want %q", tt.from, tt.to, said, tt.note)
		}
	}
	got, _ := renderAs(t, "-- go.mod --\nmodule example.com/old/v5\n-- a.go --\npackage old\n-- b/b.go --\npackage b\n\nimport \"example.com/old/v5\"\n", "example.com/new")
	if a, b := textAt(t, got, "a.go"), textAt(t, got, "b/b.go"); a != "package new\n" || !strings.Contains(b, `import old "example.com/new"`) {
		t.Errorf("from v5: got %s%s", a, b)
	}
}

// What does not parse is copied, and said where that matters.
func TestModuleUnparsed(t *testing.T) {
	got, notes := renderAs(t, "-- go.mod --\nmodule example.com/old\n-- a.go --\npackage old\n-- bad.go --\nimport \"example.com/old/x\"\n-- other.go --\nnothing\n", "example.com/new")
	if text := textAt(t, got, "bad.go"); text != "import \"example.com/old/x\"\n" {
		t.Errorf("got %q", text)
	}
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "bad.go does not parse, so it may still import example.com/old: 1:1: expected 'package'") {
		t.Errorf("got notes %q", notes)
	}
}

// A file is read for its imports up to a limit, and what follows them does not matter.
func TestModuleLongFile(t *testing.T) {
	n := renaming{goModule: &goModule{path: "example.com/old"}, to: "example.com/new"}
	long := "package b\n\nimport \"example.com/old/a\"\n\nvar x = 1\n" + strings.Repeat("// `comment\n", 200_000)
	got, note := n.file(tree.File{Path: "b/b.go", Data: []byte(long)})
	if note != "" || string(got.Data) != strings.Replace(long, "/old/", "/new/", 1) {
		t.Errorf("got %.100s (%s)", got.Data, note)
	}
	header := "package b\n\n" + strings.Repeat("import \"example.com/old/a\"\n", 100_000)
	got, note = n.file(tree.File{Path: "b/b.go", Data: []byte(header)})
	if note == "" || string(got.Data) != header {
		t.Errorf("more imports than are read: got %.100s (%s)", got.Data, note)
	}
}

// FuzzModuleGoFile gives a file another module's path, and its own back.
func FuzzModuleGoFile(f *testing.F) {
	f.Add("package b // import \"example.com/old/b\"\n\nimport \"example.com/old\"\n")
	f.Add("\ufeffpackage b\r\nimport (`example.com/old/a`; _ \"example.com/older\"\r\n)//x")
	f.Add("//go:build ignore\npackage b\nimport \"example.com/old/a\"")
	f.Fuzz(func(t *testing.T, src string) {
		if strings.Contains(src, "example.com/new") || strings.Contains(src, `\`) {
			t.Skip("the way back is another one")
		}
		there := renaming{goModule: &goModule{path: "example.com/old"}, to: "example.com/new"}
		back := renaming{goModule: &goModule{path: "example.com/new"}, to: "example.com/old"}
		renamed, err := there.goFile([]byte(src), false)
		if err != nil {
			return
		}
		text := renamed.apply()
		if same, err := back.goFile(text, false); err != nil || string(same.apply()) != src {
			t.Errorf("%q becomes %q, and that %q, %v", src, text, same.apply(), err)
		}
	})
}

// The module under its own path is the module.
func TestModuleUnchanged(t *testing.T) {
	const archive = "-- a.go --\npackage old // import \"example.com/old\"\n-- go.mod --\nmodule \"example.com/old\"\n"
	got, _ := renderAs(t, archive, "example.com/old")
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if text := textAt(t, got, f.Name); text != string(f.Data) {
			t.Errorf("%s: got %q", f.Name, text)
		}
	}
}

func TestModuleDeterminism(t *testing.T) {
	var archive strings.Builder
	archive.WriteString("-- go.mod --\nmodule example.com/old\n")
	for i := range 200 {
		fmt.Fprintf(&archive, "-- p%d/p.go --\npackage p\n\nimport \"example.com/old/p%d\"\n-- bad%d.go --\nexample.com/old\n", i, i+1, i)
	}
	first, notes := renderAs(t, archive.String(), "example.com/new")
	for range 5 {
		again, notesAgain := renderAs(t, archive.String(), "example.com/new")
		equal := slices.EqualFunc(slices.Collect(first.All()), slices.Collect(again.All()), func(a, b tree.File) bool { return a.Path == b.Path && a.Sum() == b.Sum() })
		if !equal || !slices.Equal(notes, notesAgain) {
			t.Fatal("two renders differ")
		}
	}
}
