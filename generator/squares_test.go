package generator_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
)

// TestSquares takes three hundred files of a project, outside CI a hundred, from one version of a pack
// to the next, each edited by its owner meanwhile. The edits are known, so the
// result is: to edit and then to update comes to the same as to update and then
// to edit. Where the edits overlap that is a conflict, which either side settles.
// They are edits of lines, whatever these say: so lines alone decide.
func TestSquares(t *testing.T) {
	n := 100
	if inCI {
		n = 300
	}
	all := makeSquares(t, n)
	dir := t.TempDir()
	old, new := filepath.Join(dir, "v1"), filepath.Join(dir, "v2")
	writePack(t, old, "1.0.0", all, func(s square) string { return s.base })
	writePack(t, new, "2.0.0", all, func(s square) string { return s.theirs })
	clean := 0
	for _, s := range all {
		if s.clean() {
			clean++
		}
	}
	t.Logf("%d squares are to merge, %d to conflict", clean, len(all)-clean)
	project := folder{t, filepath.Join(dir, "hello")}
	newFrom(t, old, project.dir)
	for _, s := range all {
		project.write(s.path, s.ours)
	}
	byLines := func(string) bool { return true }
	for _, how := range []struct {
		resolution plan.Resolution
		check      func(t *testing.T, s square, got map[string]string)
	}{
		{plan.Markers, checkMarkers},
		{plan.Mine, func(t *testing.T, s square, got map[string]string) { s.same(t, got[s.path], s.mine) }},
		{plan.Template, func(t *testing.T, s square, got map[string]string) { s.same(t, got[s.path], s.template) }},
		{plan.Beside, checkBeside},
	} {
		u, err := generator.PlanUpdate(t.Context(), builtin, project.dir, generator.UpdateOptions{Pack: new, Conflict: how.resolution, ByLines: byLines}, answer.Asker{})
		check(t, err)
		got := outcome(u.Plan, all)
		for _, s := range all {
			how.check(t, s, got)
		}
		if how.resolution == plan.Beside { // the last, and no other writes more files
			check(t, u.Apply(t.Context(), "scaffold regenerate"))
			for path, want := range got {
				if project.read(path) != want {
					t.Errorf("%s: is not what was planned", path)
				}
			}
		}
	}
}

// outcome is what is at every path when the plan is done.
func outcome(p plan.Plan, all []square) map[string]string {
	got := map[string]string{}
	for _, s := range all {
		got[s.path] = s.ours
	}
	for _, s := range p.Steps {
		if s.After != nil {
			got[s.To] = string(s.After.Data)
		}
	}
	return got
}

// checkMarkers resolves by hand: all that stands on one side of the markers.
func checkMarkers(t *testing.T, s square, got map[string]string) {
	text := got[s.path]
	blocks := conflictBlocks(text)
	if s.clean() != (len(blocks) == 0) {
		t.Errorf("%s: %d conflicts, owner %v, template %v\n%s", s.path, len(blocks), s.owner, s.update, text)
		return
	}
	for _, b := range blocks {
		if !b.real() {
			t.Errorf("%s: a conflict about lines apart from each other:\n%s", s.path, text)
		}
	}
	final := func(text string) string { return text }
	if len(blocks) > 0 { // a marker is a whole line, so whether the last line is one is not kept
		final = func(text string) string { return strings.TrimSuffix(text, "\n") }
	}
	s.same(t, final(takeSide(text, true)), final(s.mine))
	s.same(t, final(takeSide(text, false)), final(s.template))
}

func checkBeside(t *testing.T, s square, got map[string]string) {
	want, beside := s.mine, ""
	if !s.clean() {
		want, beside = s.ours, s.theirs
	}
	s.same(t, got[s.path], want)
	s.same(t, got[s.path+".scaffold-new"], beside)
}

// A square is a file and what becomes of it.
type square struct {
	path               string
	base, ours, theirs string
	mine, template     string // the file updated, conflicts settled for one side
	owner, update      []edit
}

// clean reports whether the edits are apart from each other, or alike.
func (s square) clean() bool { return s.mine == s.template }

func (s square) same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		diff := cmp.Diff(slices.Collect(strings.Lines(want)), slices.Collect(strings.Lines(got)))
		t.Errorf("%s: owner %v, template %v (-want +got):\n%s", s.path, s.owner, s.update, diff)
	}
}

// makeSquares makes the same n squares every time, from the web pack's files.
func makeSquares(t *testing.T, n int) []square {
	t.Helper()
	texts := map[string]string{}
	pack := folder{t, t.TempDir()}
	pack.unpack("testdata/year/pack.txtar")
	names := []string{
		"Makefile.tmpl", "README.md.tmpl", "main.go.tmpl", "github.ci.yml.tmpl", "Dockerfile.tmpl",
		"deploy/README.md.tmpl", "deploy/nginx.fcgi.conf.tmpl", "deploy/nginx.scgi.conf.tmpl", "deploy/apache.fcgi.conf.tmpl",
		"deploy/app.service.tmpl", "gateway/http.go", "gateway/run.go", "gateway/vars_socket.go", "gateway/scgi_conn.go",
	}
	for _, name := range names {
		texts[name] = pack.read("files/" + name)
	}
	all := make([]square, n)
	for i := range all {
		name := names[i%len(names)]
		d := drawing{rand.New(rand.NewPCG(20061122, uint64(i))), strings.SplitAfter(strings.TrimSuffix(texts[name], "\n"), "\n")}
		d.lines[len(d.lines)-1] += "\n"
		all[i] = d.square(i%5 < 2)
		all[i].path = fmt.Sprintf("%03d/%s", i, strings.TrimSuffix(filepath.Base(name), ".tmpl"))
	}
	return all
}

func writePack(t *testing.T, dir, version string, all []square, text func(square) string) {
	t.Helper()
	pack := folder{t, dir}
	pack.write("pack.yaml", "schema: 1\nname: squares\nversion: "+version+"\ndescription: Files to edit\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n")
	for _, s := range all {
		pack.write("files/"+s.path, text(s))
	}
}
