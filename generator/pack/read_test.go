package pack

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// What desktops and editors leave in a folder is no part of a pack; it is named,
// some of it, unless exclude leaves it out.
func TestLitter(t *testing.T) {
	litter := []string{".DS_Store", "d/.DS_Store", "d/Thumbs.db", "desktop.ini", "a.txt~", ".a.txt.swp", ".a.txt.swo", ".#a.txt", "d/._a", "__MACOSX/a/x"}
	kept := []string{"a.txt", "~", "x~y", ".swp", "a.swp", ".a.swift", "#a#", "DS_Store", ".a.txt", "thumbs.db.txt", "d~/a"}
	kept = slices.DeleteFunc(kept, func(name string) bool { return name == "~" }) // which is a backup of nothing
	p, err := load(head, slices.Concat(litter, kept)...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f := range p.Files.All() {
		got = append(got, f.Path)
	}
	slices.Sort(kept)
	if !slices.Equal(got, kept) {
		t.Errorf("got %q, want %q", got, kept)
	}
	if p.LeftOut != len(litter) || len(p.Left) != maxNamed {
		t.Errorf("left out %d, named %q", p.LeftOut, p.Left)
	}
	p, err = load(head+"exclude: ['**/.DS_Store', d/]\n", ".DS_Store", "d/Thumbs.db", "x/.DS_Store", "a")
	if err != nil || p.LeftOut != 0 {
		t.Errorf("excluded, and named nevertheless: %q, %v", p.Left, err)
	}
}

// A folder's files keep their executable bit, unless the volume has none: there
// pack.yaml seems executable too. A rule's mode counts before.
func TestModes(t *testing.T) {
	for _, tt := range []struct {
		manifest fs.FileMode
		want     string
	}{
		{0o644, "0755 run, 0644 text, 0644 tamed, 0755 raised"},
		{0o755, "0644 run, 0644 text, 0644 tamed, 0755 raised"},
	} {
		p, err := Load(fstest.MapFS{
			ManifestFile:   {Data: []byte(head + "files: [{path: tamed, mode: '0644'}, {path: raised, mode: '0755'}]\n"), Mode: tt.manifest},
			"files/run":    {Mode: 0o744},
			"files/text":   {Mode: 0o611},
			"files/tamed":  {Mode: 0o755},
			"files/raised": {Mode: 0o444},
		}, "p")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{"run", "text", "tamed", "raised"} {
			got = append(got, fmt.Sprintf("%04o %s", p.Target(name).Mode, name))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("with a manifest of mode %o: got %q, want %s", tt.manifest, got, tt.want)
		}
	}
}

// What would take a long time or much memory is refused before it does.
func TestCaps(t *testing.T) {
	repeat := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	question := func(match string) string { return "- {name: q%d, type: string, help: h, match: '" + match + "'}\n" }
	for name, tt := range map[string]struct{ manifest, want string }{
		"questions":              {"questions:\n" + repeat("- {name: q%d, type: bool, help: h}\n", 1001), "5:1: questions has 1001 entries, more than 1000"},
		"rules":                  {"files:\n" + repeat("- {path: a%d}\n", 1001), "5:1: files has 1001 entries, more than 1000"},
		"moves":                  {"moved:\n" + repeat("- {from: a%d, to: b, since: 1.0.0}\n", 1001), "5:1: moved has 1001 entries, more than 1000"},
		"refusals":               {"refuse:\n" + repeat("- {when: a%d, say: b}\n", 1001), "5:1: refuse has 1001 entries, more than 1000"},
		"exclusions":             {"exclude:\n" + repeat("- a%d\n", 101), "5:1: exclude has 101 entries, more than 100"},
		"choices":                {"questions:\n- {name: a, type: choice, help: h, choices: [" + repeat("c%d, ", 1001) + "]}\n", "5:45: choices has 1001 entries, more than 1000"},
		"a long pattern":         {"questions:\n" + repeat(question(strings.Repeat("a", 1001)), 1), "5:44: match: has 1001 bytes, more than 1000"},
		"a pattern that unfolds": {"questions:\n" + repeat(question("(a|b){1000}"), 1), "5:44: match: makes a program of about 3006 steps, more than 3000: its repetitions multiply"},
		"repetitions of repetitions": {"questions:\n" + repeat(question("((ab?){30}){30}"), 1),
			"5:44: match: makes a program of about 5831 steps, more than 3000: its repetitions multiply"},
		"many patterns": {"questions:\n" + repeat(question("[a-z]{0,900}"), 10), "10:3: the patterns of all questions make programs of about 10818 steps, more than 10000"},
	} {
		_, err := load(head + tt.manifest)
		if got, _, _ := strings.Cut(problems(err), "\n"); !strings.HasPrefix(got, "p/pack.yaml:"+tt.want) {
			t.Errorf("%s:\ngot  %s\nwant p/pack.yaml:%s", name, got, tt.want)
		}
	}
	if _, err := load(head + "questions:\n" + repeat(question("[a-z0-9][a-z0-9-]{1,62}(\\.[a-z0-9-]{1,63}){0,3}"), 10) + "- {name: r, type: text, help: h, match: '.{0,1000}'}\n"); err != nil {
		t.Errorf("patterns as people write them: %v", err)
	}
	files := make([]string, 2001)
	for i := range files {
		files[i] = fmt.Sprintf("f%d", i)
	}
	_, err := load(head+"files:\n"+repeat("- {path: f%d}\n", 1000), files...)
	if want := "p/pack.yaml: has 1000 rules for 2001 files, more than 2000000 comparisons"; !strings.HasPrefix(problems(err), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
