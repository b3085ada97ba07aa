//go:build !unix

package source

import "os/exec"

// separate and bind can do nothing here: what a command started may outlive it,
// and the command this process.
func separate(cmd *exec.Cmd) {}

func bind(cmd *exec.Cmd) (release func()) { return func() {} }
