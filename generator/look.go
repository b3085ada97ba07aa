package generator

import (
	"scaffold/generator/merge"
	"scaffold/generator/plan"
	"scaffold/generator/project"
	"scaffold/generator/tree"
)

// look reads from disk what a plan from base to theirs needs to know, and puts
// what is not ours into o. A note says what was not looked at.
func look(root string, base, theirs tree.Tree, o *plan.Options) (ours tree.Tree, notes []string, err error) {
	paths := pathsOf(base, theirs)
	disk, err := project.ReadOurs(root, paths, base)
	if err != nil {
		return tree.Tree{}, nil, err
	}
	others := disk.Blocking
	o.Nested, o.Taken = disk.Nested, project.Taken(root)
	if plan.NeedsOthers(base, disk.Files, theirs) {
		found, err := project.ReadOthers(root, paths, gone(base, disk.Files))
		if err != nil {
			return tree.Tree{}, nil, err
		}
		for _, f := range found.Files {
			if !plan.IsBeside(f.Path) { // the template's, and not moved by anybody
				others = append(others, f)
			}
		}
		o.Nested = append(o.Nested, found.Nested...)
		if found.Capped {
			notes = append(notes, "the project has more files than are looked through: one that you moved may count as deleted")
		}
	}
	o.Others = tree.Found(others...)
	return disk.Files, notes, nil
}

func pathsOf(trees ...tree.Tree) []string {
	var paths []string
	for _, t := range trees {
		for f := range t.All() {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// gone returns the files of base that are no longer at their paths.
func gone(base, ours tree.Tree) tree.Tree {
	var files []tree.File
	for f := range base.All() {
		if _, ok := ours.Find(f.Path); !ok {
			files = append(files, f)
		}
	}
	return tree.Found(files...)
}

// labels name the three sides on conflict markers.
func labels(pack, version string) merge.Labels {
	return merge.Labels{Ours: "yours", Base: "base", Theirs: pack + " " + version}
}

// openConflicts returns what the last run left to resolve and is not resolved.
func openConflicts(p project.Project) ([]plan.ConflictRecord, error) {
	var paths []string
	for _, c := range p.Conflicts {
		paths = append(paths, c.To)
	}
	disk, err := project.ReadOurs(p.Root, paths, p.Base)
	if err != nil {
		return nil, err
	}
	var open []plan.ConflictRecord
	for _, c := range p.Conflicts {
		record := plan.ConflictRecord{Path: c.Path, Kind: plan.Kind(c.Kind), Sum: c.Sum, To: c.To}
		var at *tree.File
		if f, ok := disk.Files.Find(c.To); ok {
			at = &f
		}
		pristine, _ := p.Base.Find(c.Path)
		if record.Unresolved(at, labels(p.Pack, p.Version), pristine.Data) {
			open = append(open, record)
		}
	}
	return open, nil
}

func conflictsOf(p plan.Plan) []project.Conflict {
	var conflicts []project.Conflict
	for _, c := range p.Conflicts() {
		conflicts = append(conflicts, project.Conflict{Path: c.Path, Kind: string(c.Kind), Sum: c.Sum, To: c.To})
	}
	return conflicts
}

// stateSteps turns changes of the state into steps.
func stateSteps(changes []project.Change) []plan.Step {
	var steps []plan.Step
	for _, c := range changes {
		s := plan.Step{Path: c.After.Path, Verb: plan.Create, To: c.After.Path, Ours: c.Before, After: &c.After}
		if c.Before != nil {
			s.Verb = plan.Update
		}
		steps = append(steps, s)
	}
	return steps
}
