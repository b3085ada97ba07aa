package trace

import (
	"bytes"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/merge"
	"scaffold/generator/render"
	"scaffold/generator/source"
	"scaffold/templates"
)

var places = []struct {
	text, file string
	line       int
	given      bool
}{
	{"a.go", "a.go", 0, false},
	{"a.go:12", "a.go", 12, true},
	{"a.go:12:5", "a.go", 12, true},
	{"a.go:12:5:", "a.go", 12, true},
	{"./d/a.go:0", "./d/a.go", 0, true},
	{`C:\x`, `C:\x`, 0, false},
	{`C:\x:12`, `C:\x`, 12, true},
	{"a.go:", "a.go:", 0, false},
	{"a.go:x", "a.go:x", 0, false},
	{"a.go:-1", "a.go:-1", 0, false},
	{":12", ":12", 0, false},
	{"a:1:2:3", "a:1", 2, true},
	{"a.go:99999999999999999999", "a.go", math.MaxInt, true},
}

func TestParsePlace(t *testing.T) {
	for _, tt := range places {
		want := Place{tt.file, tt.line, tt.given}
		if got := ParsePlace(tt.text); got != want {
			t.Errorf("%q: got %+v, want %+v", tt.text, got, want)
		}
	}
}

// packAnswers are kinds of projects that take many branches of a pack's templates.
var packAnswers = map[string][]map[string]string{
	"web": {
		{"name": "hello"},
		{"name": "shop", "transport": "http,fcgi,scgi,cgi", "server": "nginx,apache,lighttpd,caddy,haproxy", "style": "struct", "docker": "true"},
		{"name": "app", "transport": "cgi", "server": "apache", "systemd": "false", "mount": "/app", "style": "demo"},
	},
	"wsgi": {
		{"name": "hello", "style": "demo"},
		{"name": "shop", "transport": "fcgi,scgi,cgi", "server": "nginx,apache,lighttpd,caddy,haproxy", "style": "struct", "mount": "/app"},
	},
}

// eachOfPacks calls do with each file of the kinds of projects, with what traces it.
func eachOfPacks(t *testing.T, do func(p prover, tr render.Trace)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(packAnswers)) {
		eachOf(t, name, do)
	}
}

func eachOf(t *testing.T, name string, do func(p prover, tr render.Trace)) {
	t.Helper()
	g, err := generator.Load(t.Context(), source.Finder{Builtin: templates.FS}, name)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := render.Compile(t.Context(), g.Pack, name)
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range packAnswers[name] {
		var layer answer.Layer
		for name, text := range given {
			layer = append(layer, answer.Value{Name: name, Text: text, Where: name})
		}
		run := compiled.Run(t.Context())
		answers, err := answer.Resolve(g.Pack, []answer.Layer{layer}, run.Eval, answer.Asker{})
		if err != nil {
			t.Fatal(err)
		}
		files, err := run.Render(answers)
		if err != nil {
			t.Fatal(err)
		}
		for f := range files.All() {
			tr, err := compiled.Run(t.Context()).Trace(answers, f.Origin)
			if err != nil || !bytes.Equal(tr.File.Data, f.Data) {
				t.Errorf("%s is not traced as it is rendered: %v", f.Path, err)
				continue
			}
			if !merge.Binary(f.Data) {
				do(prover{ctx: t.Context(), template: f.Origin, base: f.Data, loaded: loaded{Generator: g, answers: answers}}, tr)
			}
		}
	}
}

// Each line of the packs' files has the text of the template's lines that are said to have
// written it, between what answers put there.
func TestLinesOfPacks(t *testing.T) {
	lines := 0
	eachOfPacks(t, func(_ prover, tr render.Trace) { lines += checkLines(t, tr) })
	if lines < 5000 {
		t.Errorf("only %d lines were looked at", lines)
	}
}

// Edits of the packs' files come back, or are refused; with CI=true of every file, else of
// one in four.
func TestCarryPacks(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	tried, whole := 0, 0
	eachOfPacks(t, func(p prover, tr render.Trace) {
		if tr.Copied || os.Getenv("CI") != "true" && r.IntN(4) > 0 {
			return
		}
		tried++
		if checkCarried(t, p.template, editRandomly(r, string(tr.File.Data)), p, tr) {
			whole++
		}
	})
	if whole < tried/2 {
		t.Errorf("of %d files %d took all edits", tried, whole)
	}
	t.Logf("of %d files %d took all edits", tried, whole)
}

// Each template of the packs stands where a patch has it, also those that both include.
func TestPathsOfPacks(t *testing.T) {
	shared := 0
	eachOfPacks(t, func(p prover, tr render.Trace) {
		g := Backport{Template: p.pathFromPack(p.template), dir: p.Source.Dir, after: []byte("changed")}
		patch := PatchOf([]Backport{g})
		if strings.HasPrefix(patch.Steps[0].Path, "shared/") {
			shared++
		}
		there, err := templates.FS.ReadFile(path.Join(p.Source.Dir, patch.folder(), patch.Steps[0].Path))
		if err != nil || !bytes.Equal(there, tr.Source) {
			t.Errorf("%s is not at %s: %v", p.template, patch.Steps[0].Path, err)
		}
	})
	if shared < 20 {
		t.Errorf("only %d files that packs share were looked at", shared)
	}
}

func checkLines(t *testing.T, tr render.Trace) int {
	t.Helper()
	source := strings.Split(string(tr.Source), "\n")
	runs := newBlamer(tr).lines(tr.File.Data)
	start := 0
	for i, line := range strings.SplitAfter(string(tr.File.Data), "\n") {
		if line == "" {
			continue
		}
		r := runs[i]
		if r.TemplateFrom < 1 || r.TemplateTo > len(source) || r.TemplateFrom > r.TemplateTo {
			t.Fatalf("%s:%d is of the lines %d to %d of %d", tr.File.Path, i+1, r.TemplateFrom, r.TemplateTo, len(source))
		}
		wrote := strings.Join(source[r.TemplateFrom-1:r.TemplateTo], "\n")
		for _, p := range tr.Parts {
			from, to := max(p.Start, start), min(p.End, start+len(line))
			if !p.Text || from >= to {
				continue
			}
			if text := strings.TrimSpace(string(tr.File.Data[from:to])); !strings.Contains(wrote, text) {
				t.Errorf("%s:%d has %q, and the lines that wrote it are %q", tr.File.Path, i+1, text, wrote)
			}
		}
		start += len(line)
	}
	return len(runs)
}
