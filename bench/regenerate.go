//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// regenerate measures scaffold regenerate of projects from small to large, and
// of the largest against git merge of the same change.
func (b bench) regenerate() error {
	return errors.Join(b.web(), b.large(2_000, 21, false), b.large(10_000, 11, true))
}

// web regenerates the web project again and again, each time with one template
// changed.
func (b bench) web() error {
	const rounds = 41
	pack, project := b.at("web"), b.at("hello")
	err := errors.Join(os.CopyFS(pack, os.DirFS("templates/web")), os.CopyFS(b.at("shared"), os.DirFS("templates/shared")))
	if err != nil {
		return err
	}
	if _, err := b.scaffold("new", project, "--pack", pack, "--transport", "fcgi"); err != nil {
		return err
	}
	var updates, checks, starts samples
	for i := range rounds {
		if err == nil {
			err = release(pack, i+1)
		}
		err = updates.add(err, func() (sample, error) { return b.scaffold("regenerate", project) })
		err = checks.add(err, func() (sample, error) { return b.scaffold("regenerate", "--check", project) })
		err = starts.add(err, func() (sample, error) { return b.scaffold("--version") })
	}
	if err != nil {
		return err
	}
	row("regenerate, web, 1 file changed", updates.median(), "ms", "median of %d; target 100", rounds)
	row("  --check, up to date", checks.median(), "ms", "target 20; the start alone %.1f", starts.median())
	row("  peak memory", max(updates.peak(), checks.peak()), "MiB", "")
	return nil
}

// release makes another version of the web pack, with a line more in one file.
func release(pack string, number int) error {
	manifest, file := filepath.Join(pack, "pack.yaml"), filepath.Join(pack, "files", "deploy", "app.service.tmpl")
	yaml, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var lines []string
	for line := range strings.Lines(string(yaml)) {
		if strings.HasPrefix(line, "version: ") {
			line = fmt.Sprintf("version: 1000.%d.0\n", number)
		}
		lines = append(lines, line)
	}
	unit, err := os.ReadFile(file)
	return errors.Join(err,
		os.WriteFile(manifest, []byte(strings.Join(lines, "")), 0o644),
		os.WriteFile(file, fmt.Appendf(unit, "# release %d\n", number), 0o644))
}

// large updates a project of n files of which both sides changed one in a
// hundred, half of these the same ones, and takes that back again.
func (b bench) large(n, rounds int, against bool) error {
	name := fmt.Sprint("large", n)
	project, repository := b.at(name), b.at(name+"-git")
	if err := b.makeLarge(name, n); err != nil {
		return err
	}
	if against {
		if err := makeRepository(repository, n); err != nil {
			return err
		}
	}
	var updates, checks, merges samples
	var err error
	for range rounds {
		err = updates.add(err, func() (sample, error) {
			return b.scaffold("regenerate", project, "--pack", b.at(name+"-v2"))
		})
		err = checks.add(err, func() (sample, error) { return b.scaffold("regenerate", "--check", project) })
		if err == nil {
			_, err = b.scaffold("undo", project)
		}
		if against {
			err = merges.add(err, func() (sample, error) { return git(repository, "merge", "-q", "--no-edit", "theirs") })
			if err == nil {
				_, err = git(repository, "reset", "-q", "--hard", "ORIG_HEAD")
			}
		}
	}
	if err != nil {
		return err
	}
	row(fmt.Sprintf("regenerate, %d files, 1 %% changed", n), updates.median(), "ms", "median of %d", rounds)
	row("  --check, up to date", checks.median(), "ms", "")
	row("  peak memory", max(updates.peak(), checks.peak()), "MiB", "target 150")
	if against {
		row("  git merge of the same", merges.median(), "ms", "regenerate takes %.1f times as long; target 3", updates.median()/merges.median())
		row("  of the processors", updates.processor(), "ms", "git %.1f: %.1f times as much", merges.processor(), updates.processor()/merges.processor())
	}
	return nil
}
