//go:build !unix

package apply

func isBusy(err error) bool    { return false }
func isInvalid(err error) bool { return true }
