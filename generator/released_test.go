//go:build unix

package generator_test

import (
	"cmp"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
)

// released returns the web 1.0.0 that is recorded, and the answers of a project.
func released(t *testing.T) (*generator.Generator, []answer.Layer) {
	t.Helper()
	old := folder{t, filepath.Join(t.TempDir(), "web")}
	old.unpack("testdata/year/pack.txtar")
	g, err := generator.Load(t.Context(), builtin, old.dir)
	check(t, err)
	return g, []answer.Layer{{
		{Name: "transport", Text: "http,fcgi,scgi,cgi"}, {Name: "server", Text: "nginx,apache"},
		{Name: "mount", Text: "/a.b"}, {Name: "domain", Text: "2001:db8::1"},
	}}
}

// An untouched project of web 1.0.0 comes to the pack of today without a
// conflict, and is then what a new project is.
func TestReleasedIsBroughtUpToDate(t *testing.T) {
	first, answers := released(t)
	today, err := generator.Load(t.Context(), builtin, "web")
	check(t, err)
	project := folder{t, filepath.Join(t.TempDir(), "hello")}
	n, err := first.PlanNew(t.Context(), project.dir, append(answers, first.NameOf(project.dir)), answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))

	u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: "web"}, answer.Asker{})
	check(t, err)
	if u.Conflicted() {
		t.Errorf("conflicts: %v", u.Plan.Conflicts())
	}
	check(t, u.Apply(t.Context(), "scaffold regenerate"))

	fresh := folder{t, filepath.Join(t.TempDir(), "hello")}
	n, err = today.PlanNew(t.Context(), fresh.dir, append(answers, today.NameOf(fresh.dir)), answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
	if diff := gocmp.Diff(fresh.files(), project.files()); diff != "" {
		t.Errorf("not as a new project (-new +regenerated):\n%s", diff)
	}
	if text := project.read("scaffold.yaml"); !strings.Contains(text, "\n  site: own\n") {
		t.Errorf("the question that is new since has not its default:\n%s", text)
	}
}

// Most files of 1.0.0's gateway are parts of others now. Whichever of them was
// edited, the edit is where its code went, or the run says that it has conflicts:
// never is a run content with a project that defines something twice.
func TestReleasedEditedIsNeverDefinedTwice(t *testing.T) {
	first, answers := released(t)
	project := folder{t, filepath.Join(t.TempDir(), "hello")}
	n, err := first.PlanNew(t.Context(), project.dir, append(answers, first.NameOf(project.dir)), answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
	tried := 0
	files := project.files()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		content := string(files[path].Data)
		if filepath.Dir(path) != "internal/gateway" || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			continue
		}
		if tried++; !inCI && tried%3 != 1 {
			continue
		}
		edited := strings.Replace(content, "\n\nfunc ", "\n\n// mine\nfunc ", 1)
		project.write(path, edited)
		u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: "web"}, answer.Asker{})
		check(t, err)
		if edited != content && !u.Conflicted() {
			checkDefinedOnce(t, path, u.Plan)
		}
		project.write(path, content)
	}
}

// What the owner of a project of 1.0.0 made of its app stays. What is new around it
// builds with that, passes its test, edited or not, and serves it.
func TestReleasedServesItsOwnersApp(t *testing.T) {
	first, answers := released(t)
	for _, tt := range []struct {
		style    string
		edited   []string
		old, new string
		path     string // where the edit is seen
		answer   string
	}{
		{"func", []string{"app.go"}, `"GET /{$}", hello)`, `"GET /{$}", hello); mux.HandleFunc("GET /mine", hello)`, "/mine", "Hello, world!"},
		{"struct", []string{"app.go", "app_test.go"}, `"Hello`, `"Good day`, "/", "Good day, world!"},
		{"demo", []string{"app.go", "app_test.go"}, `"Hello`, `"Good day`, "/", "Good day world!"},
	} {
		t.Run(tt.style, func(t *testing.T) {
			project := folder{t, filepath.Join(t.TempDir(), "hello")}
			n, err := first.PlanNew(t.Context(), project.dir, append(answers, answer.Layer{{Name: "style", Text: tt.style}}, first.NameOf(project.dir)), answer.Asker{})
			check(t, err)
			check(t, n.Apply(t.Context()))
			for _, path := range tt.edited {
				project.write(path, strings.ReplaceAll(project.read(path), tt.old, tt.new))
			}
			app, test := project.read("app.go"), project.read("app_test.go")
			u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: "web"}, answer.Asker{})
			check(t, err)
			check(t, u.Apply(t.Context(), "scaffold regenerate"))
			if u.Conflicted() || project.read("app.go") != app || project.read("app_test.go") != test {
				t.Fatalf("the owner's app is not what it was, or in conflict: %v", u.Plan.Conflicts())
			}
			if !inCI {
				t.Skip("CI builds it and asks it, and TestYear another")
			}
			project.goTool("build", "-o", "hello", ".")
			project.goTool("vet", "./...")
			project.goTool("test", "-vet=off", ".")
			if got := project.askByCGI(tt.path); !strings.Contains(got, tt.answer) {
				t.Errorf("%s: no %q in\n%s", tt.path, tt.answer, got)
			}
		})
	}
}

// askByCGI has the program answer a request for a path below the mount, as by CGI
// that takes no socket.
func (f folder) askByCGI(path string) string {
	cmd := exec.Command(f.at("hello"))
	cmd.Env = append(os.Environ(), "GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "REQUEST_URI=/a.b"+path)
	out, err := cmd.Output()
	check(f, err)
	return string(out)
}

// checkDefinedOnce looks at the gateway that a plan leaves on a unix.
func checkDefinedOnce(t *testing.T, edited string, p plan.Plan) {
	t.Helper()
	defined, mine := map[string]string{}, false
	for _, s := range p.Steps {
		f := cmp.Or(s.After, s.Ours)
		if f == nil || s.Verb == plan.Delete || filepath.Dir(f.Path) != "internal/gateway" || strings.HasPrefix(string(f.Data), "//go:build !") || strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		mine = mine || strings.Contains(string(f.Data), "// mine\n")
		file, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, 0)
		check(t, err)
		for name := range file.Scope.Objects {
			if other := defined[name]; other != "" && name != "init" {
				t.Errorf("%s was edited: %s is in %s and in %s", edited, name, other, f.Path)
			}
			defined[name] = f.Path
		}
	}
	if !mine {
		t.Errorf("%s was edited, and the edit is gone", edited)
	}
}
