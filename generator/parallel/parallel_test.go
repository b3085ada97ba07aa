package parallel

import (
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, workers, 1000} {
		calls := make([]atomic.Int64, n)
		var most, now atomic.Int64
		Each(n, func(i int) {
			if at := now.Add(1); at > most.Load() {
				most.Store(at)
			}
			calls[i].Add(1)
			now.Add(-1)
		})
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("of %d: %d was done %d times", n, i, got)
			}
		}
		if most.Load() > workers {
			t.Errorf("of %d: %d at a time", n, most.Load())
		}
	}
}
