//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// fleet measures regenerate of a thousand projects in one run: of a pack of ten
// small files, and of web.
func (b bench) fleet() error {
	small := func(version int) string { return b.at(fmt.Sprintf("small-v%d", version)) }
	for version := 1; version <= 2; version++ {
		files := func(i int) []byte { return text(i, false, version == 2 && i == 5) }
		manifest := fmt.Sprintf("schema: 1\nname: small\nversion: %d.0.0\ndescription: Few files\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n", version)
		err := writeFiles(filepath.Join(small(version), "files"), 10, all, files)
		if err = errors.Join(err, os.WriteFile(filepath.Join(small(version), "pack.yaml"), []byte(manifest), 0o644)); err != nil {
			return err
		}
	}
	return errors.Join(b.many("small", small(1), small(2)), b.many("web", "web", ""))
}

// many copies a new project of a pack a thousand times, checks all of them, and
// brings them to the pack next, unless that is "".
func (b bench) many(name, pack, next string) error {
	const projects, rounds = 1_000, 5
	first := b.at(name + "-first")
	if _, err := b.scaffold("new", first, "--pack", pack); err != nil {
		return err
	}
	var dirs []string
	for i := range projects {
		dirs = append(dirs, b.at(fmt.Sprintf("%s%04d", name, i)))
		if err := os.CopyFS(dirs[i], os.DirFS(first)); err != nil {
			return err
		}
	}
	var checks, updates samples
	var err error
	for range rounds {
		err = checks.add(err, func() (sample, error) { return b.scaffold(append([]string{"regenerate", "--check"}, dirs...)...) })
	}
	if next != "" {
		err = updates.add(err, func() (sample, error) {
			return b.scaffold(append([]string{"regenerate", "--pack", next}, dirs...)...)
		})
	}
	if err != nil {
		return err
	}
	row(fmt.Sprintf("--check, %d projects of %s", projects, name), checks.median(), "ms", "median of %d; target 3000; the processors %.0f, peak %.0f MiB", rounds, checks.processor(), checks.peak())
	if next != "" {
		row("  update of all", updates.median(), "ms", "target 60000; the processors %.0f, peak %.0f MiB", updates.processor(), updates.peak())
	}
	return nil
}
