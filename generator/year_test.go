//go:build unix

package generator_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

// TestYear takes one project through a year of the web pack. Every month its
// owner goes on working, a version of the pack is released, and the project is
// regenerated, built and tested; the months stand in testdata/year.
//
// Nothing the owner wrote may be lost, nothing the template changed may be
// missed, and every conflict must be one: both sides changed the same lines. It
// is built in CI alone, because that takes the most of the time.
func TestYear(t *testing.T) {
	dir := t.TempDir()
	y := &year{
		T: t, pack: folder{t, filepath.Join(dir, "web")}, project: folder{t, filepath.Join(dir, "hello")},
		lines: map[string][]string{},
	}
	y.pack.unpack("testdata/year/pack.txtar")
	n, err := y.load().PlanNew(y.Context(), y.project.dir, []answer.Layer{{{Name: "transport", Text: "http,fcgi"}}, y.load().NameOf(y.project.dir)}, answer.Asker{})
	check(t, err)
	check(t, n.Apply(t.Context()))
	y.release = release{n.Answers, y.fresh(n.Answers)}
	for number := range 13 {
		y.month(number)
	}
	if inCI {
		y.serve()
	}
	t.Logf("a year had %d conflicts:\n%s", len(y.conflicts), strings.Join(y.conflicts, "\n"))
}

// A year is a pack and a project that grow.
type year struct {
	*testing.T
	pack, project folder
	release       release
	conflicts     []string

	// What the owner did and did not take back since.
	lines map[string][]string // written, by path
	gone  []string            // deleted
	crlf  []string            // saved with CRLF
}

// A release is what a version of the pack writes for the project's answers.
type release struct {
	answers answer.Answers
	files   map[string]tree.File
}

func (y *year) load() *generator.Generator {
	g, err := generator.Load(y.Context(), builtin, y.pack.dir)
	check(y.T, err)
	return g
}

// fresh renders the pack as scaffold new does, which knows no base.
func (y *year) fresh(answers answer.Answers) map[string]tree.File {
	var layer answer.Layer
	for a := range answers.All() {
		if a.From != answer.Absent {
			layer = append(layer, answer.Value{Name: a.Name, Text: answer.Format(a.Value), Where: "the year"})
		}
	}
	n, err := y.load().PlanNew(y.Context(), filepath.Join(y.TempDir(), "hello"), []answer.Layer{layer}, answer.Asker{})
	check(y.T, err)
	files := map[string]tree.File{}
	for _, s := range n.Plan.Steps {
		files[s.Path] = *s.After
	}
	return files
}

func (y *year) month(number int) {
	m := readMonth(y.T, number)
	if number > 0 {
		y.pack.replace("pack.yaml", fmt.Sprintf("\nversion: 1.%d.0\n", number-1), fmt.Sprintf("\nversion: 1.%d.0\n", number))
	}
	for _, s := range m.sections {
		y.do(s)
	}
	before := y.project.files()
	u := y.regenerate()
	if got, want := shown(u.Plan), m.body("steps"); got != want {
		y.Errorf("month %d: regenerate does\n%swant\n%s", number, got, want)
	}
	y.checkUntouched(before, u.Plan)
	next := release{u.Answers, y.fresh(u.Answers)}
	y.checkApplied(next, u.Plan)
	y.release = next
	y.followMoves(u.Plan)
	y.resolve(m, u.Plan)
	y.checkOwner()
	for line := range strings.Lines(m.body("scaffold.yaml")) {
		if !strings.Contains(y.project.read("scaffold.yaml"), "\n"+line) {
			y.Errorf("month %d: scaffold.yaml has no line %q", number, line)
		}
	}
	if y.Failed() {
		y.Fatalf("testdata/year/%02d.txtar tells what was to be", number)
	}
	if inCI {
		y.build()
	}
}

// regenerate brings the project up to date, markers and all.
func (y *year) regenerate() generator.Update {
	u, err := generator.PlanUpdate(y.Context(), builtin, y.project.dir, generator.UpdateOptions{}, answer.Asker{})
	check(y.T, err)
	check(y.T, u.Apply(y.Context(), "scaffold regenerate"))
	return u
}

// shown lists the steps that a report shows: what changes, or is named.
func shown(p plan.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		if s.Named || s.Writes() {
			fmt.Fprintln(&b, s.Verb, s.Path)
		}
	}
	return b.String()
}

// resolve does what the month says about conflicts: nothing can be regenerated
// before that, and nothing is left to do after it.
func (y *year) resolve(m month, p plan.Plan) {
	open := p.Conflicts()
	for _, c := range open {
		y.checkConflict(m.version, c.To)
	}
	if len(open) > 0 {
		before := y.project.files()
		if u := y.regenerate(); len(u.Open) != len(open) {
			y.Errorf("%d conflicts are open, want %d", len(u.Open), len(open))
		}
		y.checkSame(before, y.project.files())
	}
	for _, s := range m.sections {
		y.settle(s)
	}
	if u := y.regenerate(); u.Conflicted() || shown(u.Plan) != "" {
		y.Errorf("all is resolved, and still there is to do:\n%s", shown(u.Plan))
	}
	if u := y.regenerate(); !u.UpToDate() {
		y.Error("regenerated twice, and not up to date")
	}
}

// build does what the owner does after each regenerate.
func (y *year) build() {
	y.project.goTool("build", "-o", "hello", ".")
	y.project.goTool("vet", "./...")
	y.project.goTool("test", "-vet=off", ".")
}

// serve starts the program and asks for what the owner wrote on the first day.
func (y *year) serve() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(y.T, err)
	address := l.Addr().String()
	check(y.T, l.Close())
	app := exec.Command(filepath.Join(y.project.dir, "hello"), "-transport", "http", "-listen", "tcp:"+address, "-token", "open sesame", "-quiet")
	check(y.T, app.Start())
	y.Cleanup(func() { app.Process.Kill(); app.Wait() })
	request, err := http.NewRequest("GET", "http://"+address+"/notes", nil)
	check(y.T, err)
	request.Header.Set("X-Token", "open sesame")
	response, err := http.DefaultClient.Do(request)
	for tries := 0; err != nil && tries < 12_000; tries++ { // five minutes
		time.Sleep(25 * time.Millisecond)
		response, err = http.DefaultClient.Do(request)
	}
	check(y.T, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check(y.T, err)
	if !strings.HasPrefix(string(body), "Good day, owner!\nIt is 2") || !slices.Contains(response.Header["X-Content-Type-Options"], "nosniff") {
		y.Errorf("GET /notes: %s %q", response.Status, body)
	}
}
