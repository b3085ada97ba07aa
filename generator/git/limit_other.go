//go:build !linux

package git

// limitMemory does nothing, because only Linux limits another process.
func limitMemory(pid int) {}
