package author

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/source"
	"scaffold/generator/tree"
)

// unpack writes the packs of an archive below the working directory, which is a
// folder of the test's own.
func unpack(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := txtar.Write(txtar.Parse([]byte(text)), "."); err != nil {
		t.Fatal(err)
	}
}

// tryPack tests the pack in ./new, with projects of ./old.
func tryPack(t *testing.T, earlier ...string) Report {
	t.Helper()
	found, err := source.Finder{}.Find(t.Context(), source.Reference{Kind: source.Folder, Name: "./new"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Test(t.Context(), found, TestOptions{Earlier: earlier, Env: os.Environ(), Progress: func(string, ...any) {}})
	if err != nil || hasError(r.Findings) {
		t.Fatal(err, writeFindings(r.Findings))
	}
	return r
}

const twoVersions = `
-- old/pack.yaml --
schema: 1
name: p
version: 1.0.0
questions:
  - {name: name, type: string, format: name, help: The project's name}
  - {name: gone, type: bool, default: true, help: Asked no more}
-- old/files/a.txt.tmpl --
{{ .name }}
one
two
three
four
five
-- old/files/b.txt --
one
two
three
-- old/files/z.txt --
z
-- new/pack.yaml --
schema: 1
name: p
version: 1.1.0
questions:
  - {name: name, type: string, format: name, help: The project's name}
  - {name: code, type: string, match: '[a-z]{3}', help: It is new and has no default}
moved:
  - {from: b.txt, to: docs/b.txt, since: 1.1.0}
-- new/files/a.txt.tmpl --
{{ .name }} {{ .code }}
one
two
three
four
five
-- new/files/docs/b.txt --
zero
one
two
three
-- new/files/z.txt --
z
zz
`

// Edits of a user are kept, whichever comes first.
func TestUpgrade(t *testing.T) {
	unpack(t, twoVersions)
	r := tryPack(t, "./old")
	if len(r.Upgrades) != 1 || r.Upgrades[0].Status != OK || r.Upgrades[0].Detail != "3 files edited, 0 conflicts" {
		t.Errorf("got %+v", r.Upgrades)
	}
}

// What keeps an upgrade from being made is said.
func TestUpgradeFails(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"moved:", "refuse: [{when: '{{ eq .name \"hello\" }}', say: not now}]\nmoved:", "not now"},
		{"version: 1.1.0", "version: 0.9.0", "that would be a step back"},
	} {
		unpack(t, strings.Replace(twoVersions, tt.old, tt.new, 1))
		r := tryPack(t, "./old")
		if len(r.Upgrades) != 1 || r.Upgrades[0].Status != Failed || !strings.Contains(strings.Join(r.Upgrades[0].Problems, "\n"), tt.want) {
			t.Errorf("got %+v, want %s", r.Upgrades, tt.want)
		}
	}
}

// Where earlier versions are not looked for, that is said.
func TestUpgradeNotLookedFor(t *testing.T) {
	unpack(t, twoVersions)
	if r := tryPack(t); len(r.Upgrades) > 0 || !strings.Contains(strings.Join(r.Notes, "\n"), "the pack is in no git repository") {
		t.Errorf("outside a repository: %+v", r)
	}
	if err := os.MkdirAll("new/.git", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("new/.git/HEAD", []byte("ref: refs/heads/main\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := "there is no folder for a cache"
	if _, err := exec.LookPath("git"); err != nil {
		want = "there is no git command on PATH"
	}
	if r := tryPack(t); len(r.Upgrades) > 0 || !strings.Contains(strings.Join(r.Notes, "\n"), want) {
		t.Errorf("without a cache: %+v", r)
	}
}

// The version that went is named, and the others are tried.
func TestUpgradeFromNothing(t *testing.T) {
	unpack(t, twoVersions)
	r := tryPack(t, "./none", "./old")
	if len(r.Upgrades) != 2 || r.Upgrades[0].Status != Failed || r.Upgrades[1].Status != OK {
		t.Errorf("got %+v", r.Upgrades)
	}
}

// Nothing is left in the folder for temporary files.
func TestUpgradeLeavesNothing(t *testing.T) {
	unpack(t, twoVersions)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	tryPack(t, "./old")
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

// What an upgrade must not do is seen: the checks are given what it would come to.
func TestUpgradeChecksFail(t *testing.T) {
	file := func(path, text string) tree.File {
		return tree.File{Path: path, Mode: tree.ModeFile, Data: []byte(text)}
	}
	made := tree.Found(file("a", "1\n2\n3\n4\n"), file("b", "b\n"), file("c", "c\n"))
	e := planEdits(made)
	if e.changed != "a" || e.deleted != "c" || len(e.lines) != 2 {
		t.Fatalf("the script is %+v", e)
	}
	edit := func(name, text string) tree.File {
		data, possible := e.edit(name, []byte(text))
		if !possible {
			t.Fatalf("%s cannot be edited", name)
		}
		return file(name, string(data))
	}
	steps := generator.Update{Plan: plan.Plan{Steps: []plan.Step{{Path: "a", To: "a", Verb: plan.Merge}, {Path: "b", To: "b", Verb: plan.Keep}}}}
	updated := tree.Found(file("a", "0\n1\n2\n3\n4\n"), file("b", "b\n"))
	good := tree.Found(edit("a", "0\n1\n2\n3\n4\n"), edit("b", "b\n"))
	for name, tt := range map[string]struct {
		merged tree.Tree
		want   string
	}{
		"all is well":  {good, ""},
		"a lost line":  {tree.Found(edit("a", "0\n1\n2\n3\n4\n"), file("b", "b\n")), "b: the line that was appended is lost"},
		"a lost file":  {tree.Found(edit("a", "0\n1\n2\n3\n4\n")), "b: the line that was appended is lost"},
		"it came back": {tree.Found(slices.Concat(slices.Collect(good.All()), []tree.File{file("c", "c\n")})...), "c: was deleted, and came back"},
		"another text": {tree.Found(edit("a", "1\n2\n3\n4\n"), edit("b", "b\n")), "a: edited and then upgraded it is not what"},
	} {
		var r Result
		u := upgrade{result: &r}
		u.keepsLines(e, tt.merged)
		u.commutes(e, steps, tt.merged, updated)
		if got := strings.Join(r.Problems, "\n"); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// A project of an earlier version has the answers of the case, also those to questions
// that were called otherwise, and keeps them.
func TestUpgradeRenamed(t *testing.T) {
	old := pack.Pack{Questions: []pack.Question{{Name: "word", Type: pack.String}, {Name: "kept", Type: pack.String}}}
	renamed := pack.Pack{Questions: []pack.Question{{Name: "term", Type: pack.String, Renamed: []string{"older", "word"}}, {Name: "kept", Type: pack.String}, {Name: "added", Type: pack.String}}}
	given := answer.Layer{{Name: "term", Text: "hello"}, {Name: "kept", Text: "a"}, {Name: "added", Text: "b"}}
	want := answer.Layer{{Name: "word", Text: "hello"}, {Name: "kept", Text: "a"}}
	if got := fitting(old, former(old, renamed, given)); !slices.Equal(got, want) {
		t.Errorf("the old version is given %v, want %v", got, want)
	}
	if got := added(old, renamed, missing(renamed)); len(got) != 1 || got[0].Name != "added" {
		t.Errorf("the new version is given %v besides", got)
	}
}

// An answer that an earlier version offered is refused whatever it takes to be asked
// for it, and under another name. One that a case gives, or a note is about, is not said.
func TestOfferedAnswers(t *testing.T) {
	old := pack.Pack{Version: "1.0.0", Questions: []pack.Question{
		{Name: "store", Type: pack.Choice, Choices: []string{"file", "disk"}, When: "{{ .docker }}"},
		{Name: "parts", Type: pack.Choices, Choices: []string{"a", "b"}, Default: []string{"a", "b"}},
		{Name: "told", Type: pack.Choice, Choices: []string{"x"}},
	}}
	p := pack.Pack{Version: "2.0.0", Notes: []pack.Note{{Version: "1.0.0", Text: "--store"}, {Version: "2.0.0", Text: "Leave out --told."}}, Questions: []pack.Question{
		{Name: "storage", Type: pack.Choice, Choices: []string{"disk"}, Renamed: []string{"store"}},
		{Name: "parts", Type: pack.Choices, Choices: []string{"b"}},
		{Name: "told", Type: pack.Choice, Choices: []string{"y"}},
	}}
	var r Report
	checker := tester{pack: p, report: &r}
	checker.checkOffered(old, []Golden{{Given: answer.Layer{{Name: "parts", Text: "a"}}}})
	var got []string
	for _, result := range r.Upgrades {
		got = append(got, result.Name+" "+result.Problems[1])
	}
	want := []string{`1.0.0 store=file storage: "file" is none of disk`, `1.0.0 parts=a,b parts: "a" is none of b: did you mean "b"?`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
