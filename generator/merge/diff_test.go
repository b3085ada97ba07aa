package merge

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var unifiedTests = []struct{ name, old, new, want string }{
	{"equal files have no diff", "a\n", "a\n", ""},
	{"one changed line", "a\nb\nc\n", "a\nB\nc\n", "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
	{"a new file", "", "a\n", "--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"},
	{"a removed file", "a\nb\n", "", "--- a/x\n+++ b/x\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
	{"no newline at the end of either", "a\nb", "a\nB", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n\\ No newline at end of file\n"},
	{"a newline added", "a", "a\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
	{"line endings are seen", "a\n", "a\r\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+a\r\n"},
	{"changes whose context touches are one hunk", "a\nb\nc\nd\n", "A\nb\nc\nD\n",
		"--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n-d\n+D\n"},
	{"others are two", "a\nb\nc\nd\ne\n", "A\nb\nc\nd\nE\n",
		"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n@@ -4,2 +4,2 @@\n d\n-e\n+E\n"},
}

func TestUnified(t *testing.T) {
	for _, tt := range unifiedTests {
		if got := string(Unified("a/x", "b/x", []byte(tt.old), []byte(tt.new), 1)); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.name, got, tt.want)
		}
	}
	if got := Unified("a b", "/dev/null", []byte("x"), nil, 3); !bytes.HasPrefix(got, []byte("--- a b\t\n+++ /dev/null\n")) {
		t.Errorf("a name with a space: %q", got)
	}
}

// TestUnifiedGit compares with git diff, less its headings and with the
// settings for which this package has none.
func TestUnifiedGit(t *testing.T) {
	needGit(t)
	dir := t.TempDir()
	same, total := 0, tries(20, 60)
	for _, x := range triples(t, total) {
		for name, data := range map[string][]byte{"old": x.base, "new": x.theirs} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, _, err := git(dir, nil, "-c", "core.attributesFile=/dev/null", "diff", "--no-index", "--histogram", "--no-indent-heuristic", "old", "new")
		if err != nil {
			t.Fatal(err)
		}
		got := Unified("a/old", "b/new", x.base, x.theirs, 3)
		if bytes.Equal(got, plain(want)) {
			same++
		} else {
			t.Logf("differs:\n%s\ngit:\n%s", got, want)
		}
	}
	if same < total {
		t.Errorf("the same as git diff in %d of %d", same, total)
	}
}

// plain takes git's own header lines off a diff, and what follows a hunk's range.
func plain(diff []byte) []byte {
	var out []byte
	for l := range bytes.Lines(diff) {
		switch {
		case bytes.HasPrefix(l, []byte("diff ")), bytes.HasPrefix(l, []byte("index ")):
			continue
		case bytes.HasPrefix(l, []byte("@@ ")):
			end := bytes.Index(l[3:], []byte(" @@")) + 6
			out = append(append(out, l[:end]...), '\n')
		default:
			out = append(out, l...)
		}
	}
	return out
}

// Applied to a, the edits make b; and they are apart from each other.
func FuzzDiff(f *testing.F) {
	for _, tt := range linesTests {
		f.Add(words(tt.ours), words(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		la, lb := slices.Collect(strings.Lines(string(a))), slices.Collect(strings.Lines(string(b)))
		ids, n := intern(la, lb)
		edits, _ := diff(ids[0], ids[1], n)
		var got []string
		at, last := 0, -1
		for _, e := range edits {
			if e.Old.Start <= last {
				t.Errorf("edit %+v touches the one before", e)
			}
			got = append(append(got, la[at:e.Old.Start]...), lb[e.New.Start:e.New.End]...)
			at, last = e.Old.End, e.Old.End
		}
		got = append(got, la[at:]...)
		if j := bytes.Join(toBytes(got), nil); !bytes.Equal(j, b) {
			t.Errorf("a %q, b %q, edited %q", a, b, j)
		}
	})
}

func toBytes(lines []string) (all [][]byte) {
	for _, l := range lines {
		all = append(all, []byte(l))
	}
	return all
}

// Myers' edit scripts are as short as a table of all prefixes says they can be.
func TestMyersShortest(t *testing.T) {
	for i := range 5000 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		random := func() []int32 {
			ids := make([]int32, r.IntN(14))
			for i := range ids {
				ids[i] = r.Int32N(3)
			}
			return ids
		}
		a, b := random(), random()
		d := differ{a: side{a, make([]bool, len(a))}, b: side{b, make([]bool, len(b))}, work: budget}
		d.myers(box{span{0, len(a)}, span{0, len(b)}})
		got := 0
		for _, e := range d.edits() {
			got += e.Old.Len() + e.New.Len()
		}
		if want := len(a) + len(b) - 2*commonLen(a, b); got != want {
			t.Fatalf("%v and %v: %d lines changed, want %d", a, b, got, want)
		}
	}
}

// commonLen is the length of a longest common subsequence.
func commonLen(a, b []int32) int {
	above := make([]int, len(b)+1)
	for i := range a {
		row := make([]int, len(b)+1)
		for j := range b {
			row[j+1] = max(row[j], above[j+1])
			if a[i] == b[j] {
				row[j+1] = above[j] + 1
			}
		}
		above = row
	}
	return above[len(b)]
}

func TestSimilarity(t *testing.T) {
	for _, tt := range []struct {
		name, a, b string
		want       int
	}{
		{"the same", "a\nb\n", "a\nb\n", 100},
		{"nothing in common", "a\nb\n", "c\nd\n", 0},
		{"half", "aa\nbb\n", "aa\ncc\n", 50},
		{"of the larger", "aa\n", "aa\nbb\ncc\ndd\n", 25},
		{"order does not matter", "a\nb\nc\n", "c\na\nb\n", 100},
		{"repeated lines count as often as both have them", "a\na\na\na\n", "a\nb\nb\nb\n", 25},
		{"empty files are similar to nothing", "", "", 0},
		{"not even each other's", "", "a\n", 0},
		{"line endings hardly matter", "aaaaaaa\nbbbbbbb\n", "aaaaaaa\r\nbbbbbbb\r\n", 88},
	} {
		if got := Similarity([]byte(tt.a), []byte(tt.b)); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	long := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	if got := Similarity(long, append(long, "tail"...)); got < 95 {
		t.Errorf("a file of one long line, and a little more: %d", got)
	}
}

func TestBinary(t *testing.T) {
	text := bytes.Repeat([]byte("x"), 8000)
	for _, tt := range []struct {
		name string
		data []byte
		want bool
	}{
		{"empty", nil, false},
		{"Latin-1", []byte("caf\xe9\n"), false},
		{"a NUL", []byte("a\x00b"), true},
		{"a NUL as the last byte looked at", append(text[:7999:7999], 0), true},
		{"a NUL behind it", append(text[:8000:8000], 0), false},
	} {
		if got := Binary(tt.data); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
