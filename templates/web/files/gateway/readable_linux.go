package gateway

import "syscall"

// readable reports whether something waits to be read from a connection, or to
// be accepted from a listener. Where that is not known it reports false.
func readable(socket any) bool {
	conn, ok := socket.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	waits := false
	_ = raw.Control(func(fd uintptr) {
		var set syscall.FdSet
		if fd >= syscall.FD_SETSIZE {
			return
		}
		bits := uintptr(syscall.FD_SETSIZE / len(set.Bits))
		set.Bits[fd/bits] |= 1 << (fd % bits)
		n, err := syscall.Select(int(fd)+1, &set, nil, nil, &syscall.Timeval{})
		waits = err == nil && n > 0
	})
	return waits
}
