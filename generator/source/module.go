package source

import (
	"context"

	"scaffold/generator/problem"
)

func (f Finder) findModule(ctx context.Context, ref Reference) (Source, error) {
	return Source{}, problem.Input("pack %s: modules are not read yet", ref)
}

func (f Finder) moduleVersions(ctx context.Context, ref Reference) ([]string, error) {
	return nil, problem.Input("pack %s: modules are not read yet", ref)
}
