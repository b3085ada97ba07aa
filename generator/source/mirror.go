package source

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"scaffold/generator/lazyregexp"
	"scaffold/generator/lock"
	"scaffold/generator/problem"
)

// A mirror is a bare repository in the cache that has the branches and tags of
// another. It is ours: nothing of the other's configuration comes here, and no
// file of it is ever checked out.
type mirror struct {
	finder Finder
	url    string
	dir    string // beside it stands dir.lock while somebody writes
}

// Files of ours in a mirror. The second is there once a fetch has succeeded, and
// is as old as the last.
const (
	urlFile     = "scaffold-url"
	fetchedFile = "scaffold-fetched"
)

func (f Finder) mirrorsFolder() (string, error) {
	if f.Cache == "" {
		return "", problem.WithHint(errors.New("there is no folder for mirrors of repositories: HOME names none, nor XDG_CACHE_HOME as an absolute path"),
			"XDG_CACHE_HOME=/some/folder names one")
	}
	return filepath.Join(f.Cache, "git"), nil
}

// mirrorOf returns the mirror of a repository, whether or not it is there.
func (f Finder) mirrorOf(url string) (mirror, error) {
	folder, err := f.mirrorsFolder()
	if err != nil {
		return mirror{}, err
	}
	_, readable, _ := strings.Cut(url, "://")
	readable = strings.Trim(strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' {
			return r
		}
		return '-'
	}, readable), "-.")
	if over := len(readable) - 60; over > 0 {
		readable = readable[over:] // the end tells them apart
	}
	name := fmt.Sprintf("%s-%.8x", readable, sha256.Sum256([]byte(url)))
	return mirror{finder: f, url: url, dir: filepath.Join(folder, name)}, nil
}

// fetched returns when the mirror was last fetched; zero where it never was, so
// that there is nothing in it to trust.
func (m mirror) fetched() time.Time {
	info, err := os.Lstat(filepath.Join(m.dir, fetchedFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// lock keeps other processes out of the mirror, and waits for one that is in it.
func (m mirror) lock(ctx context.Context) (unlock func(), waited bool, err error) {
	for ; ; waited = true {
		held, err := m.tryLock()
		if err == nil {
			return func() { held.Close() }, waited, nil
		}
		if !errors.Is(err, lock.ErrHeld) {
			return nil, waited, fmt.Errorf("lock the mirror of %s: %w", m.url, err)
		}
		if !waited {
			m.finder.progress("waiting for another scaffold that fetches " + m.url)
		}
		select {
		case <-ctx.Done():
			return nil, waited, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// tryLock locks the mirror, or returns [lock.ErrHeld]. Whoever removes the mirror
// removes the file of its lock too, while holding it; one that is no longer there
// locks nobody out.
func (m mirror) tryLock() (*os.File, error) {
	path := m.dir + ".lock"
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock.Try(f); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		f.Close()
		return nil, err
	}
	ours, err := f.Stat()
	there, thereErr := os.Lstat(path)
	if err == nil && (thereErr != nil || !os.SameFile(ours, there)) {
		err = lock.ErrHeld // by whoever removes it
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// update brings the mirror up to date. Of two processes that would do it at once,
// one does it for both.
func (m mirror) update(ctx context.Context) error {
	began := time.Now()
	if err := os.MkdirAll(filepath.Dir(m.dir), 0o700); err != nil { // because a repository may be nobody else's business
		return err
	}
	unlock, waited, err := m.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if waited && m.fetched().After(began) {
		return nil
	}
	m.sweep()
	_, err = os.Lstat(m.dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	if isNew {
		if err := m.create(ctx, "sha1"); err != nil {
			return err
		}
	}
	m.finder.progress("fetching " + m.url)
	if err = m.fetch(ctx); strings.Contains(fmt.Sprint(err), "server sha256") {
		if err = m.create(ctx, "sha256"); err == nil {
			err = m.fetch(ctx)
		}
	}
	switch {
	case err == nil:
		text := time.Now().UTC().Format(time.RFC3339) + "\n"
		return os.WriteFile(filepath.Join(m.dir, fetchedFile), []byte(text), 0o600)
	case isNew:
		m.removeFolder() // because a mirror of nothing is none
	case errors.As(err, new(gitError)) && !m.isWhole(ctx):
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

func (f Finder) progress(what string) {
	if f.Progress != nil {
		f.Progress(what)
	}
}

// create puts an empty mirror in the place of what is there. It is made beside it
// and renamed, because git init is many steps, and a process may end between any
// two. The caller holds the lock.
func (m mirror) create(ctx context.Context, format string) error {
	if err := m.removeFolder(); err != nil {
		return err
	}
	draft := m
	var err error
	if draft.dir, err = os.MkdirTemp(filepath.Dir(m.dir), filepath.Base(m.dir)+".new"); err != nil {
		return err
	}
	defer os.RemoveAll(draft.dir)
	args := []string{"init", "--quiet", "--bare", "--template="}
	if format != "sha1" {
		args = append(args, "--object-format="+format)
	}
	if err := draft.ask(ctx, nil, discard, append(args, "--", draft.dir)...); err != nil {
		return fmt.Errorf("make a mirror: %w", err)
	}
	if err := os.WriteFile(filepath.Join(draft.dir, urlFile), []byte(m.url+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(draft.dir, m.dir)
}

func discard(r *bufio.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// fetch makes the branches and tags here those of the repository. Of a repository
// on this machine git would obey the configuration, which may name a program by
// which objects come that it lacks; nothing is fetched for it. One that has nothing any
// more is none, but a proxy's empty answer: the mirror keeps what it has.
func (m mirror) fetch(ctx context.Context) error {
	args := []string{"fetch", "--progress", "--prune", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance", "--no-tags", "--update-shallow", "--force"}
	if strings.HasPrefix(m.url, "file:") {
		args = append(args, "--upload-pack=GIT_ALLOW_PROTOCOL=none GIT_NO_LAZY_FETCH=1 git-upload-pack")
	}
	had, err := m.listNames(ctx)
	if err != nil {
		return err
	}
	if err := m.talk(ctx, append(args, "--", m.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")...); err != nil {
		return err
	}
	has, err := m.listNames(ctx)
	if err != nil || len(has) > 0 || len(had) == 0 {
		return err
	}
	if err := m.ask(ctx, bytes.NewReader(had), discard, "update-ref", "--stdin"); err != nil {
		return err
	}
	return errors.New("it answers that it has neither a branch nor a tag, and had some")
}

// listNames returns the commands for git update-ref that make the branches and tags
// of the mirror.
func (m mirror) listNames(ctx context.Context) (commands []byte, err error) {
	err = m.ask(ctx, nil, func(out *bufio.Reader) error {
		commands, err = io.ReadAll(out)
		return err
	}, "for-each-ref", "--format=create %(refname) %(objectname)")
	return commands, damage(err)
}

// sweep removes what a git that was killed left. The caller holds the lock, so no
// other is at work.
func (m mirror) sweep() {
	root := os.DirFS(m.dir)
	for _, pattern := range []string{"objects/pack/tmp_*", "objects/pack/.tmp-*", "objects/tmp_objdir-*", "objects/??/tmp_obj_*", "*.lock"} {
		left, _ := fs.Glob(root, pattern)
		for _, name := range left {
			os.RemoveAll(filepath.Join(m.dir, name))
		}
	}
	filepath.WalkDir(filepath.Join(m.dir, "refs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasSuffix(path, ".lock") {
			os.Remove(path)
		}
		return nil
	})
	m.removeLeft()
}

// isWhole reports whether all that branches and tags name is here.
func (m mirror) isWhole(ctx context.Context) bool {
	err := m.ask(ctx, nil, discard, "rev-list", "--objects", "--all", "--quiet", "--no-object-names")
	return err == nil || ctx.Err() != nil
}

// remove takes the mirror and its lock away. The caller holds the lock.
func (m mirror) remove() error {
	err := cmp.Or(m.removeFolder(), m.removeLeft())
	os.Remove(m.dir + ".lock") // which Windows does not, as long as it is open
	return err
}

// removeFolder gives the mirror a name that nobody looks for, and then takes it
// away: a process may end between any two files.
func (m mirror) removeFolder() error {
	old, err := os.MkdirTemp(filepath.Dir(m.dir), filepath.Base(m.dir)+".old")
	if err == nil {
		err = os.Rename(m.dir, filepath.Join(old, "mirror"))
	}
	m.removeLeft() // or a later run does, where a git of a killed run still writes
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// removeLeft takes away the drafts and the removed mirrors of runs that were
// killed.
func (m mirror) removeLeft() error {
	entries, err := os.ReadDir(filepath.Dir(m.dir))
	for _, e := range entries {
		if name, kind := splitName(e.Name()); name == filepath.Base(m.dir) && (kind == "new" || kind == "old") {
			err = cmp.Or(err, os.RemoveAll(filepath.Join(filepath.Dir(m.dir), e.Name())))
		}
	}
	return err
}

// besides matches what stands beside a mirror.
var besides = lazyregexp.New(`^(.+-[0-9a-f]{16})\.(new|old|lock)[0-9]*$`)

// splitName returns of a name in the cache that of the mirror, and what else it is
// besides that: new, old, lock or "".
func splitName(name string) (of, kind string) {
	if m := besides.FindStringSubmatch(name); m != nil {
		return m[1], m[2]
	}
	return name, ""
}
