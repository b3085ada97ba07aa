//go:build !unix

package apply

import "testing"

func mkfifo(t testing.TB, path string) { t.Skip("no named pipes on this system") }
