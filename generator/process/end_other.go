//go:build !unix

package process

import "os/exec"

// Separate and Bind can do nothing here: what a command started may outlive it,
// and the command this process.
func Separate(cmd *exec.Cmd) {}

func Bind(cmd *exec.Cmd) (release func()) { return func() {} }
