//go:build unix

// Command bench measures scaffold as its users meet it: whole processes, what
// is compared interleaved in one run. Machines are noisy, so it prints medians
// and ratios.
//
//	go run ./bench [new]            scaffold new against cp -r of the same output
//	go run ./bench regenerate       scaffold regenerate against git merge
//	go run ./bench fleet            scaffold regenerate of a thousand projects
//	go run ./bench modules          scaffold new of Go modules against gonew, and regenerate --to against git merge
//	go run ./bench start [COMMIT]   starting alone, time and memory, against the program of another commit
//	go run ./bench gateway          the transports behind nginx against others: docs/performance.md
//	go run ./bench wsgi             the pack wsgi behind nginx against uWSGI: docs/performance.md
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var benches = map[string]func(bench) error{"": bench.new, "new": bench.new, "regenerate": bench.regenerate, "fleet": bench.fleet, "modules": bench.modules, "gateway": bench.gateway, "wsgi": bench.wsgi}

// choose returns the bench that the arguments name.
func choose(args []string) (func(bench) error, bool) {
	if len(args) > 0 && args[0] == "start" {
		return func(b bench) error { return b.start(args[1:]...) }, true
	}
	run, ok := benches[strings.Join(args, " ")]
	return run, ok
}

func main() {
	log.SetFlags(0)
	run, ok := choose(os.Args[1:])
	if !ok {
		log.Fatal("usage: go run ./bench [new|regenerate|fleet|modules|start [COMMIT]|gateway|wsgi]")
	}
	dir, err := os.MkdirTemp(".", ".bench-") // on the disk that projects are on, not in a tmpfs
	if err != nil {
		log.Fatal(err)
	}
	if dir, err = filepath.Abs(dir); err == nil {
		err = measure(dir, run)
	}
	os.RemoveAll(dir)
	if err != nil {
		log.Fatal(err)
	}
}

func measure(dir string, run func(bench) error) error {
	b := bench{dir: dir, binary: filepath.Join(dir, "scaffold")}
	if _, err := once("go", "build", "-o", b.binary, "."); err != nil {
		return err
	}
	return run(b)
}

// A bench is a folder to work in, and the program.
type bench struct{ dir, binary string }

func (b bench) at(name string) string { return filepath.Join(b.dir, name) }

func (b bench) scaffold(args ...string) (sample, error) { return once(b.binary, args...) }

// A sample is what one process took.
type sample struct {
	took time.Duration
	used time.Duration // of the processors, which does not depend on who else is at work
	peak int64         // memory, in KiB
}

// once runs a process, which must end well.
func once(name string, args ...string) (sample, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SCAFFOLD_DEFAULTS=off")
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return sample{}, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return sample{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)}, nil
}

// Samples are those of one command.
type samples []sample

// add runs one more, unless err says that something failed before.
func (s *samples) add(err error, run func() (sample, error)) error {
	if err != nil {
		return err
	}
	one, err := run()
	*s = append(*s, one)
	return err
}

// median is in milliseconds.
func (s samples) median() float64 {
	return s.medianOf(func(one sample) time.Duration { return one.took })
}

// processor is the median of what the processors were used for, in milliseconds.
func (s samples) processor() float64 {
	return s.medianOf(func(one sample) time.Duration { return one.used })
}

func (s samples) medianOf(of func(sample) time.Duration) float64 {
	times := slices.SortedFunc(slices.Values(s), func(a, b sample) int { return int(of(a) - of(b)) })
	return float64(of(times[len(times)/2]).Microseconds()) / 1000
}

// medianPeak is in MiB.
func (s samples) medianPeak() float64 {
	peaks := slices.SortedFunc(slices.Values(s), func(a, b sample) int { return int(a.peak - b.peak) })
	return float64(peaks[len(peaks)/2].peak) / 1024
}

// peak is in MiB.
func (s samples) peak() float64 {
	most := int64(0)
	for _, one := range s {
		most = max(most, one.peak)
	}
	return float64(most) / 1024
}

func row(what string, figure float64, unit, note string, args ...any) {
	fmt.Println(strings.TrimRight(fmt.Sprintf("%-34s %7.1f %-4s %s", what, figure, unit, fmt.Sprintf(note, args...)), " "))
}
