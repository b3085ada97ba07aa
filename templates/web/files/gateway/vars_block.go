package gateway

import "sync"

const (
	blockSize = 16 << 10 // bytes of answer that are collected before they are sent
	frameRoom = 8        // bytes free at the start of a block, for a transport's framing
	tailRoom  = 64       // and at its end
)

// A block is a pooled piece of an answer.
type block []byte

var blocks = sync.Pool{New: func() any {
	b := make(block, 0, blockSize+tailRoom)
	return &b
}}

// newBlock returns an empty block: only the room for framing is in it.
func newBlock() *block {
	b := blocks.Get().(*block)
	*b = (*b)[:frameRoom]
	return b
}

// free gives b back, unless its size is unusual.
func (b *block) free() {
	if b != nil && cap(*b) >= blockSize && cap(*b) <= 2*blockSize {
		blocks.Put(b)
	}
}

func (b *block) reset() { *b = (*b)[:frameRoom] }

// text is what has been written; a block is nil until then.
func (b *block) text() []byte {
	if b == nil {
		return nil
	}
	return (*b)[frameRoom:]
}

func (b *block) Write(p []byte) (int, error) {
	*b = append(*b, p...)
	return len(p), nil
}

func (b *block) WriteString(s string) (int, error) {
	*b = append(*b, s...)
	return len(s), nil
}
