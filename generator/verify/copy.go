package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Caps of what is copied, because a project may have data beside its code.
const (
	maxFiles = 100_000
	maxBytes = 1 << 30
)

// stale is when a folder of the cache was left by a run that was killed, because no
// run takes so long.
const stale = 48 * time.Hour

// makeFolder makes a folder in the cache, which whoever asks for it removes. What
// killed runs left goes.
func (r Runner) makeFolder() (string, error) {
	if r.Cache == "" {
		return "", problem.WithHint(errors.New("there is no folder to verify in: HOME names none, nor XDG_CACHE_HOME as an absolute path"),
			"XDG_CACHE_HOME=/some/folder names one")
	}
	if err := os.MkdirAll(r.Cache, 0o700); err != nil { // because a project may be nobody else's business
		return "", fmt.Errorf("create %s: %w", r.Cache, problem.Cause(err))
	}
	entries, _ := os.ReadDir(r.Cache) // not known: nothing is removed
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > stale {
			os.RemoveAll(filepath.Join(r.Cache, e.Name()))
		}
	}
	dir, err := os.MkdirTemp(r.Cache, "project-")
	if err != nil {
		return "", fmt.Errorf("create a folder in %s: %w", r.Cache, problem.Cause(err))
	}
	return dir, nil
}

// copyTo writes t into an empty folder.
func (r Runner) copyTo(ctx context.Context, dir string, t Tree) error {
	to, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open %s: %w", dir, problem.Cause(err))
	}
	defer to.Close()
	if t.Root != "" {
		if err := r.copyProject(ctx, to, t); err != nil {
			return problem.WithHint(fmt.Errorf("copy %s to %s: %w", t.Root, r.Cache, err),
				"what git ignores is not copied; --merge=lines decides less, and needs no --verify")
		}
	}
	for name, f := range t.Changed {
		if f == nil {
			continue
		}
		if err := to.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("write %s to %s: %w", name, r.Cache, problem.Cause(err))
		}
		if err := to.WriteFile(name, f.Data, f.Mode.Perm()|0o600); err != nil {
			return fmt.Errorf("write %s to %s: %w", name, r.Cache, problem.Cause(err))
		}
	}
	return nil
}

// A copier copies a project. What changes, it leaves out.
type copier struct {
	from, to *os.Root
	files    int
	bytes    int64
}

func (r Runner) copyProject(ctx context.Context, to *os.Root, t Tree) error {
	from, err := os.OpenRoot(t.Root)
	if err != nil {
		return problem.Cause(err)
	}
	defer from.Close()
	c := copier{from: from, to: to}
	return fs.WalkDir(from.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		_, changed := t.Changed[name]
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", name, problem.Cause(err))
		case ctx.Err() != nil:
			return ctx.Err()
		case name == ".":
			return nil
		case entry.IsDir() && (changed || r.skips(name)): // where a file takes its place, all in it goes
			return fs.SkipDir
		case changed || slices.Contains(repositories, entry.Name()): // a file that leads to a repository, too
			return nil
		}
		if err := c.copyEntry(name, entry); err != nil {
			return fmt.Errorf("%s: %w", name, problem.Cause(err))
		}
		return nil
	})
}

// repositories are what version control has, in which a command could do harm.
var repositories = []string{".git", ".hg", ".svn", ".jj", ".bzr"}

func (r Runner) skips(dir string) bool {
	return slices.Contains(repositories, path.Base(dir)) || dir == tree.StateFolder || r.Skip != nil && r.Skip(dir)
}

// copyEntry copies a file, folder or link; nothing else is part of a build.
func (c *copier) copyEntry(name string, entry fs.DirEntry) error {
	if c.files++; c.files > maxFiles {
		return fmt.Errorf("there are more than %d files", maxFiles)
	}
	switch entry.Type() {
	case fs.ModeDir:
		return c.to.Mkdir(name, 0o755)
	case fs.ModeSymlink:
		to, err := c.from.Readlink(name)
		if err != nil {
			return err
		}
		return c.to.Symlink(to, name)
	case 0:
		return c.copyFile(name)
	}
	return nil
}

func (c *copier) copyFile(name string) error {
	in, err := c.from.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if c.bytes += info.Size(); c.bytes > maxBytes {
		return fmt.Errorf("there is more than %d MiB", maxBytes>>20)
	}
	out, err := c.to.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, info.Size())) // it may grow meanwhile
	return errors.Join(err, out.Close())
}
