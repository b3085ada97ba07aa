//go:build !linux

package git

// limitMemory does nothing: time is the limit.
func limitMemory(pid int) {}
