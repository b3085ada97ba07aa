package apply

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"scaffold/generator/index"
	"scaffold/generator/lock"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// A disk is a folder and what can be done below it. Every write of this package
// goes through one, so that tests can put a failing disk in its place.
//
// Paths are slash-separated, clean and relative. Nothing follows a symbolic
// link, neither at the end of a path nor on the way to it.
type disk interface {
	stat(path string) (entry, error)
	list(folder string) ([]string, error)
	open(path string) (io.ReadCloser, error) // a regular file, to read
	create(path string, perm fs.FileMode) (file, error)
	mkdir(path string, perm fs.FileMode) error
	remove(path string) error     // anything but a folder
	rmdir(folder string) error    // fs.ErrExist where it is not empty
	rename(from, to string) error // never replaces: fs.ErrExist
	exchange(a, b string) error   // errNoExchange where there is none
	sync(folder string) error     // makes its names last

	// copyAttributes gives a file that is being written what the one at path has
	// beyond bytes and mode, and names what it could not.
	copyAttributes(path string, to file) (lost []string, err error)
	lock(path, text string) (io.Closer, error)
	close() error
}

type file interface { // that is being written
	io.Writer
	Chmod(fs.FileMode) error
	Stat() (fs.FileInfo, error)
	Sync() error
	Close() error
}

// An entry is what stands at a path.
type entry struct {
	mode fs.FileMode
	id   uint64 // tells files apart on one volume; 0 where there is none
	uid  int    // of the owner
	seen index.Stat
}

var errNoExchange = errors.New("names cannot be exchanged")

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func ignoreMissing(err error) error {
	if err != nil && isMissing(err) {
		return nil
	}
	return err
}

// isTaken reports whether err says that a name is taken, or that something on the
// way to it is no folder.
func isTaken(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// ignoreModeless drops the error of a volume that keeps no modes, because who made
// a file may set them on any other.
func ignoreModeless(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

func pathError(op, name string, err error) error {
	if err == nil || errors.As(err, new(*fs.PathError)) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// errUnchanged ends what is said of a run that left the project as it was.
var errUnchanged = errors.New("nothing was changed")

func notFolderError(name string, mode fs.FileMode) error {
	return problem.Input("%s is %s, not a folder; %w", name, tree.Kind(mode), errUnchanged)
}

// A content is a file's bytes and mode, as far as they matter.
type content struct {
	Sum  string      `json:"sha256"` // "" where it is no regular file
	Mode fs.FileMode `json:"mode"`   // permission bits
	id   uint64      // of the file, where it was looked at
	seen index.Stat  // where the plan has not read it: what the system said of it before it was looked at

	modeless bool // the disk's executable bit says nothing
}

// is reports whether c and o are one state of a file: the same bytes and the same
// executable bit, or both nothing.
func (c *content) is(o *content) bool {
	if c == nil || o == nil {
		return c == o
	}
	return c.Sum == o.Sum && (c.modeless || o.modeless || tree.Executable(c.Mode) == tree.Executable(o.Mode))
}

// look returns what is at path: nil for nothing, and a link where one is on the
// way. What is no regular file gets no sum, so that it is like no content of ours.
func look(d disk, path string) (*content, error) { return lookBy(d, path, tree.Sum) }

// lookExpecting is look for a file that is at hand with the sum of its bytes,
// because to compare takes less time than to hash. Other bytes get no sum, or
// their own.
func lookExpecting(d disk, path string, want tree.File, sum string) (*content, error) {
	if want.IsUnread() {
		return look(d, path)
	}
	return lookBy(d, path, func(r io.Reader) (string, error) {
		if same, err := tree.Holds(r, want.Data); !same {
			return "", err
		}
		return sum, nil
	})
}

// lookBy is look with a sum of the bytes of a regular file.
func lookBy(d disk, path string, sum func(io.Reader) (string, error)) (*content, error) {
	e, err := d.stat(path)
	switch {
	case err != nil && isMissing(err):
		return nil, nil
	case errors.Is(err, syscall.ELOOP):
		return &content{Mode: fs.ModeSymlink}, nil
	case err != nil:
		return nil, err
	case !e.mode.IsRegular():
		return &content{Mode: e.mode, id: e.id}, nil
	}
	r, err := d.open(path)
	if err != nil {
		return nil, ignoreMissing(err) // it went, or the system remembered a name in another case too long
	}
	defer r.Close()
	c := &content{Mode: e.mode.Perm(), id: e.id}
	if c.Sum, err = sum(r); err != nil {
		return nil, err
	}
	return c, nil
}

func readAll(d disk, path string, limit int64) ([]byte, error) {
	r, err := d.open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: is larger than %d bytes", path, limit)
	}
	return data, err
}

// readIndex returns the index that is on the disk, or nil.
func readIndex(d disk) *index.Index {
	e, err := d.stat(index.File)
	if err != nil || !e.mode.IsRegular() {
		return nil
	}
	data, err := readAll(d, index.File, index.Most)
	if err != nil {
		return nil
	}
	return index.Decode(data, time.Unix(0, e.seen.Modified))
}

// writeIndex puts an index in the place of the one that is there, if that can be done.
func writeIndex(d disk, name string, x *index.Index) {
	draft := name + ".new"
	if ignoreMissing(d.remove(draft)) != nil {
		return
	}
	f, err := d.create(draft, 0o666)
	if err != nil {
		return
	}
	_, err = f.Write(x.Encode())
	if errors.Join(err, f.Close()) == nil {
		_ = exchangeOrRename(d, draft, name)
	}
	_ = d.remove(draft)
}

func exchangeOrRename(d disk, staged, name string) error {
	e, err := d.stat(name)
	switch {
	case isMissing(err):
		return d.rename(staged, name)
	case err == nil && !e.mode.IsRegular():
		return fmt.Errorf("is %s", tree.Kind(e.mode))
	case err != nil:
		return err
	}
	if err = d.exchange(staged, name); errors.Is(err, errNoExchange) {
		if err = d.remove(name); err == nil {
			err = d.rename(staged, name)
		}
	}
	return err
}

// What copyAttributes may say it has lost, besides the owner and extended
// attributes.
const (
	lostGroup = "group"
	lostList  = "access control list"
)

// A creation is a file to be written. One that takes the place of the file at like
// gets its attributes, and perm to the bit; another obeys the umask.
type creation struct {
	path  string
	bytes tree.File
	perm  fs.FileMode
	like  string // "" for none
	shown string // its path in messages; "" for the disk's

	file file        // while it is open
	sum  string      // of what was written, where that is not held; else ""
	made fs.FileMode // what the volume made of perm
	seen index.Stat  // what the system said of the file when it was written
	lost []string    // what it could not get from like
}

// write leaves the file open for finish, unless it fails.
func (c *creation) write(d disk) error {
	first := c.perm
	if c.like != "" {
		first = 0o600 // until it belongs to whom that does
	}
	f, err := d.create(c.path, first)
	if err != nil {
		return c.explain(err)
	}
	c.sum, err = writeBytes(f, c.bytes)
	if err == nil && c.like != "" {
		if c.lost, err = d.copyAttributes(c.like, f); err == nil {
			err = ignoreModeless(f.Chmod(narrowGroup(c.perm, c.lost)))
		}
	}
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil {
			c.file, c.made, c.seen = f, info.Mode().Perm(), index.StatOf(info)
			startWriting(f)
			return nil
		}
	}
	return c.explain(errors.Join(err, f.Close()))
}

// writeBytes writes what is held in one piece, and what is made in few, which it sums.
func writeBytes(w io.Writer, f tree.File) (sum string, err error) {
	if f.Unheld == nil {
		return "", f.Write(w)
	}
	h := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(w, h), 256<<10)
	err = errors.Join(f.Write(buffered), buffered.Flush())
	return hex.EncodeToString(h.Sum(nil)), err
}

// finish waits until the bytes are on the disk, unless err says that something
// failed before, and closes the file.
func (c *creation) finish(err error) error {
	if c.file == nil {
		return err
	}
	if err == nil {
		err = c.explain(c.file.Sync())
	}
	return errors.Join(err, c.explain(c.file.Close()))
}

func (c *creation) explain(err error) error {
	if err == nil || c.shown == "" {
		return err
	}
	return fmt.Errorf("write %s: %w", c.shown, problem.Cause(err))
}

// create writes a file and waits until its bytes are on the disk.
func create(d disk, path string, data []byte, perm fs.FileMode, like string) (made fs.FileMode, lost []string, err error) {
	c := creation{path: path, bytes: tree.File{Data: data}, perm: perm, like: like}
	err = c.finish(c.write(d))
	return c.made, c.lost, err
}

// narrowGroup takes from the group what others may not do, where the bits would
// mean another group, or the members of a list that is no longer there.
func narrowGroup(perm fs.FileMode, lost []string) fs.FileMode {
	if slices.Contains(lost, lostGroup) || slices.Contains(lost, lostList) {
		return perm&^0o070 | perm&(perm&0o007<<3)
	}
	return perm
}

// removeAll removes what is at path and below, and is content if nothing is. It
// first tries to remove a folder as an empty one, because that takes neither a
// descriptor nor the right to read it.
func removeAll(d disk, name string) error {
	e, err := d.stat(name)
	if err != nil {
		return ignoreMissing(err)
	}
	if !e.mode.IsDir() {
		return ignoreMissing(d.remove(name))
	}
	if err := d.rmdir(name); err == nil || isMissing(err) {
		return nil
	}
	names, err := d.list(name)
	if err != nil {
		return ignoreMissing(err)
	}
	for _, n := range names {
		if err := removeAll(d, path.Join(name, n)); err != nil {
			return err
		}
	}
	return ignoreMissing(d.rmdir(name))
}

func exists(d disk, path string) (bool, error) {
	_, err := d.stat(path)
	return err == nil, ignoreMissing(err)
}

func ignoresCase(d disk) bool {
	other := strings.ToUpper(tree.StateFolder)
	names, err := d.list(".")
	if err != nil || slices.Contains(names, other) {
		return false
	}
	there, err := exists(d, other)
	return err == nil && there
}

// takeLock locks an open file and writes text into it, for whoever finds it locked.
// It closes the file on any error.
func takeLock(f *os.File, text string) (io.Closer, error) {
	err := lock.Try(f)
	if err == nil || errors.Is(err, errors.ErrUnsupported) { // to go without a lock is better than not at all
		if err = f.Truncate(0); err == nil {
			_, err = f.WriteAt([]byte(text), 0)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
