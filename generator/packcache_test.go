package generator_test

import (
	"os"
	"path/filepath"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
)

// Projects of one run share a pack, which is read once, and so is what is wrong
// with one.
func TestPackCache(t *testing.T) {
	dir := t.TempDir()
	pack := folder{t, filepath.Join(dir, "pack")}
	pack.write("pack.yaml", "schema: 1\nname: small\nversion: 1.0.0\ndescription: Few files\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n")
	pack.write("files/a.txt.tmpl", "of {{ .name }}\n")
	for _, name := range []string{"one", "two"} {
		newFrom(t, pack.dir, filepath.Join(dir, name))
	}
	plan := func(name string, cache *generator.PackCache) error {
		u, err := generator.PlanUpdate(t.Context(), builtin, filepath.Join(dir, name), generator.UpdateOptions{Cache: cache}, answer.Asker{})
		if err == nil && !u.UpToDate() {
			t.Errorf("%s is not up to date", name)
		}
		return err
	}
	run := new(generator.PackCache)
	check(t, plan("one", run))
	check(t, os.Rename(pack.dir, pack.dir+".away"))
	check(t, plan("two", run))
	gone := new(generator.PackCache)
	if plan("one", gone) == nil {
		t.Error("another run finds a pack that is gone")
	}
	check(t, os.Rename(pack.dir+".away", pack.dir))
	if plan("two", gone) == nil {
		t.Error("a run looks again for a pack that it did not find")
	}
	check(t, plan("two", nil))
}
