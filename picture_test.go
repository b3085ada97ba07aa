//go:build linux

package main

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const picture = "docs/regenerate.svg"

// pictured are the commands of the picture: what is typed, and whether it is shown.
var pictured = []struct {
	command string
	shown   bool
}{
	{"scaffold new hello --transport fcgi", false},
	{"cd hello", false},
	{"sed -i 's/keepalive 32/keepalive 8/' deploy/nginx.conf", true},
	{"sed -i 's/^APP_MOUNT=.*/APP_MOUNT=\\/hello/' deploy/hello.env", true},
	{"mkdir docker && mv deploy/README.md docker/ && rm Makefile", true},
	{"scaffold status", true},
	{"scaffold regenerate --set mount=/app --set server=nginx,caddy", true},
	{"scaffold undo", true},
}

// TestPicture compares README's picture with a run on a terminal, whose colours it
// has. With -update it draws it anew.
func TestPicture(t *testing.T) {
	need(t, "script")
	want := drawTerminal(runPictured(t))
	got, err := os.ReadFile(picture)
	switch {
	case string(got) == want:
		return
	case *update:
		writeFile(t, picture, want)
	default:
		t.Errorf("%s (%v) is not what a run shows: go test . -run TestPicture -update\n%s", picture, err, want)
	}
}

// runPictured runs the commands on a terminal, one after the other, and returns its
// lines.
func runPictured(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var script strings.Builder
	for _, c := range pictured {
		say := ":"
		if c.shown {
			say = "printf '\\033[1m%s\\033[0m\\n' " + "'$ " + strings.ReplaceAll(c.command, "'", `'\''`) + "'"
		}
		out := ">/dev/null"
		if c.shown {
			out = ">/dev/tty"
		}
		fmt.Fprintf(&script, "%s\n{ %s\n} %s 2>/dev/null </dev/null || :\n", say, c.command, out)
	}
	name := filepath.Join(t.TempDir(), "commands")
	writeFile(t, name, script.String())
	cmd := exec.Command("script", "-qec", "sh "+name, "/dev/null")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TERM=xterm", "NO_COLOR=", "SCAFFOLD_DEFAULTS=off", "XDG_CACHE_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(strings.ReplaceAll(string(out), "\r\n", "\n")), "\n")
}

// paints are the colours that a terminal gives to codes.
var paints = map[string]string{"1": "#f0f6fc", "2": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "33;1": "#e3b341", "36": "#79c0ff"}

// colored is a piece of a terminal's line: its code, and a text.
var colored = regexp.MustCompile(`\x1b\[([0-9;]*)m([^\x1b]*)\x1b\[0m|([^\x1b]+)`)

// drawTerminal draws lines as SVG. Each piece stands at its own column, because fonts
// differ in their width.
func drawTerminal(lines []string) string {
	const column, row, margin = 8, 18, 14
	width := 0
	var text strings.Builder
	for i, line := range lines {
		at := 0
		for _, m := range colored.FindAllStringSubmatch(line, -1) {
			piece, fill := m[3], "#c9d1d9"
			if piece == "" {
				piece, fill = m[2], paints[m[1]]
			}
			for _, word := range regexp.MustCompile(`\S+( \S+)*`).FindAllStringIndex(piece, -1) {
				x := margin + column*(at+len([]rune(piece[:word[0]])))
				length := column * len([]rune(piece[word[0]:word[1]]))
				fmt.Fprintf(&text, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"%s\">%s</text>\n", x, margin+row*(i+1)-5, length, fill, html.EscapeString(piece[word[0]:word[1]]))
				width = max(width, x+length)
			}
			at += len([]rune(piece))
		}
	}
	w, h := width+margin, row*len(lines)+2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="ui-monospace, monospace" font-size="13">
<rect width="%d" height="%d" rx="8" fill="#0d1117"/>
%s</svg>
`, w, h, w, h, w, h, &text)
}
