package apply

import (
	"context"
	"sync"
	"sync/atomic"
)

// syncers is how many files are written and synced at a time: few, for the sake
// of low descriptor limits: sixteen will do.
const syncers = 2

// each calls f for 0 to n-1, several at once unless serial: whatever waits for
// the disk can wait together. It returns the first error it meets, since a full
// disk fails them all, or why the context ended.
func each(ctx context.Context, serial bool, n int, f func(int) error) error {
	workers := syncers
	if serial {
		workers = 1
	}
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	do := func() {
		for i := next.Add(1) - 1; i < int64(n) && work.Err() == nil; i = next.Add(1) - 1 {
			err := context.Cause(ctx)
			if err == nil {
				err = f(int(i))
			}
			if err != nil {
				stop(err)
			}
		}
	}
	var others sync.WaitGroup
	for range min(workers, n) - 1 {
		others.Go(do)
	}
	do() // serially, on the goroutine that calls
	others.Wait()
	return context.Cause(work)
}
