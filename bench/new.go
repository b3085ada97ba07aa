//go:build unix

// Command bench measures `scaffold new` as a whole process against `cp -r` of
// the same output, interleaved in one run: run it as `go run ./bench`.
//
// Machines are noisy, so medians and ratios are what it prints.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const rounds = 41

func main() {
	log.SetFlags(0)
	dir, err := os.MkdirTemp(".", ".bench-") // on the disk that projects are on, not in a tmpfs
	if err != nil {
		log.Fatal(err)
	}
	err = measure(dir)
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

func measure(dir string) error {
	binary := filepath.Join(dir, "scaffold")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	original := filepath.Join(dir, "original")
	if _, _, err := once(binary, "new", original, "--name", "hello", "--transport", "fcgi"); err != nil {
		return err
	}
	var news, copies, starts []time.Duration
	var peak int64
	for i := range rounds {
		target := filepath.Join(dir, fmt.Sprint("new", i))
		took, rss, err := once(binary, "new", target, "--name", "hello", "--transport", "fcgi")
		if err != nil {
			return err
		}
		copied, _, err := once("cp", "-r", original, filepath.Join(dir, fmt.Sprint("copy", i)))
		if err != nil {
			return err
		}
		started, _, err := once(binary, "--version")
		if err != nil {
			return err
		}
		news, copies, starts, peak = append(news, took), append(copies, copied), append(starts, started), max(peak, rss)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	fmt.Printf("scaffold new   %6.1f ms   median of %d\n", ms(median(news)), rounds)
	fmt.Printf("cp -r          %6.1f ms   scaffold new takes %.1f times as long\n", ms(median(copies)), float64(median(news))/float64(median(copies)))
	fmt.Printf("start alone    %6.1f ms   scaffold --version\n", ms(median(starts)))
	fmt.Printf("peak memory    %6.1f MiB\n", float64(peak)/1024)
	fmt.Printf("binary         %6.1f MB\n", float64(info.Size())/1e6)
	return nil
}

// once runs a process and returns how long it took and its peak memory in KiB.
func once(name string, args ...string) (time.Duration, int64, error) {
	cmd := exec.Command(name, args...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return took, int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss), nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
