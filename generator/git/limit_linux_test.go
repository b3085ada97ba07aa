package git_test

import (
	"syscall"
	"testing"

	"scaffold/generator/git"
)

// What git reads whole may have no end. It takes no more memory than it may.
func TestEndlessGit(t *testing.T) {
	dir := repository(t, threeFiles+"mkdir -p .git/info; ln -s /dev/zero .git/info/grafts")
	git.Open(dir, environment(t)).History().Together(t.Context(), "src/a.txt", "docs/b.txt")
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		t.Fatal(err)
	}
	if children.Maxrss > 512<<10 {
		t.Errorf("git took %d MiB", children.Maxrss>>10)
	}
}
