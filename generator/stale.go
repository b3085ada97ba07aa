package generator

import (
	"path"
	"slices"
	"strings"

	"scaffold/generator/plan"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// stale returns the user's Go files that import a module by the path it had: they
// are not ours to write, and nothing builds until they follow.
func (l *looker) stale(p plan.Plan, ours, theirs tree.Tree) (files []string, module string, err error) {
	old, new := plan.Modules(l.project.Base, theirs)
	if old == new {
		return nil, "", nil
	}
	known := l.known(l.project.Base, theirs)
	others, err := project.ReadOthers(l.project.Root, project.Look{Known: known, Ending: ".go", Vendored: plan.Vendored})
	if err != nil {
		return nil, "", err
	}
	written := make(map[string]bool)
	for _, s := range p.Steps {
		if s.Writes() && s.Ours != nil {
			written[s.Ours.Path] = true
		}
	}
	for _, f := range slices.Concat(slices.Collect(ours.All()), others.Files) {
		if path.Ext(f.Path) == ".go" && !written[f.Path] && f.Mode.IsRegular() && plan.ImportsOld(f.Data, old, new) {
			files = append(files, f.Path)
		}
	}
	slices.Sort(files)
	return files, new, nil
}

// sayStale says which files they are.
func sayStale(files []string, module string) string {
	verb := "imports"
	if len(files) > 1 {
		verb = "import"
	}
	return strings.Join(files, ", ") + " still " + verb + " the module by its old path, and it is " + module + " now"
}
