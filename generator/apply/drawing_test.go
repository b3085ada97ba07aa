package apply

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var draw = flag.Bool("update", false, "draw the sweep in docs/how-it-works.md anew")

// drawn is a project of which a regenerate changes two files, and makes one.
var drawn = scene{
	"Makefile":                 {"all:\n", "all: test\n"},
	"app.go":                   {"old app\n", "new app\n"},
	"deploy/Caddyfile":         {"", "new\n"},
	"scaffold.yaml":            {"version: 1\n", "version: 2\n"},
	".scaffold-state/base.zip": {"base 1", "base 2"},
}

// The drawing in docs/how-it-works.md has a column for each step of a regenerate: what
// stands on the disk if it is killed there, and what the next command makes of that.
func TestDrawing(t *testing.T) {
	const page, begin, end = "../../docs/how-it-works.md", "```text sweep\n", "```\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), begin)
	got, after, closed := strings.Cut(rest, end)
	want := drawSweep(t)
	switch {
	case !found || !closed:
		t.Fatal("docs/how-it-works.md has no drawing")
	case got != want && *draw:
		err = os.WriteFile(page, []byte(before+begin+want+end+after), 0o666)
	case got != want:
		t.Errorf("docs/how-it-works.md draws\n%s\nand a sweep is\n%s", got, want)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// drawSweep kills a regenerate before each of its steps.
func drawSweep(t *testing.T) string {
	s := &sweep{name: "drawn", start: memBuild(drawn, 0), doIn: updateIn(drawn)}
	n := s.steps(t, s.start, s.do)
	order := []string{"Makefile", "app.go", "deploy/Caddyfile", "scaffold.yaml", ".scaffold-state/base.zip"}
	rows := make([]strings.Builder, len(order)+1)
	for at := int64(1); at <= n+1; at++ {
		m := s.start.clone()
		s.do(on(m, &faulty{at: at, fault: crash}))
		for i, name := range order {
			rows[i].WriteString(side(m, name))
		}
		if err := recoverIt(plain(m)); err != nil {
			t.Fatalf("at %d: %v", at, err)
		}
		whole := side(m, order[0])
		for _, name := range order {
			if side(m, name) != whole {
				t.Fatalf("at %d: neither old nor new:\n%s", at, m)
			}
		}
		rows[len(order)].WriteString(whole)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-25s1%*d\n", "killed before step", n-1, n)
	for i, name := range append(order, "all, after the next run") {
		fmt.Fprintf(&b, "%-25s%s\n", name, &rows[i])
	}
	return b.String()
}

// side draws whether a file is the old one, or the new one.
func side(m *memDisk, name string) string {
	switch m.text(name) {
	case drawn[name][0]:
		return "·"
	case drawn[name][1]:
		return "█"
	}
	return "?"
}
