package generator

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/source"
)

var intoPack = map[string]string{
	".gitignore": "/app\n*.log\n", "README.md": "# app\nwhat it is\n", "run.sh": "#!/bin/sh\necho app\n", "a/b/c.txt": "c\n", "a/d.txt": "d\n", "data.bin": "\x00\x01",
	"go.mod": "module app\n\ngo 1.26\n",
}

// intoKinds are what a folder may have at the path of a file of the pack's.
var intoKinds = []string{"nothing", "nothing", "the same", "another", "more", "executable", "binary", "a folder", "a link", "a file as folder", "another case"}

func putInto(t *testing.T, root, name, kind string) {
	path := filepath.Join(root, filepath.FromSlash(name))
	switch kind {
	case "the same":
		writeFile(t, path, intoPack[name])
	case "another":
		writeFile(t, path, "the user's\n")
	case "more":
		writeFile(t, path, intoPack[name]+"the user's\n")
	case "executable":
		writeFile(t, path, intoPack[name])
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	case "binary":
		writeFile(t, path, "\x00the user's")
	case "a folder":
		writeFile(t, path+"/inside", "the user's\n")
	case "a link":
		mkdir(t, filepath.Dir(path))
		symlink(t, "elsewhere", path)
	case "a file as folder":
		if dir, _, nested := strings.Cut(name, "/"); nested {
			writeFile(t, filepath.Join(root, dir), "the user's\n")
		}
	case "another case":
		writeFile(t, filepath.Join(filepath.Dir(path), strings.ToUpper(filepath.Base(path))), "the user's\n")
	}
}

// drawFolder makes a folder of the user's, of which the pack's paths are a part.
func drawFolder(t *testing.T, rng *rand.Rand) (root string, drawn []string) {
	root = filepath.Join(t.TempDir(), "app")
	writeFile(t, filepath.Join(root, "notes.txt"), "the user's\n")
	blocked := false
	for _, name := range slices.Sorted(maps.Keys(intoPack)) {
		kind := intoKinds[rng.IntN(len(intoKinds))]
		if nested := strings.Contains(name, "/"); nested && blocked {
			continue
		} else if nested && kind == "a file as folder" {
			if _, err := os.Lstat(filepath.Join(root, "a")); err == nil {
				continue
			}
			blocked = true
		}
		putInto(t, root, name, kind)
		drawn = append(drawn, name+": "+kind)
	}
	return root, drawn
}

// snapshot returns what is below root: kind, mode and bytes.
func snapshot(t *testing.T, root string) map[string]string {
	all := make(map[string]string)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := ""
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(data)
		}
		rel, _ := filepath.Rel(root, path)
		all[filepath.ToSlash(rel)] = fmt.Sprintf("%v %q", info.Mode(), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNewIntoFolders makes projects in folders of all kinds: nothing of the user's
// changes but what the plan says, the next regenerate has nothing to do or waits for
// what is in conflict, and undo brings the folder back.
func TestNewIntoFolders(t *testing.T) {
	packFiles := fstest.MapFS{"app/pack.yaml": {Data: []byte("schema: 1\nname: app\nversion: 1.0.0\n")}}
	for name, text := range intoPack {
		packFiles["app/files/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	finder := source.Finder{Builtin: packFiles}
	g, err := Load(t.Context(), finder, "app")
	if err != nil {
		t.Fatal(err)
	}
	tries, verbs := 5, make(map[plan.Verb]int)
	if os.Getenv("CI") == "true" {
		tries = 60
	}
	for seed := range uint64(tries) {
		for _, how := range []plan.Resolution{plan.Markers, plan.Mine, plan.Template, plan.Beside} {
			root, drawn := drawFolder(t, rand.New(rand.NewPCG(seed, 0)))
			for _, wrong := range tryInto(t, g, finder, root, how, verbs) {
				t.Errorf("seed %d, conflict %d: %q: %s", seed, how, drawn, wrong)
			}
		}
	}
	for _, verb := range []plan.Verb{plan.Create, plan.Merge, plan.Update, plan.Conflict, plan.Keep} {
		if verbs[verb] == 0 {
			t.Errorf("%s: never", verb)
		}
	}
	t.Logf("%v", verbs)
}

// tryInto returns what does not hold of one folder, and counts the verbs of its plan.
func tryInto(t *testing.T, g *Generator, finder source.Finder, root string, how plan.Resolution, verbs map[plan.Verb]int) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	before := snapshot(t, root)
	n, err := g.PlanNewBy(t.Context(), root, []answer.Layer{g.NameOf(root)}, answer.Asker{}, NewOptions{Conflict: &how})
	if err == nil {
		err = n.Apply(t.Context())
	}
	if err != nil {
		say("new: %v", err)
		return wrong
	}
	written := make(map[string]bool)
	for _, s := range n.Plan.Steps {
		verbs[s.Verb]++
		written[s.To] = s.After != nil
		if s.Verb == plan.Delete {
			say("%s is deleted", s.Path)
		}
	}
	after := snapshot(t, root)
	for name, was := range before {
		if !written[name] && after[name] != was {
			say("%s was %s and is %s", name, was, after[name])
		}
	}
	u, err := PlanUpdate(t.Context(), finder, root, UpdateOptions{}, answer.Asker{})
	if conflicts := n.Plan.Count(plan.Conflict); err != nil || len(u.Open) != conflicts || conflicts == 0 && !u.UpToDate() {
		say("regenerate: %d open of %d, up to date %v, %v", len(u.Open), conflicts, u.UpToDate(), err)
	}
	if _, err := Undo(t.Context(), root, nil); err != nil {
		say("undo: %v", err)
	}
	if back := snapshot(t, root); !maps.Equal(back, before) {
		say("undone:\n%v\nwas\n%v", back, before)
	}
	return wrong
}
