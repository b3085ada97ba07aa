//go:build !linux && !darwin

package apply

import "os"

func swapNames(aDir *os.File, a string, bDir *os.File, b string) error { return errNoExchange }
