//go:build unix

package generator_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// checkOwner looks for all that the owner ever wrote and did not take back.
func (y *year) checkOwner() {
	for path, want := range y.lines {
		have := count(strings.ReplaceAll(y.project.read(path), "\r\n", "\n"))
		for _, line := range want {
			if have[line]--; have[line] < 0 {
				y.Errorf("%s: lost the owner's %q", path, line)
			}
		}
	}
	for _, path := range y.gone {
		if _, err := os.Lstat(y.project.at(path)); err == nil {
			y.Errorf("%s is back, and the owner deleted it", path)
		}
	}
	for _, path := range y.crlf {
		if text := y.project.read(path); strings.Count(text, "\r\n") != strings.Count(text, "\n") {
			y.Errorf("%s: has lines that do not end in CRLF any more", path)
		}
	}
}

// checkUntouched compares every file that the plan does not write.
func (y *year) checkUntouched(before map[string]tree.File, p plan.Plan) {
	after := y.project.files()
	for _, s := range p.Steps {
		switch {
		case s.Verb == plan.Delete:
			delete(before, s.Ours.Path)
		case s.Writes():
			delete(before, s.To)
			delete(after, s.To)
		}
	}
	y.checkSame(before, after)
}

func (y *year) checkSame(before, after map[string]tree.File) {
	for path, f := range before {
		g, ok := after[path]
		if !ok || g.Mode != f.Mode || !bytes.Equal(f.Data, g.Data) {
			y.Errorf("%s: changed, and nothing said so", path)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			y.Errorf("%s: came from nowhere", path)
		}
	}
}

// checkApplied looks for all that the template changed: where nothing said that
// it is not applied, each line is there as often as both sides together want.
func (y *year) checkApplied(next release, p plan.Plan) {
	after := y.project.files()
	for _, s := range p.Steps {
		from := s.Path
		if s.From != "" {
			from = s.From
		}
		old, was := y.release.files[from]
		new, is := next.files[s.Path]
		_, still := next.files[from]
		switch {
		case was && is && executes(old) == executes(new) && bytes.Equal(old.Data, new.Data) && from == s.Path, was && !is && still:
		case s.Named && (s.Verb == plan.Keep || s.Verb == plan.Conflict), s.Verb == plan.Forget:
		case !is:
			if _, there := after[s.Path]; there {
				y.Errorf("%s: the template dropped it, and it is there", s.Path)
			}
		default:
			var ours tree.File
			if s.Ours != nil {
				ours = *s.Ours
			}
			y.checkMerged(s, ours, old, new, after[s.To])
		}
	}
	y.checkBase(next)
	for path := range next.files {
		if !slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Path == path }) {
			y.Errorf("%s: the plan has no step for it", path)
		}
	}
}

func executes(f tree.File) bool { return f.Mode&0o100 != 0 }

// checkMerged compares how often each line stands in a file with how often it
// stood, and with how many the template added or took away.
func (y *year) checkMerged(s plan.Step, ours, base, theirs, got tree.File) {
	lf := func(f tree.File) string { return strings.ReplaceAll(string(f.Data), "\r\n", "\n") }
	want := count(lf(ours))
	for line, n := range count(lf(theirs)) {
		want[line] += n
	}
	for line, n := range count(lf(base)) {
		want[line] -= n
	}
	have := count(lf(got))
	for line := range want {
		if have[line] != want[line] {
			y.Errorf("%s %s: %q is there %d times, want %d", s.Verb, s.Path, line, have[line], want[line])
		}
	}
	if executes(theirs) != executes(got) {
		y.Errorf("%s: executable is %v, want %v", s.Path, executes(got), executes(theirs))
	}
}

// checkBase compares what the project remembers with a project made today.
func (y *year) checkBase(next release) {
	p, err := project.Open(y.project.dir, nil)
	check(y.T, err)
	for f := range p.Base.All() {
		if w, ok := next.files[f.Path]; !ok || w.Mode != f.Mode || !bytes.Equal(w.Data, f.Data) || w.Origin != f.Origin {
			y.Errorf("%s: is not remembered as a new project has it", f.Path)
		}
	}
	if p.Base.Len() != len(next.files) {
		y.Errorf("%d files are remembered, want %d", p.Base.Len(), len(next.files))
	}
}

// followMoves renames the owner's lines with the template's files.
func (y *year) followMoves(p plan.Plan) {
	for _, s := range p.Steps {
		if s.From != "" && s.After != nil && s.To == s.Path {
			y.moved(s.From, s.Path)
		}
	}
}

// checkConflict makes sure that each conflict in a file is one.
func (y *year) checkConflict(version, path string) {
	blocks := conflictBlocks(y.project.read(path))
	if len(blocks) == 0 {
		y.Errorf("%s: a conflict, and no markers", path)
	}
	for _, b := range blocks {
		y.conflicts = append(y.conflicts, fmt.Sprintf("%s %s: %s", version, path, b))
		if !b.real() {
			y.Errorf("%s: the sides changed lines apart from each other, and it is called a conflict:\nbase\n%syours\n%stemplate\n%s",
				path, strings.Join(b.base, ""), strings.Join(b.ours, ""), strings.Join(b.theirs, ""))
		}
	}
}

// checkCollision finds in a conflict what the month says collided.
func (y *year) checkCollision(path, text, says string) {
	who, line, _ := strings.Cut(says, ": ")
	for _, b := range conflictBlocks(text) {
		have, lack := b.ours, b.base
		if who == "template" {
			have = b.theirs
		}
		line := strings.TrimPrefix(line, "adds ")
		if rest, ok := strings.CutPrefix(line, "deletes "); ok {
			line, have, lack = rest, b.base, have
		}
		if slices.Contains(have, line) && !slices.Contains(lack, line) {
			return
		}
	}
	y.Errorf("%s: no conflict is about %q", path, says)
}

func count(text string) map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(text) {
		n[line]++
	}
	return n
}
