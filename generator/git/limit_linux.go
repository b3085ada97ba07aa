package git

import "golang.org/x/sys/unix"

const maxMemory = 480 << 20 // of git, bytes

// limitMemory keeps git from taking all there is, because what it reads whole, such
// as .git/info/grafts, may be a link to what has no end.
func limitMemory(pid int) {
	limit := unix.Rlimit{Cur: maxMemory, Max: maxMemory}
	unix.Prlimit(pid, unix.RLIMIT_DATA, &limit, nil) // where that fails, time is the limit
}
