package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What README.md leads to is listed, also by way of other pages, and a link to
// nothing is an error.
func TestListPages(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"README.md":     "![a picture](docs/a.svg) and [a page](docs/a.md#heading), [here](#here), [there](https://example.com/x.md)\n```\n[fenced](none.md)\n```\n",
		"docs/a.md":     "[another](b.md), [up](../go/doc.go) and [back](../README.md)\n",
		"docs/b.md":     "",
		"docs/a.svg":    "[no](markdown.md)",
		"docs/other.md": "[unseen](none.md)",
		"go/doc.go":     "// [no](markdown.md)\n",
	} {
		if err := write(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := listPages(root)
	if want := []string{"README.md", "docs/a.md", "docs/a.svg", "docs/b.md", "go/doc.go"}; err != nil || !slices.Equal(pages, want) {
		t.Errorf("got %q, %v, want %q", pages, err, want)
	}
	for text, want := range map[string]string{
		"[gone](gone.md)":            "gone.md",
		"[outside](../../secret.md)": "outside",
		"[c](https://a.example/)":    "",
	} {
		if err := write(filepath.Join(root, "docs/b.md"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := checkPages(root); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// From this repository's README.md all leads to something.
func TestPagesOfRepository(t *testing.T) {
	pages, err := listPages("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"README.md", "CHANGELOG.md", "docs/tutorial.md", "docs/regenerate.svg", "docs/why.md"} {
		if !slices.Contains(pages, want) {
			t.Errorf("%s is not among the pages %q", want, pages)
		}
	}
}
