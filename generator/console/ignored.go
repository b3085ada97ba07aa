package console

import (
	"context"
	"fmt"
	"strings"

	"scaffold/generator"
	"scaffold/generator/cmdline"
)

// ignored says what of the state of the project at root a repository will not
// have, and how it gets it; "" for nothing.
func (c *Console) ignored(ctx context.Context, root string) (note, hint string) {
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
		cmdline.Quote(append(command, i.Paths...)...) + " tracks what is ignored, too"
}
