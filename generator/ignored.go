package generator

import (
	"context"

	"scaffold/generator/git"
	"scaffold/generator/project"
)

// Ignored are files of a project's own state that git ignores, and a rule that
// has it do so. A clone without them cannot be regenerated.
type Ignored struct {
	Paths []string
	Rule  git.Rule
}

// IgnoredState returns what git ignores of the state of the project at root:
// nothing where it ignores all of the project, since somebody wanted that, and
// nothing where it does not answer. Env is for git.
func IgnoredState(ctx context.Context, root string, env []string) (i Ignored) {
	paths := project.StateFiles()
	ignored, err := git.Open(root, env).Ignored(ctx, append(paths, "."))
	if _, all := ignored["."]; err != nil || all {
		return i
	}
	for _, path := range paths {
		if rule, ok := ignored[path]; ok {
			i.Paths, i.Rule = append(i.Paths, path), rule
		}
	}
	return i
}
