package author

import (
	"context"
	"embed"
	"path"

	"scaffold/generator"
	"scaffold/generator/answer"
	"scaffold/generator/git"
	"scaffold/generator/pack"
	"scaffold/generator/plan"
	"scaffold/generator/problem"
	"scaffold/generator/project"
	"scaffold/generator/source"
	"scaffold/generator/tree"
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
	for _, v := range name {
		if err := checkName(g.Pack, v.Text); err != nil {
			return generator.New{}, err
		}
	}
	if err := generator.CheckEmpty(dir); err != nil {
		return generator.New{}, err
	}
	n, err := g.PlanNew(ctx, dir, []answer.Layer{name}, answer.Asker{})
	if err != nil {
		return n, err
	}
	n.Into, n.Plan.State = false, nil // because a pack is no project: nothing brings it up to date, or takes it back
	schema := tree.File{Path: schemaFile, Mode: tree.ModeFile, Data: pack.JSONSchema()}
	n.Plan.Steps = append(n.Plan.Steps, plan.Step{Path: schemaFile, Verb: plan.Create, Named: true, To: schemaFile, After: &schema})
	return n, nil
}

// FirstTag returns the tag that releases a new pack: its version, and before that its
// folder, where that is in a repository already.
func FirstTag(n generator.New, env []string) string {
	version, _ := n.Answers.Find("release")
	tag := "v" + answer.Format(version.Value)
	if repo := git.Open(n.Target, env); repo != nil {
		_, within := repo.Place()
		tag = path.Join(within, tag)
	}
	return tag
}

func checkName(p pack.Pack, name string) error {
	q, _ := p.Question("name")
	_, err := q.Check(name)
	if err == nil {
		return nil
	}
	err = problem.Input("DIR: %w", err)
	if near := q.Propose(name); near != "" {
		err = problem.WithHint(err, "%s would do: scaffold pack init %s", near, near)
	}
	return err
}

// schemaFile stands beside pack.yaml, whose first line names it to editors: so it is
// there without a network, and fits the scaffold that wrote it.
const schemaFile = ".pack.schema.json"

// Schema returns the JSON Schema of a file, for editors: pack or scaffold, for
// pack.yaml and scaffold.yaml.
func Schema(of string) ([]byte, error) {
	switch of {
	case "pack":
		return pack.JSONSchema(), nil
	case "scaffold":
		return project.JSONSchema(), nil
	}
	kinds := []string{"pack", "scaffold"}
	return nil, problem.Input("there is no schema %q: there is pack for pack.yaml, and scaffold for scaffold.yaml%s", of, problem.DidYouMean(of, kinds))
}
