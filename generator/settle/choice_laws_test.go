package settle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A line of a hunk is one that some side has, and who is asked first does not matter.
func checkFair(t *testing.T, rule Rule, h Hunk) (lines []string, ok bool) {
	t.Helper()
	lines, said, ok := rule(h)
	for _, l := range lines {
		if ok && !slices.Contains(h.Ours, l) && !slices.Contains(h.Theirs, l) {
			t.Errorf("%+v: no side has %q", h, l)
		}
	}
	swapped, saidToo, okToo := rule(swap(h))
	if ok != okToo || ok && (!slices.Equal(lines, swapped) || said != saidToo) {
		t.Errorf("%+v: %q, %q and, swapped, %q, %q", h, lines, said, swapped, saidToo)
	}
	return lines, ok
}

// A merge that is merged once more with a side stays as it is, or is a conflict.
func checkSettled(t *testing.T, rule Rule, h Hunk, lines []string) {
	t.Helper()
	for _, side := range [][]string{h.Ours, h.Theirs} {
		again, _, ok := rule(Hunk{Name: h.Name, Base: h.Base, Ours: lines, Theirs: side})
		if ok && !slices.Equal(again, lines) {
			t.Errorf("%+v: %q, and merged with %q again %q", h, lines, side, again)
		}
	}
}

// drawVersion draws numbers that are often near each other.
func drawVersion(r *rand.Rand) []int {
	v := make([]int, 2+r.IntN(2))
	for i := range v {
		v[i] = r.IntN(12)
	}
	return v
}

func writeVersion(v []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", "."), "[]")
}

func TestPinsNeverGoBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n, decided := tries(2000, 8000), 0
	for range n {
		base, ours, theirs := drawVersion(r), drawVersion(r), drawVersion(r)
		line := func(v []int) []string { return []string{"image: a:" + writeVersion(v) + "-slim"} }
		h := Hunk{Name: "a.yaml", Base: line(base), Ours: line(ours), Theirs: line(theirs)}
		lines, ok := checkFair(t, Pins, h)
		if !ok {
			continue
		}
		if !slices.Equal(h.Ours, h.Base) && !slices.Equal(h.Theirs, h.Base) && !slices.Equal(h.Ours, h.Theirs) {
			decided++
			highest := slices.MaxFunc([][]int{base, ours, theirs}, slices.Compare)
			if !slices.Equal(lines, line(highest)) {
				t.Errorf("%+v: took %q", h, lines)
			}
		}
		checkSettled(t, Pins, h, lines)
	}
	if decided < n/10 {
		t.Errorf("only %d were decided", decided)
	}
}

// drawHunk changes lines of base on either side.
func drawHunk(r *rand.Rand, name string, pool []string) Hunk {
	draw := func() string { return pool[r.IntN(len(pool))] }
	h := Hunk{Name: name}
	for range r.IntN(5) {
		h.Base = append(h.Base, draw())
	}
	edit := func() []string {
		side := slices.Clone(h.Base)
		for range r.IntN(4) {
			at := r.IntN(len(side) + 1)
			switch {
			case at == len(side) || r.IntN(3) == 0:
				side = slices.Insert(side, at, draw())
			case r.IntN(2) == 0:
				side = slices.Delete(side, at, at+1)
			default:
				side[at] = draw()
			}
		}
		return side
	}
	h.Ours, h.Theirs = edit(), edit()
	return h
}

var (
	pinLines = []string{
		"- uses: a/b@v3", "- uses: a/b@v4", "- uses: a/b@v5", "- uses: a/b@" + hashA + " # v4", "- uses: a/b@" + hashB + " # v5",
		"image: c:1.2", "image: c:1.3", "image: c:1.4", "version: 1.2.3", "n: 8", "n: 9", "",
	}
	ignoreLine = []string{"a", "b", "c", "d", "e", "f", "# g", "# h", "", " "}
)

func TestLinesAreDecidedFairly(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, rule := range []Rule{Pins, Aligned} {
		decided := 0
		for range 5000 {
			h := drawHunk(r, "a.yaml", pinLines)
			if lines, ok := checkFair(t, rule, h); ok {
				decided++
				checkSettled(t, rule, h, lines)
			}
		}
		if decided < 250 {
			t.Errorf("only %d were decided", decided)
		}
	}
}

func TestIgnoreIsSet(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	decided := 0
	for range 20000 {
		if checkSet(t, drawHunk(r, ".gitignore", ignoreLine)) {
			decided++
		}
	}
	if decided < 2000 {
		t.Errorf("only %d were decided", decided)
	}
}

// checkSet wants each pattern to be there as the one side has it that changed that.
func checkSet(t *testing.T, h Hunk) (ok bool) {
	t.Helper()
	lines, _, ok := Ignore(h)
	if !ok {
		return false
	}
	swapped, _, okToo := Ignore(swap(h))
	if !okToo || !slices.Equal(sorted(lines), sorted(swapped)) {
		t.Errorf("%+v: %q and, swapped, %q", h, lines, swapped)
	}
	for _, l := range slices.Concat(h.Base, h.Ours, h.Theirs, lines) {
		if beginsBlock(l) {
			continue
		}
		has := func(lines []string) bool { return slices.Contains(lines, l) }
		if has(lines) != merge(has(h.Base), has(h.Ours), has(h.Theirs)) {
			t.Errorf("%+v: %q is or is not in %q", h, l, lines)
		}
		if i := slices.Index(lines, l); i >= 0 && slices.Contains(lines[i+1:], l) {
			t.Errorf("%+v: %q twice in %q", h, l, lines)
		}
	}
	for _, side := range [][]string{h.Ours, h.Theirs} {
		again, _, ok := Ignore(Hunk{Name: h.Name, Base: h.Base, Ours: lines, Theirs: side})
		if ok && !slices.Equal(sorted(again), sorted(lines)) {
			t.Errorf("%+v: %q, and merged with %q again %q", h, lines, side, again)
		}
	}
	return true
}

// sorted are the patterns, in order.
func sorted(lines []string) []string {
	patterns := slices.DeleteFunc(slices.Clone(lines), beginsBlock)
	slices.Sort(patterns)
	return patterns
}

func fuzzHunks(f *testing.F, names []string, check func(t *testing.T, h Hunk)) {
	for _, test := range pinTests {
		f.Add(byte(0), test.base, test.ours, test.theirs)
	}
	for _, test := range alignedTests {
		f.Add(byte(1), test.base, test.ours, test.theirs)
	}
	for _, test := range ignoreTests {
		f.Add(byte(2), strings.Join(ignoreLines(test.base), "\n"), strings.Join(ignoreLines(test.ours), "\n"), strings.Join(ignoreLines(test.theirs), "\n"))
	}
	f.Fuzz(func(t *testing.T, name byte, base, ours, theirs string) {
		check(t, Hunk{Name: names[int(name)%len(names)], Base: linesOf(base), Ours: linesOf(ours), Theirs: linesOf(theirs)})
	})
}

func FuzzPins(f *testing.F) {
	fuzzHunks(f, []string{"a.yaml", "Dockerfile", "requirements.txt", "a.json", "a.toml", "a.go", ".nvmrc"}, func(t *testing.T, h Hunk) {
		if lines, ok := checkFair(t, Pins, h); ok {
			checkSettled(t, Pins, h, lines)
		}
	})
}

func FuzzAligned(f *testing.F) {
	fuzzHunks(f, []string{"a.yaml", "requirements.txt", "README.md", ".env"}, func(t *testing.T, h Hunk) {
		lines, ok := checkFair(t, Aligned, h)
		if !ok {
			return
		}
		checkSettled(t, Aligned, h, lines)
		for i, l := range lines {
			if l != h.Ours[i] && l != h.Theirs[i] {
				t.Errorf("%+v: %q is elsewhere", h, l)
			}
		}
	})
}

func FuzzIgnore(f *testing.F) {
	fuzzHunks(f, []string{".gitignore"}, func(t *testing.T, h Hunk) { checkSet(t, h) })
}
