package report

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

func octal(mode fs.FileMode) string { return fmt.Sprintf("%04o", mode.Perm()) }

// gitMode is one of the two modes that git knows of files.
func gitMode(mode fs.FileMode) string {
	if mode&0o100 != 0 {
		return "100755"
	}
	return "100644"
}

// Diff writes what a plan changes as git writes patches: unified, one file after
// the other, so that other tools can read it, and git apply makes of the files
// that are there those that the plan writes. What the template changed and the
// plan does not take stands in comments. On a terminal nothing reads it but a
// person, so there what the terminal would obey is escaped.
func Diff(w io.Writer, p plan.Plan, s Style) {
	moved := renamed(p)
	for _, step := range p.Steps {
		switch {
		case step.Verb == plan.Delete && moved[step.Path]: // said where it goes
		case step.Writes():
			diffFile(w, step, moved, s)
		}
		if step.Untaken != nil {
			untaken(w, step, s)
		}
	}
}

// renamed returns the paths whose file a plan writes elsewhere and that have it no
// more: they are deleted, or a file from a third place is written there.
func renamed(p plan.Plan) map[string]bool {
	comes := func(s plan.Step) bool {
		return s.After != nil && s.From != "" && s.Ours != nil && s.Ours.Path == s.From
	}
	from, moved := make(map[string]bool), make(map[string]bool)
	for _, step := range p.Steps {
		if comes(step) {
			from[step.From] = true
		}
	}
	for _, step := range p.Steps {
		if from[step.To] && (step.Verb == plan.Delete || comes(step)) {
			moved[step.To] = true
		}
	}
	return moved
}

func diffFile(w io.Writer, step plan.Step, moved map[string]bool, s Style) {
	before, after := step.Ours, step.After
	old, here := step.To, moved[step.From]
	switch {
	case here:
		old = step.From
	case before != nil && after != nil && before.Path != step.To:
		before = nil // that one stays or goes, by a step of its own
	}
	head := func(format string, args ...any) { s.patchLine(w, "1", fmt.Sprintf(format, args...)) }
	oldName, newName := gitName("a/"+old), gitName("b/"+step.To)
	head("diff --git %s %s", oldName, newName)
	switch {
	case before == nil:
		head("new file mode %s", gitMode(after.Mode))
		oldName = "/dev/null"
	case after == nil:
		head("deleted file mode %s", gitMode(before.Mode))
		newName = "/dev/null"
	case gitMode(before.Mode) != gitMode(after.Mode):
		head("old mode %s", gitMode(before.Mode))
		head("new mode %s", gitMode(after.Mode))
	}
	if here {
		head("rename from %s", gitName(old))
		head("rename to %s", gitName(step.To))
	}
	a, b := bytesOf(before), bytesOf(after)
	if !bytes.Equal(a, b) && (merge.Binary(a) || merge.Binary(b)) {
		for line := range bytes.Lines(binaryPatch(oldName, newName, before, after)) {
			s.patchLine(w, "", strings.TrimSuffix(string(line), "\n"))
		}
		return
	}
	paintDiff(w, merge.Unified(oldName, newName, a, b, 3), s)
}

func bytesOf(f *tree.File) []byte {
	if f == nil {
		return nil
	}
	return f.Data
}

func paintDiff(w io.Writer, patch []byte, s Style) {
	if !s.Terminal {
		w.Write(patch)
		return
	}
	for line := range bytes.Lines(patch) {
		text := strings.TrimSuffix(string(line), "\n")
		code := ""
		switch {
		case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
			code = "1"
		case strings.HasPrefix(text, "@@"):
			code = "36"
		case strings.HasPrefix(text, "+"):
			code = "32"
		case strings.HasPrefix(text, "-"):
			code = "31"
		}
		s.patchLine(w, code, text)
	}
}

func (s Style) patchLine(w io.Writer, code, text string) {
	if s.Terminal {
		fmt.Fprintln(w, s.paint(code, text))
	} else {
		fmt.Fprintln(w, text)
	}
}
