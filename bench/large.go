//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sides of a change. A file numbered 0 modulo 100 is changed by the template; by
// the owner are changed every second one of these, and as many others.
func theirs(i int) bool { return i%100 == 0 }
func ours(i int) bool   { return i%200 == 0 || i%200 == 50 }

// fileName spreads files over folders of a hundred.
func fileName(i int) string { return fmt.Sprintf("part%03d/file%02d.txt", i/100, i%100) }

// text is the content of file i: a hundred lines, 4 KB. The owner changes a line
// of the first half and the template one of the second.
func text(i int, ours, theirs bool) []byte {
	var b strings.Builder
	for line := range 100 {
		change := ""
		if ours && line == 20 || theirs && line == 80 {
			change = ", changed"
		}
		fmt.Fprintf(&b, "line %03d of file %05d says something%s\n", line, i, change)
	}
	return []byte(b.String())
}

// writeFiles writes those of n files for which wanted says so.
func writeFiles(dir string, n int, wanted func(i int) bool, content func(i int) []byte) error {
	for i := range n {
		if !wanted(i) {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(fileName(i)))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content(i), 0o644)); err != nil {
			return err
		}
	}
	return nil
}

func all(int) bool { return true }

// makeLarge makes two versions of a pack of n files, and a project of the first
// that its owner edited.
func (b bench) makeLarge(name string, n int) error {
	for version := 1; version <= 2; version++ {
		pack := b.at(fmt.Sprintf("%s-v%d", name, version))
		err := writeFiles(filepath.Join(pack, "files"), n, all, func(i int) []byte { return text(i, false, version == 2 && theirs(i)) })
		manifest := fmt.Sprintf("schema: 1\nname: large\nversion: %d.0.0\ndescription: Many files\nquestions:\n  - {name: name, type: string, format: name, help: The name}\n", version)
		if err := errors.Join(err, os.WriteFile(filepath.Join(pack, "pack.yaml"), []byte(manifest), 0o644)); err != nil {
			return err
		}
	}
	if _, err := b.scaffold("new", b.at(name), "--pack", b.at(name+"-v1")); err != nil {
		return err
	}
	return writeFiles(b.at(name), n, ours, func(i int) []byte { return text(i, true, false) })
}

// makeRepository makes a git repository with the same files and changes: branch
// ours is checked out, branch theirs is to be merged.
func makeRepository(dir string, n int) error {
	if _, err := once("git", "init", "-q", dir); err != nil {
		return err
	}
	commit := func(branch string, wanted func(int) bool, content func(int) []byte) error {
		if err := writeFiles(dir, n, wanted, content); err != nil {
			return err
		}
		for _, args := range [][]string{{"checkout", "-q", "-b", branch}, {"add", "-A"}, {"commit", "-q", "-m", branch}} {
			if _, err := git(dir, args...); err != nil {
				return err
			}
		}
		return nil
	}
	if err := commit("base", all, func(i int) []byte { return text(i, false, false) }); err != nil {
		return err
	}
	if err := commit("theirs", theirs, func(i int) []byte { return text(i, false, true) }); err != nil {
		return err
	}
	if _, err := git(dir, "checkout", "-q", "base"); err != nil {
		return err
	}
	return commit("ours", ours, func(i int) []byte { return text(i, true, false) })
}

func git(dir string, args ...string) (sample, error) {
	return once("git", append([]string{
		"-C", dir, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0", "-c", "commit.gpgsign=false",
	}, args...)...)
}
