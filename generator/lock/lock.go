// Package lock keeps two processes from doing the same at once. The kernel frees
// a lock when its holder dies, so none is ever stale.
package lock

import "errors"

// ErrHeld says that another process has the lock.
var ErrHeld = errors.New("is locked by another run")
