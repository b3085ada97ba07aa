package pack

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"scaffold/generator/tree"
)

// One rule, one file: where it goes, "" for a rule that is not about it.
func TestRuleMatch(t *testing.T) {
	tests := []struct{ path, to, file, want string }{
		// A file by its name.
		{"a.go", "b.go", "a.go", "b.go"},
		{"a.go", "b.go", "a.go.tmpl", ""},
		{"a.go.tmpl", "b.go", "a.go.tmpl", "b.go"},
		{"a.go", "b.go", "sub/a.go", ""},
		{"sub/a.go", "b.go", "sub/a.go", "b.go"},
		{"A.go", "b.go", "a.go", ""},
		// Patterns stay within one element.
		{"*.go", "b.go", "a.go", "b.go"},
		{"*.go", "b.go", "sub/a.go", ""},
		{"*/a.go", "b.go", "sub/a.go", "b.go"},
		{"*/*.go", "b.go", "x/y/a.go", ""},
		{"fcgi*.go", "b.go", "fcgi_test.go", "b.go"},
		{"fcgi?.go", "b.go", "fcgi.go", ""},
		{"[ab].go", "b.go", "b.go", "b.go"},
		{"a.go", "b.go", "a_go", ""}, // the dot is a dot
		// A name that is itself a pattern means itself too.
		{"[x].go", "b.go", "[x].go", "b.go"},
		// A folder is all below it, at any depth, and never the name alone.
		{"sub/", "other/", "sub/a.go", "other/a.go"},
		{"sub/", "other/", "sub/x/y/a.go", "other/x/y/a.go"},
		{"sub/", "other/", "sub", ""},
		{"sub/", "other/", "subway/a.go", ""},
		{"sub/", "other/", "x/sub/a.go", ""},
		{"*/", "other/", "sub/x/a.go", "other/x/a.go"},
		{"*/x/", "other/", "sub/x/a.go", "other/a.go"},
		{"sub/", "other/", "sub/a.go.tmpl", "other/a.go"},
		{"sub", "other", "sub/a.go", ""},
		// All of a folder into one file: the last to be written would win, so
		// the render reports it where there is more than one.
		{"sub/", "one.txt", "sub/a.go", "one.txt"},
		{"sub/", "./", "sub/a.go.tmpl", "a.go"},
		{"sub/", "./", "sub/x/a.go", "x/a.go"},
	}
	for _, tt := range tests {
		p := Pack{Rules: []Rule{{Path: tt.path, To: tt.to}}}
		got := p.Target(tt.file).To
		if tt.want == "" {
			tt.want = strings.TrimSuffix(tt.file, TemplateSuffix)
		}
		if got != tt.want {
			t.Errorf("rule %s to %s, file %s: goes to %s, want %s", tt.path, tt.to, tt.file, got, tt.want)
		}
	}
}

// A later rule overrides what it sets and nothing else; every condition counts;
// once is for ever.
func TestRuleOrder(t *testing.T) {
	square, percent := [2]string{"[[", "]]"}, [2]string{"<%", "%>"}
	p := Pack{Rules: []Rule{
		{Path: "sub/", To: "x/", When: "1", Mode: tree.ModeExec, Once: true, Delims: square},
		{Path: "sub/*.go", When: "2"},
		{Path: "sub/a.go", To: "y.go", Mode: tree.ModeFile},
		{Path: "sub/", Delims: percent},
		{Path: "other/", To: "z/", When: "3"},
	}}
	tests := []struct {
		file string
		want Target
	}{
		{"sub/a.go", Target{To: "y.go", Whens: []string{"1", "2"}, Mode: tree.ModeFile, Once: true, Delims: percent}},
		{"sub/b.go", Target{To: "x/b.go", Whens: []string{"1", "2"}, Mode: tree.ModeExec, Once: true, Delims: percent}},
		{"sub/c", Target{To: "x/c", Whens: []string{"1"}, Mode: tree.ModeExec, Once: true, Delims: percent}},
		{"other/a", Target{To: "z/a", Whens: []string{"3"}, Mode: tree.ModeFile}},
		{"a.tmpl", Target{To: "a", Mode: tree.ModeFile}},
		{"a.tmpl.tmpl", Target{To: "a.tmpl", Mode: tree.ModeFile}},
	}
	for _, tt := range tests {
		got := p.Target(tt.file)
		if got.To != tt.want.To || got.Mode != tt.want.Mode || got.Once != tt.want.Once || got.Delims != tt.want.Delims ||
			strings.Join(got.Whens, " ") != strings.Join(tt.want.Whens, " ") {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.file, got, tt.want)
		}
	}
}

// A rule that is about no file is a slip in its path; all of them are reported.
func TestRulesThatMatchNothing(t *testing.T) {
	_, err := load(head+"files:\n- path: a\n- path: nothing.go\n- path: a/\n- path: 'x*'\n", "a", "b")
	want := `p/pack.yaml:6:3: rule for "nothing.go" matches no file below p/files
p/pack.yaml:7:3: rule for "a/" matches no file below p/files
p/pack.yaml:8:3: rule for "x*" matches no file below p/files`
	if got := problems(err); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

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
			if _, ok := MatchPattern(pattern, f); ok {
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
	if rest, ok := MatchPattern("**/x/", "a/x/b/x/c"); rest != "b/x/c" || !ok {
		t.Errorf("got %q, %v", rest, ok)
	}
}

// Many ** cost no more than the product of the lengths: this one would take
// longer than the sun has, if every ** tried every place for itself.
func TestMatchPatternOfManyStars(t *testing.T) {
	if _, ok := MatchPattern(strings.Repeat("**/a/", 500)+"b", strings.Repeat("a/", 1000)+"c"); ok {
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
	if _, err := Load(link, "p", Options{}); err != nil {
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
