package report

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

func TestDiff(t *testing.T) {
	var out strings.Builder
	p := everything()
	p.State = nil
	Diff(&out, p, Style{})
	const want = `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -1,3 +1,3 @@
 one
-two
+2
 three
diff --git a/conflict.txt.scaffold-new b/conflict.txt.scaffold-new
new file mode 100644
--- /dev/null
+++ b/conflict.txt.scaffold-new
@@ -0,0 +1 @@
+theirs
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/merged b/merged
--- a/merged
+++ b/merged
@@ -1 +1,2 @@
 a
+b
\ No newline at end of file
diff --git a/run b/run
new file mode 100755
--- /dev/null
+++ b/run
@@ -0,0 +1 @@
+#!/bin/sh
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Of what is too large for a patch the hashes are given: git finds the bytes by
// them, where it has them, and --exclude leaves the file out.
func TestBinaryDiffTooLarge(t *testing.T) {
	var out strings.Builder
	Diff(&out, plan.Plan{Steps: []plan.Step{create("x.png", "\x00"+strings.Repeat("x", maxBinary))}}, Style{})
	const want = "diff --git a/x.png b/x.png\nnew file mode 100644\n" +
		"index 0000000000000000000000000000000000000000..9d9fb0cc013311dc71c3fcc3a2abf3b21c0049c8\n" +
		"Binary files /dev/null and b/x.png differ\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestGitName(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"a/b c.txt", "a/b c.txt"},
		{"größe/नमस्ते/🎉", "größe/नमस्ते/🎉"},
		{`a"b`, `"a\"b"`},
		{`a\b`, `"a\\b"`},
		{"a\tb\nc\x1bd", `"a\tb\nc\033d"`},
		{"a\u202eb", `"a\342\200\256b"`},
		{"caf\xe9", `"caf\351"`},
		{"\ufffd", "\ufffd"},
	} {
		if got := quoteName(tt.path); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.path, got, tt.want)
		}
	}
}

// names are of every kind that a patch must write with care.
var names = []string{
	"a", "b/c", "b/d/e.txt", "with space", "two  spaces/and more", `quo"te`, `back\slash`, "tab\there", "größe",
	"नमस्ते", "🎉 party", "-dash", "dev/null", "a b/b", "it's", "$(id)", "line\nbreak", "bidi\u202e", "latin\xe9", "x.d", "x.d/y",
}

// bodies are bytes of every kind, and some that differ little.
func bodies() []string {
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("line %d\n", i)
	}
	lines := strings.Join(many, "")
	return []string{
		"", "a\n", "a", "a\nb\n", "a\nb", "\n", "\n\n", "a\r\nb\r\n", "a\r\nb\n", "\r", "\r\n", "caf\xe9\n", "\ufeffa\n",
		lines, strings.Replace(lines, "line 3\n", "three\n", 1), strings.Replace(lines, "line 30\n", "", 1),
		strings.TrimSuffix(strings.Replace(lines, "line 50\n", "50\r\n", 1), "\n"),
		"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n", "-- \n\\ No newline at end of file\n+x", "diff --git a/a b/b\n",
		"\x00", "x\x00y", "\x89PNG\x00" + lines, strings.Repeat("\x00\xff", 30), strings.Repeat("\x00", 52), strings.Repeat("x", 8000) + "\x00\n",
	}
}

// git applies the patch of any two trees, and takes it back.
func TestDiffApplies(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git is not on PATH to apply patches; CI needs it")
		}
		t.Skip("no git on PATH to apply patches")
	}
	n := 15
	if os.Getenv("CI") == "true" {
		n = 200
	}
	binaries, moves := 0, 0
	for i := range n {
		before, after, p := randomTrees(rand.New(rand.NewPCG(5, uint64(i))))
		var patch bytes.Buffer
		Diff(&patch, p, Style{})
		binaries += strings.Count(patch.String(), "\nGIT binary patch\n")
		moves += strings.Count(patch.String(), "\nrename from ")
		dir := t.TempDir()
		writeTree(t, dir, before)
		apply := func(want map[string]*tree.File, args ...string) {
			t.Helper()
			cmd := exec.Command(git, append([]string{"apply", "--whitespace=nowarn"}, args...)...)
			cmd.Dir, cmd.Stdin = dir, bytes.NewReader(patch.Bytes())
			cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("trees %d: git apply %s: %v\n%s\n%s", i, args, err, out, patch.String())
			}
			sameTree(t, dir, want, patch.String())
		}
		if patch.Len() > 0 {
			apply(after)
			apply(before, "--reverse")
		}
	}
	if binaries == 0 || moves == 0 {
		t.Errorf("%d binary files and %d moves show nothing", binaries, moves)
	}
}

// randomTrees returns two trees, and the plan that makes one of the other.
func randomTrees(r *rand.Rand) (before, after map[string]*tree.File, p plan.Plan) {
	bodies := bodies()
	random := func(path string) *tree.File {
		f := file(path, bodies[r.IntN(len(bodies))])
		if r.IntN(4) == 0 {
			f.Mode = tree.ModeExec
		}
		return f
	}
	before, after = map[string]*tree.File{}, map[string]*tree.File{}
	for _, path := range names {
		folder, inside := path == "x.d", path == "x.d/y" // one or the other
		if r.IntN(3) > 0 && !(inside && before["x.d"] != nil) {
			before[path] = random(path)
		}
		if r.IntN(3) > 0 && !(inside && after["x.d"] != nil) && !(folder && r.IntN(2) == 0) {
			after[path] = random(path)
		}
	}
	from := randomMoves(r, before, after)
	for _, path := range names {
		s := plan.Step{Path: path, To: path, Verb: plan.Update, From: from[path], Ours: before[path], After: after[path]}
		if s.From != "" {
			s.Ours = before[s.From]
		}
		switch {
		case s.After == nil && s.Ours != nil:
			s.Verb = plan.Delete
		case s.After == nil, s.From == "" && plan.Same(s.Ours, s.After):
			continue
		case s.From != "" && r.IntN(2) == 0:
			s.After.Data = s.Ours.Data
		}
		p.Steps = append(p.Steps, s)
	}
	return before, after, p
}

// randomMoves says for some files of after from where they come: two change
// places, one takes the place of one that goes on, and others go where nothing is.
func randomMoves(r *rand.Rand, before, after map[string]*tree.File) map[string]string {
	from, left := map[string]string{}, map[string]bool{"x.d": true, "x.d/y": true}
	move := func(source, path string) bool {
		ok := before[source] != nil && after[path] != nil && source != path && !left[source] && !left[path] && from[path] == ""
		if ok {
			from[path], left[source] = source, true
		}
		return ok
	}
	if a, b := "a", "größe"; before[a] != nil && before[b] != nil && after[a] != nil && after[b] != nil {
		from[a], from[b], left[a], left[b] = b, a, true, true
	}
	if to := "b/c"; before[to] == nil && after["-dash"] != nil && move("-dash", to) {
		delete(left, "-dash")
		if !move("dev/null", "-dash") {
			delete(from, to)
		}
		left["-dash"], left["dev/null"] = true, true
	}
	for _, path := range names {
		if source := names[r.IntN(len(names))]; before[path] == nil && after[source] == nil {
			move(source, path)
		}
	}
	return from
}

func writeTree(t *testing.T, dir string, files map[string]*tree.File) {
	t.Helper()
	for path, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, f.Mode); err != nil {
			t.Fatal(err)
		}
	}
}

func sameTree(t *testing.T, dir string, want map[string]*tree.File, patch string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found++
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f := want[filepath.ToSlash(rel)]
		if f == nil || !bytes.Equal(data, f.Data) || info.Mode()&0o100 != f.Mode&0o100 {
			t.Errorf("%q has %q, mode %v, want %+v; patch\n%s", rel, data, info.Mode(), f, patch)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(want) {
		t.Errorf("%d files, want %d; patch\n%s", found, len(want), patch)
	}
}
