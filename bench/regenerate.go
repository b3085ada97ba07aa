//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
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
// hundred, half of these the same ones, and takes that back again. As git's, its index
// is as the round before left it; in every other round it has none, as a fresh clone.
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
	update := func(to *samples) func() error {
		return func() error {
			err := to.add(nil, func() (sample, error) { return b.scaffold("regenerate", project, "--pack", b.at(name+"-v2")) })
			return errors.Join(err, settle())
		}
	}
	undo := func() error { return discard(b.scaffold("undo", project)) }
	forget := func() error { return os.Remove(filepath.Join(project, ".scaffold-state", "index")) }
	var first, updates, fresh, checks, merges samples
	check := func() error {
		return checks.add(nil, func() (sample, error) { return b.scaffold("regenerate", "--check", project) })
	}
	merge := func() error {
		return merges.add(nil, func() (sample, error) { return git(repository, "merge", "-q", "--no-edit", "theirs") })
	}
	reset := func() error { return discard(git(repository, "reset", "-q", "--hard", "ORIG_HEAD")) }
	err := inOrder(update(&first), undo) // so that the index knows both, as git's object store does
	for range rounds {
		err = errors.Join(err, inOrder(update(&updates), check, undo, forget, update(&fresh), undo))
		if against {
			err = errors.Join(err, inOrder(merge, reset))
		}
		if err != nil {
			return err
		}
	}
	row(fmt.Sprintf("regenerate, %d files, 1 %% changed", n), updates.median(), "ms", "median of %d", rounds)
	row("  without an index, as a fresh clone", fresh.median(), "ms", "")
	row("  --check, up to date", checks.median(), "ms", "")
	row("  peak memory", max(updates.peak(), checks.peak()), "MiB", "without an index %.0f; target 150", fresh.peak())
	if against {
		row("  git merge of the same", merges.median(), "ms", "regenerate takes %.1f times as long, without an index %.1f; target 3", updates.median()/merges.median(), fresh.median()/merges.median())
		row("  of the processors", updates.processor(), "ms", "git %.0f: %.1f times as much, without an index %.1f", merges.processor(), updates.processor()/merges.processor(), fresh.processor()/merges.processor())
	}
	return nil
}

// settle waits until what was written is too old to be in doubt, as git's index is where
// nobody runs one command right after another.
func settle() error {
	time.Sleep(50 * time.Millisecond)
	return nil
}

func discard(_ sample, err error) error { return err }

// inOrder does one after the other until one fails.
func inOrder(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
