//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// modules measures what scaffold does with Go modules as templates: new against
// gonew, and regenerate --to of a large one against git merge of the same change.
func (b bench) modules() error {
	if _, err := once("env", "GOBIN="+b.dir, "go", "install", "golang.org/x/tools/cmd/gonew@v0.52.0"); err != nil {
		return err
	}
	for _, ref := range []string{"golang.org/x/example/hello@v0.0.0-20250915201037-7f05d217867b", "golang.org/x/mod@v0.43.0", "golang.org/x/net@v0.62.0"} {
		if err := b.newModule(ref); err != nil {
			return err
		}
	}
	return b.upgradeModule("golang.org/x/tools", "v0.51.0", "v0.52.0")
}

const newPath = "example.com/shop"

func (b bench) newModule(ref string) error {
	const rounds = 15
	name, _, _ := strings.Cut(strings.ReplaceAll(ref, "/", "-"), "@")
	if _, err := once("go", "mod", "download", ref); err != nil {
		return err
	}
	var ours, theirs, synced samples
	var err error
	for i := range rounds {
		err = ours.add(err, func() (sample, error) {
			return b.scaffold("new", b.at(fmt.Sprint(name, "-new", i)), "--pack", ref, "--module", newPath)
		})
		err = theirs.add(err, func() (sample, error) {
			return once(b.at("gonew"), ref, newPath, b.at(fmt.Sprint(name, "-gonew", i)))
		})
		err = synced.add(err, func() (sample, error) {
			return once("sh", "-c", `"$0" "$1" "$2" "$3" && find "$3" -exec sync {} +`, b.at("gonew"), ref, newPath, b.at(fmt.Sprint(name, "-synced", i)))
		})
	}
	if err != nil {
		return err
	}
	files := 0
	err = filepath.WalkDir(b.at(name+"-gonew0"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files++
		}
		return err
	})
	row("new, "+strings.TrimPrefix(name, "golang.org-"), ours.median(), "ms", "median of %d; %d files", rounds, files)
	row("  gonew", theirs.median(), "ms", "new takes %.2f times as long; target 1.0", ours.median()/theirs.median())
	row("  gonew, synced", synced.median(), "ms", "%.2f times", ours.median()/synced.median())
	return err
}

// upgradeModule brings a project of one version, whose owner has edited some files, to
// the next, and takes that back again.
func (b bench) upgradeModule(module, from, to string) error {
	const rounds = 15
	project, next, repository := b.at("project"), b.at("next"), b.at("repository")
	_, err := b.scaffold("new", project, "--pack", module+"@"+from, "--module", newPath, "--name", "shop")
	if err == nil {
		_, err = b.scaffold("new", next, "--pack", module+"@"+to, "--module", newPath, "--name", "shop")
	}
	if err != nil {
		return err
	}
	if err := makeHistory(repository, project, next); err != nil {
		return err
	}
	var updates, checks, merges samples
	for range rounds {
		err = updates.add(err, func() (sample, error) { return b.scaffold("regenerate", "--to", to, project) })
		err = checks.add(err, func() (sample, error) { return b.scaffold("regenerate", "--check", project) })
		if err == nil {
			_, err = b.scaffold("undo", project)
		}
		err = merges.add(err, func() (sample, error) { return git(repository, "merge", "-q", "--no-edit", "theirs") })
		if err == nil {
			_, err = git(repository, "reset", "-q", "--hard", "ORIG_HEAD")
		}
	}
	if err != nil {
		return err
	}
	row("regenerate --to, "+module, updates.median(), "ms", "median of %d", rounds)
	row("  git merge of the same", merges.median(), "ms", "regenerate takes %.2f times as long; target 1.5", updates.median()/merges.median())
	row("  --check, up to date", checks.median(), "ms", "")
	row("  peak memory", max(updates.peak(), checks.peak()), "MiB", "")
	return nil
}

// makeHistory makes a git repository of a project, in which the owner's edits are on
// branch ours and the next version is on branch theirs. The project gets the same
// edits.
func makeHistory(dir, project, next string) error {
	if _, err := once("git", "init", "-q", dir); err != nil {
		return err
	}
	commit := func(branch string) error {
		for _, args := range [][]string{{"checkout", "-q", "-b", branch}, {"add", "-A", "-f"}, {"commit", "-q", "-m", branch}} {
			if _, err := git(dir, args...); err != nil {
				return err
			}
		}
		return nil
	}
	const clear = `cd "$0" && git rm -q -r . && cp -r "$1"/. . && rm -r .scaffold-state scaffold.yaml`
	if _, err := once("sh", "-c", `cp -r "$1"/. "$0" && cd "$0" && rm -r .scaffold-state scaffold.yaml`, dir, project); err != nil {
		return err
	}
	if err := commit("base"); err != nil {
		return err
	}
	if _, err := once("sh", "-c", clear, dir, next); err != nil {
		return err
	}
	if err := commit("theirs"); err != nil {
		return err
	}
	if _, err := git(dir, "checkout", "-q", "base"); err != nil {
		return err
	}
	if err := errors.Join(editSome(dir), editSome(project)); err != nil {
		return err
	}
	return commit("ours")
}

// editSome appends a line to one Go file in forty.
func editSome(dir string) error {
	n := 0
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		if n++; n%40 != 0 {
			return nil
		}
		text, err := os.ReadFile(path)
		return errors.Join(err, os.WriteFile(path, append(text, "\n// The owner's.\n"...), 0o644))
	})
}
