package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Caps of a folder in a repository, which a few objects can make as large as they
// like. What a pack may have is less, and package tree counts that.
const (
	maxEntries = 100_000
	maxNames   = 8 << 20  // bytes of all paths
	maxName    = 64 << 10 // bytes of one entry in git's list
	maxBlob    = 64 << 20
)

// What is read ahead with a file, because each git takes some milliseconds to
// start: the files after it, and those before it once there is none.
const (
	aheadBytes = 8 << 20
	aheadFiles = 2_000
)

var errNoFolder = errors.New("is no folder")

// objects is a folder of a commit as an [fs.FS], which reads git's objects and no
// checkout: no filter, no attribute, no link of the repository is followed. It
// ends with its context.
type objects struct {
	ctx    context.Context
	mirror mirror
	commit string
	dir    string

	list func() (submodules []string, err error) // once

	nodes map[string]*node
	order []*node // the files, sorted by path

	mu    sync.Mutex
	ahead [2]map[*node][]byte // what was read last, and before that
}

// A node is a file or folder. It is its own fs.FileInfo and fs.DirEntry.
type node struct {
	path  string
	mode  fs.FileMode
	size  int64
	hash  string
	at    int // in the order
	below []fs.DirEntry
}

func (n *node) Name() string               { return path.Base(n.path) }
func (n *node) Size() int64                { return n.size }
func (n *node) Mode() fs.FileMode          { return n.mode }
func (n *node) Type() fs.FileMode          { return n.mode.Type() }
func (n *node) ModTime() time.Time         { return time.Time{} }
func (n *node) IsDir() bool                { return n.mode.IsDir() }
func (n *node) Sys() any                   { return nil }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }

// newObjects returns a folder of a commit. Nothing is asked before it is used.
func newObjects(ctx context.Context, m mirror, commit, dir string) *objects {
	o := &objects{ctx: ctx, mirror: m, commit: commit, dir: dir}
	o.list = sync.OnceValues(o.readList)
	return o
}

// readList reads which files there are, and returns the folders that stand for
// other repositories.
func (o *objects) readList() (submodules []string, err error) {
	o.nodes = map[string]*node{".": {path: ".", mode: fs.ModeDir | 0o755}}
	args := []string{"ls-tree", "-r", "-z", "-l", "--full-tree", o.commit}
	if o.dir != "." {
		args = append(args, "--", o.dir)
	}
	names := 0
	err = o.mirror.ask(o.ctx, nil, func(out *bufio.Reader) error {
		return scanItems(out, func(item string) error {
			n, err := o.parse(item)
			names += len(item)
			switch {
			case err != nil:
				return err
			case len(o.order) == maxEntries:
				return fmt.Errorf("more than %d files", maxEntries)
			case names > maxNames:
				return fmt.Errorf("the paths of its files have more than %d MiB", maxNames>>20)
			case n.mode.IsDir():
				submodules = append(submodules, n.path)
				return nil
			}
			return o.add(n)
		})
	}, args...)
	if err == nil && len(o.order) == 0 && o.dir != "." {
		err = errNoFolder
	}
	for _, n := range o.nodes {
		slices.SortFunc(n.below, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	slices.SortFunc(o.order, func(a, b *node) int { return strings.Compare(a.path, b.path) })
	for i, n := range o.order {
		n.at = i
	}
	return submodules, damage(err)
}

func scanItems(out io.Reader, f func(item string) error) error {
	s := bufio.NewScanner(out)
	s.Buffer(nil, maxName)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if end := bytes.IndexByte(data, 0); end >= 0 {
			return end + 1, data[:end], nil
		}
		return 0, nil, nil
	})
	for s.Scan() {
		if err := f(s.Text()); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a path of more than %d KiB", maxName>>10)
	}
	return s.Err()
}

// parse reads a line of git ls-tree: mode, type, object and size, and after a tab
// the path. A folder that is listed is a submodule.
func (o *objects) parse(item string) (*node, error) {
	head, name, _ := strings.Cut(item, "\t")
	fields := strings.Fields(head)
	if len(fields) != 4 {
		return nil, fmt.Errorf("%w: git lists %q", errDamaged, item)
	}
	if o.dir != "." {
		below, ok := strings.CutPrefix(name, o.dir+"/")
		if !ok { // the folder is a file or a submodule
			return nil, errNoFolder
		}
		name = below
	}
	if !fs.ValidPath(name) || name == "." {
		return nil, fmt.Errorf("the path %q is none that can be written", name)
	}
	n := &node{path: name, hash: fields[2]}
	mode, err := strconv.ParseUint(fields[0], 8, 32)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: git lists %q", errDamaged, item)
	case mode&0o170000 == 0o160000:
		n.mode = fs.ModeDir
		return n, nil
	case mode&0o170000 == 0o120000:
		n.mode = fs.ModeSymlink | 0o777
	case mode&0o111 != 0:
		n.mode = 0o755
	default:
		n.mode = 0o644
	}
	if n.size, err = strconv.ParseInt(fields[3], 10, 64); err != nil { // git lacks the object
		return nil, fmt.Errorf("%w: the object of %q is missing", errDamaged, name)
	}
	return n, nil
}

// add puts a file into its folder, which it makes. Two of one name can be in a
// tree only where somebody made it by hand.
func (o *objects) add(n *node) error {
	if o.nodes[n.path] != nil {
		return fmt.Errorf("the path %q is there twice", n.path)
	}
	o.nodes[n.path] = n
	o.order = append(o.order, n)
	for child := n; ; {
		dir := path.Dir(child.path)
		parent := o.nodes[dir]
		if parent != nil && !parent.IsDir() {
			return fmt.Errorf("the path %q is a file and a folder", dir)
		}
		if parent != nil {
			parent.below = append(parent.below, child)
			return nil
		}
		parent = &node{path: dir, mode: fs.ModeDir | 0o755, below: []fs.DirEntry{child}}
		o.nodes[dir], child = parent, parent
	}
}

// find returns the node at a path.
func (o *objects) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if _, err := o.list(); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	n := o.nodes[name]
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

var errLink = errors.New("is a symbolic link, and none is followed")

// Open opens a file or folder, but no symbolic link.
func (o *objects) Open(name string) (fs.File, error) {
	n, err := o.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.IsDir():
		return &openFolderNode{node: n}, nil
	case n.mode&fs.ModeSymlink != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errLink}
	}
	return &openFile{objects: o, node: n}, nil
}

// Lstat describes what is at a path.
func (o *objects) Lstat(name string) (fs.FileInfo, error) {
	n, err := o.find("lstat", name)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// ReadLink returns where a symbolic link leads.
func (o *objects) ReadLink(name string) (string, error) {
	n, err := o.find("readlink", name)
	if err == nil && n.mode&fs.ModeSymlink == 0 {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	data, err := o.read(n)
	return string(data), err
}

// ReadFile returns the content of a file.
func (o *objects) ReadFile(name string) ([]byte, error) {
	f, err := o.Open(name)
	if err != nil {
		return nil, err
	}
	file, ok := f.(*openFile)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	data, err := o.read(file.node)
	return bytes.Clone(data), err
}

// read returns the content of a file, which nobody may change.
func (o *objects) read(n *node) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	data, ok := o.ahead[0][n]
	if !ok {
		data, ok = o.ahead[1][n]
	}
	var err error
	switch {
	case n.size > maxBlob:
		err = fmt.Errorf("has %d bytes, more than %d MiB", n.size, maxBlob>>20)
	case !ok:
		data, err = o.readAhead(n)
	}
	if err == nil && isPointer(data) {
		err = errors.New("is a pointer of Git LFS, and its content is not in the repository: a pack's files have to be")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: n.path, Err: err}
	}
	return data, nil
}

// isPointer reports whether a file stands for one that Git LFS keeps elsewhere.
func isPointer(data []byte) bool {
	return len(data) < 1024 && bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")) && bytes.Contains(data, []byte("\noid "))
}

// readAhead reads a file and some after it, and remembers them unless it is large.
func (o *objects) readAhead(n *node) ([]byte, error) {
	var wanted []*node
	var hashes strings.Builder
	total := int64(0)
	for _, next := range slices.Concat(o.order[n.at:], o.order[:n.at]) { // pack.yaml is the first read and not the first
		if next.size > maxBlob {
			continue
		}
		if total += next.size; len(wanted) > 0 && (total > aheadBytes || len(wanted) == aheadFiles) {
			break
		}
		wanted = append(wanted, next)
		hashes.WriteString(next.hash + "\n")
	}
	got := make(map[*node][]byte, len(wanted))
	err := o.mirror.ask(o.ctx, strings.NewReader(hashes.String()), func(out *bufio.Reader) error {
		for _, n := range wanted {
			data, err := readObject(out, n)
			if err != nil {
				return err
			}
			got[n] = data
		}
		return nil
	}, "cat-file", "--batch")
	if err = damage(err); errors.Is(err, errDamaged) {
		err = fmt.Errorf("%w; scaffold pack cache --clean removes it", err)
	}
	if err == nil && n.size <= aheadBytes {
		o.ahead[0], o.ahead[1] = got, o.ahead[0]
	}
	return got[n], err
}

// readObject reads one answer of git cat-file: a line of object, type and size,
// the bytes, and a line's end.
func readObject(out *bufio.Reader, n *node) ([]byte, error) {
	line, err := out.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != fmt.Sprintf("%s blob %d", n.hash, n.size) {
		return nil, fmt.Errorf("%w: the object of %q is missing", errDamaged, n.path)
	}
	data := make([]byte, n.size+1)
	if _, err := io.ReadFull(out, data); err != nil {
		return nil, fmt.Errorf("%w: the object of %q ends early", errDamaged, n.path)
	}
	return data[:n.size:n.size], nil
}

// An openFile is read whole at the first byte, so that looking at a file costs
// nothing.
type openFile struct {
	objects *objects
	*node
	rest *bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Close() error               { return nil }

func (f *openFile) Read(p []byte) (int, error) {
	if f.rest == nil {
		data, err := f.objects.read(f.node)
		if err != nil {
			return 0, err
		}
		f.rest = bytes.NewReader(data)
	}
	return f.rest.Read(p)
}

type openFolderNode struct {
	*node
	seen int
}

func (f *openFolderNode) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFolderNode) Close() error               { return nil }

func (f *openFolderNode) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.path, Err: errors.New("is a folder")}
}

func (f *openFolderNode) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := f.below[f.seen:]
	if n > 0 {
		if len(rest) == 0 {
			return nil, io.EOF
		}
		rest = rest[:min(n, len(rest))]
	}
	f.seen += len(rest)
	return slices.Clone(rest), nil
}
