package merge

import (
	"strings"
	"testing"
)

const head = "module hello\n\ngo 1.26\n\n"

// Where lines of go.mod conflict, what one side changed is taken, and of two
// versions the higher if both sides went up. want is empty where the conflict
// stands.
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
	{"a requirement raised by one and dropped by the other",
		head + "require example.com/a v1.0.0\n",
		head,
		head + "require example.com/a v1.1.0\n",
		""},
	{"one dropped by one and left alone by the other goes",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/b v1.1.0\n)\n",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.2.0\n)\n",
		head + "require (\n\texample.com/b v1.2.0\n)\n"},
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
	{"a comment of the user's would be lost",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.0.0 // mine\n\texample.com/b v1.1.0\n)\n",
		head + "require example.com/b v1.2.0\n",
		""},
	{"the user went back, and says why",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.4.0 // pinned: 1.5 leaks\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.6.0\n\texample.com/b v1.0.0\n)\n",
		""},
	{"the user went back and says nothing",
		head + "require example.com/a v1.5.0\n", head + "require example.com/a v1.4.0\n", head + "require example.com/a v1.6.0\n", ""},
	{"the template went back from a release that the user went beyond",
		head + "require example.com/a v1.5.0\n", head + "require example.com/a v1.6.0\n", head + "require example.com/a v1.4.9\n", ""},
	{"both went back, not equally far",
		head + "require example.com/a v1.5.0\n", head + "require example.com/a v1.4.0\n", head + "require example.com/a v1.3.0\n", ""},
	{"the template went back and the user changed another",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.1.0\n)\n",
		head + "require (\n\texample.com/a v1.4.9\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.4.9\n\texample.com/b v1.1.0\n)\n"},
	{"a comment is not moved to a version that it was not written for",
		head + "require example.com/a v1.4.0\n",
		head + "require example.com/a v1.4.0 // pinned: bug in v1.5\n",
		head + "require example.com/a v1.6.0\n",
		""},
	{"not even if both went up",
		head + "require example.com/a v1.3.0\n",
		head + "require example.com/a v1.4.0 // not v1.5, it leaks\n",
		head + "require example.com/a v1.6.0\n",
		""},
	{"a comment above a version is its as well",
		head + "require (\n\texample.com/a v1.3.0\n)\n",
		head + "require (\n\t// v1.5 leaks.\n\texample.com/a v1.4.0\n)\n",
		head + "require (\n\texample.com/a v1.6.0\n)\n",
		""},
	{"the comment comes with the version that is taken",
		head + "require example.com/a v1.3.0\n",
		head + "require example.com/a v1.4.0\n",
		head + "require example.com/a v1.6.0 // for its Reset\n",
		head + "require example.com/a v1.6.0 // for its Reset\n"},
	{"a comment of the template's comes with its requirement",
		head,
		head + "require example.com/u v1.0.0\n",
		head + "// Needed for t.\nrequire example.com/t v1.0.0\n",
		head + "require (\n\t// Needed for t.\n\texample.com/t v1.0.0\n\texample.com/u v1.0.0\n)\n"},
	{"what one side excludes is not required",
		head + "require example.com/a v1.5.0\n",
		head + "require example.com/a v1.5.1\n\nexclude example.com/a v1.6.0\n",
		head + "require example.com/a v1.6.0\n",
		""},
	{"whichever side it is",
		head + "require example.com/a v1.5.0\n",
		head + "require example.com/a v1.6.0\n",
		head + "require example.com/a v1.5.1\n\nexclude example.com/a v1.6.0\n",
		""},
	{"the user replaced the version that the template leaves",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.1.0\n)\n\nreplace example.com/a v1.5.0 => ../a\n",
		head + "require (\n\texample.com/a v1.6.0\n\texample.com/b v1.0.0\n)\n",
		""},
	{"a replacement of all versions goes with every one",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.1.0\n)\n\nreplace example.com/a => ../a\n",
		head + "require (\n\texample.com/a v1.6.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.6.0\n\texample.com/b v1.1.0\n)\n\nreplace example.com/a => ../a\n"},
	{"the user went back with the go line",
		"module hello\n\ngo 1.25\n", "module hello\n\ngo 1.24\n", "module hello\n\ngo 1.26\n", ""},
	{"both raised the toolchain",
		head + "toolchain go1.26.1\n", head + "toolchain go1.26.2\n", head + "toolchain go1.26.3\n", head + "toolchain go1.26.3\n"},
	{"one raised it and one went back",
		head + "toolchain go1.26.2\n", head + "toolchain go1.26.1\n", head + "toolchain go1.26.3\n", ""},
	{"one dropped it and one raised it",
		head + "toolchain go1.26.2\n\nrequire example.com/a v1.0.0\n", head + "require example.com/a v1.0.0\n", head + "toolchain go1.26.3\n\nrequire example.com/a v1.0.0\n", ""},
	{"the template adds one below the go line",
		"module hello\n\ngo 1.26\n",
		head + "require example.com/u v1.0.0\n",
		head + "toolchain go1.26.3\n",
		head + "toolchain go1.26.3\n\nrequire example.com/u v1.0.0\n"},
	{"a requirement dropped by the user and raised by the template",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/b v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.1.0\n\texample.com/b v1.0.0\n)\n",
		""},
	{"an indirect one stays, for go mod tidy to drop",
		head + "require (\n\texample.com/a v1.0.0 // indirect\n\texample.com/b v1.0.0 // indirect\n)\n",
		head + "require (\n\texample.com/b v1.0.0 // indirect\n)\n",
		head + "require (\n\texample.com/a v1.1.0 // indirect\n\texample.com/b v1.0.0 // indirect\n)\n",
		head + "require (\n\texample.com/a v1.1.0 // indirect\n\texample.com/b v1.0.0 // indirect\n)\n"},
	{"used by the user now, and raised by the template",
		head + "require example.com/a v1.0.0 // indirect\n",
		head + "require example.com/a v1.0.0\n",
		head + "require example.com/a v1.1.0 // indirect; for x\n",
		head + "require example.com/a v1.1.0 // for x\n"},
	{"statements without a rule stay as the user has them",
		head + "godebug a=1\n\nrequire example.com/a v1.0.0\n",
		head + "godebug (\n\ta=2\n\tb=1\n)\n\nretract v1.0.0 // broken\n\nrequire example.com/a v1.1.0\n",
		head + "godebug a=1\n\nrequire example.com/a v1.2.0\n",
		head + "godebug (\n\ta=2\n\tb=1\n)\n\nretract v1.0.0 // broken\n\nrequire example.com/a v1.2.0\n"},
	{"and are not changed as the template did",
		head + "godebug a=1\n\nrequire example.com/a v1.0.0\n",
		head + "godebug a=1\n\nrequire example.com/a v1.1.0\n",
		head + "godebug a=2\n\nrequire example.com/a v1.2.0\n",
		""},
	{"both changed one",
		head + "retract v1.0.0 // broken\n",
		head + "retract (\n\tv1.0.0 // broken\n\t[v1.1.0, v1.2.0] // by mistake\n)\n",
		head + "retract (\n\tv1.0.0 // broken\n\t// It deletes files.\n\tv1.3.0\n)\n",
		""},
	{"both added a tool",
		head, head + "tool example.com/u\n", head + "tool example.com/t\n", head + "tool (\n\texample.com/t\n\texample.com/u\n)\n"},
	{"a rationale told differently",
		head + "retract v1.0.0\n", head + "retract v1.0.0 // broken\n", head + "retract v1.0.0 // by mistake\n", ""},
	{"the user's layout stays, however odd",
		head + "require   example.com/a v1.0.0\n\n\n\nrequire example.com/b   v1.0.0\n",
		head + "require   example.com/a v1.1.0\n\n\n\nrequire example.com/b   v1.0.0 // mine\n",
		head + "require (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0\n\texample.com/c v1.0.0\n)\n",
		head + "require (\n\texample.com/a v1.1.0\n\texample.com/c v1.0.0\n)\n\n\n\nrequire example.com/b   v1.0.0 // mine\n"},
	{"a comment of the template's that belongs to no statement would be lost",
		head + "require example.com/a v1.0.0\n",
		head + "require example.com/a v1.1.0\n",
		head + "// These are for the gateway.\n\nrequire example.com/a v1.2.0\n",
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

var goWorkTests = []struct{ name, base, ours, theirs, want string }{
	{"both use another module",
		"go 1.25\n\nuse .\n", "go 1.25\n\nuse (\n\t.\n\t./mine\n)\n", "go 1.25\n\nuse (\n\t.\n\t./tools\n)\n",
		"go 1.25\n\nuse (\n\t.\n\t./mine\n\t./tools\n)\n"},
	{"and another Go",
		"go 1.25\n\nuse .\n", "go 1.26\n\nuse .\nuse ./mine\n", "go 1.25.3\n\ntoolchain go1.26.1\n\nuse .\n",
		"go 1.26\n\ntoolchain go1.26.1\n\nuse .\nuse ./mine\n"},
	{"both replace one module, and not alike",
		"go 1.25\n\nuse .\n", "go 1.26\n\nuse .\n\nreplace a.com/b => ../b\n", "go 1.26\n\nuse .\n\nreplace a.com/b => ../c\n",
		""},
	{"a comment says why",
		"go 1.25\n\nuse (\n\t.\n)\n", "go 1.25\n\nuse (\n\t.\n\t./mine // why\n)\n", "go 1.25\n\nuse (\n\t.\n\t// For CI.\n\t./tools\n)\n",
		"go 1.25\n\nuse (\n\t.\n\t./mine // why\n\t// For CI.\n\t./tools\n)\n"},
	{"a line that says nothing in go.work",
		"go 1.25\n\nuse .\n", "go 1.25\n\nuse .\nrequire a.com/b v1.0.0\n", "go 1.25\n\nuse .\nuse ./tools\n", ""},
}

func TestGoWork(t *testing.T) {
	for _, tt := range goWorkTests {
		checkStructured(t, "go.work", noteGoWork, tt.name, tt.base, tt.ours, tt.theirs, tt.want)
	}
}

// What was chosen is named, and so is what could not be.
func TestGoModNotes(t *testing.T) {
	req := func(rest string) string { return head + "require example.com/a " + rest + "\n" }
	for _, tt := range []struct{ base, ours, theirs, want string }{
		{req("v1.0.0"), req("v1.9.0"), req("v1.10.0"), "example.com/a: the template's v1.10.0, not your v1.9.0"},
		{req("v1.0.0"), req("v1.9.0"), req("v1.2.0"), "example.com/a: your v1.9.0, not the template's v1.2.0"},
		{head, req("v1.9.0"), req("v1.2.0"), "example.com/a: your v1.9.0, not the template's v1.2.0"},
		{"module hello\n\ngo 1.24\n", "module hello\n\ngo 1.25.3\n", head, "go: the template's 1.26, not your 1.25.3"},
		{req("v1.0.0 // indirect"), head, req("v1.1.0 // indirect"), "example.com/a: v1.1.0 stays, though you removed it"},
		{req("v1.0.0 // indirect"), req("v1.1.0 // indirect"), head, "example.com/a: v1.1.0 stays, though the template removed it"},
		{req("v1.5.0"), req("v1.4.0 // pinned"), req("v1.6.0"), "example.com/a: yours v1.4.0 // pinned, the template's v1.6.0, before v1.5.0"},
		{req("v1.5.0"), head, req("v1.6.0"), "example.com/a: yours none, the template's v1.6.0, before v1.5.0"},
		{head, head + "replace example.com/a => ../x\n", head + "replace example.com/a => example.com/y v1.0.0\n",
			"replace example.com/a: yours ../x, the template's example.com/y v1.0.0, before none"},
		{req("v1.5.0"), req("v1.5.1\n\nexclude example.com/a v1.6.0"), req("v1.6.0"), "example.com/a: v1.6.0 is required and excluded"},
		{req("v1.0.0"), req("v1.0.0 // indirect"), req("v1.1.0"), ""},
	} {
		r := Merge("go.mod", []byte(tt.base), []byte(tt.ours), []byte(tt.theirs), Options{Labels: labels})
		if got := strings.Join(r.Notes, "|"); got != tt.want {
			t.Errorf("%q, %q, %q:\n got %s\nwant %s\n%s", tt.base, tt.ours, tt.theirs, got, tt.want, r.Content)
		}
	}
}

const block = head + "require (\n\texample.com/a v1.5.0\n\texample.com/b v1.0.0\n\texample.com/c v1.0.0\n)\n"

// Lines that are merged clean may not go together: then statements decide, and
// where they do not the places that are at odds are conflicts, all of them, so
// that either side of all is consistent. want is empty for a conflict.
var apartTests = []struct{ name, base, ours, theirs, want, note string }{
	{"a version is excluded that the template requires",
		block,
		block + "\nexclude example.com/a v1.6.0\n",
		strings.Replace(block, "a v1.5.0", "a v1.6.0", 1),
		"", "example.com/a: v1.6.0 is required and excluded"},
	{"and so it is the other way round",
		block,
		strings.Replace(block, "a v1.5.0", "a v1.6.0", 1),
		block + "\nexclude example.com/a v1.6.0\n",
		"", "example.com/a: v1.6.0 is required and excluded"},
	{"the version that the user replaced is required no longer",
		block,
		block + "\nreplace example.com/a v1.5.0 => ../a\n",
		strings.Replace(block, "a v1.5.0", "a v1.6.0", 1),
		"", "example.com/a: v1.5.0 is replaced, but v1.6.0 required"},
	{"both add the same, at two places",
		block,
		strings.Replace(block, "go 1.26\n", "go 1.26\n\nrequire example.com/x v1.1.0\n", 1),
		block + "\nrequire example.com/x v1.0.0\n",
		strings.Replace(block, "go 1.26\n", "go 1.26\n\nrequire example.com/x v1.1.0\n", 1),
		"example.com/x: your v1.1.0, not the template's v1.0.0"},
	{"and one says why it is so old",
		block,
		strings.Replace(block, "go 1.26\n", "go 1.26\n\nrequire example.com/x v1.0.0 // not v1.1\n", 1),
		block + "\nrequire example.com/x v1.1.0\n",
		"", "example.com/x: yours v1.0.0 // not v1.1, the template's v1.1.0, before none"},
	{"both add a toolchain, at two places",
		block,
		strings.Replace(block, "go 1.26\n", "go 1.26\n\ntoolchain go1.26.2\n", 1),
		block + "\ntoolchain go1.26.1\n",
		strings.Replace(block, "go 1.26\n", "go 1.26\n\ntoolchain go1.26.2\n", 1),
		"toolchain: your go1.26.2, not the template's go1.26.1"},
	{"both add the same, and the template a comment on nothing",
		block,
		strings.Replace(block, "go 1.26\n", "go 1.26\n\nrequire example.com/x v1.1.0\n", 1),
		block + "\n// For the gateway:\n\nrequire example.com/x v1.1.0\n",
		"", ""},
}

func TestGoModApart(t *testing.T) {
	for _, tt := range apartTests {
		b, o, th := []byte(tt.base), []byte(tt.ours), []byte(tt.theirs)
		if !Lines(b, o, th, labels).Clean() {
			t.Errorf("%s: the lines conflict, so this shows nothing", tt.name)
		}
		r := Merge("go.mod", b, o, th, Options{Labels: labels})
		if got := strings.Join(r.Notes, "|"); got != tt.note {
			t.Errorf("%s: notes %q, want %q", tt.name, got, tt.note)
		}
		if tt.want != "" {
			if string(r.Content) != tt.want || !r.Clean() {
				t.Errorf("%s: got\n%s\nwant\n%s", tt.name, r.Content, tt.want)
			}
			continue
		}
		if mine, template := string(r.Resolve(true)), string(r.Resolve(false)); r.Clean() || mine != tt.ours || template != tt.theirs {
			t.Errorf("%s: got\n%s\nmine\n%s\nthe template's\n%s", tt.name, r.Content, mine, template)
		}
	}
}

// A statement that cannot be decided is a conflict of that statement, whatever else is
// merged around it.
func TestGoModNarrow(t *testing.T) {
	base := "module hello\n\ngo 1.26\n\nrequire (\n\texample.com/a v1.5.0\n\texample.com/b v1.2.0 // why\n\texample.com/c v1.0.0\n)\n"
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(base) }
	for _, tt := range []struct{ name, ours, theirs, want string }{
		{"the user went back, and both went up beside it",
			change("b v1.2.0", "b v1.1.0", "c v1.0.0", "c v1.1.0"), change("a v1.5.0", "a v1.6.0", "b v1.2.0", "b v1.3.0", "c v1.0.0", "c v1.2.0"),
			change("a v1.5.0", "a v1.6.0", "c v1.0.0", "c v1.2.0", "\texample.com/b v1.2.0 // why\n",
				"<<<<<<< yours\n\texample.com/b v1.1.0 // why\n||||||| base\n\texample.com/b v1.2.0 // why\n=======\n\texample.com/b v1.3.0 // why\n>>>>>>> web 1.1.0\n")},
		{"the user removed it",
			change("\texample.com/b v1.2.0 // why\n", ""), change("a v1.5.0", "a v1.6.0", "b v1.2.0", "b v1.3.0"),
			change("a v1.5.0", "a v1.6.0", "\texample.com/b v1.2.0 // why\n",
				"<<<<<<< yours\n||||||| base\n\texample.com/b v1.2.0 // why\n=======\n\texample.com/b v1.3.0 // why\n>>>>>>> web 1.1.0\n")},
		{"both require it anew",
			change("a v1.5.0", "a v1.6.0", ")", "\texample.com/d v1.0.0 // old\n)"), change("c v1.0.0", "c v1.2.0", ")", "\texample.com/d v1.1.0 // new\n)"),
			change("a v1.5.0", "a v1.6.0", "c v1.0.0", "c v1.2.0", ")",
				"<<<<<<< yours\n\texample.com/d v1.0.0 // old\n||||||| base\n=======\n\texample.com/d v1.1.0 // new\n>>>>>>> web 1.1.0\n)")},
	} {
		r := Merge("go.mod", []byte(base), []byte(tt.ours), []byte(tt.theirs), Options{Labels: labels})
		if string(r.Content) != tt.want || r.Clean() || len(r.Notes) == 0 {
			t.Errorf("%s: notes %q, got\n%s\nwant\n%s", tt.name, r.Notes, r.Content, tt.want)
		}
	}
}

// So it is where lines conflict about something else: here, a comment.
func TestGoModApartByComment(t *testing.T) {
	const (
		base   = head + "require example.com/b v1.0.0\n"
		ours   = "module hello\n\ngo 1.26\n\nexclude example.com/b v1.0.0\n\nrequire example.com/b v1.3.0\n"
		theirs = head + "require example.com/b v1.0.0\n\n// A remark.\n"
	)
	r := Merge("go.mod", []byte(base), []byte(ours), []byte(theirs), Options{Labels: labels})
	if mine, template := string(r.Resolve(true)), string(r.Resolve(false)); r.Clean() || mine != ours || template != theirs {
		t.Errorf("got\n%s\nmine\n%s\nthe template's\n%s", r.Content, mine, template)
	}
}

// A conflict is where the statements are that are at odds; all else is merged.
func TestGoModApartPlaces(t *testing.T) {
	base := strings.Replace(block, "go 1.26", "go 1.25", 1)
	ours := base + "\nexclude example.com/a v1.6.0\n"
	theirs := strings.Replace(block, "a v1.5.0", "a v1.6.0", 1)
	const want = `module hello

go 1.26

require (
<<<<<<< yours
	example.com/a v1.5.0
||||||| base
	example.com/a v1.5.0
=======
	example.com/a v1.6.0
>>>>>>> web 1.1.0
	example.com/b v1.0.0
	example.com/c v1.0.0
)
<<<<<<< yours

exclude example.com/a v1.6.0
||||||| base
=======
>>>>>>> web 1.1.0
`
	r := Merge("go.mod", []byte(base), []byte(ours), []byte(theirs), Options{Labels: labels})
	if string(r.Content) != want {
		t.Errorf("got\n%s\nwant\n%s", r.Content, want)
	}
}

// A file that is longer than any real one is left to its lines.
func TestGoModTooLong(t *testing.T) {
	long := head + strings.Repeat("// Nothing.\n", maxGoMod)
	r := Merge("go.mod", []byte(long), []byte(long+"require example.com/u v1.0.0\n"), []byte(long+"require example.com/t v1.0.0\n"), Options{Labels: labels})
	if r.Clean() || r.Note != "" {
		t.Errorf("%d conflicts, note %q", len(r.Conflicts), r.Note)
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

// Two hashes of one module do not go together, though their lines may.
func TestGoSumApart(t *testing.T) {
	const base = "b v1.0.0 h1:b=\nc v1.0.0 h1:c=\n"
	r := Merge("go.sum", []byte(base), []byte("a v1.0.0 h1:x=\n"+base), []byte(base+"a v1.0.0 h1:y=\n"), Options{Labels: labels})
	if len(r.Conflicts) != 2 {
		t.Errorf("%d conflicts:\n%s", len(r.Conflicts), r.Content)
	}
}

func checkStructured(t *testing.T, file, note, name, base, ours, theirs, want string) {
	t.Helper()
	b, o, th := []byte(base), []byte(ours), []byte(theirs)
	if Lines(b, o, th, labels).Clean() {
		t.Errorf("%s: the lines do not conflict, so this shows nothing", name)
	}
	r := Merge(file, b, o, th, Options{Labels: labels})
	if want == "" {
		if r.Clean() || r.Note != "" {
			t.Errorf("%s: merged, with note %q:\n%s", name, r.Note, r.Content)
		}
		return
	}
	if got := string(r.Content); got != want || !r.Clean() || r.Note != note {
		t.Errorf("%s: note %q, got\n%q\nwant\n%q", name, r.Note, got, want)
	}
	if r := Merge("other", b, o, th, Options{Labels: labels}); r.Clean() && len(r.Settled) == 0 {
		t.Errorf("%s: merged under another name", name)
	}
}
