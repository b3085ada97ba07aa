package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

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

// A file is one that is being written.
type file interface {
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
}

// isPrivate reports whether only scaffold writes at a path.
func isPrivate(name string) bool {
	return strings.HasPrefix(name, tree.StateFolder+"/") && !slices.Contains(stateFiles, name)
}

// errNoExchange says that a file system cannot exchange two names.
var errNoExchange = errors.New("names cannot be exchanged")

// errHeld says that another process holds a lock.
var errHeld = errors.New("is locked by another run")

// notThere reports whether err says that nothing is at a path.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// inTheWay reports whether err says that a name is taken, or that something on
// the way to it is no folder.
func inTheWay(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// A content is a file's bytes and mode, as far as they matter.
type content struct {
	Sum  string      `json:"sha256"`
	Mode fs.FileMode `json:"mode"` // permission bits
	id   uint64      // of the file, where it was looked at

	modeless bool // the disk's executable bit says nothing
}

func executable(mode fs.FileMode) bool { return mode&0o100 != 0 }

// is reports whether a and b are one state of a file: the same bytes and the
// same executable bit. Neither may be another kind of file.
func (c *content) is(o *content) bool {
	if c == nil || o == nil {
		return c == o
	}
	return c.Sum == o.Sum && (c.modeless || o.modeless || executable(c.Mode) == executable(o.Mode))
}

// buffers are for looking at one file after the other: a plan may have thousands.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// look returns what is at path: nil for nothing. Anything that is no regular
// file has no sum, and so is like no content that we know. A link on the way is
// taken for what stands there.
func look(d disk, path string) (*content, error) {
	h := sha256.New()
	c, err := copyOf(d, path, h)
	if c != nil && c.Mode.IsRegular() {
		c.Sum = hex.EncodeToString(h.Sum(nil))
	}
	return c, err
}

// lookAgain is look, where the bytes that should be there are at hand with their
// sum: to compare them takes less time than to hash. Other bytes get no sum.
func lookAgain(d disk, path string, want []byte, sum string) (*content, error) {
	if want == nil {
		return look(d, path)
	}
	same := comparison{want: want}
	c, err := copyOf(d, path, &same)
	if c != nil && c.Mode.IsRegular() && same.is() {
		c.Sum = sum
	}
	return c, err
}

// copyOf is look without the sum: it copies the bytes of a regular file to w.
func copyOf(d disk, path string, w io.Writer) (*content, error) {
	e, err := d.stat(path)
	switch {
	case err != nil && notThere(err):
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
		return nil, ignoreMissing(err) // it went, or a name in another case was remembered too long
	}
	defer r.Close()
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	if _, err := io.CopyBuffer(w, struct{ io.Reader }{r}, buffer[:]); err != nil { // the struct hides WriteTo, which would not use it
		return nil, err
	}
	return &content{Mode: e.mode.Perm(), id: e.id}, nil
}

// A comparison is of bytes as they come with those that are wanted.
type comparison struct {
	want   []byte
	differ bool
}

func (c *comparison) Write(p []byte) (int, error) {
	n := min(len(p), len(c.want))
	c.differ = c.differ || n < len(p) || !bytes.Equal(p, c.want[:n])
	c.want = c.want[n:]
	return len(p), nil
}

func (c *comparison) is() bool { return !c.differ && len(c.want) == 0 }

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

// create writes a file and waits until its bytes are on the disk. It returns the
// mode that the volume made of perm. A file that takes the place of the one at
// like gets its mode to the bit and what else that has; a new one obeys the umask.
func create(d disk, path string, data []byte, perm fs.FileMode, like string) (made fs.FileMode, lost []string, err error) {
	first := perm
	if like != "" {
		first = 0o600
	}
	f, err := d.create(path, first)
	if err != nil {
		return 0, nil, err
	}
	_, err = f.Write(data)
	if err == nil && like != "" {
		if lost, err = d.copyAttributes(like, f); err == nil {
			err = ignoreModeless(f.Chmod(narrow(perm, lost)))
		}
	}
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil {
			made = info.Mode().Perm()
			err = f.Sync()
		}
	}
	return made, lost, errors.Join(err, f.Close())
}

// What copyAttributes may name, besides the owner and extended attributes.
const (
	lostGroup = "group"
	lostList  = "access control list"
)

// narrow takes from the group what others may not do, where the bits would mean
// another group, or the members of a list that is no longer there.
func narrow(perm fs.FileMode, lost []string) fs.FileMode {
	if slices.Contains(lost, lostGroup) || slices.Contains(lost, lostList) {
		return perm&^0o070 | perm&(perm&0o007<<3)
	}
	return perm
}

// ignoreModeless drops the error of a volume that keeps no modes: whoever made a
// file may set them.
func ignoreModeless(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// removeAll removes what is at path and below, and is content if nothing is. An
// empty folder takes neither a descriptor nor the right to read it.
func removeAll(d disk, name string) error {
	e, err := d.stat(name)
	if err != nil {
		return ignoreMissing(err)
	}
	if !e.mode.IsDir() {
		return ignoreMissing(d.remove(name))
	}
	if err := d.rmdir(name); err == nil || notThere(err) {
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

func ignoreMissing(err error) error {
	if err != nil && notThere(err) {
		return nil
	}
	return err
}

// exists reports whether anything is at path.
func exists(d disk, path string) (bool, error) {
	_, err := d.stat(path)
	return err == nil, ignoreMissing(err)
}

func pathError(op, name string, err error) error {
	if err == nil || errors.As(err, new(*fs.PathError)) {
		return err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
