package merge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

func FuzzGoMod(f *testing.F) {
	for _, tt := range goModTests {
		f.Add([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs))
	}
	for _, tt := range apartTests {
		f.Add([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		checkGoModLaws(t, triple{base, ours, theirs})
	})
}

func TestGoModLaws(t *testing.T) {
	n := tries(400, 4000)
	structured, apart := 0, 0
	for i := range n {
		x := randomGoMods(rand.New(rand.NewPCG(3, uint64(i))))
		r := checkGoModLaws(t, x)
		switch lines := Lines(x.base, x.ours, x.theirs, lawLabels); {
		case r.Note == noteGoMod:
			structured++
		case lines.Clean() && !r.Clean():
			apart++
		}
	}
	t.Logf("of %d, %d were merged by requirement, and %d that lines merge are a conflict", n, structured, apart)
	if structured == 0 || apart == 0 {
		t.Error("the triples show nothing")
	}
}

// checkGoModLaws checks what holds for all three files, and for those that are
// go.mod files what holds for their statements.
func checkGoModLaws(t *testing.T, x triple) Result {
	t.Helper()
	merge := func(b, o, th []byte) Result { return Merge("go.mod", b, o, th, Options{Labels: lawLabels}) }
	r := merge(x.base, x.ours, x.theirs)
	swapped := Merge("go.mod", x.base, x.theirs, x.ours, Options{Labels: Labels{lawLabels.Theirs, lawLabels.Base, lawLabels.Ours}})
	fail := func(law string, args ...any) {
		t.Helper()
		t.Fatalf("%s\nbase\n%s\nours\n%s\ntheirs\n%s\nmerged, notes %q\n%s\nswapped\n%s",
			fmt.Sprintf(law, args...), x.base, x.ours, x.theirs, r.Notes, r.Content, swapped.Content)
	}
	for _, one := range [][]byte{x.ours, x.theirs} {
		for _, same := range []Result{merge(x.base, x.base, one), merge(x.base, one, x.base), merge(x.base, one, one)} {
			if !same.Clean() || !bytes.Equal(same.Content, one) {
				fail("what one side changed, or both alike, is taken: %s", same.Content)
			}
		}
	}
	alike := r.Clean() == swapped.Clean() && r.Note == swapped.Note && sameStatements(r, swapped)
	if !alike && !remarks(x) { // those of the user stay where they are, the template's cannot be placed
		fail("the verdict depends on which side is which: notes %q and %q", r.Notes, swapped.Notes)
	}
	for _, data := range [][]byte{r.Resolve(true), r.Resolve(false)} {
		if broken := lawReads(x, data); broken != "" {
			fail("%s\n%s", broken, data)
		}
	}
	byLine := Lines(x.base, x.ours, x.theirs, lawLabels)
	if r.Note != noteGoMod {
		if r.Clean() && !bytes.Equal(r.Content, byLine.Content) {
			fail("a clean merge is neither of lines nor of statements")
		}
		return r
	}
	files := make([]*goModFile, 5)
	for i, data := range [][]byte{x.base, x.ours, x.theirs, r.Content, swapped.Content} {
		text, ok := parse(data), false
		if files[i], ok = readGoMod(&text); !ok && swapped.Clean() {
			fail("file %d is no go.mod", i)
		}
	}
	base, ours, theirs, merged := files[0], files[1], files[2], files[3]
	if swapped.Clean() && !maps.Equal(files[4].says, merged.says) {
		fail("what it says depends on which side is which")
	}
	for _, law := range []func(base, ours, theirs, merged *goModFile) string{
		lawOneSide, lawHigher, lawComments, lawFromInputs,
	} {
		if broken := law(base, ours, theirs, merged); broken != "" {
			fail("%s", broken)
		}
	}
	return r
}

// sameStatements reports whether the notes of two merges are about the same statements. A
// conflict that could be made narrower, which depends on whose lines are kept, has
// more: of what was decided beside it.
func sameStatements(a, b Result) bool {
	var about [2]map[string]bool
	for i, r := range []Result{a, b} {
		about[i] = map[string]bool{}
		for _, note := range r.Notes {
			of, _, _ := strings.Cut(note, ":")
			about[i][of] = true
		}
	}
	fewer, more := about[0], about[1]
	if len(fewer) > len(more) {
		fewer, more = more, fewer
	}
	for of := range fewer {
		if !more[of] {
			return false
		}
	}
	return len(fewer) == len(more) || !a.Clean()
}

// remarks reports whether a side changed a comment that belongs to no statement.
func remarks(x triple) bool {
	var loose [3][]string
	for i, data := range [][]byte{x.base, x.ours, x.theirs} {
		text := parse(data)
		f, ok := readGoMod(&text)
		if !ok {
			return false
		}
		loose[i] = f.loose
	}
	return !slices.Equal(loose[0], loose[1]) || !slices.Equal(loose[0], loose[2])
}

// What one side changed and the other left alone is as that side has it.
func lawOneSide(base, ours, theirs, merged *goModFile) string {
	for _, f := range []*goModFile{base, ours, theirs, merged} {
		for s := range f.says {
			b, o, t, m := entry(base.says, s), entry(ours.says, s), entry(theirs.says, s), entry(merged.says, s)
			if equal(o, b) && !equal(m, t) || (equal(t, b) || equal(o, t)) && !equal(m, o) {
				return fmt.Sprintf("%s: %s was changed by one side, and is %s", s, describe(b), describe(m))
			}
		}
	}
	return ""
}

// A version on which the sides disagree is the higher one, and both went up.
func lawHigher(base, ours, theirs, merged *goModFile) string {
	for s, m := range merged.says {
		b, o, t := entry(base.says, s), entry(ours.says, s), entry(theirs.says, s)
		if s.verb != "require" || o == nil || t == nil || o.text == t.text || b != nil && (o.text == b.text || t.text == b.text) {
			continue
		}
		for _, side := range []*value{o, t} {
			if semver.Compare(side.text, m.text) > 0 || b != nil && semver.Compare(side.text, b.text) <= 0 {
				return fmt.Sprintf("%s: %s was changed to %s and %s, and is %s", s, describe(b), describe(o), describe(t), m.text)
			}
		}
	}
	return ""
}

// A comment stands where an input has it: at that statement and version. Those
// that a side added are all there.
func lawComments(base, ours, theirs, merged *goModFile) string {
	for s, m := range merged.says {
		written := func(f *goModFile) bool {
			v, ok := f.says[s]
			return ok && v.text == m.text && v.comment == m.comment
		}
		if m.comment != "" && !slices.ContainsFunc([]*goModFile{base, ours, theirs}, written) {
			return fmt.Sprintf("%s: the comment %q was not written for %s", s, m.comment, m.text)
		}
	}
	for _, side := range []*goModFile{ours, theirs} {
		for s, v := range side.says {
			if v.comment != "" && v.comment != base.says[s].comment && merged.says[s].comment != v.comment {
				return fmt.Sprintf("%s: the comment %q is lost", s, v.comment)
			}
		}
		for _, c := range side.loose {
			if !slices.Contains(base.loose, c) && !slices.Contains(merged.loose, c) {
				return fmt.Sprintf("the comment %q is lost", c)
			}
		}
	}
	return ""
}

// A clean merge, and either side of all conflicts, is a go.mod if all inputs are,
// and does not require what it excludes, unless an input does.
func lawReads(x triple, merged []byte) string {
	var wrong [4][]string
	for i, data := range [][]byte{x.base, x.ours, x.theirs, merged} {
		text := parse(data)
		f, ok := readGoMod(&text)
		if !ok && i == 3 {
			return "this is no go.mod"
		} else if !ok {
			return ""
		}
		for s := range f.says {
			if s.verb == "exclude" && f.says[statement{verb: "require", key: s.key}].text == s.keyVersion {
				wrong[i] = append(wrong[i], s.String())
			}
		}
	}
	for _, s := range wrong[3] {
		if !slices.Contains(slices.Concat(wrong[:3]...), s) {
			return s + " is required"
		}
	}
	return ""
}

// Every line is one of an input, but for the verb of a block and for "indirect".
func lawFromInputs(base, ours, theirs, merged *goModFile) string {
	plain := func(l string) string {
		verb, rest, ok := strings.Cut(strings.TrimSpace(l), " ")
		if ok && slices.Contains([]string{"require", "exclude", "replace", "retract", "tool", "ignore", "godebug"}, verb) {
			l = rest
		}
		l = strings.Replace(l, "// indirect;", "//", 1)
		return strings.Join(strings.Fields(strings.Replace(l, "// indirect", "", 1)), " ")
	}
	known := map[string]bool{"": true, "(": true, ")": true}
	for _, f := range []*goModFile{base, ours, theirs} {
		for _, l := range f.lines {
			known[plain(l)] = true
		}
	}
	for _, l := range merged.lines {
		if !known[plain(l)] {
			return fmt.Sprintf("%q is a line of no input", l)
		}
	}
	return ""
}

// randomGoMods returns a small go.mod file and two edits of it, each of which is
// written out anew in its own layout.
func randomGoMods(r *rand.Rand) triple {
	base := map[statement]value{{verb: "module"}: {text: "hello"}, {verb: "go"}: {text: "1.25"}}
	for range r.IntN(6) {
		changeOne(r, base)
	}
	sides := [2]map[statement]value{}
	for i := range sides {
		sides[i] = map[statement]value{}
		for s, v := range base {
			sides[i][s] = v
		}
		for range r.IntN(4) {
			changeOne(r, sides[i])
		}
	}
	layout := r.IntN(3)
	ours, theirs := print(r, sides[0], layout+r.IntN(5)/4), print(r, sides[1], layout+r.IntN(5)/4)
	if r.IntN(4) == 0 {
		ours = bytes.ReplaceAll(ours, []byte("\n"), []byte("\r\n"))
	}
	if r.IntN(2) == 0 {
		ours, theirs = bytes.TrimRight(ours, "\r\n"), bytes.TrimRight(theirs, "\n")
	}
	return triple{print(r, base, layout), ours, theirs}
}

// changeOne changes one statement: often the one that another edit changes as well.
func changeOne(r *rand.Rand, says map[statement]value) {
	one := func(words ...string) string { return words[r.IntN(len(words))] }
	version := func() string { return fmt.Sprintf("v1.%d.0", r.IntN(4)) }
	key := "example.com/" + one("a", "b", "c", "d")
	v := value{comment: one("", "", "", "pinned", "for the gateway")}
	var s statement
	switch r.IntN(8) {
	case 0:
		s = statement{verb: one("go", "toolchain")}
		v.text = fmt.Sprintf("1.%d", 24+r.IntN(3))
		if s.verb == "toolchain" {
			v.text = fmt.Sprintf("go1.25.%d", r.IntN(3))
		}
	case 1:
		s = statement{"exclude", key, version()}
	case 2:
		s = statement{"replace", key, one("", version())}
		v.text = one("../x", "../y")
	case 3:
		s = statement{verb: one("tool", "ignore"), key: one("./a", "./b")}
	default:
		s = statement{verb: "require", key: key}
		v.text, v.indirect = version(), r.IntN(4) == 0
	}
	if _, there := says[s]; there && r.IntN(4) == 0 && s.verb != "go" {
		delete(says, s)
	} else {
		says[s] = v
	}
}

// print writes statements: one by one, in blocks, or indirect ones apart.
func print(r *rand.Rand, says map[statement]value, layout int) []byte {
	var list []statement
	for s := range says {
		list = append(list, s)
	}
	order := []string{"module", "go", "toolchain"}
	slices.SortFunc(list, func(a, b statement) int {
		i, j := slices.Index(order, a.verb), slices.Index(order, b.verb)
		if i >= 0 && j >= 0 || i < 0 && j < 0 && a.verb == b.verb && layout%3 < 2 {
			return map[bool]int{true: i - j, false: a.compare(b)}[i >= 0]
		}
		if i >= 0 || j >= 0 {
			return j - i
		}
		if a.verb == b.verb && says[a].indirect != says[b].indirect {
			return map[bool]int{true: 1, false: -1}[says[a].indirect]
		}
		return a.compare(b)
	})
	var out []byte
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && layout%3 > 0 && list[n].verb == list[i].verb && (layout%3 == 1 || says[list[n]].indirect == says[list[i]].indirect) {
			n++
		}
		if n == i+1 {
			out = append(out, line(list[i].verb+" ", list[i], says[list[i]], "")...)
		} else {
			out = fmt.Appendf(out, "%s (\n", list[i].verb)
			for _, s := range list[i:n] {
				out = append(out, line("", s, says[s], "\t")...)
			}
			out = append(out, ")\n"...)
		}
		if out = append(out, '\n'); i > 2 && r.IntN(40) == 0 {
			out = append(out, "// A remark.\n\n"...)
		}
		i = n
	}
	return out
}

func line(verb string, s statement, v value, indent string) string {
	code := verb + strings.Join(strings.Fields(s.key+" "+s.keyVersion+" "+v.text), " ")
	if s.verb == "replace" {
		code = verb + strings.Join(strings.Fields(s.key+" "+s.keyVersion+" => "+v.text), " ")
	}
	switch {
	case v.comment == "for the gateway":
		return indent + "// " + v.comment + "\n" + indent + code + map[bool]string{true: " // indirect"}[v.indirect] + "\n"
	case v.indirect && v.comment != "":
		return indent + code + " // indirect; " + v.comment + "\n"
	case v.indirect:
		return indent + code + " // indirect\n"
	case v.comment != "":
		return indent + code + " // " + v.comment + "\n"
	}
	return indent + code + "\n"
}

// The go command reads every merged file, and says of it what this package says.
func TestGoModReadByGo(t *testing.T) {
	gocmd, err := exec.LookPath("go")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("go is not on PATH; CI compares with it")
		}
		t.Skip("go is not on PATH: nothing to compare with")
	}
	var merged [][]byte
	for _, tt := range goModTests {
		if r := Merge("go.mod", []byte(tt.base), []byte(tt.ours), []byte(tt.theirs), Options{Labels: labels}); r.Clean() {
			merged = append(merged, r.Content)
		}
	}
	for i := range 20 {
		x := randomGoMods(rand.New(rand.NewPCG(4, uint64(i))))
		if r := Merge("go.mod", x.base, x.ours, x.theirs, Options{Labels: labels}); r.Note == noteGoMod {
			merged = append(merged, r.Content)
		}
	}
	dir := t.TempDir()
	for _, data := range merged {
		if bytes.HasPrefix(data, []byte(utf8BOM)) {
			continue // which the go command does not read
		}
		name := filepath.Join(dir, "go.mod")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(gocmd, "mod", "edit", "-json", name)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=", "GOTOOLCHAIN=local", "GOWORK=off")
		out, err := cmd.Output()
		var says struct{ Require, Exclude []module.Version }
		if err == nil {
			err = json.Unmarshal(out, &says)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		for _, q := range says.Require {
			if slices.Contains(says.Exclude, q) {
				t.Errorf("%s is required and excluded:\n%s", q, data)
			}
		}
	}
}
