package report

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/tree"
)

func formatMode(mode fs.FileMode) string {
	if mode&0o100 != 0 {
		return "100755"
	}
	return "100644"
}

// Diff writes what a plan changes as a patch that git apply takes. What was settled,
// and what the template changed and the plan does not take, stands in comments. On a
// terminal it is escaped, because only a person reads it there.
func Diff(w io.Writer, p plan.Plan, s Style) {
	moved := findRenamed(p)
	for _, step := range p.Steps {
		if len(step.Settled) > 0 {
			writeSettled(w, step, s)
		}
		switch {
		case step.Verb == plan.Delete && moved[step.Path]: // said where it goes
		case step.Writes():
			writeDiff(w, step, moved, s)
		}
		if step.Untaken != nil {
			writeUntaken(w, step, s)
		}
	}
}

// patch returns what Diff writes, plain.
func patch(p plan.Plan) string {
	var b strings.Builder
	Diff(&b, p, Style{})
	return b.String()
}

type jsonDiff struct {
	head
	Target string        `json:"target" says:"the project's folder"`
	Files  []jsonChanged `json:"files" says:"each file that is not as the template wrote it, sorted by path"`
	Patch  string        `json:"patch" says:"how they differ, as a patch that git apply takes"`
	Exit   int           `json:"exit" says:"the exit status: with --exit-code 4 if there are such files"`
}

type jsonChanged struct {
	Path string `json:"path" says:"the file"`
	Verb string `json:"verb" one:"update,delete" says:"what you did to it"`
	From string `json:"from,omitempty" says:"where the template has it, if you moved it"`
}

// DiffJSON writes what a user changed as one document.
func DiffJSON(w io.Writer, target string, p plan.Plan, exit int) error {
	d := jsonDiff{headOf("diff"), target, []jsonChanged{}, patch(p), exit}
	moved := findRenamed(p)
	for _, step := range p.Steps {
		if step.Writes() && !(step.Verb == plan.Delete && moved[step.Path]) {
			d.Files = append(d.Files, jsonChanged{step.Path, string(step.Verb), step.From})
		}
	}
	return writeJSON(w, d)
}

// findRenamed returns the paths whose file a plan writes elsewhere, and which it
// deletes or gives to a third file.
func findRenamed(p plan.Plan) map[string]bool {
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

func writeDiff(w io.Writer, step plan.Step, moved map[string]bool, s Style) {
	before, after := step.Ours, step.After
	old, here := step.To, moved[step.From]
	switch {
	case here:
		old = step.From
	case before != nil && after != nil && before.Path != step.To:
		before = nil // that one stays or goes, by a step of its own
	}
	head := func(format string, args ...any) { s.writePatchLine(w, "1", fmt.Sprintf(format, args...)) }
	oldName, newName := quoteName("a/"+old), quoteName("b/"+step.To)
	head("diff --git %s %s", oldName, newName)
	switch {
	case before == nil:
		head("new file mode %s", formatMode(after.Mode))
		oldName = "/dev/null"
	case after == nil:
		head("deleted file mode %s", formatMode(before.Mode))
		newName = "/dev/null"
	case formatMode(before.Mode) != formatMode(after.Mode):
		head("old mode %s", formatMode(before.Mode))
		head("new mode %s", formatMode(after.Mode))
	}
	if here {
		head("rename from %s", quoteName(old))
		head("rename to %s", quoteName(step.To))
	}
	a, b := dataOf(before), dataOf(after)
	if !bytes.Equal(a, b) && (merge.Binary(a) || merge.Binary(b)) {
		for line := range bytes.Lines(formatBinary(oldName, newName, before, after)) {
			s.writePatchLine(w, "", strings.TrimSuffix(string(line), "\n"))
		}
		return
	}
	writeHunks(w, merge.Unified(oldName, newName, a, b, 3), s)
}

func dataOf(f *tree.File) []byte {
	if f == nil {
		return nil
	}
	return f.Data
}

func writeHunks(w io.Writer, patch []byte, s Style) {
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
		s.writePatchLine(w, code, text)
	}
}

func (s Style) writePatchLine(w io.Writer, code, text string) {
	if s.Terminal {
		fmt.Fprintln(w, s.paint(code, text))
	} else {
		fmt.Fprintln(w, text)
	}
}

// writeComment writes a line that git apply passes over.
func (s Style) writeComment(w io.Writer, line string) { fmt.Fprintln(w, s.paint("2", "# "+line)) }

func writeSettled(w io.Writer, step plan.Step, s Style) {
	s.writeComment(w, step.Path+": "+step.Why)
	for _, note := range firstOf(step.SettledNotes()) {
		s.writeComment(w, "  "+note)
	}
}

// writeUntaken shows what the template changed and a step does not take, in
// comments, because whoever applies the patch must pass over it.
func writeUntaken(w io.Writer, step plan.Step, s Style) {
	base, theirs := step.Untaken.Base, step.Untaken.Theirs
	a, b, from := dataOf(base), dataOf(theirs), "/dev/null"
	if base != nil {
		from = "a/" + base.Path
	}
	comment := func(line string) { s.writeComment(w, line) }
	comment(fmt.Sprintf("%s: %s; after this, scaffold restore %s takes it:", step.Path, step.Why, step.Path))
	switch {
	case base != nil && bytes.Equal(a, b):
		comment(fmt.Sprintf("mode %s becomes %s", formatMode(base.Mode), formatMode(theirs.Mode)))
	case merge.Binary(a) || merge.Binary(b):
		comment("it is binary")
	default:
		for line := range bytes.Lines(merge.Unified(from, "b/"+theirs.Path, a, b, 3)) {
			comment(string(bytes.TrimSuffix(line, []byte("\n"))))
		}
	}
}

const maxBinary = 8 << 20

// formatBinary returns what git apply needs of two versions of a file that are not
// text, nil for none: git's hashes of them, and all bytes of both, because the
// patch also applies in reverse.
func formatBinary(oldName, newName string, before, after *tree.File) []byte {
	out := fmt.Appendf(nil, "index %s..%s\n", hashBlob(before), hashBlob(after))
	a, b := dataOf(before), dataOf(after)
	if len(a)+len(b) > maxBinary {
		return fmt.Appendf(out, "Binary files %s and %s differ\n", oldName, newName)
	}
	out = append(out, "GIT binary patch\n"...)
	return appendLiteral(appendLiteral(out, b), a)
}

// hashBlob returns git's name of a file's bytes, zeros for no file.
func hashBlob(f *tree.File) string {
	if f == nil {
		return strings.Repeat("0", 2*sha1.Size)
	}
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(f.Data), f.Data)))
}

// appendLiteral prints data deflated, in lines of at most 52 bytes. The first
// letter of a line is how many it has: A for 1, a for 27.
func appendLiteral(out, data []byte) []byte {
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	z.Write(data) // a bytes.Buffer takes everything
	z.Close()
	out = fmt.Appendf(out, "literal %d\n", len(data))
	for deflated.Len() > 0 {
		part := deflated.Next(52)
		if n := byte(len(part)); n <= 26 {
			out = append(out, 'A'+n-1)
		} else {
			out = append(out, 'a'+n-27)
		}
		out = append(appendBase85(out, part), '\n')
	}
	return append(out, '\n')
}

// appendBase85 prints each four bytes, the last filled up with zeros, as five of
// git's own digits.
func appendBase85(out, data []byte) []byte {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
	for len(data) > 0 {
		var four [4]byte
		data = data[copy(four[:], data):]
		n := binary.BigEndian.Uint32(four[:])
		var five [5]byte
		for i := range five {
			five[4-i] = digits[n%85]
			n /= 85
		}
		out = append(out, five[:]...)
	}
	return out
}

// quoteName returns a path as git quotes it in a patch where core.quotePath is off.
func quoteName(path string) string {
	var out strings.Builder
	quoted := false
	for i, r := range path {
		_, size := utf8.DecodeRuneInString(path[i:])
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\t':
			out.WriteString(`\t`)
		case r == '\n':
			out.WriteString(`\n`)
		case unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			out.WriteRune(r)
			continue
		default:
			for _, b := range []byte(path[i : i+size]) {
				fmt.Fprintf(&out, `\%03o`, b)
			}
		}
		quoted = true
	}
	if quoted {
		return `"` + out.String() + `"`
	}
	return path
}
