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

	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// New writes p as a new project at target, an absolute path at which there is
// nothing or an empty folder. On any error nothing is left behind; that something
// else is there is an input error. A cancelled context returns its cause.
func (o Options) New(ctx context.Context, target string, p plan.Plan) error {
	info, err := os.Lstat(target)
	taken := err == nil && info.IsDir()
	parent, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Dir(target), cause(err))
	}
	defer parent.Close()
	name := filepath.Base(target)
	removeStale(parent, name)
	stage, err := newStage(ctx, parent, name)
	if err != nil {
		return fmt.Errorf("create a folder in %s: %w", filepath.Dir(target), cause(err))
	}
	defer stage.remove()
	stage.options = o
	if err := stage.fill(ctx, p); err != nil {
		return fmt.Errorf("write %s: %w", target, cause(err))
	}
	if err := stage.publish(name, taken); err != nil {
		return renamed(target, err)
	}
	return nil
}

// renamed explains why the last step did not work.
func renamed(target string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return problem.Input("create %s: something of that name appeared meanwhile; nothing was changed", target)
	case isBusy(err):
		return problem.WithHint(
			problem.Input("create %s: it is a mount point, which cannot be replaced in one step", target),
			"name a folder below it: scaffold new %s", path.Join(target, "app"))
	}
	return fmt.Errorf("create %s: %w", target, cause(err))
}

// fill makes all folders, then writes all files, then makes the names last.
func (s *stage) fill(ctx context.Context, p plan.Plan) error {
	folders, files := contents(p)
	for _, dir := range folders {
		if dir == "." {
			continue // which is the stage
		}
		if err := s.disk.mkdir(path.Join(s.name, dir), 0o777); err != nil {
			return err
		}
	}
	err := s.options.each(ctx, len(files), func(i int) error {
		f := files[i]
		_, _, err := create(s.disk, path.Join(s.name, f.Path), f.Data, f.Mode.Perm(), "")
		return err
	})
	if err != nil {
		return err
	}
	return s.options.each(ctx, len(folders), func(i int) error { return s.disk.sync(path.Join(s.name, folders[i])) })
}

// contents returns what the plan writes, and the folders for it, parents first.
func contents(p plan.Plan) (folders []string, files []tree.File) {
	dirs := map[string]bool{".": true}
	for _, step := range slices.Concat(p.Steps, p.State) {
		if step.After == nil {
			continue
		}
		f := *step.After
		f.Path = step.To
		files = append(files, f)
		for _, dir := range parents(f.Path) {
			dirs[dir] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs)), files
}

// cause drops the system call and the temporary name from an error.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// A stage is a folder beside the target in which a project is built. It is
// locked while its maker lives, so that what a killed run left can be told from
// what another run is building.
type stage struct {
	parent  *os.Root
	disk    disk // at the parent
	name    string
	lock    *os.File
	options Options
	done    bool
}

func stagePrefix(name string) string {
	// The name may fill the 255 bytes of a path element.
	return "." + strings.ToValidUTF8(name[:min(len(name), 200)], "") + ".scaffold-"
}

// randomLength is how many letters and digits follow the prefix.
const randomLength = 10

// newStage creates and locks the folder. Another run may take it for a dead
// one's between the two and remove it: then the next name is tried.
func newStage(ctx context.Context, parent *os.Root, name string) (*stage, error) {
	var err error
	for range 10 {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		s := &stage{parent: parent, name: stagePrefix(name) + strings.ToLower(rand.Text()[:randomLength])}
		if err = s.make(); err == nil {
			return s, nil
		}
		s.remove()
		if !errors.Is(err, errTaken) {
			break
		}
	}
	return nil, err
}

// errTaken says that another run has the folder, or had.
var errTaken = errors.New("another run removes it")

// make opens all that it needs to remove the folder before it makes it.
func (s *stage) make() (err error) {
	if s.disk, err = openDisk(s.parent.Name()); err != nil {
		return err
	}
	if err := s.parent.Mkdir(s.name, 0o777); err != nil {
		return err
	}
	return s.hold()
}

func (s *stage) hold() (err error) {
	if s.lock, err = s.parent.Open(s.name); err == nil {
		if lockFolder(s.lock) == errHeld {
			return errTaken
		}
		_, err = s.parent.Lstat(s.name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return errTaken
	}
	return err
}

// publish gives the folder its name, where nothing or an empty folder is, and
// makes that last.
func (s *stage) publish(name string, taken bool) error {
	rename := s.disk.rename
	if taken {
		rename = func(from, to string) error { return replaceEmpty(s.parent, from, to) }
	}
	if err := rename(s.name, name); err != nil {
		return err
	}
	if err := s.disk.sync("."); err != nil {
		return errors.Join(err, s.withdraw(name, taken))
	}
	s.done = true
	return nil
}

// withdraw takes the name back from a folder of which nobody knows whether it
// would outlast a power cut.
func (s *stage) withdraw(name string, taken bool) error {
	err := s.disk.rename(name, s.name)
	if err == nil && taken {
		err = s.disk.mkdir(name, 0o777)
	}
	return err
}

// remove takes away what this run made, unless it was published.
func (s *stage) remove() {
	if s.disk != nil {
		if !s.done {
			removeAll(s.disk, s.name)
		}
		s.disk.close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
}

// removeStale takes away what killed runs left of the same target.
func removeStale(parent *os.Root, name string) {
	entries, err := fs.ReadDir(parent.FS(), ".")
	if err != nil {
		return // a parent that can be written but not listed
	}
	for _, e := range entries {
		if e.IsDir() && isStage(e.Name(), name) {
			removeAbandoned(parent, e.Name())
		}
	}
}

// isStage reports whether a folder is called as newStage calls those of name: a
// user's own folder that only begins alike is none.
func isStage(folder, name string) bool {
	random, ok := strings.CutPrefix(folder, stagePrefix(name))
	return ok && len(random) == randomLength && strings.Trim(random, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// removeAbandoned holds the lock until all is gone: whoever has just created
// the folder, and not yet locked it, finds it held.
func removeAbandoned(parent *os.Root, name string) {
	f, err := parent.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	if lockFolder(f) == nil {
		parent.RemoveAll(name)
	}
}
