package console

import (
	"context"
	"io"

	"scaffold/generator"
	"scaffold/generator/problem"
	"scaffold/generator/report"
)

// Restore brings the template's version of files back.
func (c *Console) Restore(ctx context.Context, files []string) error {
	if len(files) == 0 {
		return problem.WithHint(problem.Input("FILE is missing"), "scaffold status lists what is not as generated")
	}
	root, err := generator.FindFor(files)
	if err != nil {
		return err
	}
	if stop, err := c.recoverFirst(ctx, root, false); stop || err != nil {
		return err
	}
	u, err := generator.PlanRestore(ctx, root, files, c.Env)
	if err != nil {
		return err
	}
	if err := u.Apply(ctx, "scaffold restore"); err != nil {
		return err
	}
	for _, note := range u.Notes {
		c.Say("%s", note)
	}
	err = c.buffered(func(w io.Writer) { report.Text(w, u.Plan, c.style()) })
	switch {
	case u.UpToDate():
	case err != nil:
		err = unreported("the files are brought back", err)
	default:
		c.hint("scaffold undo takes this back")
	}
	return err
}

// Undo takes the last run on a project back.
func (c *Console) Undo(ctx context.Context, dirs []string) error {
	root, err := generator.Find(first(dirs))
	if err != nil {
		return err
	}
	p, err := generator.Undo(ctx, root, c.note)
	if err != nil {
		return err
	}
	if err := c.buffered(func(w io.Writer) { report.Text(w, p, c.style()) }); err != nil {
		return unreported("the last run is taken back", err)
	}
	return nil
}
