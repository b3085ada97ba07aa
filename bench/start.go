//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// start measures what each command pays before it does its own work, and the program
// of another commit beside it, built in the same way, in turns.
func (b bench) start(commits ...string) error {
	const rounds = 50
	project := b.at("hello")
	if _, err := b.scaffold("new", project, "--name", "hello", "--transport", "fcgi"); err != nil {
		return err
	}
	programs := []string{b.binary}
	for _, commit := range commits {
		program, err := b.build(commit)
		if err != nil {
			return err
		}
		programs = append(programs, program)
	}
	for _, args := range [][]string{{"version"}, {"status", project}, {"regenerate", "--check", project}} {
		taken := make([]samples, len(programs))
		var err error
		for range rounds {
			for i, program := range programs {
				err = taken[i].add(err, func() (sample, error) { return alone(program, args...) })
			}
		}
		if err != nil {
			return err
		}
		for i, of := range append([]string{"this tree"}, commits...) {
			row(args[0]+", "+of, taken[i].median(), "ms", "%.1f MiB; medians of %d", taken[i].medianPeak(), rounds)
		}
	}
	return nil
}

// build makes the program of a commit.
func (b bench) build(commit string) (string, error) {
	dir, program := b.at("tree-"+filepath.Base(commit)), b.at("scaffold-"+filepath.Base(commit))
	_, err := once("sh", "-c", `mkdir "$0" && git archive "$1" | tar -x -C "$0" && cd "$0" && go build -o "$2" .`, dir, commit, program)
	return program, err
}

// alone runs a process below time, because the peak of one that this program starts
// itself is at least this program's: they share the memory until the other one runs.
func alone(name string, args ...string) (sample, error) {
	cmd := exec.Command("time", append([]string{"-f", "%M", name}, args...)...)
	cmd.Env = append(os.Environ(), "SCAFFOLD_DEFAULTS=off")
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	lines := strings.Fields(said.String())
	if err != nil || len(lines) == 0 {
		return sample{}, fmt.Errorf("time %s %s: %w\n%s", name, strings.Join(args, " "), err, said.String())
	}
	peak, err := strconv.ParseInt(lines[len(lines)-1], 10, 64)
	return sample{took: took, peak: peak}, err
}
