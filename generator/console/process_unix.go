//go:build unix

package console

import (
	"fmt"
	"syscall"

	"scaffold/generator/problem"
)

// minDescriptors counts the files that a run has open at a time, and some for the
// runtime, because that gives up where it gets none.
const minDescriptors = 10

// CheckProcess returns an error where the system lets this process do too little,
// because a run that notices leaves what cannot be removed. It comes before all
// else, because it sets the umask for a moment.
func CheckProcess() error {
	umask := syscall.Umask(0o077)
	syscall.Umask(umask)
	if umask&0o700 != 0 {
		return problem.WithHint(fmt.Errorf("the umask %04o takes what is made from its owner", umask), "umask 022 does not")
	}
	var open []int
	for range minDescriptors {
		if fd, err := syscall.Dup(0); err == nil {
			open = append(open, fd)
		}
	}
	for _, fd := range open {
		syscall.Close(fd)
	}
	if len(open) < minDescriptors {
		return problem.WithHint(fmt.Errorf("only %d more files may be open at a time, and %d are needed", len(open), minDescriptors), "ulimit -n 64 allows more")
	}
	return nil
}
