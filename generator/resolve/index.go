package resolve

import (
	"context"
	"errors"
	"slices"
	"strings"

	"scaffold/generator/git"
	"scaffold/generator/problem"
	"scaffold/generator/tree"
)

// Stage puts the files of the session that have markers into git's index as in conflict.
// The three versions of a file differ in what is in conflict alone, so that none of
// them takes back what merged clean. It returns what is to be said of that, and what is
// to be done next.
func (s *Session) Stage(ctx context.Context, repo *git.Repo) (notes, hints []string, err error) {
	var conflicts []git.Conflict
	for _, f := range s.Files {
		if f.besides != nil {
			notes = append(notes, f.Path+" is not put into the index, because the template's is in "+f.record.To)
			continue
		}
		base, mine, template := f.text.Sides()
		conflicts = append(conflicts, git.Conflict{
			Path: s.disk.At(f.Path), Executable: tree.Executable(f.yours.Mode),
			Base: base, Mine: mine, Template: template, Now: f.yours.Data,
		})
	}
	if len(conflicts) == 0 {
		return notes, nil, nil
	}
	was, err := repo.PutConflicts(ctx, conflicts)
	if err != nil {
		return nil, nil, err
	}
	var paths []string
	for _, c := range conflicts {
		if !slices.Contains(was.Left, c.Path) {
			paths = append(paths, c.Path)
		}
	}
	if len(was.Left) > 0 {
		notes = append(notes, "not put into git's index, because what is staged there has lines that neither the file nor a commit has: "+strings.Join(was.Left, ", "))
		hints = append(hints, "once that is in a commit, scaffold regenerate --index puts the conflict there")
	}
	if len(paths) == 0 {
		return notes, hints, nil
	}
	notes = append(notes, "git's index has as in conflict: "+strings.Join(paths, ", "))
	if len(was.Untracked) > 0 {
		notes = append(notes, "git did not track before: "+strings.Join(was.Untracked, ", "))
	}
	if len(was.Staged) > 0 {
		notes = append(notes, "what was staged stands in the files alone now: "+strings.Join(was.Staged, ", "))
	}
	words := func(before ...string) string { return problem.CommandLine(append(before, paths...)...) }
	return notes, append(hints,
		"git mergetool, or an editor that knows git, opens what is in conflict; "+words("git", "add", "--")+" says that it is resolved",
		words("git", "reset", "-q", "--")+" takes it out of the index again, and leaves the files"), nil
}

// Repository returns the repository of a project, or an error that says that there is
// none.
func Repository(root string, env []string) (*git.Repo, error) {
	if repo := git.Open(root, env); repo != nil {
		return repo, nil
	}
	return nil, problem.AsInput(errors.New("--index: the project is in no git repository"))
}
