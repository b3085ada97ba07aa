package plan

import (
	"io/fs"
	"testing"

	"scaffold/generator/tree"
)

// What stands in the way is never written to, through or over.
var groundTests = []row{
	// Other projects.
	{name: "below another project", base: "n/f=x,", disk: "n/f=x,", theirs: "n/f=y,", options: Options{Nested: []string{"n"}},
		say: "keep n/f  belongs to the project in n"},
	{name: "below another project, new", theirs: "n/d/f=y,", options: Options{Nested: []string{"n/"}}, say: "keep n/d/f  belongs to the project in n"},
	{name: "below another project, dropped", base: "n/f=x,", disk: "n/f=x,", options: Options{Nested: []string{"n"}}, say: "keep n/f  belongs to the project in n"},
	{name: "below another project, nothing changed", base: "n/f=x,", disk: "n/f=y,", theirs: "n/f=x,", options: Options{Nested: []string{"n"}}},
	{name: "not below it", base: "nn/f=x,", disk: "nn/f=x,", theirs: "nn/f=y,", options: Options{Nested: []string{"n"}}, say: "update nn/f", after: "nn/f=y,"},
	{name: "moved into another project", base: "f=x,", disk: "f=x,", theirs: "n/f<f=x,", options: Options{Nested: []string{"n"}},
		say: "keep f  the template moved it to n/f, where it cannot go\nkeep n/f  belongs to the project in n"},
	{name: "moved out of another project", base: "n/f=x,", disk: "n/f=y,", theirs: "f<n/f=x,", options: Options{Nested: []string{"n"}},
		say: "create f\nkeep n/f  belongs to the project in n", after: "f=x, n/f=y,"},

	// Letter case.
	{name: "a file of the user's in another letter case", disk: "makefile=mine,", theirs: "Makefile=x,",
		say: "conflict Makefile  differs only by letter case from your makefile; the template's is in Makefile.scaffold-new", after: "makefile=mine, Makefile.scaffold-new=x,"},
	{name: "the same, whatever was asked for", disk: "makefile=mine,", theirs: "Makefile=x,", options: with(Template),
		say: "conflict Makefile  differs only by letter case from your makefile; the template's is in Makefile.scaffold-new", after: "makefile=mine, Makefile.scaffold-new=x,"},
	{name: "an edited one that the template writes so now", base: "readme=1,", disk: "readme=mine,", theirs: "README=x,", options: with(Mine),
		say: "update README  moved from readme; 1 of 1 change overlaps yours: yours kept\ndelete readme  moved to README", after: "README=mine,"},
	{name: "an edited one that cannot move to where the template has it", base: "readme<r=1,", disk: "readme=mine, d=1,", theirs: "d/readme<r=1, README<s=x,",
		say: "conflict README  differs only by letter case from your readme; the template's is in README.scaffold-new\n" +
			"conflict d/readme  d is a file; the template's is in d.scaffold-new/readme\n" +
			"keep readme  the template moved it to d/readme; it has your changes",
		after: "d=1, readme=mine, README.scaffold-new=x, d.scaffold-new/readme=1,"},
	{name: "an untouched one makes room", base: "readme=1,", disk: "readme=1,", theirs: "README=x,",
		say: "update README  moved from readme\ndelete readme  moved to README", after: "README=x,"},

	// A parent folder is a link or a file.
	{name: "the folder is a link", disk: "@d=", theirs: "d/f=y,",
		say: "conflict d/f  d is a symbolic link; the template's is in d.scaffold-new/f", after: "@d= d.scaffold-new/f=y,"},
	{name: "the folder became a link, and the template changed what was in it", base: "d/f=x,", disk: "@d=", theirs: "d/f=y,",
		say: "conflict d/f  d is a symbolic link; the template's is in d.scaffold-new/f", after: "@d= d.scaffold-new/f=y,"},
	{name: "the folder became a link, and nothing changed", base: "d/f=x,", disk: "@d=", theirs: "d/f=x,"},
	{name: "the folder became a link, and the template dropped the file", base: "d/f=x,", disk: "@d=",
		say: "forget d/f  the template dropped it; d is a symbolic link", after: "@d="},
	{name: "the folder became a file: all goes to one folder beside it", base: "d/f=x, d/g=x,", disk: "d=mine,", theirs: "d/f=y, d/g=y,",
		say:   "conflict d/f  d is a file; the template's is in d.scaffold-new/f\nconflict d/g  d is a file; the template's is in d.scaffold-new/g",
		after: "d=mine, d.scaffold-new/f=y, d.scaffold-new/g=y,"},
	{name: "a folder further up", disk: "@a/b=", theirs: "a/b/c/f=y,",
		say: "conflict a/b/c/f  a/b is a symbolic link; the template's is in a/b.scaffold-new/c/f", after: "@a/b= a/b.scaffold-new/c/f=y,"},
	{name: "only the path says that it is a link: it may be the folder", disk: "@d/f=", theirs: "d/f=y,",
		say: "conflict d/f  it or a folder of it is a symbolic link; the template's is in d.scaffold-new/f", after: "@d/f= d.scaffold-new/f=y,"},
	{name: "the folder is one, since another file is in it", disk: "@d/f= d/mine=1,", theirs: "d/f=y,",
		say: "conflict d/f  is a symbolic link; the template's is in d/f.scaffold-new", after: "@d/f= d/mine=1, d/f.scaffold-new=y,"},

	// A file becomes a folder, and back.
	{name: "the template: an untouched file becomes a folder", base: "a=1,", disk: "a=1,", theirs: "a/b=7, a/c=8,",
		say: "delete a\ncreate a/b\ncreate a/c", after: "a/b=7, a/c=8,"},
	{name: "the template: an edited file becomes a folder", base: "a=1,", disk: "a=2,", theirs: "a/b=7, a/c=8,",
		say: "keep a  the template dropped it; it has your changes\n" +
			"conflict a/b  a is a file; the template's is in a.scaffold-new/b\nconflict a/c  a is a file; the template's is in a.scaffold-new/c",
		after: "a=2, a.scaffold-new/b=7, a.scaffold-new/c=8,"},
	{name: "the template: an untouched folder becomes a file", base: "a/b=1, a/c=2,", disk: "/a= a/b=1, a/c=2,", theirs: "a=7,",
		say: "create a\ndelete a/b\ndelete a/c", after: "a=7,"},
	{name: "the template: an edited folder becomes a file", base: "a/b=1, a/c=2,", disk: "/a= a/b=1, a/c=3,", theirs: "a=7,",
		say:   "conflict a  is a folder; the template's is in a.scaffold-new\ndelete a/b\nkeep a/c  the template dropped it; it has your changes",
		after: "/a= a/c=3, a.scaffold-new=7,"},
	{name: "the template: a folder with a file of the user's becomes a file", base: "a/b=1,", disk: "/a= a/b=1, a/mine=1,", theirs: "a=7,",
		say: "conflict a  is a folder; the template's is in a.scaffold-new\ndelete a/b", after: "/a= a/mine=1, a.scaffold-new=7,"},
	{name: "an empty folder of the user's where the template adds a file", disk: "/a=", theirs: "a=7,",
		say: "conflict a  is a folder; the template's is in a.scaffold-new", after: "a.scaffold-new=7,"},
	{name: "a folder of the user's where the template adds a file", disk: "a/mine=1,", theirs: "a=7,",
		say: "conflict a  is a folder; the template's is in a.scaffold-new", after: "a/mine=1, a.scaffold-new=7,"},
	{name: "the user: a file became a folder", base: "a=1,", disk: "/a= a/mine=1,", theirs: "a=2,",
		say: "conflict a  is a folder; the template's is in a.scaffold-new", after: "/a= a/mine=1, a.scaffold-new=2,"},

	// Names beside.
	{name: "the name beside is taken by the user", base: `f=\0x`, disk: `f=\0y f.scaffold-new=1,`, theirs: `f=\0z`,
		say:   "conflict f  cannot be merged line by line; the template's is in f.scaffold-new.2",
		after: `f=\0y f.scaffold-new=1, f.scaffold-new.2=\0z`},
	{name: "by the template", base: `f=\0x f.scaffold-new=1,`, disk: `f=\0y f.scaffold-new=1,`, theirs: `f=\0z f.scaffold-new=1,`,
		say:   "conflict f  cannot be merged line by line; the template's is in f.scaffold-new.2",
		after: `f=\0y f.scaffold-new=1, f.scaffold-new.2=\0z`},
	{name: "on disk, as far as is known", base: `f=\0x`, disk: `f=\0y`, theirs: `f=\0z`,
		options: Options{Taken: func(path string) bool { return path == "f.scaffold-new" || path == "f.scaffold-new.2" }},
		say:     "conflict f  cannot be merged line by line; the template's is in f.scaffold-new.3",
		after:   `f=\0y f.scaffold-new.3=\0z`},
	{name: "by this very plan", base: `x=\0,1,2,3,4,5,`, disk: `a=\0,1,2,3,4,5,6,`, theirs: `x=\0,1,2,3,4,5,7, a/y=1,`,
		say: "conflict a/y  a is a file; the template's is in a.scaffold-new/y\n" +
			"conflict x  moved by you to a; cannot be merged line by line; the template's is in a.scaffold-new.2",
		after: `a=\0,1,2,3,4,5,6, a.scaffold-new/y=1, a.scaffold-new.2=\0,1,2,3,4,5,7,`},
	{name: "by a folder", disk: "@d= d.scaffold-new/g=1,", theirs: "d/f=y,",
		say: "conflict d/f  d is a symbolic link; the template's is in d.scaffold-new.2/f", after: "@d= d.scaffold-new/g=1, d.scaffold-new.2/f=y,"},
}

func TestGround(t *testing.T) {
	for _, tt := range groundTests {
		t.Run(tt.name, tt.check)
	}
}

// Files of the user's that were seen and not read are in the way all the same.
func TestUnreadFilesOfTheUsers(t *testing.T) {
	unread := func(path string) Options {
		return Options{Others: tree.Found(tree.File{Path: path, Mode: 0o644 | fs.ModeIrregular})}
	}
	for _, tt := range []struct {
		name         string
		base, theirs string
		unread       string
		want         string
	}{
		{"another letter case", "", "Makefile=x,", "makefile", "conflict Makefile  differs only by letter case from your makefile; the template's is in Makefile.scaffold-new"},
		{"a file for a folder", "", "d/f=x,", "d", "conflict d/f  d is no regular file; the template's is in d.scaffold-new/f"},
		{"a folder for a file", "", "d=x,", "d/f", "conflict d  is a folder; the template's is in d.scaffold-new"},
		{"left behind", "g/a=1,", "i/a=1,", "g/mine", "keep g  your mine stays; the template moved the rest to i\ndelete g/a  moved to i/a\nupdate i/a  moved from g/a"},
	} {
		if got := say(Make(parse(tt.base), parse(tt.base), parse(tt.theirs), unread(tt.unread))); got != tt.want {
			t.Errorf("%s: said\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

// A walk through all that a user has is spared where nothing depends on it.
func TestNeedsOthers(t *testing.T) {
	for _, tt := range []struct {
		name               string
		base, ours, theirs string
		want               bool
	}{
		{"nothing changed", "f=x,", "f=x,", "f=x,", false},
		{"both changed what is there", "f=x,", "f=y,", "f=z,", false},
		{"the template dropped a file", "f=x,", "f=x,", "", false},
		{"the template dropped what is missing", "f=x,", "", "", true},
		{"what is missing did not change", "f=x,", "", "f=x,", false},
		{"what is missing changed", "f=x,", "", "f=y,", true},
		{"what is a link changed", "f=x,", "@f=", "f=y,", true},
		{"a path is new", "f=x,", "f=x,", "f=x, g=x,", true},
	} {
		if got := NeedsOthers(parse(tt.base), parse(tt.ours), parse(tt.theirs)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
