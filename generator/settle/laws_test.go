package settle

import (
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// tries is how often to try what is drawn: all in CI, else a sample.
func tries(sample, all int) int {
	if os.Getenv("CI") == "true" {
		return all
	}
	return sample
}

var files = []string{"a.yaml", "a.json", "a.toml", "a.py", "a.go", "a.js", "Makefile", "Dockerfile", "a.cfg", ".gitignore", "a.md", "a.sh", "requirements.txt", "a"}

// TestLaws tries all rules on hunks whose sides are made of base by small edits, some of
// both sides alike, some of layout.
func TestLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 1))
	decided := make(map[string]int)
	for range tries(1500, 5000) {
		h := randomHunk(r)
		for _, s := range append(slices.Clone(Steps), LastStep) {
			if checkRule(t, s, h) {
				decided[s.Name]++
			}
		}
	}
	for _, s := range []string{"layout", "applied", "deleted"} {
		if decided[s] < 20 {
			t.Errorf("%s decides %d hunks: this tries nothing", s, decided[s])
		}
	}
}

func FuzzLaws(f *testing.F) {
	for _, tests := range [][]ruleTest{layoutTests, appliedTests, deletedTests} {
		for _, tt := range tests {
			f.Add(tt.name, tt.base, tt.ours, tt.theirs, "", "")
		}
	}
	f.Add("Makefile", "a", "b", "c", "d", "e")
	f.Fuzz(func(t *testing.T, name, base, ours, theirs, head, tail string) {
		h := hunk(name, base, ours, theirs)
		h.Head, h.Tail = lines(head), lines(tail)
		for _, s := range append(slices.Clone(Steps), LastStep) {
			checkRule(t, s, h)
		}
	})
}

// checkRule tries the laws that hold for a rule, and reports whether it decided.
func checkRule(t *testing.T, s Step, h Hunk) bool {
	t.Helper()
	given := fmt.Sprintf("%#v", h)
	result, said, ok := s.Decide(h)
	again, saidAgain, okAgain := s.Decide(h)
	fail := func(law string) {
		t.Helper()
		t.Errorf("%s: %s\n%s\ngot %q %q %v", s.Name, law, given, result, said, ok)
	}
	if !slices.Equal(result, again) || said != saidAgain || ok != okAgain {
		fail("the same hunk, the same lines")
	}
	if fmt.Sprintf("%#v", h) != given {
		fail("a hunk stays as it is")
	}
	swapped := h
	swapped.Ours, swapped.Theirs = h.Theirs, h.Ours
	swapped.YoursAdded, swapped.TemplateAdded = h.TemplateAdded, h.YoursAdded
	mirrored, _, okSwapped := s.Decide(swapped)
	if s.Name != LastStep.Name && (ok != okSwapped || !slices.Equal(letters(h.Name, result), letters(h.Name, mirrored))) {
		fail(fmt.Sprintf("swapping sides swaps nothing but layout and order, and here gets %q %v", mirrored, okSwapped))
	}
	if !ok {
		return false
	}
	for _, l := range result {
		if !slices.Contains(slices.Concat(h.Base, h.Ours, h.Theirs), l) {
			fail(fmt.Sprintf("no input has the line %q", l))
		}
	}
	if s.Name == "layout" || s.Name == "applied" {
		if lost := without(h.whole(result), addedBy(h)); len(lost) > 0 {
			fail(fmt.Sprintf("%q were added, and are lost", lost))
		}
	}
	if s.Name == "applied" {
		for _, l := range h.Base {
			kept := slices.Contains(h.whole(h.Ours), l) && slices.Contains(h.whole(h.Theirs), l)
			if isTelling(l) && !kept && slices.Contains(h.whole(result), l) {
				fail(fmt.Sprintf("%q was removed, and is back", l))
			}
		}
	}
	if s.Name == LastStep.Name && said == "" {
		fail("what stays deleted is said")
	}
	return true
}

// letters are all of a text that is not layout, in no order. A semicolon is layout at the
// end of a line of a script.
func letters(name string, lines []string) []byte {
	var all []byte
	for _, l := range lines {
		if languageOf(name) == "script" {
			l = strings.TrimSuffix(strings.TrimRight(l, " \t"), ";")
		}
		all = append(all, l...)
	}
	all = slices.DeleteFunc(all, func(c byte) bool { return strings.IndexByte(" \t\r\n\v\f\"',", c) >= 0 })
	slices.Sort(all)
	return all
}

// addedBy returns the words that a side has and base has not.
func addedBy(h Hunk) []string {
	return without(h.Base, wordsOf(slices.Concat(h.Head, h.Ours, h.Theirs, h.Tail)))
}

// without returns the words that lines have not.
func without(lines, words []string) []string {
	have := wordsOf(lines)
	return slices.DeleteFunc(words, func(w string) bool { return slices.Contains(have, w) })
}

func wordsOf(lines []string) []string {
	return strings.FieldsFunc(strings.Join(lines, "\n"), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// randomHunk makes a hunk of few words, so that lines are often alike.
func randomHunk(r *rand.Rand) Hunk {
	h := Hunk{Name: files[r.IntN(len(files))]}
	for range r.IntN(7) {
		h.Base = append(h.Base, randomLine(r))
	}
	shared := h.Base
	if r.IntN(2) == 0 {
		shared = edited(r, h.Base)
	}
	h.Ours, h.Theirs = edited(r, shared), edited(r, shared)
	switch r.IntN(6) {
	case 0:
		h.Ours = nil
	case 1:
		h.Ours = slices.Clone(h.Base)
	}
	for i := range h.Ours {
		if r.IntN(3) == 0 {
			h.Ours[i] = relaid(r, h.Ours[i])
		}
	}
	for len(h.Ours) > 0 && len(h.Theirs) > 0 && h.Ours[0] == h.Theirs[0] {
		h.Head = append(h.Head, h.Ours[0])
		h.Ours, h.Theirs = h.Ours[1:], h.Theirs[1:]
	}
	return h
}

func randomLine(r *rand.Rand) string {
	indent := strings.Repeat("  ", r.IntN(3))
	word := func() string { return string(rune('a'+r.IntN(6))) + "x" }
	switch r.IntN(8) {
	case 0:
		return ""
	case 1:
		return indent + "- " + word()
	case 2:
		return indent + word() + ":"
	case 3:
		return indent + word() + " = [\"" + word() + "\", '" + word() + "']"
	case 4:
		return indent + "\"" + word() + "\": \"" + word() + "\","
	case 5:
		return indent + word() + " " + word() + " " + word() + " " + word() + " " + word() + " " + word()
	case 6:
		return indent + []string{"}", "]", ")", "{", "# " + word(), "[" + word() + "]"}[r.IntN(6)]
	}
	return indent + word() + ": \"" + word() + "\""
}

func edited(r *rand.Rand, lines []string) []string {
	lines = slices.Clone(lines)
	for range r.IntN(3) {
		at := r.IntN(len(lines) + 1)
		switch k := r.IntN(4); {
		case k < 2 || at == len(lines):
			lines = slices.Insert(lines, at, randomLine(r))
		case k == 2:
			lines = slices.Delete(lines, at, at+1)
		default:
			lines[at] += " yx"
		}
	}
	return lines
}

func relaid(r *rand.Rand, line string) string {
	switch r.IntN(4) {
	case 0:
		return strings.ReplaceAll(line, `"`, `'`)
	case 1:
		return strings.ReplaceAll(line, " = ", "=")
	case 2:
		return strings.ReplaceAll(line, ": ", ":  ")
	}
	return line + " "
}

// Where two lines say the same, readers of the language read the same.
func FuzzPlain(f *testing.F) {
	for _, tt := range layoutTests {
		f.Add(tt.base, tt.ours)
		f.Add(tt.ours, tt.theirs)
	}
	for _, s := range []string{"x", "1", "1.0", "1.0.0", "on", "y", "~", "", " ", "x y", "it's", "0x1f", "1e3", "2024-01-01", "12:30", "=", "<<", "-", "- a", "? a", "*a", "&a", "!a", "@a", "#a", "a #b", "a: b", "a:", ".inf", "null", "[a]", "{a: b}", "a, b", "0o7", "1_0", "+1", ".5", "...", "---", "%a", "|", ">", "a  b", "x\ty"} {
		f.Add("k: "+s, `k: "`+s+`"`)
		f.Add("k: '"+s+"'", `k: "`+s+`"`)
		f.Add("- ["+s+"]", `- ["`+s+`"]`)
		f.Add(s+": 1", `"`+s+`": 1`)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, language := range []struct {
			name string
			read func(text string) (any, error)
		}{{"a.yaml", readYAML}, {"a.json", readJSON}, {"a.go", readGo}} {
			r := newReader(hunk(language.name, a, b, ""))
			p, okA := r.plain(lines(a))
			q, okB := r.plain(lines(b))
			if !okA || !okB || !p.equal(q) || p.comma != q.comma {
				continue
			}
			one, errOne := language.read(strings.ReplaceAll(a, "|", "\n"))
			other, errOther := language.read(strings.ReplaceAll(b, "|", "\n"))
			if errOne == nil && errOther == nil && !reflect.DeepEqual(one, other) {
				t.Errorf("%s: %q and %q say the same, and are %#v and %#v", language.name, a, b, one, other)
			}
		}
	})
}

// readYAML has one space for many in strings, because those of plain scalars are layout.
func readYAML(text string) (any, error) {
	var v any
	err := yaml.Unmarshal([]byte(text), &v)
	return strings.Join(strings.Fields(fmt.Sprintf("%#v", v)), " "), err
}

func readJSON(text string) (any, error) {
	var v any
	err := json.Unmarshal([]byte(text), &v)
	return v, err
}

func readGo(text string) (any, error) {
	var s scanner.Scanner
	var all []string
	set := token.NewFileSet()
	var failed error
	s.Init(set.AddFile("", -1, len(text)), []byte(text), func(_ token.Position, msg string) { failed = fmt.Errorf("%s", msg) }, 0)
	for {
		_, tok, literal := s.Scan()
		if tok == token.EOF {
			return all, failed
		}
		if literal != "\n" {
			all = append(all, tok.String()+literal)
		}
	}
}
