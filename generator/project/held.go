package project

import (
	"io/fs"
	"sync"

	"scaffold/generator/index"
)

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
