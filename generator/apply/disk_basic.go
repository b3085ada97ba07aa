//go:build !linux && !darwin

package apply

import "os"

func swapNames(aDir *os.File, a string, bDir *os.File, b string) error { return errNoExchange }

// copyAttributes has nothing to copy that Go knows of.
func copyAttributes(from, to *os.File) (lost []string, err error) { return nil, nil }
