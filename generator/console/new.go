package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

const NewHelp = `PATH's last element is the project's name. The answers are the pack's
questions; on a terminal, what has no default is asked.

EXAMPLES:
   scaffold new hello --transport fcgi
   scaffold new shop --style struct --module example.com/shop --mount /shop
   scaffold new hello --dry-run`

// NewOptions are what scaffold new is told.
type NewOptions struct {
	Path    string       // where; its last element is the name
	Flags   answer.Layer // the flags that are questions
	Set     []string     // KEY=VALUE, as strong as flags
	Answers string       // a YAML file, or ""
	DryRun  bool
	Diff    bool
	JSON    bool
}

// New makes a project, or shows what it would make.
func (c *Console) New(ctx context.Context, g *generator.Generator, o NewOptions) error {
	if o.Diff && o.JSON {
		return problem.Input("--diff and --json are two reports: choose one")
	}
	layers, err := o.readLayers(ctx, g)
	if err != nil {
		return err
	}
	p := c.progress()
	defer p.end()
	p.at("planning")
	n, err := g.PlanNew(ctx, o.Path, layers, p.asker(c.asker(ctx)))
	if err != nil && o.Answers != "" {
		return g.HintPack(err, o.Answers)
	}
	if err != nil {
		return err
	}
	dry := o.DryRun || o.Diff
	here, _ := filepath.Abs(".")
	if !dry {
		p.at("writing %s", filepath.Base(n.Target))
		if err := n.Apply(ctx); err != nil {
			return err
		}
	}
	p.end()
	if err := c.printReport(func(w io.Writer) { c.reportNew(w, g, n, o, dry) }); err != nil {
		if !dry {
			err = unreported(n.Target+" is made", err)
		}
		return err
	}
	for _, note := range n.Notes {
		c.Say("%s", note)
	}
	if dry {
		return nil
	}
	if note, hint := c.findIgnored(ctx, n.Target); note != "" {
		c.Say("%s", note)
		c.hint("%s", hint)
	}
	if o.JSON {
		return nil
	}
	c.Say("made %s: %s", n.Target, report.Files(n.Plan))
	c.sayLines("to make it again: ", g.CommandLine(o.Path, n))
	c.sayLines("next:\n", report.Indent("cd "+problem.CommandLine(cmp.Or(o.Path, filepath.Base(n.Target)))+"\n"+n.Next))
	if n.Target == here {
		c.Say("this shell is still in the empty folder that the project took the place of: that cd leads into it")
	}
	return nil
}

func (o NewOptions) readLayers(ctx context.Context, g *generator.Generator) ([]answer.Layer, error) {
	set, err := parseSet(o.Set)
	if err != nil {
		return nil, err
	}
	var file, name answer.Layer
	if o.Answers != "" {
		if file, name, err = g.ReadAnswers(ctx, o.Answers); err != nil {
			return nil, err
		}
	}
	return []answer.Layer{append(o.Flags, set...), file, g.NameOf(o.Path), name}, nil
}

// parseSet reads the values of --set. It takes dashes for underscores, because a
// question's flag has dashes where its name has underscores.
func parseSet(sets []string) (answer.Layer, error) {
	var layer answer.Layer
	var errs []error
	for _, set := range sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok || key == "" {
			errs = append(errs, problem.Input("--set %s: want KEY=VALUE, as in --set style=struct", set))
			continue
		}
		layer = append(layer, answer.Value{Name: strings.ReplaceAll(key, "-", "_"), Text: value, Where: "--set " + key})
	}
	return layer, errors.Join(errs...)
}

func (c *Console) reportNew(w io.Writer, g *generator.Generator, n generator.New, o NewOptions, dry bool) {
	switch {
	case o.JSON:
		report.JSON(w, report.Run{Target: n.Target, Pack: g.Pack.Name, Version: g.Pack.Version, Applied: !dry, Answers: n.Answers, Notes: n.Notes, Origin: originOf(g)}, n.Plan)
	case o.Diff:
		report.Diff(w, n.Plan, c.style())
	case dry:
		all := plan.Plan{Steps: slices.Concat(n.Plan.Steps, n.Plan.State)}
		for i := range all.Steps {
			all.Steps[i].Named = true
		}
		slices.SortFunc(all.Steps, func(a, b plan.Step) int { return strings.Compare(a.Path, b.Path) })
		report.Text(w, all, c.style())
	default:
		report.Tree(w, filepath.Base(n.Target), n.Plan, c.style())
	}
}

func originOf(g *generator.Generator) *report.Origin {
	if !g.Source.Kind.IsForeign() {
		return nil
	}
	return &report.Origin{Source: g.Source.Name, Version: g.Pack.Version, Commit: g.Source.Commit, Digest: g.Pack.Digest}
}

// findIgnored says what of the state of the project at root a repository will not
// have, and which command adds it; "" for nothing.
func (c *Console) findIgnored(ctx context.Context, root string) (note, hint string) {
	i := generator.IgnoredState(ctx, root, c.Env)
	if len(i.Paths) == 0 {
		return "", ""
	}
	command := []string{"git", "add", "--force", "--"}
	if here := fromHere(root); here != "." {
		command = []string{"git", "-C", here, "add", "--force", "--"}
	}
	return fmt.Sprintf("git ignores %s: no clone can be regenerated without; the rule is %s in line %s of %s",
			strings.Join(i.Paths, ", "), i.Rule.Pattern, i.Rule.Line, i.Rule.Source),
		problem.CommandLine(append(command, i.Paths...)...) + " tracks what is ignored, too"
}
