package apply

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A scene is a project and a plan for it, written as text: a path, then what is
// there before and after, "" for nothing. A leading +x makes it executable.
type scene map[string][2]string

func fileOf(name, text string) *tree.File {
	if text == "" {
		return nil
	}
	f := tree.File{Path: name, Mode: tree.ModeFile, Data: []byte(strings.TrimPrefix(text, "+x "))}
	if strings.HasPrefix(text, "+x ") {
		f.Mode = tree.ModeExec
	}
	return &f
}

// plan returns the steps, and the state last.
func (s scene) plan() plan.Plan {
	var p plan.Plan
	for _, name := range sortedKeys(s) {
		step := plan.Step{Path: name, To: name, Ours: fileOf(name, s[name][0]), After: fileOf(name, s[name][1])}
		switch {
		case step.After == nil:
			step.Verb = plan.Delete
		case step.Ours == nil:
			step.Verb = plan.Create
		case string(step.After.Data) == string(step.Ours.Data) && step.After.Mode == step.Ours.Mode:
			step.Verb, step.After = plan.Keep, nil
		default:
			step.Verb = plan.Update
		}
		if !strings.HasPrefix(name, tree.StateFolder) && name != tree.ConfigFile {
			p.Steps = append(p.Steps, step)
			continue
		}
		p.State = append([]plan.Step{step}, p.State...) // scaffold.yaml sorts last and goes first
	}
	return p
}

// full has every kind of step.
var full = scene{
	"main.go":                    {"old main\n", "new main\n"},
	"run.sh":                     {"#!/bin/sh\n", "+x #!/bin/sh\n"},
	"deploy/app.fcgi":            {"+x old\n", "+x new\n"},
	"kept.go":                    {"mine\n", "mine\n"},
	"gone/deep/a.go":             {"a\n", ""},
	"gone/deep/b.go":             {"b\n", ""},
	"half/sub/a.go":              {"a\n", ""},
	"half/a.go":                  {"a\n", ""},
	"fresh/deep/x.go":            {"", "x\n"},
	"fresh/y.go":                 {"", "+x y\n"},
	"file":                       {"file\n", ""},
	"file/in":                    {"", "folder\n"},
	"folder/in":                  {"folder\n", ""},
	"folder":                     {"", "file\n"},
	"scaffold.yaml":              {"version: 1\n", "version: 2\n"},
	".scaffold-state/base.zip":   {"base 1", "base 2"},
	".scaffold-state/.gitignore": {"*\n", "*\n"},
}

// user is in the project besides: no plan knows it.
var user = map[string]string{"half/mine.txt": "mine\n", ".env": "secret\n", "gone.txt": "stays\n"}

func build(t testing.TB, s scene) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "project")
	for name, sides := range s {
		if f := fileOf(name, sides[0]); f != nil {
			put(t, filepath.Join(root, name), string(f.Data), f.Mode)
		}
	}
	for name, text := range user {
		put(t, filepath.Join(root, name), text, 0o600)
	}
	return root
}

func put(t testing.TB, name, text string, mode fs.FileMode) {
	t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), mode), os.Chmod(name, mode))
	if err != nil {
		t.Fatal(err)
	}
}

// after returns what list shows of s before (0) or after (1) its plan.
func (s scene) listing(t testing.TB, side int) string {
	want := make(scene)
	for name, sides := range s {
		want[name] = [2]string{sides[side]}
	}
	return list(t, build(t, want))
}

// tidy is list without the lock and the undo data.
func tidy(t testing.TB, root string) string {
	t.Helper()
	var lines []string
	for _, line := range strings.Split(list(t, root), "\n") {
		if !strings.HasPrefix(line, lockFile) && !strings.HasPrefix(line, undoDir+"/") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestUpdateAndUndo(t *testing.T) {
	root := build(t, full)
	before, after := full.listing(t, 0), full.listing(t, 1)
	if err := (Options{}).Update(t.Context(), root, full.plan(), "scaffold regenerate"); err != nil {
		t.Fatal(err)
	}
	if got := tidy(t, root); got != after {
		t.Errorf("updated: got %s\nwant %s", got, after)
	}
	steps, err := Options{}.Undo(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if got := tidy(t, root); got != before {
		t.Errorf("undone: got %s\nwant %s", got, before)
	}
	if len(steps) != 15 || steps[0].Path != ".scaffold-state/base.zip" {
		t.Errorf("undo took %d steps: %v", len(steps), steps)
	}
	if _, err := (Options{}).Undo(t.Context(), root); err == nil || !problem.IsInput(err) {
		t.Errorf("undone twice: %v", err)
	}
}

func sortedKeys(s scene) []string {
	return slices.Sorted(maps.Keys(s))
}
