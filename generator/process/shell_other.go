//go:build !windows

package process

import (
	"context"
	"os/exec"
)

// Shell returns a command line as the system's shell runs it.
func Shell(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "sh", "-c", line)
}
