package apply

import (
	"bytes"
	"maps"
	"math/rand"
	"slices"
)

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
			settleName(lasting, n)
		}
	}
	after := newMemDisk()
	m.alike(after)
	after.next = m.next + 1000
	after.root = remains(m.root, lasting, survives)
	after.settle()
	return after
}

func settleName(lasting map[*memNode]map[string]*memNode, n name) {
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

// settle makes everything last as it is.
func (m *memDisk) settle() {
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
	c.settle()
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
