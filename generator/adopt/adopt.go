// Package adopt makes a project of a folder that has been written without scaffold, or
// has lost its state: base is what the pack writes, ours what is on disk. It decides
// everything and writes nothing; what is written is scaffold.yaml and the state, and no
// file of the folder.
//
// Which version of the pack, and with which answers, is found by rendering: that one is
// taken whose files are most like those on disk. Each line counts that both have, so
// that files which somebody edited, deleted or added to still say where they come from.
//
//   - likeness.go: how like a render is to the disk
//   - texts.go: where answers stand in what is on disk
//   - fit.go: the search for the answers to one version
//   - versions.go: the search for the version
//
// It is not for merging: a later regenerate does that, from this base.
package adopt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/apply"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/source"
)

// Auto asks for the version whose files are nearest.
const Auto = "auto"

// Options are what scaffold adopt is told.
type Options struct {
	Pack    string       // a reference; "" for what scaffold.yaml has, or Default
	Default string       // a reference
	Version string       // of the pack, or [Auto]; "" for Auto, or what scaffold.yaml has
	Given   answer.Layer // answers of flags
	Answers string       // a YAML file, or ""
	Env     []string     // KEY=VALUE, for git

	Progress func(what string) // is told what takes long, or nil
}

// An Adoption is a planned project of what is there.
type Adoption struct {
	Root      string
	Generator *generator.Generator
	Answers   answer.Answers
	Proposed  []Proposal // answers that nobody gave, and no default is
	Rebuilt   bool       // there was a scaffold.yaml, whose base is made anew
	Files     []generator.FileStatus
	Versions  []Version // that were looked at, the newest first
	Plan      plan.Plan // no steps, and the state
	Notes     []string
}

// A Proposal is an answer that was found in the folder, and why it was taken.
type Proposal struct {
	Name  string
	Value any
	Why   string
}

// A Version is one that was looked at.
type Version struct {
	Version string
	Percent int    // of the lines that it writes are on disk
	Why     string // it could not be taken; "" where it could
}

// Count returns how many files stand so.
func (a Adoption) Count(standing generator.Standing) int {
	n := 0
	for _, f := range a.Files {
		if f.Standing == standing {
			n++
		}
	}
	return n
}

// Make decides everything about making a project of the folder dir. The asker asks
// what neither flags nor files nor the folder say.
func Make(ctx context.Context, finder source.Finder, dir string, o Options, asker answer.Asker) (Adoption, error) {
	root, err := checkFolder(dir)
	if err != nil {
		return Adoption{}, err
	}
	remains, err := project.FindRemains(root)
	switch {
	case err != nil:
		return Adoption{}, err
	case remains.Whole:
		return Adoption{}, problem.WithHint(problem.Input("%s is a project already", root), "scaffold regenerate brings it up to date; scaffold status says how it stands")
	}
	if c := remains.Config; c != nil && (len(o.Given) > 0 || o.Answers != "") {
		return Adoption{}, problem.WithHint(problem.Input("%s has the answers of this project, with which its state is made anew", c.File.Path), "change one later: scaffold regenerate --set KEY=VALUE")
	}
	if remains.Config == nil {
		if err := generator.CheckWide(root, o.Env, "adopt"); err != nil {
			return Adoption{}, err
		}
	}
	a := Adoption{Root: root, Rebuilt: remains.Config != nil}
	m := maker{ctx: ctx, finder: finder, options: o, remains: remains, disk: newDisk(root), adoption: &a}
	best, err := m.findVersion()
	if err != nil {
		return a, err
	}
	return a, m.finish(best, asker)
}

// checkFolder returns dir as an absolute path, if it may become a project.
func checkFolder(dir string) (string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return "", problem.WithHint(fmt.Errorf("find the working directory: %w", err), "if it was removed, change to another")
	}
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", problem.WithHint(problem.Input("there is no folder %s", dir), "scaffold new makes a project where there is nothing")
	case err != nil:
		return "", fmt.Errorf("look at %s: %w", dir, problem.Cause(err))
	case !info.IsDir():
		return "", problem.Input("%s is no folder", dir)
	}
	if err := generator.CheckAbove(root); err != nil {
		return "", problem.Input("%w", err)
	}
	return root, nil
}

// A maker decides about one folder.
type maker struct {
	ctx      context.Context
	finder   source.Finder
	options  Options
	remains  project.Remains
	disk     *disk
	adoption *Adoption
}

// nothingAlike is the percentage of lines below which a folder is not the pack's.
const nothingAlike = 5

// finish plans the state from the best search.
func (m maker) finish(s *search, asker answer.Asker) error {
	a, g := m.adoption, s.generator
	a.Generator, a.Proposed = g, s.proposed()
	if s.best.percent() < nothingAlike {
		return problem.WithHint(
			problem.Input("%s is not like what %s writes: %d %% of those lines are there", a.Root, g.Pack.Name, s.best.percent()),
			"--pack NAME names another pack; scaffold new makes a project beside")
	}
	run := g.Begin(m.ctx)
	var err error
	if a.Answers, err = answer.Resolve(g.Pack, append(slices.Clip(s.given), asLayer(s.chosen)), run.Eval, asker); err != nil {
		return err
	}
	base, err := run.Render(a.Answers)
	if err != nil {
		return err
	}
	base = base.Composed()
	a.Notes = append(a.Notes, run.Notes...)
	next := g.NewState(a.Root, a.Answers, base)
	if a.Files, next.Seen, err = generator.Compare(m.ctx, a.Root, base, m.options.Env); err != nil {
		return err
	}
	edit, err := m.editConfig(s, &next)
	if err == nil {
		a.Plan.State, err = m.remains.Steps(next, edit)
	}
	return err
}

// editConfig returns what a scaffold.yaml that is there must be told, and has next
// remember what it says.
func (m maker) editConfig(s *search, next *project.State) (project.Edit, error) {
	c := m.remains.Config
	if c == nil {
		return project.Edit{}, nil
	}
	recorded, err := c.Layer(s.generator.Pack)
	if err != nil {
		return project.Edit{}, err
	}
	edit := s.generator.Record(next.Answers, recorded)
	if next.Lapsed, next.Reference = edit.Lapsed, c.Reference; next.Version != c.Version {
		edit.Version = next.Version
	}
	if len(c.Keep) > 0 {
		m.adoption.Notes = append(m.adoption.Notes, "what the template changed before in the files below keep counts as merged, because the state that knew it is lost")
	}
	return edit, nil
}

// Apply writes what is planned.
func (a *Adoption) Apply(ctx context.Context, command string) error {
	note := func(text string) { a.Notes = append(a.Notes, text) }
	return apply.Options{Note: note}.Adopt(ctx, a.Root, a.Plan, command)
}
