package console

import (
	"context"
	"io"
	"slices"

	"scaffold/generator"
	"scaffold/generator/problem"
	"scaffold/generator/report"
	"scaffold/generator/resolve"
	"scaffold/generator/trace"
)

// Documents are all kinds of JSON that the commands write.
func Documents() []report.Document {
	return append(append(report.Documents(), resolve.Described()), trace.Described()...)
}

const WhyHelp = `Says who wrote a line: a line of a template, with the answers and the conditions
that made it what it is, or you. Without LINE it tells of the whole file. A line
may be given as compilers print it, FILE:LINE:COLUMN.

It looks at the project and at the pack that wrote it, and fetches nothing.

EXAMPLES:
   scaffold why main.go
   scaffold why deploy/nginx.conf:12`

// Why says who wrote a file of a project, or a line of it.
func (c *Console) Why(ctx context.Context, args []string, json bool) error {
	if len(args) != 1 {
		return problem.WithHint(problem.Input("why takes one FILE or FILE:LINE, not %d", len(args)), "scaffold why main.go:12")
	}
	place := trace.ParsePlace(args[0])
	s, err := c.openTrace(ctx, []string{place.File})
	if err != nil {
		return err
	}
	blame, err := s.Why(ctx, place.File)
	if err == nil && place.Given {
		blame, err = blame.At(place.Line)
	}
	if err != nil {
		return err
	}
	if json {
		return c.printDocument(func(w io.Writer) { blame.WriteDocument(w, s.Root) })
	}
	err = c.page(func(w io.Writer) { blame.WriteText(w, place.Line) })
	if blame.Unknown != "" {
		c.Say("the template's lines are not told: %s", blame.Unknown)
		for _, hint := range blame.Hints() {
			c.hint("%s", hint)
		}
	}
	return err
}

const BackHelp = `Prints a patch for the pack that has its templates write what you changed in
FILE. It is proved: the templates, so changed, render with this project's answers
to your files, byte for byte. What a template cannot have, as a line that an
answer made, is named on standard error, and the exit status is 3.

With a file that several packs share the patch is for the folder around the pack;
a hint says so.

Other answers may need more: scaffold pack test tries them.

EXAMPLES:
   scaffold back Makefile > ../pack.patch
   git -C ../pack apply ../pack.patch`

// Back prints what of the changes to files their templates can have, as a patch.
func (c *Console) Back(ctx context.Context, files []string, json bool) error {
	if len(files) == 0 {
		return problem.WithHint(problem.Input("FILE is missing"), "scaffold status lists what is not as generated")
	}
	s, err := c.openTrace(ctx, files)
	if err != nil {
		return err
	}
	backports, err := s.Back(ctx, files)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(backports, func(g trace.Backport) bool { return !g.Whole() }) {
		c.raiseExit(Conflicts)
	}
	if json {
		return c.printDocument(func(w io.Writer) { trace.WriteBack(w, s.Root, backports, c.exit) })
	}
	patch := trace.PatchOf(backports)
	if err := c.page(func(w io.Writer) { report.Diff(w, patch.Plan, c.style()) }); err != nil {
		return err
	}
	for _, g := range backports {
		c.sayLeft(g)
	}
	switch {
	case len(patch.Steps) == 0:
	case patch.Pack == ".":
		c.hint("git apply takes the patch in the pack's folder; scaffold pack test there tries other answers")
	default:
		c.hint("git apply takes the patch in the folder in which the pack's is %[1]s; scaffold pack test %[1]s there tries other answers", patch.Pack)
	}
	return nil
}

// sayLeft names what of a file's changes is not in the patch, and what to look at.
func (c *Console) sayLeft(g trace.Backport) {
	switch {
	case g.Refused != "":
		c.Say("%s: not in the patch: %s", g.Path, g.Refused)
	case g.Same:
		c.Say("%s: is as the template wrote it", g.Path)
	}
	for _, change := range g.Changes {
		if change.Refused != "" {
			c.Say("%s:%d: not in the patch: %s", g.Path, change.Line, change.Refused)
		}
	}
	for _, note := range g.Notes {
		c.Say("%s: %s", g.Path, note)
	}
}

func (c *Console) openTrace(ctx context.Context, files []string) (*trace.Session, error) {
	root, err := generator.FindFor(files)
	if err != nil {
		return nil, err
	}
	if err := generator.Pending(root); err != nil {
		return nil, err
	}
	return trace.Open(ctx, c.Finder, root, c.Env)
}
