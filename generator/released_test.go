//go:build unix

package generator_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/templates"
)

// An untouched project of web 1.0.0 comes to the pack of today without a
// conflict, and is then what a new project is.
func TestReleasedIsBroughtUpToDate(t *testing.T) {
	old := folder{t, filepath.Join(t.TempDir(), "web")}
	old.unpack("testdata/year/pack.txtar")
	first, err := generator.Load(t.Context(), templates.FS, old.dir)
	check(t, err)
	today, err := generator.Load(t.Context(), templates.FS, "web")
	check(t, err)
	answers := answer.Layer{
		{Name: "transport", Text: "http,fcgi,scgi,cgi"}, {Name: "server", Text: "nginx,apache"},
		{Name: "mount", Text: "/a.b"}, {Name: "domain", Text: "2001:db8::1"},
	}
	project := folder{t, filepath.Join(t.TempDir(), "hello")}
	n, err := first.PlanNew(t.Context(), project.dir, []answer.Layer{answers, first.NameOf(project.dir)}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))

	u, err := generator.PlanUpdate(t.Context(), templates.FS, project.dir, generator.UpdateOptions{Pack: "web"}, answer.Asker{})
	check(t, err)
	if u.Conflicted() {
		t.Errorf("conflicts: %v", u.Plan.Conflicts())
	}
	check(t, u.Apply(t.Context(), "scaffold regenerate"))

	fresh := folder{t, filepath.Join(t.TempDir(), "hello")}
	n, err = today.PlanNew(t.Context(), fresh.dir, []answer.Layer{answers, today.NameOf(fresh.dir)}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
	if diff := cmp.Diff(fresh.files(), project.files()); diff != "" {
		t.Errorf("not as a new project (-new +regenerated):\n%s", diff)
	}
}
