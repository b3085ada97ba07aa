package merge

import (
	"strings"
	"testing"

	"golang.org/x/mod/semver"
)

const head = "module hello\n\ngo 1.26\n\n"

// Where lines of go.mod conflict, requirements are a set and the higher version
// wins. want is empty where the conflict stands.
var goModTests = []struct{ name, base, ours, theirs, want string }{
	{"both add the first requirement",
		"module hello\n\ngo 1.26\n",
		head + "require example.com/u v1.0.0\n",
		head + "require example.com/t v1.2.0\n",
		head + "require (\n\texample.com/t v1.2.0\n\texample.com/u v1.0.0\n)\n"},
	{"the higher version wins",
		head + "require example.com/a v1.0.0\n",
		head + "require example.com/a v1.9.0\n",
		head + "require example.com/a v1.10.0\n",
		head + "require example.com/a v1.10.0\n"},
	{"also when it is the user's, whose comments and order stay",
		head + "require example.com/a v1.0.0\n",
		head + "// We need a.\nrequire (\n\texample.com/b v1.0.0 // for b\n\texample.com/a v1.9.0\n)\n",
		head + "require example.com/a v1.1.0\n",
		head + "// We need a.\nrequire (\n\texample.com/b v1.0.0 // for b\n\texample.com/a v1.9.0\n)\n"},
	{"a requirement raised by one and dropped by the other stays, for go mod tidy to drop",
		head + "require example.com/a v1.0.0\n",
		head,
		head + "require example.com/a v1.1.0\n",
		head + "require example.com/a v1.1.0\n"},
	{"one dropped by one and left alone by the other goes",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/b v1.1.0\n)\n",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.2.0\n)\n",
		head + "require example.com/b v1.2.0\n"},
	{"indirect requirements keep to their block",
		head + "require example.com/a v1.0.0\n\nrequire example.com/i v1.0.0 // indirect\n",
		head + "require example.com/a v1.1.0\n\nrequire example.com/i v1.1.0 // indirect\n",
		head + "require example.com/a v1.0.0\n\nrequire (\n\texample.com/i v1.0.0 // indirect\n\texample.com/j v1.0.0 // indirect\n)\n",
		head + "require example.com/a v1.1.0\n\nrequire (\n\texample.com/i v1.1.0 // indirect\n\texample.com/j v1.0.0 // indirect\n)\n"},
	{"one side changed the go line and both added below it",
		"module hello\n\ngo 1.25\n",
		"module hello\n\ngo 1.25\n\nrequire example.com/u v1.0.0\n",
		"module hello\n\ngo 1.26\n\ntool example.com/t/cmd\n\nrequire example.com/t v1.0.0\n",
		"module hello\n\ngo 1.26\n\nrequire (\n\texample.com/t v1.0.0\n\texample.com/u v1.0.0\n)\n\ntool example.com/t/cmd\n"},
	{"both raised the go line",
		"module hello\n\ngo 1.25\n", "module hello\n\ngo 1.25.3\n", "module hello\n\ngo 1.26\n", "module hello\n\ngo 1.26\n"},
	{"replace, exclude and tool go by key",
		head + "replace example.com/a => ../a\n",
		head + "replace example.com/a => ../a2\n\nexclude example.com/b v1.0.0\n",
		head + "tool example.com/t\n",
		""},
	{"one replaces what the other excludes",
		head,
		"module hello\n\ngo 1.26\n\nexclude example.com/b v1.0.0\n",
		"module hello\n\ngo 1.26\n\nreplace example.com/a => ../a\n",
		head + "exclude example.com/b v1.0.0\n\nreplace example.com/a => ../a\n"},
	{"the user's replacement of one version is not taken for all versions'",
		"module hello\n\ngo 1.26\n",
		head + "replace example.com/a v1.0.0 => ../a1\n",
		head + "replace example.com/a => ../a\n",
		""},
	{"both replaced the same, not alike",
		"module hello\n\ngo 1.26\n",
		head + "replace example.com/a => ../x\n",
		head + "replace example.com/a => ../y\n",
		""},
	{"the module was renamed on both sides",
		"module hello\n", "module example.com/hello\n", "module world\n", ""},
	{"a comment of the template's would be lost",
		head, head + "require example.com/u v1.0.0\n", head + "// Needed for t.\nrequire example.com/t v1.0.0\n", ""},
	{"a comment of the user's would be lost",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.0.0 // mine\n\texample.com/b v1.1.0\n)\n",
		head + "require example.com/b v1.2.0\n",
		""},
	{"a requirement stands twice",
		head, head + "require example.com/a v1.0.0\nrequire example.com/a v1.1.0\n", head + "require example.com/a v1.2.0\n", ""},
	{"a file that does not parse",
		head, head + "require example.com/u\n", head + "require example.com/t v1.0.0\n", ""},
	{"the user's style stays",
		"module hello\n",
		"\ufeffmodule hello\r\n\r\nrequire example.com/u v1.0.0",
		"module hello\n\nrequire example.com/t v1.0.0\n",
		"\ufeffmodule hello\r\n\r\nrequire (\r\n\texample.com/t v1.0.0\r\n\texample.com/u v1.0.0\r\n)"},
}

func TestGoMod(t *testing.T) {
	for _, tt := range goModTests {
		checkStructured(t, "sub/go.mod", noteGoMod, tt.name, tt.base, tt.ours, tt.theirs, tt.want)
	}
}

// Where lines of go.sum conflict, they are a set.
var goSumTests = []struct{ name, base, ours, theirs, want string }{
	{"both add, and go's order is kept",
		"a v1.2.0 h1:x=\n",
		"a v1.2.0 h1:x=\nb v1.0.0 h1:y=\nb v1.0.0/go.mod h1:z=\n",
		"a v1.2.0 h1:x=\na v1.10.0 h1:w=\n",
		"a v1.2.0 h1:x=\na v1.10.0 h1:w=\nb v1.0.0 h1:y=\nb v1.0.0/go.mod h1:z=\n"},
	{"what one side dropped goes",
		"a v1.0.0 h1:x=\nb v1.0.0 h1:y=\n",
		"b v1.0.0 h1:y=\nc v1.0.0 h1:z=\n",
		"a v1.0.0 h1:x=\nb v1.0.0 h1:y=\nd v1.0.0 h1:w=\n",
		"b v1.0.0 h1:y=\nc v1.0.0 h1:z=\nd v1.0.0 h1:w=\n"},
	{"two hashes for one module are never settled here",
		"", "a v1.0.0 h1:x=\n", "a v1.0.0 h1:y=\n", ""},
	{"nor is what is not go.sum",
		"", "a v1.0.0 h1:x=\n", "a v1.0.0\n", ""},
}

func TestGoSum(t *testing.T) {
	for _, tt := range goSumTests {
		checkStructured(t, "go.sum", noteGoSum, tt.name, tt.base, tt.ours, tt.theirs, tt.want)
	}
}

func checkStructured(t *testing.T, file, note, name, base, ours, theirs, want string) {
	t.Helper()
	b, o, th := []byte(base), []byte(ours), []byte(theirs)
	if Lines(b, o, th, labels).Clean() {
		t.Errorf("%s: the lines do not conflict, so this shows nothing", name)
	}
	r := Merge(file, b, o, th, labels)
	if want == "" {
		if r.Clean() || r.Note != "" {
			t.Errorf("%s: merged, with note %q:\n%s", name, r.Note, r.Content)
		}
		return
	}
	if got := string(r.Content); got != want || !r.Clean() || r.Note != note {
		t.Errorf("%s: note %q, got\n%q\nwant\n%q", name, r.Note, got, want)
	}
	if Merge("other", b, o, th, labels).Clean() {
		t.Errorf("%s: merged under another name", name)
	}
}

func FuzzGoMod(f *testing.F) {
	for _, tt := range goModTests {
		f.Add([]byte(tt.base), []byte(tt.ours), []byte(tt.theirs))
	}
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		r := Merge("go.mod", base, ours, theirs, lawLabels)
		swapped := Merge("go.mod", base, theirs, ours, lawLabels)
		if r.Clean() && swapped.Clean() && r.Note != swapped.Note {
			t.Errorf("notes %q and, swapped, %q", r.Note, swapped.Note)
		}
		if r.Note != noteGoMod {
			return
		}
		if strings.Contains(string(r.Content), "<<<<<<<") && !strings.Contains(string(ours)+string(theirs), "<<<<<<<") {
			t.Errorf("markers in a clean merge: %q", r.Content)
		}
		_, got, ok := readGoMod(parse(r.Content).lines)
		if !ok {
			t.Fatalf("the merged file does not parse: %q", r.Content)
		}
		_, old, _ := readGoMod(parse(base).lines)
		for _, side := range [][]byte{ours, theirs} {
			_, says, _ := readGoMod(parse(side).lines)
			keepsRequirements(t, got, old, says)
		}
	})
}

// keepsRequirements checks that what a side requires and base does not is there,
// in no lower version.
func keepsRequirements(t *testing.T, got, base, side map[statement]value) {
	t.Helper()
	for s, v := range side {
		if _, old := base[s]; old || s.verb != "require" {
			continue
		}
		if g, ok := got[s]; !ok || semver.Compare(g.text, v.text) < 0 {
			t.Errorf("%s %s is now %+v", s.key, v.text, g)
		}
	}
}
