package pack

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// One pattern, and the files it is about of all that there are.
func TestMatchPattern(t *testing.T) {
	files := []string{"a.go", "a_test.go", "sub/a.go", "sub/a_test.go", "sub/x/a.go", "sub/x/y/a.go", "x/sub/b.go", "[id]/a.go"}
	for pattern, want := range map[string]string{
		// Without ** a pattern has as many elements as what it is about.
		"a.go":      "a.go",
		"*":         "a.go a_test.go",
		"*_test.go": "a_test.go",
		"*/*.go":    "sub/a.go sub/a_test.go [id]/a.go",
		"sub/*":     "sub/a.go sub/a_test.go",
		"sub":       "",
		"[id]/a.go": "[id]/a.go",
		// ** is any number of folders, none too.
		"**/a.go":      "a.go sub/a.go sub/x/a.go sub/x/y/a.go [id]/a.go",
		"**/*_test.go": "a_test.go sub/a_test.go",
		"sub/**/a.go":  "sub/a.go sub/x/a.go sub/x/y/a.go",
		"**/x/**/a.go": "sub/x/a.go sub/x/y/a.go",
		"**/y/**/x":    "",
		// At the end it is all that is below.
		"sub/**":  "sub/a.go sub/a_test.go sub/x/a.go sub/x/y/a.go",
		"**":      strings.Join(files, " "),
		"**/x/**": "sub/x/a.go sub/x/y/a.go x/sub/b.go",
		"a.go/**": "",
		// A slash at the end names folders.
		"sub/":    "sub/a.go sub/a_test.go sub/x/a.go sub/x/y/a.go",
		"*/x/":    "sub/x/a.go sub/x/y/a.go",
		"**/sub/": "sub/a.go sub/a_test.go sub/x/a.go sub/x/y/a.go x/sub/b.go",
		"a.go/":   "",
	} {
		var got []string
		for _, f := range files {
			if _, ok := matchPattern(pattern, f); ok {
				got = append(got, f)
			}
		}
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: got %q, want %s", pattern, got, want)
		}
	}
}

// A folder rule keeps what follows the outermost folder that it names.
func TestMatchPatternRest(t *testing.T) {
	if rest, ok := matchPattern("**/x/", "a/x/b/x/c"); rest != "b/x/c" || !ok {
		t.Errorf("got %q, %v", rest, ok)
	}
}

// Many ** cost no more than the product of the lengths: this one would take
// longer than the sun has, if every ** tried every place for itself.
func TestMatchPatternOfManyStars(t *testing.T) {
	if _, ok := matchPattern(strings.Repeat("**/a/", 500)+"b", strings.Repeat("a/", 1000)+"c"); ok {
		t.Error("it matches")
	}
}

// What is excluded is not in the pack: it counts for no rule and no limit, and
// may be what no pack takes.
func TestExclude(t *testing.T) {
	all := []string{"a.go", "a_test.go", "sub/b_test.go", "sub/testdata/x", "node_modules/m/a.go", "docs/a.md", "docs/sub/a.md"}
	for exclude, want := range map[string]string{
		"[]":                               strings.Join(all, " "),
		"['*_test.go']":                    "a.go docs/a.md docs/sub/a.md node_modules/m/a.go sub/b_test.go sub/testdata/x",
		"['**/*_test.go', '**/testdata/']": "a.go docs/a.md docs/sub/a.md node_modules/m/a.go",
		"[node_modules/, 'docs/*']":        "a.go a_test.go docs/sub/a.md sub/b_test.go sub/testdata/x",
		"[node_modules, sub/testdata]":     "a.go a_test.go docs/a.md docs/sub/a.md sub/b_test.go",
		"['docs/**', nothing.txt]":         "a.go a_test.go node_modules/m/a.go sub/b_test.go sub/testdata/x",
	} {
		p, err := load(head+"exclude: "+exclude+"\n", all...)
		var got []string
		for f := range p.Files.All() {
			got = append(got, f.Path)
		}
		want := strings.Fields(want)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, got %q, want %q", exclude, err, got, want)
		}
	}
	link := fstest.MapFS{
		ManifestFile:    {Data: []byte(head + "exclude: [out/, 'in.*']\n")},
		"files/out/x":   {Mode: 0o777 | 1<<27}, // a symbolic link
		"files/in.file": {Mode: 0o777 | 1<<27},
	}
	if _, err := Load(link, "p"); err != nil {
		t.Errorf("links that are left out: %v", err)
	}
	_, err := load(head+"exclude: [a.go]\nfiles: [{path: a.go, once: true}]\n", "a.go")
	if want := `p/pack.yaml:5:9: rule for "a.go" matches no file below p/files`; problems(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = load(head+"exclude: [../a, '[', 3, '']\n", "a")
	if want := `p/pack.yaml:4:11: path "../a" has the element "..": paths start below files/
p/pack.yaml:4:17: path "[" is no shell pattern: syntax error in pattern
p/pack.yaml:4:22: want a string, not the number 3: write "3"
p/pack.yaml:4:25: exclude has an empty pattern`; problems(err) != want {
		t.Errorf("got\n%v\nwant\n%s", problems(err), want)
	}
}
