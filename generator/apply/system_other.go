//go:build !unix

package apply

import "math"

func isBusy(err error) bool    { return false }
func isInvalid(err error) bool { return true }

func maxOpenFiles() int { return math.MaxInt32 }
