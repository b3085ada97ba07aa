package tree

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

func paths(t Tree) []string {
	var all []string
	for f := range t.All() {
		all = append(all, f.Path)
	}
	return all
}

func TestNewSorts(t *testing.T) {
	// A folder's files stand together only if / sorts like any other byte: it
	// does not, and what walks a Tree must not rely on it.
	got, err := New(File{Path: "b"}, File{Path: "a/z"}, File{Path: "a-b"}, File{Path: "a.go"}, File{Path: "B2"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"B2", "a-b", "a.go", "a/z", "b"}; !slices.Equal(paths(got), want) {
		t.Errorf("got %q, want %q", paths(got), want)
	}
}

// Each word is a path, or ORIGIN=path.
var collisionTests = []struct{ paths, want string }{
	{"a b c/d c/e", ""},
	{"a/b/c a/b/d a/e", ""},
	{"a-b a/b a.b", ""},
	// Twice the same.
	{"a a", `path "a" is written twice`},
	{"x.tmpl=a y.tmpl=a", `path "a" is written twice: by x.tmpl and by y.tmpl`},
	// One of them has no origin: it is left out rather than named badly.
	{"x.tmpl=a a", `path "a" is written twice`},
	// The same to a file system that ignores letter case.
	{"README.md readme.md", `paths "README.md" and "readme.md" differ only by letter case`},
	{"x.tmpl=A y.tmpl=a", `paths "A" and "a" differ only by letter case: by x.tmpl and by y.tmpl`},
	{"A/x a/y", `folders "A" and "a" differ only by letter case: not every file system keeps them apart`},
	{"A/x a/x", `folders "A" and "a" differ only by letter case: not every file system keeps them apart`},
	{"d/A/x d/a/y", `folders "d/A" and "d/a" differ only by letter case: not every file system keeps them apart`},
	{"straße STRASSE", `paths "STRASSE" and "straße" differ only by letter case`},
	// The same but for how letters are composed.
	{"한 \u1112\u1161\u11ab", "paths \"\\u1112\\u1161\\u11ab\" and \"\\ud55c\" differ only by how their accents are encoded"},
	{"\u00c5 \u212b", "paths \"\\u00c5\" and \"\\u212b\" differ only by how their accents are encoded"},
	// A file that is also a folder, in either order and in any case.
	{"a a/b", `path "a" is both a file and a folder`},
	{"a/b/c a/b", `path "a/b/c" is both a file and a folder`},
	{"x.tmpl=a y.tmpl=a/b", `path "a" is both a file and a folder: by x.tmpl and by y.tmpl`},
	{"A a/b", `path "a" is both a file and a folder`},
	{"a B/c b", `path "b" is both a file and a folder`},
	// All problems are reported, not just the first.
	{"a a b b", "path \"a\" is written twice\npath \"b\" is written twice"},
	{"../x -y", "path \"-y\": has the element \"-y\", which commands would take for a flag\npath \"../x\": has the element \"..\", which leaves its folder"},
}

func TestNewCollisions(t *testing.T) {
	for _, tt := range collisionTests {
		var files []File
		for word := range strings.FieldsSeq(tt.paths) {
			f := File{Path: word}
			if origin, path, ok := strings.Cut(word, "="); ok {
				f = File{Path: path, Origin: origin}
			}
			files = append(files, f)
		}
		made, err := New(files...)
		got := ""
		if err != nil {
			got = err.Error()
		}
		// Which of two is named is a matter of their order, which is sorted.
		if got != tt.want && !(strings.Contains(tt.want, "both a file and a folder") && strings.Contains(got, "both a file and a folder")) {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.paths, got, tt.want)
		}
		if err != nil && made.Len() != 0 {
			t.Errorf("%s: a tree of %d files comes with the error", tt.paths, made.Len())
		}
	}
}

// What is on a disk is what it is.
func TestFoundTakesAnything(t *testing.T) {
	got := Found(File{Path: "b"}, File{Path: "a/x", Mode: fs.ModeIrregular}, File{Path: "a"}, File{Path: "B"}, File{Path: "it's"}, File{Path: "b", Data: []byte("second")})
	if want := []string{"B", "a", "a/x", "b", "it's"}; !slices.Equal(paths(got), want) {
		t.Errorf("got %q, want %q", paths(got), want)
	}
	if f, ok := got.Find("b"); !ok || len(f.Data) > 0 {
		t.Errorf("Find = %v, %v; want the first b", f, ok)
	}
}

func TestFind(t *testing.T) {
	made, err := New(File{Path: "a", Data: []byte("1")}, File{Path: "b/c", Data: []byte("22")}, File{Path: "d"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"a", "b/c", "d"} {
		if f, ok := made.Find(path); !ok || f.Path != path {
			t.Errorf("Find(%q) = %v, %v", path, f, ok)
		}
	}
	for _, path := range []string{"", "b", "b/", "A", "z", "a "} {
		if f, ok := made.Find(path); ok {
			t.Errorf("Find(%q) = %v", path, f)
		}
	}
	if made.Len() != 3 || made.Size() != 3 {
		t.Errorf("Len %d, Size %d, want 3 and 3", made.Len(), made.Size())
	}
	var zero Tree
	if _, ok := zero.Find("a"); ok || zero.Len() != 0 || zero.Size() != 0 || paths(zero) != nil {
		t.Error("the zero Tree is not empty")
	}
}

// A Tree does not change when the slice it was made of does.
func TestNewCopies(t *testing.T) {
	files := []File{{Path: "a"}, {Path: "b"}}
	made, err := New(files...)
	if err != nil {
		t.Fatal(err)
	}
	files[0].Path = "../evil"
	if want := []string{"a", "b"}; !slices.Equal(paths(made), want) {
		t.Errorf("got %q, want %q", paths(made), want)
	}
}

func TestSum(t *testing.T) {
	// FIPS 180-2, appendix B.1.
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := (File{Data: []byte("abc")}).Sum(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What Find found before does not change what it finds.
func TestFindInAnyOrder(t *testing.T) {
	x, err := New(File{Path: "a"}, File{Path: "b/c"}, File{Path: "b/d"}, File{Path: "e"})
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"", "a", "b", "b/c", "b/d", "c", "e", "f"}
	for _, first := range paths {
		for _, then := range paths {
			x.Find(first)
			want := slices.ContainsFunc(slices.Collect(x.All()), func(f File) bool { return f.Path == then })
			if f, ok := x.Find(then); ok != want || ok && f.Path != then {
				t.Errorf("%q after %q: got %q, %v", then, first, f.Path, ok)
			}
		}
	}
}

func TestPathsOfTwo(t *testing.T) {
	of := func(names string) Tree {
		var files []File
		for _, name := range strings.Fields(names) {
			files = append(files, File{Path: name})
		}
		return Found(files...)
	}
	for _, tt := range []struct{ a, b, want string }{
		{"", "", ""},
		{"a b", "", "a b"},
		{"", "a b", "a b"},
		{"a c", "b c d", "a b c d"},
		{"a a/b c", "a/b b", "a a/b b c"},
	} {
		if got := strings.Join(slices.Collect(Paths(of(tt.a), of(tt.b))), " "); got != tt.want {
			t.Errorf("of %q and %q: %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}
