package project

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"scaffold/generator/index"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Find returns the root of the project that start, a folder, is in: the nearest
// folder upward with a scaffold.yaml, as an absolute path. A folder that has lost
// its scaffold.yaml is an error, and not a part of the project above it. One that
// has another program's is a part of it.
func Find(start string) (string, error) {
	abs, err := filepath.Abs(start)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", problem.Input("there is no folder %s", start)
	case err != nil:
		return "", fmt.Errorf("look at %s: %w", start, problem.Cause(err))
	case !info.IsDir():
		return "", problem.WithHint(problem.Input("%s is no folder", start), "name the folder of a project; scaffold diff and restore take files")
	}
	if _, err := os.Lstat(filepath.Join(abs, tree.ConfigFile)); errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("look into %s: %w", start, problem.Cause(err))
	}
	foreign := ""
	for dir := abs; ; dir = filepath.Dir(dir) {
		has := func(name string) bool { _, err := os.Lstat(filepath.Join(dir, name)); return err == nil }
		switch {
		case isProject(has), has(tree.ConfigFile) && isOwnConfig(dir), has(journalFile):
			return dir, nil
		case has(tree.BaseFile): // and no project above is meant
			return "", problem.WithHint(
				problem.Input("%s has a %s, but its %s is gone", dir, tree.StateFolder, tree.ConfigFile),
				takeConfig)
		case has(tree.ConfigFile):
			foreign = cmp.Or(foreign, dir)
		}
		if dir == filepath.Dir(dir) && foreign != "" {
			return foreign, nil
		}
		if dir == filepath.Dir(dir) {
			return "", problem.WithHint(
				problem.Input("%s is in no project: neither it nor a folder above has a %s", abs, tree.ConfigFile),
				"go into the folder of a project; scaffold new hello makes one")
		}
	}
}

// journalFile is there while a run in the project has not ended. Then scaffold.yaml may
// be missing for a moment, because some file systems cannot exchange two names,
// and recovery brings it back.
const journalFile = tree.StateFolder + "/stage/journal"

// isOwnConfig reports whether the scaffold.yaml in dir names a pack, as ours
// do: then its project has lost its state.
func isOwnConfig(dir string) bool {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	config, err := readState(root, tree.ConfigFile, maxConfig, nil)
	return err != nil || namesPack(config.Data)
}

// A Project is what a project on disk remembers of itself. Config says what it
// should be, all else what the template wrote last.
type Project struct {
	Root      string
	Config    Config
	Pack      string // the pack's name
	Version   string
	Answers   map[string]any
	Lapsed    []string // see State
	Base      tree.Tree
	Conflicts []plan.ConflictRecord
	Reference string // of the pack, as the base has it
	Digest    string // of the pack's content
	Commit    string // that the pack was read at, or ""
	Seen      Seen   // the user's own files as they were then
	manifest  manifest
	baseZip   tree.File
	index     *index.Index
	stale     []plan.Step // of files in the state folder, which go along with the next
}

// Open reads the state of the project at root, and checks all of it, because it
// arrives with a clone. What is wrong with it is an input error that says where
// something intact may be had. As soon as scaffold.yaml is known, configured is
// called with it, unless it is nil, because most of the time goes into what
// follows. It returns bytes that are at hand, or nil.
func Open(root string, configured func(Config, *Held) Contents) (Project, error) {
	return OpenAs(nameConfig(root), root, configured)
}

// OpenAs is Open, where messages call scaffold.yaml by another name.
func OpenAs(name, root string, configured func(Config, *Held) Contents) (Project, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return Project{}, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	p := Project{Root: root}
	config, err := readState(r, tree.ConfigFile, maxConfig, nil)
	if err != nil {
		return p, err
	}
	p.Config, err = parseConfig(name, config)
	var known Contents
	held := newHeld()
	defer held.settle(nil, 0, nil)
	if err == nil && configured != nil {
		known = configured(p.Config, held)
	}
	baseErr := p.readBase(r, known, held)
	if err := hintRepair(root, config.Data, err, baseErr); err != nil {
		return p, err
	}
	for _, f := range []tree.File{attributes, ignore} {
		have, err := readState(r, f.Path, maxConfig, nil)
		_, missing := r.Lstat(f.Path)
		switch {
		case errors.Is(missing, fs.ErrNotExist):
			p.stale = append(p.stale, stateStep(nil, f))
		case err == nil && f.Path == tree.AttributesFile && string(bytes.ReplaceAll(have.Data, []byte("\r\n"), []byte("\n"))) == olderText:
			p.stale = append(p.stale, stateStep(&have, f))
		}
	}
	return p, nil
}

// nameConfig returns what the scaffold.yaml of the project at root is called in messages.
func nameConfig(root string) string { return problem.FromHere(filepath.Join(root, tree.ConfigFile)) }

// CheckFolder returns an error if the state folder is a link or a file, because
// whoever writes there would write elsewhere.
func CheckFolder(root string) error {
	info, err := os.Lstat(filepath.Join(root, tree.StateFolder))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // what is missing in it is said later
	case err != nil:
		return fmt.Errorf("look at %s: %w", tree.StateFolder, problem.Cause(err))
	case !info.IsDir():
		return problem.WithHint(problem.Input("%s is %s, not a folder", tree.StateFolder, tree.Kind(info.Mode())), takeFolder)
	}
	return nil
}

// Contents returns bytes that are at hand by their sum. Nil has none.
type Contents func(sum string) (data []byte, ok bool)

func (c Contents) find(sum string) (data []byte, ok bool) {
	if c == nil {
		return nil, false
	}
	return c(sum)
}

// A Held is what is known of bytes that the base and a pack in a folder both have, for
// whoever reads the pack meanwhile: it need not read what the index knows, nor hold what
// the base does. Its methods wait until that is known. Several may call them at once.
type Held struct {
	Lends bool // the base holds the bytes, if the index knows it; else it takes the pack's

	once   sync.Once
	ready  chan struct{}
	index  *index.Index
	device uint64
	data   map[string][]byte
}

func newHeld() *Held { return &Held{ready: make(chan struct{})} }

// settle says what is known: of a base that is not believed, nothing.
func (h *Held) settle(x *index.Index, device uint64, data map[string][]byte) {
	h.once.Do(func() {
		h.index, h.device, h.data = x, device, data
		close(h.ready)
	})
}

// Sum returns what the index has of a file of a pack under a name, by what the system
// says of it. Only what is on the volume of the index is believed, because the times of
// another are by another clock.
func (h *Held) Sum(name string, info fs.FileInfo) (sum string, ok bool) {
	<-h.ready
	if stat := index.StatOf(info); stat.Device == h.device {
		return h.index.Sum(name, stat)
	}
	return "", false
}

// Data is [Contents] of the base.
func (h *Held) Data(sum string) (data []byte, ok bool) {
	<-h.ready
	data, ok = h.data[sum]
	return data, ok
}

// readBase reads base.zip: first what lists its files, so that little is held
// of what is refused. If the index knows base.zip, each file in it has the sum that its
// manifest says; else all of it is summed. What the pack holds is not held again.
func (p *Project) readBase(r *os.Root, known Contents, held *Held) error {
	var h head
	var files tree.Tree
	var sum string
	x, device := readIndex(r)
	p.index = x
	base, err := readState(r, tree.BaseFile, maxZip, func(file *os.File, info fs.FileInfo) (done bool, err error) {
		entries, believed := newWindow(file, info.Size()), false
		if h, err = readHead(entries, info.Size()); err != nil {
			return false, err
		}
		sum, believed = x.Sum(tree.BaseFile, index.StatOf(info))
		switch {
		case believed && held.Lends:
			files, err = h.readHeld(file, info.Size(), func(data map[string][]byte) { held.settle(x, device, data) })
			return true, err
		case !believed:
			held.settle(nil, 0, nil) // because it waits for the pack
			if sum, err = h.sumAll(file, entries); err != nil {
				return false, err
			}
		}
		files, err = h.readUnknown(entries, known)
		return true, err
	})
	if err != nil {
		return err
	}
	p.remember(h, files, tree.File{Path: base.Path, Mode: base.Mode, Unheld: &tree.Unheld{Sum: sum}})
	return nil
}

// readIndex returns what the index says, or nil, and the volume that it is on. What is
// wrong with it does not matter, because then files are read.
func readIndex(r *os.Root) (x *index.Index, device uint64) {
	var written time.Time
	f, err := readState(r, index.File, index.Most, func(_ *os.File, info fs.FileInfo) (bool, error) {
		written, device = info.ModTime(), index.StatOf(info).Device
		return false, nil
	})
	if err != nil {
		return nil, 0
	}
	return index.Decode(f.Data, written), device
}

func (p *Project) remember(h head, files tree.Tree, base tree.File) {
	files, m := files.Composed(), h.manifest.composed()
	p.Pack, p.Version, p.Reference = m.Pack.Name, m.Pack.Version, m.Pack.Reference
	p.Digest, p.Commit = m.Pack.Digest, m.Pack.Commit
	p.Seen = m.seen
	p.Answers, p.Lapsed, p.Base, p.Conflicts, p.manifest, p.baseZip = m.Answers, m.Lapsed, files, m.Conflicts, m, base
}

const maxZip = maxInflated + 64<<20

// readState reads a file of the state: a regular one, in a real folder. What
// look says is wrong with it, if it is not nil, is said before it is read, and it
// is not read where look is done with it.
func readState(r *os.Root, path string, limit int64, look func(f *os.File, info fs.FileInfo) (done bool, err error)) (tree.File, error) {
	if blocked, err := newParents(r).findBlocking(path); err != nil {
		return tree.File{}, err
	} else if blocked != nil {
		return tree.File{}, problem.Input("%s is %s, not a folder", blocked.Path, tree.Kind(blocked.Mode))
	}
	info, err := r.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return tree.File{}, problem.Input("%s %w", path, errMissing)
	case err != nil:
		return tree.File{}, fmt.Errorf("%s: %w", path, problem.Cause(err))
	case !info.Mode().IsRegular():
		return tree.File{}, problem.Input("%s is %s, not a regular file", path, tree.Kind(info.Mode()))
	case info.Size() > limit:
		return tree.File{}, problem.Input("%s has %d bytes, more than %d", path, info.Size(), limit)
	}
	f, info, err := openSame(r, path, info)
	if err != nil {
		return tree.File{}, fmt.Errorf("read %s: %w", path, err)
	}
	defer f.Close()
	if look != nil {
		done, err := look(f, info)
		if err != nil {
			return tree.File{}, problem.Input("%s: %w", path, err)
		}
		if done {
			return tree.File{Path: path, Mode: info.Mode()}, nil
		}
	}
	data, err := readAll(f, info.Size(), limit)
	if err != nil {
		err = fmt.Errorf("read %s: %w", path, err)
	}
	return tree.File{Path: path, Mode: info.Mode(), Data: data}, err
}

// openSame opens what Lstat has just described, and nothing that took its place
// since.
func openSame(r *os.Root, name string, info fs.FileInfo) (*os.File, fs.FileInfo, error) {
	f, err := r.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, problem.Cause(err)
	}
	now, err := f.Stat()
	if err == nil && !os.SameFile(info, now) {
		err = errors.New("it was replaced while being read")
	}
	if err != nil {
		f.Close()
		return nil, nil, problem.Cause(err)
	}
	return f, now, nil
}

// ReadNear reads a small file that a project names relative to its root, and
// that may be beside it. No link is followed, and the way does not lead through
// the root of all files, because other machines' may be mounted there.
func ReadNear(root, name string) ([]byte, error) {
	if name = path.Clean(name); path.IsAbs(name) || filepath.VolumeName(name) != "" {
		return nil, problem.Input("%s is absolute", name)
	}
	for up := "../"; strings.HasPrefix(name, up); name = strings.TrimPrefix(name, up) {
		root = filepath.Dir(root)
	}
	if root == filepath.Dir(root) {
		return nil, problem.Input("%s is by way of %s", name, root)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", root, problem.Cause(err))
	}
	defer r.Close()
	f, err := readState(r, name, maxConfig, nil)
	return f.Data, err
}

// readFile reads a file as openSame opens it. It returns like where the bytes
// are the same; else it takes the file's size from room, if that is not nil.
func readFile(r *os.Root, name string, info fs.FileInfo, limit int64, like []byte, room *atomic.Int64) ([]byte, error) {
	f, now, err := openSame(r, name, info)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if now.Size() == int64(len(like)) {
		if same, _ := tree.Holds(f, like); same { // after an error it is read anew
			return like, nil
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, problem.Cause(err)
		}
	}
	if room != nil && room.Add(-now.Size()) < 0 {
		return nil, errSpent
	}
	return readAll(f, now.Size(), limit)
}

func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	// A buffer that grows holds twice as much, and one made to grow is cleared.
	data := bytes.NewBuffer(make([]byte, 0, min(size, limit)+bytes.MinRead))
	if _, err := data.ReadFrom(io.LimitReader(r, limit+1)); err != nil {
		return nil, problem.Cause(err)
	}
	if int64(data.Len()) > limit {
		return nil, problem.Input("it has more than %d bytes", limit)
	}
	return data.Bytes(), nil
}

var errMissing = errors.New("is missing")

// The commands that help where git left a merge half done.
const (
	takeOurs   = "git checkout --ours " + tree.BaseFile + " takes one side's base: either serves"
	takeLast   = "git checkout HEAD -- " + tree.BaseFile + " takes the last one committed; git log -- " + tree.BaseFile + " lists those before"
	findRule   = "if it never was committed, git check-ignore -v " + tree.BaseFile + " names the rule that keeps it out: change that where the project is whole, and commit it"
	takeConfig = "git checkout HEAD -- " + tree.ConfigFile + " takes the last one committed"
	takeFolder = "move it away; git checkout HEAD -- " + tree.StateFolder + " takes the last one committed"
	thenAgain  = "then scaffold regenerate, before you commit; what git merged already is adopted"
	thenAdopt  = "if no intact one is left: scaffold adopt makes it anew from scaffold.yaml and the pack"
)

// hintRepair adds what to do about a state that cannot be read: either about a
// merge, or where an intact base may be.
func hintRepair(root string, config []byte, configErr, baseErr error) error {
	err := errors.Join(configErr, baseErr)
	switch {
	case err == nil:
		return nil
	case bytes.Contains(config, []byte("<<<<<<< ")) || isMerging(root):
		return problem.WithHint(problem.WithHint(err, thenAgain), takeOurs)
	case len(bytes.TrimSpace(config)) == 0 && baseErr == nil:
		return problem.WithHint(err, takeConfig)
	case !problem.IsInput(baseErr), errors.Is(baseErr, errNewer):
		return err
	case errors.Is(baseErr, errPointer):
		return problem.WithHint(err, "git lfs pull fetches the file")
	}
	if configErr == nil {
		err = problem.WithHint(err, thenAdopt)
	}
	switch {
	case isAbove(root, ".git") && errors.Is(baseErr, errMissing):
		return problem.WithHint(problem.WithHint(err, findRule), "if it was committed: "+takeLast)
	case isAbove(root, ".git"):
		return problem.WithHint(err, takeLast)
	}
	return problem.WithHint(err, "a backup or another copy of the project may have an intact one")
}

// Merging reports whether git is in the middle of a merge of p, a rebase or the like. Of a
// stash that was in conflict only AUTO_MERGE tells.
func (p Project) Merging() bool { return isMerging(p.Root) }

// isMerging looks at names only, because a clone may bring a repository that runs
// programs. In a worktree and in a submodule .git is a file that says where they are.
func isMerging(root string) bool {
	for dir := root; ; dir = filepath.Dir(dir) {
		place := filepath.Join(dir, ".git")
		info, err := os.Lstat(place)
		if err != nil && dir != filepath.Dir(dir) {
			continue
		}
		if err == nil && info.Mode().IsRegular() && info.Size() < maxConfig {
			data, _ := os.ReadFile(place)
			if place = strings.TrimPrefix(strings.TrimSpace(string(data)), "gitdir: "); !filepath.IsAbs(place) {
				place = filepath.Join(dir, place)
			}
		}
		return slices.ContainsFunc([]string{"AUTO_MERGE", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"}, func(name string) bool {
			_, err := os.Lstat(filepath.Join(place, name))
			return err == nil
		})
	}
}

func isAbove(dir, name string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
