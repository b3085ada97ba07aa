package console

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/adopt"
	"scaffold/generator/answer"
	"scaffold/generator/pack"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

const AdoptHelp = `The folder, or the working directory, becomes a project of a pack, as if the
pack had written it: scaffold.yaml and .scaffold-state are written, and no
other file is touched. What differs from what the pack writes is yours, what is
missing is deleted by you, and scaffold regenerate merges what comes later.

The answers that fit best are found in the folder, and so is the version, where
the pack has several. What a flag says is not looked for.

A project that lost .scaffold-state, or whose state is damaged, gets it anew,
from the answers and the version in its scaffold.yaml.

EXAMPLES:
   scaffold adopt --dry-run
   scaffold adopt shop --pack git+https://example.com/packs.git//web
   scaffold adopt --pack ./mine --set server=nginx --version 1.2.0`

// AdoptOptions are what scaffold adopt is told.
type AdoptOptions struct {
	Dir           string // "" for the working directory
	Pack, Version string
	Default       string       // the pack, where neither Pack nor a scaffold.yaml names one
	Flags         answer.Layer // the flags that are questions
	Set           []string     // KEY=VALUE, as strong as flags
	Answers       string       // a YAML file, or ""
	Yes           bool         // go on without asking
	DryRun, JSON  bool
}

// Adopt makes a project of what is in a folder, or says how near that would be.
func (c *Console) Adopt(ctx context.Context, o AdoptOptions) error {
	set, err := parseSet(o.Set)
	if err != nil {
		return err
	}
	root, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	if stop, err := c.recoverFolder(ctx, root, o.DryRun); stop || err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	asker := p.asker(c.asker(ctx))
	if o.JSON {
		asker = answer.Asker{}
	}
	a, err := adopt.Make(ctx, c.finder(p), root, adopt.Options{
		Pack: o.Pack, Default: o.Default, Version: o.Version, Given: append(o.Flags, set...), Answers: o.Answers, Env: c.Env,
		Progress: func(what string) { p.at("%s", what) },
	}, asker)
	if err != nil {
		return err
	}
	p.end()
	shown, err := c.agree(ctx, a, o)
	if err != nil {
		return err
	}
	if !o.DryRun {
		if err := a.Apply(ctx, "scaffold adopt"); err != nil {
			return err
		}
	}
	if !shown {
		err = c.printReport(func(w io.Writer) { reportAdoption(w, a, o, c.style()) })
	}
	if err != nil && !o.DryRun {
		err = unreported(root+" is a project now", err)
	}
	if err != nil {
		return err
	}
	if !o.JSON {
		c.sayAdopted(ctx, a, o)
	}
	return nil
}

// agree asks on a terminal whether to go on, after it showed to what. Elsewhere it
// shows nothing. That it is not wanted is [context.Canceled].
func (c *Console) agree(ctx context.Context, a adopt.Adoption, o AdoptOptions) (shown bool, err error) {
	asker := c.asker(ctx)
	if o.Yes || o.DryRun || o.JSON || asker.Ask == nil {
		return false, nil
	}
	if err := c.printReport(func(w io.Writer) { reportAdoption(w, a, o, c.style()) }); err != nil {
		return false, err
	}
	q := pack.Question{Type: pack.Bool, Help: "Make it a project"}
	text, err := asker.Ask(q, func(text string) error { return answer.Check(q, text) })
	if err != nil {
		return false, err
	}
	yes, err := answer.Parse(q, text)
	if err == nil && yes != true {
		err = context.Canceled
	}
	return true, err
}

func reportAdoption(w io.Writer, a adopt.Adoption, o AdoptOptions, style report.Style) {
	r := report.Adoption{
		Target: a.Root, Pack: a.Generator.Pack.Name, Version: a.Generator.Pack.Version, Applied: !o.DryRun, Answers: a.Answers, Notes: a.Notes,
	}
	for _, p := range a.Proposed {
		r.Proposed = append(r.Proposed, report.Proposed(p))
	}
	for _, v := range a.Versions {
		r.Versions = append(r.Versions, report.Tried(v))
	}
	for _, f := range a.Files {
		r.Files = append(r.Files, report.StatusLine{Path: f.Path, Word: string(f.Standing), Why: f.Why})
	}
	if o.JSON {
		report.AdoptedJSON(w, r)
		return
	}
	report.Adopted(w, r, style)
}

func (c *Console) sayAdopted(ctx context.Context, a adopt.Adoption, o AdoptOptions) {
	for _, v := range a.Versions {
		switch {
		case v.Why != "":
			cause, _, _ := strings.Cut(v.Why, "\n") // without the lines of pack.yaml
			c.Say("%s was not compared: %s", v.Version, cause)
		case len(a.Versions) > 1:
			c.Say("%s: %d %% of the lines that it writes are here", v.Version, v.Percent)
		}
	}
	for _, note := range a.Notes {
		c.Say("%s", note)
	}
	if a.Count(generator.Deleted) > 0 {
		c.Say("what is missing counts as deleted by you, and stays so")
		c.hint("scaffold restore FILE brings a deleted file back")
	}
	command := func(words ...string) string {
		if here := problem.FromHere(a.Root); here != "." {
			words = append(words, here)
		}
		return problem.CommandLine(slices.Concat([]string{"scaffold"}, words)...)
	}
	if o.DryRun {
		return
	}
	if note, hint := c.findIgnored(ctx, a.Root); note != "" {
		c.Say("%s", note)
		c.hint("%s", hint)
	}
	c.hint("%s merges what the pack changes from now on; %s takes this back", command("regenerate"), command("undo"))
}
