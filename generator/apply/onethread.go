//go:build onethread

package apply

import "runtime"

// init keeps the program on its main thread, because strace counts system calls
// by thread and bench/killsweep has to come to every one by which a run writes.
func init() {
	runtime.LockOSThread()
	oneThread = true
}
