package gateway

import "syscall"

// backlogged reports whether clients have connected that are not accepted yet.
func backlogged(l syscall.Conn) bool {
	raw, err := l.SyscallConn()
	if err != nil {
		return false
	}
	waiting := false
	_ = raw.Control(func(fd uintptr) {
		var set syscall.FdSet
		bits := uintptr(syscall.FD_SETSIZE / len(set.Bits))
		if fd >= syscall.FD_SETSIZE {
			return
		}
		set.Bits[fd/bits] |= 1 << (fd % bits)
		n, err := syscall.Select(int(fd)+1, &set, nil, nil, &syscall.Timeval{})
		waiting = err == nil && n > 0
	})
	return waiting
}
