package apply

import (
	"context"
	"testing"

	"scaffold/generator/tree"
)

// TestEveryStepOfAdopt fails, kills and cuts the power at every step of making a project
// of a folder: it has a whole state then, or none, not even its folder.
func TestEveryStepOfAdopt(t *testing.T) {
	state := scene{
		tree.AttributesFile: {"", "base.zip -text\n"}, tree.IgnoreFile: {"", "*\n"},
		tree.ConfigFile: {"", "pack: web\n"}, tree.BaseFile: {"", "zip\n"},
	}
	adopt := func(ctx context.Context) func(Options) error {
		return func(o Options) error {
			return o.Adopt(ctx, "/project", state.plan(), "scaffold adopt")
		}
	}
	start := memBuild(state, 0)
	s := &sweep{name: "adopt", start: start, old: start.String(), new: memBuild(state, 1).String(), doIn: adopt, whole: true}
	s.fail(t)
	s.crash(t, true)
	if s.tries < 100 {
		t.Errorf("%d tries, want 100", s.tries)
	}
}
