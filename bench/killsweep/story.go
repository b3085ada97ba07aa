//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A story is one command on one project.
type story struct {
	name   string
	setup  []string // commands before it; the first may be "edited", "mine", "empty" or "absent"
	run    string
	ends   int    // exit status
	idle   int    // exit status where there is nothing to do any more
	broken fault  // run is interrupted so, and tidy is what is traced
	tidy   string // makes a project old or new, and does nothing else
	refuse bool   // tidy does no more than that, and exits with 2
	undo   string

	flagless bool // rename cannot exchange, nor keep from replacing

	old, new string // listings
}

const (
	newEmpty   = "new hello --pack ../packs/v1"
	newInto    = "new hello --pack ../packs/v1 --conflict=template"
	regenerate = "regenerate hello --pack ../packs/v2"
	tidy       = "restore hello/updated.txt" // which nobody edited
)

var stories = []story{
	{name: "new", run: "new hello --pack ../packs/v1", setup: []string{"absent"}, idle: 2},
	{name: "new, empty folder", run: newEmpty, setup: []string{"empty"}, idle: 2, tidy: newEmpty + " --set none=1", refuse: true, undo: "undo hello"},
	{name: "new, empty, no flags", run: newEmpty, setup: []string{"empty"}, idle: 2, tidy: newEmpty + " --set none=1", refuse: true, undo: "undo hello", flagless: true},
	{name: "new, folder with files", run: newInto, setup: []string{"mine"}, idle: 2, tidy: "new hello --pack ../packs/v1", refuse: true, undo: "undo hello"},
	{name: "new, files, no flags", run: newInto, setup: []string{"mine"}, idle: 2, tidy: "new hello --pack ../packs/v1", refuse: true, undo: "undo hello", flagless: true},
	{name: "regenerate", run: regenerate, setup: []string{"edited"}, ends: 3, idle: 3, tidy: tidy, undo: "undo hello"},
	{name: "undo", run: "undo hello", setup: []string{"edited", regenerate}, idle: 2, tidy: tidy},
	{name: "restore", run: "restore hello/merged.txt hello/deleted.txt", setup: []string{"edited"}, tidy: tidy, undo: "undo hello"},
	{name: "resolve", run: "resolve hello --template", setup: []string{"edited", regenerate}, tidy: tidy, undo: "undo hello"},
	{name: "recovery", run: regenerate, broken: fault{"renameat2", "signal=KILL", 8}, setup: []string{"edited"}, ends: 3, idle: 3, tidy: tidy, undo: "undo hello"},
	{name: "regenerate, no flags", run: regenerate, setup: []string{"edited"}, ends: 3, idle: 3, tidy: tidy, undo: "undo hello", flagless: true},
	{name: "undo, no flags", run: "undo hello", setup: []string{"edited", regenerate}, idle: 2, tidy: tidy, flagless: true},
	{name: "recovery, no flags", run: regenerate, broken: fault{"unlinkat", "signal=KILL", 5}, setup: []string{"edited"}, ends: 3, idle: 3, tidy: tidy, undo: "undo hello", flagless: true},
}

// traced is the command in which the fault is made.
func (s story) traced() string {
	if s.broken.n > 0 {
		return s.tidy
	}
	return s.run
}

// Files of the pack's two versions and what the user made of the first. Every
// row of the decision table that writes is there.
var packs = map[string]map[string]string{
	"v1": {
		"updated.txt":  "one\ntwo\nthree\n",
		"merged.txt":   "one\ntwo\nthree\nfour\nfive\nsix\nseven\n",
		"conflict.txt": "one\ntwo\nthree\n",
		"dropped.txt":  "soon gone\n",
		"deleted.txt":  "the user does not want this\n",
		"old/name.txt": "it moves\nwith all that it has\nsays nothing\nbut this\n",
		"tool.sh":      "#!/bin/sh\n",
		"swap":         "a file that becomes a folder\n",
		"folder/x.txt": "in a folder that becomes a file\n",
		"private.txt":  "one\ntwo\n",
	},
	"v2": {
		"updated.txt":     "one\nTWO\nthree\n",
		"merged.txt":      "one\ntwo\nthree\nfour\nfive\nSIX\nseven\n",
		"conflict.txt":    "one\nTWO\nthree\n",
		"deleted.txt":     "the user does not want this\n",
		"new/name.txt":    "it moves\nwith all that it has\nsays nothing\nbut this\n",
		"tool.sh":         "#!/bin/sh\n",
		"swap/inside.txt": "a folder that was a file\n",
		"folder":          "a file that was a folder\n",
		"private.txt":     "one\nTWO\n",
		"a/b/created.txt": "in new folders\n",
	},
}

var edits = map[string]string{
	"merged.txt":   "one\nuser 1\nthree\nfour\nfive\nsix\nseven\n",
	"conflict.txt": "one\nuser 2\nthree\n",
	"old/name.txt": "it moves\nwith all that it has\nsays nothing\nuser 3\n",
	"notes.txt":    "user 4\n",
	"new/.env":     "user 5\n",
	"private.txt":  "one\ntwo\n",
}

// mine is a folder that is no project: it has a file of the pack's as it is, and two
// otherwise.
var mine = map[string]string{
	"updated.txt":  "one\ntwo\nthree\n",
	"conflict.txt": "user 1\n",
	"private.txt":  "user 2\n",
	"old/name.log": "user 3\n",
	"notes.txt":    "user 4\n",
}

func writePacks(dir string) error {
	for version, files := range packs {
		manifest := "schema: 1\nname: p\nversion: " + version[1:] + ".0.0\n"
		if version == "v2" {
			manifest += "files:\n  - {path: tool.sh, mode: \"0755\"}\nmoved:\n  - {from: old/name.txt, to: new/name.txt, since: 2.0.0}\n"
		}
		if err := writeFile(filepath.Join(dir, version, "pack.yaml"), manifest); err != nil {
			return err
		}
		for name, text := range files {
			if err := writeFile(filepath.Join(dir, version, "files", name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o666)
}

// edit makes a new project the user's.
func edit(project string) error {
	if err := writeUsers(project, edits); err != nil {
		return err
	}
	return os.Remove(filepath.Join(project, "deleted.txt"))
}

// writeUsers writes files of the user's, one of them private.
func writeUsers(folder string, files map[string]string) error {
	for name, text := range files {
		if err := writeFile(filepath.Join(folder, name), text); err != nil {
			return err
		}
	}
	return os.Chmod(filepath.Join(folder, "private.txt"), 0o600)
}

// lost returns the user's lines that are in no file below dir.
func (s story) lost(dir string) []string {
	var wrote map[string]string
	switch {
	case slices.Contains(s.setup, "edited"):
		wrote = edits
	case slices.Contains(s.setup, "mine"):
		wrote = mine
	}
	var all strings.Builder
	walk(dir, func(name string, info fs.FileInfo) {
		if info.Mode().IsRegular() {
			data, _ := os.ReadFile(filepath.Join(dir, name))
			all.Write(data)
		}
	})
	var lost []string
	for _, text := range slices.Sorted(maps.Values(wrote)) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "user ") && !strings.Contains(all.String(), line) {
				lost = append(lost, line)
			}
		}
	}
	return lost
}

// listing returns what is below dir, a line each, without what tells nothing:
// who had the lock, and the undo data. A killed new may leave a folder, which
// the next one removes.
func listing(dir string, tidied bool) string {
	var b strings.Builder
	walk(dir, func(name string, info fs.FileInfo) {
		switch {
		case name == "hello/.scaffold-state/lock", strings.HasPrefix(name+"/", "hello/.scaffold-state/undo/"):
		case strings.HasPrefix(name, ".hello.scaffold-") && !tidied:
		case info.Mode().IsRegular():
			data, err := os.ReadFile(filepath.Join(dir, name))
			fmt.Fprintf(&b, "%v %s %q %v\n", info.Mode(), name, data, err)
		default:
			fmt.Fprintf(&b, "%v %s\n", info.Mode(), name)
		}
	})
	return b.String()
}

func walk(dir string, f func(name string, info fs.FileInfo)) {
	fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			f(name, info)
		}
		return err
	})
}

// differences returns the lines that only one of two listings has.
func differences(want, got string) string {
	var b strings.Builder
	for _, side := range [][3]string{{want, got, "- "}, {got, want, "+ "}} {
		for line := range strings.Lines(side[0]) {
			if !strings.Contains(side[1], line) {
				b.WriteString(side[2] + line[:min(len(line), 200)])
			}
		}
	}
	return b.String()
}
