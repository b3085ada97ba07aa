package apply

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

var update_ = flag.Bool("update", false, "draw docs/how-it-works.md anew")

// drawn is a project of which a regenerate changes three files, and makes one.
var drawn = scene{
	"Makefile":                 {"all:\n", "all: test\n"},
	"app.go":                   {"old app\n", "new app\n"},
	"deploy/nginx.conf":        {"old\n", "new\n"},
	"deploy/Caddyfile":         {"", "new\n"},
	"scaffold.yaml":            {"version: 1\n", "version: 2\n"},
	".scaffold-state/base.zip": {"base 1", "base 2"},
}

// The drawing of docs/how-it-works.md has a letter for each step of a regenerate: what
// the project is after a kill there, and what it is after the next command.
func TestDrawing(t *testing.T) {
	const page = "../../docs/how-it-works.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "```text sweep\n")
	got, after, found := strings.Cut(rest, "```\n")
	want := drawSweep(t)
	if got == want {
		return
	}
	if !found || !*update_ {
		t.Fatalf("docs/how-it-works.md has\n%s\nwant\n%s", got, want)
	}
	if err := os.WriteFile(page, []byte(before+"```text sweep\n"+want+"```\n"+after), 0o666); err != nil {
		t.Fatal(err)
	}
}

// drawSweep kills a regenerate before each of its steps, and draws what that leaves.
func drawSweep(t *testing.T) string {
	s := &sweep{name: "drawn", start: memBuild(drawn, 0), old: memBuild(drawn, 0).String(), new: memBuild(drawn, 1).String()}
	s.doIn = updateIn(drawn)
	letters := map[string]string{}
	letter := func(m *memDisk) string {
		switch files := projectOf(m); files {
		case projectOf(memBuild(drawn, 0)):
			return "o"
		case projectOf(memBuild(drawn, 1)):
			return "N"
		}
		return "x"
	}
	for at := int64(1); at <= s.steps(t, s.start, s.do)+1; at++ {
		m := s.start.clone()
		s.do(on(m, &faulty{at: at, fault: crash}))
		letters["killed"] += letter(m)
		if err := recoverIt(plain(m)); err != nil {
			t.Fatalf("at %d: %v", at, err)
		}
		letters["then"] += letter(m)
	}
	return fmt.Sprint(wrapSweep(letters["killed"], letters["then"]))
}
