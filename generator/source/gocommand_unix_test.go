//go:build unix

package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A go command that is stopped takes git with it, which would go on fetching.
func TestChildrenEnd(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	script := "#!/bin/sh\nsleep 300 & echo $! >" + started + ".tmp; mv " + started + ".tmp " + started + "; wait\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var pid int
	go func() {
		for range 1000 {
			text, _ := os.ReadFile(started)
			if pid, _ = strconv.Atoi(strings.TrimSpace(string(text))); pid > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := (Finder{Env: os.Environ()}).Find(ctx, Reference{Kind: Module, Name: "example.com/x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if pid == 0 {
		t.Fatal("the command did not start a child")
	}
	for range 500 { // until somebody has reaped it
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return
		}
		if stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the child %d goes on", pid)
}
