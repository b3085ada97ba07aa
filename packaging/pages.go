package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	fenced = regexp.MustCompile("(?ms)^```.*?^```$")
	linked = regexp.MustCompile(`\]\(([^)\s]*)\)`)
)

// listPages returns README.md and all that can be reached from it by links, so that
// whoever reads it from a package stands before no missing page.
func listPages(root string) ([]string, error) {
	pages := []string{"README.md"}
	for i := 0; i < len(pages); i++ {
		links, err := readLinks(root, pages[i])
		if err != nil {
			return nil, err
		}
		for _, to := range links {
			if !slices.Contains(pages, to) {
				pages = append(pages, to)
			}
		}
	}
	slices.Sort(pages)
	return pages, nil
}

// readLinks returns the files that a page links to, by their paths below root. What is
// no Markdown has no links.
func readLinks(root, page string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil || path.Ext(page) != ".md" {
		return nil, err
	}
	var files []string
	for _, m := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		to, _, _ := strings.Cut(m[1], "#")
		if to == "" || strings.Contains(to, "://") {
			continue
		}
		to = path.Join(path.Dir(page), to)
		if !filepath.IsLocal(filepath.FromSlash(to)) {
			return nil, fmt.Errorf("%s links to %s, which is outside", page, m[1])
		}
		files = append(files, to)
	}
	return files, nil
}

// checkPages wants each link of what was packed to lead to a file that was packed too.
func checkPages(root string) error {
	pages, err := listPages(root)
	if err == nil && len(pages) == 1 {
		err = errors.New("README.md links to nothing")
	}
	if err != nil {
		return fmt.Errorf("pages in %s: %w", root, err)
	}
	return nil
}
