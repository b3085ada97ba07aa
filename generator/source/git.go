package source

import (
	"context"

	"scaffold/generator/problem"
)

func (f Finder) findGit(ctx context.Context, ref Reference) (Source, error) {
	return Source{}, problem.Input("pack %s: repositories are not read yet", ref)
}

func (f Finder) gitVersions(ctx context.Context, ref Reference) ([]string, error) {
	return nil, problem.Input("pack %s: repositories are not read yet", ref)
}
