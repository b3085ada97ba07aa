//go:build !windows

package process

import (
	"context"
	"os/exec"
)

// Shell returns a command line as the system's shell runs it, to be separated. At
// SIGTERM, which it gets where [Bind] can see to that, all that it started ends with it.
func Shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", `trap 'kill -KILL 0' TERM; sh -c "$1" & wait $!`, "sh", line)
	Separate(cmd) // because kill 0 is the whole session's
	return cmd
}
