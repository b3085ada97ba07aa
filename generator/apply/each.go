package apply

import (
	"context"
	"sync"
)

// syncers is how many files are written and synced at a time: few, for the sake
// of low descriptor limits: sixteen will do.
const syncers = 2

// each calls f for 0 to n-1, several at once unless serial: whatever waits for
// the disk can wait together. It returns the first error it meets, since a full
// disk fails them all, or why the context ended.
func each(ctx context.Context, serial bool, n int, f func(int) error) error {
	if serial {
		return inTurn(ctx, n, f)
	}
	var workers sync.WaitGroup
	var once sync.Once
	var failed error
	work, stop := make(chan int), make(chan struct{})
	for range min(syncers, n) {
		workers.Go(func() {
			for i := range work {
				if err := f(i); err != nil {
					once.Do(func() { failed = err; close(stop) })
				}
			}
		})
	}
	err := inTurn(ctx, n, func(i int) error {
		select {
		case work <- i:
		case <-stop:
		}
		return nil
	})
	close(work)
	workers.Wait()
	if failed != nil {
		return failed
	}
	return err
}

func inTurn(ctx context.Context, n int, f func(int) error) error {
	for i := range n {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := f(i); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}
