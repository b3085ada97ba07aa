package project

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// A file is kept by any of the patterns, and one that is about nothing is known.
func TestKeeps(t *testing.T) {
	for _, tt := range []struct{ patterns, kept, others, idle string }{
		{"Makefile", "Makefile", "a/Makefile makefile", ""},
		{"deploy/, '**/*.md'", "deploy/a deploy/b/c a.md b/c.md", "deploy a/deploy/b a.mdx", ""},
		{"a, b", "a", "c", "b"},
		{"'*'", "a .b", "a/b", ""},
		{"cafe\u0301", "caf\u00e9", "cafe", ""},
	} {
		c := parse(t, "keep: ["+tt.patterns+"]\n")
		for _, path := range strings.Fields(tt.kept) {
			if !c.Keeps(path) {
				t.Errorf("%s: %s is not kept", tt.patterns, path)
			}
		}
		for _, path := range strings.Fields(tt.others) {
			if c.Keeps(path) {
				t.Errorf("%s: %s is kept", tt.patterns, path)
			}
		}
		var idle []string
		for _, k := range c.IdleKeeps(strings.Fields(tt.kept)) {
			idle = append(idle, k.Pattern)
		}
		if got := strings.Join(idle, " "); got != tt.idle {
			t.Errorf("%s: idle are %q, want %q", tt.patterns, got, tt.idle)
		}
	}
	if (Config{}).Keeps("a") {
		t.Error("without a pattern a file is kept")
	}
}

func TestDeclined(t *testing.T) {
	for lines, want := range map[string]map[string]int{
		"decline: 1.4.0\n":                  {"1.4.0": 4, "v1.4.0": 4, "1.4.1": 0, "": 0},
		"decline:\n  - v1.4.0\n  - 1.5.0\n": {"1.4.0": 5, "1.5.0": 6, "1.4.1": 0},
		"decline:\n":                        {"1.4.0": 0, "": 0},
	} {
		c := parse(t, lines)
		for version, line := range want {
			if got := c.Declined(version); got != line {
				t.Errorf("%s: %q is declined by line %d, want %d", lines, version, got, line)
			}
		}
	}
}

func parse(t *testing.T, lines string) Config {
	t.Helper()
	c, err := parseConfig(tree.ConfigFile, tree.File{Path: tree.ConfigFile, Data: []byte("pack: web\nversion: 1.0.0\nanswers:\n" + lines)})
	if err != nil {
		t.Fatal(lines, err)
	}
	return c
}

// The base knows which version wrote a file that lags behind, and no other text for it.
func TestSince(t *testing.T) {
	files := tree.Found(tree.File{Path: "a", Mode: tree.ModeFile, Data: []byte("1\n"), Origin: "a"}, tree.File{Path: "b", Mode: tree.ModeFile, Data: []byte("2\n"), Origin: "b"})
	state := State{Reference: "web", Pack: "web", Version: "1.2.0", Base: files, Since: map[string]string{"a": "1.1.0"}}
	read := func() (Project, error) {
		base := encoded(t, state)
		h, err := readHead(bytes.NewReader(base), int64(len(base)))
		if err != nil {
			return Project{}, err
		}
		var p Project
		read, err := h.readFiles(base)
		p.remember(h, read, stateFile(tree.BaseFile, base))
		return p, err
	}
	p, err := read()
	if got := []string{p.Since("a"), p.Since("b")}; err != nil || !slices.Equal(got, []string{"1.1.0", "1.2.0"}) {
		t.Errorf("a and b are of %q, %v", got, err)
	}
	if !p.remembers(state) {
		t.Error("what was read is not what was written")
	}
	state.Since = nil
	if p.remembers(state) {
		t.Error("that a file has caught up is not written")
	}
	state.Since = map[string]string{"a": "1.1.0\x1b[2J"}
	if _, err := read(); err == nil {
		t.Error("what is no version is taken for one")
	}
}
