// Package parallel does many small things side by side. It has no errors and no
// way to stop: who needs either keeps them in what it does.
package parallel

import (
	"sync"
	"sync/atomic"
)

// workers is how many things are done at a time: few, for the sake of low limits
// on open files.
const workers = 4

// Each calls f for 0 to n-1, begun in this order, and returns when all are done.
func Each(n int, f func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	var others sync.WaitGroup
	for range min(workers, n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
