//go:build unix

package generator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// A month is an archive whose comment is the story and whose sections are done
// in order. Who comes first: the owner in the project, or whoever maintains the
// pack; then after regenerate the owner again, who resolves.
//
//	user|pack create|edit PATH    hunks, see patch
//	user|pack remove PATH
//	user crlf PATH                saved by an editor on Windows
//	user move PATH => TO
//	pack split PATH => TO         from the line after @@ on, below a new head
//	resolve edit PATH             the lines between markers, and what they become
//	resolve mine|template PATH    all of one side; the body says what collided
//	steps                         what the report of regenerate shows
//	scaffold.yaml                 lines that stand there afterwards
type month struct {
	version  string
	sections []section
}

type section struct {
	who, verb, path, to string
	body                string
}

func readMonth(t *testing.T, number int) month {
	t.Helper()
	a, err := txtar.ParseFile(fmt.Sprintf("testdata/year/%02d.txtar", number))
	check(t, err)
	m := month{version: fmt.Sprintf("1.%d.0", number)}
	for _, f := range a.Files {
		words := append(strings.Fields(f.Name), "", "", "", "", "")
		m.sections = append(m.sections, section{words[0], words[1], words[2], words[4], string(f.Data)})
	}
	return m
}

func (m month) body(name string) string {
	i := slices.IndexFunc(m.sections, func(s section) bool { return s.who == name })
	if i < 0 {
		return ""
	}
	return m.sections[i].body
}

// do does what comes before regenerate.
func (y *year) do(s section) {
	switch s.who + " " + s.verb {
	case "user create", "user edit":
		y.edit(s)
	case "user remove":
		check(y.T, os.Remove(y.project.at(s.path)))
		y.gone = append(y.gone, s.path)
	case "user crlf":
		y.project.write(s.path, strings.ReplaceAll(y.project.read(s.path), "\n", "\r\n"))
		y.crlf = append(y.crlf, s.path)
	case "user move":
		check(y.T, os.MkdirAll(filepath.Dir(y.project.at(s.to)), 0o755))
		check(y.T, os.Rename(y.project.at(s.path), y.project.at(s.to)))
		y.moved(s.path, s.to)
	case "pack create", "pack edit":
		patched, _, _ := patch(y.T, s.path, y.pack.read(s.path), s.body)
		y.pack.write(s.path, patched)
	case "pack remove":
		check(y.T, os.Remove(y.pack.at(s.path)))
	case "pack split":
		head, at, _ := strings.Cut(s.body, "@@\n ")
		stays, leaves, ok := strings.Cut(y.pack.read(s.path), at)
		if !ok {
			y.Fatalf("%s: has no line %q", s.path, at)
		}
		head, _, _ = patch(y.T, s.to, "", head)
		y.pack.write(s.path, strings.TrimRight(stays, "\n")+"\n")
		y.pack.write(s.to, head+at+leaves)
	}
}

// settle does what comes after it.
func (y *year) settle(s section) {
	if s.who != "resolve" {
		return
	}
	if s.verb == "edit" {
		y.edit(s)
		return
	}
	text := y.project.read(s.path)
	for line := range strings.Lines(s.body) {
		y.checkCollision(s.path, text, line)
		if yours, ok := strings.CutPrefix(line, "yours: "); ok && s.verb == "template" {
			y.forget(s.path, yours)
		}
	}
	y.project.write(s.path, takeSide(text, s.verb == "mine"))
}

// edit changes a file of the project and remembers what the owner wrote.
func (y *year) edit(s section) {
	text := y.project.read(s.path)
	crlf := slices.Contains(y.crlf, s.path)
	if crlf {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	patched, added, removed := patch(y.T, s.path, text, s.body)
	if crlf {
		patched = strings.ReplaceAll(patched, "\n", "\r\n")
	}
	y.project.write(s.path, patched)
	for _, line := range removed {
		y.forget(s.path, line)
	}
	y.lines[s.path] = append(y.lines[s.path], added...)
}

// forget takes a line out of what must stay, if it is the owner's.
func (y *year) forget(path, line string) {
	if i := slices.Index(y.lines[path], line); i >= 0 {
		y.lines[path] = slices.Delete(y.lines[path], i, i+1)
	}
}

func (y *year) moved(from, to string) {
	y.lines[to] = append(y.lines[to], y.lines[from]...)
	delete(y.lines, from)
	if i := slices.Index(y.crlf, from); i >= 0 {
		y.crlf[i] = to
	}
}

// patch applies hunks that look like those of a patch, without numbers: what
// they are about must stand in text exactly once. One that only adds does so at
// the end.
func patch(t *testing.T, path, text, hunks string) (patched string, added, removed []string) {
	t.Helper()
	for hunk := range strings.SplitSeq(hunks, "@@\n") {
		var old, new strings.Builder
		for line := range strings.Lines(hunk) {
			rest := line[1:]
			switch {
			case line == "\n":
				old.WriteString(line)
				new.WriteString(line)
			case line[0] == '-':
				old.WriteString(rest)
				removed = append(removed, rest)
			case line[0] == '+':
				new.WriteString(rest)
				added = append(added, rest)
			default:
				old.WriteString(rest)
				new.WriteString(rest)
			}
		}
		if old.Len() == 0 {
			text += new.String()
			continue
		}
		if n := strings.Count("\n"+text, "\n"+old.String()); n != 1 {
			t.Fatalf("%s has these lines %d times:\n%s", path, n, old.String())
		}
		text = strings.Replace("\n"+text, "\n"+old.String(), "\n"+new.String(), 1)[1:]
	}
	return text, added, removed
}
