package process

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Separate starts a command in a session of its own, which has no terminal to ask
// on, and has all that it started end with it.
func Separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// Bind has a command end with this process, however that ends. The kernel watches
// the thread that starts the command, so the caller stays on it until release.
func Bind(cmd *exec.Cmd) (release func()) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM // at which git takes its locks away
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
