//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// Separate starts a command in a session of its own, which has no terminal to ask
// on, and has all that it started end with it.
func Separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// Bind can do nothing here: a command that is at work when this process is killed
// works on to its end.
func Bind(cmd *exec.Cmd) (release func()) { return func() {} }
