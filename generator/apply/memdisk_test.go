package apply

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"scaffold/generator/lock"
)

// A memDisk is a disk in memory that knows what a power cut would leave. A file
// keeps what was synced. Names are changed by a log of steps, each of them whole
// or not at all; syncing a folder makes its steps last, and those before them
// that touch the same names. Nothing else orders them.
type memDisk struct {
	mu         sync.Mutex
	root       *memNode
	lasting    map[*memNode]map[string]*memNode // folders as a power cut would leave them
	log        []step
	next       uint64
	held       bool
	noExchange bool
	noFlags    bool     // rename replaces: see flagless
	mounts     []string // folders on another volume
	noModes    bool     // every file reads 0777
	noCase     bool     // names that differ by case only are one
}

type memNode struct {
	id      uint64
	mode    fs.FileMode
	data    []byte
	entries map[string]*memNode
	synced  *memNode // mode and data as last synced; nil for an empty file
}

type step []name

type name struct {
	dir  *memNode
	base string
	to   *memNode // nil for nothing
}

func newMemDisk() *memDisk {
	m := &memDisk{lasting: make(map[*memNode]map[string]*memNode)}
	m.root = m.node(fs.ModeDir | 0o755)
	return m
}

func (m *memDisk) node(mode fs.FileMode) *memNode {
	m.next++
	n := &memNode{id: m.next, mode: mode}
	if mode.IsDir() {
		n.entries = make(map[string]*memNode)
	}
	return n
}

func memError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// find returns what is at name.
func (m *memDisk) find(name string) (*memNode, error) {
	n := m.root
	if name == "." {
		return n, nil
	}
	for element := range strings.SplitSeq(name, "/") {
		if n.mode&fs.ModeSymlink != 0 {
			return nil, syscall.ELOOP
		}
		if !n.mode.IsDir() {
			return nil, syscall.ENOTDIR
		}
		if n = n.entries[m.spelled(n, element)]; n == nil {
			return nil, syscall.ENOENT
		}
	}
	return n, nil
}

// spelled returns how a folder spells a name.
func (m *memDisk) spelled(dir *memNode, base string) string {
	if m.noCase && dir.entries[base] == nil {
		for have := range dir.entries {
			if strings.EqualFold(have, base) {
				return have
			}
		}
	}
	return base
}

// do applies a step now, and notes it for later.
func (m *memDisk) do(s step) {
	for _, n := range s {
		set(n.dir.entries, n.base, n.to)
	}
	m.log = append(m.log, s)
}

func set(entries map[string]*memNode, base string, to *memNode) {
	if to == nil {
		delete(entries, base)
		return
	}
	entries[base] = to
}

// at returns the folder of name, and what is there or nil.
func (m *memDisk) at(file string) (name, error) {
	dir, err := m.find(path.Dir(file))
	switch {
	case err == nil && dir.mode&fs.ModeSymlink != 0:
		err = syscall.ELOOP
	case err == nil && !dir.mode.IsDir():
		err = syscall.ENOTDIR
	}
	if err != nil {
		return name{}, err
	}
	base := m.spelled(dir, path.Base(file))
	return name{dir, base, dir.entries[base]}, nil
}

func (m *memDisk) change(op, file string, f func(name) (step, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.at(file)
	if err == nil {
		var s step
		if s, err = f(n); err == nil {
			m.do(s)
			return nil
		}
	}
	return memError(op, file, err)
}

func (m *memDisk) stat(name string) (entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(name)
	if err != nil {
		return entry{}, memError("stat", name, err)
	}
	return entry{mode: m.modeOf(n), id: n.id}, nil
}

func (m *memDisk) modeOf(n *memNode) fs.FileMode {
	if m.noModes {
		return n.mode | fs.ModePerm
	}
	return n.mode
}

func (m *memDisk) list(folder string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(folder)
	if err != nil {
		return nil, memError("list", folder, err)
	}
	return slices.Sorted(maps.Keys(n.entries)), nil
}

func (m *memDisk) open(name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := m.find(name)
	if err == nil && !n.mode.IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		return nil, memError("open", name, err)
	}
	return io.NopCloser(bytes.NewReader(slices.Clone(n.data))), nil
}

const memUmask = 0o022

func (m *memDisk) create(name string, perm fs.FileMode) (file, error) {
	made := m.node(perm &^ memUmask)
	return &memFile{m, made}, m.add("create", name, made)
}

func (m *memDisk) mkdir(name string, perm fs.FileMode) error {
	return m.add("mkdir", name, m.node(fs.ModeDir|perm&^memUmask))
}

func (m *memDisk) add(op, file string, made *memNode) error {
	return m.change(op, file, func(n name) (step, error) {
		if n.to != nil {
			return nil, syscall.EEXIST
		}
		return step{{n.dir, n.base, made}}, nil
	})
}

func (m *memDisk) remove(file string) error {
	return m.change("remove", file, func(n name) (step, error) {
		switch {
		case n.to == nil:
			return nil, syscall.ENOENT
		case n.to.mode.IsDir():
			return nil, syscall.EISDIR
		}
		return step{{n.dir, n.base, nil}}, nil
	})
}

func (m *memDisk) rmdir(file string) error {
	return m.change("rmdir", file, func(n name) (step, error) {
		switch {
		case n.to == nil:
			return nil, syscall.ENOENT
		case !n.to.mode.IsDir():
			return nil, syscall.ENOTDIR
		case len(n.to.entries) > 0:
			return nil, syscall.ENOTEMPTY
		case slices.Contains(m.mounts, file):
			return nil, syscall.EBUSY
		}
		return step{{n.dir, n.base, nil}}, nil
	})
}

func (m *memDisk) rename(from, to string) error {
	return m.change("rename", from, func(a name) (step, error) {
		b, err := m.at(to)
		switch {
		case err != nil:
			return nil, err
		case a.to == nil:
			return nil, syscall.ENOENT
		case b.to != nil:
			return nil, syscall.EEXIST
		case m.mount(path.Dir(from)) != m.mount(path.Dir(to)):
			return nil, syscall.EXDEV
		}
		return step{{a.dir, a.base, nil}, {b.dir, b.base, a.to}}, nil
	})
}

func (m *memDisk) exchange(from, to string) error {
	if m.noExchange {
		return errNoExchange
	}
	return m.change("exchange", from, func(a name) (step, error) {
		b, err := m.at(to)
		switch {
		case err != nil:
			return nil, err
		case a.to == nil || b.to == nil:
			return nil, syscall.ENOENT
		case m.mount(path.Dir(from)) != m.mount(path.Dir(to)):
			return nil, syscall.EXDEV
		}
		return step{{a.dir, a.base, b.to}, {b.dir, b.base, a.to}}, nil
	})
}

func (m *memDisk) mount(folder string) string {
	for _, mount := range m.mounts {
		if folder == mount || strings.HasPrefix(folder, mount+"/") {
			return mount
		}
	}
	return ""
}

// link gives a file a second name: half of a rename where that knows no flags.
func (m *memDisk) link(from, to string) error {
	return m.change("link", to, func(b name) (step, error) {
		a, err := m.at(from)
		switch {
		case err != nil:
			return nil, err
		case a.to == nil:
			return nil, syscall.ENOENT
		case b.to != nil:
			return nil, syscall.EEXIST
		case a.to.mode.IsDir():
			return nil, syscall.EPERM
		case m.mount(path.Dir(from)) != m.mount(path.Dir(to)):
			return nil, syscall.EXDEV
		}
		return step{{b.dir, b.base, a.to}}, nil
	})
}

func (m *memDisk) copyAttributes(path string, to file) ([]string, error) {
	_, err := m.stat(path)
	return nil, err
}

func (m *memDisk) sync(folder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, err := m.find(folder)
	if err != nil {
		return memError("sync", folder, err)
	}
	m.persist(func(n name) bool { return n.dir == dir })
	return nil
}

// persist makes all steps last that touch a name which must, and the steps
// before that these build on.
func (m *memDisk) persist(must func(name) bool) {
	keys := make(map[name]bool)
	needed := make([]bool, len(m.log))
	for i, s := range slices.Backward(m.log) {
		needed[i] = slices.ContainsFunc(s, func(n name) bool { return must(n) || keys[name{n.dir, n.base, nil}] })
		for _, n := range s {
			if needed[i] {
				keys[name{n.dir, n.base, nil}] = true
			}
		}
	}
	var rest []step
	for i, s := range m.log {
		if !needed[i] {
			rest = append(rest, s)
			continue
		}
		for _, n := range s {
			setName(m.lasting, n)
		}
	}
	m.log = rest
}

func (m *memDisk) lock(file, text string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held {
		return nil, lock.ErrHeld
	}
	n, err := m.at(file)
	if err != nil {
		return nil, err
	}
	if n.to == nil {
		n.to = m.node(0o644)
		m.do(step{n})
	}
	n.to.data = []byte(text)
	m.held = true
	return closer(func() { m.held = false }), nil
}

type closer func()

func (c closer) Close() error { c(); return nil }

func (m *memDisk) close() error { return nil }

type memFile struct {
	disk *memDisk
	node *memNode
}

func (f *memFile) locked(do func(*memNode)) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	do(f.node)
	return nil
}

func (f *memFile) Write(p []byte) (int, error) {
	return len(p), f.locked(func(n *memNode) { n.data = append(n.data, p...) })
}

func (f *memFile) Chmod(mode fs.FileMode) error { return f.locked(func(n *memNode) { n.mode = mode }) }

func (f *memFile) Stat() (info fs.FileInfo, err error) {
	return info, f.locked(func(n *memNode) { info = memInfo{mode: f.disk.modeOf(n)} })
}

type memInfo struct {
	fs.FileInfo
	mode fs.FileMode
}

func (i memInfo) Mode() fs.FileMode { return i.mode }
func (i memInfo) Sys() any          { return nil }

func (f *memFile) Sync() error {
	return f.locked(func(n *memNode) { n.synced = &memNode{mode: n.mode, data: slices.Clone(n.data)} })
}

func (f *memFile) Close() error { return nil }

// A loss says what becomes of what was not synced.
type loss func() bool // reports whether the next piece survives

func keepAll() bool { return true }
func dropAll() bool { return false }

func random(seed int64) loss {
	r := rand.New(rand.NewSource(seed))
	return func() bool { return r.Intn(2) == 0 }
}

// cut returns the disk as it is after a power cut: unsynced steps survive as the
// loss says, but none without those it builds on; so do bytes.
func (m *memDisk) cut(survives loss) *memDisk {
	lasting := make(map[*memNode]map[string]*memNode)
	for dir, entries := range m.lasting {
		lasting[dir] = maps.Clone(entries)
	}
	lost := make(map[name]bool)
	for _, s := range m.log {
		gone := !survives() || slices.ContainsFunc(s, func(n name) bool { return lost[name{n.dir, n.base, nil}] })
		for _, n := range s {
			if gone {
				lost[name{n.dir, n.base, nil}] = true
				continue
			}
			setName(lasting, n)
		}
	}
	after := newMemDisk()
	m.alike(after)
	after.next = m.next + 1000
	after.root = remains(m.root, lasting, survives)
	after.syncAll()
	return after
}

func setName(lasting map[*memNode]map[string]*memNode, n name) {
	if lasting[n.dir] == nil {
		lasting[n.dir] = make(map[string]*memNode)
	}
	set(lasting[n.dir], n.base, n.to)
}

func remains(n *memNode, lasting map[*memNode]map[string]*memNode, survives loss) *memNode {
	c := &memNode{id: n.id, mode: n.mode, data: n.data}
	if n.mode.IsDir() {
		c.entries = make(map[string]*memNode)
		for _, base := range slices.Sorted(maps.Keys(lasting[n])) {
			c.entries[base] = remains(lasting[n][base], lasting, survives)
		}
		return c
	}
	if n.synced == nil || !bytes.Equal(n.synced.data, n.data) || n.synced.mode != n.mode {
		if !survives() {
			c.data = nil
			if n.synced != nil {
				c.data, c.mode = n.synced.data, n.synced.mode
			}
		}
	}
	return c
}

// syncAll makes everything last as it is.
func (m *memDisk) syncAll() {
	m.log, m.lasting = nil, make(map[*memNode]map[string]*memNode)
	var walk func(*memNode)
	walk = func(n *memNode) {
		if n.mode.IsDir() {
			m.lasting[n] = maps.Clone(n.entries)
			for _, child := range n.entries {
				walk(child)
			}
			return
		}
		n.synced = &memNode{mode: n.mode, data: slices.Clone(n.data)}
	}
	walk(m.root)
}

// alike makes c the kind of disk that m is.
func (m *memDisk) alike(c *memDisk) {
	c.noExchange, c.noFlags, c.mounts, c.noModes, c.noCase = m.noExchange, m.noFlags, m.mounts, m.noModes, m.noCase
}

// clone returns a copy on which everything lasts.
func (m *memDisk) clone() *memDisk {
	c := &memDisk{root: copyNode(m.root), next: m.next}
	m.alike(c)
	c.syncAll()
	return c
}

func copyNode(n *memNode) *memNode {
	c := &memNode{id: n.id, mode: n.mode, data: slices.Clone(n.data)}
	if n.entries != nil {
		c.entries = make(map[string]*memNode)
		for base, child := range n.entries {
			c.entries[base] = copyNode(child)
		}
	}
	return c
}
