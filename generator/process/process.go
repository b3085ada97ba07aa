// Package process is what programs that are started have in common: they end with
// what started them, and the end of what they say is kept.
package process

import "sync"

// A Tail keeps the end of what a program says. The zero value is useful.
type Tail struct {
	mu    sync.Mutex
	data  []byte
	heard func() // is called when it says something, or nil
}

const maxTail = 16 << 10

func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - maxTail; over > 0 {
		t.data = t.data[over:]
	}
	if t.heard != nil {
		t.heard()
	}
	return len(p), nil
}

// Hear has a function called whenever the program says something.
func (t *Tail) Hear(heard func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = heard
}

// String returns what was kept.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.data)
}
