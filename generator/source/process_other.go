//go:build !unix

package source

import "os/exec"

// separate can do nothing here: what a command started may outlive it.
func separate(cmd *exec.Cmd) {}
