package project

import (
	"strings"
	"testing"

	"scaffold/generator/tree"
)

// The last pattern that matches says how a file is merged; none is structure.
func TestByLines(t *testing.T) {
	const config = "pack: web\nversion: 1.0.0\nanswers:\nmerge:\n  "
	for _, tt := range []struct {
		rules, lines, structure string // rules apart by semicolons, paths by spaces
	}{
		{"Makefile: lines", "Makefile", "a/Makefile makefile Makefile.am"},
		{"'**/*.yml': lines", "a.yml a/b.yml a/b/c.yml", "a.yaml a.yml/b"},
		{"'*': lines", "a .a", "a/b"},
		{"deploy/: lines", "deploy/a deploy/b/c", "deploy a/deploy/b"},
		{"'**': lines; '**/*.toml': structure; keep.toml: lines", "a a/b keep.toml", "a.toml b/keep.toml"},
		{"keep.toml: lines; '**/*.toml': structure", "", "keep.toml"},
		{"caf\u00e9: lines", "caf\u00e9", ""},
		{"cafe\u0301: lines", "caf\u00e9", ""},
	} {
		c, err := parseConfig(tree.ConfigFile, tree.File{Path: tree.ConfigFile, Data: []byte(config + strings.ReplaceAll(tt.rules, "; ", "\n  ") + "\n")})
		if err != nil {
			t.Fatal(tt.rules, err)
		}
		for paths, want := range map[string]bool{tt.lines: true, tt.structure: false} {
			for path := range strings.FieldsSeq(paths) {
				if got := c.ByLines(path); got != want {
					t.Errorf("%s: %s by lines: %v, want %v", tt.rules, path, got, want)
				}
			}
		}
	}
	if (Config{}).ByLines("a") {
		t.Error("without a rule a file is merged by lines")
	}
}
