package apply

import (
	"context"
	"strings"
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

// fresh is new in an empty folder.
var fresh = scene{
	"go.mod":          {"", "module fresh\n"},
	"run.sh":          {"", "+x #!/bin/sh\n"},
	"half/sub/new.go": {"", "new\n"},

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

// TestEveryStepOfNewInto does so with files that are made and changed, in a folder that
// has some and in an empty one, and as the making is undone.
func TestEveryStepOfNewInto(t *testing.T) {
	for what, s := range map[string]scene{"into": into, "fresh": fresh} {
		for name, start := range variants(s) {
			t.Run(strings.TrimSpace(what+name), func(t *testing.T) { sweepNewInto(t, s, start, name == "") })
		}
	}
}

func sweepNewInto(t *testing.T, made scene, start *memDisk, power bool) {
	old, after := memBuild(made, 0).String(), memBuild(made, 1).String()
	s := &sweep{name: "new", start: start, old: old, new: after, doIn: adoptIn(made), whole: true}
	s.fail(t)
	s.crash(t, power)
	done := start.clone()
	if err := s.do(plain(done)); err != nil {
		t.Fatal(err)
	}
	u := &sweep{name: "undo", start: done, old: after, new: old, doIn: undoIn, isUndo: true, before: old}
	u.fail(t)
	u.crash(t, power)
	if s.tries < 100 || u.tries < 100 {
		t.Errorf("%d and %d tries, want 100 of each", s.tries, u.tries)
	}
}
