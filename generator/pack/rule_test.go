package pack

import (
	"strings"
	"testing"

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
