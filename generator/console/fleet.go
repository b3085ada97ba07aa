package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"scaffold/generator"
	"scaffold/generator/report"
)

// An outcome is what a command found out about a project.
type outcome struct{ outOfDate, conflicted bool }

// eachProject runs f for the project of every folder, also after errors of others. The
// progress says what that does.
func (c *Console) eachProject(doing string, dirs []string, f func(root, dir string) (outcome, error)) error {
	if len(dirs) > 1 {
		return c.eachOfSeveral(doing, dirs, f)
	}
	root, err := generator.Find(first(dirs))
	if err == nil {
		_, err = f(root, first(dirs))
	}
	c.documentError(root, err, statusOf(err))
	return err
}

// eachOfSeveral writes a heading above each report, or documents as lines of which the
// last one is the totals.
func (c *Console) eachOfSeveral(doing string, dirs []string, f func(root, dir string) (outcome, error)) error {
	totals := report.Totals{Projects: len(dirs), ByExit: make(map[string]int)}
	worst := c.exit
	for i, dir := range dirs {
		c.exit, c.documented = Done, false
		c.place(doing, i+1, len(dirs))
		o, err := c.doNext(i, dir, f)
		worst = worse(worst, c.exit)
		totals.ByExit[strconv.Itoa(c.exit)]++
		switch {
		case err != nil:
			totals.Failed++
		case o.conflicted:
			totals.Conflicts++
		}
		if o.outOfDate {
			totals.OutOfDate++
		}
		if errors.Is(err, context.Canceled) {
			totals.Left = len(dirs) - i - 1
			break
		}
	}
	c.exit, totals.Exit = worst, worst
	if !c.JSON {
		return nil
	}
	return c.printDocument(func(w io.Writer) { report.JSONTotals(w, totals) })
}

// doNext runs f for the project of a folder, and says what is wrong.
func (c *Console) doNext(i int, dir string, f func(root, dir string) (outcome, error)) (o outcome, err error) {
	root, err := generator.Find(dir)
	target := root
	if err != nil {
		target = dir
	} else if !c.JSON {
		err = c.Print(strings.Repeat("\n", min(i, 1)) + report.OneLine(dir) + ":\n")
	}
	if err == nil {
		o, err = f(root, dir)
	}
	switch {
	case errors.Is(err, context.Canceled):
		c.Say("interrupted; nothing was changed in %s and after it", dir)
		c.raiseExit(Interrupted)
	case err != nil:
		c.raiseExit(c.sayError(fmt.Errorf("%s: %w", dir, err)))
	}
	c.documentError(target, err, c.exit)
	return o, err
}
