package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"scaffold/generator"
	"scaffold/generator/report"
)

// eachProject runs f for the project of every folder, also after errors of others.
func (c *Console) eachProject(ctx context.Context, dirs []string, headings bool, f func(root, dir string) error) error {
	if len(dirs) == 0 {
		dirs = []string{""}
	}
	for i, dir := range dirs {
		root, err := generator.Find(dir)
		if err == nil && headings && len(dirs) > 1 {
			err = c.Print(strings.Repeat("\n", min(i, 1)) + report.OneLine(dir) + ":\n")
		}
		if err == nil {
			err = f(root, dir)
		}
		switch {
		case len(dirs) == 1:
			return err
		case errors.Is(err, context.Canceled):
			c.Say("interrupted; nothing was changed in %s and after it", dir)
			c.raiseExit(Interrupted)
			return nil
		case err != nil:
			c.raiseExit(c.sayError(fmt.Errorf("%s: %w", dir, err)))
		}
	}
	return nil
}
