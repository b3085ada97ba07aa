package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// A Conflict is what the index has of a file in conflict: three versions of it.
type Conflict struct {
	Path                 string // relative to the project
	Executable           bool
	Base, Mine, Template []byte
	Now                  []byte // what is on disk
}

// Replaced is what stood in the index before a conflict was put there.
type Replaced struct {
	Untracked []string // paths that it did not have
	Staged    []string // paths of which something was staged, which stands in the file, too
	Left      []string // paths that were left as they are: nothing else has what is staged
}

// PutConflicts puts conflicts into the index, as a merge that git made would leave them,
// so that what opens those opens these. It takes the bytes as they are: no filter that the
// repository names sees them, and no hook.
func (r *Repo) PutConflicts(ctx context.Context, conflicts []Conflict) (Replaced, error) {
	was, err := r.compareIndex(ctx, conflicts)
	if err != nil {
		return Replaced{}, err
	}
	_, within := r.Place()
	var entries []string
	for _, c := range conflicts {
		if slices.Contains(was.Left, c.Path) {
			continue
		}
		mode := "100644"
		if c.Executable {
			mode = "100755"
		}
		name := path.Join(within, c.Path)
		for i, version := range [][]byte{c.Base, c.Mine, c.Template} {
			id, err := r.store(ctx, version)
			if err != nil {
				return Replaced{}, err
			}
			if i == 0 { // what the index has is taken out first, as the format wants it
				entries = append(entries, "0 "+strings.Repeat("0", len(id))+"\t"+name)
			}
			entries = append(entries, fmt.Sprintf("%s %s %d\t%s", mode, id, i+1, name))
		}
	}
	if len(entries) == 0 {
		return was, nil
	}
	off, err := r.turnFiltersOff(ctx)
	if err != nil {
		return Replaced{}, err
	}
	return was, r.ask(ctx, entries, func(string) {}, append(off, "update-index", "-z", "--index-info")...)
}

// turnFiltersOff returns options of git that take their programs from all filters.
// Whatever writes an index also reads the files of which the time does not say whether
// they changed, and has filters run on them.
func (r *Repo) turnFiltersOff(ctx context.Context) (options []string, err error) {
	var odd error
	err = r.ask(ctx, nil, func(key string) {
		if strings.Contains(key, "=") { // the option would end there
			odd = fmt.Errorf("the setting %q cannot be turned off", key)
		}
		options = append(options, "-c", key+"=")
	}, "config", "-z", "--name-only", "--get-regexp", `^filter\.`)
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && failed.ExitCode() == 1 {
		err = nil // there is none
	}
	return options, cmp.Or(err, odd)
}

// store puts a blob into the repository and returns its name.
func (r *Repo) store(ctx context.Context, data []byte) (id string, err error) {
	err = r.run(ctx, string(data), func(item string) { id = strings.TrimSpace(item) }, "hash-object", "-w", "--stdin", "--no-filters")
	if err == nil && id == "" {
		err = fmt.Errorf("ask git: hash-object says nothing")
	}
	return id, err
}

// compareIndex returns which of the conflicts the index does not have, and of which it
// has another version than the commit that is checked out.
func (r *Repo) compareIndex(ctx context.Context, conflicts []Conflict) (was Replaced, err error) {
	wanted := make(map[string]bool)
	for _, c := range conflicts {
		wanted[c.Path] = true
	}
	tracked, err := r.findIndexed(ctx, func(e entry) bool { return wanted[e.path] && !e.unmerged })
	if err != nil {
		return was, err
	}
	has := make(map[string]bool)
	for _, p := range tracked {
		has[p] = true
	}
	differs := make(map[string]bool)
	if r.ask(ctx, nil, func(item string) { differs[item] = true }, "diff-index", "--cached", "--name-only", "--relative", "-z", "HEAD") != nil {
		differs = maps.Clone(has) // because before the first commit all of it is staged
	}
	unmerged, err := r.Unmerged(ctx)
	for _, p := range unmerged {
		has[p] = true
		delete(differs, p)
	}
	for _, c := range conflicts {
		switch {
		case !has[c.Path]:
			was.Untracked = append(was.Untracked, c.Path)
		case differs[c.Path] && r.hasAlone(ctx, c):
			was.Left = append(was.Left, c.Path)
		case differs[c.Path]:
			was.Staged = append(was.Staged, c.Path)
		}
	}
	return was, err
}

// hasAlone reports whether the index has a line of a file that neither the file has nor
// the commit that is checked out, or whether that is not known.
func (r *Repo) hasAlone(ctx context.Context, c Conflict) bool {
	_, within := r.Place()
	name := path.Join(within, c.Path)
	staged, err := r.readBlob(ctx, ":"+name)
	if err != nil {
		return true
	}
	committed, _ := r.readBlob(ctx, "HEAD:"+name) // nothing, where the commit has no such file
	known := make(map[string]bool)
	for _, text := range [][]byte{c.Now, committed} {
		for line := range bytes.Lines(text) {
			known[string(bytes.TrimRight(line, "\r\n"))] = true // because git may have made other line ends of the file's
		}
	}
	for line := range bytes.Lines(staged) {
		if !known[string(bytes.TrimRight(line, "\r\n"))] {
			return true
		}
	}
	return false
}

// readBlob returns the bytes of an object.
func (r *Repo) readBlob(ctx context.Context, name string) (data []byte, err error) {
	err = r.pipe(ctx, "", func(out io.Reader) (err error) {
		if data, err = io.ReadAll(io.LimitReader(out, maxSide+1)); len(data) > maxSide {
			err = errTooMuch
		}
		return err
	}, "cat-file", "blob", name)
	return data, err
}

// maxSide is how many bytes of a side are read; git holds it, too.
const maxSide = 256 << 20

// Sides returns what each side of a merge has of a file in the project, where git left
// that in conflict, also if somebody has resolved it since: as long as the index tells.
func (r *Repo) Sides(ctx context.Context, path string) (sides [][]byte, err error) {
	if r == nil {
		return nil, nil
	}
	var objects []string
	for _, which := range []string{"--unmerged", "--resolve-undo"} {
		err := r.ask(ctx, nil, func(item string) {
			head, at, _ := strings.Cut(item, "\t")
			// The mode, the object, and the stage, of which 1 is what both come from.
			if fields := strings.Fields(head); at == path && len(fields) == 3 && fields[2] != "1" {
				objects = append(objects, fields[1])
			}
		}, "--literal-pathspecs", "ls-files", "-z", which, "--", path)
		if err != nil {
			return nil, err
		}
	}
	for _, object := range objects {
		side, err := r.readBlob(ctx, object)
		if err != nil {
			return nil, err
		}
		sides = append(sides, side)
	}
	return sides, nil
}
