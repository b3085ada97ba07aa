package author

import (
	"context"
	"embed"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/source"
)

// starter is the pack that makes packs.
//
//go:embed all:starter
var starter embed.FS

// PlanInit decides everything about a new pack in the folder dir, whose last element
// is its name, and writes nothing.
func PlanInit(ctx context.Context, dir string) (generator.New, error) {
	g, err := generator.Load(ctx, source.Finder{Builtin: starter}, "starter")
	if err != nil {
		return generator.New{}, err
	}
	name := g.NameOf(dir)
	for i := range name {
		name[i].Where = "DIR"
	}
	n, err := g.PlanNew(ctx, dir, []answer.Layer{name}, answer.Asker{})
	n.Plan.State = nil // because a pack is no project: nothing brings it up to date
	return n, err
}
