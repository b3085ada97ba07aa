package apply

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"scaffold/generator/index"
	"scaffold/generator/lock"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// New writes p as a new project at target, an absolute path at which there is
// nothing or an empty folder. On any error nothing is left behind; that something
// else is there is an input error. A cancelled context returns its cause.
func (o Options) New(ctx context.Context, target string, p plan.Plan) error {
	info, err := os.Lstat(target)
	empty := err == nil && info.IsDir()
	parent, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Dir(target), problem.Cause(err))
	}
	defer parent.Close()
	name := filepath.Base(target)
	removeStale(parent, name)
	s, err := newSibling(ctx, parent, name)
	if err != nil {
		return addUnchanged(fmt.Errorf("create a folder in %s: %w", filepath.Dir(target), problem.Cause(err)))
	}
	s.options = o
	if err = s.fill(ctx, p); err != nil {
		err = fmt.Errorf("write %s: %w", target, problem.Cause(err))
	} else if err = s.publish(name, empty); err != nil {
		err = publishError(target, err)
	}
	return s.end(target, err)
}

// end removes what was made, unless it is the project, and adds to err what is left.
func (s *sibling) end(target string, err error) error {
	left := s.remove()
	switch {
	case err == nil:
		return nil
	case left != nil:
		return fmt.Errorf("%w; what was written so far is left in %s: %w", err, filepath.Join(filepath.Dir(target), s.name), problem.Cause(left))
	case errors.Is(err, errNotBack):
		return err
	}
	return addUnchanged(err)
}

func publishError(target string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return problem.Input("create %s: something of that name appeared meanwhile; %w", target, errUnchanged)
	case isBusy(err):
		return problem.WithHint(
			problem.Input("create %s: it is a mount point, which cannot be replaced in one step", target),
			"name a folder below it: scaffold new %s", path.Join(target, "app"))
	}
	return fmt.Errorf("create %s: %w", target, problem.Cause(err))
}

// A sibling is a folder beside the target in which a project is built. It is
// locked while its maker lives, so that what a killed run left can be told from
// what another run is building.
type sibling struct {
	parent    *os.Root
	disk      disk // at the parent
	name      string
	lock      *os.File
	options   Options
	published bool
}

func siblingPrefix(name string) string {
	// The name is cut, because a sibling's may have no more than 255 bytes, either.
	return "." + strings.ToValidUTF8(name[:min(len(name), 200)], "") + ".scaffold-"
}

const randomLength = 10 // letters and digits that follow the prefix

// newSibling creates and locks a folder. Between the two another run may remove
// it, because it looks abandoned: then the next name is tried.
func newSibling(ctx context.Context, parent *os.Root, name string) (*sibling, error) {
	var err error
	for range 10 {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		s := &sibling{parent: parent, name: siblingPrefix(name) + strings.ToLower(rand.Text()[:randomLength])}
		if err = s.create(); err == nil {
			return s, nil
		}
		s.remove()
		if !errors.Is(err, errRemoved) {
			break
		}
	}
	return nil, err
}

var errRemoved = errors.New("another run removes it")

// create opens all that it needs to remove the folder before it makes it.
func (s *sibling) create() (err error) {
	if s.disk, err = openDisk(s.parent.Name()); err != nil {
		return err
	}
	if err := s.parent.Mkdir(s.name, 0o777); err != nil {
		return err
	}
	return s.takeLock()
}

func (s *sibling) takeLock() (err error) {
	if s.lock, err = s.parent.Open(s.name); err == nil {
		if lock.Try(s.lock) == lock.ErrHeld {
			return errRemoved
		}
		_, err = s.parent.Lstat(s.name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errRemoved
	}
	return err
}

// fill makes all folders, then writes all files, then makes the names last.
func (s *sibling) fill(ctx context.Context, p plan.Plan) error {
	var files []*creation
	dirs := map[string]bool{".": true}
	for _, step := range slices.Concat(p.Steps, p.State) {
		if step.After == nil {
			continue
		}
		f := step.After
		files = append(files, &creation{path: path.Join(s.name, step.To), bytes: *f, perm: f.Mode.Perm()})
		for _, dir := range tree.Parents(step.To) {
			dirs[dir] = true
		}
	}
	folders := slices.Sorted(maps.Keys(dirs)) // parents first
	for _, dir := range folders {
		if dir == "." {
			continue // which is the sibling
		}
		if err := s.disk.mkdir(path.Join(s.name, dir), 0o777); err != nil {
			return err
		}
	}
	if err := s.options.createAll(ctx, s.disk, files); err != nil {
		return err
	}
	if err := s.options.each(ctx, len(folders), func(i int) error { return s.disk.sync(path.Join(s.name, folders[i])) }); err != nil {
		return err
	}
	if len(files) > index.Least && len(p.State) > 0 {
		s.remember(files)
	}
	return nil
}

// remember writes the index of a large project, so that the first regenerate need not
// read it all. It knows what nobody has touched since it was written, and does so
// before the folder has its name, because then somebody may.
func (s *sibling) remember(files []*creation) {
	x, now := index.New(), time.Now()
	for _, f := range files {
		if e, err := s.disk.stat(f.path); err == nil && e.seen == f.seen {
			x.Add(strings.TrimPrefix(f.path, s.name+"/"), e.seen, f.bytes.Sum(), now)
		}
	}
	writeIndex(s.disk, path.Join(s.name, index.File), x)
}

// errNotBack is of a name that could not be taken back.
var errNotBack = errors.New("and what is there could not be taken back")

// publish gives the folder its name, which nothing has, or an empty folder, and
// makes that last.
func (s *sibling) publish(name string, empty bool) error {
	rename := s.disk.rename
	if empty {
		rename = func(from, to string) error { return replaceEmpty(s.parent, from, to) }
	}
	if err := rename(s.name, name); err != nil {
		return err
	}
	if err := s.disk.sync("."); err != nil {
		// The name is taken back, because it might not outlast a power cut.
		back := s.disk.rename(name, s.name)
		if back == nil && empty {
			back = s.disk.mkdir(name, 0o777)
		}
		if back != nil {
			return fmt.Errorf("%w; %w: %w", err, errNotBack, back)
		}
		return err
	}
	s.published = true
	return nil
}

// remove closes all, and removes the folder unless that is the project now. It returns
// why something of it is left.
func (s *sibling) remove() (left error) {
	if s.disk != nil {
		if !s.published {
			left = removeAll(s.disk, s.name)
		}
		s.disk.close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
	return left
}

func removeStale(parent *os.Root, name string) {
	entries, err := fs.ReadDir(parent.FS(), ".")
	if err != nil {
		return // because a parent that cannot be listed may be written all the same
	}
	for _, e := range entries {
		if e.IsDir() && isSibling(e.Name(), name) {
			removeAbandoned(parent, e.Name())
		}
	}
}

// isSibling reports whether newSibling may have made a folder for name. It is exact,
// because the user's own folders may begin alike.
func isSibling(folder, name string) bool {
	random, ok := strings.CutPrefix(folder, siblingPrefix(name))
	return ok && len(random) == randomLength && strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// removeAbandoned removes a folder unless its maker lives. It keeps the lock until
// all is gone, because a maker who has not locked it yet must find it locked.
func removeAbandoned(parent *os.Root, name string) {
	f, err := parent.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	if lock.Try(f) == nil {
		parent.RemoveAll(name)
	}
}

// Replace makes f the file at its path below root, an absolute path, where it has the
// folder for it: at any moment the old bytes are there or the new ones, but on a disk
// that cannot exchange names. It keeps nothing to take back.
func (o Options) Replace(root string, f tree.File) error {
	d, err := o.openDisk(root)
	if err != nil {
		return err
	}
	defer d.close()
	staged := path.Join(path.Dir(f.Path), siblingPrefix(path.Base(f.Path))+strings.ToLower(rand.Text()[:randomLength]))
	_, _, err = create(d, staged, f.Data, f.Mode.Perm(), "")
	if err == nil {
		err = exchangeOrRename(d, staged, f.Path)
	}
	err = errors.Join(err, ignoreMissing(d.remove(staged)))
	if err == nil {
		err = d.sync(path.Dir(f.Path))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Path, problem.Cause(err))
	}
	return nil
}

// Remove removes f, which is below root, unless it has other bytes by now.
func (o Options) Remove(root string, f tree.File) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	d, err := o.openDisk(root)
	if err != nil {
		return err
	}
	defer d.close()
	have, err := look(d, f.Path)
	if err == nil && (have == nil || have.Sum != f.Sum()) {
		err = errors.New("changed meanwhile")
	}
	if err == nil {
		err = d.remove(f.Path)
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", f.Path, problem.Cause(err))
	}
	return nil
}
