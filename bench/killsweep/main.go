//go:build linux

// Command killsweep proves that no moment is a bad one to die in. It runs
// scaffold again and again, and each time kills it, interrupts it or has it fail
// at another system call by which it writes.
//
//	go run ./bench/killsweep          a sample: about half a minute
//	go run ./bench/killsweep -full    every call: about a quarter of an hour
//
// strace makes the fault at the N-th call, for N = 1, 2, … until a run ends
// without one. Whatever N was:
//
//   - every line that the user wrote is still on the disk;
//   - after the next command the project is the old one or the new one, bytes
//     and modes, and nothing is left over;
//   - the same command, given again, makes it the new one; undo, the old one.
//
// Some stories are told on a disk whose rename knows no flags, as those of NFS,
// CIFS and many FUSE file systems do not.
//
// A control has no journal to recover from, and must be seen to fail.
//
// strace counts the calls of each thread, so scaffold is built with the tag
// onethread, which has it write by its main one.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	calls  = strings.Fields("openat openat2 mkdirat write pwrite64 fsync fdatasync renameat renameat2 linkat unlinkat fchmod ftruncate flock close")
	faults = []string{"signal=KILL", "signal=INT", "error=ENOSPC", "error=EIO"}
)

// A sample takes one call in stride, and begins somewhere else for every story,
// call and fault.
const stride = 24

func main() {
	log.SetFlags(0)
	full := flag.Bool("full", false, "try every call")
	match := flag.String("run", "", "only stories whose name contains `TEXT`")
	flag.Parse()
	dir, err := os.MkdirTemp("", "killsweep-")
	if err != nil {
		log.Fatal(err)
	}
	step := stride
	if *full {
		step = 1
	}
	err = sweep(dir, *match, step)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

// sweep tells every story with every fault at every step-th call.
func sweep(dir, match string, step int) error {
	l, err := newLab(dir)
	if err != nil {
		return err
	}
	if err := l.control(); err != nil {
		return err
	}
	var errs []error
	for _, s := range stories {
		if !strings.Contains(s.name, match) {
			continue
		}
		began := time.Now()
		if err := l.learn(&s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		runs, err := l.tell(s, step)
		verdict := "old or new"
		if err != nil {
			verdict = "FAILED"
			errs = append(errs, err)
		}
		fmt.Printf("%-22s %5d runs, %3.0f s: %s\n", s.name, runs, time.Since(began).Seconds(), verdict)
	}
	return errors.Join(errs...)
}

// tell sweeps one story, several calls at a time: most of a run is waiting.
func (l *lab) tell(s story, step int) (runs int, err error) {
	var mutex sync.Mutex
	var errs []error
	var workers sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, f := range allFaults() {
		if s.flagless && f.call == "renameat2" {
			continue // it fails every time
		}
		workers.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for f.n = 1 + i%step; ; f.n += step {
				injected, err := l.try(s, f)
				mutex.Lock()
				runs++
				if err != nil {
					errs = append(errs, fmt.Errorf("%s, %s: %w", s.name, f, err))
				}
				mutex.Unlock()
				if !injected {
					return
				}
			}
		})
	}
	workers.Wait()
	return runs, errors.Join(errs...)
}

func allFaults() []fault {
	var all []fault
	for _, how := range faults {
		for _, call := range calls {
			all = append(all, fault{call: call, how: how})
		}
	}
	return all
}

// try makes one fault and returns whether it came to it, and what did not hold.
func (l *lab) try(s story, f fault) (injected bool, err error) {
	dir, err := l.set(s)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	run, err := l.strace(dir, s, f, s.traced())
	if err != nil {
		return false, err
	}
	if lost := s.lost(dir); len(lost) > 0 {
		return run.injected, fmt.Errorf("lost what the user wrote: %q", lost)
	}
	if s.tidy != "" {
		status := 0
		if s.refuse {
			status = 2
		}
		if err := l.scaffold(dir, s.tidy, status); err != nil {
			return run.injected, err
		}
	}
	got := listing(dir, s.tidy != "")
	if !s.allows(run, got) {
		return run.injected, fmt.Errorf("exit status %d\n%swhat is there is not new:\n%snor old:\n%s",
			run.status, run.output, differences(s.new, got), differences(s.old, got))
	}
	return run.injected, l.again(dir, s)
}

// allows reports whether what is there is as the run said: a killed one says
// nothing, and one that only recovers may leave that to the next.
func (s story) allows(run result, got string) bool {
	switch {
	case run.status == killed || s.broken.n > 0:
		return got == s.old || got == s.new
	case run.status == s.ends, strings.Contains(run.output, "the report of it is lost"):
		return got == s.new
	}
	return got == s.old
}

// again gives the command again, and takes it back.
func (l *lab) again(dir string, s story) error {
	if err := l.scaffold(dir, s.run, s.ends, s.idle); err != nil {
		return err
	}
	if got := listing(dir, true); got != s.new {
		return fmt.Errorf("given again, it does not become new:\n%s", differences(s.new, got))
	}
	if s.undo == "" {
		return nil
	}
	if err := l.scaffold(dir, s.undo, 0); err != nil {
		return err
	}
	if got := listing(dir, true); got != s.old {
		return fmt.Errorf("taken back, it does not become old:\n%s", differences(s.old, got))
	}
	return nil
}

// control kills without there being a journal afterwards: if no project is half
// written then, this program proves nothing.
func (l *lab) control() error {
	s := stories[slices.IndexFunc(stories, func(s story) bool { return s.name == "regenerate" })]
	if err := l.learn(&s); err != nil {
		return err
	}
	half := 0
	f := fault{call: "renameat2", how: "signal=KILL"}
	for injected := true; injected; {
		dir, err := l.set(s)
		if err != nil {
			return err
		}
		f.n++
		run, err := l.strace(dir, s, f, s.run)
		if err != nil {
			return err
		}
		injected = run.injected
		os.Remove(filepath.Join(dir, "hello/.scaffold-state/stage/journal"))
		if err := l.scaffold(dir, s.tidy, 0); err != nil {
			return err
		}
		if got := listing(dir, true); got != s.old && got != s.new {
			half++
		}
		os.RemoveAll(dir)
	}
	fmt.Printf("%-22s %5d runs, %d half written\n", "control", f.n, half)
	if half == 0 {
		return errors.New("without its journal a killed run leaves nothing half written: this sweep proves nothing")
	}
	return nil
}
