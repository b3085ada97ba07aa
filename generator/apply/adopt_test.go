package apply

import (
	"context"
	"testing"

	"scaffold/generator/tree"
)

// state is what adopt writes, and into what new makes in a folder that has files.
var state = scene{
	tree.AttributesFile: {"", "base.zip -text\n"}, tree.IgnoreFile: {"", "*\n"},
	tree.ConfigFile: {"", "pack: web\n"}, tree.BaseFile: {"", "zip\n"},
}

// into is new in a folder that has files: it makes some, and changes others.
var into = scene{
	"README.md":       {"mine\n", "mine\nand the template's\n"},
	"run.sh":          {"#!/bin/sh\n", "+x #!/bin/sh\n"},
	"half/mine.txt":   {"mine\n", "mine\n"},
	"half/sub/new.go": {"", "new\n"},
	"new.go":          {"", "new\n"},

	tree.AttributesFile: state[tree.AttributesFile], tree.IgnoreFile: state[tree.IgnoreFile],
	tree.ConfigFile: state[tree.ConfigFile], tree.BaseFile: state[tree.BaseFile],
}

func adoptIn(s scene) func(context.Context) func(Options) error {
	return func(ctx context.Context) func(Options) error {
		return func(o Options) error { return o.Adopt(ctx, "/project", s.plan(), "scaffold adopt") }
	}
}

// TestEveryStepOfAdopt fails, kills and cuts the power at every step of making a project
// of a folder: it has a whole state then, or none, not even its folder.
func TestEveryStepOfAdopt(t *testing.T) {
	start := memBuild(state, 0)
	s := &sweep{name: "adopt", start: start, old: start.String(), new: memBuild(state, 1).String(), doIn: adoptIn(state), whole: true}
	s.fail(t)
	s.crash(t, true)
	if s.tries < 100 {
		t.Errorf("%d tries, want 100", s.tries)
	}
}

// TestEveryStepOfNewInto does so with files that are made and changed, and as the
// making is undone.
func TestEveryStepOfNewInto(t *testing.T) {
	for name, start := range variants(into) {
		old, after := memBuild(into, 0).String(), memBuild(into, 1).String()
		s := &sweep{name: "new" + name, start: start, old: old, new: after, doIn: adoptIn(into), whole: true}
		s.fail(t)
		s.crash(t, name == "")
		done := start.clone()
		if err := s.do(plain(done)); err != nil {
			t.Fatal(err)
		}
		u := &sweep{name: "undo" + name, start: done, old: after, new: old, doIn: undoIn, isUndo: true, before: old}
		u.fail(t)
		u.crash(t, name == "")
		if s.tries < 100 || u.tries < 100 {
			t.Errorf("%d and %d tries, want 100 of each", s.tries, u.tries)
		}
	}
}
