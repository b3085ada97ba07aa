package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// helper is the environment variable that has this program update a project
// instead of testing. It stays on one thread: strace counts calls by thread.
const helper = "SCAFFOLD_TEST_UPDATE"

func init() {
	if os.Getenv(helper) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	root := os.Getenv(helper)
	if root == "" {
		os.Exit(m.Run())
	}
	if err := (Options{Serial: true}).Update(context.Background(), root, small.plan(), "scaffold regenerate"); err != nil {
		report(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Killed at any system call that writes, the project is old or new after the
// next run; so it is if the call fails.
func TestKilledAtEveryCall(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil || testing.Short() || raceDetector {
		t.Skip("needs strace and time")
	}
	before, after := small.listing(t, 0), small.listing(t, 1)
	runs := 0
	for _, how := range []string{"signal=KILL", "error=EIO", "error=ENOSPC"} {
		for _, call := range []string{"mkdirat", "openat", "write", "pwrite64", "fchmod", "ftruncate", "fsync", "renameat2", "unlinkat", "flock"} {
			for n := 1; ; n++ {
				root := build(t, small)
				inject := fmt.Sprintf("inject=%s:%s:when=%d", call, how, n)
				log := t.TempDir() + "/log"
				cmd := exec.Command(strace, "-qq", "-o", log, "-e", "trace="+call, "-e", inject, os.Args[0])
				cmd.Env = append(os.Environ(), helper+"="+root)
				out, err := cmd.CombinedOutput()
				if err != nil && !errors.As(err, new(*exec.ExitError)) {
					t.Fatal(err)
				}
				kept, recoverErr := Options{}.Recover(t.Context(), root)
				got := tidy(t, root)
				if recoverErr != nil || len(kept) > 0 || got != before && got != after || err == nil && got != after {
					t.Errorf("%s: %v %s: recovery: %v, kept %q: %s", inject, err, out, recoverErr, kept, got)
				}
				runs++
				if text, _ := os.ReadFile(log); !bytes.Contains(text, []byte("INJECTED")) && err == nil {
					break
				}
			}
		}
	}
	t.Logf("%d runs", runs)
}
