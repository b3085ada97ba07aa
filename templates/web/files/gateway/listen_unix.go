//go:build unix

package gateway

import "syscall"

// spareFiles is how many descriptors the app keeps for files, databases, and
// its own listeners.
const spareFiles = 64

// connsAllowed lowers n to what the limit of open files leaves: an accept
// that fails for want of one loses connections, a full queue only delays them.
func connsAllowed(n int) int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil || uint64(limit.Cur) >= uint64(n+spareFiles) {
		return n
	}
	return max(int(limit.Cur)-spareFiles, 1)
}

// isListening reports whether descriptor fd is a socket that listens.
func isListening(fd int) bool {
	v, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	return err == nil && v != 0
}
