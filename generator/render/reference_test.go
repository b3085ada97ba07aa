package render

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
)

// section returns what the reference has under a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/packs.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("the reference has no heading %s", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// Each function that a template may call has a row in the reference, whose template
// writes what stands beside it. There ⏎ is the end of a line.
func TestReferenceOfFunctions(t *testing.T) {
	text := section(t, "## Which functions are there?")
	_, piece, _ := strings.Cut(text, "```yaml\n")
	piece, _, _ = strings.Cut(piece, "```\n")
	var have []string
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSuffix(line, " |\n"), " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) != 4 {
			continue
		}
		name := strings.Trim(cells[0], "| `")
		have = append(have, name)
		source := unquoteCode(cells[1])
		if !strings.Contains(source, name) {
			t.Errorf("%s: its example does not call it: %s", name, source)
		}
		if got, want := renderPiece(t, piece, source), unquoteCode(cells[2]); got != want {
			t.Errorf("%s writes\n%s\nand the reference says\n%s", source, got, want)
		}
	}
	known := slices.Sorted(maps.Keys(functions))
	known = slices.AppendSeq(known, maps.Keys(builtins))
	slices.Sort(known)
	if slices.Sort(have); !slices.Equal(have, known) {
		t.Errorf("the functions are %q, and the reference has %q", known, have)
	}
}

// unquoteCode returns the text of a code span in a cell of a table.
func unquoteCode(cell string) string {
	cell = strings.TrimPrefix(strings.TrimSuffix(cell, "`"), "`")
	return strings.NewReplacer(`\|`, "|", "⏎", "\n").Replace(cell)
}

func renderPiece(t *testing.T, piece, source string) string {
	t.Helper()
	fsys := fstest.MapFS{
		"pack.yaml":    {Data: []byte("schema: 1\nname: p\nversion: 1.0.0\n" + piece)},
		"files/a.tmpl": {Data: []byte(source)},
	}
	p, err := pack.Load(fsys, "p", pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(t.Context(), p, "p")
	if err != nil {
		t.Fatal(err)
	}
	run := compiled.Run(t.Context())
	answers, err := answer.Resolve(p, nil, run.Eval, answer.Asker{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := run.Render(answers)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := files.Find("a")
	return string(f.Data)
}

// What the reference says of functions that there are not is what their error says.
func TestReferenceOfMissingFunctions(t *testing.T) {
	rows := 0
	for line := range strings.Lines(section(t, "## Which functions are there not?")) {
		names, why, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |\n"), " | ")
		if !ok || !strings.HasPrefix(names, "`") {
			continue
		}
		rows++
		for name := range strings.SplitSeq(names, ", ") {
			name = strings.Trim(name, "`")
			if got := strings.TrimPrefix(whyNot(name), ": "); got != strings.ReplaceAll(why, "`", "") {
				t.Errorf("%s: its error says %q, and the reference %q", name, got, why)
			}
		}
	}
	if rows == 0 {
		t.Error("the reference names no function that is missing")
	}
}
