package process

import (
	"context"
	"os/exec"
	"syscall"
)

// Shell returns a command line as the system's shell runs it. That gets it as it
// stands, because cmd does not read quotes as Go writes them.
func Shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /d /s /c "` + line + `"`}
	return cmd
}
